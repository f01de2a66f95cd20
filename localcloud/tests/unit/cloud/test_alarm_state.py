"""The state of an alarm, also where data are missing."""

import pytest

from localcloud.services.cloudwatch.alarm_state import evaluate, reason
from localcloud.services.cloudwatch.models import AlarmSettings


@pytest.mark.parametrize(
    ("missing", "points", "current", "expected"),
    [
        ("missing", [None, None, None], "OK", "INSUFFICIENT_DATA"),
        ("missing", [5, None, None], "OK", "ALARM"),
        ("missing", [0, None, None], "ALARM", "OK"),
        ("missing", [None, 5, None], "OK", "ALARM"),
        ("notBreaching", [None, None, None], "ALARM", "OK"),
        ("breaching", [None, None, None], "OK", "ALARM"),
        ("ignore", [None, None, None], "ALARM", "ALARM"),
        ("ignore", [None, None, None], "OK", "OK"),
    ],
)
def test_one_period_of_one(missing: str, points: list[float | None], current: str, expected: str) -> None:
    settings = AlarmSettings("GreaterThanThreshold", 0, periods=1, to_alarm=1, missing=missing)
    assert evaluate(settings, points, current) == expected


@pytest.mark.parametrize(
    ("missing", "points", "expected"),
    [
        ("missing", [5, 0, 5, 0, 0], "ALARM"),
        ("missing", [5, 0, 0, 5, 5], "OK"),
        ("notBreaching", [5, None, None, None, None], "OK"),
        ("breaching", [0, None, None, None, None], "ALARM"),
        ("breaching", [0, 0, None, None, None], "OK"),
        # Older data stand in for missing data before the setting is asked.
        ("notBreaching", [None, 5, None, 5, 0], "ALARM"),
    ],
)
def test_two_periods_of_three(missing: str, points: list[float | None], expected: str) -> None:
    settings = AlarmSettings("GreaterThanOrEqualToThreshold", 5, periods=3, to_alarm=2, missing=missing)
    assert evaluate(settings, points, "OK") == expected


def test_a_threshold_can_be_a_lower_bound() -> None:
    settings = AlarmSettings("LessThanThreshold", 1, periods=1, to_alarm=1)
    assert [evaluate(settings, [value], "OK") for value in (0, 1)] == ["ALARM", "OK"]


@pytest.mark.parametrize(
    ("recent", "state", "expected"),
    [
        ([2.0], "ALARM", "Threshold Crossed: 1 datapoint [2.0] was greater than the threshold (0.0)."),
        ([0.0, 0.0], "OK", "Threshold Crossed: 2 datapoints [0.0, 0.0] were not greater than the threshold (0.0)."),
        (
            [],
            "OK",
            "Threshold Crossed: no datapoints were received and missing datapoints were treated as [NonBreaching].",
        ),
        ([], "INSUFFICIENT_DATA", "Insufficient Data: no datapoints were received"),
    ],
)
def test_the_reason_names_the_data_points(recent: list[float], state: str, expected: str) -> None:
    assert reason(AlarmSettings("GreaterThanThreshold", 0.0, periods=1, to_alarm=1), recent, state) == expected
