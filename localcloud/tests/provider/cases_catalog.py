"""Data catalog, crawler and the data lake's grants."""

from __future__ import annotations

from typing import Any

from .case import Case, Clients, trust


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
    Case("crawler-role", "aws:iam/role:Role", {"assumeRolePolicy": trust("glue.amazonaws.com")}, outputs=("arn",)),
    Case("data-lake-role", "aws:iam/role:Role", {"assumeRolePolicy": trust("lakeformation.amazonaws.com")}),
    Case("data-lake-role-2", "aws:iam/role:Role", {"assumeRolePolicy": trust("lakeformation.amazonaws.com")}),
]

CASES = [*CATALOG, *DATA_LAKE]
