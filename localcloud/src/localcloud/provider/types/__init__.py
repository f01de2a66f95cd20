"""The aws resource types that the stand-in serves.

A further type is one `ResourceType` in the module of its service, one line here, and one case in tests/provider.
Checks, names, tags, differences, drift, secrets, retries and adoption are common to all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from localcloud.provider.resource_type import ResourceType
from localcloud.provider.types import (
    athena,
    chatbot,
    cloudwatch,
    developer_tools,
    dynamodb,
    events,
    glue,
    iam,
    keys,
    lakeformation,
    lambda_functions,
    messaging,
    quicksight,
    s3,
)

TYPES: Final[Mapping[str, ResourceType]] = {
    "aws:athena/namedQuery:NamedQuery": athena.NAMED_QUERY,
    "aws:athena/workgroup:Workgroup": athena.WORKGROUP,
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": chatbot.SLACK_CHANNEL_CONFIGURATION,
    "aws:chatbot/teamsChannelConfiguration:TeamsChannelConfiguration": chatbot.TEAMS_CHANNEL_CONFIGURATION,
    "aws:cloudwatch/eventRule:EventRule": events.EVENT_RULE,
    "aws:cloudwatch/eventTarget:EventTarget": events.EVENT_TARGET,
    "aws:cloudwatch/logGroup:LogGroup": cloudwatch.LOG_GROUP,
    "aws:cloudwatch/metricAlarm:MetricAlarm": cloudwatch.METRIC_ALARM,
    "aws:codebuild/project:Project": developer_tools.PROJECT,
    "aws:codecommit/repository:Repository": developer_tools.REPOSITORY,
    "aws:codeconnections/connection:Connection": developer_tools.CODECONNECTIONS,
    "aws:codepipeline/pipeline:Pipeline": developer_tools.PIPELINE,
    "aws:codestarconnections/connection:Connection": developer_tools.CODESTAR,
    "aws:dynamodb/table:Table": dynamodb.TABLE,
    "aws:glue/catalogDatabase:CatalogDatabase": glue.CATALOG_DATABASE,
    "aws:glue/catalogTable:CatalogTable": glue.CATALOG_TABLE,
    "aws:glue/classifier:Classifier": glue.CLASSIFIER,
    "aws:glue/crawler:Crawler": glue.CRAWLER,
    "aws:glue/securityConfiguration:SecurityConfiguration": glue.SECURITY_CONFIGURATION,
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": iam.OPEN_ID_CONNECT_PROVIDER,
    "aws:iam/policy:Policy": iam.POLICY,
    "aws:iam/role:Role": iam.ROLE,
    "aws:iam/rolePolicy:RolePolicy": iam.ROLE_POLICY,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": iam.ROLE_POLICY_ATTACHMENT,
    "aws:kms/alias:Alias": keys.ALIAS,
    "aws:kms/key:Key": keys.KEY,
    "aws:lakeformation/permissions:Permissions": lakeformation.PERMISSIONS,
    "aws:lakeformation/resource:Resource": lakeformation.RESOURCE,
    "aws:lambda/function:Function": lambda_functions.FUNCTION,
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": lambda_functions.FUNCTION_EVENT_INVOKE_CONFIG,
    "aws:lambda/permission:Permission": lambda_functions.PERMISSION,
    "aws:quicksight/dataSet:DataSet": quicksight.DATA_SET,
    "aws:quicksight/dataSource:DataSource": quicksight.DATA_SOURCE,
    "aws:quicksight/refreshSchedule:RefreshSchedule": quicksight.REFRESH_SCHEDULE,
    "aws:s3/bucket:Bucket": s3.BUCKET,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": s3.BUCKET_LIFECYCLE_CONFIGURATION,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": s3.BUCKET_OWNERSHIP_CONTROLS,
    "aws:s3/bucketPolicy:BucketPolicy": s3.BUCKET_POLICY,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": s3.BUCKET_PUBLIC_ACCESS_BLOCK,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": s3.BUCKET_ENCRYPTION,
    "aws:s3/bucketVersioning:BucketVersioning": s3.BUCKET_VERSIONING,
    "aws:sns/topic:Topic": messaging.TOPIC,
    "aws:sns/topicPolicy:TopicPolicy": messaging.TOPIC_POLICY,
    "aws:sns/topicSubscription:TopicSubscription": messaging.TOPIC_SUBSCRIPTION,
    "aws:sqs/queue:Queue": messaging.QUEUE,
    "aws:sqs/queuePolicy:QueuePolicy": messaging.QUEUE_POLICY,
}
