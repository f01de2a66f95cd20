"""One execution of a pipeline: its record, and what asks it to end before its time."""

import threading
import uuid
from datetime import UTC, datetime
from typing import Any

Record = dict[str, Any]

ENDED = frozenset({"Succeeded", "Failed", "Stopped", "Superseded", "Cancelled"})


class Execution:
    """An execution with the structure that it was started with.

    `overrides` has a source revision by action name: {commit, branch?}. `namespaces` are its variables, `artifacts` the
    locations of its artifacts by name, `revision` the commit of the latest source action.
    """

    def __init__(
        self, pipeline: Record, trigger: Record, variables: dict[str, str], overrides: dict[str, Record]
    ) -> None:
        self.id = str(uuid.uuid4())
        self.pipeline = pipeline
        self.trigger = trigger
        self.overrides = overrides
        self.variables = variables
        self.namespaces: dict[str, dict[str, str]] = {
            "codepipeline": {"PipelineExecutionId": self.id},
            "variables": variables,
        }
        self.artifacts: dict[str, Record] = {}
        self.revisions: list[Record] = []
        self.revision = ""
        self.status = "InProgress"
        self.summary = ""
        self.stop_reason: str | None = None
        self.attempt = 1
        self.started = self.updated = datetime.now(UTC)
        self.abandoned = threading.Event()
        self.ending = ""
        """Stopped, Superseded or Cancelled as soon as nothing of it runs any more; '' while it goes on."""

    @property
    def name(self) -> str:
        """The pipeline's name."""
        return str(self.pipeline["name"])

    @property
    def region(self) -> str:
        """The pipeline's region."""
        return str(self.pipeline["arn"].split(":")[3])

    @property
    def mode(self) -> str:
        """SUPERSEDED, QUEUED or PARALLEL."""
        return str(self.pipeline["executionMode"])

    def touch(self, status: str | None = None) -> None:
        """Notes a change, of the status too if one is given."""
        self.status = status or self.status
        self.updated = datetime.now(UTC)

    def end(self, ending: str, *, abandon: bool) -> None:
        """Asks the execution to end; with `abandon` without waiting for actions that run."""
        self.ending = self.ending or ending
        if abandon:
            self.abandoned.set()

    def described(self) -> Record:
        """As GetPipelineExecution answers."""
        return {
            "pipelineName": self.name,
            "pipelineVersion": self.pipeline["version"],
            "pipelineExecutionId": self.id,
            "status": self.status,
            **({"statusSummary": self.summary} if self.summary else {}),
            "artifactRevisions": [dict(revision["artifact"]) for revision in self.revisions],
            "variables": [{"name": name, "resolvedValue": value} for name, value in self.variables.items()],
            "trigger": dict(self.trigger),
            "executionMode": self.mode,
            "executionType": "STANDARD",
        }

    def summarized(self) -> Record:
        """As ListPipelineExecutions answers."""
        return {
            "pipelineExecutionId": self.id,
            "status": self.status,
            **({"statusSummary": self.summary} if self.summary else {}),
            "startTime": self.started,
            "lastUpdateTime": self.updated,
            "sourceRevisions": [dict(revision["source"]) for revision in self.revisions],
            "trigger": dict(self.trigger),
            **({"stopTrigger": {"reason": self.stop_reason}} if self.stop_reason is not None else {}),
            "executionMode": self.mode,
            "executionType": "STANDARD",
        }
