"""What CloudFormation's handlers name that the delivery's roles need not have, and why.

The tables of a test: it fails where an entry is no longer needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_ACCOUNT = "us-east-1:123456789012"
_IAM = "arn:aws:iam::123456789012"
_CHANNEL = "arn:aws:chatbot::123456789012:chat-configuration"
_CATALOG = {
    "rootcatalog": f"arn:aws:glue:{_ACCOUNT}:catalog",
    "database": f"arn:aws:glue:{_ACCOUNT}:database/abalone_local_kpis",
}
_TABLES = {**_CATALOG, "table": f"arn:aws:glue:{_ACCOUNT}:table/abalone_local_kpis/model_metrics"}
_KEY = f"arn:aws:kms:{_ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
_FUNCTION = f"arn:aws:lambda:{_ACCOUNT}:function:{{FunctionName}}"
_DATA_SET = f"arn:aws:quicksight:{_ACCOUNT}:dataset/{{DataSetId}}"

ARNS: Mapping[str, Mapping[str, str]] = {
    "AWS::Athena::NamedQuery": {"workgroup": f"arn:aws:athena:{_ACCOUNT}:workgroup/{{WorkGroup}}"},
    "AWS::Athena::WorkGroup": {"workgroup": f"arn:aws:athena:{_ACCOUNT}:workgroup/{{Name}}"},
    "AWS::Chatbot::MicrosoftTeamsChannelConfiguration": {
        "chatbotconfiguration": f"{_CHANNEL}/microsoft-teams-channel/{{ConfigurationName}}"
    },
    "AWS::Chatbot::SlackChannelConfiguration": {
        "chatbotconfiguration": f"{_CHANNEL}/slack-channel/{{ConfigurationName}}"
    },
    "AWS::CloudWatch::Alarm": {"alarm": f"arn:aws:cloudwatch:{_ACCOUNT}:alarm:{{AlarmName}}"},
    "AWS::CodePipeline::Pipeline": {"pipeline": f"arn:aws:codepipeline:{_ACCOUNT}:{{Name}}"},
    "AWS::DynamoDB::Table": {"table": f"arn:aws:dynamodb:{_ACCOUNT}:table/{{TableName}}"},
    "AWS::Events::Rule": {"rule-on-default-event-bus": f"arn:aws:events:{_ACCOUNT}:rule/{{Name}}"},
    "AWS::Glue::Classifier": {},
    "AWS::Glue::Crawler": {"crawler": f"arn:aws:glue:{_ACCOUNT}:crawler/{{Name}}"},
    "AWS::Glue::Database": _CATALOG,
    "AWS::Glue::SecurityConfiguration": {},
    "AWS::Glue::Table": {**_CATALOG, "table": f"arn:aws:glue:{_ACCOUNT}:table/{{DatabaseName}}/{{TableInput[Name]}}"},
    "AWS::IAM::ManagedPolicy": {"policy": f"{_IAM}:policy/{{ManagedPolicyName}}"},
    "AWS::IAM::Role": {"role": f"{_IAM}:role/{{RoleName}}"},
    "AWS::IAM::RolePolicy": {"role": f"{_IAM}:role/{{RoleName}}"},
    "AWS::KMS::Alias": {"alias": f"arn:aws:kms:{_ACCOUNT}:{{AliasName}}", "key": _KEY},
    "AWS::KMS::Key": {"key": _KEY},
    "AWS::LakeFormation::PrincipalPermissions": _TABLES,
    "AWS::Lambda::EventInvokeConfig": {"function": _FUNCTION},
    "AWS::Lambda::Function": {"function": _FUNCTION},
    "AWS::Lambda::Permission": {"function": _FUNCTION},
    "AWS::Logs::LogGroup": {"log-group": f"arn:aws:logs:{_ACCOUNT}:log-group:{{LogGroupName}}"},
    "AWS::QuickSight::Dashboard": {"dashboard": f"arn:aws:quicksight:{_ACCOUNT}:dashboard/{{DashboardId}}"},
    "AWS::QuickSight::DataSet": {
        "dataset": _DATA_SET,
        "ingestion": f"{_DATA_SET}/ingestion/any",
    },
    "AWS::QuickSight::DataSource": {"datasource": f"arn:aws:quicksight:{_ACCOUNT}:datasource/{{DataSourceId}}"},
    "AWS::QuickSight::RefreshSchedule": {"refreshschedule": f"{_DATA_SET}/refresh-schedule/{{Schedule[ScheduleId]}}"},
    "AWS::S3::Bucket": {"bucket": "arn:aws:s3:::{BucketName}", "object": "arn:aws:s3:::{BucketName}/any"},
    "AWS::S3::BucketPolicy": {"bucket": "arn:aws:s3:::{Bucket}"},
    "AWS::SageMaker::ModelPackageGroup": {
        "model-package-group": f"arn:aws:sagemaker:{_ACCOUNT}:model-package-group/{{ModelPackageGroupName}}"
    },
    "AWS::SNS::Subscription": {},
    "AWS::SNS::Topic": {"topic": f"arn:aws:sns:{_ACCOUNT}:{{TopicName}}"},
    "AWS::SNS::TopicPolicy": {"topic": f"arn:aws:sns:{_ACCOUNT}:abalone-local-notifications"},
    "AWS::SQS::Queue": {"queue": f"arn:aws:sqs:{_ACCOUNT}:{{QueueName}}"},
    "AWS::SQS::QueuePolicy": {"queue": f"arn:aws:sqs:{_ACCOUNT}:abalone-local-notifications-failed"},
}
"""The ARNs of a resource by the resource type of the service authorization reference, with its properties in braces."""

WITHOUT_HANDLERS = {
    # CloudFormation's older types, whose code names no permissions.
    "AWS::CodeBuild::Project",
    "AWS::LakeFormation::Resource",
}

UNKNOWN_ACTIONS = {
    "lakeformation:CreateTable",
    "lambda:AssociateRuntimeAlias",
    "s3:DeleteBucketAnalyticsConfiguration",
    "s3:DeleteBucketCors",
    "s3:DeleteBucketEncryption",
    "s3:DeleteBucketLifecycle",
    "s3:DeleteBucketMetricsConfiguration",
    "s3:DeleteBucketReplication",
    "s3:GetObjectMetadata",
    "s3:PutBucketReplication",
    "s3:PutObjectLockConfiguration",
    "s3:REST.PUT.OBJECT",
}
"""What handlers name and the service authorization reference doesn't: no policy can allow it."""

_CHANNEL_ACTIONS = {
    "CustomizationResourceArns": "chatbot:AssociateToConfiguration chatbot:DisassociateFromConfiguration "
    "chatbot:ListAssociations"
}

_FOLDERS = "quicksight:CreateFolderMembership quicksight:DeleteFolderMembership"

UNUSED: Mapping[str, Mapping[str, str]] = {
    "AWS::Athena::WorkGroup": {"WorkGroupConfiguration.ExecutionRole": "iam:CreateServiceLinkedRole iam:PassRole"},
    "AWS::Chatbot::MicrosoftTeamsChannelConfiguration": _CHANNEL_ACTIONS,
    "AWS::Chatbot::SlackChannelConfiguration": _CHANNEL_ACTIONS,
    "AWS::CodePipeline::Pipeline": {
        "DisableInboundStageTransitions": "codepipeline:DisableStageTransition codepipeline:EnableStageTransition",
        "RestartExecutionOnUpdate": "codepipeline:StartPipelineExecution",
        # Of a pipeline with its source on GitHub, whose delivery may pass the one connection.
        "Triggers": "codestar-connections:PassConnection",
    },
    "AWS::DynamoDB::Table": {
        "ContributorInsightsSpecification": "dynamodb:DescribeContributorInsights dynamodb:UpdateContributorInsights",
        "ImportSourceSpecification": "dynamodb:DescribeImport dynamodb:ImportTable logs:CreateLogGroup "
        "logs:CreateLogStream logs:DescribeLogStreams logs:PutLogEvents logs:PutRetentionPolicy s3:GetObject "
        "s3:ListBucket",
        "KinesisStreamSpecification": "dynamodb:DescribeKinesisStreamingDestination "
        "dynamodb:DisableKinesisStreamingDestination dynamodb:EnableKinesisStreamingDestination "
        "dynamodb:UpdateKinesisStreamingDestination kinesis:DescribeStream kinesis:PutRecords",
        "ResourcePolicy": "dynamodb:DeleteResourcePolicy dynamodb:GetResourcePolicy dynamodb:PutResourcePolicy",
    },
    "AWS::Glue::Database": {
        "DatabaseInput.FederatedDatabase": "glue:CreateConnection glue:DeleteConnection glue:GetConnection "
        "glue:PassConnection glue:UpdateConnection"
    },
    "AWS::Glue::Table": {
        "OpenTableFormatInput": "s3:GetObject s3:PutObject",
        "TableInput.StorageDescriptor.SchemaReference": "glue:GetSchemaVersion",
        "TableInput.TargetTable": "glue:PassConnection",
        "TableInput.ViewDefinition": "iam:PassRole",
    },
    "AWS::IAM::ManagedPolicy": {
        "Groups": "iam:AttachGroupPolicy iam:DetachGroupPolicy",
        # The stack attaches them to its roles by the roles' own property.
        "Roles": "iam:AttachRolePolicy iam:DetachRolePolicy",
        "Users": "iam:AttachUserPolicy iam:DetachUserPolicy",
    },
    "AWS::Lambda::Function": {
        "CapacityProviderConfig": "lambda:PassCapacityProvider",
        "CodeSigningConfigArn": "lambda:DeleteFunctionCodeSigningConfig lambda:GetCodeSigningConfig "
        "lambda:PutFunctionCodeSigningConfig",
        "FileSystemConfigs": "elasticfilesystem:DescribeMountTargets s3files:ListMountTargets",
        "FunctionScalingConfig": "lambda:GetFunctionScalingConfig lambda:PutFunctionScalingConfig",
        "Layers": "lambda:GetLayerVersion",
        "PublishToLatestPublished": "lambda:PublishVersion",
        "RecursiveLoop": "lambda:GetFunctionRecursionConfig lambda:PutFunctionRecursionConfig",
        "RuntimeManagementConfig": "lambda:GetRuntimeManagementConfig lambda:PutRuntimeManagementConfig",
        "VpcConfig": "ec2:DescribeNetworkInterfaces ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVpcs",
    },
    "AWS::Logs::LogGroup": {
        "BearerTokenAuthenticationEnabled": "logs:PutBearerTokenAuthentication",
        # A policy may name a delivery of its findings: to Firehose, to S3 or to another log group.
        "DataProtectionPolicy": "firehose:TagDeliveryStream logs:CreateLogDelivery logs:DeleteDataProtectionPolicy "
        "logs:GetDataProtectionPolicy logs:PutDataProtectionPolicy",
        "DeletionProtectionEnabled": "logs:PutLogGroupDeletionProtection",
        "FieldIndexPolicies": "logs:DeleteIndexPolicy logs:DescribeIndexPolicies logs:PutIndexPolicy",
        "ResourcePolicyDocument": "logs:DeleteResourcePolicy logs:DescribeResourcePolicies logs:PutResourcePolicy",
    },
    "AWS::QuickSight::Dashboard": {
        "FolderArns": _FOLDERS,
        "SourceEntity": "quicksight:DescribeTemplate",
        "ThemeArn": "quicksight:DescribeTheme",
        # A topic is one of the entities that a dashboard can be linked to.
        "LinkEntities": "quicksight:PassTopic",
    },
    "AWS::QuickSight::DataSet": {
        "FolderArns": _FOLDERS,
        "IngestionWaitPolicy": "quicksight:CancelIngestion quicksight:DescribeIngestion quicksight:ListIngestions",
    },
    "AWS::QuickSight::DataSource": {"FolderArns": _FOLDERS},
    "AWS::S3::Bucket": {
        "AbacStatus": "s3:GetBucketAbac s3:PutBucketAbac",
        "AccelerateConfiguration": "s3:PutAccelerateConfiguration",
        "AccessControl": "s3:PutBucketAcl s3:PutObjectAcl",
        "AnalyticsConfigurations": "s3:GetAnalyticsConfiguration s3:PutAnalyticsConfiguration",
        "CorsConfiguration": "s3:PutBucketCORS",
        "IntelligentTieringConfigurations": "s3:GetIntelligentTieringConfiguration "
        "s3:PutIntelligentTieringConfiguration",
        "InventoryConfigurations": "s3:GetInventoryConfiguration s3:PutInventoryConfiguration",
        "MetadataConfiguration": "s3:UpdateBucketMetadataAnnotationTableConfiguration "
        "s3:UpdateBucketMetadataInventoryTableConfiguration s3:UpdateBucketMetadataJournalTableConfiguration",
        "MetadataTableConfiguration": "s3:CreateBucketMetadataTableConfiguration "
        "s3:DeleteBucketMetadataTableConfiguration s3:GetBucketMetadataTableConfiguration s3tables:CreateNamespace "
        "s3tables:CreateTable s3tables:CreateTableBucket s3tables:GetTable s3tables:GetTableMetadataLocation "
        "s3tables:PutTableBucketPolicy s3tables:PutTableEncryption s3tables:PutTablePolicy "
        "s3tables:UpdateTableMetadataLocation",
        "MetricsConfigurations": "s3:GetMetricsConfiguration s3:PutMetricsConfiguration",
        "NotificationConfiguration": "s3:GetBucketNotification s3:PutBucketNotification",
        "ObjectLockConfiguration": "s3:PutBucketObjectLockConfiguration",
        "ReplicationConfiguration": "iam:PassRole s3:PutReplicationConfiguration",
        "WebsiteConfiguration": "s3:DeleteBucketWebsite s3:PutBucketWebsite",
    },
    "AWS::SNS::Subscription": {"SubscriptionRoleArn": "iam:GetRole iam:PassRole"},
    "AWS::SNS::Topic": {
        "DataProtectionPolicy": "sns:PutDataProtectionPolicy",
        "DeliveryStatusLogging": "iam:GetRole iam:PassRole",
    },
}
"""Permissions, separated by spaces, by the type and the property that would need them; the stack sets none of these."""


class Explained(NamedTuple):
    """Permissions that a type's handlers name, separated by spaces, and why the stack does without."""

    kind: str
    permissions: str
    reason: str


_READING = "Reading passes no role and creates nothing: GetCrawler, DescribeRule and GetTable have no dependent action."
_FIRST_CHANNEL = (
    "The role is AWS Chatbot's, one an account. A role that may create roles without the boundary could leave it, so "
    "who authorizes the workspace creates this one: docs/operations.md, Notifications."
)
_LAKE_FORMATION = (
    "CloudFormation asks where the catalog is federated or whom Identity Center knows. pulumi-aws asks Glue alone, "
    "whose actions depend on none of these."
)

EXPLAINED = (
    Explained(
        "AWS::Athena::WorkGroup",
        "s3:AbortMultipartUpload s3:GetBucketLocation s3:GetObject s3:ListBucket s3:ListBucketMultipartUploads "
        "s3:ListMultipartUploadParts s3:PutObject",
        "Of who runs queries in the workgroup, not of who sets where their results go (Access to workgroups).",
    ),
    Explained("AWS::Chatbot::MicrosoftTeamsChannelConfiguration", "iam:CreateServiceLinkedRole", _FIRST_CHANNEL),
    Explained("AWS::Chatbot::SlackChannelConfiguration", "iam:CreateServiceLinkedRole", _FIRST_CHANNEL),
    Explained(
        "AWS::DynamoDB::Table",
        "dynamodb:AssociateTableReplica dynamodb:BatchWriteItem dynamodb:CreateTableReplica dynamodb:DeleteItem "
        "dynamodb:GetItem dynamodb:PutItem dynamodb:Query dynamodb:Scan dynamodb:UpdateItem "
        "iam:CreateServiceLinkedRole",
        "What adding a replica takes (IAM and global tables), which this type has no property for.",
    ),
    Explained("AWS::Events::Rule", "iam:PassRole", _READING),
    Explained("AWS::Glue::Crawler", "iam:PassRole", _READING),
    Explained("AWS::Glue::Table", "glue:CreateTable", _READING),
    Explained(
        "AWS::Glue::Database",
        "lakeformation:DescribeLakeFormationIdentityCenterConfiguration lakeformation:ListResources",
        _LAKE_FORMATION,
    ),
    Explained(
        "AWS::Glue::Table",
        "lakeformation:DescribeLakeFormationIdentityCenterConfiguration lakeformation:GetDataAccess "
        "lakeformation:ListResources",
        _LAKE_FORMATION,
    ),
    Explained(
        "AWS::IAM::Role",
        "iam:DeleteRolePermissionsBoundary",
        "No role ever leaves the boundary, whatever the program says.",
    ),
    Explained(
        "AWS::Lambda::Function",
        "s3:GetObject s3:GetObjectVersion",
        "The package goes into the request; the bucket in the template stands for it.",
    ),
)
