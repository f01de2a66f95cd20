"""The requests that Glue's, Athena's, QuickSight's and Lake Formation's types lead to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from localcloud.provider.cloud import Cloud
from localcloud.provider.handler import Request
from localcloud.provider.handlers import HANDLERS
from localcloud.provider.handlers.quicksight import permission_changes
from localcloud.provider.native import HANDLERS as NATIVE
from localcloud.provider.values import Props

WORKGROUP = "aws:athena/workgroup:Workgroup"
DATA_SOURCE = "aws:quicksight/dataSource:DataSource"
CRAWLER: Props = {"name": "c", "databaseName": "d", "role": "r", "s3Targets": [{"path": "s3://b/"}]}


def requests(cloud: Cloud, token: str, old: Props, new: Props, *changed: str) -> list[Request]:
    handler = {**HANDLERS, **NATIVE}[token]
    return handler.update(replace(cloud, service=handler.service), "id", old, new, frozenset(changed))


def test_a_workgroups_update_removes_what_the_program_has_taken_away(cloud: Cloud) -> None:
    (update,) = requests(cloud, WORKGROUP, {}, {"name": "w", "configuration": {}}, "configuration")
    assert update.params["ConfigurationUpdates"] == {
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
    create = HANDLERS[WORKGROUP].create(replace(cloud, service="athena"), {"name": "w", "configuration": configuration})
    found = create.params["Configuration"]["ResultConfiguration"]["EncryptionConfiguration"]
    assert found == {"EncryptionOption": "SSE_KMS", "KmsKey": "arn:key"}


def test_a_crawlers_update_clears_what_the_program_has_taken_away(cloud: Cloud) -> None:
    (update,) = requests(cloud, "aws:glue/crawler:Crawler", {}, CRAWLER, "schedule")
    cleared = ("Schedule", "TablePrefix", "Description", "Configuration", "CrawlerSecurityConfiguration")
    assert [update.params[name] for name in cleared] == [""] * len(cleared)
    assert update.params["Classifiers"] == []
    assert update.params["RecrawlPolicy"] == {"RecrawlBehavior": "CRAWL_EVERYTHING"}
    assert update.params["Targets"] == {"S3Targets": [{"Path": "s3://b/"}]}


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
    given = {**inputs, "schemaChangePolicy": policy} if policy else inputs
    check = HANDLERS["aws:glue/crawler:Crawler"].check
    assert check
    assert bool(check(given)) == broken


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
    def given(permissions: dict[str, list[str]]) -> list[Props]:
        return [{"principal": who, "actions": actions} for who, actions in permissions.items()]

    found = permission_changes(given(old), given(new))
    assert {item["Principal"]: item["Actions"] for item in found.get("GrantPermissions", [])} == granted
    assert {item["Principal"]: item["Actions"] for item in found.get("RevokePermissions", [])} == revoked


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
    (only,) = requests(cloud, token, {}, new, "permissions")
    assert only.operation.endswith("_permissions")
    assert set(only.params) == {"AwsAccountId", only_id(ids), "GrantPermissions"}


def only_id(ids: Props) -> str:
    (name,) = ids.keys() - {"awsAccountId"}
    return name[0].upper() + name[1:]


def test_lists_of_tables_become_maps_by_their_ids(cloud: Cloud) -> None:
    sql = {"dataSourceArn": "arn", "name": "kpi", "sqlQuery": "SELECT 1", "columns": [{"name": "a", "type": "STRING"}]}
    inputs = {"dataSetId": "d", "name": "n", "importMode": "SPICE"}
    tables = [{"physicalTableMapId": "kpi", "customSql": sql}]
    handler = HANDLERS["aws:quicksight/dataSet:DataSet"]
    create = handler.create(replace(cloud, service="quicksight"), {**inputs, "physicalTableMaps": tables})
    assert create.params["PhysicalTableMap"] == {
        "kpi": {
            "CustomSql": {
                "DataSourceArn": "arn",
                "Name": "kpi",
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
    (same,) = requests(cloud, token, {"schedule": daily}, {**base, "schedule": hourly}, "schedule")
    assert "StartAfterDateTime" not in same.params["Schedule"]
    later = {**hourly, "startAfterDateTime": "2099-01-01T00:00:00"}
    (moved,) = requests(cloud, token, {"schedule": daily}, {**base, "schedule": later}, "schedule")
    assert moved.params["Schedule"]["StartAfterDateTime"] == "2099-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("given", "resource"),
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
def test_a_grant_is_on_the_resource_that_the_program_names(cloud: Cloud, given: Props, resource: Props) -> None:
    handler = HANDLERS["aws:lakeformation/permissions:Permissions"]
    inputs = {"principal": "arn:role", "permissions": ["SELECT"], **given}
    create = handler.create(replace(cloud, service="lakeformation"), inputs)
    assert create.params["Resource"] == resource


def test_a_grant_on_nothing_or_on_two_things_is_refused() -> None:
    check = HANDLERS["aws:lakeformation/permissions:Permissions"].check
    assert check
    assert check({})
    assert check({"database": {"name": "d"}, "table": {"databaseName": "d", "name": "t"}})
    assert not check({"database": {"name": "d"}})
