"""The state of a metric alarm from its data points.

Sources: CloudWatch user guide, "Using Amazon CloudWatch alarms" ("Evaluating an alarm") and "Configuring how CloudWatch
alarms treat missing data".
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

EXTRA_PERIODS = 2
"""Periods before the evaluation periods whose data stand in for missing data points."""

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}
"""The comparisons with a fixed threshold; alarms on anomaly detection bands are not evaluated."""


_WORDS: Mapping[str, str] = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanOrEqualToThreshold": "less than or equal to",
    "LessThanThreshold": "less than",
}


@dataclass(frozen=True)
class Rule:
    """What an alarm compares with what, in how many of how many periods."""

    comparison: str
    threshold: float
    periods: int
    to_alarm: int
    missing: str = "missing"

    def breaches(self, value: float) -> bool:
        """Return whether one data point is beyond the threshold."""
        return COMPARISONS[self.comparison](value, self.threshold)


def evaluate(rule: Rule, points: Sequence[float | None], current: str) -> str:
    """Return OK, ALARM or INSUFFICIENT_DATA.

    Args:
        rule: the alarm's settings.
        points: a value per period, the newest first, None where data are missing; `rule.periods` + EXTRA_PERIODS long.
        current: the alarm's state, which `ignore` keeps.
    """
    real = [point for point in points if point is not None]
    breaching = sum(rule.breaches(point) for point in real[: rule.periods])
    if len(real) >= rule.periods or breaching >= rule.to_alarm:
        return "ALARM" if breaching >= rule.to_alarm else "OK"
    if rule.missing == "ignore":
        return current
    if rule.missing == "breaching":
        return "ALARM" if breaching + rule.periods - len(real) >= rule.to_alarm else "OK"
    if rule.missing == "notBreaching":
        return "OK"
    if not real:
        return "INSUFFICIENT_DATA"
    return "ALARM" if breaching == len(real) else "OK"


def reason(rule: Rule, recent: Sequence[float], state: str) -> str:
    """Return why the alarm is in a state, in CloudWatch's words; `recent` are the data points that decided."""
    if state == "INSUFFICIENT_DATA":
        return "Insufficient Data: no datapoints were received"
    if not recent:
        treated = "Breaching" if state == "ALARM" else "NonBreaching"
        return f"Threshold Crossed: no datapoints were received and missing datapoints were treated as [{treated}]."
    points = f"{len(recent)} datapoint{'s' if len(recent) > 1 else ''} {list(recent)}"
    verb = "were" if len(recent) > 1 else "was"
    negation = "" if state == "ALARM" else "not "
    words = _WORDS[rule.comparison]
    return f"Threshold Crossed: {points} {verb} {negation}{words} the threshold ({rule.threshold})."
