"""CodePipeline's events about the delivery pipeline, parsed: an execution that failed, and an approval that waits.

Their shapes: CodePipeline user guide, "Monitoring CodePipeline events". Patterns of names and ids: API reference.
"""

import re
from dataclasses import dataclass
from typing import cast

from lambdas.notifier.arns import DeliveryArn, delivery_arn
from lambdas.notifier.envelope import Envelope, Uneventful
from lambdas.notifier.errors import MalformedEventError
from lambdas.notifier.fields import mapping_at, required_text, text_at

EXECUTION_CHANGE = "CodePipeline Pipeline Execution State Change"
ACTION_CHANGE = "CodePipeline Action Execution State Change"

_FAILED = "FAILED"
_STARTED = "STARTED"
_APPROVAL = "Approval"
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NAME = re.compile(r"[A-Za-z0-9.@_-]{1,100}")


@dataclass(frozen=True, kw_only=True)
class DeliveryFailure:
    """An execution of the delivery pipeline failed; `attempt` counts the retries of its stages."""

    envelope: Envelope
    arn: DeliveryArn
    execution: str
    attempt: int
    started_by: str | None

    kind = "delivery"
    status = "Failed"

    @property
    def identity(self) -> list[str]:
        """What makes two deliveries of the event the same failure: a stage that was retried may fail again."""
        return [self.kind, self.arn.text, self.execution, self.status, str(self.attempt)]


@dataclass(frozen=True, kw_only=True)
class ApprovalRequest:
    """A deployment waits for a person."""

    envelope: Envelope
    arn: DeliveryArn
    execution: str
    stage: str
    action: str
    action_execution: str

    kind = "delivery"
    status = "PendingApproval"

    @property
    def identity(self) -> list[str]:
        """What makes two deliveries of the event the same request: a rejected one may be asked again by a retry."""
        return [self.kind, self.arn.text, self.execution, self.status, self.action_execution]


def parse_execution(envelope: Envelope) -> DeliveryFailure | Uneventful:
    """The failure that the event tells of; raises MalformedEventError where it is not of the documented shape."""
    detail = envelope.detail
    arn, execution = _pipeline(envelope), _id(envelope, "execution-id")
    state = required_text(detail, "state", "the state of the execution")
    if state != _FAILED:
        return Uneventful(reason=f"execution {execution} of {arn.pipeline} is {state}")
    return DeliveryFailure(
        envelope=envelope,
        arn=arn,
        execution=execution,
        attempt=_attempt(envelope),
        started_by=text_at(detail, "execution-trigger", "trigger-detail")
        or text_at(detail, "execution-trigger", "trigger-type"),
    )


def parse_action(envelope: Envelope) -> ApprovalRequest | Uneventful:
    """The approval that the event tells of; raises MalformedEventError where it is not of the documented shape."""
    detail = envelope.detail
    arn, execution = _pipeline(envelope), _id(envelope, "execution-id")
    state = required_text(detail, "state", "the state of the action")
    category = required_text(mapping_at(detail, "type"), "category", "the action's category")
    action = _name(envelope, "action")
    if (category, state) != (_APPROVAL, _STARTED):
        return Uneventful(reason=f"{category} {action} in execution {execution} of {arn.pipeline} is {state}")
    return ApprovalRequest(
        envelope=envelope,
        arn=arn,
        execution=execution,
        stage=_name(envelope, "stage"),
        action=action,
        action_execution=_id(envelope, "action-execution-id"),
    )


def _pipeline(envelope: Envelope) -> DeliveryArn:
    """The pipeline, which the event names twice."""
    given = envelope.resources[0] if envelope.resources else None
    arn = delivery_arn(given) if given else None
    if arn is None:
        raise MalformedEventError(
            f"resources begins with {given!r:.300}; expected arn:PARTITION:codepipeline:REGION:ACCOUNT:PIPELINE"
        )
    name = required_text(envelope.detail, "pipeline", "the name of the pipeline")
    if name != arn.pipeline:
        raise MalformedEventError(f"pipeline is {name!r:.200}; expected {arn.pipeline}, as in resources")
    return arn


def _id(envelope: Envelope, name: str) -> str:
    """The id at `name`."""
    value = required_text(envelope.detail, name, "a UUID")
    if not _ID.fullmatch(value):
        raise MalformedEventError(f"{name} is {value!r:.200}; expected a UUID in lower case")
    return value


def _name(envelope: Envelope, name: str) -> str:
    value = required_text(envelope.detail, name, "a name")
    if not _NAME.fullmatch(value):
        raise MalformedEventError(f"{name} is {value!r:.200}; expected letters, digits and .@_-, at most 100")
    return value


def _attempt(envelope: Envelope) -> int:
    value = envelope.detail.get("pipeline-execution-attempt", 1)
    # CodePipeline writes whole numbers as 1.0.
    is_whole = isinstance(value, float) and value.is_integer()
    if isinstance(value, bool) or not (is_whole or isinstance(value, int)):
        raise MalformedEventError(f"pipeline-execution-attempt is {value!r:.200}; expected a whole number")
    return int(cast("float", value))
