"""Who may enter a stage: one execution at a time, unless the pipeline's mode is PARALLEL.

Source: CodePipeline user guide, "How pipeline executions work" (rules for SUPERSEDED, QUEUED and PARALLEL).
"""

from datetime import UTC, datetime
from typing import Any

from localcloud.services.codepipeline.execution import Execution
from localcloud.services.codepipeline.history import History

Record = dict[str, Any]
Key = tuple[str, str]


class StageEntry:
    """The locks and the inbound transitions of all stages."""

    def __init__(self, history: History) -> None:
        self._changed = history.changed
        self._occupants: dict[Key, Execution] = {}
        self._waiting: dict[Key, list[Execution]] = {}
        self._disabled: dict[Key, Record] = {}
        self._enabled: dict[Key, Record] = {}

    def enter(self, execution: Execution, stage: str) -> bool:
        """Waits for the stage; False when the execution has to end instead."""
        key = (execution.name, stage)
        with self._changed:
            waiting = self._waiting.setdefault(key, [])
            if execution.mode == "SUPERSEDED":
                for older in waiting:
                    older.end("Superseded", abandon=False)
            waiting.append(execution)
            self._changed.notify_all()
            self._changed.wait_for(lambda: execution.ending or self._open(execution, key))
            waiting.remove(execution)
            if execution.ending:
                return False
            if execution.mode != "PARALLEL":
                self._occupants[key] = execution
            return True

    def leave(self, execution: Execution, stage: str) -> None:
        """Gives the stage free."""
        with self._changed:
            if self._occupants.get((execution.name, stage)) is execution:
                del self._occupants[execution.name, stage]
            self._changed.notify_all()

    def disable(self, name: str, stage: str, reason: str, who: str) -> None:
        """Lets no execution into a stage."""
        with self._changed:
            self._disabled[name, stage] = {**_change(who), "enabled": False, "disabledReason": reason}

    def enable(self, name: str, stage: str, who: str) -> None:
        """Lets executions in again."""
        with self._changed:
            if self._disabled.pop((name, stage), None):
                self._enabled[name, stage] = {**_change(who), "enabled": True}
            self._changed.notify_all()

    def transition(self, name: str, stage: str) -> Record:
        """A stage's inbound transition, as GetPipelineState answers."""
        key = (name, stage)
        return dict(self._disabled.get(key) or self._enabled.get(key) or {"enabled": True})

    def inbound(self, name: str, stage: str) -> list[Execution]:
        """The executions that wait for a stage."""
        with self._changed:
            return list(self._waiting.get((name, stage), []))

    def _open(self, execution: Execution, key: Key) -> bool:
        if key in self._disabled:
            return False
        if execution.mode == "PARALLEL":
            return True
        return key not in self._occupants and next(e for e in self._waiting[key] if not e.ending) is execution


def _change(who: str) -> Record:
    return {"lastChangedBy": who, "lastChangedAt": datetime.now(UTC)}
