"""Who may call the emulator's Glue, which asks for one resource of a request only.

Sources: service authorization reference, "AWS Glue"; Glue developer guide, "Specifying AWS Glue resource ARNs": an
operation on an object of the Data Catalog is authorized on the object and on all that it lies in.
"""

from typing import Any

from local.cloud import gate
from local.cloud.http import Request
from local.layout import ACCOUNT

Record = dict[str, Any]


def resources(operation: str, given: Record, region: str) -> list[str]:
    """The ARNs that an operation is authorized on; `*` alone where the reference gives it no resource."""
    prefix = f"arn:aws:glue:{region}:{ACCOUNT}:"
    if operation in {"TagResource", "UntagResource", "GetTags"}:
        return [str(given.get("ResourceArn", "*"))]
    if operation in _ON_CRAWLER:
        return [f"{prefix}crawler/{given.get('Name', '')}"]
    database = given.get("DatabaseName") or given.get("Name") or given.get("DatabaseInput", {}).get("Name")
    if operation.endswith("Databases"):
        return [f"{prefix}catalog", f"{prefix}database/*"]
    if operation.endswith("Database"):
        inside = [f"{prefix}table/{database}/*", f"{prefix}userDefinedFunction/{database}/*"]
        own = [f"{prefix}catalog", f"{prefix}database/{database}"]
        return [*own, *inside] if operation == "DeleteDatabase" else own
    if any(word in operation for word in ("Table", "Partition")):
        return [f"{prefix}catalog", f"{prefix}database/{database}", *_tables(operation, given, f"{prefix}table")]
    return ["*"]


_ON_CRAWLER = frozenset({"GetCrawler", "UpdateCrawler", "DeleteCrawler", "StartCrawler", "StopCrawler"})


def _tables(operation: str, given: Record, prefix: str) -> list[str]:
    database = given.get("DatabaseName", "*")
    if operation == "BatchDeleteTable":
        return [f"{prefix}/{database}/{name}" for name in given.get("TablesToDelete", [])]
    name = given.get("TableName") or given.get("Name") or given.get("TableInput", {}).get("Name") or "*"
    return [f"{prefix}/{database}/{name}"]


def guard(request: Request) -> None:
    """Asks for each resource of a request, and for iam:PassRole on a crawler's role.

    Raises:
        AwsError: AccessDeniedException.
    """
    operation, given = request.headers.get("x-amz-target", "").rpartition(".")[2], request.json()
    caller = gate.known_caller(request)
    if caller is None or not operation:
        return
    for resource in resources(operation, given, caller.region):
        gate.authorize(caller, f"glue:{operation}", resource)
    role = str(given.get("Role", ""))
    if operation in {"CreateCrawler", "UpdateCrawler"} and role:
        arn = role if role.startswith("arn:") else f"arn:aws:iam::{ACCOUNT}:role/{role}"
        gate.authorize_pass_role(caller, arn, "glue.amazonaws.com")
