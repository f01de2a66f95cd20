"""The policies of people, against the service authorization reference and IAM's limits."""

from __future__ import annotations

import functools
import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from bootstrap import Target
from permissions import people, policies
from permissions.managed import ANY
from permissions.statements import Document
from settings import StackSettings

ROOT = Path(__file__).parents[3]
PEOPLE = {
    "deployer": people.policies_of_deployer,
    "data scientist": people.policies_of_data_scientist,
    "analyst": people.policies_of_analyst,
}


@functools.cache
def reference() -> dict[str, dict[str, Any]]:
    """The service authorization reference by service prefix, as a package of the development tools ships it."""
    package = importlib.util.find_spec("parliament")
    assert package
    assert package.origin
    services = json.loads(Path(package.origin).with_name("iam_definition.json").read_text(encoding="utf-8"))
    return {service["prefix"]: service for service in services}


# Cloud Control API's actions have CloudFormation's prefix; the reference of the package knows CloudFormation's own.
UNKNOWN = ("cloudformation",)


@pytest.fixture(scope="module")
def local() -> StackSettings:
    return Target.read("local", ROOT).settings


def resource_types(action: str) -> set[str]:
    """The resource types of an action; required ones end with `*`, '' means none."""
    prefix, _, name = action.partition(":")
    privileges = {privilege["privilege"]: privilege for privilege in reference()[prefix]["privileges"]}
    return {resource["resource_type"] for resource in privileges[name]["resource_types"]}


def statements(documents: list[Document]) -> list[Any]:
    all_statements = [statement for document in documents for statement in document["Statement"]]
    assert all_statements
    return all_statements


@pytest.mark.parametrize("person", PEOPLE)
def test_a_person_s_policies_name_actions_that_exist_and_any_resource_only_where_there_is_none(
    local: StackSettings, person: str
) -> None:
    for statement in statements(PEOPLE[person](local)):
        for action in statement["Action"]:
            assert "*" not in action
            if action.partition(":")[0] not in UNKNOWN:
                types = resource_types(action)
                assert statement["Resource"] != ["*"] or not any(kind.endswith("*") for kind in types), action


@pytest.mark.parametrize("person", PEOPLE)
def test_a_person_s_policies_fit_into_as_many_managed_policies_as_a_user_may_have(
    local: StackSettings, person: str
) -> None:
    longest = local.model_copy(
        update={
            "environment": "e" * 8,
            "region": "ap-southeast-2",
            "project": local.project.model_copy(update={"name": "p" * 20}),
        }
    )
    for settings in (local, longest):
        documents = PEOPLE[person](settings)
        # "IAM and AWS STS quotas": managed policies attached to a user.
        assert len(documents) <= 10
        assert all(len(json.dumps(document, separators=(",", ":"))) <= 6_144 for document in documents)
        for document in documents:
            sids = [statement.get("Sid") for statement in document["Statement"]]
            assert len(set(sids)) == len(sids)


def test_who_deploys_by_hand_may_do_what_the_deploy_role_may(local: StackSettings) -> None:
    group = local.pipeline.model_package_group
    roles = [
        *policies.read_policies(local.deployment, group, ANY, patch_service_role=False).values(),
        *policies.manage_policies(local.deployment, group, ANY, connection_arn=None, patch_service_role=False).values(),
        policies.write_state(local.deployment),
    ]
    of_role = {pair for document in roles for statement in document for pair in grants(statement)}
    of_person = {pair for statement in statements(people.policies_of_deployer(local)) for pair in grants(statement)}
    assert len(of_role) > 300
    assert of_role <= of_person


def grants(statement: Any) -> set[tuple[str, str, str]]:
    condition = json.dumps(statement.get("Condition"), sort_keys=True)
    return {(action, resource, condition) for action in statement["Action"] for resource in statement["Resource"]}


def test_only_who_deploys_reaches_the_state(local: StackSettings) -> None:
    state = "abalone-local-state"
    assert state in json.dumps(people.policies_of_deployer(local))
    for person in ("data scientist", "analyst"):
        assert state not in json.dumps(PEOPLE[person](local))


@pytest.mark.parametrize("person", ["deployer", "analyst"])
@pytest.mark.parametrize("enabled", [True, False])
def test_who_queries_the_kpis_may_ask_lake_formation_for_data_where_it_governs_them(
    local: StackSettings, person: str, enabled: bool
) -> None:
    lake_formation = local.kpis.lake_formation.model_copy(update={"enabled": enabled})
    kpis = local.kpis.model_copy(update={"lake_formation": lake_formation})
    actions = {
        action
        for statement in statements(PEOPLE[person](local.model_copy(update={"kpis": kpis})))
        for action in statement["Action"]
    }
    assert ("lakeformation:GetDataAccess" in actions) is enabled
