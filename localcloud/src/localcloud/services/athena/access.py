"""What a caller needs for each operation of Athena.

Source: service authorization reference, "Actions, resources, and condition keys for Amazon Athena".
"""

from collections.abc import Callable, Mapping
from typing import Any

from localcloud.http.service import Call, Permission
from localcloud.services.athena.models import DATA_CATALOG, PRIMARY, data_catalog_arn, workgroup_arn

WorkGroupOf = Callable[[str], str | None]
_ON_WORKGROUP = {
    "CreateWorkGroup": "Name",
    "GetWorkGroup": "WorkGroup",
    "UpdateWorkGroup": "WorkGroup",
    "DeleteWorkGroup": "WorkGroup",
    "CreateNamedQuery": "WorkGroup",
    "ListNamedQueries": "WorkGroup",
    "StartQueryExecution": "WorkGroup",
    "ListQueryExecutions": "WorkGroup",
}
_ON_NAMED_QUERY = {
    "GetNamedQuery": "NamedQueryId",
    "UpdateNamedQuery": "NamedQueryId",
    "DeleteNamedQuery": "NamedQueryId",
    "BatchGetNamedQuery": "NamedQueryIds",
}
_ON_EXECUTION = {
    "GetQueryExecution": "QueryExecutionId",
    "StopQueryExecution": "QueryExecutionId",
    "GetQueryResults": "QueryExecutionId",
    "BatchGetQueryExecution": "QueryExecutionIds",
}
_ON_CATALOG = {
    "GetDataCatalog": "Name",
    "GetDatabase": "CatalogName",
    "ListDatabases": "CatalogName",
    "GetTableMetadata": "CatalogName",
    "ListTableMetadata": "CatalogName",
}
_TAGGING = frozenset({"TagResource", "UntagResource", "ListTagsForResource"})


def permissions(named_query: WorkGroupOf, execution: WorkGroupOf) -> Callable[[Call], list[Permission]]:
    """Return what tells the permissions of a call, given the workgroups of a named query's and an execution's id."""

    def permissions_of(call: Call) -> list[Permission]:
        resources, keys = _resources(call, named_query, execution), _condition_keys(call)
        needed: list[Permission] = [(f"athena:{call.operation}", resource, keys) for resource in resources]
        if call.operation == "CreateWorkGroup" and call.get("Tags"):
            needed += [("athena:TagResource", resource, keys) for resource in resources]
        return needed

    return permissions_of


def _resources(call: Call, named_query: WorkGroupOf, execution: WorkGroupOf) -> list[str]:
    region, operation = call.caller.region, call.operation
    if operation in _ON_WORKGROUP:
        return [workgroup_arn(region, call.get(_ON_WORKGROUP[operation], PRIMARY))]
    if operation in _ON_NAMED_QUERY:
        return _workgroups_of(call, _ON_NAMED_QUERY[operation], named_query)
    if operation in _ON_EXECUTION:
        return _workgroups_of(call, _ON_EXECUTION[operation], execution)
    if operation in _ON_CATALOG:
        return [data_catalog_arn(region, call.get(_ON_CATALOG[operation], DATA_CATALOG))]
    return [call.input["ResourceARN"]] if operation in _TAGGING else ["*"]


def _workgroups_of(call: Call, member: str, workgroup_of: WorkGroupOf) -> list[str]:
    value: str | list[str] = call.input[member]
    identifiers = [value] if isinstance(value, str) else value
    # The reference names no workgroup for what does not exist: whoever asks learns that it is missing.
    workgroups = {workgroup for identifier in identifiers if (workgroup := workgroup_of(identifier))}
    return sorted(workgroup_arn(call.caller.region, workgroup) for workgroup in workgroups)


def _condition_keys(call: Call) -> Mapping[str, Any]:
    tags = call.get("Tags", [])
    tag_keys = [tag["Key"] for tag in tags] or call.get("TagKeys", [])
    condition_keys: dict[str, Any] = {f"aws:RequestTag/{tag['Key']}": tag.get("Value", "") for tag in tags}
    return {**condition_keys, "aws:TagKeys": tag_keys} if tag_keys else condition_keys
