"""A stack in an account whose catalog Lake Formation governs: nothing is open to everybody whom IAM allows."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from bootstrap.target import Target
from demo import kpis
from permissions.people import policies_of_analyst

from .borrowed import ACCOUNT, answer, clients, credentials, document
from .conftest import Project, scratch_checkout
from .verification import failures, verify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from localcloud.lifecycle import LocalCloud

pytestmark = pytest.mark.local

LISTED, UNLISTED = "listed-analyst", "unlisted-analyst"
DEPLOY = "abalone-local-deploy"
CRAWLED = "csv_scores"
SETTINGS = "mlops-infra:kpis"


def role_arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def govern(cloud: LocalCloud) -> None:
    """Take from new databases and tables what makes them open to everybody: "Changing the default settings"."""
    lake = cloud.client("lakeformation", "root")
    settings = lake.get_data_lake_settings()["DataLakeSettings"]
    defaults = {"CreateDatabaseDefaultPermissions": (), "CreateTableDefaultPermissions": ()}
    assert all(settings[name] for name in defaults)
    lake.put_data_lake_settings(DataLakeSettings={**settings, **defaults})


def add_administrator(project: Project, role: str) -> None:
    lake = project.root("lakeformation")
    settings = lake.get_data_lake_settings()["DataLakeSettings"]
    administrators = [*settings["DataLakeAdmins"], {"DataLakePrincipalIdentifier": role_arn(role)}]
    lake.put_data_lake_settings(DataLakeSettings={**settings, "DataLakeAdmins": administrators})


def list_analysts(project: Project, *roles: str) -> None:
    grants = {"enabled": True, "analystRoles": [role_arn(role) for role in roles]}
    project.configure(lambda config: config[SETTINGS].update(lakeFormation=grants))


def create_analyst(project: Project, name: str) -> None:
    """A role of the account's with what analysts need of IAM, as a team's administrator creates it."""
    iam = project.root("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))
    for number, policy in enumerate(policies_of_analyst(Target.read(project.stack, project.directory).settings)):
        iam.put_role_policy(RoleName=name, PolicyName=f"analyse-{number}", PolicyDocument=json.dumps(policy))


@pytest.fixture(scope="module")
def governed(stack_cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Stack `local` as a person deploys it first, who is a data lake administrator; one of two analysts is listed."""
    govern(stack_cloud)
    project = Project(stack_cloud, scratch_checkout(tmp_path_factory.mktemp("checkout") / "main"))
    list_analysts(project)
    for name in (LISTED, UNLISTED):
        create_analyst(project, name)
    list_analysts(project, LISTED)
    assert set(project.changes("up")) == {"create"}
    return project


@pytest.fixture(scope="module")
def outputs(governed: Project) -> dict[str, Any]:
    return governed.outputs()["kpis"]


def up_as_deploy(project: Project) -> None:
    """Update the stack with the credentials of the delivery pipeline's stage Deploy."""
    with credentials(project, DEPLOY) as temporary:
        environment = {
            "AWS_ACCESS_KEY_ID": temporary["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": temporary["SecretAccessKey"],
            "AWS_SESSION_TOKEN": temporary["SessionToken"],
        }
        update = ("up", "--yes", "--skip-preview")
        process = project.start(*update, environment=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        output, _ = process.communicate(timeout=240)
    assert process.returncode == 0, output


def refusals(project: Project, role: str, outputs: dict[str, Any]) -> Sequence[str]:
    """The reason why each named query has no answer for a role."""
    reasons: list[str] = []
    with clients(project, role) as of_role:
        for name, identifier in outputs["named_queries"].items():
            with pytest.raises(kpis.KpiError) as refused:
                kpis.answers(of_role, outputs["workgroup"], {name: identifier})
            reasons.append(str(refused.value))
    return reasons


def test_nothing_of_the_stack_is_open_to_everybody(governed: Project, outputs: dict[str, Any]) -> None:
    grants = governed.root("lakeformation").list_permissions()["PrincipalResourcePermissions"]
    principals = {grant["Principal"]["DataLakePrincipalIdentifier"] for grant in grants}
    assert role_arn(LISTED) in principals
    assert "IAM_ALLOWED_PRINCIPALS" not in principals


def test_verify_names_the_missing_administrator_and_passes_once_it_is_there(governed: Project) -> None:
    [failed] = failures(verify(governed))
    assert "data lake administrators" in failed
    assert role_arn(DEPLOY) in failed

    add_administrator(governed, DEPLOY)
    done = verify(governed)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_listed_analyst_crawls_and_queries_the_kpis_and_what_the_crawl_found(
    governed: Project, outputs: dict[str, Any]
) -> None:
    bucket = governed.outputs()["data_bucket"]
    csv = b"name,score\nx,1.5\ny,2.5\n"
    governed.root("s3").put_object(Bucket=bucket, Key="use-case=abalone/tables/scores/dt=2026-01-01/a.csv", Body=csv)
    with clients(governed, LISTED) as of_role:
        kpis.crawl(of_role, outputs["crawler"])
        answers = kpis.answers(of_role, outputs["workgroup"], outputs["named_queries"])
        tables = of_role("glue").get_tables(DatabaseName=outputs["database"])["TableList"]
    assert set(answers) == set(outputs["named_queries"])
    assert {table["Name"] for table in tables} == {"model_metrics", "registry_events", CRAWLED}


def test_an_unlisted_analyst_with_the_same_policies_is_refused_until_a_delivery_lists_it(
    governed: Project, outputs: dict[str, Any]
) -> None:
    reasons = refusals(governed, UNLISTED, outputs)
    assert reasons
    assert [reason for reason in reasons if "Insufficient Lake Formation permission(s)" not in reason] == []
    with clients(governed, UNLISTED) as of_role:
        assert of_role("glue").get_tables(DatabaseName=outputs["database"])["TableList"] == []

    list_analysts(governed, LISTED, UNLISTED)
    up_as_deploy(governed)

    with clients(governed, UNLISTED) as of_role:
        answers = kpis.answers(of_role, outputs["workgroup"], outputs["named_queries"])
    assert set(answers) == set(outputs["named_queries"])


def test_the_dashboards_data_sets_are_filled_from_governed_tables(governed: Project, outputs: dict[str, Any]) -> None:
    state = json.loads(governed.ok("stack", "export"))
    data_sets = kpis.refresh(governed.root, governed.cloud.account, state)
    assert len(data_sets) == len(outputs["named_queries"])


def test_deploy_may_change_the_tables_that_a_person_created(governed: Project, outputs: dict[str, Any]) -> None:
    of_table = {"DatabaseName": outputs["database"]}
    table = governed.root("glue").get_table(**of_table, Name="model_metrics")["Table"]
    members = ("Name", "Description", "TableType", "Parameters", "PartitionKeys", "StorageDescriptor")
    update = {**of_table, "TableInput": {member: table[member] for member in members}}
    with clients(governed, DEPLOY) as of_role:
        assert answer(of_role, "glue", "update_table", update) == "allowed"


def test_it_is_refreshed_and_destroyed_without_what_is_open_to_everybody(
    governed: Project, outputs: dict[str, Any]
) -> None:
    """The last test of this module: the stack is gone after it."""
    governed.ok("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    governed.ok("destroy", "--yes", "--skip-preview")
    databases = governed.root("glue").get_databases()["DatabaseList"]
    assert outputs["database"] not in {database["Name"] for database in databases}
