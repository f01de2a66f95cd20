"""QuickSight's errors, as its API reference names them."""

from localcloud.http.errors import AwsError


def invalid(message: str) -> AwsError:
    """Return the error for input that QuickSight refuses."""
    return AwsError("InvalidParameterValueException", message)


def missing(thing: str) -> AwsError:
    """Return the error for a thing, e.g. `Dashboard kpis`, that does not exist."""
    return missing_resource(f"{thing} is not found.")


def missing_resource(message: str) -> AwsError:
    """Return the error for something that does not exist."""
    return AwsError("ResourceNotFoundException", message, 404)


def existing(thing: str) -> AwsError:
    """Return the error for the id of a thing, e.g. `Dashboard kpis`, that is there already."""
    return AwsError("ResourceExistsException", f"{thing} already exists.", 409)


def conflict(message: str) -> AwsError:
    """Return the error for a request that the state of a resource does not allow."""
    return AwsError("ConflictException", message, 409)


def limit_exceeded(message: str) -> AwsError:
    """Return the error for more of something than there may be."""
    return AwsError("LimitExceededException", message, 409)


def denied(message: str) -> AwsError:
    """Return the error for a request that QuickSight itself denies."""
    return AwsError("AccessDeniedException", message, 401)
