"""The Preview stage: says what a deployment of this commit would change.

It comes before the approval, so it runs what nobody has looked at yet, with a role that reads the state without its
secrets and writes one artifact. The notifier reports that artifact to the approver; the stages after the approval
compare with it.
"""

import sys
from pathlib import Path

from contract.layout import PREVIEW_CHANGES
from delivery import change_set
from delivery.environment import ActionEnvironment
from delivery.events import policy_warnings
from delivery.job import exit_code, log, write_output
from delivery.workspace import PROGRAM, without_secrets
from messages import change_report
from messages.change_set import ChangeSet


def run(environment: ActionEnvironment, program: Path = PROGRAM) -> ChangeSet:
    """Write the change set, and log a report of it."""
    with without_secrets(environment, program) as engine:
        received = engine.preview_under_policies()
    changes = change_set.of(received, environment.stack, environment.commit_id)
    write_output(PREVIEW_CHANGES, changes.to_json())
    log(change_report.render(changes, policies=policy_warnings(received)))
    return changes


def main() -> None:
    """Preview the stack that the environment names."""
    run(ActionEnvironment.from_environment())


if __name__ == "__main__":
    sys.exit(exit_code(main))
