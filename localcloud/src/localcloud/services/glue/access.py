"""What a caller needs for each operation of Glue: on the catalog, and on each database and table in it.

Source: service authorization reference, "Actions, resources, and condition keys for AWS Glue".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from localcloud.emulator import catalog
from localcloud.http.service import Call, Permission
from localcloud.iam.roles import role_arn
from localcloud.layout import ACCOUNT
from localcloud.services.lakeformation.governance import Governance

if TYPE_CHECKING:
    from mypy_boto3_lakeformation.literals import PermissionType

ResourcesOf = Callable[[Call], list[str]]
"""Return the ARNs of what a call is on, all of which its caller needs."""
NamesOf = Callable[[Call], Iterator[str]]
"""Yield names in the catalog, e.g. `table/database/name`."""


def arn(region: str, resource: str) -> str:
    """Return the ARN of a Glue resource, e.g. `crawler/kpis`, `table/database/name` or `catalog`."""
    return f"arn:aws:glue:{region}:{ACCOUNT}:{resource}"


def _in_catalog(*names_of: NamesOf) -> ResourcesOf:
    def resources(call: Call) -> list[str]:
        names = ["catalog", *(name for each in names_of for name in each(call))]
        return [arn(call.caller.region, name) for name in names]

    return resources


def _database(call: Call) -> Iterator[str]:
    definition = call.get("DatabaseInput", {})
    yield f"database/{(call.get('DatabaseName') or call.get('Name') or definition['Name']).lower()}"


def _every_database(_call: Call) -> Iterator[str]:
    yield "database/*"


def _table(call: Call) -> Iterator[str]:
    name = call.get("TableName") or call.get("Name") or call.get("TableInput", {}).get("Name", "*")
    yield f"table/{call.input['DatabaseName'].lower()}/{name.lower()}"


def _tables_to_delete(call: Call) -> Iterator[str]:
    yield from (f"table/{call.input['DatabaseName'].lower()}/{name.lower()}" for name in call.input["TablesToDelete"])


def _every_table(call: Call) -> Iterator[str]:
    yield f"table/{(call.get('DatabaseName') or call.get('Name')).lower()}/*"


def _every_function(call: Call) -> Iterator[str]:
    yield f"userDefinedFunction/{call.input['Name'].lower()}/*"


def _crawler(member: str) -> ResourcesOf:
    return lambda call: [arn(call.caller.region, f"crawler/{call.input[member]}")]


def _crawlers(call: Call) -> list[str]:
    return [arn(call.caller.region, f"crawler/{name}") for name in call.input["CrawlerNames"]]


def _tagged(call: Call) -> list[str]:
    return [call.input["ResourceArn"]]


def _none(_call: Call) -> list[str]:
    return ["*"]


_ON_DATABASE = _in_catalog(_database)
_ON_TABLE = _in_catalog(_database, _table)
_ON_NAMED_CRAWLER = _crawler("Name")
_ON_CRAWLER = _crawler("CrawlerName")
_RESOURCES: Mapping[str, ResourcesOf] = {
    "CreateDatabase": _ON_DATABASE,
    "GetDatabase": _ON_DATABASE,
    "GetDatabases": _in_catalog(_every_database),
    "UpdateDatabase": _ON_DATABASE,
    "DeleteDatabase": _in_catalog(_database, _every_table, _every_function),
    "CreateTable": _ON_TABLE,
    "GetTable": _ON_TABLE,
    "GetTables": _in_catalog(_database, _every_table),
    "UpdateTable": _ON_TABLE,
    "DeleteTable": _ON_TABLE,
    "BatchDeleteTable": _in_catalog(_database, _tables_to_delete),
    "CreatePartition": _ON_TABLE,
    "BatchCreatePartition": _ON_TABLE,
    "GetPartition": _ON_TABLE,
    "GetPartitions": _ON_TABLE,
    "BatchGetPartition": _ON_TABLE,
    "UpdatePartition": _ON_TABLE,
    "BatchUpdatePartition": _ON_TABLE,
    "DeletePartition": _ON_TABLE,
    "BatchDeletePartition": _ON_TABLE,
    "CreatePartitionIndex": _ON_TABLE,
    "GetPartitionIndexes": _ON_TABLE,
    "CreateCrawler": _ON_NAMED_CRAWLER,
    "GetCrawler": _ON_NAMED_CRAWLER,
    "UpdateCrawler": _ON_NAMED_CRAWLER,
    "DeleteCrawler": _ON_NAMED_CRAWLER,
    "StartCrawler": _ON_NAMED_CRAWLER,
    "StopCrawler": _ON_NAMED_CRAWLER,
    "BatchGetCrawlers": _crawlers,
    "ListCrawls": _ON_CRAWLER,
    "StartCrawlerSchedule": _ON_CRAWLER,
    "StopCrawlerSchedule": _ON_CRAWLER,
    "UpdateCrawlerSchedule": _ON_CRAWLER,
    "GetCrawlers": _none,
    "ListCrawlers": _none,
    "GetCrawlerMetrics": _none,
    "CreateClassifier": _none,
    "GetClassifier": _none,
    "GetClassifiers": _none,
    "UpdateClassifier": _none,
    "DeleteClassifier": _none,
    "CreateSecurityConfiguration": _none,
    "GetSecurityConfiguration": _none,
    "GetSecurityConfigurations": _none,
    "DeleteSecurityConfiguration": _none,
    "TagResource": _tagged,
    "UntagResource": _tagged,
    "GetTags": _tagged,
}


# Lake Formation developer guide, "Lake Formation permissions reference": what each permission lets one call.
_ON_DATABASE_GRANTS: Mapping[str, PermissionType] = {
    "GetDatabase": "DESCRIBE",
    "UpdateDatabase": "ALTER",
    "DeleteDatabase": "DROP",
    "CreateTable": "CREATE_TABLE",
}
_ON_TABLE_GRANTS: Mapping[str, PermissionType] = {
    **dict.fromkeys(
        ("GetTable", "GetPartition", "GetPartitions", "BatchGetPartition", "GetPartitionIndexes"), "DESCRIBE"
    ),
    **dict.fromkeys(("UpdateTable", "CreatePartition", "BatchCreatePartition", "UpdatePartition"), "ALTER"),
    **dict.fromkeys(("BatchUpdatePartition", "DeletePartition", "BatchDeletePartition"), "ALTER"),
    "CreatePartitionIndex": "ALTER",
    "DeleteTable": "DROP",
    "BatchDeleteTable": "DROP",
}


def check_grants(governance: Governance, call: Call) -> None:
    """Refuse a call on a database or a table that Lake Formation does not grant its caller.

    What is not there is for the operation to tell.

    Raises:
        AwsError: AccessDeniedException.
    """
    if permission := _ON_DATABASE_GRANTS.get(call.operation):
        database = str(call.get("DatabaseName") or call.get("Name"))
        if catalog.database(database.lower()) is not None:
            governance.require(call.caller, permission, database)
    elif permission := _ON_TABLE_GRANTS.get(call.operation):
        database = str(call.input["DatabaseName"])
        name = call.get("TableName") or call.get("Name") or call.get("TableInput", {}).get("Name")
        for table in call.get("TablesToDelete") or [str(name)]:
            if catalog.table(database.lower(), table.lower()) is not None:
                governance.require(call.caller, permission, database, table)


def permissions(call: Call) -> list[Permission]:
    """Return what the caller of an operation needs, iam:PassRole and glue:TagResource included."""
    condition_keys, resources = _condition_keys(call), _RESOURCES[call.operation](call)
    needed: list[Permission] = [(f"glue:{call.operation}", resource, condition_keys) for resource in resources]
    if call.operation in {"CreateCrawler", "CreateDatabase"} and call.get("Tags"):
        needed.append(("glue:TagResource", resources[-1], condition_keys))
    if call.operation in {"CreateCrawler", "UpdateCrawler"} and call.get("Role"):
        needed.append(("iam:PassRole", role_arn(call.input["Role"]), {"iam:PassedToService": "glue.amazonaws.com"}))
    return needed


def _condition_keys(call: Call) -> dict[str, Any]:
    tags: dict[str, str] = call.get("Tags") or call.get("TagsToAdd") or {}
    tag_keys = list(tags) or call.get("TagsToRemove", [])
    condition_keys: dict[str, Any] = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    return {**condition_keys, "aws:TagKeys": tag_keys} if tag_keys else condition_keys
