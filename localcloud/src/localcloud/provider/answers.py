"""What AWS's error answers mean."""

from __future__ import annotations

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

_NOT_THERE: Final = ("does not exist", "Cannot find", "could not find", "Could not find")


def code_of(error: ClientError) -> str:
    """Give an error's code."""
    return str(cast("Mapping[str, Any]", error.response).get("Error", {}).get("Code", ""))


def message_of(error: ClientError) -> str:
    """Give an error's message."""
    return str(cast("Mapping[str, Any]", error.response).get("Error", {}).get("Message", error))


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


def is_missing(error: ClientError) -> bool:
    """Tell whether AWS says that the thing does not exist."""
    code = code_of(error)
    status = cast("Mapping[str, Any]", error.response).get("ResponseMetadata", {}).get("HTTPStatusCode")
    if status == 404 or code in _MISSING_CODES:  # noqa: PLR2004 - HTTP's own number
        return True
    return code.endswith(("NonExistentQueue", "QueueDoesNotExist")) or (
        code.startswith(("NoSuch", "ResourceNotFound"))
        or any(words in str(error) for words in _MISSING_WORDS.get(code, ()))
    )


def is_not_yet(error: ClientError) -> bool:
    """Tell whether AWS refused because of something made a moment ago, so that trying again will help."""
    message = message_of(error)
    return any(code_of(error) == code and words in message for code, words in _NOT_YET)
