"""AWS's documents of the events that the stack's rules are for, and the same about the stack's own resources.

The documents in `events/` are AWS's examples as its guides print them. What is put in its place here is a value that a
document has already: never a field, a source or a detail-type, which a rule's pattern could be wrong about.
"""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from contract.names import DeliveryNames, KpiNames
from delivery.verification.state import EventSample
from settings import StackSettings

DOCUMENTS: Final = Path(__file__).parent / "events"
SOURCES: Final[Mapping[str, str]] = {
    "crawler": '"CloudWatch Events Event Examples From Supported Services" (CloudWatch Events User Guide)',
    "delivery_action": '"Monitoring CodePipeline events" (CodePipeline User Guide)',
    "delivery_execution": '"Monitoring CodePipeline events" (CodePipeline User Guide)',
    "model_package": '"Automating Amazon SageMaker with Amazon EventBridge" (SageMaker Developer Guide)',
    "pipeline_execution": '"Automating Amazon SageMaker with Amazon EventBridge" (SageMaker Developer Guide)',
    "pull_request": '"Monitoring CodeCommit events in Amazon EventBridge" (CodeCommit User Guide)',
    "repository": '"Monitoring CodeCommit events in Amazon EventBridge" (CodeCommit User Guide)',
}
"""Where each document is from."""


@dataclass(frozen=True, kw_only=True)
class _Values:
    """A document, and the values that the stack's own event has in it, by their path, such as `detail.pipeline`."""

    document: str
    values: Mapping[str, object]


def event_samples(settings: StackSettings) -> dict[str, EventSample]:
    """Return the samples of each rule of a stack, by the rule's name."""
    return {
        settings.deployment.name(short_name): EventSample(
            document=document(values.document), of_stack=_replaced(document(values.document), values.values)
        )
        for short_name, values in _values(settings).items()
    }


def document(name: str) -> dict[str, Any]:
    """Return AWS's document of that name in `events/`."""
    return json.loads((DOCUMENTS / f"{name}.json").read_text(encoding="utf-8"))


def _values(settings: StackSettings) -> dict[str, _Values]:
    deployment, pipeline, source = settings.deployment, settings.pipeline, settings.delivery.source
    delivery = DeliveryNames(deployment).pipeline
    repository = deployment.arn("codecommit", source.repository)
    return {
        "model-versions": _Values(
            document="model_package", values={"detail.ModelPackageGroupName": pipeline.model_package_group}
        ),
        "failed-executions": _Values(
            document="pipeline_execution",
            values={
                # In lower case, as SageMaker's API answers.
                "detail.pipelineArn": deployment.arn("sagemaker", f"pipeline/{pipeline.name.lower()}"),
                "detail.currentPipelineExecutionStatus": "Failed",
            },
        ),
        "failed-crawls": _Values(document="crawler", values={"detail.crawlerName": KpiNames(deployment).crawler}),
        "succeeded-crawls": _Values(
            document="crawler",
            values={"detail.crawlerName": KpiNames(deployment).crawler, "detail.state": "Succeeded"},
        ),
        "failed-deliveries": _Values(document="delivery_execution", values={"detail.pipeline": delivery}),
        "waiting-approvals": _Values(
            document="delivery_action", values={"detail.pipeline": delivery, "detail.type.category": "Approval"}
        ),
        "delivery-source": _Values(
            document="repository", values={"resources": [repository], "detail.referenceName": source.branch}
        ),
        "delivery-pull-request": _Values(
            document="pull_request",
            values={"resources": [repository], "detail.destinationReference": f"refs/heads/{source.branch}"},
        ),
    }


def _replaced(event: Mapping[str, Any], values: Mapping[str, object]) -> dict[str, Any]:
    """Return the event with other values; raise KeyError where it has none at a path."""
    replaced = copy.deepcopy(dict(event))
    for path, value in values.items():
        *parents, name = path.split(".")
        fields = replaced
        for parent in parents:
            fields = fields[parent]
        if name not in fields:
            raise KeyError(path)
        fields[name] = value
    return replaced
