"""How an execution can end other than well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.client_errors import code_of, is_server_error, is_throttled, message_of, status_of

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.type_defs import PipelineExecutionStepMetadataTypeDef

# ListPipelineExecutionSteps allows 1,024 characters of a reason.
LONGEST_REASON = 1024
_QUOTA = {"ResourceLimitExceeded"}


class ExecutionError(Exception):
    """The execution can't start; the message is its failure reason."""


class StoppedError(Exception):
    """Somebody asked the execution to stop."""


class StepFailedError(Exception):
    """A step failed; the message is its failure reason.

    `kind` is the exception type that a retry policy may name, None for one that it can't.
    """

    def __init__(
        self, reason: str, kind: str | None = None, metadata: PipelineExecutionStepMetadataTypeDef | None = None
    ) -> None:
        super().__init__(shortened(reason))
        self.kind = kind
        self.metadata = metadata


def shortened(reason: str) -> str:
    """Return a reason at most as long as SageMaker's own; what is left out is the middle."""
    if len(reason) <= LONGEST_REASON:
        return reason
    head = LONGEST_REASON // 4
    return f"{reason[:head]} ... {reason[-(LONGEST_REASON - head - 5) :]}"


def refused_call(error: BotoCoreError | ClientError, problem: str) -> StepFailedError:
    """Return the step's failure for a call that AWS refused or that didn't arrive; `problem` begins the reason."""
    if not isinstance(error, ClientError):
        return StepFailedError(f"ClientError: {problem}: {error}", "Step.SERVICE_FAULT")
    code = code_of(error)
    kind = None
    if is_throttled(error):
        kind = "Step.THROTTLING"
    elif code in _QUOTA:
        kind = "SageMaker.RESOURCE_LIMIT"
    elif is_server_error(error):
        kind = "Step.SERVICE_FAULT"
    return StepFailedError(f"ClientError: {problem}: {code} ({status_of(error)}): {message_of(error)}", kind)
