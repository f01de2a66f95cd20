"""From a pipeline's runs to answers: through the deployed tables, workgroup, crawler and QuickSight, IAM enforced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from demo import data, kpis, ml_pipeline

from .borrowed import REFUSED, answer, clients
from .conftest import eventually

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .conftest import Project

pytestmark = pytest.mark.local

TRIALS: Mapping[str, Mapping[str, str]] = {
    "shallow": {"MaxDepth": "2"},
    "missed": {"MaxDepth": "2", "Eta": "0.3", "MseThreshold": "1.0"},
}


def client(project: Project, principal: str) -> Any:
    return lambda service: project.cloud.client(service, principal)


@pytest.fixture(scope="module")
def outputs(deployed: Project) -> dict[str, Any]:
    return deployed.outputs()


@pytest.fixture(scope="module")
def measured(deployed: Project, outputs: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Two runs of the pipeline and what their own evaluation files hold, by name; the first's version is approved."""
    environment = outputs["pipeline_environment"]
    scientist = client(deployed, "data-scientist")
    ml_pipeline.upsert(deployed.cloud.environment(), environment)
    bucket, _, prefix = environment["INPUT_DATA_URI"].removeprefix("s3://").partition("/")
    data_set = data.diabetes()
    scientist("s3").put_object(Bucket=bucket, Key=f"{prefix}{data_set.name}", Body=data_set.csv)
    runs: dict[str, dict[str, Any]] = {}
    for name, parameters in TRIALS.items():
        arn = ml_pipeline.start(scientist("sagemaker"), environment["SAGEMAKER_PIPELINE_NAME"], name, parameters)
        run = ml_pipeline.wait(scientist("sagemaker"), arn, lambda _: None)
        metrics = ml_pipeline.evaluation(scientist("s3"), environment, run)
        runs[name] = {"id": run.execution_id, "status": run.status} | {m: metrics[m]["value"] for m in metrics}
    listed = scientist("sagemaker").list_model_packages(ModelPackageGroupName=outputs["model_package_group"])
    [version] = [summary["ModelPackageArn"] for summary in listed["ModelPackageSummaryList"]]
    scientist("sagemaker").update_model_package(
        ModelPackageArn=version, ModelApprovalStatus="Approved", ApprovalDescription="good enough"
    )
    prefix = "use-case=abalone/registry-events/"
    s3 = deployed.root("s3")
    # Pending, approved, and the failed execution.
    eventually(lambda: s3.list_objects_v2(Bucket=outputs["data_bucket"], Prefix=prefix).get("KeyCount") == 3)
    return runs


@pytest.fixture(scope="module")
def answers(deployed: Project, outputs: dict[str, Any], measured: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Every named query's rows, as an analyst gets them."""
    entries = kpis.answers(client(deployed, "analyst"), outputs["kpis"]["workgroup"], outputs["kpis"]["named_queries"])
    return {name: entry["rows"] for name, entry in entries.items()}


def test_the_runs_end_as_their_thresholds_say(measured: dict[str, Any]) -> None:
    assert {name: run["status"] for name, run in measured.items()} == {"shallow": "Succeeded", "missed": "Failed"}


def test_metric_by_version_is_what_the_evaluation_file_holds(answers: dict[str, Any], measured: dict[str, Any]) -> None:
    [row] = answers["metric-by-version"]
    assert (row["version"], row["status"]) == (1, "Approved")
    for metric in ("mse", "rmse", "mae", "r2"):
        assert row[metric] == pytest.approx(measured["shallow"][metric], rel=1e-12), metric


def test_the_latest_approved_version_says_who_and_why(answers: dict[str, Any], measured: dict[str, Any]) -> None:
    [row] = answers["latest-approved"]
    assert row["reason"] == "good enough"
    assert row["approved_by"].endswith("user/data-scientist")
    assert row["mse"] == pytest.approx(measured["shallow"]["mse"], rel=1e-12)


def test_lead_time_and_rates_count_each_version_once(answers: dict[str, Any]) -> None:
    [waited] = answers["approval-lead-time"]
    assert waited["decision"] == "Approved"
    assert 0 <= waited["lead_time_hours"] < 1
    [month] = answers["approval-rate"]
    assert (month["versions"], month["approved"], month["rejected"], month["approval_rate"]) == (1, 1, 0, 1.0)


def test_the_run_that_missed_its_threshold_is_in_the_success_rate(answers: dict[str, Any]) -> None:
    executions = sum(day["executions"] for day in answers["pipeline-success-rate"])
    succeeded = sum(day["succeeded"] for day in answers["pipeline-success-rate"])
    assert (executions, succeeded) == (2, 1)


def test_freshness_knows_both_sources(answers: dict[str, Any]) -> None:
    records = {row["source"]: row["records"] for row in answers["data-freshness"]}
    assert records == {"model metrics": 2, "registry events": 3}
    assert all(0 <= row["hours_old"] < 1 for row in answers["data-freshness"])


def test_both_runs_left_their_kpi_row_under_their_own_key(
    deployed: Project, outputs: dict[str, Any], measured: dict[str, Any]
) -> None:
    prefix = "use-case=abalone/kpi/use_case=abalone/"
    listed = deployed.root("s3").list_objects_v2(Bucket=outputs["data_bucket"], Prefix=prefix)["Contents"]
    assert {entry["Key"].rpartition("/")[2] for entry in listed} == {f"{run['id']}.csv" for run in measured.values()}


def test_the_dashboards_data_sets_hold_the_same_answers(
    deployed: Project, outputs: dict[str, Any], answers: dict[str, Any]
) -> None:
    """Each data set is filled through Athena with the data source's own role."""
    quicksight, account = deployed.root("quicksight"), "123456789012"
    data_sets = quicksight.list_data_sets(AwsAccountId=account)["DataSetSummaries"]
    assert len(data_sets) == len(answers)
    for data_set in data_sets:
        ids = {"AwsAccountId": account, "DataSetId": data_set["DataSetId"], "IngestionId": "test"}
        quicksight.create_ingestion(**ids)

        def ended(ids: dict[str, Any] = ids) -> dict[str, Any]:
            ingestion: dict[str, Any] = quicksight.describe_ingestion(**ids)["Ingestion"]
            return ingestion if ingestion["IngestionStatus"] in ("COMPLETED", "FAILED") else {}

        ingestion = eventually(ended)
        assert ingestion["IngestionStatus"] == "COMPLETED", ingestion
        expected = next(rows for name, rows in answers.items() if data_set["DataSetId"].endswith(name))
        assert ingestion["RowInfo"]["RowsIngested"] == len(expected), data_set["DataSetId"]


BUCKET = "abalone-local-data-123456789012-us-east-1"
ARTIFACTS = "abalone-local-artifacts-123456789012-us-east-1"
# What the crawler's role could be misused for.
NOT_FOR_THE_CRAWLER: list[tuple[str, str, dict[str, Any]]] = [
    ("s3", "get_object", {"Bucket": BUCKET, "Key": "use-case=other/x.csv"}),
    ("s3", "get_object", {"Bucket": BUCKET, "Key": "use-case=abalone/input/diabetes.csv"}),
    ("s3", "get_object", {"Bucket": ARTIFACTS, "Key": "abalone-local/x"}),
    ("s3", "put_object", {"Bucket": BUCKET, "Key": "use-case=abalone/x.csv", "Body": b"x"}),
    ("s3", "delete_object", {"Bucket": BUCKET, "Key": "use-case=abalone/x.csv"}),
    ("s3", "list_objects_v2", {"Bucket": BUCKET, "Prefix": "use-case=other/"}),
    ("s3", "list_buckets", {}),
    ("glue", "get_table", {"DatabaseName": "other", "Name": "t"}),
    ("glue", "create_table", {"DatabaseName": "other", "TableInput": {"Name": "t"}}),
    ("glue", "delete_database", {"Name": "abalone_local_kpis"}),
    ("glue", "update_crawler", {"Name": "abalone-local-tables", "Description": "mine"}),
    ("athena", "start_query_execution", {"QueryString": "SELECT 1", "WorkGroup": "abalone-local-kpis"}),
    ("iam", "list_roles", {}),
]
# What the dashboard's role could be misused for.
NOT_FOR_THE_DASHBOARD: list[tuple[str, str, dict[str, Any]]] = [
    ("s3", "get_object", {"Bucket": BUCKET, "Key": "use-case=other/kpi/x.csv"}),
    ("s3", "get_object", {"Bucket": BUCKET, "Key": "use-case=abalone/input/diabetes.csv"}),
    ("s3", "get_object", {"Bucket": ARTIFACTS, "Key": "abalone-local/x"}),
    ("s3", "put_object", {"Bucket": BUCKET, "Key": "use-case=abalone/kpi/x.csv", "Body": b"x"}),
    ("s3", "delete_object", {"Bucket": BUCKET, "Key": "use-case=abalone/kpi/x.csv"}),
    ("glue", "get_table", {"DatabaseName": "other", "Name": "t"}),
    ("glue", "get_partitions", {"DatabaseName": "other", "TableName": "t"}),
    ("glue", "delete_table", {"DatabaseName": "abalone_local_kpis", "Name": "model_metrics"}),
    ("athena", "start_query_execution", {"QueryString": "SELECT 1", "WorkGroup": "primary"}),
    ("athena", "delete_work_group", {"WorkGroup": "abalone-local-kpis"}),
    ("sns", "list_topics", {}),
    ("iam", "list_roles", {}),
]


@pytest.mark.parametrize(
    ("role", "things"),
    [
        ("abalone-local-kpis-crawler", NOT_FOR_THE_CRAWLER),
        ("abalone-local-quicksight", NOT_FOR_THE_DASHBOARD),
    ],
    ids=["crawler", "dashboard"],
)
def test_the_role_is_refused_what_is_not_its_work(
    deployed: Project, measured: dict[str, Any], role: str, things: list[tuple[str, str, dict[str, Any]]]
) -> None:
    with clients(deployed, role) as role_clients:
        answered = {f"{s}:{operation} {p}": answer(role_clients, s, operation, p) for s, operation, p in things}
    assert {thing: code for thing, code in answered.items() if code not in REFUSED} == {}


def test_a_teams_own_table_is_crawled_and_answers(
    deployed: Project, outputs: dict[str, Any], measured: dict[str, Any]
) -> None:
    s3, glue = deployed.root("s3"), deployed.root("glue")
    folder = "use-case=abalone/tables/scores"
    s3.put_object(
        Bucket=outputs["data_bucket"], Key=f"{folder}/dt=2026-01-01/a.csv", Body=b"name,score\nx,1.5\ny,2.5\n"
    )
    crawler = outputs["kpis"]["crawler"]
    glue.start_crawler(Name=crawler)
    eventually(lambda: glue.get_crawler(Name=crawler)["Crawler"]["State"] == "READY")
    last = glue.get_crawler(Name=crawler)["Crawler"]["LastCrawl"]
    assert last["Status"] == "SUCCEEDED", last

    tables = {table["Name"]: table for table in glue.get_tables(DatabaseName=outputs["kpis"]["database"])["TableList"]}
    assert set(tables) == {"model_metrics", "registry_events", "csv_scores"}
    columns = [(c["Name"], c["Type"]) for c in tables["csv_scores"]["StorageDescriptor"]["Columns"]]
    assert columns == [("name", "string"), ("score", "double")]
    assert [key["Name"] for key in tables["csv_scores"]["PartitionKeys"]] == ["dt"]

    athena = deployed.root("athena")
    execution = athena.start_query_execution(
        QueryString="SELECT sum(score) AS total FROM csv_scores WHERE dt = '2026-01-01'",
        QueryExecutionContext={"Database": outputs["kpis"]["database"]},
        WorkGroup=outputs["kpis"]["workgroup"],
    )["QueryExecutionId"]

    def over() -> str | None:
        status = athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]["Status"]
        return status["State"] if status["State"] in ("SUCCEEDED", "FAILED") else None

    assert eventually(over) == "SUCCEEDED"
    rows = athena.get_query_results(QueryExecutionId=execution)["ResultSet"]["Rows"]
    assert rows[1]["Data"][0]["VarCharValue"] == "4.0"


def test_destroy_takes_query_results_and_crawled_tables_with_it(deployed: Project, outputs: dict[str, Any]) -> None:
    """The last test of this module: the stack is gone after it."""
    sagemaker = deployed.root("sagemaker")
    listed = sagemaker.list_model_packages(ModelPackageGroupName=outputs["model_package_group"])
    for summary in listed["ModelPackageSummaryList"]:
        sagemaker.delete_model_package(ModelPackageName=summary["ModelPackageArn"])
    assert set(deployed.changes("destroy")) == {"delete"}
    names = [database["Name"] for database in deployed.root("glue").get_databases()["DatabaseList"]]
    assert outputs["kpis"]["database"] not in names
    workgroups = [group["Name"] for group in deployed.root("athena").list_work_groups()["WorkGroups"]]
    assert outputs["kpis"]["workgroup"] not in workgroups
    buckets = [bucket["Name"] for bucket in deployed.root("s3").list_buckets()["Buckets"]]
    assert not {outputs["data_bucket"], outputs["artifact_bucket"]} & set(buckets)
