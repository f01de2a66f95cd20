"""Runs executions: stage after stage, the actions of a stage by their run order, until it ends or is to end."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import Any

from localcloud.services.codepipeline import events
from localcloud.services.codepipeline.actions import Actions
from localcloud.services.codepipeline.entry import StageEntry
from localcloud.services.codepipeline.execution import ENDED, Execution
from localcloud.services.codepipeline.history import History

log = logging.getLogger("localcloud")

Record = dict[str, Any]


class Executor:
    """One thread per execution. `emit` takes each event."""

    def __init__(self, history: History, entry: StageEntry, actions: Actions, emit: Callable[[Record], None]) -> None:
        self._history, self._entry, self._actions, self._emit = history, entry, actions, emit

    def start(self, execution: Execution) -> None:
        """Starts a new execution."""
        self._history.add(execution)
        self._emit(events.pipeline_changed(execution, "STARTED"))
        self._begin(execution, 0, None)

    def retry(self, execution: Execution, stage: str, skip: frozenset[str]) -> None:
        """Goes on with a failed execution from a stage; actions to skip have succeeded before."""
        names = [declared["name"] for declared in execution.pipeline["stages"]]
        execution.attempt += 1
        execution.touch("InProgress")
        self._emit(events.pipeline_changed(execution, "RESUMED"))
        self._begin(execution, names.index(stage), skip)

    def end(self, execution: Execution, ending: str, *, abandon: bool) -> None:
        """Asks an execution to end as Stopped or Cancelled; with `abandon` without waiting for its actions."""
        with self._history.changed:
            if execution.status in ENDED:
                return
            execution.end(ending, abandon=abandon)
            if ending == "Stopped":
                execution.touch("Stopping")
            self._history.changed.notify_all()
        if ending == "Stopped":
            self._emit(events.pipeline_changed(execution, "STOPPING"))

    def _begin(self, execution: Execution, first: int, skip: frozenset[str] | None) -> None:
        name = f"pipeline-{execution.id}"
        threading.Thread(target=self._run, args=(execution, first, skip), name=name, daemon=True).start()

    def _run(self, execution: Execution, first: int, skip: frozenset[str] | None) -> None:
        try:
            status = self._stages(execution, first, skip)
        except Exception:
            log.exception("%s: the execution broke off", execution.id)
            status = "Failed"
        with self._history.changed:
            execution.touch(status)
            self._history.changed.notify_all()
        failed = self._failures(execution) if status == "Failed" else None
        self._emit(events.pipeline_changed(execution, status, failed))

    def _stages(self, execution: Execution, first: int, skip: frozenset[str] | None) -> str:
        for stage in execution.pipeline["stages"][first:]:
            if not self._entry.enter(execution, stage["name"]):
                return execution.ending
            try:
                status = self._stage(execution, stage, skip or frozenset(), resumed=skip is not None)
            finally:
                self._entry.leave(execution, stage["name"])
            skip = None
            if status != "Succeeded":
                return status
        return "Succeeded"

    def _stage(self, execution: Execution, stage: Record, skip: frozenset[str], *, resumed: bool) -> str:
        name = stage["name"]
        self._history.start_stage(execution, name)
        self._emit(events.stage_changed(execution, name, "RESUMED" if resumed else "STARTED"))
        status = "Succeeded"
        declared = [action for action in stage["actions"] if action["name"] not in skip]
        ordered = sorted(declared, key=lambda action: action["runOrder"])
        for _, group in groupby(ordered, key=lambda action: action["runOrder"]):
            results = self._together(execution, name, list(group))
            # A failure counts as one also when the execution was to stop.
            status = "Failed" if "Failed" in results else execution.ending or "Succeeded"
            if status != "Succeeded":
                break
        self._history.end_stage(execution, name, status)
        self._emit(events.stage_changed(execution, name, status))
        return status

    def _together(self, execution: Execution, stage: str, actions: list[Record]) -> list[str]:
        if len(actions) == 1:
            return [self._actions.run(execution, stage, actions[0])]
        with ThreadPoolExecutor(len(actions)) as pool:
            return list(pool.map(lambda action: self._actions.run(execution, stage, action), actions))

    def _failures(self, execution: Execution) -> list[Record]:
        found = [r for r in self._history.actions(execution.name, execution.id) if r["status"] == "Failed"]
        return [
            {
                "action": record["actionName"],
                "stage": record["stageName"],
                "additionalInformation": record["output"]["executionResult"]["errorDetails"]["message"],
            }
            for record in found
            if record["stageName"] == found[0]["stageName"]
        ]
