"""What an alarm compares, and the message that it publishes."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypedDict

from localcloud.emulator.monitoring import Alarm
from localcloud.layout import ACCOUNT

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}
"""The comparisons with a fixed threshold; alarms on anomaly detection bands are not evaluated."""


@dataclass(frozen=True)
class AlarmSettings:
    """What an alarm compares with what, in how many of how many periods."""

    comparison: str
    threshold: float
    periods: int
    to_alarm: int
    missing: str = "missing"

    @classmethod
    def of(cls, alarm: Alarm) -> AlarmSettings:
        """Return the settings of a deployed alarm."""
        return cls(
            comparison=alarm.comparison,
            threshold=alarm.threshold,
            periods=alarm.evaluation_periods,
            to_alarm=alarm.datapoints_to_alarm,
            missing=alarm.missing_data,
        )

    def breaches(self, value: float) -> bool:
        """Return whether one data point is beyond the threshold."""
        return COMPARISONS[self.comparison](value, self.threshold)


class Dimension(TypedDict):
    """A dimension of the metric in an alarm's message."""

    name: str
    value: str


class AlarmTrigger(TypedDict):
    """The metric and the threshold in an alarm's message."""

    MetricName: str | None
    Namespace: str | None
    StatisticType: str
    Statistic: str
    Unit: str | None
    Dimensions: list[Dimension]
    Period: int
    EvaluationPeriods: int
    ComparisonOperator: str
    Threshold: float
    TreatMissingData: str


class AlarmMessage(TypedDict):
    """The message of an alarm (CloudWatch user guide, "Notifying users on alarm changes")."""

    AlarmName: str
    AlarmDescription: str | None
    AWSAccountId: str
    NewStateValue: str
    NewStateReason: str
    StateChangeTime: str
    Region: str
    AlarmArn: str
    OldStateValue: str
    AlarmActions: Sequence[str]
    OKActions: Sequence[str]
    InsufficientDataActions: Sequence[str]
    Trigger: AlarmTrigger


def alarm_message(alarm: Alarm, before: str, after: str, reason: str, region_name: str) -> AlarmMessage:
    """Return the message of a change of an alarm's state, now."""
    return {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": ACCOUNT,
        "NewStateValue": after,
        "NewStateReason": reason,
        "StateChangeTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
        "Region": region_name,
        "AlarmArn": alarm.arn,
        "OldStateValue": before,
        "AlarmActions": alarm.actions["ALARM"],
        "OKActions": alarm.actions["OK"],
        "InsufficientDataActions": alarm.actions["INSUFFICIENT_DATA"],
        "Trigger": {
            "MetricName": alarm.metric_name,
            "Namespace": alarm.namespace,
            "StatisticType": "Statistic",
            "Statistic": alarm.statistic.upper(),
            "Unit": alarm.unit,
            "Dimensions": [{"name": name, "value": value} for name, value in alarm.dimensions.items()],
            "Period": alarm.period,
            "EvaluationPeriods": alarm.evaluation_periods,
            "ComparisonOperator": alarm.comparison,
            "Threshold": alarm.threshold,
            "TreatMissingData": alarm.missing_data,
        },
    }
