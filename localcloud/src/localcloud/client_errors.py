"""What AWS's error answers mean: the one reader of botocore's ClientError."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from botocore.exceptions import ClientError

# What AWS answers while something made a moment ago has not reached all its hosts: code and words of the message.
_NOT_YET: Final = (
    ("ResourceConflictException", "update is in progress"),
    ("ResourceConflictException", "following state: Pending"),
    ("InvalidParameterValueException", "cannot be assumed by Lambda"),
    ("InvalidStructureException", "is not authorized to perform AssumeRole on role"),
    ("InvalidInputException", "is not authorized to perform: sts:AssumeRole"),
    ("MalformedPolicyDocument", "Invalid principal"),
    ("InvalidParameterException", "Invalid parameter: Policy Error: PrincipalNotFound"),
    ("MalformedPolicyDocumentException", "invalid principals"),
    ("MalformedPolicy", "Invalid principal"),
    ("OperationAborted", "conflicting conditional operation"),
    ("AccessDeniedException", "Failed to assume your role"),
    ("InvalidInputException", "Invalid principal"),
    ("InvalidInputException", "Service is unable to assume provided role"),
    ("AWS.SimpleQueueService.QueueDeletedRecently", ""),
    ("ConcurrentModification", ""),
    ("ResourceInUseException", "being updated"),
)
# Services whose codes name what is missing.
_MISSING_CODES: Final = frozenset(
    {
        *("NoSuchEntity", "NotFound", "NotFoundException", "EntityNotFoundException"),
        *("PipelineNotFoundException", "RepositoryDoesNotExistException"),
    }
)
# SageMaker and Athena have no code of their own for what is not there.
_MISSING_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "ValidationException": ("does not exist", "Cannot find"),
    "InvalidRequestException": ("does not exist", "not found"),
}
_DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException", "403", "Forbidden"})
_THROTTLED: Final = frozenset(
    {"Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown"}
)
_NOT_FOUND = 404
_SERVER_ERROR = 500
_ACTION: Final = re.compile(r"(is not authorized to perform: \S+)")


def code_of(error: ClientError) -> str:
    """Return an error's code, or ''."""
    return str(_response(error).get("Error", {}).get("Code", ""))


def message_of(error: ClientError, resource: str | None = None) -> str:
    """Return an error's message; a denial names `resource`, an ARN, where the service leaves it out, as S3 may."""
    message = str(_response(error).get("Error", {}).get("Message", error))
    if resource and "on resource" not in message:
        message = _ACTION.sub(rf'\1 on resource: "{resource}"', message)
    return message


def status_of(error: ClientError) -> int:
    """Return the HTTP status of an error's answer, or 0."""
    return int(_response(error).get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def retries_of(error: ClientError) -> int:
    """Return how often botocore had tried again when AWS answered with this error."""
    return int(_response(error).get("ResponseMetadata", {}).get("RetryAttempts", 0))


def is_denied(error: ClientError) -> bool:
    """Return whether AWS refused for lack of permission."""
    return code_of(error) in _DENIED


def is_throttled(error: ClientError) -> bool:
    """Return whether AWS refused because of too many requests."""
    return code_of(error) in _THROTTLED


def is_server_error(error: ClientError) -> bool:
    """Return whether the service failed, rather than the request."""
    return status_of(error) >= _SERVER_ERROR


def is_missing(error: ClientError) -> bool:
    """Return whether AWS says that the thing does not exist."""
    code = code_of(error)
    if status_of(error) == _NOT_FOUND or code in _MISSING_CODES:
        return True
    return code.endswith(("NonExistentQueue", "QueueDoesNotExist")) or (
        code.startswith(("NoSuch", "ResourceNotFound"))
        or any(words in str(error) for words in _MISSING_WORDS.get(code, ()))
    )


def is_not_yet(error: ClientError) -> bool:
    """Return whether AWS refused because of something made a moment ago, so that trying again will help."""
    message = message_of(error)
    return any(code_of(error) == code and words in message for code, words in _NOT_YET)


def _response(error: ClientError) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", error.response)
