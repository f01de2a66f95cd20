"""A small data lake for the tests of Athena and of crawlers: a bucket, a database, declared tables."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .conftest import Deployment

LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
OPEN_CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
JSON = "org.openx.data.jsonserde.JsonSerDe"
METRICS = [
    ("run_ts", "timestamp"), ("execution_id", "string"), ("mse", "double"), ("n_test", "bigint"), ("passed", "boolean"),
]  # fmt: skip
PROJECTION = {
    "projection.enabled": "true",
    "projection.use_case.type": "injected",
    "projection.dt.type": "date",
    "projection.dt.format": "yyyy-MM-dd",
    "projection.dt.range": "2024-01-01,NOW",
}


class Lake:
    """Resources of one deployment."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.bucket = f"{deployment.prefix}-data"[:63]
        self.database = deployment.prefix.replace("-", "_")
        self.workgroup = f"{deployment.prefix}-kpis"
        deployment.root("s3").create_bucket(Bucket=self.bucket)
        deployment.root("glue").create_database(DatabaseInput={"Name": self.database})

    def put(self, key: str, content: str | bytes) -> None:
        body = content.encode() if isinstance(content, str) else content
        self.deployment.root("s3").put_object(Bucket=self.bucket, Key=key, Body=body)

    def table(  # noqa: PLR0917
        self,
        name: str,
        columns: list[tuple[str, str]],
        keys: list[tuple[str, str]] | None = None,
        serde: str = LAZY,
        serde_properties: dict[str, str] | None = None,
        parameters: dict[str, str] | None = None,
        location: str | None = None,
    ) -> None:
        defaults = {"field.delim": ","} if serde == LAZY else {}
        self.deployment.root("glue").create_table(
            DatabaseName=self.database,
            TableInput={
                "Name": name,
                "TableType": "EXTERNAL_TABLE",
                "Parameters": parameters or {},
                "PartitionKeys": [{"Name": key, "Type": kind} for key, kind in keys or []],
                "StorageDescriptor": {
                    "Columns": [{"Name": column, "Type": kind} for column, kind in columns],
                    "Location": location or f"s3://{self.bucket}/{name}/",
                    "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
                    "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                    "SerdeInfo": {"SerializationLibrary": serde, "Parameters": serde_properties or defaults},
                },
            },
        )

    def metrics_table(self, **parameters: str) -> None:
        """A table like those of KPIs: CSV with a header, projected by use case and day."""
        template = f"s3://{self.bucket}/kpi/use_case=${{use_case}}/dt=${{dt}}/"
        self.table(
            "model_metrics", METRICS, [("use_case", "string"), ("dt", "string")],
            parameters={
                "skip.header.line.count": "1", "storage.location.template": template, **PROJECTION, **parameters,
            },
            location=f"s3://{self.bucket}/kpi/",
        )  # fmt: skip

    def metrics_row(self, day: str, execution: str, mse: float, use_case: str = "abalone") -> None:
        header = ",".join(name for name, _ in METRICS)
        row = f"{day} 10:00:00,{execution},{mse},100,{str(mse < 6).lower()}"
        self.put(f"kpi/use_case={use_case}/dt={day}/{execution}.csv", f"{header}\n{row}\n")

    def create_workgroup(self, **configuration: Any) -> None:
        results = {"OutputLocation": f"s3://{self.bucket}/athena-results/"}
        self.deployment.root("athena").create_work_group(
            Name=self.workgroup, Configuration={"ResultConfiguration": results, **configuration}
        )

    def start(self, sql: str, athena: Any = None, **arguments: Any) -> str:
        athena = athena or self.deployment.root("athena")
        arguments = {
            "WorkGroup": self.workgroup,
            "QueryExecutionContext": {"Database": self.database},
            **arguments,
        }
        return str(athena.start_query_execution(QueryString=sql, **arguments)["QueryExecutionId"])

    def finished(self, identifier: str, seconds: float = 30) -> dict[str, Any]:
        athena, deadline = self.deployment.root("athena"), time.monotonic() + seconds
        while True:
            execution = athena.get_query_execution(QueryExecutionId=identifier)["QueryExecution"]
            if execution["Status"]["State"] in {"SUCCEEDED", "FAILED", "CANCELLED"}:
                return dict(execution)
            assert time.monotonic() < deadline, f"still {execution['Status']}"
            time.sleep(0.05)

    def query(self, sql: str, athena: Any = None, **arguments: Any) -> dict[str, Any]:
        """The execution of a query that has ended."""
        return self.finished(self.start(sql, athena, **arguments))

    def rows(self, sql: str, athena: Any = None, **arguments: Any) -> list[dict[str, str | None]]:
        """The rows of a query that succeeds."""
        execution = self.query(sql, athena, **arguments)
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        results = self.deployment.root("athena").get_query_results(QueryExecutionId=execution["QueryExecutionId"])
        names, *rows = [[cell.get("VarCharValue") for cell in row["Data"]] for row in results["ResultSet"]["Rows"]]
        return [dict(zip(names, row, strict=True)) for row in rows]

    def failure(self, sql: str, athena: Any = None, **arguments: Any) -> str:
        """Why a query fails."""
        status = self.query(sql, athena, **arguments)["Status"]
        assert status["State"] == "FAILED", status
        return str(status["StateChangeReason"])

    def may_query(self, *more: dict[str, Any], database: str | None = None) -> list[dict[str, Any]]:
        """What a user of the workgroup needs to read everything under `kpi/`."""
        allow, arn = self.deployment.allow, self.deployment.arn
        database = database or self.database
        workgroup = arn("athena", f"workgroup/{self.workgroup}")
        bucket = f"arn:aws:s3:::{self.bucket}"
        return [
            allow(["athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults"], workgroup),
            allow(
                ["glue:GetDatabase", "glue:GetTable", "glue:GetPartitions"],
                arn("glue", "catalog"), arn("glue", f"database/{database}"), arn("glue", f"table/{database}/*"),
            ),
            allow(["s3:GetBucketLocation", "s3:ListBucket"], bucket),
            allow("s3:GetObject", f"{bucket}/kpi/*"),
            allow(["s3:GetObject", "s3:PutObject"], f"{bucket}/athena-results/*"),
            *more,
        ]  # fmt: skip

    @staticmethod
    def document(*statements: dict[str, Any]) -> str:
        return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
