"""What a request tells the decision on it."""

from localcloud.iam.requests import condition_keys_of


def test_a_metric_has_its_namespace_in_json_and_in_a_query() -> None:
    action, expected = "cloudwatch:PutMetricData", {"cloudwatch:namespace": "Own"}
    assert condition_keys_of("monitoring", action, b'{"Namespace": "Own", "MetricData": []}', {}) == expected
    assert condition_keys_of("monitoring", action, b"", {"Namespace": ["Own"]}) == expected


def test_another_action_of_the_service_has_none() -> None:
    assert condition_keys_of("monitoring", "cloudwatch:GetMetricData", b'{"Namespace": "Own"}', {}) == {}
