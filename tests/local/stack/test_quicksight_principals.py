"""QuickSight principals through the real engine: none, one, four, fewer again, and those that can't be used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Project

pytestmark = pytest.mark.local

ACCOUNT = "123456789012"
USER = f"arn:aws:quicksight:us-east-1:{ACCOUNT}:user/default"
NAME = "abalone-local-kpis"
ASSETS = ("quicksight/dataSource", "quicksight/dataSet", "quicksight/refreshSchedule", "quicksight:Dashboard")


def principals(*, owners: tuple[str, ...] = (), viewers: tuple[str, ...] = ()) -> Callable[[dict[str, Any]], None]:
    """Edits the stack's config file."""

    def change(config: dict[str, Any]) -> None:
        config["mlops-infra:kpis"]["quicksight"].update(owners=list(owners), viewers=list(viewers))

    return change


def assets(project: Project) -> list[str]:
    return [r["urn"] for r in project.resources() if any(kind in r["type"] for kind in ASSETS)]


def dashboard_permissions(project: Project) -> dict[str, int]:
    """How many actions each principal has on the dashboard, as QuickSight says."""
    answer = project.root("quicksight").describe_dashboard_permissions(AwsAccountId=ACCOUNT, DashboardId=NAME)
    return {permission["Principal"]: len(permission["Actions"]) for permission in answer["Permissions"]}


def test_principals_come_and_go_and_only_permissions_change(project: Project) -> None:
    project.configure(principals())
    output = project.ok("up", "--yes", "--skip-preview")
    assert "warning: No QuickSight principal is configured" in output
    assert "mlops-infra:kpis.quicksight.owners" in output
    assert assets(project) == []
    assert project.outputs()["kpis"]["dashboard"] is None
    assert project.root("athena").get_work_group(WorkGroup=NAME)["WorkGroup"]["State"] == "ENABLED"

    project.configure(principals(viewers=(f"{USER}/ann",)))
    assert set(project.changes("up")) == {"create"}
    made = assets(project)
    assert len(made) == 14
    assert dashboard_permissions(project) == {f"{USER}/ann": 3}

    project.configure(principals(owners=(f"{USER}/bob", f"{USER}/cid"), viewers=(f"{USER}/ann", f"{USER}/dan")))
    assert project.changes("up") == {"update": 8}
    assert assets(project) == made
    assert dashboard_permissions(project) == {
        f"{USER}/ann": 3,
        f"{USER}/bob": 8,
        f"{USER}/cid": 8,
        f"{USER}/dan": 3,
    }

    project.configure(principals(owners=(f"{USER}/bob",)))
    assert project.changes("up") == {"update": 8}
    assert dashboard_permissions(project) == {f"{USER}/bob": 8}
    assert project.changes("refresh") == {}

    project.configure(principals())
    assert set(project.changes("up")) == {"delete"}
    assert assets(project) == []
    project.ok("destroy", "--yes", "--skip-preview")


@pytest.mark.parametrize(
    ("listed", "reason"),
    [
        (("ann",), "a list of QuickSight user or group ARNs"),
        ((f"{USER}/ann", f"{USER.replace('us-east-1', 'eu-west-1')}/bob"), "the region of the first ARN is us-east-1"),
        ((f"{USER.replace(ACCOUNT, '210987654321')}/ann",), f"operations.accountId is {ACCOUNT}"),
    ],
)
def test_principals_that_cannot_be_used_stop_an_up_before_anything_is_created(
    project: Project, listed: tuple[str, ...], reason: str
) -> None:
    project.configure(principals(viewers=listed))
    result = project.run("up", "--yes", "--skip-preview")
    assert result.returncode != 0
    assert f"mlops-infra:kpis.quicksight.viewers[{len(listed) - 1}]" in result.stdout
    assert reason in result.stdout
    assert project.resources() == []
