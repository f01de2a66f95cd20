"""What S3 says of an object that is not there: "not found" to whom may list the bucket, "access denied" to others.

The emulator answers NoSuchKey whatever the caller may list. Source: S3 API reference, "GetObject" and "HeadObject",
Permissions.
"""
# ruff: noqa: SLF001
# pyright: reportPrivateUsage=false

from collections.abc import Callable, Mapping
from urllib.parse import unquote

from ministack.core import iam_actions, responses
from ministack.services import s3

from localcloud.http.request import Request
from localcloud.iam import gate
from localcloud.layout import ACCOUNT

_READ = "s3:GetObject"


def _refuse_to_tell(request: Request) -> None:
    """Refuse a read of a missing object, with AwsError, to a caller who may not list the bucket at that key."""
    action = iam_actions.extract_iam_action("s3", request.method, request.path, request.headers, b"", request.query)
    bucket, _, key = unquote(request.raw_path).lstrip("/").partition("/")
    if action != _READ or not key or _exists(bucket, key, gate.signed_region(request.headers)):
        return
    caller = gate.known_caller(request)
    if caller is None:
        return
    arn = f"arn:aws:s3:::{bucket}"
    # Without the right to read, that is what the denial names.
    gate.authorize(caller, _READ, f"{arn}/{key}")
    gate.authorize(caller, "s3:ListBucket", arn, {"s3:prefix": key})


def _exists(bucket: str, key: str, region: str) -> bool:
    """Whether the object is there; True for a missing bucket, of which everybody is told."""
    with responses.request_scope(ACCOUNT, region):
        record = s3._buckets.get(bucket)
        return record is None or key in record["objects"]


GUARDS: Mapping[str, Callable[[Request], None]] = {"s3": _refuse_to_tell}
"""What to ask before the emulator sees a request, by the service it is signed for."""
