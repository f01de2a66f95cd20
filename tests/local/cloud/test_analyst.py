"""What the local cloud's analyst may do: query the KPIs in the project's workgroups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from .conftest import Deployment

pytestmark = pytest.mark.local


@pytest.fixture
def workgroup(deployment: Deployment) -> str:
    """A workgroup over a table of one row, below a use case's prefix."""
    prefix, bucket = deployment.prefix, f"{deployment.prefix}-data"
    database = f"{prefix}_kpis".replace("-", "_")
    s3, glue = deployment.root("s3"), deployment.root("glue")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="use-case=a/kpi/one.csv", Body=b"2.5\n")
    s3.put_object(Bucket=bucket, Key="elsewhere/secret.csv", Body=b"2.5\n")
    glue.create_database(DatabaseInput={"Name": database})
    serde = {"SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"}
    for name, folder in (("model_metrics", "use-case=a/kpi"), ("elsewhere", "elsewhere")):
        storage = {
            "Columns": [{"Name": "rmse", "Type": "double"}],
            "Location": f"s3://{bucket}/{folder}/",
            "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            "SerdeInfo": {**serde, "Parameters": {"field.delim": ","}},
        }
        table = {"Name": name, "TableType": "EXTERNAL_TABLE", "StorageDescriptor": storage}
        glue.create_table(DatabaseName=database, TableInput=table)
    results = {"OutputLocation": f"s3://{bucket}/use-case=a/athena-results/"}
    deployment.root("athena").create_work_group(Name=prefix, Configuration={"ResultConfiguration": results})
    return prefix


def query(deployment: Deployment, workgroup: str, table: str) -> dict[str, Any]:
    athena = deployment.cloud.client("athena", "analyst")
    database = f"{workgroup}_kpis".replace("-", "_")
    started = athena.start_query_execution(
        QueryString=f'SELECT rmse FROM "{database}"."{table}"',
        WorkGroup=workgroup,
    )

    def ended() -> Any:
        found = athena.get_query_execution(QueryExecutionId=started["QueryExecutionId"])["QueryExecution"]
        return found if found["Status"]["State"] in {"SUCCEEDED", "FAILED"} else None

    return deployment.eventually(ended)


def test_an_analyst_queries_the_kpis(deployment: Deployment, workgroup: str) -> None:
    execution = query(deployment, workgroup, "model_metrics")
    assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
    athena = deployment.cloud.client("athena", "analyst")
    found = athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"])["ResultSet"]["Rows"]
    assert [row["Data"][0]["VarCharValue"] for row in found] == ["rmse", "2.5"]


def test_an_analyst_cannot_query_what_lies_outside_a_use_case(deployment: Deployment, workgroup: str) -> None:
    execution = query(deployment, workgroup, "elsewhere")
    assert execution["Status"]["State"] == "FAILED"
    assert "denied" in execution["Status"]["StateChangeReason"].lower()


@pytest.mark.parametrize(
    ("service", "operation", "given"),
    [
        ("athena", "start_query_execution", {"QueryString": "SELECT 1", "WorkGroup": "primary"}),
        ("athena", "delete_work_group", {"WorkGroup": "{prefix}"}),
        ("glue", "get_database", {"Name": "default"}),
        ("glue", "delete_table", {"DatabaseName": "{database}", "Name": "model_metrics"}),
        ("s3", "get_object", {"Bucket": "{prefix}-data", "Key": "elsewhere/secret.csv"}),
        ("s3", "put_object", {"Bucket": "{prefix}-data", "Key": "use-case=a/kpi/two.csv", "Body": b""}),
        ("s3", "delete_object", {"Bucket": "{prefix}-data", "Key": "use-case=a/kpi/one.csv"}),
        ("sagemaker", "list_pipelines", {}),
        ("quicksight", "list_data_sets", {"AwsAccountId": "123456789012"}),
    ],
)
def test_an_analyst_may_do_nothing_else(
    deployment: Deployment, workgroup: str, service: str, operation: str, given: dict[str, Any]
) -> None:
    names = {"prefix": workgroup, "database": f"{workgroup}_kpis".replace("-", "_")}
    told = {key: value.format(**names) if isinstance(value, str) else value for key, value in given.items()}
    with pytest.raises(ClientError, match="AccessDenied"):
        getattr(deployment.cloud.client(service, "analyst"), operation)(**told)
