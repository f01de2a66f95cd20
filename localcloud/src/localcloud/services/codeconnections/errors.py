"""CodeConnections' errors, as its API reference names them, and those of actions that use a connection."""

from localcloud.http.errors import AwsError


def missing_resource(message: str) -> AwsError:
    """Return the error for tags of a connection that does not exist."""
    return AwsError("ResourceNotFoundException", message)


def missing_connection(arn: str) -> AwsError:
    """Return the error for a connection that does not exist."""
    return missing_resource(f"Connection {arn} not found")


def invalid_input(message: str) -> AwsError:
    """Return the error for members that do not go together."""
    return AwsError("InvalidInputException", message)


def too_many_tags(message: str) -> AwsError:
    """Return the error for more tags than a connection may have."""
    return AwsError("LimitExceededException", message)


def unavailable_connection(arn: str) -> AwsError:
    """Return the error for the use of a connection whose handshake is not completed."""
    return AwsError("ConnectionUnavailable", f"Connection {arn} is not available")


def missing_repository(name: str, arn: str) -> AwsError:
    """Return the error for a repository that a connection does not reach."""
    return AwsError("RepositoryNotFound", f"No repository {name} found through connection {arn}")
