"""The delivery's roles against what AWS's own handlers of each resource type need."""

from __future__ import annotations

import functools
import importlib.util
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from components.kpi_visualization.queries import QUERIES
from contract.names import QUICKSIGHT_SERVICE_ROLE
from localcloud.emulator.identity import Policies
from permissions.boundary import boundary_document
from tools.cloudformation.schema import Shape, schema_of
from tools.cloudformation.template import template_of
from tools.security.policies import PolicyDocument, documents_of

from .handler_permissions import ARNS, EXPLAINED, UNKNOWN_ACTIONS, UNUSED, WITHOUT_HANDLERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from settings import StackSettings

    from .conftest import Registered

REGION = "us-east-1"
PREFIX = "abalone-local"
BOUNDARY = f"arn:aws:iam::123456789012:policy/{PREFIX}-boundary"
STATE_KEY = "arn:aws:kms:us-east-1:123456789012:key/state"
ROLE = "arn:aws:iam::123456789012:role"
KEY = f"arn:aws:kms:{REGION}:123456789012:key/11111111-2222-3333-4444-555555555555"
TAGS = {"project": "abalone", "environment": "local"}
# What each role does to the stack. Listing all of an account's resources is no part of it.
HANDLERS = {
    "deploy": ("create", "read", "update", "delete"),
    "drift": ("read",),
    "verify": ("read",),
    "self-update": ("create", "read", "update", "delete"),
}
# Their ARNs are of those who may do something, or of what a policy is about, not of what a handler touches.
NOT_TOUCHED = {"AssumeRolePolicyDocument", "KeyPolicy", "PolicyDocument", "Principal"}


Document = dict[str, Any]
# The properties of resources by their type and logical id.
Kinds = dict[str, dict[str, dict[str, Any]]]


class Need(NamedTuple):
    """A permission that the handlers of a resource type need."""

    kind: str
    permission: str


@dataclass(frozen=True, kw_only=True)
class Action:
    """An action as the service authorization reference has it: the types and ARN patterns of its resources."""

    types: frozenset[str]
    patterns: tuple[re.Pattern[str], ...]


@functools.cache
def reference() -> dict[str, Any]:
    """The service authorization reference, as cfn-lint ships it."""
    package = importlib.util.find_spec("cfnlint")
    assert package
    assert package.origin
    path = Path(package.origin).parent / "data" / "AdditionalSpecs" / "Policies.json"
    return json.loads(path.read_text(encoding="utf-8"))


@functools.cache
def action_of(permission: str) -> Action | None:
    """The action of a permission; None where the reference knows none of that name."""
    service, _, name = permission.lower().partition(":")
    actions = reference().get(service, {}).get("Actions", {})
    if name not in actions:
        return None
    types = {resource.lower() for resource in actions[name].get("Resources", [])}
    formats = [form for kind in types for form in reference()[service]["Resources"].get(kind, {}).get("ARNFormats", [])]
    patterns = tuple(re.compile(re.sub(r"\$\{\w+\}", "[^:]*", form)) for form in formats)
    return Action(types=frozenset(types), patterns=patterns)


def mentioned(value: Any, name: str = "") -> Iterator[str]:
    """The ARNs of what a resource's properties refer to."""
    if name in NOT_TOUCHED:
        return
    if isinstance(value, dict):
        for key, member in value.items():
            yield from mentioned(member, key)
    elif isinstance(value, list):
        for member in value:
            yield from mentioned(member, name)
    elif isinstance(value, str) and value.startswith("arn:"):
        yield value


def touched(kind: str, properties: Mapping[str, Any], permission: str) -> set[str]:
    """The ARNs that a permission is asked on for one resource, its own or others'; `*` for an action without any."""
    action = action_of(permission)
    assert action
    if not action.types:
        return {"*"}
    assert kind in ARNS, f"add the ARNs of {kind} to handler_permissions.py"
    own_arns = {type_: arn.format(**properties) for type_, arn in ARNS[kind].items() if type_ in action.types}
    others = {arn for arn in mentioned(properties) if any(pattern.fullmatch(arn) for pattern in action.patterns)}
    # A policy's property names a role without the path that it lies below.
    plain, with_path = f":role/{QUICKSIGHT_SERVICE_ROLE}", f":role/service-role/{QUICKSIGHT_SERVICE_ROLE}"
    return {arn.replace(plain, with_path) for arn in {*own_arns.values(), *others}}


def conditions(kind: str, permission: str) -> dict[str, str]:
    """The condition keys of a request that a handler makes for a resource of the stack."""
    service = kind.split("::")[1].lower()
    passed = {"iam:PassedToService": f"{service}.amazonaws.com"} if permission == "iam:PassRole" else {}
    return {
        **passed,
        **{f"aws:ResourceTag/{key}": value for key, value in TAGS.items()},
        **{f"aws:RequestTag/{key}": value for key, value in TAGS.items()},
        "iam:PermissionsBoundary": BOUNDARY,
        "iam:PolicyARN": f"arn:aws:iam::123456789012:policy/{PREFIX}-delivery-read-1",
        "kms:GrantIsForAWSResource": "true",
        "kms:ViaService": f"{service}.{REGION}.amazonaws.com",
    }


def is_changed_by(role: str, logical_id: str) -> bool:
    return role != "self-update" or logical_id.startswith("Delivery")


@pytest.fixture(scope="module")
def by_kind(whole_program: Registered) -> Kinds:
    """The properties of the stack's resources by their type."""
    kinds: Kinds = {}
    for logical_id, resource in template_of(whole_program.exported())["Resources"].items():
        kinds.setdefault(resource["Type"], {})[logical_id] = resource["Properties"]
    assert len(kinds) > 30
    return kinds


@pytest.fixture(scope="module")
def boundary(local_settings: StackSettings) -> Document:
    """The boundary of the roles, for the whole program."""
    quick_sight = local_settings.kpis.quick_sight.model_copy(update={"patch_service_role": True})
    kpis = local_settings.kpis.model_copy(update={"quick_sight": quick_sight})
    return dict(boundary_document(local_settings.model_copy(update={"kpis": kpis}), STATE_KEY))


@pytest.fixture(scope="module")
def documents(whole_program: Registered, by_kind: Kinds) -> dict[str, list[PolicyDocument]]:
    """The policies of each role: its own and those that are attached."""
    by_label = {document.label: document for document in documents_of(whole_program.exported())}
    managed = {document.arn: document for document in by_label.values() if document.kind == "managed"}
    attached = {role["RoleName"]: role.get("ManagedPolicyArns", []) for role in by_kind["AWS::IAM::Role"].values()}
    return {
        role: [by_label[f"inline {PREFIX}-{role}/job"], *(managed[arn] for arn in attached[f"{PREFIX}-{role}"])]
        for role in HANDLERS
    }


@pytest.fixture(scope="module")
def policies(documents: dict[str, list[PolicyDocument]], boundary: Document) -> dict[str, Policies]:
    """What each role may do, within the boundary."""
    return {
        role: Policies([document.content for document in role_documents], boundary)
        for role, role_documents in documents.items()
    }


def needs_of(kind: str, role: str) -> set[str]:
    handlers = schema_of(kind).get("handlers", {})
    return {p for name in HANDLERS[role] for p in handlers.get(name, {}).get("permissions", [])}


def gaps_of(role: str, policies: Policies, by_kind: Kinds) -> dict[Need, set[str]]:
    """What a role lacks, with the ARNs that it is refused on; none where the resources touch nothing of that kind."""
    missing: dict[Need, set[str]] = {}
    for kind, resources in by_kind.items():
        changed = [resource for logical_id, resource in resources.items() if is_changed_by(role, logical_id)]
        for permission in needs_of(kind, role) - UNKNOWN_ACTIONS if changed else set[str]():
            arns = {arn for resource in changed for arn in touched(kind, resource, permission)}
            keys = conditions(kind, permission)
            refused = {arn for arn in arns if policies.decide(permission, arn, REGION, keys) != "Allow"}
            if refused or not arns:
                missing[Need(kind, permission)] = refused
    return missing


@pytest.fixture(scope="module")
def gaps(policies: dict[str, Policies], by_kind: Kinds) -> dict[str, dict[Need, set[str]]]:
    return {role: gaps_of(role, policies[role], by_kind) for role in HANDLERS}


def explanations() -> set[Need]:
    by_property = {
        Need(kind, permission)
        for kind, properties in UNUSED.items()
        for permissions in properties.values()
        for permission in permissions.split()
    }
    by_reason = [Need(entry.kind, permission) for entry in EXPLAINED for permission in entry.permissions.split()]
    assert by_property.isdisjoint(by_reason)
    assert all(entry.reason for entry in EXPLAINED)
    return by_property | set(by_reason)


@pytest.mark.parametrize("role", sorted(HANDLERS))
def test_a_role_may_do_all_that_handlers_need_or_it_is_explained(
    gaps: dict[str, dict[Need, set[str]]], role: str
) -> None:
    explained = explanations()
    assert {need: arns for need, arns in gaps[role].items() if need not in explained} == {}


def test_every_explanation_is_still_needed(gaps: dict[str, dict[Need, set[str]]]) -> None:
    """Neither is the permission granted now, nor has a handler ceased to name it."""
    assert explanations() - {need for missing in gaps.values() for need in missing} == set()


def test_the_stack_sets_no_property_that_would_need_a_permission(by_kind: Kinds) -> None:
    for kind, properties in UNUSED.items():
        for path in properties:
            Shape.of(kind).at(path)
            for logical_id, resource in by_kind[kind].items():
                assert not is_set(resource, path), f"{logical_id} sets {path}"


def is_set(properties: Mapping[str, Any], path: str) -> bool:
    name, _, rest = path.partition(".")
    return name in properties and (not rest or is_set(properties[name], rest))


def test_what_is_looked_for_in_properties_is_found(by_kind: Kinds) -> None:
    assert is_set(by_kind["AWS::Glue::Table"]["KpisModelMetrics"], "TableInput.StorageDescriptor.Location")


def test_types_without_handlers_and_actions_that_do_not_exist_are_the_known_ones(by_kind: Kinds) -> None:
    assert {kind for kind in by_kind if not schema_of(kind).get("handlers")} == WITHOUT_HANDLERS
    named = {permission for kind in by_kind for permission in needs_of(kind, "deploy")}
    assert len(named) > 200
    assert {permission for permission in named if action_of(permission) is None} == UNKNOWN_ACTIONS


def test_every_need_that_is_met_was_asked_on_the_resource_itself(by_kind: Kinds) -> None:
    bucket = by_kind["AWS::S3::Bucket"]["DataBucket"]
    assert touched("AWS::S3::Bucket", bucket, "s3:DeleteObject") == {f"arn:aws:s3:::{bucket['BucketName']}/any"}
    function = by_kind["AWS::Lambda::Function"]["NotificationsNotifierFunction"]
    assert touched("AWS::Lambda::Function", function, "iam:PassRole") == {f"{ROLE}/{PREFIX}-notifier"}
    assert touched("AWS::Lambda::Function", function, "kms:Encrypt") == {KEY}
    rule = by_kind["AWS::Events::Rule"]["DeliveryDrift"]
    assert touched("AWS::Events::Rule", rule, "iam:PassRole") == {f"{ROLE}/{PREFIX}-delivery-events"}
    dashboard = by_kind["AWS::QuickSight::Dashboard"]["KpisQuicksightDashboard"]
    assert len(touched("AWS::QuickSight::Dashboard", dashboard, "quicksight:PassDataSet")) == len(QUERIES)


@pytest.mark.parametrize(
    ("left_out", "kind", "permission"),
    [
        ("manage-storage", "AWS::S3::Bucket", "s3:TagResource"),
        ("manage-storage", "AWS::Lambda::Function", "kms:Encrypt"),
        ("manage-storage", "AWS::DynamoDB::Table", "kms:RevokeGrant"),
        ("manage-analytics", "AWS::QuickSight::Dashboard", "quicksight:ListFoldersForResource"),
        ("manage-identity", "AWS::Events::Rule", "iam:PassRole"),
        ("read-1", "AWS::S3::Bucket", "s3:ListTagsForResource"),
        ("read-2", "AWS::IAM::RolePolicy", "iam:GetRolePolicy"),
    ],
)
def test_a_policy_that_is_left_out_is_missed(
    documents: dict[str, list[PolicyDocument]],
    boundary: Document,
    by_kind: Kinds,
    left_out: str,
    kind: str,
    permission: str,
) -> None:
    rest = [document.content for document in documents["deploy"] if not document.name.endswith(left_out)]
    assert len(rest) == len(documents["deploy"]) - 1
    missing = gaps_of("deploy", Policies(rest, boundary), {kind: by_kind[kind]})
    assert Need(kind, permission) in missing


NEW_KEY = f"arn:aws:kms:{REGION}:123456789012:key/22222222-3333-4444-5555-666666666666"
REQUESTED = {f"aws:RequestTag/{key}": value for key, value in TAGS.items()}
PRESENT = {f"aws:ResourceTag/{key}": value for key, value in TAGS.items()}


@pytest.mark.parametrize(
    ("context", "decision"),
    [
        pytest.param(REQUESTED, "Allow", id="a key that is created with the stack's tags"),
        pytest.param(PRESENT, "Allow", id="the stack's own key"),
        pytest.param({}, "ImplicitDeny", id="a key that is created with other tags"),
        pytest.param({**REQUESTED, "kms:ResourceAliases": ["alias/other"]}, "ImplicitDeny", id="a key with an alias"),
        pytest.param({**REQUESTED, "aws:ResourceTag/project": "other"}, "ImplicitDeny", id="another project's key"),
    ],
)
def test_deploy_tags_a_key_only_where_it_is_new_or_the_stacks(
    policies: dict[str, Policies], context: dict[str, Any], decision: str
) -> None:
    assert policies["deploy"].decide("kms:TagResource", NEW_KEY, REGION, context) == decision


@pytest.mark.parametrize("action", ["kms:Encrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:RevokeGrant"])
def test_deploy_uses_the_stacks_key_for_functions_and_tables_and_no_other(
    policies: dict[str, Policies], action: str
) -> None:
    assert policies["deploy"].decide(action, NEW_KEY, REGION, PRESENT) == "Allow"
    assert policies["deploy"].decide(action, NEW_KEY, REGION, {"aws:ResourceTag/project": "other"}) == "ImplicitDeny"
