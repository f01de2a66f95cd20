"""CloudWatch in the emulator: metrics and alarms."""
# ruff: noqa: SLF001
# pyright: reportPrivateUsage=false

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from ministack.services import cloudwatch


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """An alarm on a metric; one on an expression has no metric of its own.

    `statistic` is the plain or the extended one, `actions` has the ARNs to act on by the state that is entered.
    """

    name: str
    arn: str
    description: str | None
    state: str
    namespace: str | None
    metric_name: str | None
    dimensions: Mapping[str, str]
    statistic: str
    unit: str | None
    period: int
    evaluation_periods: int
    datapoints_to_alarm: int
    comparison: str
    threshold: float
    missing_data: str
    actions_enabled: bool
    actions: Mapping[str, tuple[str, ...]]


AlarmActions = Callable[[Alarm, str, str, str], None]
"""Called with an alarm, its state before and after, and the reason for the change."""
_ACTIONS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}


class AlarmHistoryItem(TypedDict):
    """An entry of an alarm's history; `Timestamp` is ISO 8601, `HistoryData` JSON."""

    AlarmName: str
    AlarmType: str
    Timestamp: str
    HistoryItemType: str
    HistorySummary: str
    HistoryData: str


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
    """Return all alarms."""
    return [_alarm(record) for record in cloudwatch._alarms.values()]


def _alarm(record: Mapping[str, Any]) -> Alarm:
    periods = int(record.get("EvaluationPeriods") or 1)
    return Alarm(
        name=record["AlarmName"],
        arn=record["AlarmArn"],
        description=record.get("AlarmDescription"),
        state=record["StateValue"],
        namespace=record.get("Namespace") or None,
        metric_name=record.get("MetricName") or None,
        dimensions={item["Name"]: item["Value"] for item in record.get("Dimensions", [])},
        statistic=record.get("ExtendedStatistic") or record.get("Statistic") or "Average",
        unit=record.get("Unit") or None,
        period=int(record.get("Period") or 60),
        evaluation_periods=periods,
        datapoints_to_alarm=int(record.get("DatapointsToAlarm") or periods),
        comparison=record.get("ComparisonOperator") or "",
        threshold=float(record.get("Threshold") or 0),
        missing_data=record.get("TreatMissingData") or "missing",
        actions_enabled=record.get("ActionsEnabled", True),
        actions={state: tuple(record.get(member) or ()) for state, member in _ACTIONS.items()},
    )


def add_alarm_history(entry: AlarmHistoryItem) -> None:
    """Add an entry to the history that DescribeAlarmHistory returns."""
    cloudwatch._history_entries().append(entry)


def stop_evaluation() -> None:
    """Stop the emulator's own evaluation, which would fire an alarm of one queue by the depth of another."""
    cloudwatch._evaluate_alarm = lambda _alarm: None


def replace_alarm_actions(actions: AlarmActions) -> None:
    """Call `actions` at each change of an alarm's state; it is called inside a request and has to return at once."""

    def dispatch(record: Mapping[str, Any], before: str, after: str, reason: str) -> None:
        actions(_alarm(record), before, after, reason)

    cloudwatch._dispatch_alarm_actions = dispatch
