"""Every policy document of the deployed stack and its bootstrap, read by two linters: no finding without a reason."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from .policy_documents import PREFIX, Document, attached, deployed_documents
from .policy_linters import Finding, by_cfn_lint, by_parliament

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Project

pytestmark = pytest.mark.local

BOOTSTRAPPED = {
    "managed abalone-local-boundary",
    "bucket abalone-local-state-123456789012-us-east-1",
    "key alias/abalone-local-state",
}


class Accepted(NamedTuple):
    """Findings of one rule that are left alone in each of these policies; `about` matches the whole of a message."""

    rule: str
    about: str
    policies: tuple[str, ...]
    reason: str


def inline(*nouns: str) -> tuple[str, ...]:
    return tuple(f"inline {PREFIX}-{noun}/job" for noun in nouns)


BOUNDARY = (f"managed {PREFIX}-boundary",)
KEYS = tuple(f"key alias/{name}" for name in (PREFIX, f"{PREFIX}-state"))

# Reasons of more than one entry.
ALIASES = "KMS has this condition key (Use aliases to control access to KMS keys); the linter's list lacks it."
TAGS = "A tag is on one of the resource types, here a workgroup; the linter wants all three in a statement."

ACCEPTED = (
    Accepted(
        "UNKNOWN_CONDITION_FOR_ACTION",
        "Unknown condition kms:ResourceAliases for action kms:Decrypt",
        inline("preview", "drift", "deploy", "pull-request", "verify", "self-update"),
        ALIASES,
    ),
    Accepted(
        "UNKNOWN_CONDITION_FOR_ACTION",
        "Unknown condition kms:ResourceAliases for action kms:(DescribeKey|Encrypt|GenerateDataKey)",
        inline("deploy", "self-update"),
        ALIASES,
    ),
    Accepted(
        "MISMATCHED_TYPE_BUT_USABLE",
        "Type mismatch: String(Not)?Equals requires a value of type String but given Arn",
        (*BOUNDARY, f"managed {PREFIX}-delivery-manage-identity", f"managed {PREFIX}-delivery-update-roles"),
        "IAM documents iam:PermissionsBoundary with string operators (Permissions boundaries for IAM entities).",
    ),
    Accepted(
        "RESOURCE_MISMATCH",
        r"athena:(TagResource|UntagResource) requires \S+:(capacity-reservation|datacatalog)/\*",
        (f"managed {PREFIX}-delivery-manage-analytics",),
        TAGS,
    ),
    Accepted(
        "RESOURCE_MISMATCH",
        r"athena:ListTagsForResource requires \S+:(capacity-reservation|datacatalog)/\*",
        (f"managed {PREFIX}-delivery-read-2",),
        TAGS,
    ),
    Accepted(
        "RESOURCE_MISMATCH",
        r"kms:(Create|Delete|Update)Alias requires \S+:(alias|key)/\*",
        (f"managed {PREFIX}-delivery-manage-storage",),
        "Asked on the alias and on its key (Controlling access to aliases). "
        "They are two statements, as only a key has the tags that narrow it.",
    ),
    Accepted(
        "RESOURCE_POLICY_PRIVILEGE_ESCALATION",
        r"Possible resource policy privilege escalation on arn:aws:s3:::abalone-local-(artifacts|data)-\S+ due to "
        r"s3:(Get|Put)Object not being allowed, but does allow s3:PutBucketPolicy",
        (f"managed {PREFIX}-delivery-manage-storage",),
        "Deploy keeps the buckets' policies, which refuse plain HTTP; its boundary names these buckets and no others.",
    ),
    Accepted(
        "RESOURCE_MISMATCH",
        r"\S+ requires \S+",
        BOUNDARY,
        "A boundary grants nothing. To fit into 6,144 characters it names services whole on the environment's own "
        "resources, so some of a service's actions meet no resource of theirs and stay refused.",
    ),
    Accepted(
        "RESOURCE_STAR",
        r"(athena|chatbot|cloudformation|glue|lakeformation|quicksight|sns):\w+",
        BOUNDARY,
        "A boundary grants nothing; the roles' own policies, which grant, name the resources of these actions.",
    ),
    Accepted(
        "RESOURCE_STAR",
        r"kms:\w+",
        KEYS,
        'In a key policy "*" means the key it is attached to (Key policies in AWS KMS).',
    ),
    Accepted(
        "MISMATCHED_TYPE",
        "Type mismatch: ArnLike requires a value of type Arn but given String",
        (f"key alias/{PREFIX}",),
        "A log group's encryption context is its ARN; AWS's CloudWatchLogsAPIKeyAccess uses ArnLike for it.",
    ),
)


@pytest.fixture(scope="module", params=["as configured", "with chat and Lake Formation"])
def documents(deployed: Project, request: pytest.FixtureRequest) -> dict[str, Document]:
    """All documents, by label: of the stack as it is configured, then with the parts that make further roles."""
    if request.param == "as configured":
        return deployed_documents(deployed)
    deployed.configure(add_optional_parts)
    deployed.changes("up")
    found = deployed_documents(deployed)
    assert {f"trust {PREFIX}-chat", f"trust {PREFIX}-lake-formation"} <= set(found)
    return found


def add_optional_parts(config: dict[str, Any]) -> None:
    channel = {"workspaceId": "T07EA123LEP", "channelId": "C07EZ1ABC23"}
    config["mlops-infra:notifications"]["slackChannels"] = [channel]
    config["mlops-infra:kpis"]["lakeFormation"]["enabled"] = True


@pytest.fixture(scope="module")
def findings(documents: dict[str, Document]) -> set[Finding]:
    found = {finding for document in documents.values() for finding in by_parliament(document)}
    return found | by_cfn_lint(documents.values())


def accepts(accepted: Accepted, finding: Finding) -> bool:
    return (
        finding.policy in accepted.policies
        and finding.rule == accepted.rule
        and re.fullmatch(accepted.about, finding.message) is not None
    )


def test_no_finding_is_without_a_written_reason(findings: set[Finding]) -> None:
    assert sorted(f for f in findings if not any(accepts(accepted, f) for accepted in ACCEPTED)) == []


def test_every_reason_is_still_needed_in_each_policy_that_it_names(findings: set[Finding]) -> None:
    unneeded = [
        (policy, accepted.rule, accepted.about)
        for accepted in ACCEPTED
        for policy in accepted.policies
        if not any(accepts(accepted, finding) for finding in findings if finding.policy == policy)
    ]
    assert unneeded == []
    assert all(accepted.reason for accepted in ACCEPTED)


LABELS: dict[str, Callable[[dict[str, Any]], str]] = {
    "aws:iam/role:Role": lambda out: f"trust {out['name']}",
    "aws:iam/rolePolicy:RolePolicy": lambda out: f"inline {out['role']}/{out['name']}",
    "aws:iam/policy:Policy": lambda out: f"managed {out['name']}",
    "aws:s3/bucketPolicy:BucketPolicy": lambda out: f"bucket {out['bucket']}",
    "aws:sqs/queuePolicy:QueuePolicy": lambda out: f"queue {out['queueUrl'].rpartition('/')[2]}",
    "aws:sns/topicPolicy:TopicPolicy": lambda out: f"topic {out['arn'].rpartition(':')[2]}",
    "aws:kms/key:Key": lambda out: f"key {out['arn']}",
}
# Holds what a new topic gets from SNS, until the topic policy takes its place.
SUPERSEDED = {"aws:sns/topic:Topic"}


def policies_in(value: Any) -> list[dict[str, Any]]:
    """All policy documents in a resource's outputs, wherever they are."""
    if isinstance(value, str) and '"Statement"' in value:
        return [json.loads(value)]
    if isinstance(value, dict):
        return [value] if "Statement" in value else [p for entry in value.values() for p in policies_in(entry)]
    return [p for entry in value for p in policies_in(entry)] if isinstance(value, list) else []


def test_no_policy_in_the_engine_s_state_is_left_out_nor_differs_from_what_is_read(
    deployed: Project, documents: dict[str, Document]
) -> None:
    by_arn = {f"key {document.arn}": label for label, document in documents.items() if document.kind == "key"}
    expected: set[str] = set()
    for resource in deployed.resources():
        kind, outputs = resource["type"], resource.get("outputs", {})
        if kind in LABELS:
            label = LABELS[kind](outputs)
            label = by_arn.get(label, label)
            expected.add(label)
            assert policies_in(outputs) == [documents[label].content], resource["urn"]
        elif kind not in SUPERSEDED:
            assert policies_in(outputs) == [], f"{resource['urn']} has a policy that nothing here reads"
    functions = {label for label, document in documents.items() if document.kind == "function"}
    assert set(documents) - functions == expected | BOOTSTRAPPED


def test_the_functions_policies_are_the_permissions_in_the_engine_s_state(
    deployed: Project, documents: dict[str, Document]
) -> None:
    permissions = {
        (f"function {resource['outputs']['function']}", resource["outputs"]["statementId"])
        for resource in deployed.resources()
        if resource["type"] == "aws:lambda/permission:Permission"
    }
    read = {
        (label, statement["Sid"])
        for label, document in documents.items()
        if document.kind == "function"
        for statement in document.content["Statement"]
    }
    assert permissions
    assert read == permissions


def test_no_role_has_a_managed_policy_that_is_not_read(deployed: Project, documents: dict[str, Document]) -> None:
    used = attached(deployed)
    assert {label: documents[label].arn for label in used.values()} == {label: arn for arn, label in used.items()}


def planted(document: Document, **changes: Any) -> Document:
    first, *others = document.content["Statement"]
    return replace(document, content={**document.content, "Statement": [{**first, **changes}, *others]})


def test_both_linters_find_an_unknown_action_in_every_document(documents: dict[str, Document]) -> None:
    """Whichever way a document is wrapped, it is read: an error planted in it appears."""
    service = {"bucket": "s3", "queue": "sqs", "topic": "sns", "key": "kms", "function": "lambda"}
    wrong = {
        label: planted(document, Action=f"{service.get(document.kind, 'sts')}:Shout")
        for label, document in documents.items()
    }
    unknown = {f for document in wrong.values() for f in by_parliament(document) if f.rule == "UNKNOWN_ACTION"}
    assert {finding.policy for finding in unknown} == set(documents)
    # cfn-lint knows a function's permission only as that resource's own properties.
    read = {label for label in documents if documents[label].kind != "function"}
    assert {f.policy for f in by_cfn_lint(wrong.values()) if f.rule == "W3037"} == read


ERRORS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "inline abalone-local-notifier/notify": (
        {"Action": ["sns:Publish"], "Resource": ["arn:aws:sqs:us-east-1:123456789012:queue"]},
        {"RESOURCE_MISMATCH", "I3510"},
    ),
    "inline abalone-local-deploy/job": ({"Effect": "Permit"}, {"MALFORMED", "E3510"}),
    "managed abalone-local-boundary": ({"Resource": "topic"}, {"INVALID_ARN", "E3510"}),
    "trust abalone-local-deploy": ({"Principal": {"AWS": "nobody"}}, {"UNKNOWN_PRINCIPAL", "E3530"}),
    "bucket abalone-local-data-123456789012-us-east-1": ({"Principal": {"AWS": "nobody"}}, {"E3512"}),
    "queue abalone-local-notifications-failed": ({"Action": ["sns:Publish"]}, {"W3037"}),
    "topic abalone-local-notifications": ({"Resource": "topic"}, {"E3514"}),
    "key alias/abalone-local": ({"Principal": {"AWS": "nobody"}}, {"E3512"}),
    "function abalone-local-notifier": ({"Action": "InvokeFunction"}, {"E3031"}),
}


def test_the_linters_find_other_errors_than_an_unknown_action(
    documents: dict[str, Document], findings: set[Finding]
) -> None:
    wrong = [planted(documents[label], **changes) for label, (changes, _) in ERRORS.items()]
    new = ({f for document in wrong for f in by_parliament(document)} | by_cfn_lint(wrong)) - findings
    missed = {
        label: rules - {finding.rule for finding in new if finding.policy == label}
        for label, (_, rules) in ERRORS.items()
    }
    assert not any(missed.values()), missed
