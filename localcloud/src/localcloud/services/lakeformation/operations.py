"""Lake Formation's operations on grants, registered locations and data lake settings, and the service that they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from localcloud.http.errors import AwsError
from localcloud.http.paging import Page
from localcloud.http.service import Answer, Call, Service, operation
from localcloud.layout import ACCOUNT
from localcloud.services.lakeformation import access, errors
from localcloud.services.lakeformation.governance import Governance
from localcloud.services.lakeformation.models import (
    SERVICE_LINKED_ROLE,
    Grant,
    Grants,
    Location,
    Locations,
    Settings,
)
from localcloud.services.lakeformation.resources import KINDS, Resource, check_catalog, check_principal

if TYPE_CHECKING:
    from mypy_boto3_lakeformation.literals import DataLakeResourceTypeType, PermissionType
    from mypy_boto3_lakeformation.type_defs import (
        BatchPermissionsFailureEntryTypeDef,
        BatchPermissionsRequestEntryOutputTypeDef,
        DataLakePrincipalTypeDef,
        DataLakeSettingsTypeDef,
        ResourceUnionTypeDef,
    )


class LakeFormation:
    """The service, and what it asks of those who use the Data Catalog; `endpoint` is the cloud's own."""

    def __init__(self, endpoint: str) -> None:
        settings, grants, locations = Settings(), Grants(), Locations()
        self.governance = Governance(settings, grants, locations, endpoint)
        operations = [
            GrantOperations(self.governance, grants, locations),
            LocationOperations(locations),
            SettingsOperations(settings),
        ]
        self.service = Service("lakeformation", operations, access.permissions, invalid="InvalidInputException")


class GrantOperations:
    """Operations on grants, for data lake administrators and for whoever may pass on what they have."""

    def __init__(self, governance: Governance, grants: Grants, locations: Locations) -> None:
        self._governance, self._grants, self._locations = governance, grants, locations

    @operation
    def grant_permissions(
        self,
        call: Call,
        *,
        principal: DataLakePrincipalTypeDef,
        resource: ResourceUnionTypeDef,
        permissions: Sequence[PermissionType],
        permissions_with_grant_option: Sequence[PermissionType] = (),
        catalog_id: str = ACCOUNT,
    ) -> Answer:
        """Add to what a principal may do with a resource."""
        check_catalog(catalog_id)
        self._grant(call, principal, resource, permissions, permissions_with_grant_option)
        return {}

    @operation
    def revoke_permissions(
        self,
        call: Call,
        *,
        principal: DataLakePrincipalTypeDef,
        resource: ResourceUnionTypeDef,
        permissions: Sequence[PermissionType],
        permissions_with_grant_option: Sequence[PermissionType] = (),
        catalog_id: str = ACCOUNT,
    ) -> Answer:
        """Take from what a principal may do with a resource."""
        check_catalog(catalog_id)
        self._revoke(call, principal, resource, permissions, permissions_with_grant_option)
        return {}

    @operation
    def batch_grant_permissions(
        self, call: Call, *, entries: Sequence[BatchPermissionsRequestEntryOutputTypeDef], catalog_id: str = ACCOUNT
    ) -> Answer:
        """Grant each entry by itself."""
        check_catalog(catalog_id)
        return {"Failures": _failures(call, entries, self._grant)}

    @operation
    def batch_revoke_permissions(
        self, call: Call, *, entries: Sequence[BatchPermissionsRequestEntryOutputTypeDef], catalog_id: str = ACCOUNT
    ) -> Answer:
        """Revoke each entry by itself."""
        check_catalog(catalog_id)
        return {"Failures": _failures(call, entries, self._revoke)}

    @operation
    def list_permissions(
        self,
        call: Call,
        *,
        catalog_id: str = ACCOUNT,
        principal: DataLakePrincipalTypeDef | None = None,
        resource: ResourceUnionTypeDef | None = None,
        resource_type: DataLakeResourceTypeType | None = None,
        next_token: str | None = None,
        max_results: int | None = None,
    ) -> Answer:
        """List grants by principal, resource or type of resource."""
        check_catalog(catalog_id)
        arn = principal.get("DataLakePrincipalIdentifier") if principal else None
        on = Resource.of(resource) if resource else None
        kinds = KINDS.get(resource_type, ()) if resource_type else None
        grants = [
            grant.describe()
            for grant in self._grants.of(call.caller.region)
            if arn in {None, grant.principal}
            and on in (None, grant.resource)
            and (kinds is None or grant.resource.kind in kinds)
        ]
        return Page.of(grants, next_token, max_results).answer("PrincipalResourcePermissions")

    def _grant(
        self,
        call: Call,
        principal: DataLakePrincipalTypeDef,
        resource: ResourceUnionTypeDef,
        permissions: Sequence[PermissionType],
        grantable: Sequence[PermissionType],
    ) -> None:
        region, arn, on = call.caller.region, principal.get("DataLakePrincipalIdentifier", ""), Resource.of(resource)
        self._require_grantable(call, on, permissions)
        check_principal(arn)
        on.check_permissions([*permissions, *grantable])
        on.check_exists(region, [location.arn for location in self._locations.of(region)])
        if not set(grantable) <= set(permissions):
            raise errors.invalid("PermissionsWithGrantOption has to be a part of Permissions.")
        grant = self._grants.find(region, arn, on) or Grant(region, arn, on)
        self._grants.add(grant, permissions, grantable, call.caller.arn)

    def _revoke(
        self,
        call: Call,
        principal: DataLakePrincipalTypeDef,
        resource: ResourceUnionTypeDef,
        permissions: Sequence[PermissionType],
        grantable: Sequence[PermissionType],
    ) -> None:
        arn, on = principal.get("DataLakePrincipalIdentifier", ""), Resource.of(resource)
        self._require_grantable(call, on, permissions)
        grant = self._grants.find(call.caller.region, arn, on)
        if grant is None or not set(permissions) <= grant.permissions or not set(grantable) <= grant.grantable:
            raise errors.nothing_to_revoke()
        self._grants.remove(grant, set(permissions), set(grantable))

    def _require_grantable(self, call: Call, resource: Resource, permissions: Sequence[PermissionType]) -> None:
        if not self._governance.may_grant(call.caller, resource, permissions):
            raise errors.not_administrator()


class LocationOperations:
    """Operations on registered locations."""

    def __init__(self, locations: Locations) -> None:
        self._locations = locations

    @operation
    def register_resource(
        self,
        call: Call,
        *,
        resource_arn: str,
        role_arn: str | None = None,
        use_service_linked_role: bool = False,
        with_federation: bool | None = None,
        hybrid_access_enabled: bool | None = None,
        with_privileged_access: bool | None = None,
        expected_resource_owner_account: str | None = None,
    ) -> Answer:
        """Register an S3 location with a role of the account's, or the service-linked one."""
        if not resource_arn.startswith("arn:aws:s3:::"):
            raise errors.invalid(f"{resource_arn} is no location in Amazon S3.")
        if (role_arn is None) == (not use_service_linked_role):
            raise errors.invalid("Either RoleArn or UseServiceLinkedRole has to be given.")
        location = Location(
            arn=resource_arn,
            role=role_arn or SERVICE_LINKED_ROLE,
            with_federation=with_federation,
            hybrid_access=hybrid_access_enabled,
            with_privileged_access=with_privileged_access,
            expected_owner=expected_resource_owner_account,
        )
        self._locations.add(call.caller.region, location)
        return {}

    @operation
    def update_resource(
        self,
        call: Call,
        *,
        resource_arn: str,
        role_arn: str,
        with_federation: bool | None = None,
        hybrid_access_enabled: bool | None = None,
        expected_resource_owner_account: str | None = None,
    ) -> Answer:
        """Change a location; members that are left out stay as they are."""
        location = self._locations.find(call.caller.region, resource_arn)
        location.role = role_arn
        location.with_federation = location.with_federation if with_federation is None else with_federation
        location.hybrid_access = location.hybrid_access if hybrid_access_enabled is None else hybrid_access_enabled
        location.expected_owner = expected_resource_owner_account or location.expected_owner
        location.updated = datetime.now(UTC)
        return {}

    @operation
    def describe_resource(self, call: Call, *, resource_arn: str) -> Answer:
        """Return a location."""
        return {"ResourceInfo": self._locations.find(call.caller.region, resource_arn).describe()}

    @operation
    def list_resources(self, call: Call, *, next_token: str | None = None, max_results: int | None = None) -> Answer:
        """List the locations."""
        locations = [location.describe() for location in self._locations.of(call.caller.region)]
        return Page.of(locations, next_token, max_results).answer("ResourceInfoList")

    @operation
    def deregister_resource(self, call: Call, *, resource_arn: str) -> Answer:
        """Deregister a location."""
        self._locations.remove(call.caller.region, resource_arn)
        return {}


class SettingsOperations:
    """Operations on data lake settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @operation
    def put_data_lake_settings(
        self, call: Call, *, data_lake_settings: DataLakeSettingsTypeDef, catalog_id: str = ACCOUNT
    ) -> Answer:
        """Replace all settings; administrators have to exist."""
        check_catalog(catalog_id)
        for administrator in data_lake_settings.get("DataLakeAdmins", []):
            check_principal(administrator.get("DataLakePrincipalIdentifier", ""))
        self._settings.put(call.caller.region, data_lake_settings)
        return {}

    @operation
    def get_data_lake_settings(self, call: Call, *, catalog_id: str = ACCOUNT) -> Answer:
        """Return all settings."""
        check_catalog(catalog_id)
        return {"DataLakeSettings": self._settings.of(call.caller.region)}


def _failures(
    call: Call,
    entries: Sequence[BatchPermissionsRequestEntryOutputTypeDef],
    change: Callable[
        [Call, DataLakePrincipalTypeDef, ResourceUnionTypeDef, Sequence[PermissionType], Sequence[PermissionType]], None
    ],
) -> list[BatchPermissionsFailureEntryTypeDef]:
    failures: list[BatchPermissionsFailureEntryTypeDef] = []
    for entry in entries:
        principal, resource = entry.get("Principal") or {}, entry.get("Resource") or {}
        permissions, grantable = entry.get("Permissions") or (), entry.get("PermissionsWithGrantOption") or ()
        try:
            change(call, principal, resource, permissions, grantable)
        except AwsError as error:
            failures.append({"RequestEntry": entry, "Error": {"ErrorCode": error.code, "ErrorMessage": error.message}})
    return failures
