"""The points at which something is killed."""

from chaos.kills import points


def test_points_follow_from_the_seed_and_every_victim_meets_every_operation() -> None:
    chosen = points(7, 20)
    assert chosen == points(7, 20) != points(8, 20)
    assert len(chosen) == 20
    assert len({(point.operation, point.victim) for point in chosen[:9]}) == 9
    assert {point.is_carried_out for point in chosen} == {True, False}


def test_a_stack_is_created_before_it_is_updated_and_destroyed() -> None:
    assert [point.operation for point in points(7, 4)] == ["create", "update", "destroy", "create"]
