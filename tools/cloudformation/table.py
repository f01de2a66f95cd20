"""Which of CloudFormation's properties each input of pulumi-aws is.

An input needs no entry where its name is that of the property but for its case. All others are listed, also those
that a template has no place for, each with the reason.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True, kw_only=True)
class Field:
    """The property that an input is, and how its value differs; names inside the new value are translated after it."""

    to: str
    value: Callable[[Any], Any]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What a type of pulumi-aws is in CloudFormation.

    `fields` are by the path of the input, such as `stages.actions.category` (lists don't count); a property is a path
    below the one that the input's parent is, `""` the parent itself. `at` is the property that all inputs lie below,
    `defaults` are properties that CloudFormation asks for and the input leaves out, `left_out` the reasons of inputs
    without a property, by their path. A part of another resource has `part_of`: the input that names that resource,
    and its property of that value.
    """

    type: str
    fields: Mapping[str, str | Field] = field(default_factory=dict[str, str | Field])
    at: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict[str, Any])
    left_out: Mapping[str, str] = field(default_factory=dict[str, str])
    part_of: tuple[str, str] | None = None


def pairs(key: str, value: str) -> Callable[[Mapping[str, Any]], list[dict[str, Any]]]:
    """Return a conversion of a map to a list of pairs with these two names."""
    return lambda entries: [{key: name, value: member} for name, member in entries.items()]


def named(name: str) -> Callable[[Sequence[Any]], list[dict[str, Any]]]:
    """Return a conversion of a list of values to one of objects that hold each under this name."""
    return lambda members: [{name: member} for member in members]


def keyed_by(key: str) -> Callable[[Sequence[Mapping[str, Any]]], dict[str, Any]]:
    """Return a conversion of a list to a map by the value of this key of its members."""
    return lambda members: {
        member[key]: {name: value for name, value in member.items() if name != key} for member in members
    }


_ACCOUNT: Final = {"Ref": "AWS::AccountId"}


def _in_own_catalog(resource: Mapping[str, Any]) -> dict[str, Any]:
    return {"CatalogId": _ACCOUNT, **resource}


def _package(_: object) -> dict[str, str]:
    return {"S3Bucket": "uploaded-by-the-engine", "S3Key": "package.zip"}


_EMPTIED: Final = {"forceDestroy": "CloudFormation deletes no bucket that has objects"}
_BUCKET: Final = ("bucket", "BucketName")

WITHOUT_COUNTERPART: Final[Mapping[str, str]] = {
    "pulumi:pulumi:Stack": "the stack is the template",
    "pulumi:providers:": "CloudFormation has none; their default tags are in the tags of each resource",
    "mlops:": "a component only groups its children, which are exported",
}
"""Why types that begin like this are not in the template."""

KINDS: Final[Mapping[str, Kind]] = {
    # storage
    "aws:s3/bucket:Bucket": Kind(type="AWS::S3::Bucket", fields={"bucket": "BucketName"}, left_out=_EMPTIED),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": Kind(
        type="AWS::S3::Bucket",
        part_of=_BUCKET,
        fields={
            "rules": "LifecycleConfiguration.Rules",
            "rules.filter": "",
            "rules.expiration": "",
            "rules.expiration.days": "ExpirationInDays",
        },
    ),
    "aws:s3/bucketLogging:BucketLogging": Kind(
        type="AWS::S3::Bucket",
        part_of=_BUCKET,
        at="LoggingConfiguration",
        fields={
            "targetBucket": "DestinationBucketName",
            "targetPrefix": "LogFilePrefix",
            # Its schema is a choice between formats.
            "targetObjectKeyFormat": Field(
                to="TargetObjectKeyFormat",
                value=lambda key_format: {
                    "PartitionedPrefix": {"PartitionDateSource": key_format["partitionedPrefix"]["partitionDateSource"]}
                },
            ),
        },
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": Kind(
        type="AWS::S3::Bucket", part_of=_BUCKET, fields={"rule": "OwnershipControls.Rules"}
    ),
    "aws:s3/bucketPolicy:BucketPolicy": Kind(type="AWS::S3::BucketPolicy", fields={"policy": "PolicyDocument"}),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": Kind(
        type="AWS::S3::Bucket", part_of=_BUCKET, at="PublicAccessBlockConfiguration"
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": Kind(
        type="AWS::S3::Bucket",
        part_of=_BUCKET,
        fields={
            "rules": "BucketEncryption.ServerSideEncryptionConfiguration",
            "rules.applyServerSideEncryptionByDefault": "ServerSideEncryptionByDefault",
        },
    ),
    "aws:s3/bucketVersioning:BucketVersioning": Kind(type="AWS::S3::Bucket", part_of=_BUCKET),
    "aws:kms/alias:Alias": Kind(type="AWS::KMS::Alias", fields={"name": "AliasName"}),
    "aws:kms/key:Key": Kind(
        type="AWS::KMS::Key", fields={"policy": "KeyPolicy", "deletionWindowInDays": "PendingWindowInDays"}
    ),
    "aws:dynamodb/table:Table": Kind(
        type="AWS::DynamoDB::Table",
        fields={
            "name": "TableName",
            "attributes": "AttributeDefinitions",
            "attributes.name": "AttributeName",
            "attributes.type": "AttributeType",
            "hashKey": Field(to="KeySchema", value=lambda name: [{"AttributeName": name, "KeyType": "HASH"}]),
            "pointInTimeRecovery": "PointInTimeRecoverySpecification",
            "pointInTimeRecovery.enabled": "PointInTimeRecoveryEnabled",
            "serverSideEncryption": Field(
                to="SSESpecification", value=lambda encryption: {**encryption, "sseType": "KMS"}
            ),
            "serverSideEncryption.enabled": "SSEEnabled",
            "serverSideEncryption.kmsKeyArn": "KMSMasterKeyId",
            "ttl": "TimeToLiveSpecification",
        },
    ),
    # messaging
    "aws:sns/topic:Topic": Kind(type="AWS::SNS::Topic", fields={"name": "TopicName"}),
    "aws:sns/topicPolicy:TopicPolicy": Kind(
        type="AWS::SNS::TopicPolicy", fields={"arn": "Topics", "policy": "PolicyDocument"}
    ),
    "aws:sns/topicSubscription:TopicSubscription": Kind(type="AWS::SNS::Subscription", fields={"topic": "TopicArn"}),
    "aws:sqs/queue:Queue": Kind(
        type="AWS::SQS::Queue", fields={"name": "QueueName", "messageRetentionSeconds": "MessageRetentionPeriod"}
    ),
    "aws:sqs/queuePolicy:QueuePolicy": Kind(
        type="AWS::SQS::QueuePolicy", fields={"queueUrl": "Queues", "policy": "PolicyDocument"}
    ),
    "aws:cloudwatch/eventRule:EventRule": Kind(type="AWS::Events::Rule"),
    "aws:cloudwatch/eventTarget:EventTarget": Kind(
        type="AWS::Events::Rule",
        part_of=("rule", "Name"),
        at="Targets",
        fields={"targetId": "Id", "inputTransformer.inputPaths": "InputPathsMap"},
        # pulumi-aws reads it back, so a refreshed state has it.
        left_out={"eventBusName": "the rule names its bus"},
    ),
    "aws:cloudwatch/logGroup:LogGroup": Kind(type="AWS::Logs::LogGroup", fields={"name": "LogGroupName"}),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Kind(
        type="AWS::CloudWatch::Alarm",
        fields={"name": "AlarmName", "dimensions": Field(to="Dimensions", value=pairs("Name", "Value"))},
    ),
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": Kind(
        type="AWS::Chatbot::SlackChannelConfiguration",
        fields={"slackTeamId": "SlackWorkspaceId", "guardrailPolicyArns": "GuardrailPolicies"},
    ),
    "aws:chatbot/teamsChannelConfiguration:TeamsChannelConfiguration": Kind(
        type="AWS::Chatbot::MicrosoftTeamsChannelConfiguration",
        fields={
            "channelId": "TeamsChannelId",
            "tenantId": "TeamsTenantId",
            "guardrailPolicyArns": "GuardrailPolicies",
        },
    ),
    "aws:lambda/function:Function": Kind(
        type="AWS::Lambda::Function",
        fields={"name": "FunctionName", "code": Field(to="Code", value=_package)},
        left_out={"sourceCodeHash": "tells the engine of a changed package"},
    ),
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": Kind(
        # pulumi-aws configures the unpublished version where no other is named.
        type="AWS::Lambda::EventInvokeConfig",
        defaults={"Qualifier": "$LATEST"},
    ),
    "aws:lambda/permission:Permission": Kind(
        type="AWS::Lambda::Permission",
        fields={"function": "FunctionName"},
        left_out={"statementId": "CloudFormation generates it"},
    ),
    # analytics
    "aws:athena/namedQuery:NamedQuery": Kind(type="AWS::Athena::NamedQuery", fields={"query": "QueryString"}),
    "aws:athena/workgroup:Workgroup": Kind(
        type="AWS::Athena::WorkGroup",
        fields={
            "configuration": "WorkGroupConfiguration",
            "configuration.resultConfiguration.encryptionConfiguration.kmsKeyArn": "KmsKey",
            "forceDestroy": "RecursiveDeleteOption",
        },
    ),
    "aws:glue/catalogDatabase:CatalogDatabase": Kind(
        type="AWS::Glue::Database", at="DatabaseInput", defaults={"CatalogId": _ACCOUNT}
    ),
    "aws:glue/catalogTable:CatalogTable": Kind(
        type="AWS::Glue::Table",
        fields={
            **{name: f"TableInput.{name}" for name in ("description", "name", "parameters", "partitionKeys")},
            **{name: f"TableInput.{name}" for name in ("storageDescriptor", "tableType")},
        },
        defaults={"CatalogId": _ACCOUNT},
    ),
    "aws:glue/classifier:Classifier": Kind(
        type="AWS::Glue::Classifier",
        fields={"name": "CsvClassifier.Name"},
        left_out={"csvClassifier.serde": "CloudFormation has no property for it"},
    ),
    "aws:glue/crawler:Crawler": Kind(
        type="AWS::Glue::Crawler",
        fields={
            "s3Targets": "Targets.S3Targets",
            "schedule": "Schedule.ScheduleExpression",
            "securityConfiguration": "CrawlerSecurityConfiguration",
        },
    ),
    "aws:glue/securityConfiguration:SecurityConfiguration": Kind(
        type="AWS::Glue::SecurityConfiguration", fields={"encryptionConfiguration.s3Encryption": "S3Encryptions"}
    ),
    "aws:lakeformation/permissions:Permissions": Kind(
        type="AWS::LakeFormation::PrincipalPermissions",
        fields={
            "principal": "Principal.DataLakePrincipalIdentifier",
            "permissionsWithGrantOptions": "PermissionsWithGrantOption",
            "database": Field(to="Resource.Database", value=_in_own_catalog),
            "table": Field(to="Resource.Table", value=_in_own_catalog),
            "table.wildcard": Field(to="TableWildcard", value=lambda _: {}),
        },
        defaults={"PermissionsWithGrantOption": []},
    ),
    "aws:lakeformation/resource:Resource": Kind(
        type="AWS::LakeFormation::Resource",
        fields={"arn": "ResourceArn"},
        defaults={"UseServiceLinkedRole": False},
    ),
    "aws:quicksight/dataSet:DataSet": Kind(
        type="AWS::QuickSight::DataSet",
        fields={"physicalTableMaps": Field(to="PhysicalTableMap", value=keyed_by("physicalTableMapId"))},
    ),
    "aws:quicksight/dataSource:DataSource": Kind(
        type="AWS::QuickSight::DataSource",
        fields={"parameters": "DataSourceParameters", "parameters.athena": "AthenaParameters"},
    ),
    "aws:quicksight/refreshSchedule:RefreshSchedule": Kind(
        type="AWS::QuickSight::RefreshSchedule", fields={"scheduleId": "Schedule.ScheduleId"}
    ),
    # identity
    "aws:iam/policy:Policy": Kind(
        type="AWS::IAM::ManagedPolicy", fields={"name": "ManagedPolicyName", "policy": "PolicyDocument"}
    ),
    "aws:iam/role:Role": Kind(
        type="AWS::IAM::Role", fields={"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"}
    ),
    "aws:iam/rolePolicy:RolePolicy": Kind(
        type="AWS::IAM::RolePolicy", fields={"name": "PolicyName", "role": "RoleName", "policy": "PolicyDocument"}
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Kind(
        type="AWS::IAM::Role", part_of=("role", "RoleName"), fields={"policyArn": "ManagedPolicyArns"}
    ),
    # delivery
    "aws:codebuild/project:Project": Kind(
        type="AWS::CodeBuild::Project",
        fields={"buildTimeout": "TimeoutInMinutes", "queuedTimeout": "QueuedTimeoutInMinutes"},
    ),
    "aws:codepipeline/pipeline:Pipeline": Kind(
        type="AWS::CodePipeline::Pipeline",
        fields={
            "artifactStores": "ArtifactStore",
            **{f"stages.actions.{name}": f"ActionTypeId.{name}" for name in ("category", "owner", "provider")},
            "stages.actions.version": "ActionTypeId.Version",
            "stages.actions.inputArtifacts": Field(to="InputArtifacts", value=named("Name")),
            "stages.actions.outputArtifacts": Field(to="OutputArtifacts", value=named("Name")),
            "triggers.gitConfiguration.pushes": "Push",
        },
    ),
}
"""By type token. pulumi-aws-native's types need no entry: they are CloudFormation's own."""
