"""What a step is run with, and what it leaves behind."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from localcloud.runners.executions.container import Container
from localcloud.runners.executions.definition import Step
from localcloud.runners.executions.protocol import Execution
from localcloud.runners.executions.stop import Stop
from localcloud.runners.executions.storage import Storage
from localcloud.runners.executions.variables import Variables

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker.type_defs import PipelineExecutionStepMetadataTypeDef

DAY_SECONDS = 86400
"""MaxRuntimeInSeconds of a job that sets none (SageMaker API reference, StoppingCondition)."""
_LONGEST_JOB_NAME = 63


@dataclass(frozen=True, kw_only=True)
class Job:
    """One attempt at a step: the step as the definition has it, and everything it may use."""

    step: Step
    execution: Execution
    variables: Variables
    storage: Storage
    sagemaker: SageMakerClient
    stop: Stop

    @cached_property
    def name(self) -> str:
        """A job name like SageMaker's: pipelines-{execution}-{step}-{random}."""
        step = re.sub(r"[^a-zA-Z0-9-]", "-", self.step["Name"])
        start = f"pipelines-{self.execution.execution_id}-{step}"
        return f"{start[: _LONGEST_JOB_NAME - 11].rstrip('-')}-{secrets.token_hex(5)}"

    @cached_property
    def container(self) -> Container:
        """The job's own directory, named after the job, and the step's log beside it."""
        workdir = self.execution.workdir
        root = workdir / "jobs" / self.name / "ml"
        root.mkdir(parents=True)
        return Container(root, workdir / f"{self.step['Name']}.log")

    def arguments(self) -> Any:
        """Return the step's arguments with every variable replaced, as the request of its API.

        Raises:
            StepFailedError: A variable has no value.
        """
        return self.variables.resolve(self.step["Arguments"])


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a step leaves behind.

    `properties` are shaped like the answer of Describe*, `property_files` are S3 URIs by name, `outcome` is a
    condition's.
    """

    properties: Mapping[str, Any] = field(default_factory=dict[str, Any])
    metadata: PipelineExecutionStepMetadataTypeDef | None = None
    property_files: Mapping[str, str] = field(default_factory=dict[str, str])
    outcome: bool | None = None
    message: str | None = None


def _nothing(_step: Step) -> Iterable[str]:
    return ()


@dataclass(frozen=True)
class StepType:
    """How a type of step runs, and what of its definition the runner can't do (one message each).

    `run` raises StepFailedError where the step fails.
    """

    run: Callable[[Job], Result]
    unsupported: Callable[[Step], Iterable[str]] = _nothing
