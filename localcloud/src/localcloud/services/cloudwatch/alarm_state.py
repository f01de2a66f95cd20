"""The state of a metric alarm from its data points.

Sources: CloudWatch user guide, "Using Amazon CloudWatch alarms" ("Evaluating an alarm") and "Configuring how CloudWatch
alarms treat missing data".
"""

from collections.abc import Mapping, Sequence

from localcloud.services.cloudwatch.models import AlarmSettings

EXTRA_PERIODS = 2
"""Periods before the evaluation periods whose data stand in for missing data points."""

_WORDS: Mapping[str, str] = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanOrEqualToThreshold": "less than or equal to",
    "LessThanThreshold": "less than",
}


def evaluate(settings: AlarmSettings, points: Sequence[float | None], current: str) -> str:
    """Return OK, ALARM or INSUFFICIENT_DATA.

    Args:
        settings: the alarm's settings.
        points: a value per period, the newest first, None where data are missing; as many as the settings' periods and
            EXTRA_PERIODS.
        current: the alarm's state, which `ignore` keeps.
    """
    real = [point for point in points if point is not None]
    breaching = sum(settings.breaches(point) for point in real[: settings.periods])
    if len(real) >= settings.periods or breaching >= settings.to_alarm:
        return "ALARM" if breaching >= settings.to_alarm else "OK"
    if settings.missing == "ignore":
        return current
    if settings.missing == "breaching":
        return "ALARM" if breaching + settings.periods - len(real) >= settings.to_alarm else "OK"
    if settings.missing == "notBreaching":
        return "OK"
    if not real:
        return "INSUFFICIENT_DATA"
    return "ALARM" if breaching == len(real) else "OK"


def reason(settings: AlarmSettings, recent: Sequence[float], state: str) -> str:
    """Return why the alarm is in a state, in CloudWatch's words; `recent` are the data points that decided."""
    if state == "INSUFFICIENT_DATA":
        return "Insufficient Data: no datapoints were received"
    if not recent:
        treated = "Breaching" if state == "ALARM" else "NonBreaching"
        return f"Threshold Crossed: no datapoints were received and missing datapoints were treated as [{treated}]."
    points = f"{len(recent)} datapoint{'s' if len(recent) > 1 else ''} {list(recent)}"
    verb = "were" if len(recent) > 1 else "was"
    negation = "" if state == "ALARM" else "not "
    words = _WORDS[settings.comparison]
    return f"Threshold Crossed: {points} {verb} {negation}{words} the threshold ({settings.threshold})."
