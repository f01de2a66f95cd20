"""Who sees the dashboard: each list of principals through the real engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .conftest import Project, scratch_checkout

if TYPE_CHECKING:
    from localcloud.lifecycle import LocalCloud

pytestmark = pytest.mark.local

ACCOUNT = "123456789012"
ARN = f"arn:aws:quicksight:{{}}:{ACCOUNT}:{{}}/default/{{}}"
OWNER = ARN.format("us-east-1", "user", "owner")
VIEWERS = [ARN.format("us-east-1", kind, name) for kind, name in (("user", "a"), ("group", "b"), ("user", "c"))]
KEY = "mlops-infra:kpis"


def principals(project: Project, **lists: Any) -> None:
    def change(config: dict[str, Any]) -> None:
        config[KEY]["quicksight"] |= {"owners": [], "viewers": [], "identityRegion": None, **lists}

    project.configure(change)


def of_quicksight(project: Project) -> list[str]:
    return sorted(r["type"] for r in project.resources() if "quicksight" in r["type"].lower())


def permitted(project: Project) -> dict[str, int]:
    """Each principal of the dashboard with the number of actions that it may take."""
    permissions = project.root("quicksight").describe_dashboard_permissions(
        AwsAccountId=ACCOUNT, DashboardId="abalone-local-kpis"
    )["Permissions"]
    return {entry["Principal"]: len(entry["Actions"]) for entry in permissions}


@pytest.fixture(scope="module")
def project(stack_cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """One stack for all lists: where a test ends, nobody sees the dashboard."""
    return Project(stack_cloud, scratch_checkout(tmp_path_factory.mktemp("checkout") / "main"))


def test_nobody_one_and_four_principals_are_changes_of_permissions_only(project: Project) -> None:
    principals(project)
    output = project.ok("up", "--yes", "--skip-preview")
    assert "mlops-infra:kpis.quicksight.owners" in output, "the warning names the key"
    assert "warning" in output
    assert of_quicksight(project) == []
    assert "aws:glue/crawler:Crawler" in {resource["type"] for resource in project.resources()}, "all else is deployed"
    assert project.outputs()["kpis"]["dashboard"] is None

    principals(project, owners=[OWNER])
    assert set(project.changes("up")) <= {"create", "update"}
    assert set(permitted(project)) == {OWNER}
    created = of_quicksight(project)
    assert "aws-native:quicksight:Dashboard" in created

    principals(project, owners=[OWNER], viewers=VIEWERS)
    assert set(project.changes("up")) == {"update"}, "nothing is replaced or made anew"
    assert of_quicksight(project) == created
    assert set(permitted(project)) == {OWNER, *VIEWERS}
    assert permitted(project)[OWNER] > permitted(project)[VIEWERS[0]], "an owner may do more than a viewer"
    assert project.changes("up") == {}

    principals(project, owners=[OWNER], viewers=VIEWERS[:1])
    assert set(project.changes("up")) == {"update"}
    assert set(permitted(project)) == {OWNER, VIEWERS[0]}

    principals(project)
    assert set(project.changes("up")) <= {"delete", "update"}
    assert of_quicksight(project) == []


def test_principals_of_another_region_are_welcome_as_quicksight_has_one_identity_region(project: Project) -> None:
    elsewhere = ARN.format("eu-west-1", "user", "owner")
    principals(project, owners=[elsewhere])
    project.changes("up")
    assert set(permitted(project)) == {elsewhere}
    assert set(project.changes("destroy")) == {"delete"}


@pytest.mark.parametrize(
    ("lists", "expected"),
    [
        ({"owners": ["arn:aws:iam::123456789012:user/me"]}, "quicksight.owners[0]: given"),
        ({"viewers": [OWNER.replace(ACCOUNT, "210987654321")]}, "operations.accountId is 123456789012"),
        ({"owners": [OWNER], "identityRegion": "eu-west-1"}, "identityRegion is eu-west-1"),
    ],
    ids=["malformed", "another account", "another identity region"],
)
def test_a_wrong_principal_stops_everything_and_is_named(project: Project, lists: Any, expected: str) -> None:
    principals(project, **lists)
    result = project.run("up", "--yes", "--skip-preview")
    assert result.returncode != 0
    assert expected in result.stdout
    assert project.resources() == []
