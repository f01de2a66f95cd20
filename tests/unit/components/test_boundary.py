"""Every role of the whole program lies within the boundary, and needs nothing that the boundary does not have."""

import fnmatch
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from components import (
    Cicd,
    ExecutionRole,
    ExecutionRoleArgs,
    KpiVisualization,
    KpiVisualizationArgs,
    Notifications,
    NotificationsArgs,
)
from components.cicd.jobs import JOBS
from contract.names import APPROVER_ROLE, Deployment
from permissions.boundary import boundary_document
from permissions.managed import PASSED_ROLES
from permissions.policies import delivery_roles
from settings import StackSettings
from settings.kpis import KpiSettings
from settings.models import NotificationSettings

KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/1"
STATE_KEY = "arn:aws:kms:us-east-1:123456789012:key/state"
CHANNELS = [{"workspaceId": "T07EA123LEP", "channelId": "C07EZ1ABC23"}]
APPROVERS = ["arn:aws:iam::123456789012:role/model-owners"]
PASSED_TO = {**PASSED_ROLES, **delivery_roles([job.name for job in JOBS])}
ROLES = {f"abalone-local-{role}" for role in (*PASSED_TO, APPROVER_ROLE)}


@pytest.fixture(scope="module")
def everything(local_settings: StackSettings, delivered: Callable[..., StackSettings]) -> StackSettings:
    """The local settings with all optional parts switched on."""
    given = local_settings.kpis.model_dump(by_alias=True, mode="json")
    given["quicksight"]["patchServiceRole"] = given["lakeFormation"]["enabled"] = True
    given["quicksight"]["owners"] = ["arn:aws:quicksight:us-east-1:123456789012:user/default/owner"]
    subscribers = NotificationSettings.model_validate_json(json.dumps({"slackChannels": CHANNELS}))
    changes = {"kpis": KpiSettings.model_validate_json(json.dumps(given)), "notifications": subscribers}
    return delivered(approval={"approverRoles": APPROVERS}).model_copy(update=changes)


@pytest.fixture(scope="module")
def program(
    everything: StackSettings,
    workspace: Any,
    cicd: Callable[..., Cicd],
    build: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Any:
    zip_file = tmp_path_factory.mktemp("package") / "notifier.zip"
    zip_file.write_bytes(b"PK\x05\x06" + bytes(18))

    def make() -> None:
        shared = workspace()
        ExecutionRole("execution", ExecutionRoleArgs(workspace=shared))
        notifications = NotificationsArgs(
            workspace=shared,
            notifier_zip=zip_file,
            subscribers=everything.notifications,
        )
        Notifications("notifications", notifications)
        KpiVisualization("kpis", KpiVisualizationArgs(workspace=shared, settings=everything.kpis))
        cicd(everything)

    return build(make)


def test_every_role_has_the_boundary_and_is_one_of_those_that_are_known(program: Any, deployment: Deployment) -> None:
    roles = [program.inputs(name) for name in program.names_of("aws:iam/role:Role")]
    assert {role["name"] for role in roles} == ROLES
    assert {role["permissionsBoundary"] for role in roles} == {deployment.boundary_arn}


def test_each_role_is_passed_to_the_service_that_its_trust_names(program: Any) -> None:
    roles = program.names_of("aws:iam/role:Role")
    assert len(roles) == len(ROLES)
    for name in roles:
        role = program.inputs(name)["name"].removeprefix("abalone-local-")
        [statement] = json.loads(program.inputs(name)["assumeRolePolicy"])["Statement"]
        assert statement["Principal"].get("Service") == PASSED_TO.get(role), role
        assert statement.get("Condition") or role in {"notifier", "lake-formation", "approve"}


def matches(patterns: Any, value: str) -> bool:
    listed = [patterns] if isinstance(patterns, str) else patterns
    return any(fnmatch.fnmatchcase(value.lower(), pattern.lower()) for pattern in listed)


def within(boundary: Sequence[Any], action: str, resource: str) -> bool:
    """Whether a permission on a resource, or a pattern of resources, is inside an Allow; conditions are left aside."""
    return any(
        statement["Effect"] == "Allow"
        and matches(statement["Action"], action)
        and matches(statement["Resource"], resource)
        for statement in boundary
    )


def test_no_role_has_a_permission_that_the_boundary_takes_away(program: Any, everything: StackSettings) -> None:
    # The mocked stack uses existing buckets.
    buckets = everything.buckets.model_copy(update={"artifacts": "artifacts", "data": "data-bucket"})
    boundary = boundary_document(everything.model_copy(update={"buckets": buckets}), STATE_KEY)["Statement"]
    policies = [*program.names_of("aws:iam/rolePolicy:RolePolicy"), *program.names_of("aws:iam/policy:Policy")]
    beyond: set[tuple[str, str, str]] = set()
    for name in policies:
        for statement in json.loads(program.inputs(name)["policy"])["Statement"]:
            for action in statement["Action"]:
                for resource in statement["Resource"]:
                    if not within(boundary, action, real(resource)):
                        beyond.add((name, action, resource))
    assert sorted(beyond) == []
    assert len(policies) > 20


def real(resource: str) -> str:
    """A mocked ARN as one of the right service."""
    services = {
        "arn:mock:notifications-topic": "sns:us-east-1:123456789012:abalone-local-notifications",
        "arn:mock:notifications-failed": "sqs:us-east-1:123456789012:abalone-local-failed",
        "arn:mock:notifications-notifier-idempotency": "dynamodb:us-east-1:123456789012:table/abalone-local-x",
        "arn:mock:notifications-notifier-logs": "logs:us-east-1:123456789012:log-group:/aws/lambda/abalone-local-x",
        "arn:mock:kpis-crawler-logs": "logs:us-east-1:123456789012:log-group:/aws-glue/crawlers-role/abalone-local-x",
    }
    for mock, arn in services.items():
        resource = resource.replace(mock, f"arn:aws:{arn}")
    return resource


def test_no_module_makes_a_role_by_itself() -> None:
    components = Path(__file__).parents[3] / "components"
    makers = {path.name for path in components.rglob("*.py") if "aws.iam.Role(" in path.read_text()}
    assert makers == {"iam.py"}
    assert "permissions_boundary=deployment.boundary_arn" in (components / "iam.py").read_text()
