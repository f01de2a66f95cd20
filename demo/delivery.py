"""The delivery pipeline in the demo: it takes a pushed commit to the stack, and a person approves on the way."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from contract.layout import DeliveryArtifacts
from contract.names import APPROVAL_STAGE
from demo import DemoError, Patience
from demo.people import Client
from demo.timeline import Step, Timeline

_PATIENCE = Patience(poll_seconds=0.5, longest_seconds=900)
_LONGEST_RESTART = timedelta(seconds=60)
_RUNNING = frozenset({"InProgress", "Stopping"})
_FILE_CHANGES = ("- added ", "- changed ", "- removed ")

Record = dict[str, Any]


@dataclass
class Delivery:
    """Watches the executions of one delivery pipeline; `entries` grows by one for each that has ended.

    `client` gives clients that may look, `approver` clients that may approve.
    """

    client: Client
    approver: Client
    pipeline: str
    timeline: Timeline
    entries: list[Record] = field(default_factory=list[Record])
    patience: Patience = _PATIENCE

    def follow(self, commit: str, text: str) -> list[Record]:
        """Wait until every execution of a commit is over and approve on the way; return their entries, oldest first.

        Raises:
            DemoError: the newest of them did not succeed, or took too long, by default over a quarter of an hour.
        """
        with self.timeline.step(text) as step:
            entries = [self._entry(commit, execution) for execution in self._wait(commit, step)]
            last = entries[-1]
            if last["status"] != "Succeeded":
                raise DemoError(self._failure(last))
            step.result = " ".join(action["name"] for action in last["actions"])
        self.entries += entries
        return entries

    def reach(self, commit: str, stage: str, text: str) -> None:
        """Wait until a commit has passed a stage and approve on the way; its execution goes on.

        Raises:
            DemoError: it ended before, or took too long.
        """
        with self.timeline.step(text) as step:
            executions = self._wait(commit, step, stage)
            if not self._has_passed(executions, stage):
                raise DemoError(self._failure(self._entry(commit, executions[-1])))

    def output(self, entry: Record, action: str, variable: str) -> str:
        """Return a variable that an action of an execution has exported; empty where there is none."""
        return _output(entry["actions"], action, variable)

    def _wait(self, commit: str, step: Step, stage: str = "") -> list[Record]:
        """Wait for the end of a commit's executions, or until one has passed a stage; return them, oldest first."""
        deadline = time.monotonic() + self.patience.longest_seconds
        while True:
            executions = self._executions(commit)
            if self._are_over(executions) or (stage and self._has_passed(executions, stage)):
                return [execution for execution in executions if _is_of(commit, execution)]
            if time.monotonic() > deadline:
                waited = f"{self.patience.longest_seconds:.0f} s"
                raise DemoError(f"{self.pipeline} is not done with {commit} after {waited}")
            stages = self._stages()
            step.update(_under_way(stages))
            self._approve(stages, _ids(executions))
            time.sleep(self.patience.poll_seconds)

    def _executions(self, commit: str) -> list[Record]:
        """Return the executions of a commit, oldest first, with those that have yet to say which commit they take."""
        listed = self.client("codepipeline").list_pipeline_executions(pipelineName=self.pipeline)
        return [
            execution
            for execution in reversed(listed["pipelineExecutionSummaries"])
            if _is_of(commit, execution) or (execution["status"] in _RUNNING and not execution.get("sourceRevisions"))
        ]

    def _are_over(self, executions: list[Record]) -> bool:
        if not executions or any(execution["status"] in _RUNNING for execution in executions):
            return False
        # AWS ends an execution whose pipeline is updated, while the build that did so has yet to start it again.
        since = datetime.now(UTC) - executions[-1]["lastUpdateTime"]
        return executions[-1]["status"] == "Succeeded" or since > _LONGEST_RESTART

    def _has_passed(self, executions: list[Record], stage: str) -> bool:
        latest = next((state.get("latestExecution", {}) for state in self._stages() if state["stageName"] == stage), {})
        return latest.get("status") == "Succeeded" and latest["pipelineExecutionId"] in _ids(executions)

    def _stages(self) -> list[Record]:
        return self.client("codepipeline").get_pipeline_state(name=self.pipeline)["stageStates"]

    def _approve(self, stages: list[Record], executions: Collection[str]) -> None:
        """Approve what waits of these executions, after a look at the report; the notifier writes it a moment later."""
        for stage in stages:
            for action in stage["actionStates"]:
                latest = action.get("latestExecution", {})
                if (
                    stage["stageName"] == APPROVAL_STAGE
                    and latest.get("status") == "InProgress"
                    and latest.get("token")
                    and (execution_id := stage["latestExecution"]["pipelineExecutionId"]) in executions
                ):
                    report = self._report(execution_id)
                    if report is None:
                        continue
                    differing = sum(line.startswith(_FILE_CHANGES) for line in report.splitlines())
                    files = "1 file differs" if differing == 1 else f"{differing} files differ"
                    self.timeline.note(f"{files} from the last delivery; a person approves")
                    self.approver("codepipeline").put_approval_result(
                        pipelineName=self.pipeline,
                        stageName=stage["stageName"],
                        actionName=action["actionName"],
                        token=latest["token"],
                        result={"status": "Approved", "summary": "read the report"},
                    )

    def _report(self, execution_id: str) -> str | None:
        """Return what the approver reads before the decision; None where it isn't there yet."""
        store = self.client("codepipeline").get_pipeline(name=self.pipeline)["pipeline"]["artifactStore"]
        key = DeliveryArtifacts(self.pipeline).preview_report_key(execution_id)
        try:
            return self.approver("s3").get_object(Bucket=store["location"], Key=key)["Body"].read().decode()
        except ClientError:
            # Who may not list a bucket is told that access to a missing object is denied.
            return None

    def _entry(self, commit: str, execution: Record) -> Record:
        actions = self._actions(execution["pipelineExecutionId"])
        return {
            "commit": commit,
            "execution_id": execution["pipelineExecutionId"],
            "status": execution["status"],
            "message": actions[0]["summary"] if actions else "",
            "actions": actions,
        }

    def _actions(self, execution_id: str) -> list[Record]:
        """Return the actions of an execution in the order they began."""
        pages = self.client("codepipeline").get_paginator("list_action_executions")
        paginated = pages.paginate(pipelineName=self.pipeline, filter={"pipelineExecutionId": execution_id})
        details = [detail for page in paginated for detail in page["actionExecutionDetails"]]
        return [_action(detail) for detail in sorted(details, key=lambda detail: detail["startTime"])]

    def _failure(self, entry: Record) -> str:
        failed = next((action for action in entry["actions"] if action["status"] == "Failed"), None)
        reason = f"{failed['name']}: {failed['summary']}" if failed else "no action says why"
        return f"execution {entry['execution_id']} of {self.pipeline} ended {entry['status']}: {reason}"


def _is_of(commit: str, execution: Record) -> bool:
    return commit in {revision["revisionId"] for revision in execution.get("sourceRevisions", [])}


def _ids(executions: list[Record]) -> set[str]:
    return {execution["pipelineExecutionId"] for execution in executions}


def _under_way(stages: list[Record]) -> str:
    return ", ".join(s["stageName"] for s in stages if s.get("latestExecution", {}).get("status") == "InProgress")


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


def _output(actions: list[Record], name: str, variable: str) -> str:
    action = next((entry for entry in actions if entry["name"] == name), {})
    return action.get("variables", {}).get(variable, "")
