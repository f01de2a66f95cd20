"""Each rule of the policy pack, with resources that break it and resources that keep it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from policy.conventions import RUNTIMES
from policy.resources import UNKNOWN, Resource, Stack
from policy.rules import RULES, Rule, violations
from settings.policies import RULE_NAMES
from tools import lambda_runtimes

ROOT = Path(__file__).parents[3]
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
QUEUE = "arn:aws:sqs:eu-west-1:123456789012:abalone-dev-failed"
TAGS = {"project": "abalone", "environment": "dev"}
STACK = Stack(tags=TAGS, removal_protection=True, today=date(2026, 1, 15))

BUCKET = "aws:s3/bucket:Bucket"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
LOGGING = "aws:s3/bucketLogging:BucketLogging"
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
TOPIC = "aws:sns/topic:Topic"
QUEUE_TYPE = "aws:sqs/queue:Queue"
QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"
FUNCTION = "aws:lambda/function:Function"
INVOKE_CONFIG = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
PROVIDER = "pulumi:providers:aws"


def resource(
    type_token: str,
    properties: dict[str, Any],
    *,
    name: str = "it",
    protect: bool = False,
    of: dict[str, str] | None = None,
) -> Resource:
    """`of` names the resources that properties come from: `{"bucket": "aws:s3/bucket:Bucket::data"}`."""
    prefix = "urn:pulumi:dev::mlops-infra::mlops:index:Part$"
    references = {key: frozenset({prefix + target}) for key, target in (of or {}).items()}
    return Resource(urn=f"{prefix}{type_token}::{name}", properties=properties, protect=protect, references=references)


def document(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def grants(action: Any, on: Any = "arn:aws:s3:::data/*", **more: Any) -> Resource:
    return resource(ROLE_POLICY, {"name": "job", "policy": document(Action=action, Resource=on, **more)})


def trusted(service: str, **condition: Any) -> Resource:
    more = {"Condition": condition} if condition else {}
    policy = document(Principal={"Service": service}, Action="sts:AssumeRole", **more)
    return resource(ROLE, {"name": "role", "assumeRolePolicy": policy})


def refusing_http(*, condition: str = "false") -> str:
    return document(
        Effect="Deny",
        Principal="*",
        Action="s3:*",
        Resource="*",
        Condition={"Bool": {"aws:SecureTransport": condition}},
    )


HERE = {"StringEquals": {"aws:SourceAccount": "123456789012"}}
DATA = resource(BUCKET, {"bucket": "abalone-dev-data"}, protect=True)
WITH_KEY = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY}
ENCRYPTED = resource(
    ENCRYPTION, {"bucket": "abalone-dev-data", "rules": [{"applyServerSideEncryptionByDefault": WITH_KEY}]}
)
LOGGED = resource(LOGGING, {"bucket": "abalone-dev-data", "targetBucket": "logs"})
BLOCKED = {"blockPublicAcls": True, "blockPublicPolicy": True, "ignorePublicAcls": True, "restrictPublicBuckets": True}
RESULTS = "configuration", "resultConfiguration", "encryptionConfiguration"


def workgroup(**encryption: Any) -> Resource:
    properties: dict[str, Any] = encryption
    for part in reversed(RESULTS):
        properties = {part: properties}
    return resource("aws:athena/workgroup:Workgroup", {"name": "kpis", **properties})


@dataclass(frozen=True)
class Case:
    """A resource, those beside it in the stack, and a part of the message where it breaks the rule."""

    resource: Resource
    message: str = ""
    beside: tuple[Resource, ...] = ()


BREAKS: dict[str, tuple[Case, ...]] = {
    "no-broad-managed-policies": (
        Case(resource(ATTACHMENT, {"policyArn": "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"}), "SageMaker"),
        Case(resource(ATTACHMENT, {"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}), "Administrator"),
        Case(resource(ATTACHMENT, {"policyArn": "arn:aws:iam::aws:policy/PowerUserAccess"}), "PowerUser"),
        Case(resource(ROLE, {"managedPolicyArns": ["arn:aws-cn:iam::aws:policy/AWSLambda_FullAccess"]}), "_FullAccess"),
    ),
    "no-action-wildcards": (
        Case(grants("*"), "allows *"),
        Case(grants(["s3:GetObject", "s3:Put*"]), "s3:Put*"),
        Case(resource(ROLE_POLICY, {"policy": document(NotAction="iam:*", Resource="*")}), "all actions but iam:*"),
        Case(resource(ROLE, {"inlinePolicies": [{"name": "all", "policy": document(Action="*", Resource="*")}]}), "*"),
    ),
    "resource-wildcards-have-reasons": (
        Case(grants("s3:GetObject", "*"), "allows s3:GetObject on *"),
        Case(grants(["kms:ListAliases", "kms:Decrypt"], ["*"]), "allows kms:Decrypt on *"),
        Case(
            resource(ROLE_POLICY, {"policy": document(Action="s3:GetObject", NotResource="arn:aws:s3:::a")}), "all re"
        ),
    ),
    "service-trust-has-conditions": (
        Case(trusted("codebuild.amazonaws.com"), "codebuild.amazonaws.com in for any account"),
        Case(trusted("codebuild.amazonaws.com", StringEqualsIfExists={"aws:SourceAccount": "1"}), "any account"),
        Case(
            resource(QUEUE_POLICY, {"policy": document(Principal={"Service": "sns.amazonaws.com"}, Action="sqs:*")}),
            "sns.amazonaws.com",
        ),
        Case(
            resource("aws:kms/key:Key", {"policy": document(Principal={"Service": "logs.amazonaws.com"}, Action="*")}),
            "logs.amazonaws.com",
        ),
        Case(resource("aws:lambda/permission:Permission", {"principal": "s3.amazonaws.com"}), "s3.amazonaws.com may"),
    ),
    "customer-key-encryption": (
        Case(DATA, "no BucketServerSideEncryptionConfiguration"),
        Case(
            resource(ENCRYPTION, {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]}),
            "no key",
        ),
        Case(
            resource(
                ENCRYPTION, {"rules": [{"applyServerSideEncryptionByDefault": {**WITH_KEY, "sseAlgorithm": "AES256"}}]}
            ),
            "sseAlgorithm is AES256",
        ),
        Case(resource(TOPIC, {"name": "a"}), "kmsMasterKeyId"),
        Case(resource(TOPIC, {"kmsMasterKeyId": "alias/aws/sns"}), "kmsMasterKeyId"),
        Case(resource(QUEUE_TYPE, {"sqsManagedSseEnabled": True}), "kmsMasterKeyId"),
        Case(resource("aws:dynamodb/table:Table", {"serverSideEncryption": {"enabled": True}}), "kmsKeyArn"),
        Case(resource("aws:cloudwatch/logGroup:LogGroup", {"name": "a"}), "kmsKeyId"),
        Case(resource("aws:codebuild/project:Project", {"name": "a"}), "encryptionKey"),
        Case(resource("aws:codepipeline/pipeline:Pipeline", {"artifactStores": [{"location": "b"}]}), "artifact store"),
        Case(resource(FUNCTION, {"environment": {"variables": {"A": "b"}}}), "kmsKeyArn"),
        Case(workgroup(), "kmsKeyArn"),
        Case(workgroup(kmsKeyArn=KEY, encryptionOption="SSE_S3"), "encryptionOption is SSE_S3"),
        Case(workgroup(kmsKeyArn=KEY), "encryptionOption is not set"),
        Case(
            resource("aws:glue/securityConfiguration:SecurityConfiguration", {"encryptionConfiguration": {}}),
            "s3Encryption",
        ),
    ),
    "log-retention": (
        Case(resource("aws:cloudwatch/logGroup:LogGroup", {"name": "a"}), "kept for ever"),
        Case(resource("aws:cloudwatch/logGroup:LogGroup", {"retentionInDays": 0}), "kept for ever"),
    ),
    "access-logs": (
        Case(DATA, "logged nowhere"),
        Case(DATA, "logged nowhere", (resource(LOGGING, {"bucket": "another", "targetBucket": "logs"}),)),
    ),
    "tls-only": (
        Case(DATA, "no policy refuses"),
        Case(DATA, "no policy refuses", (resource(BUCKET_POLICY, {"bucket": "another", "policy": refusing_http()}),)),
        Case(
            DATA,
            "no policy refuses",
            (resource(BUCKET_POLICY, {"bucket": "abalone-dev-data", "policy": refusing_http(condition="true")}),),
        ),
        Case(resource(TOPIC, {"arn": "arn:topic"}), "no policy refuses"),
        Case(resource(QUEUE_TYPE, {"url": "https://queue"}), "no policy refuses"),
    ),
    "no-public-access": (
        Case(DATA, "no BucketPublicAccessBlock"),
        Case(resource(BLOCK, {**BLOCKED, "blockPublicPolicy": False}), "blockPublicPolicy is not true"),
        Case(resource("aws:s3/bucketAcl:BucketAcl", {"acl": "public-read"}), "public-read"),
        Case(
            resource(BUCKET_POLICY, {"policy": document(Sid="All", Principal="*", Action="s3:GetObject")}),
            "statement All allows everybody",
        ),
        Case(
            resource(QUEUE_POLICY, {"policy": document(Principal={"AWS": ["*"]}, Action="sqs:SendMessage")}),
            "everybody",
        ),
        Case(resource("aws:lambda/permission:Permission", {"principal": "*"}), "everybody may invoke"),
        Case(resource("aws:lambda/functionUrl:FunctionUrl", {"authorizationType": "NONE"}), "everybody may call"),
    ),
    "failure-destinations": (
        Case(
            resource(TARGET, {"arn": "arn:aws:lambda:eu-west-1:123456789012:function:notifier"}), "dead_letter_config"
        ),
        Case(resource(FUNCTION, {"name": "notifier"}), "on_failure"),
        Case(resource(FUNCTION, {"name": "a"}), "on_failure", (resource(INVOKE_CONFIG, {"functionName": "a"}),)),
    ),
    "current-runtimes": (
        Case(resource(FUNCTION, {"runtime": "python3.9"}), "python3.9 on 2025-12-15"),
        Case(resource(FUNCTION, {"runtime": "python9.9"}), "not in policy/lambda_runtimes.json"),
    ),
    "required-tags": (
        Case(resource(PROVIDER, {"region": "eu-west-1"}, name="default_7_51_1"), "stack's own provider"),
        Case(resource(PROVIDER, {"defaultTags": json.dumps({"tags": {"project": "abalone"}})}), "lack environment"),
        Case(
            resource("pulumi:providers:aws-native", {"defaultTags": {"tags": {**TAGS, "project": "b"}}}), "lack project"
        ),
        Case(resource(BUCKET, {"tags": {"project": "other"}}), "tag project is other"),
    ),
    "names-within-limits": (
        Case(resource(FUNCTION, {"name": "n" * 65}), "65 characters; CreateFunction"),
        Case(resource(BUCKET, {"bucket": "Abalone"}), "CreateBucket"),
        Case(resource("aws:kms/alias:Alias", {"name": "abalone"}), "CreateAlias"),
    ),
    "removal-protection": (
        Case(replace(DATA, protect=False), "loses its objects"),
        Case(resource(BUCKET, {"forceDestroy": True}, protect=True), "forceDestroy"),
        Case(resource("aws:kms/key:Key", {}), "all that it encrypted"),
        Case(resource("aws:athena/workgroup:Workgroup", {"forceDestroy": True}), "forceDestroy"),
    ),
}
KEEPS: dict[str, tuple[Case, ...]] = {
    "no-broad-managed-policies": (
        Case(resource(ATTACHMENT, {"policyArn": "arn:aws:iam::aws:policy/AWSDenyAll"})),
        Case(resource(ATTACHMENT, {"policyArn": "arn:aws:iam::123456789012:policy/abalone-dev-deploy"})),
    ),
    "no-action-wildcards": (
        Case(grants(["s3:GetObject", "s3:PutObject"])),
        Case(grants("*", "*", Effect="Deny")),
    ),
    "resource-wildcards-have-reasons": (
        Case(grants("kms:ListAliases", "*")),
        Case(grants("s3:GetObject", "arn:aws:s3:::data/*")),
    ),
    "service-trust-has-conditions": (
        Case(trusted("codebuild.amazonaws.com", **HERE)),
        Case(trusted("lambda.amazonaws.com")),
        Case(resource("aws:lambda/permission:Permission", {"principal": "s3.amazonaws.com", "sourceArn": UNKNOWN})),
        Case(
            resource(
                "aws:kms/key:Key",
                {
                    "policy": document(
                        Principal={"Service": "logs.amazonaws.com"},
                        Action="kms:Decrypt",
                        Condition={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:*:*:*"}},
                    )
                },
            )
        ),
    ),
    "customer-key-encryption": (
        Case(DATA, beside=(ENCRYPTED,)),
        Case(ENCRYPTED),
        Case(
            resource(
                ENCRYPTION,
                {"bucket": "logs", "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]},
            ),
            beside=(LOGGED,),
        ),
        Case(resource(TOPIC, {"kmsMasterKeyId": UNKNOWN})),
        Case(resource("aws:dynamodb/table:Table", {"serverSideEncryption": {"enabled": True, "kmsKeyArn": KEY}})),
        Case(
            resource(
                "aws:codepipeline/pipeline:Pipeline",
                {"artifactStores": [{"encryptionKey": {"type": "KMS", "id": KEY}}]},
            )
        ),
        Case(resource(FUNCTION, {"runtime": "python3.13"})),
        Case(workgroup(kmsKeyArn=KEY, encryptionOption="SSE_KMS")),
    ),
    "log-retention": (Case(resource("aws:cloudwatch/logGroup:LogGroup", {"retentionInDays": 30})),),
    "access-logs": (Case(DATA, beside=(LOGGED,)), Case(resource(BUCKET, {"bucket": "logs"}), beside=(LOGGED,))),
    "tls-only": (
        Case(DATA, beside=(resource(BUCKET_POLICY, {"bucket": "abalone-dev-data", "policy": refusing_http()}),)),
        Case(
            resource(QUEUE_TYPE, {"url": UNKNOWN}),
            beside=(
                resource(
                    QUEUE_POLICY,
                    {"queueUrl": UNKNOWN, "policy": refusing_http()},
                    of={"queueUrl": "aws:sqs/queue:Queue::it"},
                ),
            ),
        ),
        Case(DATA, beside=(resource(BUCKET_POLICY, {"bucket": "abalone-dev-data", "policy": UNKNOWN}),)),
    ),
    "no-public-access": (
        Case(DATA, beside=(resource(BLOCK, {"bucket": "abalone-dev-data", **BLOCKED}),)),
        Case(resource(BLOCK, BLOCKED)),
        Case(resource(BUCKET_POLICY, {"policy": refusing_http()})),
        Case(resource("aws:lambda/functionUrl:FunctionUrl", {"authorizationType": "AWS_IAM"})),
    ),
    "failure-destinations": (
        Case(
            resource(
                TARGET,
                {
                    "arn": "arn:aws:lambda:eu-west-1:123456789012:function:notifier",
                    "deadLetterConfig": {"arn": QUEUE},
                },
            )
        ),
        Case(resource(TARGET, {"arn": "arn:aws:codebuild:eu-west-1:123456789012:project/abalone-dev-drift"})),
        Case(
            resource(FUNCTION, {"name": "a"}),
            beside=(
                resource(
                    INVOKE_CONFIG,
                    {"functionName": "a", "destinationConfig": {"onFailure": {"destination": QUEUE}}},
                ),
            ),
        ),
    ),
    "current-runtimes": (Case(resource(FUNCTION, {"runtime": "python3.13"})),),
    "required-tags": (
        Case(resource(PROVIDER, {"defaultTags": json.dumps({"tags": {**TAGS, "team": "data"}})})),
        Case(resource(BUCKET, {"tags": {"project": "abalone", "purpose": "data"}})),
    ),
    "names-within-limits": (Case(resource(FUNCTION, {"name": "n" * 64})),),
    "removal-protection": (Case(DATA), Case(resource("aws:kms/key:Key", {}, protect=True))),
}


def messages(rule: Rule, case: Case, stack: Stack = STACK) -> list[str]:
    return violations(rule, case.resource, replace(stack, resources=[case.resource, *case.beside]))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_refuses_what_breaks_it(rule: Rule) -> None:
    for case in BREAKS[rule.name]:
        assert case.message in "\n".join(messages(rule, case)), case
        assert messages(rule, case), case


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_passes_what_keeps_it(rule: Rule) -> None:
    assert KEEPS[rule.name]
    for case in KEEPS[rule.name]:
        assert messages(rule, case) == [], case


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_that_is_switched_off_refuses_nothing(rule: Rule) -> None:
    stack = replace(STACK, disabled={rule.name: "the auditor knows"})
    assert [messages(rule, case, stack) for case in BREAKS[rule.name]] == [[]] * len(BREAKS[rule.name])


NOT_KNOWN_YET = (
    resource(ATTACHMENT, {"policyArn": UNKNOWN}),
    resource(ROLE_POLICY, {"name": "job", "policy": UNKNOWN}),
    resource(ROLE, {"name": UNKNOWN, "assumeRolePolicy": UNKNOWN, "inlinePolicies": UNKNOWN}),
    resource(ENCRYPTION, {"rules": UNKNOWN}),
    resource(TARGET, {"arn": UNKNOWN}),
    resource(FUNCTION, {"runtime": UNKNOWN, "environment": UNKNOWN, "kmsKeyArn": UNKNOWN, "deadLetterConfig": UNKNOWN}),
    resource(PROVIDER, {"defaultTags": UNKNOWN}),
    resource(BUCKET_POLICY, {"tags": {"project": UNKNOWN}, "policy": UNKNOWN}),
)


@pytest.mark.parametrize("unknown", NOT_KNOWN_YET, ids=lambda unknown: unknown.type)
def test_what_only_the_deployment_will_tell_is_not_refused(unknown: Resource) -> None:
    assert {rule.name: violations(rule, unknown, STACK) for rule in RULES} == {rule.name: [] for rule in RULES}


def test_without_removal_protection_nothing_needs_to_be_protected() -> None:
    (rule,) = [rule for rule in RULES if rule.name == "removal-protection"]
    stack = replace(STACK, removal_protection=False)
    assert [messages(rule, case, stack) for case in BREAKS[rule.name]] == [[]] * len(BREAKS[rule.name])


def test_the_rules_are_those_that_a_stack_file_may_switch_off() -> None:
    assert tuple(rule.name for rule in RULES) == RULE_NAMES
    assert set(BREAKS) == set(KEEPS) == set(RULE_NAMES)


def test_the_runtimes_are_those_of_the_pinned_cfn_lint() -> None:
    assert RUNTIMES.read_text() == lambda_runtimes.render(), "run `make runtimes`"


def test_the_documentation_lists_each_rule_with_its_description() -> None:
    rows = [f"| `{rule.name}` | {rule.description} |" for rule in RULES]
    assert "\n".join(rows) in (ROOT / "docs" / "security.md").read_text()


def test_the_pack_runs_on_the_programs_own_environment() -> None:
    program = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["runtime"]["options"]
    pack = yaml.safe_load((ROOT / "policy" / "PulumiPolicy.yaml").read_text())["runtime"]["options"]
    assert pack["toolchain"] == program["toolchain"]
    assert (ROOT / "policy" / pack["virtualenv"]).resolve() == (ROOT / program["virtualenv"]).resolve()
