"""The short form of `make chaos`: each kind of fault once, and nothing lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chaos import events, kills, unreliable
from chaos.proxy import proxy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from localcloud.lifecycle import LocalCloud

pytestmark = pytest.mark.local

SEED = 1


def test_killed_in_the_middle_a_stack_is_whole_after_what_the_runbook_says(
    new_cloud: Callable[..., LocalCloud], tmp_path: Path
) -> None:
    cloud = new_cloud()
    points = kills.points(SEED, 3)
    assert {point.victim for point in points} == {"CLI", "provider", "cloud"}
    assert {point.operation for point in points} == {"create", "update", "destroy"}
    with proxy(cloud) as server:
        came = list(kills.tried(cloud, server, tmp_path, points))
    assert [kill.problems for kill in came] == [[], [], []]
    assert not any(kill.operation_ended for kill in came if kill.point.victim != "cloud")


def test_an_aws_that_throttles_fails_and_loses_answers_delays_everything_and_loses_nothing(tmp_path: Path) -> None:
    came = {attempts.name: attempts for attempts in unreliable.tried(tmp_path, SEED, 0.02)}
    assert set(came) == {"bootstrap", "up", "upsert", "verify", "notifier", "destroy"}
    assert {name: attempts.problems for name, attempts in came.items()} == {name: [] for name in came}
    assert all(sum(attempts.faults[kind] for attempts in came.values()) for kind in ("throttled", "failed", "lost"))


def test_events_thrice_and_out_of_order_are_told_once_and_poison_ends_in_its_queue(tmp_path: Path) -> None:
    delivered = events.tried(tmp_path, SEED, events.SHORT)
    assert delivered.problems == []
    assert delivered.messages == delivered.expected == 57
    assert delivered.dead_letters == 3 * delivered.poison == 9
