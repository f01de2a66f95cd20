"""The acceptance checks: each asks AWS whether a part of the stack is there and works."""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from contract.aws_errors import code_of
from contract.notification_rules import NotificationRule
from delivery.checks import Check, Deployed, Finding, finding

_QUERY_SECONDS = 120.0
_BUCKET = "aws:s3/bucket:Bucket"
_SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
_RULE = "aws:cloudwatch/eventRule:EventRule"
_PIPELINE = "aws:codepipeline/pipeline:Pipeline"


def rules(deployed: Deployed) -> Iterator[Finding]:
    """Check that the declared rules send to the notifier, no other does, and every rule is enabled and has a target."""
    events = deployed.clients("events")
    function = deployed.clients("lambda").get_function_configuration(FunctionName=deployed.outputs["notifier"])
    queue = deployed.outputs["dead_letter_queues"]["undelivered"].rpartition("/")[2]
    declared = {rule.name for rule in deployed.notification_rules}
    for rule in deployed.notification_rules:
        yield from _notifying(events, rule, function["FunctionArn"], queue)
    # The id of a rule on another bus than the default one is bus/name (pulumi-aws, cloudwatch.EventRule).
    created = {identifier.rpartition("/")[2] for identifier in deployed.created.get(_RULE, frozenset())}
    for name in sorted(created - declared):
        yield from _other_rule(events, name, function["FunctionArn"])


def _notifying(events: Any, rule: NotificationRule, function_arn: str, queue: str) -> Iterator[Finding]:
    described = _described(events, rule.name)
    yield finding(f"rule {rule.name}", "ENABLED", described.get("State", "missing"))
    if not described:
        return
    pattern = json.loads(described.get("EventPattern", "null"))
    yield Finding(
        what=f"pattern of {rule.name}",
        expected=json.dumps(rule.pattern),
        found="as declared" if pattern == rule.pattern else json.dumps(pattern),
        right=pattern == rule.pattern,
    )
    targets = events.list_targets_by_rule(Rule=rule.name)["Targets"]
    queues_by_target = [(target["Arn"], _queue_name(target)) for target in targets]
    yield Finding(
        what=f"targets of {rule.name}",
        expected=f"{function_arn} alone, with dead-letter queue {queue}",
        found=", ".join(f"{arn} with dead-letter queue {name or 'none'}" for arn, name in queues_by_target) or "none",
        right=queues_by_target == [(function_arn, queue)],
    )


def _other_rule(events: Any, name: str, function_arn: str) -> Iterator[Finding]:
    described = _described(events, name)
    yield finding(f"rule {name}", "ENABLED", described.get("State", "missing"))
    if not described:
        return
    targets = [target["Arn"] for target in events.list_targets_by_rule(Rule=name)["Targets"]]
    yield Finding(
        what=f"targets of {name}",
        expected="at least one, and not the notifier, for which this rule is not declared",
        found=", ".join(targets) or "none",
        right=bool(targets) and function_arn not in targets,
    )


def _described(events: Any, name: str) -> Mapping[str, Any]:
    """Return DescribeRule's answer, empty where there is no such rule."""
    try:
        return events.describe_rule(Name=name)
    except ClientError as error:
        if code_of(error) == "ResourceNotFoundException":
            return {}
        raise


def _queue_name(target: Mapping[str, Any]) -> str:
    return target.get("DeadLetterConfig", {}).get("Arn", "").rpartition(":")[2]


def notifier(deployed: Deployed) -> Iterator[Finding]:
    """The function can be invoked and its last update is in place."""
    name = deployed.outputs["notifier"]
    configuration = deployed.clients("lambda").get_function_configuration(FunctionName=name)
    yield finding(f"function {name}", "Active", configuration.get("State"))
    yield finding(f"last update of {name}", "Successful", configuration.get("LastUpdateStatus"))


def queues(deployed: Deployed) -> Iterator[Finding]:
    """The dead-letter queues exist."""
    sqs = deployed.clients("sqs")
    for name, url in sorted(deployed.outputs["dead_letter_queues"].items()):
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        yield finding(f"dead-letter queue {name}", url.rpartition("/")[2], attributes["QueueArn"].rpartition(":")[2])


def topic(deployed: Deployed) -> Iterator[Finding]:
    """Every subscriber of the stack is there: one that did not confirm yet is told, one that expired is missing."""
    arn = deployed.outputs["topic_arn"]
    pages = deployed.clients("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=arn)
    states = [item["SubscriptionArn"] == "PendingConfirmation" for page in pages for item in page["Subscriptions"]]
    pending, wanted = sum(states), len(deployed.created.get(_SUBSCRIPTION, frozenset()))
    yield Finding(
        what=f"subscriptions of {arn.rpartition(':')[2]}",
        expected=f"at least the {wanted} of the stack",
        found=f"{len(states) - pending} confirmed, {pending} not confirmed yet",
        right=len(states) >= wanted,
    )


def buckets(deployed: Deployed) -> Iterator[Finding]:
    """Public access is blocked; a bucket that the stack created is encrypted with a KMS key."""
    s3 = deployed.clients("s3")
    for output in ("artifact_bucket", "data_bucket"):
        name = deployed.outputs[output]
        blocked = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
        open_to = sorted(setting for setting, value in blocked.items() if not value)
        yield finding(f"public access to {name}", "blocked", f"not {', '.join(open_to)}" if open_to else "blocked")
        if name in deployed.created.get(_BUCKET, frozenset()):
            rule = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"][0]
            algorithm = rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]
            yield finding(f"encryption of {name}", "aws:kms", algorithm)


def registry(deployed: Deployed) -> Iterator[Finding]:
    """The model package group is there."""
    name = deployed.outputs["model_package_group"]
    group = deployed.clients("sagemaker").describe_model_package_group(ModelPackageGroupName=name)
    yield finding(f"model package group {name}", "Completed", group["ModelPackageGroupStatus"])


def pipeline(deployed: Deployed) -> Iterator[Finding]:
    """The SageMaker pipeline was upserted, with the stack's own role."""
    environment = deployed.outputs["pipeline_environment"]
    name = environment["SAGEMAKER_PIPELINE_NAME"]
    described = deployed.clients("sagemaker").describe_pipeline(PipelineName=name)
    yield finding(f"SageMaker pipeline {name}", "Active", described["PipelineStatus"])
    yield finding(f"role of {name}", environment["SAGEMAKER_PIPELINE_ROLE_ARN"], described["RoleArn"])


def kpis(deployed: Deployed) -> Iterator[Finding]:
    """The workgroup answers a query on the declared table, and holds the named queries."""
    wanted = deployed.outputs["kpis"]
    athena, group = deployed.clients("athena"), wanted["workgroup"]
    yield finding(f"workgroup {group}", "ENABLED", athena.get_work_group(WorkGroup=group)["WorkGroup"]["State"])
    for name, identifier in sorted(wanted.get("named_queries", {}).items()):
        yield finding(
            f"named query {name}", name, athena.get_named_query(NamedQueryId=identifier)["NamedQuery"]["Name"]
        )
    use_case = deployed.outputs["pipeline_environment"]["USE_CASE_ID"]
    # One day's partition: what there is to read stays small however long the history is.
    sql = (
        f"SELECT * FROM {_quoted(wanted['database'])}.model_metrics "  # noqa: S608 the stack's own names, quoted
        f"WHERE use_case = '{_literal(use_case)}' AND dt = cast(current_date AS varchar) LIMIT 1"
    )
    started = athena.start_query_execution(QueryString=sql, WorkGroup=group)["QueryExecutionId"]
    yield _answered(athena, started)


def _answered(athena: Any, execution: str) -> Finding:
    deadline = time.monotonic() + _QUERY_SECONDS
    while True:
        status = athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]["Status"]
        if status["State"] not in {"QUEUED", "RUNNING"} or time.monotonic() > deadline:
            break
        time.sleep(0.5)
    reason = status.get("StateChangeReason", "")
    found = status["State"] if status["State"] == "SUCCEEDED" else f"{status['State']} {reason}".strip()
    return finding("query on model_metrics", "SUCCEEDED", found)


def _quoted(identifier: str) -> str:
    doubled = identifier.replace('"', '""')
    return f'"{doubled}"'


def _literal(text: str) -> str:
    return text.replace("'", "''")


def delivery(deployed: Deployed) -> Iterator[Finding]:
    """The delivery pipeline is there, of type V2, which its triggers and restarts need."""
    name = next(iter(deployed.created[_PIPELINE]))
    found = deployed.clients("codepipeline").get_pipeline(name=name)["pipeline"]
    yield finding(f"delivery pipeline {name}", "V2", found.get("pipelineType"))


def of(deployed: Deployed) -> Mapping[str, Check]:
    """The checks for what the stack has: the KPIs and the delivery pipeline are parts that it may lack."""
    checks: dict[str, Check] = {
        "rules of the notifier": rules,
        "notifier": notifier,
        "dead-letter queues": queues,
        "topic": topic,
        "buckets": buckets,
        "model package group": registry,
        "SageMaker pipeline": pipeline,
    }
    if "kpis" in deployed.outputs:
        checks["KPIs"] = kpis
    if deployed.created.get(_PIPELINE):
        checks["delivery pipeline"] = delivery
    return checks
