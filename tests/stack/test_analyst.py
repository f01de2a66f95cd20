"""What the local cloud's analyst may do: query the KPIs in the project's workgroups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from .conftest import eventually

if TYPE_CHECKING:
    from localcloud import LocalCloud

pytestmark = pytest.mark.local
WORKGROUP = "abalone-local-kpis"
DATABASE = "abalone_local_kpis"
BUCKET = "abalone-local-data-123456789012-us-east-1"


@pytest.fixture(scope="module")
def workgroup(cloud: LocalCloud) -> str:
    """A workgroup over a table of one row, below the use case's prefix."""
    s3, glue = cloud.client("s3", "root"), cloud.client("glue", "root")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="use-case=abalone/kpi/one.csv", Body=b"2.5\n")
    s3.put_object(Bucket=BUCKET, Key="elsewhere/secret.csv", Body=b"2.5\n")
    glue.create_database(DatabaseInput={"Name": DATABASE})
    serde = {"SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"}
    for name, folder in (("model_metrics", "use-case=abalone/kpi"), ("elsewhere", "elsewhere")):
        storage = {
            "Columns": [{"Name": "rmse", "Type": "double"}],
            "Location": f"s3://{BUCKET}/{folder}/",
            "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            "SerdeInfo": {**serde, "Parameters": {"field.delim": ","}},
        }
        table = {"Name": name, "TableType": "EXTERNAL_TABLE", "StorageDescriptor": storage}
        glue.create_table(DatabaseName=DATABASE, TableInput=table)
    results = {"OutputLocation": f"s3://{BUCKET}/use-case=abalone/athena-results/"}
    cloud.client("athena", "root").create_work_group(Name=WORKGROUP, Configuration={"ResultConfiguration": results})
    return WORKGROUP


def query(cloud: LocalCloud, workgroup: str, table: str) -> dict[str, Any]:
    athena = cloud.client("athena", "analyst")
    started = athena.start_query_execution(
        QueryString=f'SELECT rmse FROM "{DATABASE}"."{table}"',
        WorkGroup=workgroup,
    )

    def ended() -> Any:
        execution = athena.get_query_execution(QueryExecutionId=started["QueryExecutionId"])["QueryExecution"]
        return execution if execution["Status"]["State"] in {"SUCCEEDED", "FAILED"} else None

    return eventually(ended)


def test_an_analyst_queries_the_kpis(cloud: LocalCloud, workgroup: str) -> None:
    execution = query(cloud, workgroup, "model_metrics")
    assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
    athena = cloud.client("athena", "analyst")
    rows = athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"])["ResultSet"]["Rows"]
    assert [row["Data"][0]["VarCharValue"] for row in rows] == ["rmse", "2.5"]


def test_an_analyst_cannot_query_what_lies_outside_a_use_case(cloud: LocalCloud, workgroup: str) -> None:
    execution = query(cloud, workgroup, "elsewhere")
    assert execution["Status"]["State"] == "FAILED"
    assert "denied" in execution["Status"]["StateChangeReason"].lower()


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("athena", "start_query_execution", {"QueryString": "SELECT 1", "WorkGroup": "primary"}),
        ("athena", "delete_work_group", {"WorkGroup": WORKGROUP}),
        ("glue", "get_database", {"Name": "another_local_kpis"}),
        ("glue", "delete_table", {"DatabaseName": DATABASE, "Name": "model_metrics"}),
        ("s3", "get_object", {"Bucket": BUCKET, "Key": "elsewhere/secret.csv"}),
        ("s3", "put_object", {"Bucket": BUCKET, "Key": "use-case=abalone/kpi/two.csv", "Body": b""}),
        ("s3", "delete_object", {"Bucket": BUCKET, "Key": "use-case=abalone/kpi/one.csv"}),
        ("sagemaker", "list_pipelines", {}),
        ("quicksight", "list_data_sets", {"AwsAccountId": "123456789012"}),
    ],
)
def test_an_analyst_may_do_nothing_else(
    cloud: LocalCloud, workgroup: str, service: str, operation: str, arguments: dict[str, Any]
) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        getattr(cloud.client(service, "analyst"), operation)(**arguments)
