"""Grants, registered locations and data lake settings, each by region."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from localcloud.layout import ACCOUNT
from localcloud.services.lakeformation import errors
from localcloud.services.lakeformation.resources import EVERYBODY, Resource

if TYPE_CHECKING:
    from mypy_boto3_lakeformation.literals import PermissionType
    from mypy_boto3_lakeformation.type_defs import (
        DataLakeSettingsTypeDef,
        PrincipalPermissionsTypeDef,
        PrincipalResourcePermissionsTypeDef,
        ResourceInfoTypeDef,
    )

SERVICE_LINKED_ROLE = (
    f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/lakeformation.amazonaws.com/AWSServiceRoleForLakeFormationDataAccess"
)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Grant:
    """What one principal may do with one resource, and what of it they may pass on."""

    region: str
    principal: str
    resource: Resource
    permissions: set[PermissionType] = field(default_factory=set["PermissionType"])
    grantable: set[PermissionType] = field(default_factory=set["PermissionType"])
    updated: datetime = field(default_factory=_now)
    updated_by: str = ""

    def describe(self) -> PrincipalResourcePermissionsTypeDef:
        """Return the grant as ListPermissions answers it."""
        return {
            "Principal": {"DataLakePrincipalIdentifier": self.principal},
            "Resource": self.resource.describe(),
            "Permissions": sorted(self.permissions),
            "PermissionsWithGrantOption": sorted(self.grantable),
            "LastUpdated": self.updated,
            "LastUpdatedBy": self.updated_by,
        }


class Grants:
    """The grants of all regions; a principal has at most one on a resource."""

    def __init__(self) -> None:
        self._grants: list[Grant] = []

    def of(self, region: str) -> list[Grant]:
        """Return a region's grants, oldest first."""
        return [grant for grant in self._grants if grant.region == region]

    def find(self, region: str, principal: str, resource: Resource) -> Grant | None:
        """Return what a principal may do with a resource; None for nothing."""
        key = (principal, resource)
        return next((grant for grant in self.of(region) if (grant.principal, grant.resource) == key), None)

    def add(
        self,
        grant: Grant,
        permissions: Iterable[PermissionType],
        grantable: Iterable[PermissionType],
        updated_by: str,
    ) -> None:
        """Add permissions to a grant, which may be new."""
        grant.permissions.update(permissions)
        grant.grantable.update(grantable)
        grant.updated, grant.updated_by = _now(), updated_by
        if grant not in self._grants:
            self._grants.append(grant)

    def drop(self, grant: Grant) -> None:
        """Remove a grant with all its permissions."""
        self._grants.remove(grant)

    def remove(self, grant: Grant, permissions: set[PermissionType], grantable: set[PermissionType]) -> None:
        """Take permissions from a grant, and what of them may be passed on; without any left the grant is gone."""
        # Where the grant option alone is taken, the permission itself stays.
        grant.permissions -= permissions
        grant.grantable -= grantable | permissions
        if not grant.permissions:
            self._grants.remove(grant)


@dataclass
class Location:
    """An S3 location that is registered with Lake Formation; flags are None where a request leaves them out."""

    arn: str
    role: str
    with_federation: bool | None = None
    hybrid_access: bool | None = None
    with_privileged_access: bool | None = None
    expected_owner: str | None = None
    updated: datetime = field(default_factory=_now)

    def describe(self) -> ResourceInfoTypeDef:
        """Return the ResourceInfo structure."""
        optional: dict[str, Any] = {
            "WithFederation": self.with_federation,
            "HybridAccessEnabled": self.hybrid_access,
            "WithPrivilegedAccess": self.with_privileged_access,
            "ExpectedResourceOwnerAccount": self.expected_owner,
        }
        members = {"ResourceArn": self.arn, "RoleArn": self.role, "LastModified": self.updated}
        present = {name: value for name, value in optional.items() if value is not None}
        return cast("ResourceInfoTypeDef", {**members, **present})


class Locations:
    """The registered locations of all regions."""

    def __init__(self) -> None:
        self._by_region: dict[str, dict[str, Location]] = {}

    def of(self, region: str) -> list[Location]:
        """Return a region's locations, oldest first."""
        return list(self._by_region.get(region, {}).values())

    def add(self, region: str, location: Location) -> None:
        """Register a location.

        Raises:
            AwsError: AlreadyExistsException.
        """
        locations = self._by_region.setdefault(region, {})
        if location.arn in locations:
            raise errors.already_registered()
        locations[location.arn] = location

    def find(self, region: str, arn: str) -> Location:
        """Return a location.

        Raises:
            AwsError: EntityNotFoundException.
        """
        location = self._by_region.get(region, {}).get(arn)
        if location is None:
            raise errors.not_registered(arn)
        return location

    def remove(self, region: str, arn: str) -> None:
        """Deregister a location.

        Raises:
            AwsError: EntityNotFoundException.
        """
        del self._by_region[region][self.find(region, arn).arn]


class Settings:
    """The data lake settings of all regions, first as in a new account."""

    def __init__(self) -> None:
        self._by_region: dict[str, DataLakeSettingsTypeDef] = {}

    def of(self, region: str) -> DataLakeSettingsTypeDef:
        """Return a region's settings."""
        everybody: PrincipalPermissionsTypeDef = {
            "Principal": {"DataLakePrincipalIdentifier": EVERYBODY},
            "Permissions": ["ALL"],
        }
        defaults: DataLakeSettingsTypeDef = {
            "DataLakeAdmins": [],
            "CreateDatabaseDefaultPermissions": [everybody],
            "CreateTableDefaultPermissions": [everybody],
        }
        return self._by_region.get(region, defaults)

    def put(self, region: str, settings: DataLakeSettingsTypeDef) -> None:
        """Replace a region's settings."""
        self._by_region[region] = settings

    def administrators(self, region: str) -> list[str]:
        """Return the ARNs of a region's data lake administrators."""
        return [admin.get("DataLakePrincipalIdentifier", "") for admin in self.of(region).get("DataLakeAdmins", [])]
