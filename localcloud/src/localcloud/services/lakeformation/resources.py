"""What Lake Formation gives permissions on, and which permissions each of it has.

Source: Lake Formation developer guide, "Lake Formation permissions reference".
"""

from collections.abc import Mapping
from typing import Any

from localcloud.emulator import catalog
from localcloud.emulator.identity import role, scope, user_arn
from localcloud.http.errors import AwsError
from localcloud.layout import ACCOUNT

Record = dict[str, Any]
_TABLE = frozenset({"ALL", "ALTER", "DELETE", "DESCRIBE", "DROP", "INSERT", "SELECT"})
_PERMISSIONS: Mapping[str, frozenset[str]] = {
    "Catalog": frozenset({"CREATE_DATABASE"}),
    "Database": frozenset({"ALL", "ALTER", "CREATE_TABLE", "DESCRIBE", "DROP"}),
    "Table": _TABLE,
    "TableWithColumns": frozenset({"SELECT"}),
    "DataLocation": frozenset({"DATA_LOCATION_ACCESS"}),
}
TYPES: Mapping[str, tuple[str, ...]] = {
    "CATALOG": ("Catalog",),
    "DATABASE": ("Database",),
    "TABLE": ("Table", "TableWithColumns"),
    "DATA_LOCATION": ("DataLocation",),
}
"""The kinds of resource by ListPermissions' ResourceType."""
EVERYBODY = "IAM_ALLOWED_PRINCIPALS"


def settled(resource: Mapping[str, Any]) -> tuple[str, Record]:
    """A request's resource as it is kept: its kind, and its members with the catalog's ID.

    Raises:
        AwsError: InvalidInputException for no resource, several, or one that the local cloud does not serve.
    """
    given = {kind: value for kind, value in resource.items() if value is not None}
    if len(given) != 1:
        raise invalid(f"Exactly one resource has to be given, got {', '.join(given) or 'none'}.")
    [(kind, value)] = given.items()
    if kind not in _PERMISSIONS:
        raise invalid(f"The local cloud gives permissions on {', '.join(_PERMISSIONS)}, not on {kind}.")
    catalog = "Id" if kind == "Catalog" else "CatalogId"
    kept = {catalog: ACCOUNT, **value}
    if kept[catalog] != ACCOUNT:
        raise AwsError("EntityNotFoundException", f"Catalog {kept[catalog]} is not found.")
    if kind == "Table" and ("Name" in kept) == ("TableWildcard" in kept):
        raise invalid("A table takes either Name or TableWildcard.")
    if kind == "TableWithColumns" and ("ColumnNames" in kept) == ("ColumnWildcard" in kept):
        raise invalid("A table with columns takes either ColumnNames or ColumnWildcard.")
    return kind, kept


def check_permissions(kind: str, permissions: list[str]) -> None:
    """Refuses permissions that a kind of resource does not have.

    Raises:
        AwsError: InvalidInputException.
    """
    if unknown := sorted(set(permissions) - _PERMISSIONS[kind]):
        known = ", ".join(sorted(_PERMISSIONS[kind]))
        raise invalid(f"Permissions {', '.join(unknown)} are not for a {kind}; it has {known}.")


def check_exists(kind: str, resource: Mapping[str, Any], region: str, registered: Mapping[str, Any]) -> None:
    """Refuses what is not in the Data Catalog, and locations that are not registered.

    Raises:
        AwsError: EntityNotFoundException, InvalidInputException.
    """
    if kind == "DataLocation" and not any(_inside(resource["ResourceArn"], arn) for arn in registered):
        raise invalid(f"You must register the S3 path {resource['ResourceArn']} first.")
    database = resource.get("Name") if kind == "Database" else resource.get("DatabaseName")
    with scope(region):
        if database and catalog.database(database) is None:
            raise AwsError("EntityNotFoundException", f"Database {database} is not found.")
        table = None if kind == "Database" else resource.get("Name")
        found = catalog.table(str(database), table) if table else None
    if table and found is None:
        raise AwsError("EntityNotFoundException", f"Table {table} of {database} is not found.")
    columns = {column["Name"] for column in (found or {}).get("StorageDescriptor", {}).get("Columns", [])}
    if missing := sorted(set(resource.get("ColumnNames", [])) - columns):
        raise AwsError("EntityNotFoundException", f"Columns {', '.join(missing)} of {table} are not found.")


def check_principal(arn: str) -> None:
    """Refuses a principal that is not in this account.

    Raises:
        AwsError: InvalidInputException.
    """
    if arn in {EVERYBODY, f"arn:aws:iam::{ACCOUNT}:root"} or arn.startswith(f"arn:aws:quicksight:us-east-1:{ACCOUNT}:"):
        return
    name = arn.rpartition("/")[2]
    if ((named := role(name)) and named.arn == arn) or user_arn(name) == arn:
        return
    raise invalid(f"Invalid principal: {arn}.")


def _inside(arn: str, location: str) -> bool:
    return arn == location or arn.startswith(f"{location.rstrip('/')}/")


def invalid(message: str) -> AwsError:
    """An input that Lake Formation refuses."""
    return AwsError("InvalidInputException", message)
