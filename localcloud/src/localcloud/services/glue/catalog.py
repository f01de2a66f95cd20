"""Operations on the Data Catalog: the emulator keeps it, behind our validation and authorization.

Names of databases and tables are in lower case, as Glue stores them; there is one catalog, the account's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import duckdb
import sqlglot
from sqlglot.errors import SqlglotError

from localcloud.emulator import catalog as emulated
from localcloud.http.errors import AwsError
from localcloud.http.paging import Page
from localcloud.http.service import Answer, Call, operation
from localcloud.layout import ACCOUNT
from localcloud.services.athena.engine.errors import QueryError
from localcloud.services.athena.engine.partitions import rows_where
from localcloud.services.glue import errors
from localcloud.services.lakeformation.governance import Governance

if TYPE_CHECKING:
    from mypy_boto3_glue.type_defs import (
        ColumnOutputTypeDef,
        DatabaseInputTypeDef,
        DatabaseTypeDef,
        ErrorDetailTypeDef,
        PartitionErrorTypeDef,
        PartitionInputTypeDef,
        PartitionTypeDef,
        PartitionValueListTypeDef,
        StorageDescriptorOutputTypeDef,
        TableInputTypeDef,
        TableTypeDef,
    )

_DATABASE_MEMBERS = ("CreateTableDefaultPermissions", "TargetDatabase", "FederatedDatabase")
_TABLE_MEMBERS = ("Retention", "LastAnalyzedTime", "TargetTable")
# UpdateTable replaces the whole definition: what the new one leaves out is gone.
_TABLE_DEFAULTS: Mapping[str, object] = {
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
_PARTITION_IDENTITY = ("DatabaseName", "TableName", "CreationTime", "CatalogId")
_PARTITIONS_PAGE = 1000


class CatalogOperations:
    """Operations on databases, tables and partition indexes.

    The emulator answers them all, with the members that are not named here; what it leaves out of Glue's behaviour is
    added. Lists leave out what Lake Formation does not grant their caller.
    """

    def __init__(self, governance: Governance) -> None:
        self._governance = governance

    @operation
    def get_database(self, call: Call, **_forwarded: object) -> Answer:
        """Have the emulator answer the call."""
        return _perform(call)

    get_table = create_partition_index = get_partition_indexes = get_database

    @operation
    def get_databases(self, call: Call, **_forwarded: object) -> Answer:
        """List the databases that the caller may describe."""
        answer = _perform(call)
        databases = [
            database
            for database in answer["DatabaseList"]
            if self._governance.has(call.caller, "DESCRIBE", database["Name"])
        ]
        return {**answer, "DatabaseList": databases}

    @operation
    def get_tables(self, call: Call, *, database_name: str, **_forwarded: object) -> Answer:
        """List the tables of a database that the caller may describe."""
        answer = _perform(call)
        tables = [
            table
            for table in answer["TableList"]
            if self._governance.has(call.caller, "DESCRIBE", database_name, table["Name"])
        ]
        return {**answer, "TableList": tables}

    @operation
    def delete_database(self, call: Call, *, name: str, **_forwarded: object) -> Answer:
        """Delete a database with its tables."""
        answer = _perform(call)
        self._governance.deleted(call.caller.region, name)
        return answer

    @operation
    def delete_table(self, call: Call, *, database_name: str, name: str, **_forwarded: object) -> Answer:
        """Delete a table."""
        answer = _perform(call)
        self._governance.deleted(call.caller.region, database_name, name)
        return answer

    @operation
    def batch_delete_table(
        self, call: Call, *, database_name: str, tables_to_delete: Sequence[str], **_forwarded: object
    ) -> Answer:
        """Delete tables."""
        answer = _perform(call)
        for name in tables_to_delete:
            self._governance.deleted(call.caller.region, database_name, name)
        return answer

    @operation
    def create_database(self, call: Call, *, database_input: DatabaseInputTypeDef, **_forwarded: object) -> Answer:
        """Create a database."""
        answer = _perform(call)
        name = database_input["Name"]
        _update_database(
            name, {member: value for member, value in database_input.items() if member in _DATABASE_MEMBERS}
        )
        if "CreateTableDefaultPermissions" not in _database(name):
            _update_database(name, self._table_defaults(call))
        self._governance.created(call.caller, name, "", None)
        return answer

    @operation
    def update_database(
        self, call: Call, *, name: str, database_input: DatabaseInputTypeDef, **_forwarded: object
    ) -> Answer:
        """Replace a database's definition."""
        answer = _perform(call)
        _update_database(
            name,
            {
                "Description": database_input.get("Description", ""),
                "LocationUri": database_input.get("LocationUri"),
                "Parameters": database_input.get("Parameters", {}),
                **self._table_defaults(call),
                **{name: value for name, value in database_input.items() if name == "CreateTableDefaultPermissions"},
            },
        )
        return answer

    def _table_defaults(self, call: Call) -> Mapping[str, object]:
        return {"CreateTableDefaultPermissions": self._governance.defaults(call.caller.region, "Table")}

    @operation
    def create_table(
        self, call: Call, *, database_name: str, table_input: TableInputTypeDef, **_forwarded: object
    ) -> Answer:
        """Create a table."""
        _check_columns(table_input)
        answer = _perform(call)
        members = {member: value for member, value in table_input.items() if member in _TABLE_MEMBERS}
        defaults = {"TableType": table_input.get("TableType"), "Retention": 0}
        name = table_input["Name"]
        _update_table(database_name, name, {**defaults, **members, "CreatedBy": call.caller.arn})
        permissions = _database(database_name).get("CreateTableDefaultPermissions") or []
        self._governance.created(call.caller, database_name, name, permissions)
        return answer

    @operation
    def update_table(
        self, call: Call, *, database_name: str, table_input: TableInputTypeDef, **_forwarded: object
    ) -> Answer:
        """Replace a table's definition."""
        _check_columns(table_input)
        definition: Mapping[str, object] = {**_TABLE_DEFAULTS, **table_input}
        answer = _perform(call, TableInput=definition)
        _update_table(database_name, table_input["Name"], {name: definition.get(name) for name in _TABLE_MEMBERS})
        return answer


class PartitionOperations:
    """Operations on partitions: those that the emulator lacks, or answers without a look at the table."""

    @operation
    def get_partition(self, call: Call, *, database_name: str, table_name: str, **_forwarded: object) -> Answer:
        """Have the emulator answer the call, for a table that exists."""
        _table(database_name, table_name)
        return _perform(call)

    batch_get_partition = batch_update_partition = get_partition

    @operation
    def create_partition(
        self,
        call: Call,
        *,
        database_name: str,
        table_name: str,
        partition_input: PartitionInputTypeDef,
        catalog_id: str = ACCOUNT,
    ) -> Answer:
        """Create a partition."""
        check_catalog(catalog_id)
        _check_values(_table(database_name, table_name), [partition_input])
        return _perform(call)

    @operation
    def batch_create_partition(
        self,
        call: Call,
        *,
        database_name: str,
        table_name: str,
        partition_input_list: Sequence[PartitionInputTypeDef],
        catalog_id: str = ACCOUNT,
    ) -> Answer:
        """Create partitions."""
        check_catalog(catalog_id)
        _check_values(_table(database_name, table_name), partition_input_list)
        return _perform(call)

    @operation
    def get_partitions(
        self,
        _call: Call,
        *,
        database_name: str,
        table_name: str,
        catalog_id: str = ACCOUNT,
        expression: str | None = None,
        next_token: str | None = None,
        max_results: int | None = None,
        exclude_column_schema: bool = False,
    ) -> Answer:
        """List a table's partitions, or those for whose keys an expression holds; without their columns if asked."""
        check_catalog(catalog_id)
        table, partitions = _table(database_name, table_name), _partitions(database_name, table_name)
        if expression:
            partitions = _matching(partitions, table.get("PartitionKeys", []), expression)
        if exclude_column_schema:
            partitions = [_without_columns(partition) for partition in partitions]
        return Page.of(partitions, next_token, max_results, _PARTITIONS_PAGE).answer("Partitions")

    @operation
    def update_partition(
        self,
        _call: Call,
        *,
        database_name: str,
        table_name: str,
        partition_value_list: Sequence[str],
        partition_input: PartitionInputTypeDef,
        catalog_id: str = ACCOUNT,
    ) -> Answer:
        """Replace a partition's definition."""
        check_catalog(catalog_id)
        partition = _partition(database_name, table_name, partition_value_list)
        identity = {name: value for name, value in partition.items() if name in _PARTITION_IDENTITY}
        updated = cast("PartitionTypeDef", {**partition_input, **identity})
        _replace_partition(database_name, table_name, partition, [updated])
        return {}

    @operation
    def delete_partition(
        self,
        _call: Call,
        *,
        database_name: str,
        table_name: str,
        partition_values: Sequence[str],
        catalog_id: str = ACCOUNT,
    ) -> Answer:
        """Delete a partition."""
        check_catalog(catalog_id)
        _delete_partition(database_name, table_name, partition_values)
        return {}

    @operation
    def batch_delete_partition(
        self,
        _call: Call,
        *,
        database_name: str,
        table_name: str,
        partitions_to_delete: Sequence[PartitionValueListTypeDef],
        catalog_id: str = ACCOUNT,
    ) -> Answer:
        """Delete partitions; those that do not exist are listed."""
        check_catalog(catalog_id)
        failures: list[PartitionErrorTypeDef] = []
        for partition in partitions_to_delete:
            try:
                _delete_partition(database_name, table_name, partition["Values"])
            except AwsError as error:
                detail: ErrorDetailTypeDef = {"ErrorCode": error.code, "ErrorMessage": error.message}
                failures.append({"PartitionValues": list(partition["Values"]), "ErrorDetail": detail})
        return {"Errors": failures}


def _perform(call: Call, **changes: object) -> Answer:
    """Have the emulator answer a call, with some members changed."""
    check_catalog(call.get("CatalogId", ACCOUNT))
    members: dict[str, Any] = {**call.input, **changes}
    for member in ("DatabaseName", "TableName", "Name"):
        if isinstance(name := members.get(member), str):
            members[member] = name.lower()
    for member in ("DatabaseInput", "TableInput"):
        if definition := members.get(member):
            members[member] = {**definition, "Name": definition["Name"].lower()}
    if "TablesToDelete" in members:
        members["TablesToDelete"] = [name.lower() for name in members["TablesToDelete"]]
    return emulated.perform(call.operation, members)


def check_catalog(catalog_id: str) -> None:
    """Refuse a catalog that is not this account's.

    Raises:
        AwsError: EntityNotFoundException.
    """
    if catalog_id != ACCOUNT:
        raise errors.not_found(f"Catalog {catalog_id}")


def _database(name: str) -> DatabaseTypeDef:
    database = emulated.database(name.lower())
    if database is None:
        raise errors.not_found(f"Database {name}")
    return database


def _update_database(name: str, members: Mapping[str, object]) -> None:
    _database(name)
    emulated.update_database(name.lower(), members)


def _table(database: str, name: str) -> TableTypeDef:
    table = emulated.table(database.lower(), name.lower())
    if table is None:
        raise errors.not_found(f"Table {name.lower()}")
    return table


def _update_table(database: str, name: str, members: Mapping[str, object]) -> None:
    _table(database, name)
    emulated.update_table(database.lower(), name.lower(), members)


def _check_columns(table: TableInputTypeDef) -> None:
    columns = (table.get("StorageDescriptor") or {}).get("Columns") or []
    names = [column["Name"].lower() for column in [*columns, *(table.get("PartitionKeys") or [])]]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise errors.invalid(f"Column names have to be unique: {', '.join(repeated)}")


def _partitions(database: str, table: str) -> list[PartitionTypeDef]:
    return list(emulated.partitions(database.lower(), table.lower()))


def _partition(database: str, table: str, values: Sequence[str]) -> PartitionTypeDef:
    _table(database, table)
    for partition in _partitions(database, table):
        if partition.get("Values") == values:
            return partition
    raise errors.no_partition()


def _delete_partition(database: str, table: str, values: Sequence[str]) -> None:
    _replace_partition(database, table, _partition(database, table, values), [])


def _replace_partition(
    database: str, table: str, partition: PartitionTypeDef, replacement: Sequence[PartitionTypeDef]
) -> None:
    partitions = [new for old in _partitions(database, table) for new in (replacement if old is partition else [old])]
    emulated.set_partitions(database.lower(), table.lower(), partitions)


def _without_columns(partition: PartitionTypeDef) -> PartitionTypeDef:
    storage: StorageDescriptorOutputTypeDef = {**partition.get("StorageDescriptor", {})}
    storage.pop("Columns", None)
    return {**partition, "StorageDescriptor": storage}


def _check_values(table: TableTypeDef, partitions: Sequence[PartitionInputTypeDef]) -> None:
    keys = table.get("PartitionKeys", [])
    if any(len(partition.get("Values") or []) != len(keys) for partition in partitions):
        raise errors.invalid("The number of partition keys do not match the number of partition values")


def _matching(
    partitions: Sequence[PartitionTypeDef], keys: Sequence[ColumnOutputTypeDef], expression: str
) -> list[PartitionTypeDef]:
    """Return the partitions for which an expression on the partition keys holds."""
    values = [partition.get("Values", []) for partition in partitions]
    columns = [(key["Name"], key.get("Type", "string")) for key in keys]
    try:
        condition = sqlglot.parse_one(expression, read="hive").sql("duckdb")
        with duckdb.connect(":memory:", config={"enable_external_access": "false"}) as engine:
            indices = rows_where(values, columns, condition, engine)
    except (SqlglotError, duckdb.Error, QueryError) as error:
        raise errors.invalid(f"Unsupported expression '{expression}'") from error
    return [partitions[index] for index in indices]
