"""Who may enter a stage: one execution at a time, unless the pipeline's mode is PARALLEL.

Source: CodePipeline user guide, "How pipeline executions work" (rules for SUPERSEDED, QUEUED and PARALLEL).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from localcloud.services.codepipeline.executions import Execution, History

if TYPE_CHECKING:
    from mypy_boto3_codepipeline.type_defs import TransitionStateTypeDef

_StageKey = tuple[str, str]
"""The names of a pipeline and of its stage."""


class StageEntry:
    """The locks and the inbound transitions of all stages."""

    def __init__(self, history: History) -> None:
        self._changed = history.changed
        self._occupants: dict[_StageKey, Execution] = {}
        self._waiting: dict[_StageKey, list[Execution]] = {}
        self._disabled: set[_StageKey] = set()
        self._transitions: dict[_StageKey, TransitionStateTypeDef] = {}

    def enter(self, execution: Execution, stage: str) -> bool:
        """Wait for the stage; return False when the execution has to end instead."""
        key = (execution.name, stage)
        mode = execution.pipeline.execution_mode
        with self._changed:
            waiting = self._waiting.setdefault(key, [])
            if mode == "SUPERSEDED":
                for older in waiting:
                    older.end("Superseded", abandon=False)
            waiting.append(execution)
            self._changed.notify_all()
            self._changed.wait_for(lambda: execution.ending is not None or self._may_enter(execution, key))
            waiting.remove(execution)
            if execution.ending:
                return False
            if mode != "PARALLEL":
                self._occupants[key] = execution
            return True

    def leave(self, execution: Execution, stage: str) -> None:
        """Let the next execution into the stage."""
        with self._changed:
            if self._occupants.get((execution.name, stage)) is execution:
                del self._occupants[execution.name, stage]
            self._changed.notify_all()

    def disable(self, pipeline_name: str, stage: str, reason: str, caller_arn: str) -> None:
        """Let no execution into a stage."""
        with self._changed:
            self._disabled.add((pipeline_name, stage))
            self._transitions[pipeline_name, stage] = {
                "enabled": False,
                "lastChangedBy": caller_arn,
                "lastChangedAt": datetime.now(UTC),
                "disabledReason": reason,
            }

    def enable(self, pipeline_name: str, stage: str, caller_arn: str) -> None:
        """Let executions into a stage again."""
        with self._changed:
            if (pipeline_name, stage) in self._disabled:
                self._disabled.remove((pipeline_name, stage))
                self._transitions[pipeline_name, stage] = {
                    "enabled": True,
                    "lastChangedBy": caller_arn,
                    "lastChangedAt": datetime.now(UTC),
                }
            self._changed.notify_all()

    def transition(self, pipeline_name: str, stage: str) -> TransitionStateTypeDef:
        """Return a stage's inbound transition, as GetPipelineState answers it."""
        return self._transitions.get((pipeline_name, stage), {"enabled": True})

    def inbound(self, pipeline_name: str, stage: str) -> list[Execution]:
        """Return the executions that wait for a stage."""
        with self._changed:
            return list(self._waiting.get((pipeline_name, stage), []))

    def _may_enter(self, execution: Execution, key: _StageKey) -> bool:
        if key in self._disabled:
            return False
        if execution.pipeline.execution_mode == "PARALLEL":
            return True
        first = next(waiting for waiting in self._waiting[key] if not waiting.ending)
        return key not in self._occupants and first is execution
