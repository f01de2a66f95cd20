"""What AWS says in an error: botocore's ClientError, read without importing botocore."""

from collections.abc import Mapping
from typing import Final, Protocol, cast

# A permission is missing: most services, those with a JSON protocol, EC2, and S3's answers to HEAD, which have no body.
_ACCESS_DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"})


class ServiceError(Protocol):
    """A `botocore.exceptions.ClientError`."""

    @property
    def response(self) -> Mapping[str, object]:
        """The answer of the service, with the error at `Error`."""
        ...


def code_of(error: ServiceError) -> str:
    """Return the service's error code, such as NoSuchBucket; empty where the answer has none."""
    return _text(error, "Code")


def message_of(error: ServiceError) -> str:
    """Return the service's message; empty where the answer has none."""
    return _text(error, "Message")


def is_access_denied(error: ServiceError) -> bool:
    """Return whether the caller lacks a permission."""
    return code_of(error) in _ACCESS_DENIED


def _text(error: ServiceError, name: str) -> str:
    details = error.response.get("Error")
    return str(cast("Mapping[str, object]", details).get(name, "")) if isinstance(details, Mapping) else ""
