"""Service Quotas' errors, as its API reference names them."""

from localcloud.http.errors import AwsError


def missing(message: str) -> AwsError:
    """Return the error for a service or a quota that does not exist."""
    return AwsError("NoSuchResourceException", message)
