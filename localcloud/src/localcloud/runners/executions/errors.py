"""How an execution can end other than well."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.client_errors import code_of, is_server_error, is_throttled, message_of, status_of

# ListPipelineExecutionSteps allows 1,024 characters of a reason.
LONGEST_REASON = 1024
_QUOTA = {"ResourceLimitExceeded"}


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
    code = code_of(error)
    kind = None
    if is_throttled(error):
        kind = "Step.THROTTLING"
    elif code in _QUOTA:
        kind = "SageMaker.RESOURCE_LIMIT"
    elif is_server_error(error):
        kind = "Step.SERVICE_FAULT"
    return StepFailedError(f"ClientError: {what}: {code} ({status_of(error)}): {message_of(error)}", kind)
