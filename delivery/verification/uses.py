"""Who has to use what for the stack to work, read from the references between its resources.

A resource that is added to the program is covered through the ARNs that it names.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from contract.arns import Arn, regional_service
from delivery.verification.policy_evaluation import Request, UnknownElementError, as_list, statements_of
from delivery.verification.state import Deployed, Resource

ROLE: Final = "aws:iam/role:Role"
_ATTACHMENT: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
_INLINE_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
_POLICY: Final = "aws:iam/policy:Policy"
_ALARM: Final = "aws:cloudwatch/metricAlarm:MetricAlarm"
_CODEBUILD_PROJECT: Final = "aws:codebuild/project:Project"
_FAILURE_DESTINATION: Final = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
_FUNCTION: Final = "aws:lambda/function:Function"
_LOG_GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"
_PIPELINE: Final = "aws:codepipeline/pipeline:Pipeline"
_RULE: Final = "aws:cloudwatch/eventRule:EventRule"
_SUBSCRIPTION: Final = "aws:sns/topicSubscription:TopicSubscription"
_TARGET: Final = "aws:cloudwatch/eventTarget:EventTarget"

# A service that a role is for is that of the resource's type, but for those whose module is named after another.
_SERVICE_OF_MODULE: Final[Mapping[str, str]] = {"cloudwatch": "events", "sfn": "states"}
_ROLE_PROPERTY: Final = re.compile(r"role|.*Role|.*[rR]oleArn")

# What a service does with the resource that it delivers to, by the service of the resource's ARN.
_DELIVERY_ACTIONS: Final[Mapping[str, str]] = {
    "codebuild": "codebuild:StartBuild",
    "codepipeline": "codepipeline:StartPipelineExecution",
    "lambda": "lambda:InvokeFunction",
    "sns": "sns:Publish",
    "sqs": "sqs:SendMessage",
}
# "Key management" of the Amazon SNS and the Amazon SQS Developer Guide: compatibility of encrypted topics and queues
# with event sources from AWS services.
_SEND_ENCRYPTED: Final = ("kms:Decrypt", "kms:GenerateDataKey")
# "Encrypt log data in CloudWatch Logs using AWS KMS", without kms:DescribeKey, which has no encryption context.
_ENCRYPT_LOGS: Final = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo")


@dataclass(frozen=True, kw_only=True)
class Use:
    """One request, and the ARN of the resource for whose work it has to be allowed."""

    request: Request
    for_resource: str

    def __str__(self) -> str:
        return f"{self.request.action} for {Arn.parse(self.for_resource).resource}"


@dataclass(frozen=True, kw_only=True)
class Permission:
    """What a role has to be allowed: each action on each resource, with these condition keys in the request."""

    actions: Sequence[str]
    resources: Sequence[str]
    conditions: Mapping[str, Mapping[str, object]] = field(default_factory=dict[str, Mapping[str, object]])


def roles_in_use(deployed: Deployed) -> dict[str, list[Use]]:
    """Return who has to assume each role, by the role's ARN: services on behalf of the resources that name it."""
    uses: dict[str, list[Use]] = {role.text("arn"): [] for role in deployed.of_type(ROLE)}
    arns = {role.text("name"): role.text("arn") for role in deployed.of_type(ROLE)}
    for resource in deployed.resources:
        if not resource.type.startswith("aws:iam/"):
            for value in _role_properties(resource.properties):
                arn = arns.get(value, value)
                if arn in uses:
                    uses[arn].append(_assume(deployed, arn, _service_of(resource), _source_arn(deployed, resource)))
    # SageMaker's pipeline is upserted, not deployed.
    environment = deployed.outputs["pipeline_environment"]
    execution_role = environment["SAGEMAKER_PIPELINE_ROLE_ARN"]
    if execution_role in uses:
        pipeline = deployed.deployment.arn("sagemaker", f"pipeline/{environment['SAGEMAKER_PIPELINE_NAME']}")
        uses[execution_role].append(_assume(deployed, execution_role, "sagemaker.amazonaws.com", pipeline))
    return uses


def _assume(deployed: Deployed, role_arn: str, service: str, source_arn: str) -> Use:
    return _by_service(deployed, service, "sts:AssumeRole", role_arn, source_arn)


def _by_service(deployed: Deployed, service: str, action: str, resource: str, source_arn: str) -> Use:
    context = {
        "aws:SecureTransport": "true",
        "aws:SourceAccount": deployed.deployment.account_id,
        "aws:SourceArn": source_arn,
    }
    request = Request(principal=service, action=action, resource=resource, context=context)
    return Use(request=request, for_resource=source_arn)


def _service_of(resource: Resource) -> str:
    module = resource.type.split(":")[1].partition("/")[0]
    return f"{_SERVICE_OF_MODULE.get(module, module)}.amazonaws.com"


def _role_properties(value: object) -> Iterator[str]:
    """Yield the texts below keys such as `serviceRole` or `roleArn`, however deep."""
    if isinstance(value, dict):
        for key, member in cast("dict[str, object]", value).items():
            if isinstance(member, str) and _ROLE_PROPERTY.fullmatch(key):
                yield member
            else:
                yield from _role_properties(member)
    elif isinstance(value, list):
        for member in cast("list[object]", value):
            yield from _role_properties(member)


def _source_arn(deployed: Deployed, resource: Resource) -> str:
    """Return the resource that a service acts for: a rule for its target, else the one that names the role."""
    if resource.type == _TARGET:
        return _rule_arn(deployed, resource)
    return resource.text("chatConfigurationArn") or resource.text("arn")


def _rule_arn(deployed: Deployed, target: Resource) -> str:
    return next(rule.text("arn") for rule in deployed.of_type(_RULE) if rule.text("name") == target.text("rule"))


def uses_by_services(deployed: Deployed) -> list[Use]:
    """Return the requests of services which the resource that they use has to allow by a policy of its own."""
    sent = [*_alarm_actions(deployed), *_deliveries(deployed), *_subscriptions(deployed)]
    return [*sent, *_encrypted_logs(deployed), *_encrypted_messages(deployed, sent)]


def _alarm_actions(deployed: Deployed) -> Iterator[Use]:
    for alarm in deployed.of_type(_ALARM):
        for kind in ("alarmActions", "insufficientDataActions", "okActions"):
            for target in alarm.properties.get(kind) or []:
                action = _delivery_action(target)
                yield _by_service(deployed, "cloudwatch.amazonaws.com", action, target, alarm.text("arn"))


def _deliveries(deployed: Deployed) -> Iterator[Use]:
    """Yield what EventBridge delivers without a role, and what it keeps that could not be delivered."""
    for target in deployed.of_type(_TARGET):
        queues = target.properties.get("deadLetterConfig") or {}
        for arn in (*([] if target.text("roleArn") else [target.text("arn")]), *queues.values()):
            action = _delivery_action(arn)
            yield _by_service(deployed, "events.amazonaws.com", action, arn, _rule_arn(deployed, target))


def _subscriptions(deployed: Deployed) -> Iterator[Use]:
    for subscription in deployed.of_type(_SUBSCRIPTION):
        if subscription.text("protocol") in _DELIVERY_ACTIONS:
            action, endpoint = _DELIVERY_ACTIONS[subscription.text("protocol")], subscription.text("endpoint")
            yield _by_service(deployed, "sns.amazonaws.com", action, endpoint, subscription.text("topic"))


def _encrypted_logs(deployed: Deployed) -> Iterator[Use]:
    for group in deployed.of_type(_LOG_GROUP):
        key = group.text("kmsKeyId")
        if key:
            service = regional_service("logs", deployed.deployment.region)
            context = {"kms:EncryptionContext:aws:logs:arn": group.text("arn")}
            for action in _ENCRYPT_LOGS:
                request = Request(principal=service, action=action, resource=key, context=context)
                yield Use(request=request, for_resource=group.text("arn"))


def _encrypted_messages(deployed: Deployed, sent: Sequence[Use]) -> Iterator[Use]:
    """Yield the use of the key of each topic and queue that a service sends to."""
    encrypted = [resource for resource in deployed.resources if resource.text("kmsMasterKeyId")]
    keys = {resource.text("arn"): resource.text("kmsMasterKeyId") for resource in encrypted}
    for use in sent:
        key = keys.get(use.request.resource)
        if key:
            for action in _SEND_ENCRYPTED:
                yield _by_service(deployed, use.request.principal, action, key, use.for_resource)


def declared_policies(deployed: Deployed, role: Resource) -> list[str]:
    """Return the documents of a role's own policies, inline and attached, as the program declares them."""
    name = role.text("name")
    attached = {item.text("policyArn") for item in deployed.of_type(_ATTACHMENT) if item.text("role") == name}
    return [
        *(policy.text("policy") for policy in deployed.of_type(_INLINE_POLICY) if policy.text("role") == name),
        *(policy.text("policy") for policy in deployed.of_type(_POLICY) if policy.text("arn") in attached),
    ]


def declared_permissions(deployed: Deployed, role: Resource) -> list[Permission]:
    """Return what a role's own policies, as the program declares them, allow."""
    return [
        Permission(
            actions=as_list(statement["Action"]),
            resources=as_list(statement["Resource"]),
            conditions=statement.get("Condition", {}),
        )
        for document in declared_policies(deployed, role)
        for statement in statements_of(json.loads(document))
        if statement["Effect"] == "Allow"
    ]


def needed_permissions(deployed: Deployed) -> dict[str, list[Permission]]:
    """Return what the resources that name a role need it for, whatever its policies say, by the role's ARN."""
    needed: dict[str, list[Permission]] = {role.text("arn"): [] for role in deployed.of_type(ROLE)}
    for role_arn, permission in (
        *_of_builds(deployed),
        *_of_functions(deployed),
        *_of_pipelines(deployed),
        *_of_targets(deployed),
    ):
        needed.setdefault(role_arn, []).append(permission)
    return needed


def _of_builds(deployed: Deployed) -> Iterator[tuple[str, Permission]]:
    for project in deployed.of_type(_CODEBUILD_PROJECT):
        logs = (project.properties.get("logsConfig") or {}).get("cloudwatchLogs") or {}
        if logs.get("groupName"):
            yield project.text("serviceRole"), _write_logs(deployed, logs["groupName"])


def _of_functions(deployed: Deployed) -> Iterator[tuple[str, Permission]]:
    roles = {function.text("name"): function.text("role") for function in deployed.of_type(_FUNCTION)}
    groups = {group.text("name") for group in deployed.of_type(_LOG_GROUP)}
    for name, role_arn in roles.items():
        if f"/aws/lambda/{name}" in groups:
            yield role_arn, _write_logs(deployed, f"/aws/lambda/{name}")
    for invocations in deployed.of_type(_FAILURE_DESTINATION):
        failures = (invocations.properties.get("destinationConfig") or {}).get("onFailure") or {}
        if failures.get("destination"):
            yield roles[invocations.text("functionName")], _delivery(failures["destination"])


def _of_pipelines(deployed: Deployed) -> Iterator[tuple[str, Permission]]:
    projects = {project.text("name"): project.text("arn") for project in deployed.of_type(_CODEBUILD_PROJECT)}
    for pipeline in deployed.of_type(_PIPELINE):
        actions = [action for stage in pipeline.properties.get("stages") or [] for action in stage.get("actions") or []]
        names = [action["configuration"]["ProjectName"] for action in actions if action.get("provider") == "CodeBuild"]
        builds = ["codebuild:BatchGetBuilds", "codebuild:StartBuild"]
        yield pipeline.text("roleArn"), Permission(actions=builds, resources=[projects[name] for name in names])


def _of_targets(deployed: Deployed) -> Iterator[tuple[str, Permission]]:
    for target in deployed.of_type(_TARGET):
        if target.text("roleArn"):
            yield target.text("roleArn"), _delivery(target.text("arn"))


def _write_logs(deployed: Deployed, group: str) -> Permission:
    stream = deployed.deployment.arn("logs", f"log-group:{group}:log-stream:x")
    return Permission(actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[stream])


def _delivery(arn: str) -> Permission:
    return Permission(actions=[_delivery_action(arn)], resources=[arn])


def _delivery_action(arn: str) -> str:
    """Return what a service does with the resource that it delivers to."""
    service = Arn.parse(arn).service
    if service not in _DELIVERY_ACTIONS:
        raise UnknownElementError(f"a delivery to {arn} is not evaluated")
    return _DELIVERY_ACTIONS[service]
