"""What Lake Formation asks of whoever uses the Data Catalog and the data behind it, once IAM has allowed it.

A resource on which IAM_ALLOWED_PRINCIPALS holds a permission is open to everybody whom IAM allows, as all are in a new
account. Sources: Lake Formation developer guide, "Lake Formation permissions reference", "Implicit Lake Formation
permissions", "Changing the default settings for your data lake" and "Underlying data access control".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from localcloud.emulator.identity import come_from_here, scope
from localcloud.iam.authorization import authorize
from localcloud.iam.roles import RoleSession, assume_role
from localcloud.services.lakeformation import errors
from localcloud.services.lakeformation.models import SERVICE_LINKED_ROLE, Grant, Grants, Locations, Settings
from localcloud.services.lakeformation.resources import EVERYBODY, Resource, is_inside

if TYPE_CHECKING:
    from mypy_boto3_glue.type_defs import PrincipalPermissionsOutputTypeDef
    from mypy_boto3_lakeformation.literals import PermissionType
    from mypy_boto3_lakeformation.type_defs import PrincipalPermissionsTypeDef, ResourceUnionTypeDef

    from localcloud.http.request import Caller

SERVICE = "lakeformation.amazonaws.com"
# Of a database, a table: "permissions that are implicitly granted with" another one, by the permissions reference.
_IMPLIES_DESCRIBE = frozenset({"ALTER", "CREATE_TABLE", "DELETE", "DROP", "INSERT", "SELECT"})


class Governance:
    """The permissions on the databases and tables of all regions.

    Args:
        settings: who administers, and what is granted on what is created.
        grants: what was granted.
        locations: the registered locations.
        endpoint: the cloud's own, for those who read with a location's role.
    """

    def __init__(self, settings: Settings, grants: Grants, locations: Locations, endpoint: str) -> None:
        self._settings, self._grants, self._locations = settings, grants, locations
        self._endpoint = endpoint
        self._creators: dict[tuple[str, str, str], str] = {}
        """Principals by region, database and table, '' for the database itself."""

    def has(self, caller: Caller, permission: PermissionType, database: str, table: str = "") -> bool:
        """Return whether a caller has a permission on a database, or on a table of it."""
        database, table, identity = database.lower(), table.lower(), identity_of(caller.arn)
        if self._creators.get((caller.region, database, table)) == identity:
            return True
        if permission == "DESCRIBE" and identity in self.administrators(caller.region):
            return True
        if permission == "DESCRIBE" and not table and identity in self._creators_in(caller.region, database):
            return True
        held = self._held(caller.region, identity, database, table)
        return "ALL" in held or permission in held or (permission == "DESCRIBE" and bool(held & _IMPLIES_DESCRIBE))

    def require(self, caller: Caller, permission: PermissionType, database: str, table: str = "") -> None:
        """Check that a caller has a permission on a database, or on a table of it.

        Raises:
            AwsError: AccessDeniedException.
        """
        if not self.has(caller, permission, database, table):
            raise errors.insufficient(permission, table or database)

    def created(
        self,
        caller: Caller,
        database: str,
        table: str,
        defaults: Iterable[PrincipalPermissionsTypeDef | PrincipalPermissionsOutputTypeDef] | None,
    ) -> None:
        """Give a new database or table to its creator, and the default permissions to those who get them.

        Args:
            caller: the creator.
            database: the database.
            table: the table; '' for the database itself.
            defaults: the permissions of new tables of the database; None for the data lake's settings.
        """
        region = caller.region
        self._creators[region, database.lower(), table.lower()] = identity_of(caller.arn)
        if defaults is None:
            defaults = self.defaults(region, "Table" if table else "Database")
        on_table: ResourceUnionTypeDef = {"Table": {"DatabaseName": database.lower(), "Name": table.lower()}}
        on_database: ResourceUnionTypeDef = {"Database": {"Name": database.lower()}}
        resource = Resource.of(on_table if table else on_database)
        for default in defaults:
            principal = (default.get("Principal") or {}).get("DataLakePrincipalIdentifier", "")
            grant = Grant(region, principal, resource)
            self._grants.add(grant, default.get("Permissions") or (), (), caller.arn)

    def deleted(self, region: str, database: str, table: str = "") -> None:
        """Forget what was granted on a database with its tables, or on a table."""
        database, table = database.lower(), table.lower()
        for key in [key for key in self._creators if key[:2] == (region, database) and table in {"", key[2]}]:
            del self._creators[key]
        for grant in self._grants.of(region):
            on_database, on_table = _names(grant.resource)
            if on_database == database and (not table or on_table == table):
                self._grants.drop(grant)

    def defaults(self, region: str, kind: str) -> list[PrincipalPermissionsTypeDef]:
        """Return what the settings grant on a new database or table; `kind` is `Database` or `Table`."""
        settings: Mapping[str, Any] = self._settings.of(region)
        return list(settings.get(f"Create{kind}DefaultPermissions") or [])

    def administrators(self, region: str) -> set[str]:
        """Return the identities of a region's data lake administrators."""
        return {identity_of(arn) for arn in self._settings.administrators(region)}

    def may_grant(self, caller: Caller, resource: Resource, permissions: Iterable[PermissionType]) -> bool:
        """Return whether a caller administers, has created the resource, or may pass the permissions on."""
        identity = identity_of(caller.arn)
        if identity in self.administrators(caller.region):
            return True
        if resource.kind != "Catalog" and self._creators.get((caller.region, *_names(resource))) == identity:
            return True
        grantable: set[str] = set()
        for grant in self._grants.of(caller.region):
            if grant.resource == resource and identity_of(grant.principal) == identity:
                grantable |= grant.grantable
        return "ALL" in grantable or set(permissions) <= grantable

    def reader(self, caller: Caller, database: str, table: str, location: str) -> RoleSession | None:
        """Return who reads a table's data in S3 for a caller: the location's role; None for the caller by themself.

        Lake Formation hands out credentials for registered locations only, and none for what is open to everybody.

        Raises:
            AwsError: AccessDeniedException for who may not select from the table, AwsError of `assume_role`.
        """
        place = urlsplit(location)
        arn = f"arn:aws:s3:::{place.netloc}{place.path}".rstrip("/")
        registered = [one for one in self._locations.of(caller.region) if is_inside(arn, one.arn.rstrip("/"))]
        # In hybrid access mode only principals who opted in are governed; nobody can opt in here.
        if not registered or registered[0].hybrid_access or self._is_open(caller.region, database, table):
            return None
        with scope(caller.region):
            come_from_here()
            self.require(caller, "SELECT", database, table)
            authorize(caller, "lakeformation:GetDataAccess", "*")
        role = registered[0].role
        if role == SERVICE_LINKED_ROLE:
            return None
        source = f"arn:aws:lakeformation:{caller.region}:{role.split(':')[4]}:catalog"
        return assume_role(role, SERVICE, session_name="AWSLF-00-AT", source_arn=source, endpoint=self._endpoint)

    def _is_open(self, region: str, database: str, table: str) -> bool:
        return bool(self._of(region, EVERYBODY, database.lower(), table.lower()))

    def _held(self, region: str, identity: str, database: str, table: str) -> set[str]:
        return self._of(region, identity, database, table) | self._of(region, EVERYBODY, database, table)

    def _of(self, region: str, identity: str, database: str, table: str) -> set[str]:
        held: set[str] = set()
        for grant in self._grants.of(region):
            on_database, on_table = _names(grant.resource)
            is_this = on_database == database and (on_table in {table, "*"} if table else on_table == "")
            if is_this and identity_of(grant.principal) == identity:
                held |= grant.permissions
        return held

    def _creators_in(self, region: str, database: str) -> set[str]:
        return {creator for key, creator in self._creators.items() if key[:2] == (region, database)}


def identity_of(arn: str) -> str:
    """Return the same name for a role and its sessions; any other ARN as it is."""
    kind, _, session = arn.partition(":assumed-role/")
    if session:
        return f"role/{session.split('/')[0]}"
    return f"role/{arn.rpartition('/')[2]}" if ":role/" in kind else arn


def _names(resource: Resource) -> tuple[str, str]:
    """Return the database and the table that a grant is on: '' for none, `*` for all tables."""
    members = resource.members
    if resource.kind == "Database":
        return str(members["Name"]).lower(), ""
    if resource.kind in {"Table", "TableWithColumns"}:
        return str(members["DatabaseName"]).lower(), str(members.get("Name", "*")).lower()
    return "", ""
