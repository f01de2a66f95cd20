"""Verification over the whole program: every role, rule and policy is covered, and each mistake has its row.

AWS's answers are those of a stack that is deployed as the program declares it, but for the mistake.
"""

from __future__ import annotations

import functools
import json
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from moto.events.models import EventPattern

from components.cicd.jobs import JOBS
from contract.names import EXECUTION_ROLE
from contract.notification_rules import notification_rules
from delivery.verification import findings as checks
from delivery.verification import resource_policies, roles, rules
from delivery.verification.declarations import CONDITIONS
from delivery.verification.event_samples import DOCUMENTS, SOURCES, event_samples
from delivery.verification.policy_evaluation import Request, UnknownElementError, decide
from delivery.verification.state import Deployed, Resource
from delivery.verification.uses import ROLE, roles_in_use, uses_by_services
from tools.security.policies import documents_of

if TYPE_CHECKING:
    from contract.names import Deployment
    from delivery.verification.findings import Check, Finding
    from settings import StackSettings

    from .conftest import Registered

PREFIX = "abalone-local"
KEY = "key encryption-key"
CHECKS: dict[str, Check] = {
    "events": rules.events,
    "trust of roles": roles.trust,
    "actions of roles": roles.actions,
    "permissions of roles": roles.permissions,
    "policies of resources": resource_policies.resource_policies,
}
Documents = dict[str, dict[str, Any]]

FURTHER_CHECKS = {
    "aws-native:sagemaker:ModelPackageGroup",
    "aws:athena/workgroup:Workgroup",
    "aws:cloudwatch/eventRule:EventRule",
    "aws:cloudwatch/eventTarget:EventTarget",
    "aws:iam/role:Role",
    "aws:kms/key:Key",
    "aws:lakeformation/resource:Resource",
    "aws:lambda/function:Function",
    "aws:s3/bucket:Bucket",
    "aws:sns/topic:Topic",
    "aws:sns/topicSubscription:TopicSubscription",
    "aws:sqs/queue:Queue",
}
"""Types with checks in `parts`, `rules`, `roles` or `resource_policies`."""

DECLARED_IS_ENOUGH = {
    "aws:athena/namedQuery:NamedQuery",
    # Whether it is in state ALARM is for those whom it notifies.
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:codebuild/project:Project",
    "aws:glue/catalogDatabase:CatalogDatabase",
    "aws:glue/catalogTable:CatalogTable",
    "aws:glue/classifier:Classifier",
    "aws:glue/securityConfiguration:SecurityConfiguration",
    "aws:iam/policy:Policy",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:kms/alias:Alias",
    "aws:lakeformation/permissions:Permissions",
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
    "aws:lambda/permission:Permission",
    # That its last import failed is in QuickSight's own mail to its owners.
    "aws:quicksight/dataSet:DataSet",
    "aws:quicksight/refreshSchedule:RefreshSchedule",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketLogging:BucketLogging",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketVersioning:BucketVersioning",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:sqs/queuePolicy:QueuePolicy",
}
"""Types that work once they are as declared, which a refresh compares."""


class Aws:
    """AWS's answers about the policies and patterns that are deployed."""

    def __init__(self, deployed: Documents, patterns: dict[str, str]) -> None:
        self._documents = deployed
        self._patterns = patterns
        self._policies: dict[str, str] = {}
        self.simulated: list[str] = []

    def __call__(self, _service: str) -> Any:
        return self

    def describe_rule(self, Name: str) -> dict[str, str]:  # noqa: N803 - boto3's name
        return {"State": "ENABLED", **({"EventPattern": self._patterns[Name]} if Name in self._patterns else {})}

    def test_event_pattern(self, EventPattern: str, Event: str) -> dict[str, bool]:  # noqa: N803 - boto3's names
        return {"Result": matches(EventPattern, json.loads(Event))}

    def get_role(self, RoleName: str) -> Any:  # noqa: N803 - boto3's name
        return {"Role": {"AssumeRolePolicyDocument": self._documents[f"trust {RoleName}"]}}

    def get_key_policy(self, **_: str) -> dict[str, str]:
        return self._policy(KEY)

    def get_topic_attributes(self, TopicArn: str) -> Any:  # noqa: N803 - boto3's name
        return {"Attributes": self._policy(f"topic {TopicArn.rpartition(':')[2]}")}

    def get_queue_attributes(self, QueueUrl: str, **_: object) -> Any:  # noqa: N803 - boto3's name
        return {"Attributes": self._policy(f"queue {QueueUrl.rpartition('/')[2]}")}

    def get_policy(self, FunctionName: str) -> dict[str, str]:  # noqa: N803 - boto3's name
        return self._policy(f"function {FunctionName}")

    def get_bucket_policy(self, Bucket: str) -> dict[str, str]:  # noqa: N803 - boto3's name
        return self._policy(f"bucket {Bucket}")

    def get_paginator(self, operation: str) -> Any:
        return SimpleNamespace(paginate=getattr(self, operation))

    def validate_policy(self, policyDocument: str, policyType: str) -> Iterator[Any]:  # noqa: N803 - boto3's names
        assert policyType == "IDENTITY_POLICY"
        unknown = {"issueCode": "INVALID_ACTION", "findingDetails": "The action sns:Shout does not exist."}
        other = {"issueCode": "PASS_ROLE_WITH_STAR_IN_RESOURCE", "findingDetails": "Careful."}
        yield {"findings": [other, unknown] if "sns:Shout" in policyDocument else [other]}

    def simulate_principal_policy(self, PolicySourceArn: str, **request: Any) -> Iterator[Any]:  # noqa: N803 - boto3's name
        """SimulatePrincipalPolicy, with the role's policies alone."""
        name = PolicySourceArn.rpartition("/")[2]
        self.simulated.append(json.dumps([name, sorted(request["ResourceArns"]), request["ContextEntries"]]))
        if name not in self._policies:
            self._policies[name] = json.dumps(self._of_role(name))
        yield simulate(self._policies[name], PolicySourceArn, json.dumps(request))

    def _of_role(self, name: str) -> list[Any]:
        """Identity-based policies as policies for anybody, those of its own first; the managed ones are the jobs'."""
        labels = [label for label in self._documents if label.startswith(f"inline {name}/")]
        if name.removeprefix(f"{PREFIX}-") in {job.name for job in JOBS if job.shared_policies}:
            labels += [label for label in self._documents if label.startswith("managed ")]
        return [
            {"Statement": [{**statement, "Principal": "*"} for statement in self._documents[label]["Statement"]]}
            for label in labels
        ]

    def _policy(self, label: str) -> dict[str, str]:
        return {"Policy": json.dumps(self._documents[label])}


@functools.cache
def simulate(policies: str, role: str, request: str) -> Any:
    """What the simulator answers, given JSON: the mistake of a test leaves most roles as they are in all tests."""
    documents, asked = json.loads(policies), json.loads(request)
    context = {entry["ContextKeyName"]: entry["ContextKeyValues"][0] for entry in asked["ContextEntries"]}
    results: list[dict[str, Any]] = []
    for action in asked["ActionNames"]:
        for arn in asked["ResourceArns"]:
            single = Request(principal=role, action=action, resource=arn, context=context)
            is_allowed = any(decide(document, single) == "allowed" for document in documents)
            decision = "allowed" if is_allowed else "implicitDeny"
            results.append({"EvalActionName": action, "EvalResourceName": arn, "EvalDecision": decision})
    return {"EvaluationResults": results}


def matches(pattern: str, event: Any) -> bool:
    return EventPattern.load(pattern).matches_event(event)


@pytest.fixture(scope="module")
def resources(whole_program: Registered) -> list[Resource]:
    stack_resources = [
        Resource(type=urn.split("::")[2].split("$")[-1], id=urn, properties=resource.state)
        for urn, resource in whole_program.resources.items()
    ]
    assert len(stack_resources) > 100
    return stack_resources


@pytest.fixture(scope="module")
def stack(
    resources: list[Resource], whole_program: Registered, deployment: Deployment, local_settings: StackSettings
) -> Callable[..., Deployed]:
    """The program deployed as declared; `change` makes a mistake in its policies and patterns behind its back."""

    def make(change: Callable[[Documents, dict[str, str]], None] = lambda _documents, _patterns: None) -> Deployed:
        documents = {item.label: deepcopy(item.content) for item in documents_of(whole_program.exported())}
        of_rules = [resource for resource in resources if resource.type == rules.RULE]
        patterns = {rule.text("name"): rule.text("eventPattern") for rule in of_rules if rule.text("eventPattern")}
        change(documents, patterns)
        return Deployed(
            deployment=deployment,
            outputs={
                "pipeline_environment": {
                    "SAGEMAKER_PIPELINE_NAME": "abalone-local",
                    "SAGEMAKER_PIPELINE_ROLE_ARN": deployment.role_arn(EXECUTION_ROLE),
                }
            },
            resources=resources,
            notification_rules=notification_rules(deployment, local_settings.pipeline.name),
            events=event_samples(local_settings),
            clients=Aws(documents, patterns),
            drifted=list,
        )

    return make


def failures(deployed: Deployed) -> list[Finding]:
    return [finding for finding in checks.run(CHECKS, deployed) if not finding.passed]


def test_the_simulator_is_asked_once_about_the_same_resources_in_the_same_context(
    stack: Callable[..., Deployed],
) -> None:
    deployed = stack()
    checks.run({"permissions of roles": roles.permissions}, deployed)
    simulated = deployed.clients("iam").simulated
    assert len(simulated) > 100
    assert max(Counter(simulated).values()) == 1


def test_the_program_as_it_declares_itself_works(stack: Callable[..., Deployed]) -> None:
    deployed = stack()
    results = checks.run(CHECKS, deployed)
    assert [finding for finding in results if not finding.passed] == []
    roles_there, rules_there = len(deployed.of_type(ROLE)), len(deployed.events)
    assert roles_there > len(JOBS)
    assert rules_there > len(deployed.notification_rules)
    subjects = {finding.subject for finding in results}
    assert {
        f"events of {rules_there} rules",
        f"trust of {roles_there} roles",
        # The role of the chat channels has no policy of its own.
        f"actions of {roles_there - 1} roles",
        f"permissions of {roles_there} roles",
        f"key {PREFIX} for cloudwatch.amazonaws.com",
        f"key {PREFIX} for events.amazonaws.com",
        f"key {PREFIX} for logs.us-east-1.amazonaws.com",
        f"key {PREFIX} for roles",
        f"topic {PREFIX}-notifications for cloudwatch.amazonaws.com",
        f"queue {PREFIX}-notifications-undelivered for events.amazonaws.com",
        f"function {PREFIX}-notifier for events.amazonaws.com",
    } <= subjects


def test_of_every_type_it_is_said_what_it_needs_beside_being_as_declared(resources: list[Resource]) -> None:
    types = {resource.type for resource in resources if resource.type.startswith("aws")}
    groups = (set(CONDITIONS), FURTHER_CHECKS, DECLARED_IS_ENOUGH)
    assert types == set().union(*groups)
    assert sum(len(group) for group in groups) == len(types)


def test_every_role_is_used_by_a_service_or_assumed_by_people(stack: Callable[..., Deployed]) -> None:
    deployed = stack()
    uses = {
        arn.rpartition("/")[2]: {use.request.principal for use in used} for arn, used in roles_in_use(deployed).items()
    }
    assert set(uses) == {role.text("name") for role in deployed.of_type(ROLE)}
    assert len(uses) > len(JOBS)
    assert {role for role, services in uses.items() if not services} == {f"{PREFIX}-approve"}
    assert all(len(services) == 1 for services in uses.values() if services)


def test_every_pattern_has_a_sample_of_aws_s_documents(stack: Callable[..., Deployed]) -> None:
    deployed = stack()
    with_pattern = {rule.text("name") for rule in deployed.of_type(rules.RULE) if rule.text("eventPattern")}
    assert with_pattern == set(deployed.events)


def test_every_document_says_where_it_is_from() -> None:
    assert {path.stem for path in DOCUMENTS.glob("*.json")} == set(SOURCES)


def test_a_rule_without_a_sample_is_named(stack: Callable[..., Deployed]) -> None:
    deployed = stack()
    name = f"{PREFIX}-delivery-source"
    [failure] = failures(replace(deployed, events={key: v for key, v in deployed.events.items() if key != name}))
    assert failure.subject == f"events of {name}"
    assert failure.expected == "a sample in delivery/verification/event_samples.py"


def without(label: str, sid: str) -> Callable[[Documents, dict[str, str]], None]:
    def change(documents: Documents, _patterns: dict[str, str]) -> None:
        remaining = [statement for statement in documents[label]["Statement"] if statement["Sid"] != sid]
        assert len(remaining) == len(documents[label]["Statement"]) - 1
        documents[label]["Statement"] = remaining

    return change


def trusted(role: str, principal: str) -> Callable[[Documents, dict[str, str]], None]:
    def change(documents: Documents, _patterns: dict[str, str]) -> None:
        documents[f"trust {PREFIX}-{role}"]["Statement"][0]["Principal"] = {"Service": principal}

    return change


def misspelt(documents: Documents, patterns: dict[str, str]) -> None:
    name = f"{PREFIX}-model-versions"
    patterns[name] = patterns[name].replace("State Change", "StateChange")


def of_another_account(documents: Documents, _patterns: dict[str, str]) -> None:
    [statement] = documents[f"trust {PREFIX}-deploy"]["Statement"]
    statement["Condition"]["StringEquals"]["aws:SourceAccount"] = "210987654321"


def refusing_roles(documents: Documents, _patterns: dict[str, str]) -> None:
    [label] = [label for label in documents if label.startswith(f"bucket {PREFIX}-data")]
    documents[label]["Statement"].append(
        {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "*", "Sid": "Nobody"}
    )


@pytest.mark.parametrize(
    ("mistake", "subject", "actual"),
    [
        (trusted("deploy", "glue.amazonaws.com"), f"trust of {PREFIX}-deploy", "glue.amazonaws.com"),
        (trusted("sagemaker-execution", "lambda.amazonaws.com"), f"trust of {PREFIX}-sagemaker-execution", "lambda"),
        (of_another_account, f"trust of {PREFIX}-deploy", "refused to codebuild.amazonaws.com"),
        (misspelt, f"events of {PREFIX}-model-versions", "does not match them"),
        (
            without("key encryption-key", "SendUndeliveredEvents"),
            f"key {PREFIX} for events.amazonaws.com",
            "kms:Decrypt",
        ),
        (without("key encryption-key", "EncryptLogGroups"), f"key {PREFIX} for logs.us-east-1.amazonaws.com", "kms:"),
        (without("key encryption-key", "PublishAlarms"), f"key {PREFIX} for cloudwatch.amazonaws.com", "kms:"),
        (without("key encryption-key", "LetIamPoliciesDecide"), f"key {PREFIX} for roles", "implicitDeny of kms:"),
        (
            without(f"topic {PREFIX}-notifications", "Alarms"),
            f"topic {PREFIX}-notifications for cloudwatch.amazonaws.com",
            "implicitDeny of sns:Publish for alarm:",
        ),
        (
            without(f"queue {PREFIX}-notifications-undelivered", "UndeliveredEvents"),
            f"queue {PREFIX}-notifications-undelivered for events.amazonaws.com",
            "implicitDeny of sqs:SendMessage for rule/",
        ),
        (
            without(f"function {PREFIX}-notifier", "failed-crawls"),
            f"function {PREFIX}-notifier for events.amazonaws.com",
            f"implicitDeny of lambda:InvokeFunction for rule/{PREFIX}-failed-crawls",
        ),
        (
            without(f"inline {PREFIX}-notifier/notify", "Publish"),
            f"permissions of {PREFIX}-notifier",
            "sns:Publish on arn:aws:sns:us-east-1:123456789012:abalone-local-notifications: implicitDeny",
        ),
    ],
)
def test_each_mistake_behind_the_program_s_back_has_its_row(
    stack: Callable[..., Deployed], mistake: Callable[[Documents, dict[str, str]], None], subject: str, actual: str
) -> None:
    [failure] = failures(stack(mistake))
    assert failure.subject == subject
    assert actual in failure.actual


def test_a_bucket_that_refuses_the_stack_s_roles_is_named(stack: Callable[..., Deployed]) -> None:
    [failure] = failures(stack(refusing_roles))
    assert failure.subject.startswith(f"bucket {PREFIX}-data")
    assert "explicitDeny of s3:GetObject for role/" in failure.actual


def test_an_action_that_no_service_has_is_named(stack: Callable[..., Deployed], resources: list[Resource]) -> None:
    """Declared and deployed: IAM takes it, and its simulator finds it allowed."""

    def misspell(policy: str) -> str:
        return policy.replace("sns:Publish", "sns:Shout")

    def deployed_as_declared(documents: Documents, _patterns: dict[str, str]) -> None:
        label = f"inline {PREFIX}-notifier/notify"
        documents[label] = json.loads(misspell(json.dumps(documents[label])))

    declared = [
        replace(resource, properties={**resource.properties, "policy": misspell(resource.text("policy"))})
        if resource.type == "aws:iam/rolePolicy:RolePolicy" and resource.text("role") == f"{PREFIX}-notifier"
        else resource
        for resource in resources
    ]
    [failure] = failures(replace(stack(deployed_as_declared), resources=declared))
    assert failure.subject == f"actions of {PREFIX}-notifier"
    assert failure.actual == "The action sns:Shout does not exist."


def test_what_a_role_s_users_need_is_asked_for_whatever_its_policies_declare(
    stack: Callable[..., Deployed], resources: list[Resource]
) -> None:
    """A program whose own declaration forgets a permission."""
    mistake = without(f"inline {PREFIX}-delivery-events/job", "StartBuilds")
    deployed = stack(mistake)
    declared = [
        replace(resource, properties={**resource.properties, "policy": json.dumps({"Statement": []})})
        if resource.type == "aws:iam/rolePolicy:RolePolicy" and resource.text("role") == f"{PREFIX}-delivery-events"
        else resource
        for resource in resources
    ]
    [failure] = failures(replace(deployed, resources=declared))
    assert failure.subject == f"permissions of {PREFIX}-delivery-events"
    assert failure.actual.startswith("codebuild:StartBuild on ")


def test_a_new_resource_is_covered_by_the_arns_that_it_names(
    stack: Callable[..., Deployed], resources: list[Resource], deployment: Deployment
) -> None:
    key = next(resource.text("arn") for resource in resources if resource.type == "aws:kms/key:Key")
    group = Resource(
        type="aws:cloudwatch/logGroup:LogGroup",
        id="new",
        properties={"name": "new", "arn": deployment.arn("logs", "log-group:new"), "kmsKeyId": key},
    )
    job = Resource(
        type="aws:glue/job:Job",
        id="new",
        properties={"arn": deployment.arn("glue", "job/new"), "roleArn": deployment.role_arn("notifier")},
    )
    deployed = replace(stack(), resources=[*resources, group, job])
    assert [(failure.subject, failure.expected) for failure in failures(deployed)] == [
        (f"trust of {PREFIX}-notifier", "glue.amazonaws.com, lambda.amazonaws.com"),
        (f"key {PREFIX} for logs.us-east-1.amazonaws.com", "allowed"),
    ]


def test_a_target_that_nobody_can_judge_is_a_failure(stack: Callable[..., Deployed], resources: list[Resource]) -> None:
    rule = next(resource for resource in resources if resource.type == rules.RULE)
    target = Resource(
        type="aws:cloudwatch/eventTarget:EventTarget",
        id="new",
        properties={"rule": rule.text("name"), "arn": "arn:aws:batch:us-east-1:123456789012:job-queue/new"},
    )
    assert any(
        failure.actual == "a delivery to arn:aws:batch:us-east-1:123456789012:job-queue/new is not evaluated"
        for failure in failures(replace(stack(), resources=[*resources, target]))
    )


REQUEST = Request(
    principal="events.amazonaws.com",
    action="sqs:SendMessage",
    resource="arn:aws:sqs:us-east-1:123456789012:q",
    context={"aws:SourceArn": "arn:aws:events:us-east-1:123456789012:rule/r", "aws:SecureTransport": "true"},
)
ALLOW = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:*", "Resource": "*"}


def policy(*changes: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{**ALLOW, **change} for change in changes]})


@pytest.mark.parametrize(
    ("document", "decision"),
    [
        (policy({}), "allowed"),
        (policy({"Principal": {"Service": ["sns.amazonaws.com", "events.amazonaws.com"]}}), "allowed"),
        (policy({"Principal": {"AWS": "*"}}), "allowed"),
        (policy({"Principal": {"AWS": "123456789012"}}), "implicitDeny"),
        (policy({"Principal": {"Service": "sns.amazonaws.com"}}), "implicitDeny"),
        (policy({"Action": ["sqs:sendmessage"]}), "allowed"),
        (policy({"Action": "sqs:ReceiveMessage"}), "implicitDeny"),
        (policy({"Resource": "arn:aws:sqs:us-east-1:123456789012:other"}), "implicitDeny"),
        (policy({}, {"Effect": "Deny", "Principal": "*"}), "explicitDeny"),
        (policy({"Condition": {"ArnLike": {"AWS:SOURCEARN": "arn:aws:events:*:*:rule/?"}}}), "allowed"),
        (policy({"Condition": {"ArnLike": {"aws:SourceArn": ["arn:aws:s3:::b", "arn:aws:events:*"]}}}), "allowed"),
        (policy({"Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}}), "implicitDeny"),
        (policy({"Condition": {"StringEqualsIfExists": {"aws:SourceAccount": "123456789012"}}}), "allowed"),
        (policy({"Condition": {"StringNotEquals": {"aws:SourceAccount": "123456789012"}}}), "allowed"),
        (policy({"Condition": {"Null": {"aws:SourceAccount": "true"}}}), "allowed"),
        (policy({"Condition": {"Null": {"aws:SourceArn": "true"}}}), "implicitDeny"),
        (policy({"Condition": {"Bool": {"aws:SecureTransport": "false"}}}), "implicitDeny"),
        (json.dumps({"Statement": ALLOW}), "allowed"),
    ],
)
def test_a_resource_s_policy_decides_as_iam_does(document: str, decision: str) -> None:
    assert decide(json.loads(document), REQUEST) == decision


@pytest.mark.parametrize(
    ("change", "element"),
    [({"NotPrincipal": "*"}, "NotPrincipal"), ({"Condition": {"IpAddress": {"aws:SourceIp": "::"}}}, "IpAddress")],
)
def test_an_element_that_is_not_evaluated_is_no_decision(change: dict[str, Any], element: str) -> None:
    with pytest.raises(UnknownElementError, match=element):
        decide(json.loads(policy(change)), REQUEST)


def test_services_that_use_the_stack_s_resources_are_read_from_references_between_them(
    stack: Callable[..., Deployed],
) -> None:
    services = {use.request.principal for use in uses_by_services(stack())}
    assert services == {"cloudwatch.amazonaws.com", "events.amazonaws.com", "logs.us-east-1.amazonaws.com"}
