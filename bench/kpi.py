"""What a day's partition of the KPI table costs with one day and with a year of history.

The table is the one that the project declares: CSV with a header, projected partitions of use case and day.
"""

import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from components.kpi_visualization import catalog
from contract.layout import KPI_COLUMNS, PARTITION_KEYS, DataLayout
from localcloud.lifecycle import LocalCloud

DAYS = 365
_REPEATED = 9
_REPEATED_UNPRUNED = 3
_BUCKET, _DATABASE = "bench-local-data", "bench_local_kpis"
_LAYOUT = DataLayout("bench")
_TABLE, _ = catalog.declared_tables(_LAYOUT)
_ALL_DAYS = f"SELECT avg(mse) AS mse, count(*) AS executions FROM {_TABLE.name} WHERE use_case = 'bench'"  # noqa: S608


@dataclass(frozen=True)
class Measured:
    """Bytes scanned by each of several equal queries, and the median of their seconds."""

    scanned_bytes: int
    seconds: float
    executions: int


@dataclass(frozen=True)
class Comparison:
    """The same query on one day, with one day and with a year there, and the query on the whole year."""

    day_alone: Measured
    day_in_year: Measured
    whole_year: Measured

    @property
    def byte_ratio(self) -> float:
        """How many times the bytes of the first a day costs with a year of history."""
        return self.day_in_year.scanned_bytes / self.day_alone.scanned_bytes

    def as_dict(self) -> dict[str, Any]:
        """Return figures and ratios."""
        return {
            **asdict(self),
            "ratios": {
                "bytes": self.byte_ratio,
                "seconds": self.day_in_year.seconds / self.day_alone.seconds,
                "bytes_unpruned": self.whole_year.scanned_bytes / self.day_alone.scanned_bytes,
                "seconds_unpruned": self.whole_year.seconds / self.day_alone.seconds,
            },
        }


def compare(cloud: LocalCloud, days: int = DAYS) -> Comparison:
    """Write the rows of some days to a cloud and measure the queries before and after.

    Raises:
        RuntimeError: when a query fails or counts other rows than were written.
    """
    today = dt.datetime.now(dt.UTC).date()
    _declare(cloud)
    one_day = f"{_ALL_DAYS} AND dt = '{today}'"
    _write(cloud, [today])
    day_alone = _measure(cloud, one_day, _REPEATED, executions=1)
    _write(cloud, [today - dt.timedelta(days=back) for back in range(1, days)])
    day_in_year = _measure(cloud, one_day, _REPEATED, executions=1)
    return Comparison(day_alone, day_in_year, _measure(cloud, _ALL_DAYS, _REPEATED_UNPRUNED, executions=days))


def _declare(cloud: LocalCloud) -> None:
    client = _clients(cloud)
    client("s3").create_bucket(Bucket=_BUCKET)
    client("glue").create_database(DatabaseInput={"Name": _DATABASE})
    client("glue").create_table(
        DatabaseName=_DATABASE,
        TableInput={
            "Name": _TABLE.name,
            "TableType": "EXTERNAL_TABLE",
            "PartitionKeys": [{"Name": key, "Type": "string"} for key in PARTITION_KEYS],
            "Parameters": _TABLE.all_parameters(_BUCKET, _LAYOUT.use_case_id),
            "StorageDescriptor": {
                "Columns": [{"Name": name, "Type": kind} for name, kind in _TABLE.columns.items()],
                "Location": _TABLE.location(_BUCKET),
                "InputFormat": catalog.INPUT_FORMAT,
                "OutputFormat": catalog.OUTPUT_FORMAT,
                "SerdeInfo": {
                    "SerializationLibrary": _TABLE.serialization_library,
                    "Parameters": dict(_TABLE.serialization),
                },
            },
        },
    )
    results = {"OutputLocation": f"s3://{_BUCKET}/{_LAYOUT.query_results}/"}
    client("athena").create_work_group(
        Name=_DATABASE, Configuration={"EnforceWorkGroupConfiguration": True, "ResultConfiguration": results}
    )


def _write(cloud: LocalCloud, days: list[dt.date]) -> None:
    s3 = _clients(cloud)("s3")
    for day in days:
        row = f"{day} 06:00:00,bench-local,execution,job,s3://data,90,4.5,2.1213,1.5,0.5,6.0,true"
        key = f"{_LAYOUT.kpi_output}/dt={day}/execution.csv"
        s3.put_object(Bucket=_BUCKET, Key=key, Body=f"{','.join(KPI_COLUMNS)}\n{row}\n".encode())


def _measure(cloud: LocalCloud, sql: str, times: int, executions: int) -> Measured:
    queries = list(_queries(cloud, sql, times, executions))
    scanned = {query["DataScannedInBytes"] for query in queries}
    if len(scanned) != 1:
        raise RuntimeError(f"Equal queries scanned different numbers of bytes: {sorted(scanned)}")
    seconds = median(query["TotalExecutionTimeInMillis"] for query in queries) / 1000
    return Measured(scanned.pop(), max(seconds, 0.001), executions)


def _queries(cloud: LocalCloud, sql: str, times: int, executions: int) -> Iterator[dict[str, Any]]:
    athena = _clients(cloud)("athena")
    context = {"Database": _DATABASE}
    for _ in range(times):
        started = athena.start_query_execution(QueryString=sql, QueryExecutionContext=context, WorkGroup=_DATABASE)
        place = {"QueryExecutionId": started["QueryExecutionId"]}
        while (execution := athena.get_query_execution(**place)["QueryExecution"])["Status"]["State"] in {
            "QUEUED",
            "RUNNING",
        }:
            time.sleep(0.02)
        if execution["Status"]["State"] != "SUCCEEDED":
            raise RuntimeError(f"{sql}: {execution['Status']}")
        rows = athena.get_query_results(**place)["ResultSet"]["Rows"]
        counted = rows[1]["Data"][1]["VarCharValue"]
        if counted != str(executions):
            raise RuntimeError(f"{sql} counts {counted} executions, expected {executions}")
        yield execution["Statistics"]


def _clients(cloud: LocalCloud) -> Any:
    return lambda service: cloud.client(service, principal="root")
