"""Lake Formation's errors."""

from localcloud.http.errors import AwsError


def invalid(message: str) -> AwsError:
    """Return the error for input that Lake Formation refuses."""
    return AwsError("InvalidInputException", message)


def not_found(what: str) -> AwsError:
    """Return the error for what is not in the Data Catalog."""
    return AwsError("EntityNotFoundException", f"{what} is not found.")


def not_registered(arn: str) -> AwsError:
    """Return the error for a location that is not registered."""
    return AwsError("EntityNotFoundException", f"Resource {arn} is not registered.")


def already_registered() -> AwsError:
    """Return the error for a location that is registered."""
    return AwsError("AlreadyExistsException", "Resource is already registered.")


def not_administrator() -> AwsError:
    """Return the error for a caller who may not grant."""
    message = "Resource does not exist or requester is not authorized to access requested permissions."
    return AwsError("AccessDeniedException", message, 403)


def insufficient(permission: str, name: str) -> AwsError:
    """Return the error for a caller who lacks a permission on a database or a table."""
    message = f"Insufficient Lake Formation permission(s): Required {permission.capitalize()} on {name}"
    return AwsError("AccessDeniedException", message)


def nothing_to_revoke() -> AwsError:
    """Return the error for permissions that the principal does not have."""
    return invalid("No permissions revoked. Grantee has no permissions and no grantable permissions.")
