"""Glue: databases and tables of the Data Catalog, crawlers, classifiers, and security configurations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from localcloud.provider.cloud import Cloud, Request
from localcloud.provider.fields import Field
from localcloud.provider.resource_type import Change, Naming, Read, Reading, ResourceType, Tagging, Update
from localcloud.provider.values import Props, Unknown

_TAGGING: Final = Tagging(resource="ResourceArn", read="get_tags", added="TagsToAdd", keys="TagsToRemove")


def _check_lower_case(inputs: Props) -> list[tuple[str, str]]:
    """Check names as Athena and pulumi-aws demand them (Athena user guide, "Name databases, tables, and columns")."""
    name = inputs.get("name")
    if isinstance(name, Unknown) or name is None or name == str(name).lower():
        return []
    return [("name", f"is {name}, expected no upper-case characters")]


CATALOG_DATABASE: Final = ResourceType(
    "aws:glue/catalogDatabase:CatalogDatabase",
    service="glue",
    fields={
        "name": Field(replace=True, computed=True),
        "catalogId": Field(replace=True, computed=True),
        "createTableDefaultPermissions": Field(computed=True),
        "description": Field(),
        "federatedDatabase": Field(),
        "locationUri": Field(computed=True),
        "parameters": Field(),
        "targetDatabase": Field(replace=True),
        "tags": Field(),
    },
    outputs={"arn": "arn:{partition}:glue:{region}:{account}:database/{name}"},
    naming=Naming(longest=255, lower=True),
    tagging=_TAGGING,
    id="{catalogId}:{name}",
    key={"CatalogId": "{catalogId}", "Name": "{name}"},
    inside="DatabaseInput",
    create="create_database",
    read=Read("get_database", "Database"),
    update=(Update("update_database", whole=True),),
    delete="delete_database",
    check=_check_lower_case,
)


def _check_table(inputs: Props) -> list[tuple[str, str]]:
    storage: Any = inputs.get("storageDescriptor")
    columns = storage.get("columns") if isinstance(storage, dict) else None
    lists = (items for items in (columns, inputs.get("partitionKeys")) if isinstance(items, list))
    names = [item.get("name") for items in lists for item in items if isinstance(item, dict)]
    # Hive and Athena refuse a table whose partition column repeats a column (HIVE_INVALID_METADATA).
    twice = sorted({str(name) for name in names if isinstance(name, str) and names.count(name) > 1})
    return [
        *_check_lower_case(inputs),
        *(("storageDescriptor.columns", f"the column {name} is there twice") for name in twice),
    ]


CATALOG_TABLE: Final = ResourceType(
    "aws:glue/catalogTable:CatalogTable",
    service="glue",
    fields={
        "name": Field(replace=True, computed=True),
        "databaseName": Field(replace=True),
        "catalogId": Field(replace=True, computed=True),
        "description": Field(),
        "owner": Field(),
        "parameters": Field(),
        "partitionKeys": Field(),
        "retention": Field(default=0),
        "storageDescriptor": Field(renames={"serDeInfo": "SerdeInfo"}, nested={"numberOfBuckets": 0}),
        "tableType": Field(computed=True),
        "targetTable": Field(),
        "viewExpandedText": Field(),
        "viewOriginalText": Field(),
    },
    outputs={"arn": "arn:{partition}:glue:{region}:{account}:table/{databaseName}/{name}"},
    identity=("databaseName", "name"),
    naming=Naming(longest=255, lower=True),
    id="{catalogId}:{databaseName}:{name}",
    key={"CatalogId": "{catalogId}", "DatabaseName": "{databaseName}"},
    inside="TableInput",
    create="create_table",
    read=Read(
        "get_table",
        "Table",
        params={"CatalogId": "{catalogId}", "DatabaseName": "{databaseName}", "Name": "{name}"},
    ),
    update=(Update("update_table", whole=True),),
    delete="delete_table",
    delete_with={"Name": "{name}"},
    check=_check_table,
)

# Defaults: Glue API reference, CreateCrawler and "Crawler structure".
_RECRAWL: Final = {"recrawlBehavior": "CRAWL_EVERYTHING"}
_LINEAGE: Final = {"crawlerLineageSettings": "DISABLE"}
_SCHEMA_CHANGES: Final = {"deleteBehavior": "DEPRECATE_IN_DATABASE", "updateBehavior": "UPDATE_IN_DATABASE"}
_POLICIES: Final[Mapping[str, Mapping[str, str]]] = {
    "lineageConfiguration": _LINEAGE,
    "recrawlPolicy": _RECRAWL,
    "schemaChangePolicy": _SCHEMA_CHANGES,
}
_TARGETS: Final = (
    "catalogTargets",
    "deltaTargets",
    "dynamodbTargets",
    "hudiTargets",
    "icebergTargets",
    "jdbcTargets",
    "mongodbTargets",
    "s3Targets",
)


def _with_policies(inputs: Props) -> Props:
    """Fill in the defaults of policies."""
    policies = {name: inputs.get(name, {}) for name in _POLICIES}
    known = {name: policy for name, policy in policies.items() if isinstance(policy, dict)}
    return {**inputs, **{name: {**_POLICIES[name], **cast("Props", policy)} for name, policy in known.items()}}


def _complete_crawler(cloud: Cloud, reading: Reading) -> Props:
    role = reading.props["role"]
    if role != reading.state.get("role") and not role.startswith("arn:"):
        # Glue may answer with path and name only.
        role = cloud.place.arn("iam", f"role/{role}", regional=False)
    return {**reading.props, "role": role}


def _check_crawler(inputs: Props) -> list[tuple[str, str]]:
    if not set(_TARGETS) & inputs.keys():
        return [("s3Targets", f"at least one of {', '.join(_TARGETS)} has to be given")]
    changes, recrawl = inputs.get("schemaChangePolicy") or {}, inputs.get("recrawlPolicy") or {}
    if not isinstance(changes, dict) or not isinstance(recrawl, dict):
        # Unknown before an apply.
        return []
    policy = {**_SCHEMA_CHANGES, **cast("Props", changes)}
    logged = {value for value in policy.values() if isinstance(value, str)} <= {"LOG"}
    # Glue developer guide, "Scheduling incremental crawls for adding new partitions".
    if cast("Props", recrawl).get("recrawlBehavior") == "CRAWL_NEW_FOLDERS_ONLY" and not logged:
        rule = "has to be LOG for both behaviors where recrawlPolicy is CRAWL_NEW_FOLDERS_ONLY"
        return [("schemaChangePolicy", f"{rule}, got {policy['deleteBehavior']} and {policy['updateBehavior']}")]
    return []


CRAWLER: Final = ResourceType(
    "aws:glue/crawler:Crawler",
    service="glue",
    fields={
        "name": Field(replace=True, computed=True),
        "databaseName": Field(replace=True),
        "role": Field(),
        "classifiers": Field(unset=[]),
        "configuration": Field(kind="json", unset=""),
        "description": Field(unset=""),
        "lakeFormationConfiguration": Field(),
        "lineageConfiguration": Field(default=_LINEAGE, nested=_LINEAGE),
        "recrawlPolicy": Field(default=_RECRAWL, nested=_RECRAWL),
        "schedule": Field(at="Schedule.ScheduleExpression", unset=""),
        "schemaChangePolicy": Field(default=_SCHEMA_CHANGES, nested=_SCHEMA_CHANGES),
        "securityConfiguration": Field(to="CrawlerSecurityConfiguration", unset=""),
        "tablePrefix": Field(unset=""),
        "tags": Field(),
        **{name: Field(renames={"enableAdditionalMetadatas": "EnableAdditionalMetadata"}) for name in _TARGETS},
    },
    outputs={"arn": "arn:{partition}:glue:{region}:{account}:crawler/{name}"},
    naming=Naming(longest=255),
    tagging=_TAGGING,
    id="{name}",
    key={"Name": "{id}"},
    inside="Targets",
    create="create_crawler",
    read=Read("get_crawler", "Crawler"),
    # What an update leaves out stays as it was.
    update=(Update("update_crawler", whole=True),),
    delete="delete_crawler",
    to_api=_with_policies,
    from_api=_complete_crawler,
    check=_check_crawler,
)

_CLASSIFIERS: Final = ("csvClassifier", "grokClassifier", "jsonClassifier", "xmlClassifier")
_UNSET_CSV: Final[Mapping[str, Any]] = {
    "headers": [],
    "customDatatypes": [],
    "allowSingleColumn": False,
    "disableValueTrimming": False,
    "customDatatypeConfigured": False,
}


def _with_name(inputs: Props) -> Props:
    """Put the name where the API has it: inside the one kind of classifier."""
    return {
        kind: {**inputs[kind], "name": inputs["name"]} for kind in _CLASSIFIERS if isinstance(inputs.get(kind), dict)
    }


def _update_classifier(cloud: Cloud, change: Change) -> list[Request]:
    kinds = _with_name(change.new)
    if "csvClassifier" in kinds:
        # What an update leaves out stays as it was.
        kinds["csvClassifier"] = {**_UNSET_CSV, **kinds["csvClassifier"]}
    return [Request("update_classifier", cloud.build("update_classifier", CLASSIFIER.fields, kinds))]


def _complete_classifier(_: Cloud, reading: Reading) -> Props:
    metadata = {"name", "version", "creationTime", "lastUpdated"}
    kinds = {
        kind: {name: value for name, value in reading.props[kind].items() if name not in metadata}
        for kind in _CLASSIFIERS
        if kind in reading.props
    }
    return {**reading.props, **kinds}


def _check_classifier(inputs: Props) -> list[tuple[str, str]]:
    kinds = [kind for kind in _CLASSIFIERS if kind in inputs]
    if len(kinds) == 1:
        return []
    expected = f"exactly one of {', '.join(_CLASSIFIERS)} has to be given"
    return [("csvClassifier", f"{expected}, got {', '.join(kinds) or 'none'}")]


CLASSIFIER: Final = ResourceType(
    "aws:glue/classifier:Classifier",
    service="glue",
    fields={
        "name": Field(replace=True, computed=True),
        **{kind: Field(exclusive=True, renames={"headers": "Header"}) for kind in _CLASSIFIERS},
    },
    naming=Naming(longest=255),
    id="{name}",
    key={"Name": "{id}"},
    create="create_classifier",
    read=Read("get_classifier", "Classifier"),
    update=(Update(requests=_update_classifier),),
    delete="delete_classifier",
    to_api=_with_name,
    from_api=_complete_classifier,
    check=_check_classifier,
)


def _listed_s3(inputs: Props) -> Props:
    """Put S3's settings into a list, as the API has them, of which it takes one."""
    encryption: Any = inputs.get("encryptionConfiguration")
    if not isinstance(encryption, dict) or "s3Encryption" not in encryption:
        return inputs
    listed = {**cast("Props", encryption), "s3Encryption": [encryption["s3Encryption"]]}
    return {**inputs, "encryptionConfiguration": listed}


def _single_s3(_: Cloud, reading: Reading) -> Props:
    encryption = dict(reading.props.get("encryptionConfiguration", {}))
    if encryption.get("s3Encryption"):
        encryption["s3Encryption"] = encryption["s3Encryption"][0]
    return {**reading.props, "encryptionConfiguration": encryption}


SECURITY_CONFIGURATION: Final = ResourceType(
    "aws:glue/securityConfiguration:SecurityConfiguration",
    service="glue",
    fields={
        "name": Field(replace=True, computed=True),
        "encryptionConfiguration": Field(
            replace=True,
            nested={
                "cloudwatchEncryption.cloudwatchEncryptionMode": "DISABLED",
                "jobBookmarksEncryption.jobBookmarksEncryptionMode": "DISABLED",
                "s3Encryption.s3EncryptionMode": "DISABLED",
            },
            renames={
                "cloudwatchEncryption": "CloudWatchEncryption",
                "cloudwatchEncryptionMode": "CloudWatchEncryptionMode",
            },
        ),
    },
    naming=Naming(longest=255),
    id="{name}",
    key={"Name": "{id}"},
    create="create_security_configuration",
    read=Read("get_security_configuration", "SecurityConfiguration"),
    delete="delete_security_configuration",
    to_api=_listed_s3,
    from_api=_single_s3,
)
