"""Permissions of principals on resources, kept and checked; queries do not ask for them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from localcloud.http.errors import AwsError
from localcloud.http.paging import page
from localcloud.http.service import Call
from localcloud.services.lakeformation import resources
from localcloud.services.lakeformation.locations import Locations
from localcloud.services.lakeformation.settings import Settings

Record = dict[str, Any]


@dataclass
class Grant:
    """What one principal may do with one resource, and what of it they may pass on."""

    region: str
    principal: str
    kind: str
    resource: Record
    permissions: set[str]
    grantable: set[str]
    updated: datetime
    updated_by: str

    def listed(self) -> Record:
        """The grant as ListPermissions gives it."""
        return {
            "Principal": {"DataLakePrincipalIdentifier": self.principal},
            "Resource": {self.kind: self.resource},
            "Permissions": sorted(self.permissions),
            "PermissionsWithGrantOption": sorted(self.grantable),
            "LastUpdated": self.updated,
            "LastUpdatedBy": self.updated_by,
        }


class Grants:
    """All grants."""

    def __init__(self, settings: Settings, locations: Locations) -> None:
        self._settings = settings
        self._locations = locations
        self._grants: list[Grant] = []

    def grant(self, call: Call) -> Record:
        """GrantPermissions adds to what the principal has."""
        self._grant(call, call.input)
        return {}

    def revoke(self, call: Call) -> Record:
        """RevokePermissions."""
        self._revoke(call, call.input)
        return {}

    def batch(self, call: Call) -> Record:
        """BatchGrantPermissions and BatchRevokePermissions: each entry by itself."""
        change, failures = self._grant if call.operation.startswith("BatchGrant") else self._revoke, []
        for entry in call.input["Entries"]:
            try:
                change(call, entry)
            except AwsError as error:
                told = {"ErrorCode": error.code, "ErrorMessage": error.message}
                failures.append({"RequestEntry": entry, "Error": told})
        return {"Failures": failures}

    def list_permissions(self, call: Call) -> Record:
        """ListPermissions, by principal, resource or kind of resource."""
        principal = call.get("Principal", {}).get("DataLakePrincipalIdentifier")
        wanted = resources.settled(call.input["Resource"]) if call.get("Resource") else None
        kinds = resources.TYPES.get(call.get("ResourceType", ""), ())
        found = [
            grant.listed()
            for grant in self._grants
            if grant.region == call.caller.region
            and principal in (None, grant.principal)
            and wanted in (None, (grant.kind, grant.resource))
            and (not call.get("ResourceType") or grant.kind in kinds)
        ]
        return page(call, found, "PrincipalResourcePermissions")

    def _grant(self, call: Call, wanted: Record) -> None:
        self._settings.require_admin(call)
        principal = wanted["Principal"]["DataLakePrincipalIdentifier"]
        grantable = wanted.get("PermissionsWithGrantOption") or []
        kind, resource = resources.settled(wanted["Resource"])
        resources.check_principal(principal)
        resources.check_permissions(kind, [*wanted["Permissions"], *grantable])
        resources.check_exists(kind, resource, call.caller.region, self._locations.registered(call.caller.region))
        if not set(grantable) <= set(wanted["Permissions"]):
            raise resources.invalid("PermissionsWithGrantOption has to be a part of Permissions.")
        known = self._find(call, principal, kind, resource)
        if known is None:
            known = Grant(call.caller.region, principal, kind, resource, set(), set(), _now(), "")
            self._grants.append(known)
        known.permissions |= set(wanted["Permissions"])
        known.grantable |= set(grantable)
        known.updated, known.updated_by = _now(), call.caller.arn

    def _revoke(self, call: Call, wanted: Record) -> None:
        self._settings.require_admin(call)
        principal = wanted["Principal"]["DataLakePrincipalIdentifier"]
        kind, resource = resources.settled(wanted["Resource"])
        known = self._find(call, principal, kind, resource)
        gone, not_grantable = set(wanted["Permissions"]), set(wanted.get("PermissionsWithGrantOption") or [])
        if known is None or not gone <= known.permissions or not not_grantable <= known.grantable:
            raise resources.invalid("No permissions revoked. Grantee has no permissions and no grantable permissions.")
        # Without the grant option alone, the permission itself stays.
        known.permissions -= gone
        known.grantable -= not_grantable | gone
        if not known.permissions:
            self._grants.remove(known)

    def _find(self, call: Call, principal: str, kind: str, resource: Record) -> Grant | None:
        key = (call.caller.region, principal, kind, resource)
        return next((one for one in self._grants if key == (one.region, one.principal, one.kind, one.resource)), None)


def _now() -> datetime:
    return datetime.now(UTC)
