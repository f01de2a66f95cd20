"""CloudWatch in the emulator: metrics and alarms."""
# ruff: noqa: SLF001
# pyright: reportPrivateUsage=false

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ministack.services import cloudwatch

Alarm = dict[str, Any]
"""An alarm as DescribeAlarms returns it."""
AlarmActions = Callable[[Alarm, str, str, str], None]
"""Takes an alarm, its state before and after, and the reason for the change."""


@dataclass(frozen=True)
class DataPoint:
    """A data point of a metric: its time in seconds since 1970, its unit and the emulator's record."""

    time: float
    unit: str
    record: Mapping[str, Any]


def record_metric(namespace: str, name: str, value: float, dimensions: Mapping[str, str], unit: str = "Count") -> None:
    """Add a data point of this moment to a metric."""
    cloudwatch.record_metric(namespace, name, value, unit, dict(dimensions))


def data_points(namespace: str, name: str, dimensions: Mapping[str, str]) -> list[DataPoint]:
    """Return the data points of a metric."""
    records = cloudwatch._metrics.get((namespace, name, cloudwatch._dims_key(dict(dimensions)))) or []
    return [DataPoint(record["Timestamp"], record["Unit"], record) for record in list(records)]


def statistic(points: Sequence[DataPoint], name: str) -> float | None:
    """Return a statistic, e.g. `Sum` or `p99`, of some data points; None of none."""
    records = [point.record for point in points]
    return cloudwatch._stat_value(cloudwatch._calc_stats(records), name, records) if records else None


def alarms() -> list[Alarm]:
    """Return copies of all alarms."""
    return [dict(alarm) for alarm in cloudwatch._alarms.values()]


def add_alarm_history(entry: Mapping[str, Any]) -> None:
    """Add an entry to the history that DescribeAlarmHistory returns."""
    cloudwatch._history_entries().append(entry)


def stop_evaluation() -> None:
    """Stop the emulator's own evaluation, which would fire an alarm of one queue by the depth of another."""
    cloudwatch._evaluate_alarm = lambda _alarm: None


def replace_alarm_actions(actions: AlarmActions) -> None:
    """Call `actions` at each change of an alarm's state; it is called inside a request and has to return at once."""
    cloudwatch._dispatch_alarm_actions = actions
