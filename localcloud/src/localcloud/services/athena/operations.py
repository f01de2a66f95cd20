"""Athena's operations on workgroups, named queries, executions and the data catalog, and the service that they are.

Source: Athena API reference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from localcloud.clients import Clients
from localcloud.http.errors import AwsError
from localcloud.http.paging import Page
from localcloud.http.request import Caller
from localcloud.http.service import Answer, Call, Service, operation
from localcloud.http.tags import Tag, TagChanges, TagStore
from localcloud.iam.callers import clients_of
from localcloud.services.athena import access, errors
from localcloud.services.athena.engine.catalog import Table
from localcloud.services.athena.engine.errors import StatementError, catalog_denied
from localcloud.services.athena.engine.query import Query
from localcloud.services.athena.engine.statement import parse
from localcloud.services.athena.events import QueryMonitoring
from localcloud.services.athena.executions import FINAL_STATES, Execution, Executions, StateChanged
from localcloud.services.athena.models import DATA_CATALOG, PRIMARY, NamedQueries, NamedQuery, WorkGroups, updated
from localcloud.services.athena.results import Destination
from localcloud.services.cloudwatch.metrics import Metrics
from localcloud.services.events.models import Emit
from localcloud.services.lakeformation.governance import Governance

if TYPE_CHECKING:
    from mypy_boto3_athena.literals import WorkGroupStateType
    from mypy_boto3_athena.type_defs import (
        ColumnTypeDef,
        DatabaseTypeDef,
        DataCatalogSummaryTypeDef,
        DatumTypeDef,
        QueryExecutionContextTypeDef,
        ResultConfigurationTypeDef,
        TableMetadataTypeDef,
        WorkGroupConfigurationTypeDef,
        WorkGroupConfigurationUpdatesTypeDef,
    )
    from mypy_boto3_glue import type_defs as glue
    from mypy_boto3_glue.client import GlueClient

ClientsOf = Callable[[Caller], Clients]
"""Return clients that act as the caller of a request."""

# Pages have as many items as the API reference says each list operation returns at most.
_PAGE = 50
_TAGS_PAGE = 75
_ROWS_PAGE = 1000


class Athena:
    """The Athena service, and how its queries are stopped when the cloud ends.

    Args:
        endpoint: the cloud's own, through which data and catalog are read as the caller.
        region: the cloud's region.
        emit: takes each EventBridge event.
        metrics: takes the workgroups' metrics.
        folder: an existing directory for data while it is being read.
        governance: Lake Formation's permissions on the data.
    """

    def __init__(
        self, endpoint: str, region: str, emit: Emit, metrics: Metrics, folder: Path, governance: Governance
    ) -> None:
        def clients(caller: Caller) -> Clients:
            return clients_of(caller, endpoint)

        def data_clients(caller: Caller, table: Table) -> Clients | None:
            try:
                reader = governance.reader(caller, table.database, table.name, table.descriptor.get("Location") or "")
            except AwsError as error:
                raise catalog_denied(error.message) from error
            return reader.client if reader else None

        workgroups, named_queries, self._executions = WorkGroups(region), NamedQueries(), Executions()
        monitoring = QueryMonitoring(emit, metrics, region)
        operations = [
            WorkGroupOperations(workgroups, named_queries, self._executions),
            NamedQueryOperations(named_queries, workgroups),
            ExecutionOperations(self._executions, workgroups, clients, data_clients, monitoring.state_changed, folder),
            DataCatalogOperations(clients),
        ]
        permissions = access.permissions(named_queries.workgroup_of, self._executions.workgroup_of)
        self.service = Service("athena", operations, permissions, invalid="InvalidRequestException")

    def stop(self) -> None:
        """Cancel running queries."""
        self._executions.stop_all()


class WorkGroupOperations(TagChanges):
    """Operations on workgroups and their tags."""

    def __init__(self, workgroups: WorkGroups, named_queries: NamedQueries, executions: Executions) -> None:
        super().__init__(TagStore(missing=errors.resource_not_found, too_many=errors.invalid))
        self._workgroups = workgroups
        self._named_queries = named_queries
        self._executions = executions
        self._tags.owned_by(workgroups.has_arn)

    @operation
    def create_work_group(
        self,
        _call: Call,
        *,
        name: str,
        configuration: WorkGroupConfigurationTypeDef | None = None,
        description: str = "",
        tags: Sequence[Tag] = (),
    ) -> Answer:
        """Create a workgroup."""
        workgroup = self._workgroups.add(name, configuration or {}, description)
        self._tags.put(workgroup.arn, tags)
        return {}

    @operation
    def get_work_group(self, _call: Call, *, work_group: str) -> Answer:
        """Return a workgroup."""
        return {"WorkGroup": self._workgroups.find(work_group).describe()}

    @operation
    def update_work_group(
        self,
        _call: Call,
        *,
        work_group: str,
        description: str | None = None,
        configuration_updates: WorkGroupConfigurationUpdatesTypeDef | None = None,
        state: WorkGroupStateType | None = None,
    ) -> Answer:
        """Change a workgroup; members that are left out stay as they are."""
        workgroup = self._workgroups.find(work_group)
        workgroup.configuration = updated(workgroup.configuration, configuration_updates or {})
        workgroup.description = workgroup.description if description is None else description
        workgroup.state = state or workgroup.state
        return {}

    @operation
    def delete_work_group(self, _call: Call, *, work_group: str, recursive_delete_option: bool = False) -> Answer:
        """Delete a workgroup; one that holds named queries or executions needs RecursiveDeleteOption."""
        if work_group == PRIMARY:
            raise errors.invalid("The primary workgroup cannot be deleted.")
        workgroup = self._workgroups.find(work_group)
        content = self._named_queries.ids(work_group) + self._executions.ids(work_group)
        if content and not recursive_delete_option:
            raise errors.invalid(f"WorkGroup {work_group} is not empty")
        self._named_queries.remove_all(work_group)
        self._executions.remove_all(work_group)
        self._workgroups.remove(work_group)
        self._tags.forget(workgroup.arn)
        return {}

    @operation
    def list_work_groups(self, _call: Call, *, next_token: str | None = None, max_results: int = _PAGE) -> Answer:
        """List the workgroups by name."""
        summaries = [workgroup.summarize() for workgroup in self._workgroups.all()]
        return Page.of(summaries, next_token, max_results).answer("WorkGroups")

    @operation
    def list_tags_for_resource(
        self, _call: Call, *, resource_arn: str, next_token: str | None = None, max_results: int = _TAGS_PAGE
    ) -> Answer:
        """List the tags of a workgroup."""
        return Page.of(self._tags.of(self._tags.require(resource_arn)), next_token, max_results).answer("Tags")


class NamedQueryOperations:
    """Operations on named queries."""

    def __init__(self, named_queries: NamedQueries, workgroups: WorkGroups) -> None:
        self._named_queries = named_queries
        self._workgroups = workgroups

    @operation
    def create_named_query(
        self,
        _call: Call,
        *,
        name: str,
        database: str,
        query_string: str,
        description: str = "",
        work_group: str = PRIMARY,
        client_request_token: str | None = None,
    ) -> Answer:
        """Save a statement in a workgroup; the same client token saves no second one."""
        self._workgroups.find(work_group)
        query = NamedQuery(name, database, query_string, work_group, description)
        return {"NamedQueryId": self._named_queries.add(query, client_request_token).identifier}

    @operation
    def get_named_query(self, _call: Call, *, named_query_id: str) -> Answer:
        """Return a named query."""
        return {"NamedQuery": self._named_queries.find(named_query_id).describe()}

    @operation
    def batch_get_named_query(self, _call: Call, *, named_query_ids: Sequence[str]) -> Answer:
        """Return named queries; unknown ids are listed apart."""
        queries = self._named_queries.by_id
        return {
            "NamedQueries": [queries[each].describe() for each in named_query_ids if each in queries],
            "UnprocessedNamedQueryIds": [
                {
                    "NamedQueryId": each,
                    "ErrorCode": "NAMED_QUERY_NOT_FOUND",
                    "ErrorMessage": errors.no_named_query(each).message,
                }
                for each in named_query_ids
                if each not in queries
            ],
        }

    @operation
    def update_named_query(
        self, _call: Call, *, named_query_id: str, name: str, query_string: str, description: str | None = None
    ) -> Answer:
        """Change name, description and statement; the database stays."""
        query = self._named_queries.find(named_query_id)
        query.name, query.statement = name, query_string
        query.description = query.description if description is None else description
        return {}

    @operation
    def list_named_queries(
        self, _call: Call, *, work_group: str = PRIMARY, next_token: str | None = None, max_results: int = _PAGE
    ) -> Answer:
        """List the ids of a workgroup's named queries."""
        self._workgroups.find(work_group)
        return Page.of(self._named_queries.ids(work_group), next_token, max_results).answer("NamedQueryIds")

    @operation
    def delete_named_query(self, _call: Call, *, named_query_id: str) -> Answer:
        """Delete a named query."""
        del self._named_queries.by_id[self._named_queries.find(named_query_id).identifier]
        return {}


class ExecutionOperations:
    """Operations on query executions.

    Args:
        executions: where they are kept and run.
        workgroups: have the settings.
        clients_of: makes the clients with which queries read and write.
        data_clients_of: makes those with which a table's data is read, where they are not the caller's.
        state_changed: takes each new state of an execution.
        folder: an existing directory for data while it is being read.
    """

    def __init__(
        self,
        executions: Executions,
        workgroups: WorkGroups,
        clients_of: ClientsOf,
        data_clients_of: Callable[[Caller, Table], Clients | None],
        state_changed: StateChanged,
        folder: Path,
    ) -> None:
        self._executions = executions
        self._workgroups = workgroups
        self._clients_of, self._data_clients_of = clients_of, data_clients_of
        self._state_changed = state_changed
        self._folder = folder

    @operation
    def start_query_execution(
        self,
        call: Call,
        *,
        query_string: str,
        work_group: str = PRIMARY,
        query_execution_context: QueryExecutionContextTypeDef | None = None,
        result_configuration: ResultConfigurationTypeDef | None = None,
        execution_parameters: Sequence[str] = (),
        client_request_token: str | None = None,
        # Every query is run, so ResultReuseConfiguration makes no difference; EngineConfiguration is for Spark.
        **_ignored: object,
    ) -> Answer:
        """Start a query; the same client token starts no second one."""
        if started := self._executions.started_with(client_request_token):
            return {"QueryExecutionId": started}
        workgroup = self._workgroups.find(work_group)
        if workgroup.state == "DISABLED":
            raise errors.invalid(f"WorkGroup {workgroup.name} is disabled.")
        context = query_execution_context or {}
        _require_data_catalog(context.get("Catalog", DATA_CATALOG))
        try:
            statement = parse(query_string, execution_parameters)
        except StatementError as error:
            raise errors.refused_statement(error) from error
        identifier, clients = str(uuid4()), self._clients_of(call.caller)
        results = workgroup.result_configuration(result_configuration or {})
        destination = Destination.of(results, identifier, is_query=statement.is_query)
        destination.check(clients)
        context = _in_lower_case(context)
        query = Query(
            statement=statement,
            text=query_string,
            database=context.get("Database"),
            clients=clients,
            data_clients_of=partial(self._data_clients_of, call.caller),
            cutoff=workgroup.configuration.get("BytesScannedCutoffPerQuery"),
            folder=self._folder,
        )
        execution = Execution(
            query=query,
            workgroup=workgroup,
            context=context,
            parameters=list(execution_parameters),
            destination=destination,
            state_changed=self._state_changed,
            identifier=identifier,
            publishes_metrics=bool(workgroup.configuration.get("PublishCloudWatchMetricsEnabled")),
        )
        self._executions.start(execution, client_request_token)
        return {"QueryExecutionId": identifier}

    @operation
    def get_query_execution(self, _call: Call, *, query_execution_id: str) -> Answer:
        """Return an execution."""
        return {"QueryExecution": self._executions.find(query_execution_id).describe()}

    @operation
    def batch_get_query_execution(self, _call: Call, *, query_execution_ids: Sequence[str]) -> Answer:
        """Return executions; unknown ids are listed apart."""
        executions = self._executions.by_id
        return {
            "QueryExecutions": [executions[each].describe() for each in query_execution_ids if each in executions],
            "UnprocessedQueryExecutionIds": [
                {
                    "QueryExecutionId": each,
                    "ErrorCode": "QUERY_EXECUTION_NOT_FOUND",
                    "ErrorMessage": errors.no_execution(each).message,
                }
                for each in query_execution_ids
                if each not in executions
            ],
        }

    @operation
    def list_query_executions(
        self, _call: Call, *, work_group: str = PRIMARY, next_token: str | None = None, max_results: int = _PAGE
    ) -> Answer:
        """List the ids of a workgroup's executions, newest first."""
        self._workgroups.find(work_group)
        return Page.of(self._executions.ids(work_group)[::-1], next_token, max_results).answer("QueryExecutionIds")

    @operation
    def stop_query_execution(self, _call: Call, *, query_execution_id: str) -> Answer:
        """Cancel an execution; this has no effect on one that has ended."""
        self._executions.find(query_execution_id).stop()
        return {}

    @operation
    def get_query_results(
        self,
        call: Call,
        *,
        query_execution_id: str,
        next_token: str | None = None,
        max_results: int = _ROWS_PAGE,
        # QueryResultType chooses the data manifest of statements that write; the local Athena runs none.
        **_ignored: object,
    ) -> Answer:
        """Return rows from S3, read with the permissions of who asks; a query's first row is its header."""
        execution = self._executions.find(query_execution_id)
        if execution.state not in FINAL_STATES:
            raise errors.invalid(f"Query has not yet finished. Current state: {execution.state}")
        if execution.state != "SUCCEEDED":
            raise errors.invalid(f"Query did not finish successfully. Final query state: {execution.state}")
        page = Page.of(execution.destination.read(self._clients_of(call.caller)), next_token, max_results)
        result_set = {
            "Rows": [{"Data": [_datum(value) for value in row]} for row in page.items],
            "ResultSetMetadata": {"ColumnInfo": [column.describe() for column in execution.columns]},
        }
        answer = {"UpdateCount": 0, "ResultSet": result_set}
        return {**answer, "NextToken": page.next_token} if page.next_token else answer


class DataCatalogOperations:
    """Operations on the one data catalog, AwsDataCatalog: the Glue catalog, read with the caller's permissions."""

    def __init__(self, clients_of: ClientsOf) -> None:
        self._clients_of = clients_of

    @operation
    def list_data_catalogs(
        self,
        _call: Call,
        *,
        next_token: str | None = None,
        max_results: int = _PAGE,
        # WorkGroup, here and below, is for catalogs behind IAM Identity Center.
        **_ignored: object,
    ) -> Answer:
        """List the one data catalog."""
        catalogs: list[DataCatalogSummaryTypeDef] = [{"CatalogName": DATA_CATALOG, "Type": "GLUE"}]
        return Page.of(catalogs, next_token, max_results).answer("DataCatalogsSummary")

    @operation
    def get_data_catalog(self, _call: Call, *, name: str, **_ignored: object) -> Answer:
        """Return the one data catalog."""
        _require_data_catalog(name)
        return {"DataCatalog": {"Name": DATA_CATALOG, "Type": "GLUE"}}

    @operation
    def list_databases(
        self,
        call: Call,
        *,
        catalog_name: str,
        next_token: str | None = None,
        max_results: int = _PAGE,
        **_ignored: object,
    ) -> Answer:
        """List the databases."""
        with errors.from_glue():
            records = self._glue(call, catalog_name).get_databases()["DatabaseList"]
        databases = [_database(record) for record in records]
        return Page.of(databases, next_token, max_results).answer("DatabaseList")

    @operation
    def get_database(self, call: Call, *, catalog_name: str, database_name: str, **_ignored: object) -> Answer:
        """Return a database."""
        with errors.from_glue():
            record = self._glue(call, catalog_name).get_database(Name=database_name)["Database"]
        return {"Database": _database(record)}

    @operation
    def list_table_metadata(
        self,
        call: Call,
        *,
        catalog_name: str,
        database_name: str,
        next_token: str | None = None,
        max_results: int = _PAGE,
        work_group: str | None = None,  # noqa: ARG002 (as above; Expression makes a difference and is refused)
    ) -> Answer:
        """List the tables of a database."""
        with errors.from_glue():
            records = self._glue(call, catalog_name).get_tables(DatabaseName=database_name)["TableList"]
        return Page.of([_table(record) for record in records], next_token, max_results).answer("TableMetadataList")

    @operation
    def get_table_metadata(
        self, call: Call, *, catalog_name: str, database_name: str, table_name: str, **_ignored: object
    ) -> Answer:
        """Return a table."""
        with errors.from_glue():
            record = self._glue(call, catalog_name).get_table(DatabaseName=database_name, Name=table_name)["Table"]
        return {"TableMetadata": _table(record)}

    def _glue(self, call: Call, catalog: str) -> GlueClient:
        _require_data_catalog(catalog)
        return self._clients_of(call.caller)("glue")


def _require_data_catalog(name: str) -> None:
    if name.lower() != DATA_CATALOG.lower():
        raise errors.invalid(f"Data catalog {name} was not found")


def _in_lower_case(context: QueryExecutionContextTypeDef) -> QueryExecutionContextTypeDef:
    folded: QueryExecutionContextTypeDef = {}
    if database := context.get("Database"):
        folded["Database"] = database.lower()
    if catalog := context.get("Catalog"):
        folded["Catalog"] = catalog.lower()
    return folded


def _datum(value: str | None) -> DatumTypeDef:
    return {} if value is None else {"VarCharValue": value}


def _database(record: glue.DatabaseTypeDef) -> DatabaseTypeDef:
    database: DatabaseTypeDef = {"Name": record["Name"], "Parameters": record.get("Parameters") or {}}
    if description := record.get("Description"):
        database["Description"] = description
    return database


def _table(record: glue.TableTypeDef) -> TableMetadataTypeDef:
    descriptor = record.get("StorageDescriptor") or {}
    table: TableMetadataTypeDef = {
        "Name": record["Name"],
        "TableType": record.get("TableType") or "",
        "Columns": [_column(column) for column in descriptor.get("Columns") or []],
        "PartitionKeys": [_column(column) for column in record.get("PartitionKeys") or []],
        "Parameters": {**(record.get("Parameters") or {}), "location": descriptor.get("Location") or ""},
    }
    if created := record.get("CreateTime"):
        table["CreateTime"] = created
    return table


def _column(column: glue.ColumnOutputTypeDef) -> ColumnTypeDef:
    described: ColumnTypeDef = {"Name": column["Name"]}
    if kind := column.get("Type"):
        described["Type"] = kind
    if comment := column.get("Comment"):
        described["Comment"] = comment
    return described
