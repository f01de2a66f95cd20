"""What S3 says of an object that is not there: "not found" to whom may list the bucket, "access denied" to others.

The emulator answers NoSuchKey whatever the caller may list. Source: S3 API reference, "GetObject" and "HeadObject",
Permissions.
"""

from collections.abc import Callable, Mapping
from urllib.parse import unquote

from localcloud.emulator import application, stores
from localcloud.http.request import Request
from localcloud.iam import gate

_READ = "s3:GetObject"


def _refuse_to_tell(request: Request) -> None:
    """Refuse a read of a missing object, with AwsError, to a caller who may not list the bucket at that key."""
    bucket, _, key = unquote(request.raw_path).lstrip("/").partition("/")
    if application.s3_action(request) != _READ or not key or not stores.bucket_exists(bucket):
        return
    if stores.object_headers(bucket, key) is not None:
        return
    caller = gate.known_caller(request)
    if caller is None:
        return
    arn = f"arn:aws:s3:::{bucket}"
    # Without the right to read, that is what the denial names.
    gate.authorize(caller, _READ, f"{arn}/{key}")
    gate.authorize(caller, "s3:ListBucket", arn, {"s3:prefix": key})


GUARDS: Mapping[str, Callable[[Request], None]] = {"s3": _refuse_to_tell}
"""What to ask before the emulator sees a request, by the service it is signed for."""
