"""What a caller must be allowed to do for each Glue operation: on the catalog, and on each database and table in it.

Source: service authorization reference, "Actions, resources, and condition keys for AWS Glue".
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from localcloud.http.service import Call, Permission
from localcloud.layout import ACCOUNT

Resources = Callable[[Call], list[str]]


def arn(region: str, resource: str) -> str:
    """The ARN of a Glue resource, e.g. `crawler/kpis`, `table/database/name` or `catalog`."""
    return f"arn:aws:glue:{region}:{ACCOUNT}:{resource}"


def role_arn(role: str) -> str:
    """The ARN of a crawler's role, which a request may give by its name or path."""
    return role if role.startswith("arn:") else f"arn:aws:iam::{ACCOUNT}:role/{role.lstrip('/')}"


def _catalog(*rest: Callable[[Call], Iterator[str]]) -> Resources:
    def resources(call: Call) -> list[str]:
        names = ["catalog", *(name for each in rest for name in each(call))]
        return [arn(call.caller.region, name) for name in names]

    return resources


def _database(call: Call) -> Iterator[str]:
    inner = call.get("DatabaseInput", {})
    yield f"database/{(call.get('DatabaseName') or call.get('Name') or inner['Name']).lower()}"


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


def _crawler(member: str) -> Resources:
    return lambda call: [arn(call.caller.region, f"crawler/{call.input[member]}")]


def _crawlers(call: Call) -> list[str]:
    return [arn(call.caller.region, f"crawler/{name}") for name in call.input["CrawlerNames"]]


def _any(_call: Call) -> list[str]:
    return ["*"]


_ON_TABLE = _catalog(_database, _table)
_NAMED = _crawler("Name")
RESOURCES: Mapping[str, Resources] = {
    "CreateDatabase": _catalog(_database),
    "GetDatabase": _catalog(_database),
    "GetDatabases": _catalog(_every_database),
    "UpdateDatabase": _catalog(_database),
    "DeleteDatabase": _catalog(_database, _every_table, _every_function),
    "CreateTable": _ON_TABLE,
    "GetTable": _ON_TABLE,
    "GetTables": _catalog(_database, _every_table),
    "UpdateTable": _ON_TABLE,
    "DeleteTable": _ON_TABLE,
    "BatchDeleteTable": _catalog(_database, _tables_to_delete),
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
    "CreateCrawler": _NAMED,
    "GetCrawler": _NAMED,
    "UpdateCrawler": _NAMED,
    "DeleteCrawler": _NAMED,
    "StartCrawler": _NAMED,
    "StopCrawler": _NAMED,
    "BatchGetCrawlers": _crawlers,
    "ListCrawls": _crawler("CrawlerName"),
    "StartCrawlerSchedule": _crawler("CrawlerName"),
    "StopCrawlerSchedule": _crawler("CrawlerName"),
    "UpdateCrawlerSchedule": _crawler("CrawlerName"),
    # These take no resource.
    "GetCrawlers": _any,
    "ListCrawlers": _any,
    "GetCrawlerMetrics": _any,
    "CreateClassifier": _any,
    "GetClassifier": _any,
    "GetClassifiers": _any,
    "UpdateClassifier": _any,
    "DeleteClassifier": _any,
    "CreateSecurityConfiguration": _any,
    "GetSecurityConfiguration": _any,
    "GetSecurityConfigurations": _any,
    "DeleteSecurityConfiguration": _any,
    "TagResource": lambda call: [call.input["ResourceArn"]],
    "UntagResource": lambda call: [call.input["ResourceArn"]],
    "GetTags": lambda call: [call.input["ResourceArn"]],
}
"""The resources that each operation is authorized on, all of them."""


def permissions(call: Call) -> list[Permission]:
    """Everything the caller of an operation needs, iam:PassRole and glue:TagResource included."""
    context = _context(call)
    resources = RESOURCES[call.operation](call)
    needed: list[Permission] = [(f"glue:{call.operation}", resource, context) for resource in resources]
    if call.operation in {"CreateCrawler", "CreateDatabase"} and call.get("Tags"):
        needed.append(("glue:TagResource", resources[-1], context))
    if call.operation in {"CreateCrawler", "UpdateCrawler"} and call.get("Role"):
        needed.append(("iam:PassRole", role_arn(call.input["Role"]), {"iam:PassedToService": "glue.amazonaws.com"}))
    return needed


def _context(call: Call) -> dict[str, Any]:
    tags: dict[str, str] = call.get("Tags") or call.get("TagsToAdd") or {}
    keys = list(tags) or call.get("TagsToRemove", [])
    context: dict[str, Any] = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    return {**context, "aws:TagKeys": keys} if keys else context
