"""Every policy document of the program and its bootstrap, read by two linters: no finding without a reason."""

from __future__ import annotations

import functools
import importlib.util
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
import pytest
from moto import mock_aws

from bootstrap import Target, apply
from components.cicd.jobs import JOBS

from .policy_documents import PERMISSION, READERS, PolicyDocument, documents_of
from .policy_linters import Finding, by_cfn_lint, by_parliament

if TYPE_CHECKING:
    from .conftest import Registered

ROOT = Path(__file__).parents[3]
PREFIX = "abalone-local"


class Accepted(NamedTuple):
    """Findings of one rule that are left alone in each of these policies; `about` matches the whole of a message."""

    rule: str
    about: str
    policies: tuple[str, ...]
    reason: str


def inline(*jobs: str) -> tuple[str, ...]:
    return tuple(f"inline {PREFIX}-{job}/job" for job in jobs)


BOUNDARY = (f"managed {PREFIX}-boundary",)
KEYS = ("key encryption-key", f"key {PREFIX}-state")

# Reasons of more than one entry.
ALIASES = "KMS has this condition key (Use aliases to control access to KMS keys); the linter's list lacks it."
TAGS = "A tag is on one of the resource types, here a workgroup; the linter wants all three in a statement."

ACCEPTED = (
    Accepted(
        "UNKNOWN_CONDITION_FOR_ACTION",
        "Unknown condition kms:ResourceAliases for action kms:Decrypt",
        inline(*(job.name for job in JOBS if job.state)),
        ALIASES,
    ),
    Accepted(
        "UNKNOWN_CONDITION_FOR_ACTION",
        "Unknown condition kms:ResourceAliases for action kms:(DescribeKey|Encrypt|GenerateDataKey)",
        inline(*(job.name for job in JOBS if job.state == "write")),
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
        "A boundary grants nothing. To fit into 6,144 characters some statements name resources of several services, "
        "so some actions meet no resource of theirs and stay refused.",
    ),
    Accepted(
        "RESOURCE_STAR",
        "kms:TagResource",
        BOUNDARY,
        "A key is tagged when it is created, before it has an ARN; conditions keep the statement from others' keys.",
    ),
    Accepted(
        "UNKNOWN_CONDITION_FOR_ACTION",
        r"Unknown condition cloudwatch:namespace for action \S+",
        BOUNDARY,
        "The condition holds without the key (...IfExists), which one action of the statement has.",
    ),
    Accepted(
        "UNKNOWN_CONDITION_FOR_ACTION",
        r"Unknown condition iam:PassedToService for action (iam:DeleteRolePermissionsBoundary|sts:\w+)",
        BOUNDARY,
        "The linter takes the statement's NotAction for what it allows; of IAM's actions iam:PassRole has the key.",
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
        ("key encryption-key",),
        "A log group's encryption context is its ARN; AWS's CloudWatchLogsAPIKeyAccess uses ArnLike for it.",
    ),
)


# The service authorization reference names a resource for these, but not one that a request always has.
OPTIONAL_RESOURCE = {"sagemaker:ListModelPackages"}


@pytest.fixture(scope="module")
def documents(whole_program: Registered) -> dict[str, PolicyDocument]:
    """All documents, by label."""
    bootstrapped = {document.label: document for document in documents_of_bootstrap()}
    of_program = documents_of(whole_program)
    assert not set(bootstrapped) & set(of_program)
    return {**of_program, **bootstrapped}


def documents_of_bootstrap() -> list[PolicyDocument]:
    target = Target.read("local", ROOT)
    quick_sight = target.settings.kpis.quick_sight.model_copy(update={"patch_service_role": True})
    kpis = target.settings.kpis.model_copy(update={"quick_sight": quick_sight})
    target = replace(target, settings=target.settings.model_copy(update={"kpis": kpis}))
    deployment = target.deployment
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        session: Any = boto3.Session(region_name=deployment.region)
        clients: Any = functools.cache(session.client)
        assert [outcome.status for outcome in apply(clients, target)] == ["created"] * 3
        boundary = clients("iam").get_policy_version(PolicyArn=deployment.boundary_arn, VersionId="v1")
        bucket = clients("s3").get_bucket_policy(Bucket=deployment.state_bucket)
        key = clients("kms").describe_key(KeyId=deployment.secrets_alias)["KeyMetadata"]
        key_policy = clients("kms").get_key_policy(KeyId=key["KeyId"], PolicyName="default")
    return [
        PolicyDocument(
            kind="managed",
            name=deployment.boundary_name,
            arn=deployment.boundary_arn,
            content=boundary["PolicyVersion"]["Document"],
        ),
        PolicyDocument(
            kind="bucket",
            name=deployment.state_bucket,
            arn=deployment.bucket_arn(deployment.state_bucket),
            content=json.loads(bucket["Policy"]),
        ),
        PolicyDocument(kind="key", name=f"{PREFIX}-state", arn=key["Arn"], content=json.loads(key_policy["Policy"])),
    ]


@pytest.fixture(scope="module")
def findings(documents: dict[str, PolicyDocument]) -> set[Finding]:
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


def test_no_policy_of_the_program_is_left_out(whole_program: Registered) -> None:
    with_policy = {
        urn.split("::")[2].rpartition("$")[2]
        for urn, resource in whole_program.resources.items()
        if '\\"Statement\\"' in json.dumps(resource.state, default=str)
    }
    assert with_policy == set(READERS)


def test_every_document_that_a_role_or_a_function_has_is_read(
    whole_program: Registered, documents: dict[str, PolicyDocument]
) -> None:
    attachments = [
        whole_program.inputs(name)["policyArn"]
        for name in whole_program.names_of("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    ]
    boundaries = [
        whole_program.inputs(name)["permissionsBoundary"] for name in whole_program.names_of("aws:iam/role:Role")
    ]
    assert attachments
    assert boundaries
    managed = {document.arn for document in documents.values() if document.kind == "managed"}
    assert managed == {*attachments, *boundaries}
    statements = [s for d in documents.values() if d.kind == "function" for s in d.content["Statement"]]
    assert len(statements) == len(whole_program.names_of(PERMISSION)) > 0


def identity_policies(documents: dict[str, PolicyDocument]) -> dict[str, PolicyDocument]:
    """The roles' policies, without the boundary, which grants nothing."""
    found = {
        label: document
        for label, document in documents.items()
        if document.kind in {"inline", "managed"} and (label,) != BOUNDARY
    }
    assert len(found) > 20
    return found


def test_every_policy_is_within_the_sizes_that_iam_allows_also_with_the_longest_names(
    documents: dict[str, PolicyDocument],
) -> None:
    longest = {"abalone-local": "p" * 20 + "-" + "e" * 8, "us-east-1": "ap-southeast-2", "arn:aws:": "arn:aws-us-gov:"}
    # "IAM and AWS STS quotas".
    limits = {"inline": 10_240, "managed": 6_144}
    for label, document in identity_policies(documents).items():
        text = json.dumps(document.content, separators=(",", ":"))
        for short, long in longest.items():
            text = text.replace(short, long)
        assert len(text) <= limits[document.kind], label


def test_no_statement_allows_all_actions_of_a_service_or_all_resources_without_need(
    documents: dict[str, PolicyDocument],
) -> None:
    """`*` stands where the service authorization reference gives an action no resource, and only there."""
    everywhere: set[str] = set()
    for document in identity_policies(documents).values():
        for statement in document.content["Statement"]:
            assert not [action for action in statement["Action"] if "*" in action]
            everywhere |= set(statement["Action"]) if "*" in statement["Resource"] else set()
    assert everywhere
    with_resource = {action for action in everywhere if takes_a_resource(action)}
    # Asked on "*" although the reference names an optional resource.
    assert with_resource <= OPTIONAL_RESOURCE


@functools.cache
def reference() -> dict[str, list[dict[str, Any]]]:
    """The privileges of the service authorization reference by service prefix, as the linter ships it."""
    package = importlib.util.find_spec("parliament")
    assert package
    assert package.origin
    services = json.loads(Path(package.origin).with_name("iam_definition.json").read_text(encoding="utf-8"))
    privileges: dict[str, list[dict[str, Any]]] = {}
    for service in services:
        privileges.setdefault(service["prefix"], []).extend(service["privileges"])
    return privileges


def takes_a_resource(action: str) -> bool:
    prefix, _, name = action.partition(":")
    privileges = [privilege for privilege in reference().get(prefix, []) if privilege["privilege"] == name]
    return any(resource["resource_type"] for privilege in privileges for resource in privilege["resource_types"])


def planted(document: PolicyDocument, **changes: Any) -> PolicyDocument:
    first, *others = document.content["Statement"]
    return replace(document, content={**document.content, "Statement": [{**first, **changes}, *others]})


def test_both_linters_find_an_unknown_action_in_every_document(documents: dict[str, PolicyDocument]) -> None:
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
    "key encryption-key": ({"Principal": {"AWS": "nobody"}}, {"E3512"}),
    "function abalone-local-notifier": ({"Action": "InvokeFunction"}, {"E3031"}),
}


def test_the_linters_find_other_errors_than_an_unknown_action(
    documents: dict[str, PolicyDocument], findings: set[Finding]
) -> None:
    wrong = [planted(documents[label], **changes) for label, (changes, _) in ERRORS.items()]
    new = ({f for document in wrong for f in by_parliament(document)} | by_cfn_lint(wrong)) - findings
    missed = {
        label: rules - {finding.rule for finding in new if finding.policy == label}
        for label, (_, rules) in ERRORS.items()
    }
    assert not any(missed.values()), missed
