"""What each call needs (service authorization reference, "Amazon QuickSight")."""

from collections.abc import Iterator
from typing import Any

from localcloud.http.errors import AwsError
from localcloud.http.service import Call, Permission
from localcloud.layout import ACCOUNT
from localcloud.services.quicksight.assets import DASHBOARD, DATA_SET, DATA_SOURCE
from localcloud.services.quicksight.data_sources import SERVICE

# The reference gives these no resource.
_WITHOUT_RESOURCE = frozenset(
    {"CreateDataSource", "ListDataSources", "ListDataSets", "ListIngestions", "ListRefreshSchedules"}
)
_ON_SCHEDULE = frozenset(
    {"CreateRefreshSchedule", "DescribeRefreshSchedule", "UpdateRefreshSchedule", "DeleteRefreshSchedule"}
)


def permissions(call: Call) -> list[Permission]:
    """The actions of a call on its resources; AWS answers a call for another account with a denial.

    Raises:
        AwsError: AccessDeniedException.
    """
    account = call.get("AwsAccountId", ACCOUNT)
    if account != ACCOUNT:
        text = f"User: {call.caller.arn} is not authorized to perform: quicksight:{call.operation} in account {account}"
        raise AwsError("AccessDeniedException", text, 401)
    needed: list[Permission] = [(f"quicksight:{call.operation}", resource, {}) for resource in _resources(call)]
    needed += [("quicksight:PassDataSource", arn, {}) for arn in sorted(set(_sources(call)))]
    needed += [("quicksight:PassDataSet", arn, {}) for arn in sorted(set(_data_sets(call)))]
    if call.get("Tags") and call.operation.startswith("Create"):
        needed.append(("quicksight:TagResource", _made(call), {}))
    role = (call.get("DataSourceParameters") or {}).get("AthenaParameters", {}).get("RoleArn")
    if role:
        needed.append(("iam:PassRole", role, {"iam:PassedToService": SERVICE}))
    return needed


def _made(call: Call) -> str:
    kind = next(kind for kind in (DATA_SOURCE, DATA_SET, DASHBOARD) if call.operation == f"Create{kind.noun}")
    return kind.arn(call.caller.region, call.input[kind.id_member])


def _resources(call: Call) -> list[str]:
    if call.operation in _WITHOUT_RESOURCE:
        return ["*"]
    if call.operation == "CreateDataSet":
        return sorted(set(_sources(call)))
    return [_resource(call.caller.region, call.operation, call.input)]


def _resource(region: str, operation: str, given: dict[str, Any]) -> str:
    if "ResourceArn" in given:
        return str(given["ResourceArn"])
    kind = next((kind for kind in (DATA_SOURCE, DATA_SET, DASHBOARD) if kind.id_member in given), None)
    arn = kind.arn(region, given[kind.id_member]) if kind else DASHBOARD.arn(region, "*")
    if operation in _ON_SCHEDULE:
        return f"{arn}/refresh-schedule/{given.get('ScheduleId') or given['Schedule']['ScheduleId']}"
    return f"{arn}/ingestion/{given['IngestionId']}" if "IngestionId" in given else arn


def _sources(call: Call) -> Iterator[str]:
    for table in call.get("PhysicalTableMap", {}).values():
        yield from (str(inner["DataSourceArn"]) for inner in table.values())


def _data_sets(call: Call) -> Iterator[str]:
    definition: dict[str, Any] = call.get("Definition", {})
    yield from (str(item["DataSetArn"]) for item in definition.get("DataSetIdentifierDeclarations", []))
