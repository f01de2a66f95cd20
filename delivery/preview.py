"""The Preview stage: says what a deployment of this commit would change.

It comes before the approval, so it runs what nobody has looked at yet, with a role that reads the state without its
secrets and writes one artifact. The notifier reports that artifact to the approver; the stages after the approval
compare with it.
"""

import sys
import time
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import boto3
import yaml

from contract.layout import PREVIEW_CHANGES
from delivery import change_set
from delivery.environment import ActionEnvironment
from delivery.events import policy_warnings
from delivery.job import exit_code, log, write_output
from delivery.workspace import PROGRAM, without_secrets
from messages import change_report
from messages.change_set import ChangeSet

# A deployment by hand may take a while; a lock that stays longer may be a dead one, and a preview needs none.
_LOCK_WAIT_SECONDS: Final = 15 * 60.0
_LOCK_PAUSE_SECONDS: Final = 2.0


def run(
    environment: ActionEnvironment,
    program: Path = PROGRAM,
    *,
    wait: float = _LOCK_WAIT_SECONDS,
    pause: float = _LOCK_PAUSE_SECONDS,
) -> ChangeSet:
    """Write the change set, and log a report of it.

    Where a deployment holds the stack's lock, such as the first one, during which the pipeline is created and starts,
    wait for its end, at most for `wait` seconds: a state in the middle of it says nothing.
    """
    _wait_for_deployment(environment, program, wait, pause)
    with without_secrets(environment, program) as engine:
        received = engine.preview_under_policies()
    changes = change_set.of(received, environment.stack, environment.commit_id)
    write_output(PREVIEW_CHANGES, changes.to_json())
    log(change_report.render(changes, policies=policy_warnings(received)))
    return changes


def _wait_for_deployment(environment: ActionEnvironment, program: Path, wait: float, pause: float) -> None:
    backend = urlsplit(environment.backend_url)
    if backend.scheme != "s3":
        return
    project = yaml.safe_load((program / "Pulumi.yaml").read_text(encoding="utf-8"))["name"]
    # pkg/backend/diy of the engine: one object for each lock.
    locks = f".pulumi/locks/organization/{project}/{environment.stack}/"
    s3: Any = boto3.client("s3", region_name=environment.region)
    deadline = time.monotonic() + wait
    is_told = False
    while s3.list_objects_v2(Bucket=backend.netloc, Prefix=locks).get("KeyCount"):
        if time.monotonic() > deadline:
            log(f"warning: the stack is still locked after {wait / 60:.0f} minutes; previewing what its state says")
            return
        if not is_told:
            log("waiting for the deployment that holds the stack's lock")
            is_told = True
        time.sleep(pause)


def main() -> None:
    """Preview the stack that the environment names."""
    run(ActionEnvironment.from_environment())


if __name__ == "__main__":
    sys.exit(exit_code(main))
