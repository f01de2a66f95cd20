"""Athena's view of the Glue catalog, read with the caller's permissions."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from localcloud.http.client_errors import DENIALS, denial_text, error_code
from localcloud.http.errors import AwsError
from localcloud.http.paging import page
from localcloud.http.service import Call, Handler
from localcloud.iam.gate import Caller
from localcloud.server.clients import Clients
from localcloud.services.athena.errors import invalid
from localcloud.services.athena.names import DATA_CATALOG

Record = dict[str, Any]


class Metadata:
    """The one data catalog, AwsDataCatalog."""

    def __init__(self, clients_of: Callable[[Caller], Clients]) -> None:
        self._clients_of = clients_of

    def handlers(self) -> dict[str, Handler]:
        """The operations on catalogs, databases and tables."""
        return {
            "ListDataCatalogs": self._catalogs,
            "GetDataCatalog": self._catalog,
            "ListDatabases": self._databases,
            "GetDatabase": self._database,
            "ListTableMetadata": self._tables,
            "GetTableMetadata": self._table,
        }

    @staticmethod
    def _catalogs(call: Call) -> Record:
        return page(call, [{"CatalogName": DATA_CATALOG, "Type": "GLUE"}], "DataCatalogsSummary", default_size=50)

    @staticmethod
    def _catalog(call: Call) -> Record:
        _known(call.input["Name"])
        return {"DataCatalog": {"Name": DATA_CATALOG, "Type": "GLUE"}}

    def _databases(self, call: Call) -> Record:
        answer = self._glue(call, "get_databases")
        return page(call, [_database(found) for found in answer["DatabaseList"]], "DatabaseList", default_size=50)

    def _database(self, call: Call) -> Record:
        return {"Database": _database(self._glue(call, "get_database", Name=call.input["DatabaseName"])["Database"])}

    def _tables(self, call: Call) -> Record:
        answer = self._glue(call, "get_tables", DatabaseName=call.input["DatabaseName"])
        return page(call, [_table(found) for found in answer["TableList"]], "TableMetadataList", default_size=50)

    def _table(self, call: Call) -> Record:
        given = {"DatabaseName": call.input["DatabaseName"], "Name": call.input["TableName"]}
        return {"TableMetadata": _table(self._glue(call, "get_table", **given)["Table"])}

    def _glue(self, call: Call, operation: str, **arguments: Any) -> Record:
        _known(call.input["CatalogName"])
        try:
            return getattr(self._clients_of(call.caller)("glue"), operation)(**arguments)
        except ClientError as error:
            if error_code(error) in DENIALS:
                raise AwsError("AccessDeniedException", denial_text(error)) from error
            raise AwsError("MetadataException", denial_text(error)) from error


def _known(catalog: str) -> None:
    if catalog.lower() != DATA_CATALOG.lower():
        raise invalid(f"Data catalog {catalog} was not found")


def _database(record: Record) -> Record:
    kept = {"Name": record["Name"], "Parameters": record.get("Parameters") or {}}
    return {**kept, "Description": record["Description"]} if record.get("Description") else kept


def _table(record: Record) -> Record:
    descriptor = record.get("StorageDescriptor") or {}
    return {
        "Name": record["Name"],
        "CreateTime": record["CreateTime"],
        "TableType": record.get("TableType", ""),
        "Columns": [_column(column) for column in descriptor.get("Columns") or []],
        "PartitionKeys": [_column(column) for column in record.get("PartitionKeys") or []],
        "Parameters": {**(record.get("Parameters") or {}), "location": descriptor.get("Location", "")},
    }


def _column(column: Record) -> Record:
    return {name: column[name] for name in ("Name", "Type", "Comment") if column.get(name) is not None}
