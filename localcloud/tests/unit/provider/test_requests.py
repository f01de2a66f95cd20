"""The calls that some types need care for: only those that are needed, in the order that AWS wants."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from localcloud.provider.aws_native import TYPES as NATIVE_TYPES
from localcloud.provider.cloud import Cloud, Connections, Place
from localcloud.provider.errors import ProviderError
from localcloud.provider.types import TYPES
from localcloud.provider.types.quicksight import permission_changes
from localcloud.provider.values import Props


class Answering(Cloud):
    """Answers from a table of operations, and remembers the calls."""

    def __init__(self, service: str, connections: Connections, answers: dict[str, Any]) -> None:
        super().__init__(Place("123456789012", "us-east-1"), service, connections)
        self.__dict__["answers"] = answers

    def call(self, operation: str, **params: Any) -> dict[str, Any]:
        return self.__dict__["answers"][operation]

    def pages(self, operation: str, key: str, **params: Any) -> Any:
        return self.__dict__["answers"][operation][key]


def requests(
    cloud: Cloud, token: str, old: dict[str, Any], new: dict[str, Any], *changed: str
) -> list[tuple[str, Any]]:
    resource_type = {**TYPES, **NATIVE_TYPES}[token]
    api = replace(cloud, service=resource_type.service)
    sent = resource_type.update_requests(api, "the-id", old, new, frozenset(changed))
    return [(request.operation, dict(request.params)) for request in sent]


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
    sent = requests(cloud, "aws:lambda/function:Function", {}, new, "s3Key")
    assert [operation for operation, _ in sent] == ["update_function_code", "publish_version"]


def test_an_environment_that_is_taken_away_is_emptied(cloud: Cloud) -> None:
    [(_, params)] = requests(cloud, "aws:lambda/function:Function", {}, {"name": "f"}, "environment")
    assert params["Environment"] == {"Variables": {}}


def test_a_disabled_key_is_enabled_before_it_is_changed(cloud: Cloud) -> None:
    new = {"isEnabled": True, "enableKeyRotation": True, "description": "d"}
    sent = requests(cloud, "aws:kms/key:Key", {}, new, "isEnabled", "enableKeyRotation", "description")
    assert [operation for operation, _ in sent] == ["enable_key", "enable_key_rotation", "update_key_description"]
    sent = requests(cloud, "aws:kms/key:Key", {}, {**new, "isEnabled": False}, "isEnabled", "description")
    assert [operation for operation, _ in sent] == ["update_key_description", "disable_key"]


def test_turning_time_to_live_off_names_the_attribute_it_had(cloud: Cloud) -> None:
    old = {"ttl": {"attributeName": "gone", "enabled": True}}
    [(operation, params)] = requests(cloud, "aws:dynamodb/table:Table", old, {"name": "t"}, "ttl")
    assert operation == "update_time_to_live"
    assert params["TimeToLiveSpecification"] == {"AttributeName": "gone", "Enabled": False}


@pytest.mark.parametrize("rules", [[{"id": "all", "status": "Enabled", "expiration": {"days": 1}}]])
def test_a_lifecycle_rule_without_a_filter_is_for_all_objects(cloud: Cloud, rules: Any) -> None:
    resource_type = TYPES["aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"]
    api = Cloud(cloud.place, resource_type.service, cloud.connections)
    params = resource_type.create_request(api, {"bucket": "b", "rules": rules}).params
    [rule] = params["LifecycleConfiguration"]["Rules"]
    assert rule == {"ID": "all", "Status": "Enabled", "Expiration": {"Days": 1}, "Filter": {"Prefix": ""}}


def test_a_bucket_outside_us_east_1_says_where(cloud: Cloud) -> None:
    resource_type = TYPES["aws:s3/bucket:Bucket"]
    there = Cloud(Place("123456789012", "eu-west-1"), "s3", cloud.connections)
    here = Cloud(cloud.place, "s3", cloud.connections)
    where = {"LocationConstraint": "eu-west-1"}
    assert resource_type.create_request(there, {"bucket": "b"}).params == {
        "Bucket": "b",
        "CreateBucketConfiguration": where,
    }
    assert resource_type.create_request(here, {"bucket": "b"}).params == {"Bucket": "b"}


def test_the_oldest_version_of_a_policy_makes_room_for_a_sixth(connections: Connections) -> None:
    versions = [{"VersionId": f"v{number}", "IsDefaultVersion": number == 9} for number in (9, 10, 3, 7, 8)]
    api = Answering("iam", connections, {"list_policy_versions": {"Versions": versions}})
    changed = frozenset({"policy"})
    sent = TYPES["aws:iam/policy:Policy"].update_requests(api, "arn", {"policy": "a"}, {"policy": "b"}, changed)
    assert [request.operation for request in sent] == ["delete_policy_version", "create_policy_version"]
    assert sent[0].params["VersionId"] == "v3"


def test_a_function_that_fails_to_start_is_an_error_with_the_reason(connections: Connections) -> None:
    answer = {"State": "Failed", "StateReason": "the key is disabled"}
    api = Answering("lambda", connections, {"get_function_configuration": answer})
    after = TYPES["aws:lambda/function:Function"].after
    assert after is not None
    with pytest.raises(ProviderError, match="f failed: the key is disabled"):
        after(api, "f", {})


def test_an_alarms_metric_query_is_nested_as_the_api_has_it(cloud: Cloud) -> None:
    resource_type = TYPES["aws:cloudwatch/metricAlarm:MetricAlarm"]
    metric = {"namespace": "N", "metricName": "M", "dimensions": {"F": "f"}, "period": 60, "stat": "Sum"}
    inputs = {"name": "a", "metricQueries": [{"id": "m1", "metric": metric, "returnData": True}]}
    api = Cloud(cloud.place, "cloudwatch", cloud.connections)
    [query] = resource_type.create_request(api, inputs).params["Metrics"]
    inner = {"Namespace": "N", "MetricName": "M", "Dimensions": [{"Name": "F", "Value": "f"}]}
    assert query == {"Id": "m1", "MetricStat": {"Metric": inner, "Period": 60, "Stat": "Sum"}, "ReturnData": True}


WORKGROUP = "aws:athena/workgroup:Workgroup"
DATA_SOURCE = "aws:quicksight/dataSource:DataSource"
CRAWLER: Props = {"name": "c", "databaseName": "d", "role": "r", "s3Targets": [{"path": "s3://b/"}]}


def test_a_workgroups_update_removes_what_the_program_has_taken_away(cloud: Cloud) -> None:
    [(_, update)] = requests(cloud, WORKGROUP, {}, {"name": "w", "configuration": {}}, "configuration")
    assert update["ConfigurationUpdates"] == {
        "EnforceWorkGroupConfiguration": True,
        "PublishCloudWatchMetricsEnabled": True,
        "RequesterPaysEnabled": False,
        "EngineVersion": {"SelectedEngineVersion": "AUTO"},
        "RemoveBytesScannedCutoffPerQuery": True,
        "ResultConfigurationUpdates": {
            "RemoveOutputLocation": True,
            "RemoveEncryptionConfiguration": True,
            "RemoveExpectedBucketOwner": True,
            "RemoveAclConfiguration": True,
        },
    }


def test_a_workgroups_key_is_the_one_of_its_results(cloud: Cloud) -> None:
    encryption = {"encryptionOption": "SSE_KMS", "kmsKeyArn": "arn:key"}
    configuration = {"resultConfiguration": {"outputLocation": "s3://b/", "encryptionConfiguration": encryption}}
    create = TYPES[WORKGROUP].create_request(
        replace(cloud, service="athena"), {"name": "w", "configuration": configuration}
    )
    encryption = create.params["Configuration"]["ResultConfiguration"]["EncryptionConfiguration"]
    assert encryption == {"EncryptionOption": "SSE_KMS", "KmsKey": "arn:key"}


def test_a_crawlers_update_clears_what_the_program_has_taken_away(cloud: Cloud) -> None:
    [(_, update)] = requests(cloud, "aws:glue/crawler:Crawler", {}, CRAWLER, "schedule")
    cleared = ("Schedule", "TablePrefix", "Description", "Configuration", "CrawlerSecurityConfiguration")
    assert [update[name] for name in cleared] == [""] * len(cleared)
    assert update["Classifiers"] == []
    assert update["RecrawlPolicy"] == {"RecrawlBehavior": "CRAWL_EVERYTHING"}
    assert update["Targets"] == {"S3Targets": [{"Path": "s3://b/"}]}


@pytest.mark.parametrize(
    ("policy", "broken"),
    [
        (None, True),
        ({"deleteBehavior": "LOG"}, True),
        ({"deleteBehavior": "LOG", "updateBehavior": "UPDATE_IN_DATABASE"}, True),
        ({"deleteBehavior": "LOG", "updateBehavior": "LOG"}, False),
    ],
)
def test_new_folders_only_needs_schema_changes_to_be_logged(policy: Props | None, broken: bool) -> None:
    inputs = {**CRAWLER, "recrawlPolicy": {"recrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}}
    crawler = {**inputs, "schemaChangePolicy": policy} if policy else inputs
    check = TYPES["aws:glue/crawler:Crawler"].check
    assert check
    assert bool(check(crawler)) == broken


VIEWER, OWNER = ["view"], ["view", "change"]


@pytest.mark.parametrize(
    ("old", "new", "granted", "revoked"),
    [
        ({}, {"a": VIEWER}, {"a": VIEWER}, {}),
        ({"a": VIEWER}, {"a": OWNER}, {"a": sorted(OWNER)}, {}),
        ({"a": OWNER}, {"a": VIEWER}, {}, {"a": ["change"]}),
        ({"a": OWNER, "b": VIEWER}, {"b": VIEWER}, {}, {"a": sorted(OWNER)}),
        ({"a": VIEWER}, {"b": OWNER}, {"b": sorted(OWNER)}, {"a": VIEWER}),
        ({"a": VIEWER}, {"a": VIEWER}, {}, {}),
    ],
)
def test_a_change_of_permissions_is_grants_and_revocations_of_whole_sets(
    old: dict[str, list[str]], new: dict[str, list[str]], granted: dict[str, Any], revoked: dict[str, Any]
) -> None:
    def listed(permissions: dict[str, list[str]]) -> list[Props]:
        return [{"principal": who, "actions": actions} for who, actions in permissions.items()]

    permissions = permission_changes(listed(old), listed(new))
    assert {item["Principal"]: item["Actions"] for item in permissions.get("GrantPermissions", [])} == granted
    assert {item["Principal"]: item["Actions"] for item in permissions.get("RevokePermissions", [])} == revoked


@pytest.mark.parametrize(
    ("token", "ids"),
    [
        (DATA_SOURCE, {"dataSourceId": "d"}),
        ("aws:quicksight/dataSet:DataSet", {"dataSetId": "d"}),
        ("aws-native:quicksight:Dashboard", {"dashboardId": "d", "awsAccountId": "123456789012"}),
    ],
)
def test_a_change_of_permissions_touches_nothing_else(cloud: Cloud, token: str, ids: Props) -> None:
    new = {**ids, "name": "n", "permissions": [{"principal": "a", "actions": VIEWER}]}
    [(operation, params)] = requests(cloud, token, {}, new, "permissions")
    assert operation.endswith("_permissions")
    assert set(params) == {"AwsAccountId", only_id(ids), "GrantPermissions"}


def only_id(ids: Props) -> str:
    (name,) = ids.keys() - {"awsAccountId"}
    return name[0].upper() + name[1:]


def test_lists_of_tables_become_maps_by_their_ids(cloud: Cloud) -> None:
    sql = {
        "dataSourceArn": "arn",
        "name": "t",
        "sqlQuery": "SELECT 1",
        "columns": [{"name": "a", "type": "STRING"}],
    }
    inputs = {"dataSetId": "d", "name": "n", "importMode": "SPICE"}
    tables = [{"physicalTableMapId": "t", "customSql": sql}]
    resource_type = TYPES["aws:quicksight/dataSet:DataSet"]
    create = resource_type.create_request(replace(cloud, service="quicksight"), {**inputs, "physicalTableMaps": tables})
    assert create.params["PhysicalTableMap"] == {
        "t": {
            "CustomSql": {
                "DataSourceArn": "arn",
                "Name": "t",
                "SqlQuery": "SELECT 1",
                "Columns": [{"Name": "a", "Type": "STRING"}],
            }
        }
    }


def test_a_refresh_schedules_start_is_sent_again_only_when_it_changes(cloud: Cloud) -> None:
    token, start = "aws:quicksight/refreshSchedule:RefreshSchedule", "2024-01-01T00:00:00"
    daily = {"refreshType": "FULL_REFRESH", "scheduleFrequency": {"interval": "DAILY"}, "startAfterDateTime": start}
    base = {"dataSetId": "d", "scheduleId": "s"}
    hourly = {**daily, "scheduleFrequency": {"interval": "HOURLY"}}
    [(_, same)] = requests(cloud, token, {"schedule": daily}, {**base, "schedule": hourly}, "schedule")
    assert "StartAfterDateTime" not in same["Schedule"]
    later = {**hourly, "startAfterDateTime": "2099-01-01T00:00:00"}
    [(_, moved)] = requests(cloud, token, {"schedule": daily}, {**base, "schedule": later}, "schedule")
    assert moved["Schedule"]["StartAfterDateTime"] == "2099-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("grant", "resource"),
    [
        ({"catalogResource": True}, {"Catalog": {}}),
        ({"database": {"name": "d"}}, {"Database": {"Name": "d"}}),
        ({"dataLocation": {"arn": "arn:aws:s3:::b"}}, {"DataLocation": {"ResourceArn": "arn:aws:s3:::b"}}),
        (
            {"table": {"databaseName": "d", "wildcard": True}},
            {"Table": {"DatabaseName": "d", "TableWildcard": {}}},
        ),
        (
            {"tableWithColumns": {"databaseName": "d", "name": "t", "columnNames": ["a"]}},
            {"TableWithColumns": {"DatabaseName": "d", "Name": "t", "ColumnNames": ["a"]}},
        ),
        (
            {"tableWithColumns": {"databaseName": "d", "name": "t", "excludedColumnNames": ["a"]}},
            {"TableWithColumns": {"DatabaseName": "d", "Name": "t", "ColumnWildcard": {"ExcludedColumnNames": ["a"]}}},
        ),
    ],
)
def test_a_grant_is_on_the_resource_that_the_program_names(cloud: Cloud, grant: Props, resource: Props) -> None:
    resource_type = TYPES["aws:lakeformation/permissions:Permissions"]
    inputs = {"principal": "arn:role", "permissions": ["SELECT"], **grant}
    create = resource_type.create_request(replace(cloud, service="lakeformation"), inputs)
    assert create.params["Resource"] == resource


def test_a_grant_on_nothing_or_on_two_things_is_refused() -> None:
    check = TYPES["aws:lakeformation/permissions:Permissions"].check
    assert check
    assert check({})
    assert check({"database": {"name": "d"}, "table": {"databaseName": "d", "name": "t"}})
    assert not check({"database": {"name": "d"}})
