"""The delivery pipeline in the demo: it takes a pushed commit to the stack, and a person approves on the way."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local.demo.errors import DemoError
from local.demo.timeline import Timeline

_POLL_SECONDS = 0.25
_LONGEST_SECONDS = 900.0
_RUNNING = frozenset({"InProgress", "Stopping"})
_APPROVAL = "Approve"

Client = Callable[[str], Any]
Record = dict[str, Any]


@dataclass
class Delivery:
    """Watches the executions of one pipeline; `entries` grows by one for each that has ended."""

    client: Client
    pipeline: str
    timeline: Timeline
    entries: list[Record] = field(default_factory=list[Record])

    def follow(self, commit: str, text: str) -> list[Record]:
        """Waits until every execution of a commit is over and approves on the way; gives their entries, oldest first.

        Raises:
            DemoError: the newest of them did not succeed, or took longer than a quarter of an hour.
        """
        with self.timeline.step(text) as step:
            deadline = time.monotonic() + _LONGEST_SECONDS
            while not (ended := self._ended(commit)):
                if time.monotonic() > deadline:
                    raise DemoError(f"{self.pipeline} is not done with {commit} after {_LONGEST_SECONDS:.0f} s")
                step.update(self._under_way())
                self._approve()
                time.sleep(_POLL_SECONDS)
            entries = [self._entry(commit, execution) for execution in ended]
            last = entries[-1]
            if last["status"] != "Succeeded":
                raise DemoError(self._failure(last))
            step.result = " ".join(action["name"] for action in last["actions"])
        self.entries += entries
        return entries

    def output(self, entry: Record, action: str, variable: str) -> str:
        """A variable that an action of an execution has exported; empty where there is none."""
        found = next((item for item in entry["actions"] if item["name"] == action), {})
        return found.get("variables", {}).get(variable, "")

    def _ended(self, commit: str) -> list[Record]:
        """The executions of a commit, oldest first; none while one of them runs or is yet to begin."""
        listed = self.client("codepipeline").list_pipeline_executions(pipelineName=self.pipeline)
        executions = listed["pipelineExecutionSummaries"]
        if not executions or any(execution["status"] in _RUNNING for execution in executions):
            return []
        return [
            execution
            for execution in reversed(executions)
            if commit in {revision["revisionId"] for revision in execution.get("sourceRevisions", [])}
        ]

    def _stages(self) -> list[Record]:
        return self.client("codepipeline").get_pipeline_state(name=self.pipeline)["stageStates"]

    def _under_way(self) -> str:
        running = (s["stageName"] for s in self._stages() if s.get("latestExecution", {}).get("status") == "InProgress")
        return ", ".join(running)

    def _approve(self) -> None:
        """Approves what waits, after a look at the preview's summary."""
        for stage in self._stages():
            for action in stage["actionStates"]:
                latest = action.get("latestExecution", {})
                if stage["stageName"] == _APPROVAL and latest.get("status") == "InProgress" and latest.get("token"):
                    self.timeline.note(f"{latest.get('summary') or 'a deployment'} waits for approval: approved")
                    self.client("codepipeline").put_approval_result(
                        pipelineName=self.pipeline,
                        stageName=stage["stageName"],
                        actionName=action["actionName"],
                        token=latest["token"],
                        result={"status": "Approved", "summary": "looked at the preview"},
                    )

    def _entry(self, commit: str, execution: Record) -> Record:
        pages = self.client("codepipeline").get_paginator("list_action_executions")
        found = pages.paginate(
            pipelineName=self.pipeline, filter={"pipelineExecutionId": execution["pipelineExecutionId"]}
        )
        details = [detail for page in found for detail in page["actionExecutionDetails"]]
        actions = [_action(detail) for detail in sorted(details, key=lambda detail: detail["startTime"])]
        return {
            "commit": commit,
            "execution_id": execution["pipelineExecutionId"],
            "status": execution["status"],
            "message": actions[0]["summary"] if actions else "",
            "actions": actions,
        }

    def _failure(self, entry: Record) -> str:
        failed = next((action for action in entry["actions"] if action["status"] == "Failed"), None)
        reason = f"{failed['name']}: {failed['summary']}" if failed else "no action says why"
        return f"execution {entry['execution_id']} of {self.pipeline} ended {entry['status']}: {reason}"


def _action(detail: Record) -> Record:
    result = detail.get("output", {}).get("executionResult", {})
    start: datetime = detail["startTime"]
    return {
        "name": detail["actionName"],
        "status": detail["status"],
        "seconds": round((detail["lastUpdateTime"] - start).total_seconds(), 3),
        "summary": result.get("externalExecutionSummary") or result.get("errorDetails", {}).get("message", ""),
        "variables": detail.get("output", {}).get("outputVariables", {}),
    }
