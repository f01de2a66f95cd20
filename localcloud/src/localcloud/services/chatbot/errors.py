"""AWS Chatbot's errors, as its API reference names them."""

from localcloud.http.errors import AwsError


def missing_resource(message: str) -> AwsError:
    """Return the error for tags of a configuration that does not exist."""
    return AwsError("ResourceNotFoundException", message, 404)


def missing_configuration(arn: str) -> AwsError:
    """Return the error for a configuration that does not exist."""
    return missing_resource(f"Configuration {arn} does not exist.")


def conflict(name: str) -> AwsError:
    """Return the error for a name or a channel that another configuration has."""
    return AwsError("ConflictException", f"A configuration named {name} or for this channel already exists.", 409)


def too_many_tags(message: str) -> AwsError:
    """Return the error for more tags than a configuration may have."""
    return AwsError("TooManyTagsException", message)
