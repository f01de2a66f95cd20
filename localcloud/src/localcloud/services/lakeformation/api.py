"""The Lake Formation service, put together."""

from localcloud.http.service import Call, Permission, Service
from localcloud.services.lakeformation.grants import Grants
from localcloud.services.lakeformation.locations import Locations
from localcloud.services.lakeformation.settings import Settings

SERVICE = "lakeformation.amazonaws.com"


def lakeformation() -> Service:
    """The Lake Formation service."""
    settings, locations = Settings(), Locations()
    grants = Grants(settings, locations)
    return Service(
        "lakeformation",
        {
            "GrantPermissions": grants.grant,
            "RevokePermissions": grants.revoke,
            "BatchGrantPermissions": grants.batch,
            "BatchRevokePermissions": grants.batch,
            "ListPermissions": grants.list_permissions,
            "RegisterResource": locations.register,
            "UpdateResource": locations.update,
            "DescribeResource": locations.describe,
            "ListResources": locations.list_resources,
            "DeregisterResource": locations.deregister,
            "GetDataLakeSettings": settings.get,
            "PutDataLakeSettings": settings.put,
        },
        permissions,
        invalid="InvalidInputException",
    )


def permissions(call: Call) -> list[Permission]:
    """What a call needs: the service authorization reference gives Lake Formation's actions no resource."""
    needed: list[Permission] = [(f"lakeformation:{call.operation}", "*", {})]
    if role := call.get("RoleArn"):
        needed.append(("iam:PassRole", role, {"iam:PassedToService": SERVICE}))
    return needed
