"""The Deploy stage: `pulumi up`, if it would do no more than what was approved.

It previews again and compares, then deploys without another preview. An update plan (`--save-plan`, `--plan`) would
close the seconds in between, but is experimental, and stops half-way where a provider computes other values than in
the preview; see docs/adr/0012-approved-change-set.md. The pipeline itself is left as SelfUpdate has it: an update would
cancel this execution (API reference, "PipelineExecution"), with what comes after this stage.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from contract.layout import PREVIEW_CHANGES
from delivery import change_set
from delivery.approval import unapproved_changes
from delivery.change_set import ChangeSet
from delivery.engine import Engine, completed_changes, retry_while_locked
from delivery.environment import ActionEnvironment
from delivery.events import Step
from delivery.job import DeliveryError, exit_code, log
from delivery.self_update import EXCEPT_PIPELINE
from delivery.workspace import PROGRAM, with_secrets

_SOURCES = "CODEBUILD_SRC_DIR_"


def run(environment: ActionEnvironment, approved: ChangeSet, program: Path = PROGRAM) -> None:
    """Deploy; raise DeliveryError, before anything is changed, where more would change than was approved."""
    _require_same_commit(environment, approved)
    with with_secrets(environment, program) as engine:
        changes = retry_while_locked(lambda: _deploy(engine, environment, approved))
    log(f"deployed: {len(changes)} changes to resources")


def _deploy(engine: Engine, environment: ActionEnvironment, approved: ChangeSet) -> list[Step]:
    now = change_set.of(engine.preview(), environment.stack, environment.commit_id)
    log(f"approved: {_in_one_line(approved)}\nnow:      {_in_one_line(now)}")
    if unapproved := unapproved_changes(approved, now):
        raise DeliveryError(refusal(environment, unapproved))
    # Also without a change to a resource: an output may have changed, which the engine writes to the state.
    return completed_changes(engine.up(*EXCEPT_PIPELINE))


def _in_one_line(changes: ChangeSet) -> str:
    return f"{changes.summary()} ({changes.digest[:12]})"


def refusal(environment: ActionEnvironment, unapproved: list[str]) -> str:
    """Return why nothing was deployed, and what to do."""
    listed = "\n".join(f"  - {line}" for line in unapproved)
    return (
        f"The change set grew since it was approved; nothing was changed. Beyond the approved change set:\n{listed}\n"
        "Somebody changed the stack or its resources in between. Look at these, then release the commit again, so that "
        "the whole change set is approved:\n"
        f"  aws codepipeline start-pipeline-execution --name {environment.pipeline_name} --source-revisions "
        f"actionName=Source,revisionType=COMMIT_ID,revisionValue={environment.commit_id}"
    )


def approved_change_set(environment: Mapping[str, str]) -> ChangeSet:
    """Return the change set in the preview's artifact; raise DeliveryError where no or several artifacts hold one.

    CodeBuild user guide, "Environment variables in build environments": each further input artifact is unpacked into
    the directory that CODEBUILD_SRC_DIR_{artifact} names.
    """
    folders = [Path(path) for name, path in sorted(environment.items()) if name.startswith(_SOURCES) and path]
    files = [folder / PREVIEW_CHANGES for folder in folders if (folder / PREVIEW_CHANGES).is_file()]
    if len(files) != 1:
        inputs = ", ".join(map(str, folders)) or "no input artifact beside the source"
        raise DeliveryError(
            f"{PREVIEW_CHANGES} of the approved preview: given {inputs}, expected one artifact that holds it"
        )
    return change_set.read(files[0].read_text(encoding="utf-8"))


def _require_same_commit(environment: ActionEnvironment, approved: ChangeSet) -> None:
    if (approved.stack, approved.commit) != (environment.stack, environment.commit_id):
        raise DeliveryError(
            f"the approved change set is of stack {approved.stack} at commit {approved.commit}, expected stack "
            f"{environment.stack} at commit {environment.commit_id}"
        )


def main() -> None:
    """Deploy the stack that the environment names."""
    run(ActionEnvironment.from_environment(), approved_change_set(os.environ))


if __name__ == "__main__":
    sys.exit(exit_code(main))
