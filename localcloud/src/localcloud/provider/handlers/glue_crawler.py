"""Glue: crawlers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from localcloud.provider import tagging
from localcloud.provider.handler import Api, Field, Handler, Naming, Request
from localcloud.provider.handlers.glue_catalog import TAGGING
from localcloud.provider.values import Props

_TARGETS: Final[Mapping[str, str]] = {
    "catalogTargets": "CatalogTargets",
    "deltaTargets": "DeltaTargets",
    "dynamodbTargets": "DynamoDBTargets",
    "hudiTargets": "HudiTargets",
    "icebergTargets": "IcebergTargets",
    "jdbcTargets": "JdbcTargets",
    "mongodbTargets": "MongoDBTargets",
    "s3Targets": "S3Targets",
}
_TARGET_RENAMES: Final = {"enableAdditionalMetadatas": "EnableAdditionalMetadata"}
# Defaults: Glue API reference, CreateCrawler and "Crawler structure".
_RECRAWL: Final = {"recrawlBehavior": "CRAWL_EVERYTHING"}
_LINEAGE: Final = {"crawlerLineageSettings": "DISABLE"}
_SCHEMA_CHANGES: Final = {"deleteBehavior": "DEPRECATE_IN_DATABASE", "updateBehavior": "UPDATE_IN_DATABASE"}
_SETTINGS: Final[Mapping[str, Field]] = {
    "name": Field(replace=True, computed=True),
    "databaseName": Field(replace=True),
    "role": Field(),
    "classifiers": Field(),
    "configuration": Field(kind="json"),
    "description": Field(),
    "lakeFormationConfiguration": Field(),
    "lineageConfiguration": Field(default=_LINEAGE, nested=_LINEAGE),
    "recrawlPolicy": Field(default=_RECRAWL, nested=_RECRAWL),
    "schedule": Field(),
    "schemaChangePolicy": Field(default=_SCHEMA_CHANGES, nested=_SCHEMA_CHANGES),
    "securityConfiguration": Field(to="CrawlerSecurityConfiguration"),
    "tablePrefix": Field(),
    "tags": Field(),
}
_CRAWLER: Final[Mapping[str, Field]] = {**_SETTINGS, **{name: Field() for name in _TARGETS}}


def _crawler(api: Api, operation: str, inputs: Props) -> Request:
    """Say all: what an update leaves out stays as it was, so that unset properties are sent as what they mean."""
    unset = {"description": "", "classifiers": [], "configuration": "", "schedule": "", "tablePrefix": ""}
    given = {**unset, "securityConfiguration": "", **inputs} if operation == "update_crawler" else dict(inputs)
    for name, spec in _SETTINGS.items():
        if spec.nested and isinstance(given.get(name, {}), dict):
            given[name] = {**spec.nested, **cast("Props", given.get(name, {}))}
    targets = {name: inputs[name] for name in _TARGETS if name in inputs}
    fields = {**_SETTINGS, "targets": Field(renames={**_TARGETS, **_TARGET_RENAMES})}
    return Request(operation, api.build(operation, fields, {**given, "targets": targets}))


def _role(api: Api, found: str, hint: Any) -> str:
    """Give the role as an ARN, unless the program names it: Glue may answer with path and name only."""
    if found == hint or found.startswith("arn:"):
        return found
    return f"arn:{api.place.partition}:iam::{api.place.account}:role/{found}"


def _read_crawler(api: Api, name: str, state: Props) -> Props | None:
    found = api.find("get_crawler", Name=name)
    if found is None:
        return None
    crawler: dict[str, Any] = found["Crawler"]
    arn = api.place.arn("glue", f"crawler/{name}")
    fields = {key: Field(to=member, renames=_TARGET_RENAMES) for key, member in _TARGETS.items()}
    return {
        **api.parse("get_crawler", _SETTINGS, crawler, "Crawler"),
        **api.parse("get_crawler", fields, crawler["Targets"], "Crawler.Targets"),
        "role": _role(api, crawler["Role"], state.get("role")),
        "schedule": crawler.get("Schedule", {}).get("ScheduleExpression"),
        "tags": tagging.read(TAGGING, api, arn),
        "arn": arn,
    }


def _check_crawler(inputs: Props) -> list[tuple[str, str]]:
    if not _TARGETS.keys() & inputs.keys():
        return [("s3Targets", f"at least one of {', '.join(_TARGETS)} has to be given")]
    given, recrawl = inputs.get("schemaChangePolicy") or {}, inputs.get("recrawlPolicy") or {}
    if not isinstance(given, dict) or not isinstance(recrawl, dict):
        # Unknown before an apply.
        return []
    policy = {**_SCHEMA_CHANGES, **cast("Props", given)}
    logged = {value for value in policy.values() if isinstance(value, str)} <= {"LOG"}
    # Glue developer guide, "Scheduling incremental crawls for adding new partitions".
    if cast("Props", recrawl).get("recrawlBehavior") == "CRAWL_NEW_FOLDERS_ONLY" and not logged:
        rule = "has to be LOG for both behaviors where recrawlPolicy is CRAWL_NEW_FOLDERS_ONLY"
        return [("schemaChangePolicy", f"{rule}, got {policy['deleteBehavior']} and {policy['updateBehavior']}")]
    return []


CRAWLER: Final = Handler(
    service="glue",
    fields=_CRAWLER,
    outputs=("arn",),
    naming=Naming(longest=255),
    tagging=TAGGING,
    create=lambda api, inputs: _crawler(api, "create_crawler", inputs),
    identify=lambda api, inputs, response: inputs["name"],
    read=_read_crawler,
    update=lambda api, name, old, new, changed: [_crawler(api, "update_crawler", new)] if changed - {"tags"} else [],
    delete=lambda api, name, state: [Request("delete_crawler", {"Name": name})],
    check=_check_crawler,
)
