"""EventBridge's error codes for deliveries that fail, and which of them the errors of other services become.

Source: EventBridge user guide, "Using dead-letter queues to process undelivered events".
"""

from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.client_errors import code_of, is_server_error
from localcloud.http.errors import AwsError

_RETRIED = frozenset({"THROTTLING", "TIMEOUT", "CONNECTION_FAILURE", "INTERNAL_ERROR", "ERROR_FROM_TARGET"})
_OF_CLIENTS = {
    "ResourceNotFoundException": "NO_RESOURCE",
    "NotFound": "NO_RESOURCE",
    "AWS.SimpleQueueService.NonExistentQueue": "NO_RESOURCE",
    "QueueDoesNotExist": "NO_RESOURCE",
    "TooManyRequestsException": "THROTTLING",
    "ThrottlingException": "THROTTLING",
    "InvalidParameter": "INVALID_PARAMETER",
    "InvalidParameterValueException": "INVALID_PARAMETER",
}
_OF_SERVICES = {
    "AccessDeniedException": "NO_PERMISSIONS",
    "PipelineNotFoundException": "NO_RESOURCE",
    "ResourceNotFoundException": "NO_RESOURCE",
    "AccountLimitExceededException": "THROTTLING",
}


@dataclass(frozen=True)
class DeliveryError(Exception):
    """A failed attempt: one of EventBridge's error codes, and the target's message."""

    code: str
    message: str

    @property
    def retried(self) -> bool:
        """Whether another attempt can help; missing permissions and missing targets are given up at once."""
        return self.code in _RETRIED

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


def of_client(error: ClientError | BotoCoreError) -> DeliveryError:
    """Return the failure that an error of a call to a target is."""
    if not isinstance(error, ClientError):
        return DeliveryError("CONNECTION_FAILURE", str(error))
    other = "INTERNAL_ERROR" if is_server_error(error) else "SDK_CLIENT_ERROR"
    return DeliveryError(_OF_CLIENTS.get(code_of(error), other), str(error))


def of_service(error: AwsError) -> DeliveryError:
    """Return the failure that the refusal of a pipeline or a build is."""
    return DeliveryError(_OF_SERVICES.get(error.code, "INVALID_PARAMETER"), error.message)
