"""Finding out what a change is about: everything here may be missing, nothing here fails a message."""

import time

from lambdas.notifier.approval_message import ApprovalReport
from lambdas.notifier.clients import Clients
from lambdas.notifier.deadline import Deadline, Missing
from lambdas.notifier.deliveries import ApprovalRequest, DeliveryFailure
from lambdas.notifier.delivery_history import ApprovalState, approval_state, history
from lambdas.notifier.delivery_message import DeliveryReport
from lambdas.notifier.events import ExecutionFailure, PackageChange
from lambdas.notifier.execution_message import ExecutionReport
from lambdas.notifier.failures import describe as describe_execution
from lambdas.notifier.failures import failed_steps, parameters
from lambdas.notifier.metrics import Evaluation, read
from lambdas.notifier.package_message import PackageReport
from lambdas.notifier.registry import ApprovedVersion, PackageDetails, describe, details_of, latest_approved

# CodePipeline sends the event as the approval begins, and may have its token a moment later.
_TOKEN_LOOKS = 4
_TOKEN_SECONDS = 0.5


def on_package(change: PackageChange, clients: Clients, deadline: Deadline) -> PackageReport:
    """Asks the registry about the version and the last approved one, and reads the metrics of both."""
    registry, arn = clients.sagemaker, change.arn.text
    from_event = details_of(change.envelope.detail)
    details = deadline.look_up(lambda: describe(registry, arn))
    known = from_event if isinstance(details, Missing) else details
    evaluation = _evaluation(known.metrics_uri, clients, deadline)
    previous = deadline.look_up(lambda: latest_approved(registry, change.group, other_than=arn))
    return PackageReport(
        change=change,
        details=details,
        from_event=from_event,
        evaluation=evaluation,
        previous=previous,
        previous_evaluation=_previous_evaluation(previous, clients, deadline),
    )


def on_execution(failure: ExecutionFailure, clients: Clients, deadline: Deadline) -> ExecutionReport:
    """Asks SageMaker about the execution, its steps and its parameters."""
    sagemaker, arn = clients.sagemaker, failure.arn.text
    return ExecutionReport(
        failure=failure,
        details=deadline.look_up(lambda: describe_execution(sagemaker, arn)),
        steps=deadline.look_up(lambda: failed_steps(sagemaker, arn)),
        parameters=deadline.look_up(lambda: parameters(sagemaker, arn)),
    )


def on_delivery(failure: DeliveryFailure, clients: Clients, deadline: Deadline) -> DeliveryReport:
    """Asks CodePipeline for the actions of the execution."""
    pipeline, execution = failure.arn.pipeline, failure.execution
    return DeliveryReport(
        failure=failure, history=deadline.look_up(lambda: history(clients.codepipeline, pipeline, execution))
    )


def on_approval(request: ApprovalRequest, clients: Clients, deadline: Deadline) -> ApprovalReport:
    """Asks CodePipeline for the approval's token, and for what the preview exported."""
    pipeline, execution = request.arn.pipeline, request.execution
    return ApprovalReport(
        request=request,
        history=deadline.look_up(lambda: history(clients.codepipeline, pipeline, execution)),
        state=_approval_state(request, clients, deadline),
    )


def _approval_state(request: ApprovalRequest, clients: Clients, deadline: Deadline) -> ApprovalState | Missing:
    def look() -> ApprovalState | Missing:
        return deadline.look_up(lambda: approval_state(clients.codepipeline, request))

    state = look()
    for _ in range(_TOKEN_LOOKS - 1):
        if isinstance(state, Missing) or state.is_settled:
            break
        time.sleep(_TOKEN_SECONDS)
        state = look()
    return state


def _previous_evaluation(
    previous: ApprovedVersion | Missing | None, clients: Clients, deadline: Deadline
) -> Evaluation:
    if not isinstance(previous, ApprovedVersion):
        return Evaluation()
    details: PackageDetails | Missing = deadline.look_up(lambda: describe(clients.sagemaker, previous.arn))
    if isinstance(details, Missing):
        return Evaluation(problem=details.reason)
    return _evaluation(details.metrics_uri, clients, deadline)


def _evaluation(uri: str | None, clients: Clients, deadline: Deadline) -> Evaluation:
    evaluation = deadline.look_up(lambda: read(clients.s3, uri))
    return Evaluation(problem=f"{uri}: {evaluation.reason}") if isinstance(evaluation, Missing) else evaluation
