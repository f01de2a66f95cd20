"""Inputs of which a part is known only after an apply: a preview finds nothing wrong with them, and does not fail."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from localcloud.provider.aws_native import TYPES as NATIVE_TYPES
from localcloud.provider.cloud import Cloud
from localcloud.provider.inputs import failures
from localcloud.provider.types import TYPES
from localcloud.provider.values import UNKNOWN, Props

ARN = "arn:aws:quicksight:us-east-1:123456789012"
PERMISSIONS = [{"principal": f"{ARN}:user/default/ada", "actions": ["quicksight:A", "quicksight:B"]}]
BUCKET, KEY, ROLE = "s3://bucket/", "arn:aws:kms:us-east-1:123456789012:key/k", "arn:aws:iam::123456789012:role/r"
COLUMNS = [{"name": "a", "type": "STRING"}]
SQL = {"dataSourceArn": f"{ARN}:datasource/s", "name": "t", "sqlQuery": "SELECT 1", "columns": COLUMNS}
INPUTS: dict[str, Props] = {
    "aws:athena/workgroup:Workgroup": {
        "name": "w",
        "configuration": {
            "bytesScannedCutoffPerQuery": 10485760,
            "engineVersion": {"selectedEngineVersion": "AUTO"},
            "managedQueryResultsConfiguration": {"enabled": True, "encryptionConfiguration": {"kmsKey": KEY}},
            "resultConfiguration": {
                "outputLocation": BUCKET,
                "encryptionConfiguration": {"encryptionOption": "SSE_KMS", "kmsKeyArn": KEY},
            },
        },
    },
    "aws:glue/catalogTable:CatalogTable": {
        "name": "t",
        "databaseName": "d",
        "partitionKeys": [{"name": "dt", "type": "string"}],
        "storageDescriptor": {"location": BUCKET, "columns": [{"name": "a", "type": "string"}]},
    },
    "aws:glue/crawler:Crawler": {
        "name": "c",
        "databaseName": "d",
        "role": ROLE,
        "s3Targets": [{"path": BUCKET, "exclusions": ["**.json"]}],
        "recrawlPolicy": {"recrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"},
        "schemaChangePolicy": {"deleteBehavior": "LOG", "updateBehavior": "LOG"},
        "lineageConfiguration": {"crawlerLineageSettings": "DISABLE"},
    },
    "aws:glue/classifier:Classifier": {"name": "c", "csvClassifier": {"delimiter": ",", "headers": ["a"]}},
    "aws:lakeformation/permissions:Permissions": {
        "principal": ROLE,
        "permissions": ["SELECT"],
        "tableWithColumns": {"databaseName": "d", "name": "t", "columnNames": ["a"]},
    },
    "aws:quicksight/dataSource:DataSource": {
        "dataSourceId": "s",
        "name": "s",
        "type": "ATHENA",
        "parameters": {"athena": {"workGroup": "w", "roleArn": ROLE}},
        "permissions": PERMISSIONS,
    },
    "aws:quicksight/dataSet:DataSet": {
        "dataSetId": "s",
        "name": "s",
        "importMode": "SPICE",
        "physicalTableMaps": [{"physicalTableMapId": "t", "customSql": SQL}],
        "logicalTableMaps": [{"logicalTableMapId": "t", "alias": "t", "source": {"physicalTableId": "t"}}],
        "permissions": PERMISSIONS,
    },
    "aws:quicksight/refreshSchedule:RefreshSchedule": {
        "dataSetId": "s",
        "scheduleId": "r",
        "schedule": {
            "refreshType": "FULL_REFRESH",
            "scheduleFrequency": {"interval": "WEEKLY", "refreshOnDay": {"dayOfWeek": "MONDAY"}},
            "startAfterDateTime": "2099-01-01T00:00:00",
        },
    },
    "aws-native:quicksight:Dashboard": {
        "awsAccountId": "123456789012",
        "dashboardId": "b",
        "name": "b",
        "definition": {"dataSetIdentifierDeclarations": [{"identifier": "d", "dataSetArn": f"{ARN}:dataset/d"}]},
        "permissions": PERMISSIONS,
    },
}


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a value but the whole."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from paths(inner, (*path, key))


def without(inputs: Props, path: tuple[Any, ...]) -> Props:
    """The inputs with the value at the path unknown."""
    result = copy.deepcopy(inputs)
    node: Any = result
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = UNKNOWN
    return result


@pytest.mark.parametrize("token", INPUTS)
def test_any_part_of_the_inputs_may_be_unknown(cloud: Cloud, token: str) -> None:
    resource_type = {**TYPES, **NATIVE_TYPES}[token]
    api = replace(cloud, service=resource_type.service)
    assert list(failures(resource_type, api, INPUTS[token])) == []
    failures_by_path = {
        path: list(failures(resource_type, api, without(INPUTS[token], path))) for path in paths(INPUTS[token])
    }
    assert failures_by_path
    assert {path: wrong for path, wrong in failures_by_path.items() if wrong} == {}
