"""The calls that some types need care for: only those that are needed, in the order that AWS wants."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.provider.cloud import Cloud, Connections
from localcloud.provider.errors import ProviderError
from localcloud.provider.handler import Place
from localcloud.provider.handlers import HANDLERS


class Answering(Cloud):
    """Answers from a table of operations, and remembers the calls."""

    def __init__(self, service: str, connections: Connections, answers: dict[str, Any]) -> None:
        super().__init__(Place("123456789012", "us-east-1"), service, connections)
        self.__dict__["answers"] = answers

    def call(self, operation: str, *, service: str = "", **params: Any) -> dict[str, Any]:
        return self.__dict__["answers"][operation]

    def pages(self, operation: str, key: str, *, service: str = "", **params: Any) -> Any:
        return self.__dict__["answers"][operation][key]


def requests(
    cloud: Cloud, token: str, old: dict[str, Any], new: dict[str, Any], *changed: str
) -> list[tuple[str, Any]]:
    handler = HANDLERS[token]
    api = Cloud(cloud.place, handler.service, cloud.connections)
    found = handler.update(api, "the-id", old, new, frozenset(changed))
    return [(request.operation, dict(request.params)) for request in found]


def test_an_update_of_a_queue_sets_the_changed_attributes_only(cloud: Cloud) -> None:
    new = {"name": "q", "delaySeconds": 5, "visibilityTimeoutSeconds": 60, "kmsMasterKeyId": "k"}
    [(operation, params)] = requests(cloud, "aws:sqs/queue:Queue", {}, new, "delaySeconds", "tags", "redrivePolicy")
    assert operation == "set_queue_attributes"
    assert params["Attributes"] == {"DelaySeconds": "5", "RedrivePolicy": ""}


def test_a_functions_code_is_not_sent_when_only_its_settings_change(cloud: Cloud) -> None:
    new = {"name": "f", "timeout": 9, "s3Bucket": "b", "s3Key": "k"}
    old = {"description": "x", **new}
    [(operation, params)] = requests(cloud, "aws:lambda/function:Function", old, new, "timeout", "description")
    assert operation == "update_function_configuration"
    assert params == {"FunctionName": "the-id", "Timeout": 9, "Description": ""}


def test_a_published_function_gets_a_new_version_after_its_change(cloud: Cloud) -> None:
    new = {"name": "f", "s3Bucket": "b", "s3Key": "new", "publish": True}
    found = requests(cloud, "aws:lambda/function:Function", {}, new, "s3Key")
    assert [operation for operation, _ in found] == ["update_function_code", "publish_version"]


def test_an_environment_that_is_taken_away_is_emptied(cloud: Cloud) -> None:
    [(_, params)] = requests(cloud, "aws:lambda/function:Function", {}, {"name": "f"}, "environment")
    assert params["Environment"] == {"Variables": {}}


def test_a_disabled_key_is_enabled_before_it_is_changed(cloud: Cloud) -> None:
    new = {"isEnabled": True, "enableKeyRotation": True, "description": "d"}
    found = requests(cloud, "aws:kms/key:Key", {}, new, "isEnabled", "enableKeyRotation", "description")
    assert [operation for operation, _ in found] == ["enable_key", "enable_key_rotation", "update_key_description"]
    found = requests(cloud, "aws:kms/key:Key", {}, {**new, "isEnabled": False}, "isEnabled", "description")
    assert [operation for operation, _ in found] == ["update_key_description", "disable_key"]


def test_turning_time_to_live_off_names_the_attribute_it_had(cloud: Cloud) -> None:
    old = {"ttl": {"attributeName": "gone", "enabled": True}}
    [(operation, params)] = requests(cloud, "aws:dynamodb/table:Table", old, {"name": "t"}, "ttl")
    assert operation == "update_time_to_live"
    assert params["TimeToLiveSpecification"] == {"AttributeName": "gone", "Enabled": False}


@pytest.mark.parametrize("rules", [[{"id": "all", "status": "Enabled", "expiration": {"days": 1}}]])
def test_a_lifecycle_rule_without_a_filter_is_for_all_objects(cloud: Cloud, rules: Any) -> None:
    handler = HANDLERS["aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"]
    api = Cloud(cloud.place, handler.service, cloud.connections)
    params = handler.create(api, {"bucket": "b", "rules": rules}).params
    [rule] = params["LifecycleConfiguration"]["Rules"]
    assert rule == {"ID": "all", "Status": "Enabled", "Expiration": {"Days": 1}, "Filter": {"Prefix": ""}}


def test_a_bucket_outside_us_east_1_says_where(cloud: Cloud) -> None:
    handler = HANDLERS["aws:s3/bucket:Bucket"]
    there = Cloud(Place("123456789012", "eu-west-1"), "s3", cloud.connections)
    here = Cloud(cloud.place, "s3", cloud.connections)
    where = {"LocationConstraint": "eu-west-1"}
    assert handler.create(there, {"bucket": "b"}).params == {"Bucket": "b", "CreateBucketConfiguration": where}
    assert handler.create(here, {"bucket": "b"}).params == {"Bucket": "b"}


def test_the_oldest_version_of_a_policy_makes_room_for_a_sixth(connections: Connections) -> None:
    versions = [{"VersionId": f"v{number}", "IsDefaultVersion": number == 9} for number in (9, 10, 3, 7, 8)]
    api = Answering("iam", connections, {"list_policy_versions": {"Versions": versions}})
    changed = frozenset({"policy"})
    found = HANDLERS["aws:iam/policy:Policy"].update(api, "arn", {"policy": "a"}, {"policy": "b"}, changed)
    assert [request.operation for request in found] == ["delete_policy_version", "create_policy_version"]
    assert found[0].params["VersionId"] == "v3"


def test_a_function_that_fails_to_start_is_an_error_with_the_reason(connections: Connections) -> None:
    answer = {"State": "Failed", "StateReason": "the key is disabled"}
    api = Answering("lambda", connections, {"get_function_configuration": answer})
    after = HANDLERS["aws:lambda/function:Function"].after
    assert after is not None
    with pytest.raises(ProviderError, match="f failed: the key is disabled"):
        after(api, "f", {})


def test_an_alarms_metric_query_is_nested_as_the_api_has_it(cloud: Cloud) -> None:
    handler = HANDLERS["aws:cloudwatch/metricAlarm:MetricAlarm"]
    metric = {"namespace": "N", "metricName": "M", "dimensions": {"F": "f"}, "period": 60, "stat": "Sum"}
    inputs = {"name": "a", "metricQueries": [{"id": "m1", "metric": metric, "returnData": True}]}
    api = Cloud(cloud.place, "cloudwatch", cloud.connections)
    [query] = handler.create(api, inputs).params["Metrics"]
    inner = {"Namespace": "N", "MetricName": "M", "Dimensions": [{"Name": "F", "Value": "f"}]}
    assert query == {"Id": "m1", "MetricStat": {"Metric": inner, "Period": 60, "Stat": "Sum"}, "ReturnData": True}
