"""Databases and tables: what the emulator's catalog leaves out of Glue's behaviour."""

from typing import Any

from localcloud.emulator import catalog
from localcloud.http.errors import AwsError
from localcloud.http.service import Call, Handler
from localcloud.layout import ACCOUNT
from localcloud.services.glue.emulated import perform

Record = dict[str, Any]
# Lake Formation's default for new databases (Glue API reference, "CreateTableDefaultPermissions").
_EVERYBODY = [{"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}, "Permissions": ["ALL"]}]
_DATABASE_MEMBERS = ("CreateTableDefaultPermissions", "TargetDatabase", "FederatedDatabase")
_TABLE_MEMBERS = ("Retention", "LastAnalyzedTime", "TargetTable")
# UpdateTable replaces the whole definition: what the new one leaves out is gone.
_TABLE_DEFAULTS: Record = {
    "Description": "",
    "Owner": "",
    "PartitionKeys": [],
    "TableType": None,
    "Parameters": {},
    "StorageDescriptor": {},
    "ViewOriginalText": None,
    "ViewExpandedText": None,
    "Retention": 0,
    "TargetTable": None,
}


def folded(handler: Handler) -> Handler:
    """A handler that gets database and table names in lower case, as Glue stores them; other catalogs are unknown."""

    def with_folded_names(call: Call) -> Record:
        if call.get("CatalogId", ACCOUNT) != ACCOUNT:
            raise AwsError("EntityNotFoundException", f"Catalog {call.input['CatalogId']} not found.")
        given = dict(call.input)
        for member in ("DatabaseName", "TableName", "Name"):
            if isinstance(given.get(member), str):
                given[member] = given[member].lower()
        for member in ("DatabaseInput", "TableInput"):
            if member in given:
                given[member] = {**given[member], "Name": given[member]["Name"].lower()}
        if "TablesToDelete" in given:
            given["TablesToDelete"] = [name.lower() for name in given["TablesToDelete"]]
        return handler(Call(call.operation, call.caller, given))

    return with_folded_names


def create_database(call: Call) -> Record:
    """CreateDatabase."""
    answer = perform(call)
    given = call.input["DatabaseInput"]
    record = _database(given["Name"])
    record.update({member: given[member] for member in _DATABASE_MEMBERS if member in given})
    record.setdefault("CreateTableDefaultPermissions", list(_EVERYBODY))
    return answer


def update_database(call: Call) -> Record:
    """UpdateDatabase: replaces the definition."""
    answer = perform(call)
    given, record = call.input["DatabaseInput"], _database(call.input["Name"])
    record.update(
        Description=given.get("Description", ""),
        LocationUri=given.get("LocationUri"),
        Parameters=given.get("Parameters", {}),
        CreateTableDefaultPermissions=given.get("CreateTableDefaultPermissions", list(_EVERYBODY)),
    )
    return answer


def create_table(call: Call) -> Record:
    """CreateTable."""
    given = call.input["TableInput"]
    _check_columns(given)
    answer = perform(call)
    record = table(call.input["DatabaseName"], given["Name"])
    record.update(TableType=given.get("TableType"), Retention=0)
    record.update({member: given[member] for member in _TABLE_MEMBERS if member in given})
    record["CreatedBy"] = call.caller.arn
    return answer


def update_table(call: Call) -> Record:
    """UpdateTable: replaces the definition."""
    given = call.input["TableInput"]
    _check_columns(given)
    whole = {**_TABLE_DEFAULTS, **given}
    answer = perform(Call(call.operation, call.caller, {**call.input, "TableInput": whole}))
    record = table(call.input["DatabaseName"], given["Name"])
    record.update({member: whole.get(member) for member in _TABLE_MEMBERS})
    return answer


def _database(name: str) -> Record:
    record = catalog.database(name)
    if record is None:
        raise AwsError("EntityNotFoundException", f"Database {name} not found.")
    return record


def table(database: str, name: str) -> Record:
    """A table's record.

    Raises:
        AwsError: EntityNotFoundException.
    """
    record = catalog.table(database, name)
    if record is None:
        raise AwsError("EntityNotFoundException", f"Table {name} not found.")
    return record


def _check_columns(given: Record) -> None:
    columns = (given.get("StorageDescriptor") or {}).get("Columns") or []
    names = [column["Name"].lower() for column in [*columns, *(given.get("PartitionKeys") or [])]]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise AwsError("InvalidInputException", f"Column names have to be unique: {', '.join(twice)}")
