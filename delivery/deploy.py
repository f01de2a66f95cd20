"""The Deploy stage: `pulumi up`, if it would do no more than what was approved.

It previews again and compares, then deploys without another preview. An update plan (`--save-plan`, `--plan`) would
close the seconds in between, but is experimental, and stops half-way where a provider computes other values than in
the preview; see docs/adr/0012-approved-change-set.md. The pipeline itself is left as SelfUpdate has it: an update would
cancel this execution (API reference, "PipelineExecution"), with what comes after this stage.
"""

import os
import sys
from pathlib import Path

from delivery import change_set
from delivery.approval import approved_change_set, require_approved
from delivery.engine import Engine, completed_changes, retry_while_locked
from delivery.environment import ActionEnvironment
from delivery.events import Step
from delivery.job import exit_code, log
from delivery.self_update import EXCEPT_PIPELINE
from delivery.workspace import PROGRAM, with_secrets
from messages.change_set import ChangeSet


def run(environment: ActionEnvironment, approved: ChangeSet, program: Path = PROGRAM) -> None:
    """Deploy; raise DeliveryError, before anything is changed, where more would change than was approved."""
    with with_secrets(environment, program) as engine:
        changes = retry_while_locked(lambda: _deploy(engine, environment, approved))
    log(f"deployed: {len(changes)} changes to resources")


def _deploy(engine: Engine, environment: ActionEnvironment, approved: ChangeSet) -> list[Step]:
    now = change_set.of(engine.preview(), environment.stack, environment.commit_id)
    log(f"approved: {_in_one_line(approved)}\nnow:      {_in_one_line(now)}")
    require_approved(environment, approved, now)
    # Also without a change to a resource: an output may have changed, which the engine writes to the state.
    return completed_changes(engine.up(*EXCEPT_PIPELINE))


def _in_one_line(changes: ChangeSet) -> str:
    return f"{changes.summary()} ({changes.digest[:12]})"


def main() -> None:
    """Deploy the stack that the environment names."""
    environment = ActionEnvironment.from_environment()
    run(environment, approved_change_set(environment, os.environ))


if __name__ == "__main__":
    sys.exit(exit_code(main))
