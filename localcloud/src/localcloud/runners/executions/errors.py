"""How an execution can end other than well."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

# ListPipelineExecutionSteps allows 1,024 characters of a reason.
LONGEST_REASON = 1024
_THROTTLING = {"Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown"}
_QUOTA = {"ResourceLimitExceeded"}
_SERVER_ERROR = 500


class ExecutionError(Exception):
    """The execution can't start; the message is its failure reason."""


class StoppedError(Exception):
    """Somebody asked the execution to stop."""


class StepFailedError(Exception):
    """A step failed; the message is its failure reason.

    `kind` is the exception type that a retry policy may name, `metadata` SageMaker's PipelineExecutionStepMetadata.
    """

    def __init__(self, reason: str, kind: str | None = None, metadata: dict[str, Any] | None = None) -> None:
        super().__init__(shortened(reason))
        self.kind = kind
        self.metadata = metadata


def shortened(reason: str) -> str:
    """At most as long as SageMaker's own reasons; what is left out is the middle."""
    if len(reason) <= LONGEST_REASON:
        return reason
    head = LONGEST_REASON // 4
    return f"{reason[:head]} ... {reason[-(LONGEST_REASON - head - 5) :]}"


def refused(error: BotoCoreError | ClientError, what: str) -> StepFailedError:
    """The step's failure for a call that AWS refused or that didn't arrive; `what` begins the reason."""
    if not isinstance(error, ClientError):
        return StepFailedError(f"ClientError: {what}: {error}", "Step.SERVICE_FAULT")
    code = error.response.get("Error", {}).get("Code", "")
    message = error.response.get("Error", {}).get("Message", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    kind = None
    if code in _THROTTLING:
        kind = "Step.THROTTLING"
    elif code in _QUOTA:
        kind = "SageMaker.RESOURCE_LIMIT"
    elif status >= _SERVER_ERROR:
        kind = "Step.SERVICE_FAULT"
    return StepFailedError(f"ClientError: {what}: {code} ({status}): {message}", kind)
