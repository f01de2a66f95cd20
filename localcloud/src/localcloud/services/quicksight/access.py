"""What a caller needs for each operation of QuickSight.

Source: service authorization reference, "Actions, resources, and condition keys for Amazon QuickSight".
"""

from collections.abc import Iterator

from localcloud.http.service import Call, Permission
from localcloud.layout import ACCOUNT
from localcloud.services.quicksight import errors
from localcloud.services.quicksight.models import DASHBOARD, KINDS, SERVICE
from localcloud.services.quicksight.people import principal_arn

# The reference gives these no resource.
_WITHOUT_RESOURCE = frozenset(
    {"CreateDataSource", "ListDataSources", "ListDataSets", "ListIngestions", "ListRefreshSchedules"}
)
_ON_SCHEDULE = frozenset(
    {"CreateRefreshSchedule", "DescribeRefreshSchedule", "UpdateRefreshSchedule", "DeleteRefreshSchedule"}
)


def permissions(call: Call) -> list[Permission]:
    """Return the actions of a call on its resources; AWS answers a call for another account with a denial.

    Raises:
        AwsError: AccessDeniedException.
    """
    account = call.get("AwsAccountId", ACCOUNT)
    if account != ACCOUNT:
        action = f"quicksight:{call.operation}"
        raise errors.denied(f"User: {call.caller.arn} is not authorized to perform: {action} in account {account}")
    needed: list[Permission] = [(f"quicksight:{call.operation}", resource, {}) for resource in _resources(call)]
    needed += [("quicksight:PassDataSource", arn, {}) for arn in sorted(set(_data_sources(call)))]
    needed += [("quicksight:PassDataSet", arn, {}) for arn in sorted(set(_data_sets(call)))]
    if call.get("Tags") and call.operation.startswith("Create"):
        needed.append(("quicksight:TagResource", _asset(call), {}))
    role = call.get("DataSourceParameters", {}).get("AthenaParameters", {}).get("RoleArn")
    if role:
        needed.append(("iam:PassRole", role, {"iam:PassedToService": SERVICE}))
    return needed


def _resources(call: Call) -> list[str]:
    if call.operation in _WITHOUT_RESOURCE or call.operation.endswith("AccountSubscription"):
        return ["*"]
    if call.operation == "CreateDataSet":
        return sorted(set(_data_sources(call)))
    return [_resource(call)]


def _resource(call: Call) -> str:
    if call.operation.endswith("User"):
        return principal_arn(call.caller.region, "user", call.get("UserName") or call.input["Email"])
    if call.operation.endswith("Group"):
        return principal_arn(call.caller.region, "group", call.input["GroupName"])
    if arn := call.get("ResourceArn"):
        return str(arn)
    if call.operation in _ON_SCHEDULE:
        schedule_id = call.get("ScheduleId") or call.input["Schedule"]["ScheduleId"]
        return f"{_asset(call)}/refresh-schedule/{schedule_id}"
    if ingestion_id := call.get("IngestionId"):
        return f"{_asset(call)}/ingestion/{ingestion_id}"
    return _asset(call)


def _asset(call: Call) -> str:
    """Return the ARN of the asset that a call names; that of every dashboard where it names none."""
    region = call.caller.region
    for kind in KINDS:
        if asset_id := call.get(kind.id_member):
            return kind.arn(region, asset_id)
    return DASHBOARD.arn(region, "*")


def _data_sources(call: Call) -> Iterator[str]:
    for table in call.get("PhysicalTableMap", {}).values():
        yield from (str(inner["DataSourceArn"]) for inner in table.values())


def _data_sets(call: Call) -> Iterator[str]:
    declarations = call.get("Definition", {}).get("DataSetIdentifierDeclarations", [])
    yield from (str(declaration["DataSetArn"]) for declaration in declarations)
