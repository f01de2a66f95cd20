"""Every role of the whole program lies within the boundary, and needs nothing that the boundary does not have."""

import fnmatch
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from components.cicd.jobs import JOBS
from contract.names import APPROVER_ROLE, Deployment
from permissions.boundary import boundary_document
from permissions.managed import PASSED_ROLES
from permissions.policies import delivery_roles
from settings import StackSettings

from .conftest import BUCKET_OF_A_TEAM

STATE_KEY = "arn:aws:kms:us-east-1:123456789012:key/state"
PASSED_TO = {**PASSED_ROLES, **delivery_roles([job.name for job in JOBS])}
ROLES = {f"abalone-local-{role}" for role in (*PASSED_TO, APPROVER_ROLE)}


def test_every_role_has_the_boundary_and_is_one_of_those_that_are_known(
    whole_program: Any, deployment: Deployment
) -> None:
    roles = [whole_program.inputs(name) for name in whole_program.names_of("aws:iam/role:Role")]
    assert {role["name"] for role in roles} == ROLES
    assert {role["permissionsBoundary"] for role in roles} == {deployment.boundary_arn}


def test_each_role_is_passed_to_the_service_that_its_trust_names(whole_program: Any) -> None:
    roles = whole_program.names_of("aws:iam/role:Role")
    assert len(roles) == len(ROLES)
    for name in roles:
        role = whole_program.inputs(name)["name"].removeprefix("abalone-local-")
        [statement] = json.loads(whole_program.inputs(name)["assumeRolePolicy"])["Statement"]
        assert statement["Principal"].get("Service") == PASSED_TO.get(role), role
        assert statement.get("Condition") or role in {"notifier", "lake-formation", "approve"}


def matches(patterns: Any, value: str) -> bool:
    listed = [patterns] if isinstance(patterns, str) else patterns
    return any(fnmatch.fnmatchcase(value.lower(), pattern.lower()) for pattern in listed)


def within(boundary: Sequence[Any], action: str, resource: str) -> bool:
    """Whether a permission on a resource, or a pattern of resources, is inside an Allow; conditions are left aside."""
    return any(
        statement["Effect"] == "Allow"
        and ("Action" not in statement or matches(statement["Action"], action))
        and ("NotAction" not in statement or not matches(statement["NotAction"], action))
        and matches(statement["Resource"], resource)
        for statement in boundary
    )


def test_no_role_has_a_permission_that_the_boundary_takes_away(
    whole_program: Any, local_settings: StackSettings
) -> None:
    quick_sight = local_settings.kpis.quick_sight.model_copy(update={"patch_service_role": True})
    kpis = local_settings.kpis.model_copy(update={"quick_sight": quick_sight})
    boundary = boundary_document(local_settings.model_copy(update={"kpis": kpis}), STATE_KEY)["Statement"]
    assert outside(boundary, whole_program) == []


def test_nor_where_a_team_has_one_bucket_of_its_own_for_all(
    program_of_a_team: Any, local_settings: StackSettings
) -> None:
    buckets = local_settings.buckets.model_copy(update={"artifacts": BUCKET_OF_A_TEAM, "data": BUCKET_OF_A_TEAM})
    boundary = boundary_document(local_settings.model_copy(update={"buckets": buckets}), STATE_KEY)["Statement"]
    assert outside(boundary, program_of_a_team) == []


def outside(boundary: Sequence[Any], registered: Any) -> list[tuple[str, str, str]]:
    """The permissions of all policies that no statement of the boundary allows."""
    policies = [
        *registered.names_of("aws:iam/rolePolicy:RolePolicy"),
        *registered.names_of("aws:iam/policy:Policy"),
    ]
    assert len(policies) > 20
    return sorted(
        {
            (name, action, resource)
            for name in policies
            for statement in json.loads(registered.inputs(name)["policy"])["Statement"]
            for action in statement["Action"]
            for resource in statement["Resource"]
            if not within(boundary, action, resource)
        }
    )


def test_no_module_makes_a_role_by_itself() -> None:
    components = Path(__file__).parents[3] / "components"
    makers = {path.name for path in components.rglob("*.py") if "aws.iam.Role(" in path.read_text()}
    assert makers == {"iam.py"}
    assert "permissions_boundary=deployment.boundary_arn" in (components / "iam.py").read_text()
