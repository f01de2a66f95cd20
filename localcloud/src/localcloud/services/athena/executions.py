"""Query executions: started, watched, stopped, and their results read page by page.

Source: Athena API reference, "StartQueryExecution", "GetQueryExecution", "GetQueryResults".
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

from localcloud.http.paging import page
from localcloud.http.service import Call, Handler
from localcloud.iam.gate import Caller
from localcloud.server.clients import Clients
from localcloud.services.athena.engine.run import Query
from localcloud.services.athena.engine.statement import parse
from localcloud.services.athena.errors import invalid
from localcloud.services.athena.execution import FINAL, Execution
from localcloud.services.athena.names import DATA_CATALOG, PRIMARY
from localcloud.services.athena.results import Destination
from localcloud.services.athena.workgroups import WorkGroups, check_results

log = logging.getLogger("localcloud")

Record = dict[str, Any]
_AT_ONCE = 4


class Executions:
    """The account's query executions, newest last."""

    def __init__(
        self,
        workgroups: WorkGroups,
        clients_of: Callable[[Caller], Clients],
        changed: Callable[[Execution, str | None], None],
        folder: Path,
    ) -> None:
        self._workgroups = workgroups
        self._clients_of = clients_of
        self._changed = changed
        self._folder = folder
        self._executions: dict[str, Execution] = {}
        self._tokens: dict[str, str] = {}
        self._workers = ThreadPoolExecutor(_AT_ONCE, "athena")
        workgroups.contents.append(lambda name: len(self._in(name)))
        workgroups.emptied.append(self._empty)

    def handlers(self) -> dict[str, Handler]:
        """The operations on executions."""
        return {
            "StartQueryExecution": self.start,
            "GetQueryExecution": self.get,
            "BatchGetQueryExecution": self.batch_get,
            "ListQueryExecutions": self.list,
            "StopQueryExecution": self.stop,
            "GetQueryResults": self.results,
        }

    def workgroup_of(self, identifier: str) -> str | None:
        """The workgroup of an execution; None for an unknown id."""
        execution = self._executions.get(identifier)
        return execution.settings["WorkGroup"] if execution else None

    def start(self, call: Call) -> Record:
        """StartQueryExecution: the same client token starts no second one."""
        known = self._tokens.get(call.get("ClientRequestToken", ""))
        if known in self._executions:
            return {"QueryExecutionId": known}
        workgroup = self._workgroups.named(call.get("WorkGroup", PRIMARY))
        if workgroup["State"] == "DISABLED":
            raise invalid(f"WorkGroup {workgroup['Name']} is disabled.")
        context = call.get("QueryExecutionContext", {})
        if context.get("Catalog", DATA_CATALOG).lower() != DATA_CATALOG.lower():
            raise invalid(f"Data catalog {context['Catalog']} was not found")
        text = call.input["QueryString"]
        statement = parse(text, call.get("ExecutionParameters", []))
        identifier, clients = str(uuid4()), self._clients_of(call.caller)
        configuration = _result_configuration(workgroup["Configuration"], call.get("ResultConfiguration", {}))
        destination = Destination.of(configuration, identifier, query=statement.is_query)
        destination.check(clients)
        settings = {"WorkGroup": workgroup["Name"], "QueryExecutionContext": _context(context)}
        if parameters := call.get("ExecutionParameters"):
            settings["ExecutionParameters"] = parameters
        query = Query(
            statement=statement,
            text=text,
            database=settings["QueryExecutionContext"].get("Database"),
            clients=clients,
            cutoff=workgroup["Configuration"].get("BytesScannedCutoffPerQuery"),
            folder=self._folder,
        )
        publishes = bool(workgroup["Configuration"].get("PublishCloudWatchMetricsEnabled"))
        execution = Execution(identifier, settings, query, destination, publishes, self._changed)
        self._executions[identifier] = execution
        self._tokens[call.get("ClientRequestToken", identifier)] = identifier
        self._changed(execution, None)
        self._workers.submit(self._run, execution)
        return {"QueryExecutionId": identifier}

    def get(self, call: Call) -> Record:
        """GetQueryExecution."""
        return {"QueryExecution": self._named(call.input["QueryExecutionId"]).describe()}

    def batch_get(self, call: Call) -> Record:
        """BatchGetQueryExecution: unknown ids are told, not refused."""
        identifiers = call.input["QueryExecutionIds"]
        return {
            "QueryExecutions": [self._executions[each].describe() for each in identifiers if each in self._executions],
            "UnprocessedQueryExecutionIds": [
                {"QueryExecutionId": each, "ErrorCode": "QUERY_EXECUTION_NOT_FOUND", "ErrorMessage": _missing(each)}
                for each in identifiers
                if each not in self._executions
            ],
        }

    def list(self, call: Call) -> Record:
        """ListQueryExecutions: ids of a workgroup, newest first."""
        workgroup = call.get("WorkGroup", PRIMARY)
        self._workgroups.named(workgroup)
        return page(call, self._in(workgroup)[::-1], "QueryExecutionIds", default_size=50)

    def stop(self, call: Call) -> Record:
        """StopQueryExecution: has no effect on one that has ended."""
        self._named(call.input["QueryExecutionId"]).stop()
        return {}

    def results(self, call: Call) -> Record:
        """GetQueryResults: read from S3 with the permissions of who asks; a query's first row is its header."""
        execution = self._named(call.input["QueryExecutionId"])
        if execution.state not in FINAL:
            raise invalid(f"Query has not yet finished. Current state: {execution.state}")
        if execution.state != "SUCCEEDED":
            raise invalid(f"Query did not finish successfully. Final query state: {execution.state}")
        is_query = execution.query.statement.is_query
        rows: Any = execution.destination.read(self._clients_of(call.caller), query=is_query)
        found = page(call, [{"Data": [_datum(value) for value in row]} for row in rows], "Rows", default_size=1000)
        metadata = {"ColumnInfo": [column.info() for column in execution.columns]}
        answer: Record = {"UpdateCount": 0, "ResultSet": {"Rows": found["Rows"], "ResultSetMetadata": metadata}}
        return {**answer, "NextToken": found["NextToken"]} if "NextToken" in found else answer

    def stop_all(self) -> None:
        """Cancels what runs; for the end of the cloud."""
        for execution in self._executions.values():
            execution.stop()
        self._workers.shutdown(wait=False, cancel_futures=True)

    @staticmethod
    def _run(execution: Execution) -> None:
        try:
            execution.run()
        except Exception:
            log.exception("query %s failed inside", execution.identifier)

    def _in(self, workgroup: str) -> "list[Any]":
        return [each for each, execution in self._executions.items() if execution.settings["WorkGroup"] == workgroup]

    def _empty(self, workgroup: str) -> None:
        for identifier in self._in(workgroup):
            self._executions.pop(identifier).stop()

    def _named(self, identifier: str) -> Execution:
        if identifier not in self._executions:
            raise invalid(_missing(identifier))
        return self._executions[identifier]


def _result_configuration(workgroup: Record, client: Record) -> Record:
    """User guide, "Override client-side settings": an enforced workgroup's settings are the only ones."""
    check_results(client)
    own = workgroup.get("ResultConfiguration", {})
    configuration = dict(own) if workgroup.get("EnforceWorkGroupConfiguration") else {**own, **client}
    if not configuration.get("OutputLocation"):
        raise invalid(
            "No output location provided. An output location is required either through the Workgroup result "
            "configuration setting or as an API input."
        )
    return configuration


def _context(given: Record) -> Record:
    return {name: value.lower() for name, value in given.items() if value}


def _datum(value: str | None) -> Record:
    return {} if value is None else {"VarCharValue": value}


def _missing(identifier: str) -> str:
    return f"QueryExecution {identifier} was not found"
