"""Every policy document of the program and its bootstrap, read by two linters: no finding without a reason."""

from __future__ import annotations

import functools
import importlib.util
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from bootstrap import Target, apply
from policy.resources import statements_of
from tools.security import findings as findings_module
from tools.security.explanations import EXPLANATIONS
from tools.security.findings import Explanation, compare, general, placeholders, statements_about
from tools.security.policies import PERMISSION, READERS, PolicyDocument, documents_of

from .policy_linters import Finding, by_cfn_lint, by_parliament

if TYPE_CHECKING:
    from settings import StackSettings

    from .conftest import Registered

ROOT = Path(__file__).parents[3]
PREFIX = "abalone-local"


BOUNDARY = f"boundary {PREFIX}-boundary"
STATE_KEY = Explanation(
    rules=("RESOURCE_STAR", "PERMISSIONS_MANAGEMENT_ACTIONS"),
    resources=("state-key",),
    message=r"kms:\w+",
    reason="As of the stack's own key: the account's IAM policies decide, and \"*\" means the key.",
)


# The service authorization reference names a resource for these, but not one that a request always has.
OPTIONAL_RESOURCE = {"sagemaker:ListModelPackages"}


@pytest.fixture(scope="module")
def documents(whole_program: Registered) -> dict[str, PolicyDocument]:
    """All documents, by label."""
    everything = [*documents_of(whole_program.exported()), *documents_of_bootstrap()]
    by_label = {document.label: document for document in everything}
    assert len(by_label) == len(everything)
    return by_label


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
        assert [outcome.status for outcome in apply(clients, target)] == ["created"] * 4
        boundary = clients("iam").get_policy_version(PolicyArn=deployment.boundary_arn, VersionId="v1")
        buckets = {"state-bucket": deployment.state_bucket, "state-logs-bucket": deployment.state_logs_bucket}
        bucket_policies = {
            resource: clients("s3").get_bucket_policy(Bucket=name)["Policy"] for resource, name in buckets.items()
        }
        key = clients("kms").describe_key(KeyId=deployment.secrets_alias)["KeyMetadata"]
        key_policy = clients("kms").get_key_policy(KeyId=key["KeyId"], PolicyName="default")
    return [
        PolicyDocument(
            kind="boundary",
            resource="boundary",
            name=deployment.boundary_name,
            arn=deployment.boundary_arn,
            content=boundary["PolicyVersion"]["Document"],
        ),
        *(
            PolicyDocument(
                kind="bucket",
                resource=resource,
                name=buckets[resource],
                arn=deployment.bucket_arn(buckets[resource]),
                content=json.loads(policy),
            )
            for resource, policy in bucket_policies.items()
        ),
        PolicyDocument(
            kind="key",
            resource="state-key",
            name=f"{PREFIX}-state",
            arn=key["Arn"],
            content=json.loads(key_policy["Policy"]),
        ),
    ]


@pytest.fixture(scope="module")
def findings(documents: dict[str, PolicyDocument]) -> set[Finding]:
    of_parliament = {finding for document in documents.values() for finding in by_parliament(document)}
    return of_parliament | by_cfn_lint(documents.values())


@pytest.mark.slow
def test_no_finding_is_without_a_written_reason(
    documents: dict[str, PolicyDocument], findings: set[Finding], local_settings: StackSettings
) -> None:
    names = placeholders(local_settings)
    statements = {
        label: list(statements_of(general(json.dumps(document.content), names)))
        for label, document in documents.items()
    }
    judged = [
        findings_module.Finding(
            tool="parliament",
            rule=finding.rule,
            resource=documents[finding.policy].resource,
            message=general(finding.message, names),
            statements=statements_about(general(finding.message, names), statements[finding.policy]),
        )
        for finding in findings
    ]
    assert len(judged) > 100
    verdict = compare(judged, [*EXPLANATIONS, STATE_KEY])
    assert list(map(str, verdict.unexplained)) == []
    assert [stale for stale in verdict.stale if stale.explanation == STATE_KEY] == []


@pytest.mark.parametrize(
    ("inputs", "principal", "condition"),
    [
        ({"principal": "*"}, "*", None),
        ({"principal": "123456789012"}, {"AWS": "123456789012"}, None),
        (
            {"principal": "events.amazonaws.com", "sourceAccount": "123456789012"},
            {"Service": "events.amazonaws.com"},
            {"StringEquals": {"AWS:SourceAccount": "123456789012"}},
        ),
    ],
)
def test_a_functions_permission_has_the_principal_and_the_conditions_of_its_inputs(
    whole_program: Registered, inputs: dict[str, str], principal: object, condition: object
) -> None:
    resources = [resource for resource in whole_program.exported() if resource.type != PERMISSION]
    function = next(resource for resource in resources if resource.type == "aws:lambda/function:Function")
    permission = replace(
        function,
        type=PERMISSION,
        name="permission",
        inputs={"function": function.inputs["name"], "action": "lambda:InvokeFunction", **inputs},
    )
    [document] = [entry for entry in documents_of([*resources, permission]) if entry.kind == "function"]
    [statement] = document.statements
    assert (statement["Principal"], statement.get("Condition")) == (principal, condition)


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
    managed = {document.arn for document in documents.values() if document.kind in {"managed", "boundary"}}
    assert managed == {*attachments, *boundaries}
    statements = [s for d in documents.values() if d.kind == "function" for s in d.content["Statement"]]
    assert len(statements) == len(whole_program.names_of(PERMISSION)) > 0


def identity_policies(documents: dict[str, PolicyDocument]) -> dict[str, PolicyDocument]:
    """The roles' policies, without the boundary, which grants nothing."""
    granting = {
        label: document
        for label, document in documents.items()
        if document.kind in {"inline", "managed"} and label != BOUNDARY
    }
    assert len(granting) > 20
    return granting


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


@pytest.mark.slow
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
    BOUNDARY: ({"Resource": "topic"}, {"INVALID_ARN", "E3510"}),
    "trust abalone-local-deploy": ({"Principal": {"AWS": "nobody"}}, {"UNKNOWN_PRINCIPAL", "E3530"}),
    "bucket abalone-local-data-123456789012-us-east-1": ({"Principal": {"AWS": "nobody"}}, {"E3512"}),
    "queue abalone-local-notifications-failed": ({"Action": ["sns:Publish"]}, {"W3037"}),
    "topic abalone-local-notifications": ({"Resource": "topic"}, {"E3514"}),
    "key encryption-key": ({"Principal": {"AWS": "nobody"}}, {"E3512"}),
    "function abalone-local-notifier": ({"Action": "InvokeFunction"}, {"E3031"}),
}


@pytest.mark.slow
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
