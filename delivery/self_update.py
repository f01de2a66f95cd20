"""The SelfUpdate stage: apply a commit's approved changes to the delivery pipeline itself, before anything else.

Only the component Cicd and what is below it is touched. Where the approved change set leaves that alone, nothing may be
changed here and the program doesn't run: Deploy compares everything. After a change the pipeline starts again on the
same commit, so that every stage runs as the commit defines it; this execution ends. The project's buildspec is inline,
so a commit can break this stage for itself, but not for the commits after it.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

from delivery import change_set
from delivery.approval import approved_change_set, require_approved
from delivery.engine import Engine, completed_changes, retry_while_locked
from delivery.environment import ActionEnvironment
from delivery.events import Event, Step
from delivery.job import DeliveryError, exit_code, log
from delivery.restart import Restart
from delivery.workspace import PROGRAM, with_secrets
from messages.change_set import ChangeSet

if TYPE_CHECKING:
    from mypy_boto3_codepipeline import CodePipelineClient
    from mypy_boto3_s3 import S3Client

COMPONENT = "mlops:index:Cicd"
# The component by its type and name, and whatever is below it: a child's URN holds the types of its parents.
TARGETS = ("--target", f"**::{COMPONENT}::*", "--target", f"**{COMPONENT}$**")
# The engine's error for a dependency that is neither targeted nor deployed.
_NOT_TARGETED = "not specified in --target list"
_PIPELINE = "aws:codepipeline/pipeline:Pipeline"

EXCEPT_PIPELINE = ("--exclude", f"**{_PIPELINE}::*")
"""Leaves the pipeline to this stage: any other that updates it has its own execution cancelled by CodePipeline."""


def run(
    environment: ActionEnvironment,
    approved: ChangeSet,
    codepipeline: "CodePipelineClient",
    s3: "S3Client",
    program: Path = PROGRAM,
) -> ChangeSet:
    """Update the delivery pipeline where the commit changes it, start it again, and return what was changed.

    Raises:
        DeliveryError: the program does not run, would remove the pipeline, would change more of it than was approved,
            or changes something else after a restart.
    """
    if not any(_is_of_component(resource.urn) for resource in approved.resources):
        log("the approved change set leaves the delivery pipeline as it is")
        return ChangeSet(stack=environment.stack, commit=environment.commit_id)
    restart = Restart(environment, codepipeline, s3)
    with with_secrets(environment, program) as engine:
        changes, completed = retry_while_locked(lambda: _update(engine, environment, approved, restart))
    if completed:
        restart.start_again(changes)
    return changes


def _is_of_component(urn: str) -> bool:
    """Return whether a resource is the component, or below it: urn:pulumi:{stack}::{project}::{types}::{name}."""
    return any(COMPONENT in types.split("$") for types in urn.split("::")[2:3])


def _update(
    engine: Engine, environment: ActionEnvironment, approved: ChangeSet, restart: Restart
) -> tuple[ChangeSet, list[Step]]:
    planned = _preview(engine)
    changes = change_set.of(planned, environment.stack, environment.commit_id)
    _require_component(planned)
    _refuse_pipeline_loss(changes)
    if not changes.resources:
        log("the delivery pipeline is as this commit defines it")
        return changes, []
    log(f"the delivery pipeline changes: {changes.summary()}")
    require_approved(environment, approved, changes)
    if restart.is_in_vain(changes):
        return changes, []
    return changes, completed_changes(engine.up(*TARGETS))


def _preview(engine: Engine) -> list[Event]:
    try:
        return engine.preview(*TARGETS)
    except DeliveryError as error:
        if _NOT_TARGETED not in str(error):
            raise
        raise DeliveryError(
            f"{error}\nThe delivery pipeline of this commit needs a resource that does not exist yet, and this stage "
            "creates none outside of it. Deliver that resource in a commit of its own before this one, or run "
            "`pulumi up` by hand (docs/operations.md, break-glass). Nothing was changed."
        ) from error


def _require_component(planned: list[Event]) -> None:
    # The events name deleted resources as well: only what the program registers counts.
    registered = {event.type for event in planned if isinstance(event, Step) and event.op != "delete"}
    if COMPONENT not in registered:
        raise DeliveryError(
            f"this commit's program registers no {COMPONENT}, which would remove the delivery pipeline that runs it; "
            "nothing was changed. To remove it on purpose, run `pulumi up` by hand."
        )


def _refuse_pipeline_loss(changes: ChangeSet) -> None:
    for resource in changes.resources:
        if resource.type == _PIPELINE and resource.op in {"delete", "replace"}:
            causes = ", ".join(change.path for change in resource.properties if change.replaces)
            why = f" because of {causes}" if causes else ""
            raise DeliveryError(
                f"this commit would {resource.op} the delivery pipeline that runs it{why}; nothing was changed. "
                "Run `pulumi up` by hand (docs/operations.md, break-glass)."
            )


def main() -> None:
    """Update the delivery pipeline that the environment names."""
    environment = ActionEnvironment.from_environment()
    session = boto3.session.Session(region_name=environment.region)
    approved = approved_change_set(environment, os.environ)
    run(environment, approved, session.client("codepipeline"), session.client("s3"))


if __name__ == "__main__":
    sys.exit(exit_code(main))
