"""What a caller must be allowed to do for each Athena operation.

Source: service authorization reference, "Actions, resources, and condition keys for Amazon Athena".
"""

from collections.abc import Callable, Mapping
from typing import Any

from localcloud.http.service import Call, Permission
from localcloud.services.athena.names import DATA_CATALOG, PRIMARY, data_catalog_arn, workgroup_arn

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
_BY_ID = {
    "GetNamedQuery": "NamedQueryId",
    "UpdateNamedQuery": "NamedQueryId",
    "DeleteNamedQuery": "NamedQueryId",
    "BatchGetNamedQuery": "NamedQueryIds",
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


class Access:
    """Finds the workgroup that an operation is authorized on, also behind ids of named queries and executions."""

    def __init__(self, named_query: WorkGroupOf, execution: WorkGroupOf) -> None:
        self._named_query = named_query
        self._execution = execution

    def permissions(self, call: Call) -> list[Permission]:
        """Everything the caller of an operation needs."""
        context = _context(call)
        needed: list[Permission] = [
            (f"athena:{call.operation}", resource, context) for resource in self._resources(call)
        ]
        if call.operation == "CreateWorkGroup" and call.get("Tags"):
            needed += [("athena:TagResource", resource, context) for _, resource, _ in list(needed)]
        return needed

    def _resources(self, call: Call) -> list[str]:
        region, operation = call.caller.region, call.operation
        if operation in _ON_WORKGROUP:
            return [workgroup_arn(region, call.get(_ON_WORKGROUP[operation], PRIMARY))]
        if operation in _BY_ID:
            given: Any = call.input[_BY_ID[operation]]
            find = self._named_query if "Named" in operation else self._execution
            found = [find(each) for each in (given if isinstance(given, list) else [given])]
            # What does not exist belongs to no workgroup: only who may ask in all of them learns that it is missing.
            return sorted({workgroup_arn(region, name or "*") for name in found})
        if operation in _ON_CATALOG:
            return [data_catalog_arn(region, call.get(_ON_CATALOG[operation], DATA_CATALOG))]
        if operation in _TAGGING:
            return [call.input["ResourceARN"]]
        return ["*"]


def _context(call: Call) -> Mapping[str, Any]:
    tags = call.get("Tags", [])
    context: dict[str, Any] = {f"aws:RequestTag/{tag['Key']}": tag.get("Value", "") for tag in tags}
    keys = [tag["Key"] for tag in tags] or call.get("TagKeys", [])
    return {**context, "aws:TagKeys": keys} if keys else context
