"""The preview of a pull request as a comment: `python -m delivery.comment` writes it to `comment.md`.

It runs with a role that can neither change anything nor read the stack's secrets.
"""

import sys
from pathlib import Path

from delivery import change_set
from delivery.environment import StackEnvironment
from delivery.events import policy_warnings
from delivery.job import DeliveryError, exit_code, write_output
from delivery.workspace import PROGRAM, without_secrets
from messages import change_report

FILE = "comment.md"
# A job's output travels in an environment variable, which Linux limits to 128 KiB; a character takes up to four bytes.
WORKFLOW_LIMIT = 32_000


def text(environment: StackEnvironment, commit: str | None, limit: int, program: Path = PROGRAM) -> tuple[str, str]:
    """Return the comment in at most `limit` characters, and why the preview failed: empty where it did not."""
    try:
        with without_secrets(environment, program) as engine:
            received = engine.preview_under_policies()
    except DeliveryError as error:
        return change_report.failure(environment.stack, str(error), limit), str(error)
    changes = change_set.of(received, environment.stack, commit)
    return change_report.render(changes, limit, policy_warnings(received)), ""


def main() -> None:
    """Write the comment; raise DeliveryError after that where the preview failed."""
    comment, reason = text(StackEnvironment.from_environment(), None, WORKFLOW_LIMIT)
    write_output(FILE, comment)
    if reason:
        raise DeliveryError(reason)


if __name__ == "__main__":
    sys.exit(exit_code(main))
