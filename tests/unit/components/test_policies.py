"""Identity policies of the whole stack, read by a policy linter: known actions, fitting resources, no findings."""

import importlib.util
import json
import re
import warnings
from pathlib import Path
from typing import Any

import pytest

from components import (
    ExecutionRole,
    ExecutionRoleArgs,
    KpiVisualization,
    KpiVisualizationArgs,
    Notifications,
    NotificationsArgs,
)
from components.cicd.jobs import JOBS
from contract.names import APPROVER_ROLE
from permissions.policies import delivery_roles
from settings import StackSettings
from settings.kpis import KpiSettings

# What the mocks hand out for ARNs that only AWS knows, as ARNs of the right service.
_REAL_ARNS = {
    r"arn:mock:notifications-topic": "arn:aws:sns:us-east-1:123456789012:topic",
    r"arn:mock:notifications-failed": "arn:aws:sqs:us-east-1:123456789012:failed",
    r"arn:mock:notifications-notifier-idempotency": "arn:aws:dynamodb:us-east-1:123456789012:table/idempotency",
    r"arn:mock:kpis-crawler-logs": "arn:aws:logs:us-east-1:123456789012:log-group:crawler",
    r"arn:mock:notifications-notifier-logs": "arn:aws:logs:us-east-1:123456789012:log-group:notifier",
}

POLICIES = (
    "execution-policy",
    "notifications-notifier-policy",
    "kpis-crawler-policy",
    "kpis-lake-formation-policy",
    "kpis-quicksight-policy",
    "kpis-quicksight-service-role-policy",
    *(f"delivery-{role}-policy" for role in (*delivery_roles([job.name for job in JOBS]), APPROVER_ROLE)),
)
# The service authorization reference names a resource for these, but not one that a request always has.
OPTIONAL_RESOURCE = {"sagemaker:ListModelPackages"}
MANAGED = (
    "delivery-manage-analytics",
    "delivery-manage-delivery",
    "delivery-manage-identity",
    "delivery-manage-messaging",
    "delivery-manage-storage",
    "delivery-read-1",
    "delivery-read-2",
    "delivery-update-roles",
)
# Findings that are left alone, each with its reason.
REASONS = {
    "kms:ResourceAliases": "The linter's list of KMS's condition keys lacks it (AWS KMS Developer Guide).",
    "StringEquals requires a value of type String but given Arn": (
        "IAM documents iam:PermissionsBoundary with string operators (Permissions boundaries for IAM entities)."
    ),
    "'athena:TagResource'": "A tag is on one of the resource types, here a workgroup; the linter wants all three.",
    "'athena:ListTagsForResource'": "The same.",
    "cloudformation:": "Cloud Control API's actions have this prefix; the linter knows CloudFormation's own only.",
    "'kms:CreateAlias'": "Changing an alias is asked on the alias and on its key; the linter knows the alias only.",
    "s3:PutBucketPolicy": "Deploy keeps the buckets' TLS-only policies; its boundary names the buckets.",
}


@pytest.fixture(scope="module")
def stack(
    workspace: Any,
    local_settings: StackSettings,
    delivered: Any,
    cicd: Any,
    build: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Any:
    zip_file = tmp_path_factory.mktemp("package") / "notifier.zip"
    zip_file.write_bytes(b"PK\x05\x06" + bytes(18))

    given = local_settings.kpis.model_dump(by_alias=True, mode="json")
    given["quicksight"]["patchServiceRole"] = given["lakeFormation"]["enabled"] = True
    everything = KpiSettings.model_validate_json(json.dumps(given))

    def program() -> None:
        shared = workspace()
        ExecutionRole("execution", ExecutionRoleArgs(workspace=shared))
        Notifications(
            "notifications",
            NotificationsArgs(
                workspace=shared,
                notifier_zip=zip_file,
                subscribers=local_settings.notifications,
            ),
        )
        cicd(delivered(approval={"approverRoles": ["arn:aws:iam::123456789012:role/model-owners"]}))
        KpiVisualization(
            "kpis",
            KpiVisualizationArgs(workspace=shared, settings=everything),
        )

    return build(program)


@pytest.mark.parametrize("name", [*POLICIES, *MANAGED])
def test_a_policy_linter_finds_nothing_that_has_no_reason(stack: Any, name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import parliament

    text = stack.inputs(name)["policy"]
    for mock, real in _REAL_ARNS.items():
        text = re.sub(mock, real, text)
    analysed = parliament.analyze_policy_string(text)
    found = [f"{f.issue}: {f.detail} {f.location}" for f in analysed.findings]
    assert [finding for finding in found if not any(known in finding for known in REASONS)] == []
    assert len(analysed.statements) == len(json.loads(text)["Statement"])


def test_no_role_of_the_stack_has_a_policy_that_is_not_read(stack: Any) -> None:
    assert stack.names_of("aws:iam/rolePolicy:RolePolicy") == sorted(POLICIES)
    assert stack.names_of("aws:iam/policy:Policy") == sorted(MANAGED)


def test_every_policy_is_within_the_sizes_that_iam_allows_also_with_the_longest_names(stack: Any) -> None:
    longest = {"abalone-local": "p" * 20 + "-" + "e" * 8, "us-east-1": "ap-southeast-2", "arn:aws:": "arn:aws-us-gov:"}
    for limit, policies in ((10_240, POLICIES), (6_144, MANAGED)):
        for name in policies:
            text = json.dumps(json.loads(stack.inputs(name)["policy"]), separators=(",", ":"))
            for short, long in longest.items():
                text = text.replace(short, long)
            assert len(text) <= limit, name


def test_no_statement_allows_all_actions_of_a_service_or_all_resources_without_need(stack: Any) -> None:
    """`*` stands where the service authorization reference gives an action no resource, and only there."""
    everywhere: set[str] = set()
    for name in [*POLICIES, *MANAGED]:
        for statement in json.loads(stack.inputs(name)["policy"])["Statement"]:
            assert not [action for action in statement["Action"] if "*" in action]
            everywhere |= set(statement["Action"]) if "*" in statement["Resource"] else set()
    with_resource = {action for action in everywhere if takes_a_resource(action)}
    # Asked on "*" although the reference names an optional resource.
    assert with_resource <= OPTIONAL_RESOURCE


def takes_a_resource(action: str) -> bool:
    found = importlib.util.find_spec("parliament")
    assert found
    assert found.origin
    services = json.loads(Path(found.origin).with_name("iam_definition.json").read_text(encoding="utf-8"))
    prefix, _, name = action.partition(":")
    privileges = [p for s in services if s["prefix"] == prefix for p in s["privileges"] if p["privilege"] == name]
    return any(resource["resource_type"] for privilege in privileges for resource in privilege["resource_types"])


def test_the_linter_would_find_an_unknown_action_and_a_resource_of_another_service() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import parliament

    statements = [
        {"Effect": "Allow", "Action": ["sns:Shout"], "Resource": ["arn:aws:sns:us-east-1:123456789012:topic"]},
        {"Effect": "Allow", "Action": ["sns:Publish"], "Resource": ["arn:aws:sqs:us-east-1:123456789012:queue"]},
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    found = {finding.issue for finding in parliament.analyze_policy_string(document).findings}
    assert found == {"UNKNOWN_ACTION", "RESOURCE_MISMATCH"}
