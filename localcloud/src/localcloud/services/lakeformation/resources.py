"""What Lake Formation gives permissions on and to whom, and whether it is there.

Source: Lake Formation developer guide, "Lake Formation permissions reference".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from localcloud.emulator import catalog
from localcloud.emulator.identity import role, scope, user_arn
from localcloud.layout import ACCOUNT
from localcloud.services.lakeformation import errors

if TYPE_CHECKING:
    from mypy_boto3_lakeformation.type_defs import ResourceOutputTypeDef, ResourceUnionTypeDef

EVERYBODY = "IAM_ALLOWED_PRINCIPALS"
"""The group of everybody whom IAM allows."""
KINDS: Mapping[str, tuple[str, ...]] = {
    "CATALOG": ("Catalog",),
    "DATABASE": ("Database",),
    "TABLE": ("Table", "TableWithColumns"),
    "DATA_LOCATION": ("DataLocation",),
}
"""The kinds of resource by ListPermissions' ResourceType."""
_PERMISSIONS: Mapping[str, frozenset[str]] = {
    "Catalog": frozenset({"CREATE_DATABASE"}),
    "Database": frozenset({"ALL", "ALTER", "CREATE_TABLE", "DESCRIBE", "DROP"}),
    "Table": frozenset({"ALL", "ALTER", "DELETE", "DESCRIBE", "DROP", "INSERT", "SELECT"}),
    "TableWithColumns": frozenset({"SELECT"}),
    "DataLocation": frozenset({"DATA_LOCATION_ACCESS"}),
}


@dataclass(frozen=True)
class Resource:
    """A resource of a grant: its kind, e.g. `Database`, and its members on the wire, the catalog's id among them."""

    kind: str
    members: Mapping[str, Any]

    @classmethod
    def of(cls, resource: ResourceUnionTypeDef) -> Resource:
        """Read a request's resource.

        Raises:
            AwsError: InvalidInputException for no resource, several, or one that the local cloud does not serve;
                EntityNotFoundException for another catalog.
        """
        by_kind = {kind: cast("Mapping[str, Any]", value) for kind, value in resource.items() if value is not None}
        if len(by_kind) != 1:
            raise errors.invalid(f"Exactly one resource has to be given, got {', '.join(by_kind) or 'none'}.")
        [(kind, members)] = by_kind.items()
        if kind not in _PERMISSIONS:
            raise errors.invalid(f"The local cloud gives permissions on {', '.join(_PERMISSIONS)}, not on {kind}.")
        if kind == "Table" and ("Name" in members) == ("TableWildcard" in members):
            raise errors.invalid("A table takes either Name or TableWildcard.")
        if kind == "TableWithColumns" and ("ColumnNames" in members) == ("ColumnWildcard" in members):
            raise errors.invalid("A table with columns takes either ColumnNames or ColumnWildcard.")
        catalog_id = "Id" if kind == "Catalog" else "CatalogId"
        check_catalog(members.get(catalog_id, ACCOUNT))
        return cls(kind, {catalog_id: ACCOUNT, **members})

    def check_permissions(self, permissions: Iterable[str]) -> None:
        """Refuse permissions that this kind of resource does not have.

        Raises:
            AwsError: InvalidInputException.
        """
        if unknown := sorted(set(permissions) - _PERMISSIONS[self.kind]):
            known = ", ".join(sorted(_PERMISSIONS[self.kind]))
            raise errors.invalid(f"Permissions {', '.join(unknown)} are not for a {self.kind}; it has {known}.")

    def check_exists(self, region: str, registered: Sequence[str]) -> None:
        """Refuse what is not in the region's Data Catalog, and locations outside of the registered ones, by their ARNs.

        Raises:
            AwsError: EntityNotFoundException, InvalidInputException.
        """
        if self.kind == "DataLocation":
            location = self.members["ResourceArn"]
            if not any(is_inside(location, arn) for arn in registered):
                raise errors.invalid(f"You must register the S3 path {location} first.")
        elif self.kind == "Database":
            with scope(region):
                _check_database(self.members["Name"])
        elif self.kind != "Catalog":
            with scope(region):
                self._check_table(self.members["DatabaseName"])

    def _check_table(self, database: str) -> None:
        _check_database(database)
        name = self.members.get("Name")
        if name is None:
            return
        table = catalog.table(database, name)
        if table is None:
            raise errors.not_found(f"Table {name} of {database}")
        columns = {column["Name"] for column in table.get("StorageDescriptor", {}).get("Columns", [])}
        if missing := sorted(set(self.members.get("ColumnNames", [])) - columns):
            raise errors.not_found(f"Column {', '.join(missing)} of {name}")

    def describe(self) -> ResourceOutputTypeDef:
        """Return the Resource structure."""
        return cast("ResourceOutputTypeDef", {self.kind: dict(self.members)})


def check_catalog(catalog_id: str) -> None:
    """Refuse a catalog that is not this account's.

    Raises:
        AwsError: EntityNotFoundException.
    """
    if catalog_id != ACCOUNT:
        raise errors.not_found(f"Catalog {catalog_id}")


def check_principal(arn: str) -> None:
    """Refuse a principal that is not in this account.

    Raises:
        AwsError: InvalidInputException.
    """
    if arn in {EVERYBODY, f"arn:aws:iam::{ACCOUNT}:root"} or arn.startswith(f"arn:aws:quicksight:us-east-1:{ACCOUNT}:"):
        return
    name = arn.rpartition("/")[2]
    named_role = role(name)
    if arn not in {named_role.arn if named_role else None, user_arn(name)}:
        raise errors.invalid(f"Invalid principal: {arn}.")


def _check_database(name: str) -> None:
    if catalog.database(name) is None:
        raise errors.not_found(f"Database {name}")


def is_inside(arn: str, location: str) -> bool:
    """Return whether an ARN is that of a location or of something below it."""
    return arn == location or arn.startswith(f"{location.rstrip('/')}/")
