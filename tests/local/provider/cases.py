"""Every resource type of the stand-in: what to create, what to change, what others do to it behind Pulumi's back."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Act = Callable[[Callable[[str], Any], dict[str, Any]], object]
"""Does something through boto, given clients by service and the resource's outputs."""

ACCOUNT = "123456789012"


@dataclass(frozen=True)
class Case:
    """`update` and `replace` are inputs that lead to an update and a replacement; `drift` changes, `remove` deletes."""

    name: str
    type: str
    inputs: dict[str, Any]
    update: dict[str, Any] = field(default_factory=dict[str, Any])
    replace: dict[str, Any] = field(default_factory=dict[str, Any])
    drift: Act | None = None
    remove: Act | None = None
    id: str = ""
    """The id's form: `{property}` stands for an output."""
    outputs: tuple[str, ...] = ()
    import_id: str = ""
    """What `pulumi import` takes, where it is not the id."""


def document(action: str, resource: Any, **more: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return {"$json": {"Version": "2012-10-17", "Statement": [statement]}}


def trust(service: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    return {"$json": {"Version": "2012-10-17", "Statement": [statement]}}


def plain(action: str, resource: str, **more: Any) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


EVENTS = {"Principal": {"Service": "events.amazonaws.com"}}
ROOT = {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}


def code(text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        target.writestr(zipfile.ZipInfo("h.py", (2026, 1, 1, 0, 0, 0)), text)
    return buffer.getvalue()


def write_code(path: Path, text: str) -> None:
    path.write_bytes(code(f"def handler(event, context):\n    return {text!r}\n"))


def _s3_setting(
    kind: str, name: str, inputs: dict[str, Any], update: dict[str, Any], drift: Act, remove: Act | None
) -> Case:
    return Case(
        name,
        f"aws:s3/{kind[0].lower()}{kind[1:]}:{kind}",
        {"bucket": "${bucket.bucket}", **inputs},
        update,
        {"bucket": "${bucket2.bucket}"},
        drift,
        remove,
        id="{bucket}",
    )


FUNCTION = "${function.name}"
CASES = [
    Case(
        "key",
        "aws:kms/key:Key",
        {"description": "a key", "deletionWindowInDays": 7, "enableKeyRotation": True, "tags": {"a": "1"}},
        {"description": "the key", "enableKeyRotation": False, "tags": {"b": "2"}},
        {"multiRegion": True},
        lambda c, out: c("kms").update_key_description(KeyId=out["keyId"], Description="someone's"),
        lambda c, out: c("kms").schedule_key_deletion(KeyId=out["keyId"], PendingWindowInDays=7),
        id="{keyId}",
        outputs=("arn", "keyId"),
    ),
    Case(
        "alias",
        "aws:kms/alias:Alias",
        {"name": "alias/provider-test", "targetKeyId": "${key.keyId}"},
        {"targetKeyId": "${key-2.keyId}"},
        {"name": "alias/provider-test-2"},
        lambda c, out: c("kms").update_alias(AliasName=out["name"], TargetKeyId=c("other")["key-2"]["keyId"]),
        lambda c, out: c("kms").delete_alias(AliasName=out["name"]),
        id="{name}",
        outputs=("arn", "targetKeyArn"),
    ),
    Case(
        "bucket",
        "aws:s3/bucket:Bucket",
        {"bucket": "provider-test-main", "forceDestroy": True, "tags": {"a": "1"}},
        {"tags": {"a": "2"}},
        {"bucket": "provider-test-other"},
        lambda c, out: c("s3").put_bucket_tagging(
            Bucket=out["bucket"], Tagging={"TagSet": [{"Key": "z", "Value": "9"}]}
        ),
        lambda c, out: c("s3").delete_bucket(Bucket=out["bucket"]),
        id="{bucket}",
        outputs=("arn", "bucketDomainName", "bucketRegionalDomainName", "hostedZoneId"),
    ),
    _s3_setting(
        "BucketVersioning",
        "versioning",
        {"versioningConfiguration": {"status": "Enabled"}},
        {"versioningConfiguration": {"status": "Suspended"}},
        lambda c, out: c("s3").put_bucket_versioning(
            Bucket=out["bucket"],
            VersioningConfiguration={
                "Status": "Enabled" if out["versioningConfiguration"]["status"] == "Suspended" else "Suspended"
            },
        ),
        None,
    ),
    _s3_setting(
        "BucketServerSideEncryptionConfiguration",
        "encryption",
        {
            "rules": [
                {
                    "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "${key.arn}"},
                    "bucketKeyEnabled": True,
                }
            ]
        },
        {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]},
        lambda c, out: c("s3").put_bucket_encryption(
            Bucket=out["bucket"],
            ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}]
            },
        ),
        lambda c, out: c("s3").delete_bucket_encryption(Bucket=out["bucket"]),
    ),
    _s3_setting(
        "BucketPublicAccessBlock",
        "public-access",
        {"blockPublicAcls": True, "blockPublicPolicy": True, "ignorePublicAcls": True, "restrictPublicBuckets": True},
        {"ignorePublicAcls": False},
        lambda c, out: c("s3").put_public_access_block(
            Bucket=out["bucket"], PublicAccessBlockConfiguration={"BlockPublicAcls": True}
        ),
        lambda c, out: c("s3").delete_public_access_block(Bucket=out["bucket"]),
    ),
    _s3_setting(
        "BucketPolicy",
        "bucket-policy",
        {"policy": document("s3:GetObject", "${bucket.arn}/*", **ROOT)},
        {"policy": document("s3:PutObject", "${bucket.arn}/*", **ROOT)},
        lambda c, out: c("s3").put_bucket_policy(
            Bucket=out["bucket"], Policy=plain("s3:ListBucket", f"arn:aws:s3:::{out['bucket']}", **ROOT)
        ),
        lambda c, out: c("s3").delete_bucket_policy(Bucket=out["bucket"]),
    ),
    _s3_setting(
        "BucketLifecycleConfiguration",
        "lifecycle",
        {
            "rules": [
                {
                    "id": "old",
                    "status": "Enabled",
                    "noncurrentVersionExpiration": {"noncurrentDays": 30},
                    "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
                },
                {"id": "tmp", "status": "Enabled", "filter": {"prefix": "tmp/"}, "expiration": {"days": 5}},
            ]
        },
        {"rules": [{"id": "tmp", "status": "Enabled", "filter": {"prefix": "tmp/"}, "expiration": {"days": 6}}]},
        lambda c, out: c("s3").put_bucket_lifecycle_configuration(
            Bucket=out["bucket"],
            LifecycleConfiguration={
                "Rules": [{"ID": "tmp", "Status": "Disabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 6}}]
            },
        ),
        lambda c, out: c("s3").delete_bucket_lifecycle(Bucket=out["bucket"]),
    ),
    _s3_setting(
        "BucketOwnershipControls",
        "ownership",
        {"rule": {"objectOwnership": "BucketOwnerEnforced"}},
        {"rule": {"objectOwnership": "BucketOwnerPreferred"}},
        lambda c, out: c("s3").put_bucket_ownership_controls(
            Bucket=out["bucket"], OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
        ),
        lambda c, out: c("s3").delete_bucket_ownership_controls(Bucket=out["bucket"]),
    ),
    Case(
        "topic",
        "aws:sns/topic:Topic",
        {"displayName": "one", "kmsMasterKeyId": "${key.arn}", "tags": {"a": "1"}},
        {"displayName": "two", "kmsMasterKeyId": "", "tags": {"b": "2"}},
        {"name": "provider-test-topic"},
        lambda c, out: c("sns").set_topic_attributes(
            TopicArn=out["arn"], AttributeName="DisplayName", AttributeValue="someone's"
        ),
        lambda c, out: c("sns").delete_topic(TopicArn=out["arn"]),
        id="{arn}",
        outputs=("arn", "owner"),
    ),
    Case(
        "topic-policy",
        "aws:sns/topicPolicy:TopicPolicy",
        {"arn": "${topic.arn}", "policy": document("sns:Publish", "${topic.arn}", **EVENTS)},
        {"policy": document("sns:Publish", "${topic.arn}", **ROOT)},
        {"arn": "${topic-2.arn}"},
        lambda c, out: c("sns").set_topic_attributes(
            TopicArn=out["arn"], AttributeName="Policy", AttributeValue=plain("sns:Subscribe", out["arn"], **EVENTS)
        ),
        None,
        id="{arn}",
        outputs=("owner",),
    ),
    Case(
        "subscription",
        "aws:sns/topicSubscription:TopicSubscription",
        {"topic": "${topic.arn}", "protocol": "sqs", "endpoint": "${queue.arn}", "rawMessageDelivery": True},
        {"rawMessageDelivery": False, "filterPolicy": {"$json": {"kind": ["a"]}}},
        {"endpoint": "${queue-2.arn}"},
        lambda c, out: c("sns").set_subscription_attributes(
            SubscriptionArn=out["arn"], AttributeName="FilterPolicy", AttributeValue='{"kind": ["b"]}'
        ),
        lambda c, out: c("sns").unsubscribe(SubscriptionArn=out["arn"]),
        id="{arn}",
        outputs=("arn", "ownerId", "pendingConfirmation"),
    ),
    Case(
        "queue",
        "aws:sqs/queue:Queue",
        {"kmsMasterKeyId": "${key.arn}", "messageRetentionSeconds": 1209600, "tags": {"a": "1"}},
        {"messageRetentionSeconds": 60, "visibilityTimeoutSeconds": 90, "tags": {"a": "2"}},
        {"name": "provider-test-queue"},
        lambda c, out: c("sqs").set_queue_attributes(QueueUrl=out["url"], Attributes={"DelaySeconds": "9"}),
        lambda c, out: c("sqs").delete_queue(QueueUrl=out["url"]),
        id="{url}",
        outputs=("arn", "url"),
    ),
    Case(
        "queue-policy",
        "aws:sqs/queuePolicy:QueuePolicy",
        {"queueUrl": "${queue.url}", "policy": document("sqs:SendMessage", "${queue.arn}", **EVENTS)},
        {"policy": document("sqs:SendMessage", "${queue.arn}", **ROOT)},
        {"queueUrl": "${queue-2.url}"},
        lambda c, out: c("sqs").set_queue_attributes(
            QueueUrl=out["queueUrl"], Attributes={"Policy": plain("sqs:ReceiveMessage", "*", **ROOT)}
        ),
        lambda c, out: c("sqs").set_queue_attributes(QueueUrl=out["queueUrl"], Attributes={"Policy": ""}),
        id="{queueUrl}",
    ),
    Case(
        "role",
        "aws:iam/role:Role",
        {"assumeRolePolicy": trust("lambda.amazonaws.com"), "maxSessionDuration": 7200, "tags": {"a": "1"}},
        {"assumeRolePolicy": trust("events.amazonaws.com"), "description": "new", "tags": {}},
        {"path": "/provider-test/"},
        lambda c, out: c("iam").update_role(RoleName=out["name"], Description="someone's", MaxSessionDuration=3600),
        lambda c, out: c("iam").delete_role(RoleName=out["name"]),
        id="{name}",
        outputs=("arn", "uniqueId", "createDate"),
    ),
    Case(
        "role-policy",
        "aws:iam/rolePolicy:RolePolicy",
        {"role": "${role.name}", "policy": document("sqs:SendMessage", "${queue.arn}")},
        {"policy": document("sqs:ReceiveMessage", "${queue.arn}")},
        {"name": "other"},
        lambda c, out: c("iam").put_role_policy(
            RoleName=out["role"], PolicyName=out["name"], PolicyDocument=plain("s3:*", "*")
        ),
        lambda c, out: c("iam").delete_role_policy(RoleName=out["role"], PolicyName=out["name"]),
        id="{role}:{name}",
    ),
    Case(
        "policy",
        "aws:iam/policy:Policy",
        {"policy": document("sqs:SendMessage", "${queue.arn}"), "tags": {"a": "1"}},
        {"policy": document("sqs:ReceiveMessage", "${queue.arn}"), "tags": {"a": "2"}},
        {"description": "described"},
        lambda c, out: c("iam").create_policy_version(
            PolicyArn=out["arn"], PolicyDocument=plain("s3:*", "*"), SetAsDefault=True
        ),
        lambda c, out: _delete_policy(c("iam"), out["arn"]),
        id="{arn}",
        outputs=("arn", "policyId"),
    ),
    Case(
        "attachment",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        {"role": "${role.name}", "policyArn": "${policy.arn}"},
        {},
        {"policyArn": "${policy-2.arn}"},
        None,
        lambda c, out: c("iam").detach_role_policy(RoleName=out["role"], PolicyArn=out["policyArn"]),
        id="{role}/{policyArn}",
    ),
    Case(
        "log-group",
        "aws:cloudwatch/logGroup:LogGroup",
        {"retentionInDays": 14, "tags": {"a": "1"}},
        {"retentionInDays": 30, "tags": {"a": "2"}},
        {"name": "/provider/test"},
        lambda c, out: c("logs").delete_retention_policy(logGroupName=out["name"]),
        lambda c, out: c("logs").delete_log_group(logGroupName=out["name"]),
        id="{name}",
        outputs=("arn",),
    ),
    Case(
        "function",
        "aws:lambda/function:Function",
        {
            "role": "${function-role.arn}",
            "runtime": "python3.13",
            "architectures": ["arm64"],
            "handler": "h.handler",
            "code": {"$archive": "code.zip"},
            "timeout": 30,
            "environment": {"variables": {"TOPIC_ARN": "${topic-2.arn}"}},
            "tracingConfig": {"mode": "Active"},
            "deadLetterConfig": {"targetArn": "${queue-2.arn}"},
            "tags": {"a": "1"},
        },
        {"memorySize": 256, "environment": {"variables": {"TOPIC_ARN": "none"}}, "tags": {"a": "2"}},
        {"name": "provider-test-function"},
        lambda c, out: c("lambda").update_function_configuration(FunctionName=out["name"], Timeout=7),
        lambda c, out: c("lambda").delete_function(FunctionName=out["name"]),
        id="{name}",
        outputs=("arn", "version", "qualifiedArn", "invokeArn", "codeSha256", "lastModified", "sourceCodeSize"),
    ),
    Case(
        "permission",
        "aws:lambda/permission:Permission",
        {
            "function": FUNCTION,
            "action": "lambda:InvokeFunction",
            "principal": "events.amazonaws.com",
            "sourceArn": "${rule.arn}",
        },
        {},
        {"principal": "sns.amazonaws.com"},
        lambda c, out: _replace_permission(c("lambda"), out),
        lambda c, out: c("lambda").remove_permission(FunctionName=out["function"], StatementId=out["statementId"]),
        id="{statementId}",
        import_id="{function}/{statementId}",
    ),
    Case(
        "invoke-config",
        "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
        {
            "functionName": FUNCTION,
            "maximumRetryAttempts": 1,
            "maximumEventAgeInSeconds": 600,
            "destinationConfig": {"onFailure": {"destination": "${queue-2.arn}"}},
        },
        {"maximumRetryAttempts": 0},
        {"functionName": "${function-2.name}"},
        lambda c, out: c("lambda").put_function_event_invoke_config(
            FunctionName=out["functionName"], MaximumRetryAttempts=2
        ),
        lambda c, out: c("lambda").delete_function_event_invoke_config(FunctionName=out["functionName"]),
        id="{functionName}",
    ),
    Case(
        "rule",
        "aws:cloudwatch/eventRule:EventRule",
        {"eventPattern": {"$json": {"source": ["aws.sagemaker"]}}, "description": "one", "tags": {"a": "1"}},
        {"eventPattern": {"$json": {"source": ["aws.s3"]}}, "state": "DISABLED", "tags": {"a": "2"}},
        {"name": "provider-test-rule"},
        lambda c, out: c("events").put_rule(Name=out["name"], EventPattern='{"source": ["someone"]}'),
        lambda c, out: c("events").delete_rule(Name=out["name"]),
        id="{name}",
        outputs=("arn",),
    ),
    Case(
        "target",
        "aws:cloudwatch/eventTarget:EventTarget",
        {
            "rule": "${rule-2.name}",
            "arn": "${queue-2.arn}",
            "retryPolicy": {"maximumRetryAttempts": 3, "maximumEventAgeInSeconds": 3600},
            "deadLetterConfig": {"arn": "${queue.arn}"},
        },
        {"retryPolicy": {"maximumRetryAttempts": 5, "maximumEventAgeInSeconds": 3600}},
        {"targetId": "another"},
        lambda c, out: c("events").put_targets(Rule=out["rule"], Targets=[{"Id": out["targetId"], "Arn": out["arn"]}]),
        lambda c, out: c("events").remove_targets(Rule=out["rule"], Ids=[out["targetId"]]),
        id="{rule}-{targetId}",
        import_id="{rule}/{targetId}",
    ),
    Case(
        "alarm",
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        {
            "comparisonOperator": "GreaterThanThreshold",
            "evaluationPeriods": 1,
            "metricName": "Errors",
            "namespace": "AWS/Lambda",
            "period": 60,
            "statistic": "Sum",
            "threshold": 0,
            "dimensions": {"FunctionName": "provider-test"},
            "alarmActions": ["${topic-2.arn}", "${topic.arn}"],
            "treatMissingData": "notBreaching",
            "tags": {"a": "1"},
        },
        {"threshold": 2.5, "alarmActions": ["${topic-2.arn}"], "tags": {"a": "2"}},
        {"name": "provider-test-alarm"},
        lambda c, out: c("cloudwatch").put_metric_alarm(
            AlarmName=out["name"],
            ComparisonOperator="LessThanThreshold",
            EvaluationPeriods=3,
            MetricName="Errors",
            Namespace="AWS/Lambda",
            Period=60,
            Statistic="Sum",
            Threshold=9,
        ),
        lambda c, out: c("cloudwatch").delete_alarms(AlarmNames=[out["name"]]),
        id="{name}",
        outputs=("arn",),
    ),
    Case(
        "table",
        "aws:dynamodb/table:Table",
        {
            "attributes": [{"name": "id", "type": "S"}],
            "hashKey": "id",
            "billingMode": "PAY_PER_REQUEST",
            "ttl": {"attributeName": "expiration", "enabled": True},
            "pointInTimeRecovery": {"enabled": True},
            "serverSideEncryption": {"enabled": True, "kmsKeyArn": "${key-2.arn}"},
            "tags": {"a": "1"},
        },
        {"pointInTimeRecovery": {"enabled": False}, "deletionProtectionEnabled": False, "tags": {"a": "2"}},
        {"attributes": [{"name": "key", "type": "S"}], "hashKey": "key"},
        lambda c, out: c("dynamodb").update_time_to_live(
            TableName=out["name"], TimeToLiveSpecification={"AttributeName": "expiration", "Enabled": False}
        ),
        lambda c, out: c("dynamodb").delete_table(TableName=out["name"]),
        id="{name}",
        outputs=("arn",),
    ),
    Case(
        "slack",
        "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration",
        {
            "configurationName": "provider-test-slack",
            "iamRoleArn": "${chat-role.arn}",
            "slackChannelId": "C07EZ1ABC23",
            "slackTeamId": "T07EA123LEP",
            "snsTopicArns": ["${topic-2.arn}"],
            "loggingLevel": "ERROR",
            "tags": {"a": "1"},
        },
        {"slackChannelId": "C07EZ1ABC24", "loggingLevel": "NONE", "tags": {"a": "2"}},
        {"slackTeamId": "T07EA123LEQ"},
        lambda c, out: c("chatbot").update_slack_channel_configuration(
            ChatConfigurationArn=out["chatConfigurationArn"], SlackChannelId=out["slackChannelId"], LoggingLevel="INFO"
        ),
        lambda c, out: c("chatbot").delete_slack_channel_configuration(
            ChatConfigurationArn=out["chatConfigurationArn"]
        ),
        id="{chatConfigurationArn}",
        outputs=("chatConfigurationArn",),
    ),
    Case(
        "teams",
        "aws:chatbot/teamsChannelConfiguration:TeamsChannelConfiguration",
        {
            "configurationName": "provider-test-teams",
            "iamRoleArn": "${chat-role.arn}",
            "channelId": "19%3ateam%40thread.tacv2",
            "teamId": "74361522-da01-538d-aa2e-ac7918c6bb92",
            "tenantId": "85361522-da01-538d-aa2e-ac7918c6bb93",
            "snsTopicArns": ["${topic-2.arn}"],
            "loggingLevel": "ERROR",
        },
        {"loggingLevel": "NONE", "snsTopicArns": ["${topic.arn}"]},
        {"teamId": "74361522-da01-538d-aa2e-ac7918c6bb93"},
        lambda c, out: c("chatbot").update_microsoft_teams_channel_configuration(
            ChatConfigurationArn=out["chatConfigurationArn"], ChannelId=out["channelId"], LoggingLevel="INFO"
        ),
        lambda c, out: c("chatbot").delete_microsoft_teams_channel_configuration(
            ChatConfigurationArn=out["chatConfigurationArn"]
        ),
        id="{teamId}",
        outputs=("chatConfigurationArn",),
    ),
    Case(
        "group",
        "aws-native:sagemaker:ModelPackageGroup",
        {
            "modelPackageGroupName": "provider-test-models",
            "modelPackageGroupDescription": "models",
            "tags": [{"key": "a", "value": "1"}],
        },
        {"tags": [{"key": "b", "value": "2"}]},
        {"modelPackageGroupDescription": "others"},
        lambda c, out: c("sagemaker").add_tags(
            ResourceArn=out["modelPackageGroupArn"], Tags=[{"Key": "z", "Value": "9"}]
        ),
        lambda c, out: c("sagemaker").delete_model_package_group(ModelPackageGroupName=out["modelPackageGroupName"]),
        id="{modelPackageGroupArn}",
        outputs=("modelPackageGroupArn", "modelPackageGroupStatus", "creationTime"),
    ),
]

# What the cases refer to, but leave alone.
SUPPORT = [
    Case("key-2", "aws:kms/key:Key", {"deletionWindowInDays": 7}, outputs=("arn", "keyId")),
    Case("bucket2", "aws:s3/bucket:Bucket", {"forceDestroy": True}, outputs=("arn",)),
    Case("topic-2", "aws:sns/topic:Topic", {}, outputs=("arn",)),
    Case("queue-2", "aws:sqs/queue:Queue", {}, outputs=("arn", "url")),
    Case("policy-2", "aws:iam/policy:Policy", {"policy": plain("s3:ListAllMyBuckets", "*")}, outputs=("arn",)),
    Case("function-role", "aws:iam/role:Role", {"assumeRolePolicy": trust("lambda.amazonaws.com")}, outputs=("arn",)),
    Case("chat-role", "aws:iam/role:Role", {"assumeRolePolicy": trust("chatbot.amazonaws.com")}, outputs=("arn",)),
    Case(
        "function-2",
        "aws:lambda/function:Function",
        {
            "role": "${function-role.arn}",
            "runtime": "python3.13",
            "handler": "h.handler",
            "code": {"$archive": "code.zip"},
        },
        outputs=("arn",),
    ),
    Case("rule-2", "aws:cloudwatch/eventRule:EventRule", {"scheduleExpression": "rate(1 day)"}),
]


def _delete_policy(iam: Any, arn: str) -> None:
    for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
    iam.delete_policy(PolicyArn=arn)


def _replace_permission(client: Any, out: dict[str, Any]) -> None:
    client.remove_permission(FunctionName=out["function"], StatementId=out["statementId"])
    client.add_permission(
        FunctionName=out["function"],
        StatementId=out["statementId"],
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
    )
