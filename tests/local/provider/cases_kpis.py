"""Catalog, crawler, queries and dashboards of the KPIs."""

from __future__ import annotations

from typing import Any

from .case import ACCOUNT, Case, Clients, trust


def _columns(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "type": "double"} for name in names]


def _serde(**parameters: str) -> dict[str, Any]:
    return {
        "name": "csv",
        "serializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
        "parameters": {"field.delim": ",", **parameters},
    }


_INPUT_FORMAT = "org.apache.hadoop.mapred.TextInputFormat"
_OUTPUT_FORMAT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
_STORAGE = {
    "location": "s3://${bucket2.bucket}/kpi/",
    "inputFormat": _INPUT_FORMAT,
    "outputFormat": _OUTPUT_FORMAT,
    "columns": [{"name": "rmse", "type": "double", "comment": "root mean squared error"}],
    "serDeInfo": _serde(),
    "compressed": False,
    "storedAsSubDirectories": False,
    "parameters": {"compressionType": "none"},
    "sortColumns": [{"column": "rmse", "sortOrder": 1}],
}
_LOGGED = {"deleteBehavior": "LOG", "updateBehavior": "LOG"}


def _crawler_drift(c: Clients, out: dict[str, Any]) -> None:
    c("glue").update_crawler(
        Name=out["name"],
        RecrawlPolicy={"RecrawlBehavior": "CRAWL_EVERYTHING"},
        Targets={"S3Targets": [{"Path": "s3://elsewhere/"}]},
    )


CATALOG = [
    Case(
        "glue-database",
        "aws:glue/catalogDatabase:CatalogDatabase",
        {"description": "one", "parameters": {"a": "1"}, "tags": {"a": "1"}},
        {"description": "two", "tags": {"a": "2"}},
        {"name": "provider_test"},
        lambda c, out: c("glue").update_database(
            Name=out["name"], DatabaseInput={"Name": out["name"], "Description": "drifted"}
        ),
        lambda c, out: c("glue").delete_database(Name=out["name"]),
        id="{catalogId}:{name}",
        outputs=("arn", "catalogId"),
    ),
    Case(
        "glue-table",
        "aws:glue/catalogTable:CatalogTable",
        {
            "databaseName": "${glue-database-2.name}",
            "description": "one",
            "tableType": "EXTERNAL_TABLE",
            "parameters": {"skip.header.line.count": "1", "projection.enabled": "true"},
            "partitionKeys": [{"name": "use_case", "type": "string"}, {"name": "dt", "type": "string"}],
            "storageDescriptor": _STORAGE,
        },
        {
            "description": "two",
            "retention": 3,
            "storageDescriptor": {**_STORAGE, "columns": _columns("rmse", "r2"), "serDeInfo": _serde(other="1")},
        },
        {"name": "provider_test"},
        lambda c, out: c("glue").update_table(
            DatabaseName=out["databaseName"], TableInput={"Name": out["name"], "Parameters": {"a": "drifted"}}
        ),
        lambda c, out: c("glue").delete_table(DatabaseName=out["databaseName"], Name=out["name"]),
        id="{catalogId}:{databaseName}:{name}",
        outputs=("arn",),
    ),
    Case(
        "classifier",
        "aws:glue/classifier:Classifier",
        {"csvClassifier": {"containsHeader": "PRESENT", "delimiter": ",", "quoteSymbol": '"', "headers": ["a", "b"]}},
        {
            "csvClassifier": {
                "containsHeader": "UNKNOWN",
                "delimiter": ";",
                "quoteSymbol": '"',
                "allowSingleColumn": True,
            }
        },
        {"csvClassifier": {}, "jsonClassifier": {"jsonPath": "$[*]"}},
        lambda c, out: c("glue").update_classifier(CsvClassifier={"Name": out["name"], "Delimiter": "|"}),
        lambda c, out: c("glue").delete_classifier(Name=out["name"]),
        id="{name}",
    ),
    Case(
        "security-configuration",
        "aws:glue/securityConfiguration:SecurityConfiguration",
        {
            "encryptionConfiguration": {
                "cloudwatchEncryption": {"cloudwatchEncryptionMode": "SSE-KMS", "kmsKeyArn": "${key-2.arn}"},
                "jobBookmarksEncryption": {"jobBookmarksEncryptionMode": "DISABLED"},
                "s3Encryption": {"s3EncryptionMode": "SSE-KMS", "kmsKeyArn": "${key-2.arn}"},
            }
        },
        replace={
            "encryptionConfiguration": {
                "cloudwatchEncryption": {},
                "jobBookmarksEncryption": {"jobBookmarksEncryptionMode": "DISABLED"},
                "s3Encryption": {"s3EncryptionMode": "SSE-S3"},
            }
        },
        remove=lambda c, out: c("glue").delete_security_configuration(Name=out["name"]),
        id="{name}",
    ),
    Case(
        "crawler",
        "aws:glue/crawler:Crawler",
        {
            "databaseName": "${glue-database-2.name}",
            "role": "${crawler-role.arn}",
            "s3Targets": [{"path": "s3://${bucket2.bucket}/use-case=a", "exclusions": ["kpi/**", "**.json"]}],
            "classifiers": ["${classifier.name}"],
            "configuration": {"$json": {"Version": 1.0, "Grouping": {"TableLevelConfiguration": 3}}},
            "recrawlPolicy": {"recrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"},
            "schemaChangePolicy": _LOGGED,
            "lineageConfiguration": {"crawlerLineageSettings": "DISABLE"},
            "securityConfiguration": "${security-configuration.name}",
            "schedule": "cron(0 8 * * ? *)",
            "tablePrefix": "csv_",
            "description": "one",
            "tags": {"a": "1"},
        },
        {
            "schedule": "cron(0 9 * * ? *)",
            "schemaChangePolicy": {"deleteBehavior": "LOG"},
            "recrawlPolicy": {"recrawlBehavior": "CRAWL_EVERYTHING"},
            "tablePrefix": "",
            "tags": {"a": "2"},
        },
        {"name": "provider-test"},
        _crawler_drift,
        lambda c, out: c("glue").delete_crawler(Name=out["name"]),
        id="{name}",
        outputs=("arn",),
    ),
]

_RESULTS: dict[str, Any] = {
    "outputLocation": "s3://${bucket2.bucket}/results/",
    "encryptionConfiguration": {"encryptionOption": "SSE_KMS", "kmsKeyArn": "${key-2.arn}"},
}

QUERIES = [
    Case(
        "workgroup",
        "aws:athena/workgroup:Workgroup",
        {
            "description": "one",
            "forceDestroy": True,
            "configuration": {
                "bytesScannedCutoffPerQuery": 1073741824,
                "engineVersion": {"selectedEngineVersion": "Athena engine version 3"},
                "requesterPaysEnabled": False,
                "resultConfiguration": _RESULTS,
            },
            "tags": {"a": "1"},
        },
        {
            "description": "two",
            "state": "DISABLED",
            "configuration": {
                "bytesScannedCutoffPerQuery": 10485760,
                "publishCloudwatchMetricsEnabled": False,
                "resultConfiguration": {**_RESULTS, "encryptionConfiguration": {"encryptionOption": "SSE_S3"}},
            },
            "tags": {"a": "2"},
        },
        {"name": "provider-test"},
        lambda c, out: c("athena").update_work_group(
            WorkGroup=out["name"], ConfigurationUpdates={"EnforceWorkGroupConfiguration": False}
        ),
        lambda c, out: c("athena").delete_work_group(WorkGroup=out["name"], RecursiveDeleteOption=True),
        id="{name}",
        outputs=("arn",),
    ),
    Case(
        "named-query",
        "aws:athena/namedQuery:NamedQuery",
        {
            "database": "${glue-database-2.name}",
            "description": "which is best",
            "query": "SELECT 1",
            "workgroup": "${workgroup-2.name}",
        },
        replace={"query": "SELECT 2"},
        remove=lambda c, out: _delete_named_query(c("athena"), out["name"]),
        id="{id}",
    ),
]


def _delete_named_query(athena: Any, name: str) -> None:
    for group in athena.list_work_groups()["WorkGroups"]:
        for query_id in athena.list_named_queries(WorkGroup=group["Name"])["NamedQueryIds"]:
            if athena.get_named_query(NamedQueryId=query_id)["NamedQuery"]["Name"] == name:
                athena.delete_named_query(NamedQueryId=query_id)


_ID = {"AwsAccountId": ACCOUNT}
_VIEWER = f"arn:aws:quicksight:us-east-1:{ACCOUNT}:user/default/ada"
_OWNER = f"arn:aws:quicksight:us-east-1:{ACCOUNT}:group/default/owners"


def _actions(text: str) -> list[str]:
    return [f"quicksight:{name}" for name in text.split()]


def _permissions(viewer: str, owner: str) -> dict[str, list[dict[str, Any]]]:
    """Permissions of nobody else, of a viewer and an owner, and of the owner alone."""
    owners = {"principal": _OWNER, "actions": _actions(f"{viewer} {owner}")}
    viewers = {"principal": _VIEWER, "actions": _actions(viewer)}
    return {"both": [viewers, owners], "owner": [owners]}


_SOURCE = _permissions(
    "DescribeDataSource DescribeDataSourcePermissions PassDataSource",
    "UpdateDataSource DeleteDataSource UpdateDataSourcePermissions",
)
_SET = _permissions(
    "DescribeDataSet DescribeDataSetPermissions PassDataSet DescribeIngestion ListIngestions",
    "UpdateDataSet DeleteDataSet CreateIngestion CancelIngestion UpdateDataSetPermissions",
)
_BOARD = _permissions(
    "DescribeDashboard ListDashboardVersions QueryDashboard",
    "UpdateDashboard DeleteDashboard DescribeDashboardPermissions UpdateDashboardPermissions "
    "UpdateDashboardPublishedVersion",
)
_ATHENA = {"athena": {"workGroup": "${workgroup-2.name}", "roleArn": "${dashboard-role.arn}"}}


def _table(*columns: str) -> list[dict[str, Any]]:
    names = [{"name": name, "type": kind} for name, _, kind in (column.partition(":") for column in columns)]
    sql = {"name": "kpi", "dataSourceArn": "${data-source-2.arn}", "sqlQuery": "SELECT 1 AS rmse", "columns": names}
    return [{"physicalTableMapId": "kpi", "customSql": sql}]


def _board(title: str) -> dict[str, Any]:
    column = {"dataSetIdentifier": "metrics", "columnName": "rmse"}
    field = {"numericalMeasureField": {"fieldId": "rmse", "column": column}}
    visual = {
        "visualId": "rmse",
        "title": {"visibility": "VISIBLE", "formatText": {"plainText": title}},
        "chartConfiguration": {"fieldWells": {"values": [field]}},
    }
    return {
        "dataSetIdentifierDeclarations": [{"identifier": "metrics", "dataSetArn": "${data-set-2.arn}"}],
        "sheets": [{"sheetId": "kpis", "name": "KPIs", "visuals": [{"kpiVisual": visual}]}],
    }


DASHBOARDS = [
    Case(
        "data-source",
        "aws:quicksight/dataSource:DataSource",
        {
            "dataSourceId": "provider-test",
            "type": "ATHENA",
            "parameters": _ATHENA,
            "sslProperties": {"disableSsl": False},
            "permissions": _SOURCE["both"],
            "tags": {"a": "1"},
        },
        {
            "parameters": {"athena": {"workGroup": "primary", "roleArn": "${dashboard-role.arn}"}},
            "permissions": _SOURCE["owner"],
            "tags": {"a": "2"},
        },
        {"dataSourceId": "provider-test-other"},
        lambda c, out: c("quicksight").update_data_source_permissions(
            **_ID,
            DataSourceId=out["dataSourceId"],
            RevokePermissions=[{"Principal": _VIEWER, "Actions": _SOURCE["both"][0]["actions"]}],
        ),
        lambda c, out: c("quicksight").delete_data_source(**_ID, DataSourceId=out["dataSourceId"]),
        id="{awsAccountId}/{dataSourceId}",
        outputs=("arn",),
    ),
    Case(
        "data-set",
        "aws:quicksight/dataSet:DataSet",
        {
            "dataSetId": "provider-test",
            "importMode": "SPICE",
            "physicalTableMaps": _table("rmse:DECIMAL", "day:DATETIME"),
            "logicalTableMaps": [
                {
                    "logicalTableMapId": "kpi",
                    "alias": "kpi",
                    "source": {"physicalTableId": "kpi"},
                    "dataTransforms": [{"renameColumnOperation": {"columnName": "day", "newColumnName": "date"}}],
                }
            ],
            "permissions": _SET["owner"],
            "refreshProperties": {
                "refreshConfiguration": {
                    "incrementalRefresh": {"lookbackWindow": {"columnName": "date", "size": 1, "sizeUnit": "DAY"}}
                }
            },
            "tags": {"a": "1"},
        },
        {
            "physicalTableMaps": _table("rmse:DECIMAL", "day:DATETIME", "r2:DECIMAL"),
            "permissions": _SET["both"],
            "refreshProperties": {},
            "fieldFolders": [{"fieldFoldersId": "metrics", "columns": ["rmse"]}],
            "tags": {"a": "2"},
        },
        {"dataSetId": "provider-test-other"},
        lambda c, out: c("quicksight").delete_data_set_refresh_properties(**_ID, DataSetId=out["dataSetId"]),
        lambda c, out: c("quicksight").delete_data_set(**_ID, DataSetId=out["dataSetId"]),
        id="{awsAccountId},{dataSetId}",
        outputs=("arn", "outputColumns"),
    ),
    Case(
        "refresh-schedule",
        "aws:quicksight/refreshSchedule:RefreshSchedule",
        {
            "dataSetId": "${data-set-2.dataSetId}",
            "scheduleId": "daily",
            "schedule": {
                "refreshType": "FULL_REFRESH",
                "scheduleFrequency": {"interval": "DAILY", "timeOfTheDay": "09:00", "timezone": "Europe/London"},
            },
        },
        {
            "schedule": {
                "refreshType": "FULL_REFRESH",
                "scheduleFrequency": {"interval": "WEEKLY", "refreshOnDay": {"dayOfWeek": "MONDAY"}},
                "startAfterDateTime": "2099-01-01T00:00:00",
            }
        },
        {"scheduleId": "another"},
        lambda c, out: c("quicksight").update_refresh_schedule(
            **_ID,
            DataSetId=out["dataSetId"],
            Schedule={
                "ScheduleId": out["scheduleId"],
                "RefreshType": "FULL_REFRESH",
                "ScheduleFrequency": {"Interval": "HOURLY"},
            },
        ),
        lambda c, out: c("quicksight").delete_refresh_schedule(
            **_ID, DataSetId=out["dataSetId"], ScheduleId=out["scheduleId"]
        ),
        id="{awsAccountId},{dataSetId},{scheduleId}",
        outputs=("arn",),
    ),
    Case(
        "dashboard",
        "aws-native:quicksight:Dashboard",
        {
            "awsAccountId": ACCOUNT,
            "dashboardId": "provider-test",
            "definition": _board("one"),
            "permissions": _BOARD["both"],
            "versionDescription": "one",
            "tags": [{"key": "a", "value": "1"}],
        },
        {
            "definition": _board("two"),
            "versionDescription": "two",
            "permissions": _BOARD["owner"],
            "tags": [{"key": "a", "value": "2"}],
        },
        {"dashboardId": "provider-test-other"},
        lambda c, out: c("quicksight").update_dashboard_permissions(
            **_ID,
            DashboardId=out["dashboardId"],
            RevokePermissions=[{"Principal": _VIEWER, "Actions": _BOARD["both"][0]["actions"]}],
        ),
        lambda c, out: c("quicksight").delete_dashboard(**_ID, DashboardId=out["dashboardId"]),
        id="{awsAccountId}|{dashboardId}",
        outputs=("arn", "version"),
    ),
]


def _revoked(c: Clients, out: dict[str, Any], *permissions: str) -> None:
    c("lakeformation").revoke_permissions(
        Principal={"DataLakePrincipalIdentifier": out["principal"]},
        Resource={"Database": {"Name": out["database"]["name"]}},
        Permissions=list(permissions),
    )


DATA_LAKE = [
    Case(
        "grant",
        "aws:lakeformation/permissions:Permissions",
        {
            "principal": "${crawler-role.arn}",
            "permissions": ["DESCRIBE", "CREATE_TABLE"],
            "database": {"name": "${glue-database-2.name}"},
        },
        replace={"permissions": ["DESCRIBE", "CREATE_TABLE", "ALTER"]},
        drift=lambda c, out: _revoked(c, out, "CREATE_TABLE"),
        remove=lambda c, out: _revoked(c, out, "DESCRIBE", "CREATE_TABLE"),
        id="{id}",
        importable=False,
    ),
    Case(
        "location",
        "aws:lakeformation/resource:Resource",
        {"arn": "${bucket2.arn}", "roleArn": "${data-lake-role.arn}"},
        replace={"roleArn": "${data-lake-role-2.arn}"},
        remove=lambda c, out: c("lakeformation").deregister_resource(ResourceArn=out["arn"]),
        id="{arn}",
        outputs=("lastModified",),
        importable=False,
    ),
]

SUPPORT = [
    Case("glue-database-2", "aws:glue/catalogDatabase:CatalogDatabase", {}),
    Case("workgroup-2", "aws:athena/workgroup:Workgroup", {"forceDestroy": True}),
    Case(
        "data-source-2",
        "aws:quicksight/dataSource:DataSource",
        {"dataSourceId": "provider-test-2", "type": "ATHENA", "parameters": _ATHENA},
    ),
    Case(
        "data-set-2",
        "aws:quicksight/dataSet:DataSet",
        {"dataSetId": "provider-test-2", "importMode": "SPICE", "physicalTableMaps": _table("rmse:DECIMAL")},
    ),
    Case(
        "dashboard-role", "aws:iam/role:Role", {"assumeRolePolicy": trust("quicksight.amazonaws.com")}, outputs=("arn",)
    ),
    Case("data-lake-role", "aws:iam/role:Role", {"assumeRolePolicy": trust("lakeformation.amazonaws.com")}),
    Case("data-lake-role-2", "aws:iam/role:Role", {"assumeRolePolicy": trust("lakeformation.amazonaws.com")}),
    Case("crawler-role", "aws:iam/role:Role", {"assumeRolePolicy": trust("glue.amazonaws.com")}, outputs=("arn",)),
]

CASES = [*CATALOG, *QUERIES, *DASHBOARDS, *DATA_LAKE]
