"""Athena's request errors."""

from collections.abc import Generator
from contextlib import contextmanager

from botocore.exceptions import ClientError

from localcloud.client_errors import is_denied, message_of
from localcloud.http.errors import AwsError
from localcloud.services.athena.engine.errors import StatementError


def invalid(message: str) -> AwsError:
    """Return InvalidRequestException, with which Athena answers everything that is wrong with a request."""
    return AwsError("InvalidRequestException", message)


def resource_not_found(message: str) -> AwsError:
    """Return ResourceNotFoundException, for the tags of what does not exist."""
    return AwsError("ResourceNotFoundException", message)


@contextmanager
def from_glue() -> Generator[None]:
    """Turn Glue's errors into Athena's, as the operations on the data catalog have them."""
    try:
        yield
    except ClientError as error:
        code = "AccessDeniedException" if is_denied(error) else "MetadataException"
        raise AwsError(code, message_of(error)) from error


def refused_statement(error: StatementError) -> AwsError:
    """Return the error for a statement that the engine does not start."""
    return invalid(str(error))


def no_named_query(identifier: str) -> AwsError:
    """Return the error for a named query that does not exist."""
    return invalid(f"NamedQuery {identifier} was not found")


def no_execution(identifier: str) -> AwsError:
    """Return the error for an execution that does not exist."""
    return invalid(f"QueryExecution {identifier} was not found")
