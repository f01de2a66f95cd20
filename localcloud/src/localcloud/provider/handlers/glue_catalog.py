"""Glue Data Catalog: databases and tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from localcloud.provider import tagging
from localcloud.provider.handler import Api, Field, Handler, Naming, Request, Tagging
from localcloud.provider.values import Props, Unknown

TAGGING: Final = Tagging(resource="ResourceArn", read="get_tags", member="Tags", added="TagsToAdd", keys="TagsToRemove")
_DATABASE: Final[Mapping[str, Field]] = {
    "name": Field(replace=True, computed=True),
    "catalogId": Field(replace=True, computed=True),
    "createTableDefaultPermissions": Field(computed=True),
    "description": Field(),
    "federatedDatabase": Field(),
    "locationUri": Field(computed=True),
    "parameters": Field(),
    "targetDatabase": Field(replace=True),
    "tags": Field(),
}
_OUTSIDE: Final = frozenset({"catalogId", "databaseName", "tags", "region", "__defaults"})
"""Inputs that are no part of a DatabaseInput or TableInput."""


def _catalog(api: Api, props: Props) -> Any:
    return props.get("catalogId") or api.place.account


def _inner(api: Api, operation: str, member: str, inputs: Props, renames: Mapping[str, str]) -> dict[str, Any]:
    """Give the one structure that holds nearly all inputs."""
    given = {name: value for name, value in inputs.items() if name not in _OUTSIDE}
    return api.build(operation, {"it": Field(to=member, renames=renames)}, {"it": given})


def _create_database(api: Api, inputs: Props) -> Request:
    params = {
        "CatalogId": _catalog(api, inputs),
        **_inner(api, "create_database", "DatabaseInput", inputs, {}),
        **api.build("create_database", {"tags": Field()}, inputs),
    }
    return Request("create_database", params)


def _database_names(database_id: str) -> dict[str, str]:
    catalog, _, name = database_id.partition(":")
    return {"CatalogId": catalog, "Name": name}


def _read_database(api: Api, database_id: str, _: Props) -> Props | None:
    found = api.find("get_database", **_database_names(database_id))
    if found is None:
        return None
    arn = api.place.arn("glue", f"database/{found['Database']['Name']}")
    return {
        **api.parse("get_database", _DATABASE, found["Database"], "Database"),
        "catalogId": found["Database"].get("CatalogId", api.place.account),
        "tags": tagging.read(TAGGING, api, arn),
        "arn": arn,
    }


def _update_database(api: Api, database_id: Any, _old: Props, new: Props, changed: frozenset[str]) -> list[Request]:
    # UpdateDatabase replaces the whole definition.
    if not changed - {"tags"}:
        return []
    names = _database_names(database_id) if isinstance(database_id, str) else {"Name": new["name"]}
    return [Request("update_database", {**names, **_inner(api, "update_database", "DatabaseInput", new, {})})]


def _lower_case(inputs: Props) -> list[tuple[str, str]]:
    """Check names as Athena and pulumi-aws demand them (Athena user guide, "Name databases, tables, and columns")."""
    name = inputs.get("name")
    if isinstance(name, Unknown) or name is None or name == str(name).lower():
        return []
    return [("name", f"is {name}, expected no upper-case characters")]


CATALOG_DATABASE: Final = Handler(
    service="glue",
    fields=_DATABASE,
    outputs=("arn",),
    naming=Naming(longest=255, lower=True),
    tagging=TAGGING,
    create=_create_database,
    identify=lambda api, inputs, response: f"{_catalog(api, inputs)}:{inputs['name']}",
    read=_read_database,
    update=_update_database,
    delete=lambda api, database_id, state: [Request("delete_database", _database_names(database_id))],
    check=_lower_case,
)

_TABLE_RENAMES: Final = {"serDeInfo": "SerdeInfo"}
_TABLE: Final[Mapping[str, Field]] = {
    "name": Field(replace=True, computed=True),
    "databaseName": Field(replace=True),
    "catalogId": Field(replace=True, computed=True),
    "description": Field(),
    "owner": Field(),
    "parameters": Field(),
    "partitionKeys": Field(),
    "retention": Field(default=0),
    "storageDescriptor": Field(renames=_TABLE_RENAMES, nested={"numberOfBuckets": 0}),
    "tableType": Field(computed=True),
    "targetTable": Field(),
    "viewExpandedText": Field(),
    "viewOriginalText": Field(),
}


def _table_names(table_id: str) -> dict[str, str]:
    catalog, database, name = table_id.split(":", 2)
    return {"CatalogId": catalog, "DatabaseName": database, "Name": name}


def _table(api: Api, operation: str, inputs: Props) -> Request:
    params = {
        "CatalogId": _catalog(api, inputs),
        "DatabaseName": inputs["databaseName"],
        **_inner(api, operation, "TableInput", inputs, _TABLE_RENAMES),
    }
    return Request(operation, params)


def _read_table(api: Api, table_id: str, _: Props) -> Props | None:
    found = api.find("get_table", **_table_names(table_id))
    if found is None:
        return None
    table: dict[str, Any] = found["Table"]
    return {
        **api.parse("get_table", _TABLE, table, "Table"),
        "catalogId": table.get("CatalogId", api.place.account),
        "retention": table.get("Retention", 0),
        "arn": api.place.arn("glue", f"table/{table['DatabaseName']}/{table['Name']}"),
    }


def _check_table(inputs: Props) -> list[tuple[str, str]]:
    storage: Any = inputs.get("storageDescriptor")
    columns = storage.get("columns") if isinstance(storage, dict) else None
    lists = (items for items in (columns, inputs.get("partitionKeys")) if isinstance(items, list))
    names = [item.get("name") for items in lists for item in items if isinstance(item, dict)]
    # Hive and Athena refuse a table whose partition column repeats a column (HIVE_INVALID_METADATA).
    twice = sorted({str(name) for name in names if isinstance(name, str) and names.count(name) > 1})
    return [
        *_lower_case(inputs),
        *(("storageDescriptor.columns", f"the column {name} is there twice") for name in twice),
    ]


CATALOG_TABLE: Final = Handler(
    service="glue",
    fields=_TABLE,
    outputs=("arn",),
    identity=("databaseName", "name"),
    naming=Naming(longest=255, lower=True),
    create=lambda api, inputs: _table(api, "create_table", inputs),
    identify=lambda api, inputs, response: f"{_catalog(api, inputs)}:{inputs['databaseName']}:{inputs['name']}",
    read=_read_table,
    # UpdateTable replaces the whole definition.
    update=lambda api, table_id, old, new, changed: [_table(api, "update_table", new)],
    delete=lambda api, table_id, state: [Request("delete_table", _table_names(table_id))],
    check=_check_table,
)
