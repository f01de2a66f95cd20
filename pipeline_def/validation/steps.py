"""The steps of a definition: all of them, what each waits for, and which API each calls."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipeline_def.validation.variables import referenced_steps

Step = dict[str, Any]
BRANCHES = ("IfSteps", "ElseSteps")


@dataclass(frozen=True)
class StepApi:
    """The request that a step's arguments are, the answer its properties come from, the member SageMaker fills in."""

    create: str
    describe: str
    name_member: str | None = None


APIS = {
    "Processing": StepApi("CreateProcessingJob", "DescribeProcessingJob", "ProcessingJobName"),
    "Training": StepApi("CreateTrainingJob", "DescribeTrainingJob", "TrainingJobName"),
    "Transform": StepApi("CreateTransformJob", "DescribeTransformJob", "TransformJobName"),
    "Tuning": StepApi(
        "CreateHyperParameterTuningJob", "DescribeHyperParameterTuningJob", "HyperParameterTuningJobName"
    ),
    "Model": StepApi("CreateModel", "DescribeModel", "ModelName"),
    "RegisterModel": StepApi("CreateModelPackage", "DescribeModelPackage"),
}


def all_steps(steps: list[Step], condition: str | None = None) -> Iterator[tuple[Step, str | None]]:
    """Yield every step, also those in branches, each with the name of the condition whose branch it is in."""
    for step in steps:
        yield step, condition
        for branch in BRANCHES:
            yield from all_steps(step.get("Arguments", {}).get(branch, []), step["Name"])


def arguments_without_branches(step: Step) -> dict[str, Any]:
    """Return the step's arguments without the steps of its branches."""
    return {name: value for name, value in step.get("Arguments", {}).items() if name not in BRANCHES}


def dependencies(step: Step) -> set[str]:
    """Name the steps that have to end before this one starts: DependsOn, and those whose results it uses."""
    explicit = {entry["Step"] if isinstance(entry, dict) else entry for entry in step.get("DependsOn", [])}
    return explicit | set(referenced_steps(arguments_without_branches(step)))
