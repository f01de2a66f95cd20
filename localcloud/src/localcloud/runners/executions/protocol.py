"""What the cloud hands to the process of an execution, and what the process reports: one JSON object a line of output.

The process writes nothing else to its standard output.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NotRequired, TextIO, TypedDict

from localcloud.runners.executions.errors import ExecutionError

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.type_defs import PipelineExecutionStepMetadataTypeDef

    from localcloud.runners.executions.definition import Definition, Step

StepStatus = Literal["Starting", "Executing", "Succeeded", "Failed", "Stopped"]
Outcome = Literal["Succeeded", "Failed", "Stopped"]


@dataclass(frozen=True, kw_only=True)
class Execution:
    """An execution as the cloud starts it; `parameters` are the values set for it, as text."""

    definition: Definition
    pipeline_name: str
    pipeline_arn: str
    execution_arn: str
    execution_id: str
    display_name: str
    start_time: str
    parameters: Mapping[str, str]
    region: str
    role_arn: str
    workdir: Path

    @classmethod
    def load(cls, path: Path) -> Execution:
        """Return the execution that a JSON file describes.

        Raises:
            ExecutionError: The file describes none.
        """
        try:
            content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            content["workdir"] = Path(content["workdir"]).resolve()
            return cls(**content)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise ExecutionError(f"{path} does not describe an execution: {error!r}") from error

    def save(self, path: Path) -> None:
        """Write the JSON file that describes the execution."""
        path.write_text(json.dumps(asdict(self), indent=2, default=str), encoding="utf-8")

    def arn(self, resource: str) -> str:
        """Return the ARN of a SageMaker resource such as "training-job/name" in the pipeline's account."""
        _, partition, _, _, account, _ = self.pipeline_arn.split(":", 5)
        return f"arn:{partition}:sagemaker:{self.region}:{account}:{resource}"


class StepReport(TypedDict):
    """A step's new status, and when it has it (ISO 8601, UTC)."""

    step: str
    type: str
    status: StepStatus
    time: str
    failure_reason: NotRequired[str]
    metadata: NotRequired[PipelineExecutionStepMetadataTypeDef]
    message: NotRequired[str]


class EndReport(TypedDict):
    """The end of the execution."""

    execution: Outcome
    time: str
    failure_reason: NotRequired[str]


class Reporter:
    """Write reports to a stream, each at once."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def step(
        self,
        step: Step,
        status: StepStatus,
        *,
        failure_reason: str | None = None,
        metadata: PipelineExecutionStepMetadataTypeDef | None = None,
        message: str | None = None,
    ) -> None:
        """Report a step's new status."""
        report: StepReport = {"step": step["Name"], "type": step["Type"], "status": status, "time": _now()}
        if failure_reason is not None:
            report["failure_reason"] = failure_reason
        if metadata is not None:
            report["metadata"] = metadata
        if message is not None:
            report["message"] = message
        self._write(report)

    def end(self, outcome: Outcome, failure_reason: str | None = None) -> None:
        """Report the end of the execution."""
        report: EndReport = {"execution": outcome, "time": _now()}
        if failure_reason is not None:
            report["failure_reason"] = failure_reason
        self._write(report)

    def _write(self, report: Mapping[str, object]) -> None:
        self._stream.write(json.dumps(report) + "\n")
        self._stream.flush()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
