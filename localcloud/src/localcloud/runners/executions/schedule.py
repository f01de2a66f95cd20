"""Which step runs next: one after the other, in the definition's order, each when what it waits for has ended."""

from collections.abc import Iterator
from typing import Any

from localcloud.runners.executions.validation.steps import BRANCHES, Step, all_steps, dependencies


class Schedule:
    """The steps of an execution that can still run; a condition adds the steps of the branch it takes."""

    def __init__(self, definition: dict[str, Any]) -> None:
        self._waiting: list[Step] = list(definition["Steps"])
        self._ended: set[str] = set()

    def __iter__(self) -> Iterator[Step]:
        """Steps that are ready; a step counts as ended when the next is asked for.

        A step that waits for one in a branch that was not taken never runs.
        """
        while step := self._next():
            self._waiting.remove(step)
            yield step
            self._ended.add(step["Name"])

    def take(self, step: Step, outcome: bool) -> None:
        """The condition `step` came out true or false."""
        branch: list[Step] = step["Arguments"].get(BRANCHES[0 if outcome else 1], [])
        self._waiting = [*branch, *self._waiting]

    def _next(self) -> Step | None:
        return next((step for step in self._waiting if dependencies(step) <= self._ended), None)


def every_step(definition: dict[str, Any]) -> list[Step]:
    """All steps, also those in branches."""
    return [step for step, _ in all_steps(definition["Steps"])]
