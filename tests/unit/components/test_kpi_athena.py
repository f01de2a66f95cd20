"""KPI visualisation: the workgroup's limits, what destroy may drop, what the stack's output says, and grants."""

import dataclasses
import inspect
import json
import re
from typing import Any

import pulumi_aws as aws
import pytest

from components import KpiVisualization, KpiVisualizationArgs, Storage, StorageArgs
from components.cicd.jobs import JOBS
from components.kpi_visualization import queries
from contract.layout import DataLayout
from contract.names import Deployment
from settings import StackSettings
from settings.kpis import KpiSettings

ANALYST = "arn:aws:iam::123456789012:role/analysts/kpi-reader"


@pytest.mark.parametrize("preview", [False, True])
def test_nobody_can_talk_the_workgroup_out_of_encryption_and_its_limit(kpi_stack: Any, preview: bool) -> None:
    workgroup = kpi_stack(preview=preview).inputs("kpis-workgroup")
    configuration = workgroup["configuration"]
    assert workgroup["name"] == "abalone-local-kpis"
    assert configuration["enforceWorkgroupConfiguration"] is True
    assert configuration["publishCloudwatchMetricsEnabled"] is True
    assert configuration["bytesScannedCutoffPerQuery"] == 100_000_000
    assert configuration["engineVersion"] == {"selectedEngineVersion": "Athena engine version 3"}
    assert configuration["resultConfiguration"] == {
        "outputLocation": "s3://data-bucket/use-case=abalone/athena-results/",
        "expectedBucketOwner": "123456789012",
        "encryptionConfiguration": {
            "encryptionOption": "SSE_KMS",
            "kmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/1",
        },
    }


def test_the_least_scan_limit_that_the_settings_take_is_one_that_the_provider_takes(
    build: Any, workspace: Any, local_settings: StackSettings
) -> None:
    documented = inspect.getdoc(aws.athena.WorkgroupConfigurationArgs.bytes_scanned_cutoff_per_query)
    least = int(re.findall(r"Must be at least `(\d+)`", str(documented))[0])
    [ge] = [rule.ge for rule in KpiSettings.model_fields["scan_limit_megabytes"].metadata if hasattr(rule, "ge")]
    settings = local_settings.kpis.model_copy(update={"scan_limit_megabytes": ge})
    notifier = "arn:aws:iam::123456789012:role/abalone-local-notifier"

    def program() -> KpiVisualization:
        args = KpiVisualizationArgs(workspace=workspace(), settings=settings, notifier_role_arn=notifier)
        return KpiVisualization("kpis", args)

    registered = build(program)
    workgroup = registered.inputs("kpis-workgroup")
    assert least <= workgroup["configuration"]["bytesScannedCutoffPerQuery"] < least + 1_000_000


def test_every_question_is_a_named_query_of_the_workgroup_on_the_stacks_database(kpi_stack: Any) -> None:
    registered = kpi_stack()
    for query in queries.QUERIES:
        inputs = registered.inputs(f"kpis-{query.name}")
        assert (inputs["name"], inputs["workgroup"]) == (query.name, "abalone-local-kpis")
        assert inputs["database"] == "abalone_local_kpis"
        assert inputs["query"] == query.sql("abalone_local_kpis", "abalone")


def test_query_results_expire_and_nothing_else_does(build: Any, deployment: Deployment) -> None:
    expiring = DataLayout("abalone").expiring
    args = StorageArgs(
        deployment=deployment, short_name="data", existing_name=None, key_arn="arn:key", expiring_prefixes=expiring
    )
    rules = build(lambda: Storage("data", args)).inputs("data-lifecycle")["rules"]
    assert [rule for rule in rules if "expiration" in rule] == [
        {
            "id": "expire-athena-results",
            "status": "Enabled",
            "filter": {"prefix": "use-case=abalone/athena-results/"},
            "expiration": {"days": 7},
            "noncurrentVersionExpiration": {"noncurrentDays": 1},
        }
    ]


@pytest.mark.parametrize("protected", [True, False])
def test_removal_protection_decides_whether_destroy_may_drop_the_catalog(
    kpi_stack: Any, deployment: Deployment, protected: bool
) -> None:
    registered = kpi_stack(deployment=dataclasses.replace(deployment, removal_protection=protected))
    for name in ("kpis-database", "kpis-model-metrics", "kpis-registry-events"):
        options = registered.requests[name]
        assert (options.protect, options.retainOnDelete) == (protected, protected), name
    assert registered.inputs("kpis-workgroup")["forceDestroy"] is not protected
    assert not registered.requests["kpis-crawler"].protect


def test_the_summary_names_what_the_stacks_users_ask_for(build: Any, kpis: Any) -> None:
    seen: list[dict[str, Any]] = []
    build(lambda: kpis().summary.apply(seen.append))
    build(lambda: kpis(quicksight={"owners": [], "viewers": []}).summary.apply(seen.append))
    with_dashboard, without = seen
    assert with_dashboard == {
        "database": "abalone_local_kpis",
        "workgroup": "abalone-local-kpis",
        "crawler": "abalone-local-tables",
        "named_queries": {query.name: f"kpis-{query.name}-id" for query in queries.QUERIES},
        "dashboard": "abalone-local-kpis",
    }
    assert without == {**with_dashboard, "dashboard": None}


def test_all_parts_stand_below_the_component_which_ends_registered(kpi_stack: Any) -> None:
    registered = kpi_stack()
    urns = [urn for urn in registered.resources if "::kpis-" in urn]
    assert len(urns) > 30
    for urn in urns:
        kind = urn.split("::")[2]
        assert kind.startswith(("mlops:index:KpiVisualization$", "mlops:index:QuickSight$")), urn
    assert {registered.urn("kpis"), registered.urn("kpis-quicksight")} <= registered.finished


def test_lake_formation_is_left_alone_unless_it_is_enabled(kpi_stack: Any) -> None:
    registered = kpi_stack()
    assert registered.names_of("aws:lakeformation/permissions:Permissions") == []
    assert registered.names_of("aws:lakeformation/resource:Resource") == []
    assert "ReadGovernedData" not in registered.statements("kpis-quicksight-policy")


@pytest.mark.parametrize("preview", [False, True])
def test_with_lake_formation_each_reader_gets_what_it_reads_and_no_more(kpi_stack: Any, preview: bool) -> None:
    registered = kpi_stack(lake_formation={"enabled": True, "analystRoles": [ANALYST]}, preview=preview)
    grants = {
        name: {key: registered.inputs(name).get(key) for key in ("principal", "permissions", "database", "table")}
        for name in registered.names_of("aws:lakeformation/permissions:Permissions")
    }
    database = {"name": "abalone_local_kpis"}
    read = ["DESCRIBE", "SELECT"]

    def grant(principal: str, permissions: list[str], table: dict[str, Any] | None = None) -> dict[str, Any]:
        on_table = {"databaseName": "abalone_local_kpis", **table} if table else None
        on_database = None if table else database
        return {"principal": principal, "permissions": permissions, "database": on_database, "table": on_table}

    crawler, quicksight = "arn:mock:kpis-crawler-role", "arn:mock:kpis-quicksight-role"
    notifier = "arn:aws:iam::123456789012:role/abalone-local-notifier"
    assert grants == {
        "kpis-database-crawler": grant(crawler, ["CREATE_TABLE", "DESCRIBE"]),
        "kpis-quicksight-database": grant(quicksight, ["DESCRIBE"]),
        "kpis-quicksight-model-metrics": grant(quicksight, read, {"name": "model_metrics"}),
        "kpis-quicksight-registry-events": grant(quicksight, read, {"name": "registry_events"}),
        "kpis-notifier-database": grant(notifier, ["DESCRIBE"]),
        "kpis-notifier-tables": grant(notifier, ["DESCRIBE"], {"wildcard": True}),
        "kpis-analyst-analysts-kpi-reader-database": grant(ANALYST, ["DESCRIBE"]),
        "kpis-analyst-analysts-kpi-reader-tables": grant(ANALYST, read, {"wildcard": True}),
    }
    assert registered.statements("kpis-quicksight-policy")["ReadGovernedData"]["Action"] == [
        "lakeformation:GetDataAccess"
    ]


JOB_ROLES = {job.name: f"arn:aws:iam::123456789012:role/abalone-local-{job.name}" for job in JOBS}


def grants_of(registered: Any, principal: str) -> list[tuple[Any, list[str]]]:
    """What is granted to one role: the database, the name of a table or "all tables", with the permissions."""
    grants = [registered.inputs(name) for name in registered.names_of("aws:lakeformation/permissions:Permissions")]
    assert all(grant.get("database", grant.get("table")) for grant in grants)
    return sorted(
        (
            grant["database"]["name"] if "database" in grant else grant["table"].get("name", "all tables"),
            grant["permissions"],
        )
        for grant in grants
        if grant["principal"] == principal
    )


def test_with_lake_formation_the_deliverys_jobs_may_do_with_the_catalog_what_they_do(kpi_stack: Any) -> None:
    registered = kpi_stack(lake_formation={"enabled": True}, job_role_arns=JOB_ROLES)
    by_job = {job: grants_of(registered, arn) for job, arn in JOB_ROLES.items()}
    database = "abalone_local_kpis"
    assert {job: grants for job, grants in by_job.items() if grants} == {
        "deploy": [
            (database, ["ALTER", "CREATE_TABLE", "DESCRIBE", "DROP"]),
            ("all tables", ["ALTER", "DESCRIBE", "DROP"]),
        ],
        "drift": [(database, ["DESCRIBE"]), ("all tables", ["DESCRIBE"])],
        "verify": [
            (database, ["DESCRIBE"]),
            ("model_metrics", ["DESCRIBE", "SELECT"]),
            ("registry_events", ["DESCRIBE", "SELECT"]),
        ],
    }


def test_a_job_that_the_settings_leave_out_gets_no_grant(kpi_stack: Any) -> None:
    without_drift = {job: arn for job, arn in JOB_ROLES.items() if job != "drift"}
    registered = kpi_stack(lake_formation={"enabled": True}, job_role_arns=without_drift)
    assert grants_of(registered, JOB_ROLES["drift"]) == []
    assert grants_of(registered, JOB_ROLES["verify"]) != []


def test_grants_wait_for_the_jobs_roles(whole_program: Any) -> None:
    """A grant to a role that does not exist yet is refused."""
    for job, grant in {
        "verify": "kpis-verify-model-metrics",
        "drift": "kpis-drift-tables",
        "deploy": "kpis-deploy-tables",
    }.items():
        waits_for = {urn.rpartition("::")[2] for urn in whole_program.requests[grant].dependencies}
        assert f"delivery-{job}-role" in waits_for


def test_verify_may_read_governed_data_where_lake_formation_is_enabled_and_only_there(
    whole_program: Any, build: Any, cicd: Any
) -> None:
    statement = whole_program.statements("delivery-verify-policy")["ReadGovernedData"]
    assert (statement["Action"], statement["Resource"]) == (["lakeformation:GetDataAccess"], ["*"])
    assert "ReadGovernedData" not in build(cicd).statements("delivery-verify-policy")


def test_lake_formation_governs_the_declared_tables_data_and_not_athenas_results(kpi_stack: Any) -> None:
    registered = kpi_stack(lake_formation={"enabled": True})
    locations = {registered.inputs(name)["arn"] for name in registered.names_of("aws:lakeformation/resource:Resource")}
    assert locations == {
        "arn:aws:s3:::data-bucket/use-case=abalone/kpi",
        "arn:aws:s3:::data-bucket/use-case=abalone/registry-events",
    }
    reads = registered.statements("kpis-lake-formation-policy")
    assert "s3:PutObject" not in json.dumps(reads)
    assert reads["ReadKpiTables"]["Resource"] == [f"{arn}/*" for arn in sorted(locations)]
