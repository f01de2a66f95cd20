"""Waiting for the state's lock."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from delivery.engine import retry_while_locked
from delivery.job import DeliveryError, StackLockedError


def refusing(*errors: Exception) -> tuple[list[int], Callable[[], str]]:
    left, tries = list(errors), list[int]()

    def work() -> str:
        tries.append(1)
        if left:
            raise left.pop(0)
        return "done"

    return tries, work


def locked() -> StackLockedError:
    return StackLockedError("pulumi up failed:\n  the stack is currently locked by 1 lock(s)")


def test_the_work_is_repeated_until_the_lock_is_released(capsys: pytest.CaptureFixture[str]) -> None:
    tries, work = refusing(locked(), locked())
    assert retry_while_locked(work, wait=5, pause=0.01) == "done"
    assert len(tries) == 3
    assert "waiting for the stack's lock: the stack is currently locked by 1 lock(s)" in capsys.readouterr().out


def test_a_lock_that_is_never_released_is_raised_in_the_end() -> None:
    _, work = refusing(*(locked() for _ in range(100)))
    with pytest.raises(StackLockedError, match=r"(?s)locked by 1 lock.*after 0 minutes.*a stale lock") as raised:
        retry_while_locked(work, wait=0.05, pause=0.02)
    assert "nothing was changed" in str(raised.value)


def test_another_error_is_raised_at_once() -> None:
    tries, work = refusing(DeliveryError("wrong"))
    with pytest.raises(DeliveryError, match="wrong"):
        retry_while_locked(work, wait=5, pause=0.01)
    assert len(tries) == 1
