"""One run of the acceptance: where it works, with whose credentials, and what earlier steps have left."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from acceptance.operator import Operator
from acceptance.progress import Progress, Status
from bootstrap import Target
from demo import DemoError, Patience
from demo.checkout import Checkout
from demo.inbox import Inbox
from demo.stack import Stack
from demo.timeline import Timeline

REPOSITORY_DESCRIPTION: Final = "Made by an acceptance run, which deletes it"
# On AWS it comes within seconds.
_MESSAGE_SECONDS: Final = 300.0


class AcceptanceError(DemoError):
    """A step did not show what it should; the message says what."""


@dataclass
class Run:
    """One run: where it works, with whose credentials, and what earlier steps have left.

    `directory` holds the stack file, `poll_seconds` is how long to wait between two looks. A step leaves `text`, and
    another `status` where it has not passed though nothing failed.
    """

    target: Target
    operator: Operator
    progress: Progress
    timeline: Timeline
    directory: Path
    poll_seconds: float
    text: str = field(default="", init=False)
    status: Status = field(default="passed", init=False)

    @property
    def name(self) -> str:
        """The stack's name."""
        return self.target.deployment.environment

    @cached_property
    def checkout(self) -> Checkout:
        """The clone that is delivered, made on first use, with the stack file of the directory."""
        folder, file = self.progress.folder / "checkout", f"Pulumi.{self.name}.yaml"
        if not folder.exists():
            # Whole or not at all: a clone that was killed in the middle is made anew.
            partial = folder.with_suffix(".partial")
            shutil.rmtree(partial, ignore_errors=True)
            remote = self.operator("codecommit").get_repository(repositoryName=self.repository)["repositoryMetadata"]
            Checkout.of_this_repository(partial, remote["cloneUrlHttp"], self.operator.environment)
            (partial / file).write_bytes((self.directory / file).read_bytes())
            partial.rename(folder)
        # Nobody else works in this clone: a lock is that of a git which was killed.
        for lock in (folder / ".git").rglob("*.lock"):
            lock.unlink()
        return Checkout(folder, self.operator.environment, file)

    @property
    def stack(self) -> Stack:
        """The stack of the clone."""
        log = self.progress.folder / "pulumi.log"
        return Stack(self.operator.environment, log, self.checkout.folder, self.name)

    @property
    def repository(self) -> str:
        """The name of the repository that is delivered."""
        return self.target.settings.delivery.source.repository

    @property
    def queue(self) -> str:
        """The name of the run's own queue, which is subscribed to the topic."""
        return f"{self.target.deployment.prefix}-acceptance"

    @cached_property
    def outputs(self) -> dict[str, Any]:
        """The stack's outputs."""
        return self.stack.outputs()

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the ML pipeline's upsert: names, buckets, the use case."""
        return self.outputs["pipeline_environment"]

    def patience(self, longest_seconds: float) -> Patience:
        """Return how long something is waited for."""
        return Patience(poll_seconds=self.poll_seconds, longest_seconds=longest_seconds)

    def inbox(self) -> Inbox:
        """Subscribe the run's queue to the topic; it is the same one again where the run goes on."""
        return Inbox(self.operator, self.outputs["topic_arn"], self.queue, _MESSAGE_SECONDS)
