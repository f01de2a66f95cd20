"""The whole program, for each committed stack, under the rules of the policy pack."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from policy.conventions import NAMES, REPEATED_EVENTS
from policy.identity import ON_ANY_RESOURCE, UNCONDITIONAL_TRUST
from policy.resources import IDENTITY_DOCUMENTS, RESOURCE_DOCUMENTS, Resource, Stack, statements
from policy.rules import RULES, violations
from settings.load import read

from .conftest import ROOT, local_config
from .test_policies import takes_a_resource

if TYPE_CHECKING:
    from .conftest import Program, Registered

STACKS = ("dev", "prod", "local")
TABLES = {"kpis-model-metrics", "kpis-registry-events"}
# Parts of another resource, links between two, and what goes by an id.
NAMELESS = {
    "aws:cloudwatch/eventTarget:EventTarget",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:kms/key:Key",
    "aws:lakeformation/permissions:Permissions",
    "aws:lakeformation/resource:Resource",
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
    "aws:lambda/permission:Permission",
    "aws:quicksight/refreshSchedule:RefreshSchedule",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketLogging:BucketLogging",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketVersioning:BucketVersioning",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:sns/topicSubscription:TopicSubscription",
    "aws:sqs/queuePolicy:QueuePolicy",
}


def resources_of(registered: Registered) -> Iterator[Resource]:
    for urn, resource in registered.resources.items():
        request = registered.requests.get(urn.rpartition("::")[2])
        dependencies = request.propertyDependencies.items() if request else ()
        yield Resource(
            urn=urn,
            properties=resource.state,
            protect=bool(request and request.protect),
            references={name: frozenset(sources.urns) for name, sources in dependencies},
        )


def stack_with(name: str, registered: Registered) -> Stack:
    settings = read(name, ROOT)
    return Stack(
        tags=settings.all_tags,
        removal_protection=settings.operations.removal_protection,
        today=datetime.now(UTC).date(),
        resources=list(resources_of(registered)),
    )


@pytest.fixture(scope="module")
def committed(program: Program) -> Callable[[str], Stack]:
    """The stack of a committed file as the rules see it."""
    return functools.cache(lambda name: stack_with(name, program(local_config(name), name)))


def broken(stack: Stack) -> list[str]:
    return [
        f"{rule.name}: {resource.name}: {message}"
        for rule in RULES
        for resource in stack.resources
        for message in violations(rule, resource, stack)
    ]


@pytest.mark.parametrize("name", STACKS)
def test_the_program_keeps_every_rule(committed: Callable[[str], Stack], name: str) -> None:
    stack = committed(name)
    assert len(stack.resources) > 80
    assert broken(stack) == []


def test_the_program_with_all_its_optional_parts_keeps_every_rule(whole_program: Registered) -> None:
    assert broken(stack_with("local", whole_program)) == []


def test_with_removal_protection_the_rules_look_at_what_holds_data(committed: Callable[[str], Stack]) -> None:
    stack = committed("prod")
    assert stack.removal_protection
    unprotected = [Resource(urn=resource.urn, properties=resource.properties) for resource in stack.resources]
    (rule,) = [rule for rule in RULES if rule.name == "removal-protection"]
    names = {resource.name for resource in unprotected if violations(rule, resource, stack)}
    buckets = {"access-logs-bucket", "artifacts-bucket", "data-bucket"}
    assert names == {*buckets, "encryption-key", "kpis-database", *TABLES}


def test_every_reason_of_the_pack_is_still_needed(whole_program: Registered) -> None:
    resources = list(resources_of(whole_program))
    granted = [s for resource in resources for s in statements(resource, IDENTITY_DOCUMENTS) if "*" in s.resources]
    assert {action for statement in granted for action in statement.actions} == set(ON_ANY_RESOURCE)
    trusts = [
        statement
        for resource in resources
        for statement in statements(resource, RESOURCE_DOCUMENTS)
        if resource.type == "aws:iam/role:Role"
    ]
    without_conditions = {
        service
        for statement in trusts
        for service in statement.principals.get("Service", ())
        if all(operator.endswith("IfExists") for operator in statement.conditions)
    }
    assert without_conditions == set(UNCONDITIONAL_TRUST)
    targets = [resource for resource in resources if resource.type == "aws:cloudwatch/eventTarget:EventTarget"]
    without_queue = {str(target.at("arn")).split(":")[2] for target in targets if not target.at("deadLetterConfig")}
    assert without_queue == set(REPEATED_EVENTS)


def test_actions_that_take_a_resource_say_why_they_are_allowed_on_any() -> None:
    reasons = {action: reason for action, reason in ON_ANY_RESOURCE.items() if takes_a_resource(action)}
    assert {action for action, reason in reasons.items() if "gives it no resource" in reason} == set()


def test_the_names_of_every_type_are_judged_but_of_those_that_have_none(whole_program: Registered) -> None:
    types = {resource.type for resource in resources_of(whole_program) if resource.type.startswith("aws")}
    assert types - NAMES.keys() == NAMELESS


def test_every_resource_has_the_stacks_own_provider(whole_program: Registered) -> None:
    requests = [request for request in whole_program.requests.values() if request.type.startswith("aws")]
    assert requests
    assert [request.name for request in requests if not request.provider] == []
