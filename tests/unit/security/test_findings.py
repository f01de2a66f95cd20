"""What is found beside what is explained."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from settings.load import read
from tools.security import explanations
from tools.security.findings import Explanation, Finding, compare, general, placeholders
from tools.security.report import render
from tools.toolchain.workspace import REPOSITORY

NAMES = placeholders(read("dev", REPOSITORY))
# What the statements allow is another test's: these are of the names alone.
OWN_NAMES, LOG_GROUPS, OBJECTS = (
    next(
        replace(entry, claim=None)
        for entry in explanations.EXPLANATIONS
        if entry.reason.startswith(beginning) and policy in entry.resources
    )
    for beginning, policy in (
        ("Resources of the stack", "delivery-manage-identity"),
        ("Log groups of the stack", "delivery-manage-delivery"),
        ("Objects below", "kpis-crawler-policy"),
    )
)


def finding(**changes: str) -> Finding:
    about_logs = Finding(tool="checkov", rule="CKV_AWS_18", resource="data-bucket", message="no logs", stack="dev")
    return replace(about_logs, **changes)


def explanation(**changes: object) -> Explanation:
    return replace(Explanation(rules=("CKV_AWS_18",), resources=("*-bucket",), reason="because"), **changes)


def test_a_finding_that_an_explanation_fits_is_explained() -> None:
    verdict = compare([finding()], [explanation()])
    assert (verdict.explained, verdict.unexplained, verdict.stale) == ([finding()], [], [])


@pytest.mark.parametrize(
    "changes",
    [
        {"rules": ("CKV_AWS_19",)},
        {"resources": ("artifacts-bucket",)},
        {"resources": ("data",)},
        {"message": "no"},
        {"not_in": ("dev",)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_finding_that_none_fits_is_unexplained(changes: dict[str, object]) -> None:
    verdict = compare([finding()], [explanation(**changes)])
    assert verdict.unexplained == [finding()]
    assert len(verdict.stale) == 1


def test_an_explanation_is_needed_for_each_rule_and_resource_that_it_names() -> None:
    wide = explanation(rules=("CKV_AWS_18", "CKV_AWS_144"), resources=("data-*", "artifacts-*"))
    verdict = compare([finding(), finding(rule="CKV_AWS_144")], [wide])
    assert [(stale.rule, stale.resource) for stale in verdict.stale] == [
        ("CKV_AWS_18", "artifacts-*"),
        ("CKV_AWS_144", "artifacts-*"),
    ]


def test_names_of_the_stack_become_placeholders_and_longer_names_of_others_do_not() -> None:
    message = (
        "arn:aws:iam::123456789012:role/abalone-dev-* abalone-development abalone_dev_kpis eu-west-1 my-abalone-dev"
    )
    assert general(message, NAMES) == (
        "arn:aws:iam::{account}:role/{prefix}-* abalone-development {database prefix}_kpis {region} my-{prefix}"
    )


@pytest.mark.parametrize(
    ("resource", "is_own"),
    [
        ("arn:aws:iam::123456789012:role/abalone-dev-*", True),
        ("arn:aws:sns:eu-west-1:123456789012:abalone-dev-*", True),
        ("arn:aws:events:eu-west-1:123456789012:rule/abalone-dev-delivery-*", True),
        ("arn:aws:quicksight:eu-west-1:123456789012:dataset/abalone-dev-*/refresh-schedule/*", True),
        ("arn:aws:glue:eu-west-1:123456789012:table/abalone_dev_kpis/csv_*", True),
        ("arn:aws:iam::123456789012:role/*", False),
        ("arn:aws:iam::123456789012:role/abalone-*", False),
        ("arn:aws:iam::123456789012:role/abalone-dev*", False),
        ("arn:aws:iam::123456789012:role/*-abalone-dev-*", False),
        ("arn:aws:iam::123456789012:role/other/abalone-dev-*", False),
        ("arn:aws:iam::123456789012:role/my-abalone-dev-*", False),
        ("arn:aws:iam::999999999999:role/abalone-dev-*", False),
        ("arn:aws:sns:*:123456789012:abalone-dev-*", False),
        ("arn:aws:sns:us-east-1:123456789012:abalone-dev-*", False),
        ("arn:aws:glue:eu-west-1:123456789012:table/*", False),
        ("arn:aws:kms:eu-west-1:123456789012:key/*", False),
        ("*", False),
    ],
)
def test_the_explanation_of_own_names_hides_no_wildcard_on_what_is_of_others(resource: str, *, is_own: bool) -> None:
    assert OWN_NAMES.explains(wildcard(resource)) is is_own


@pytest.mark.parametrize(
    ("entry", "resource", "is_own"),
    [
        (LOG_GROUPS, "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/codebuild/abalone-dev-*:*", True),
        (LOG_GROUPS, "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/codebuild/*", False),
        (LOG_GROUPS, "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/sagemaker/*", False),
        (OBJECTS, "arn:aws:s3:::abalone-dev-data-123456789012-eu-west-1/use-case=abalone/kpi/*", True),
        (OBJECTS, "arn:aws:s3:::abalone-dev-data-123456789012-eu-west-1/use-case=abalone/*", False),
        (OBJECTS, "arn:aws:s3:::abalone-dev-data-123456789012-eu-west-1/*", False),
        (OBJECTS, "arn:aws:s3:::abalone-dev-artifacts-123456789012-eu-west-1/abalone-dev-deliv*/Preview/*", True),
        (OBJECTS, "arn:aws:s3:::abalone-dev-artifacts-123456789012-eu-west-1/abalone-dev/executions/*", True),
        (OBJECTS, "arn:aws:s3:::abalone-dev-artifacts-123456789012-eu-west-1/*", False),
        (OBJECTS, "arn:aws:s3:::abalone-dev-artifacts-123456789012-eu-west-1/*/code/*", False),
        (OBJECTS, "arn:aws:s3:::abalone-dev-*/use-case=abalone/kpi/*", False),
        (OBJECTS, "arn:aws:s3:::team-data/*", False),
        (OBJECTS, "arn:aws:s3:::*", False),
    ],
)
def test_log_groups_and_objects_are_the_stacks_own(entry: Explanation, resource: str, *, is_own: bool) -> None:
    policy = "kpis-crawler-policy" if entry is OBJECTS else "delivery-manage-delivery"
    assert entry.explains(wildcard(resource, policy)) is is_own


def wildcard(resource: str, policy: str = "delivery-manage-identity") -> Finding:
    message = general(f"Resource::{resource}", NAMES)
    return finding(tool="cdk-nag", rule="AwsSolutions-IAM5", resource=policy, message=message)


def test_every_explanation_has_a_reason_and_a_message_that_is_a_pattern() -> None:
    assert len(explanations.EXPLANATIONS) > 20
    for entry in explanations.EXPLANATIONS:
        assert len(entry.reason) > 30
        assert entry.rules
        assert entry.resources
        re.compile(entry.message)


def test_no_explanation_takes_all_findings_of_a_rule_on_all_resources() -> None:
    assert [entry for entry in explanations.EXPLANATIONS if "*" in entry.resources] == []


def test_the_table_counts_a_finding_of_several_stacks_once_and_names_them() -> None:
    findings = [finding(), finding(stack="prod"), finding(resource="key")]
    text = render(compare(findings, [explanation(resources=("key", "gone"))]), ["checkov", "zizmor"])
    assert text.splitlines() == [
        "Unexplained: change what was found, or say in tools/security/explanations.py why it may stay.",
        "  checkov CKV_AWS_18 data-bucket: no logs (stacks dev, prod)",
        "Explanations that no finding needs any more: remove them from tools/security/explanations.py.",
        "  CKV_AWS_18 gone (.*): because",
        "tool                 findings    explained  unexplained",
        "checkov                     2            1            1",
        "zizmor                      0            0            0",
        "total                       2            1            1",
        "stale explanations: 1",
    ]


def test_names_that_the_settings_choose_have_placeholders_of_their_own() -> None:
    settings = read("dev", REPOSITORY)
    pipeline = settings.pipeline.model_copy(update={"name": "rings"})
    buckets = settings.buckets.model_copy(update={"data": "team-data"})
    names = placeholders(settings.model_copy(update={"pipeline": pipeline, "buckets": buckets}))
    assert general("arn:aws:s3:::team-data/kpi", names) == "arn:aws:s3:::{prefix}-data-{account}-{region}/kpi"
    assert general("pipeline/rings/execution abalone-dev-x", names) == "pipeline/{pipeline}/execution {prefix}-x"
