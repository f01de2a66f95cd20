"""The aws resource types that the stand-in serves, one handler each.

A further type is one `Handler` in the module of its service, one line here, and one case in tests/provider: its
properties are fields (what replaces, what AWS picks, what the default is), and create, read, update and delete are as
short as its API allows. Checks, names, tags, differences, drift, secrets, retries and adoption are common to all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from localcloud.provider.handler import Handler
from localcloud.provider.handlers import (
    athena,
    chatbot,
    cloudwatch,
    codebuild,
    codecommit,
    codepipeline,
    connections,
    dynamodb,
    events,
    glue_catalog,
    glue_crawler,
    glue_settings,
    iam,
    iam_policy,
    kms,
    lakeformation,
    lambda_function,
    lambda_permission,
    logs,
    openid,
    quicksight,
    quicksight_data,
    quicksight_schedule,
    s3,
    s3_settings,
    sns,
    sns_subscription,
    sqs,
)

HANDLERS: Final[Mapping[str, Handler]] = {
    "aws:athena/namedQuery:NamedQuery": athena.NAMED_QUERY,
    "aws:athena/workgroup:Workgroup": athena.WORKGROUP,
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": chatbot.SLACK_CHANNEL_CONFIGURATION,
    "aws:chatbot/teamsChannelConfiguration:TeamsChannelConfiguration": chatbot.TEAMS_CHANNEL_CONFIGURATION,
    "aws:cloudwatch/eventRule:EventRule": events.EVENT_RULE,
    "aws:cloudwatch/eventTarget:EventTarget": events.EVENT_TARGET,
    "aws:cloudwatch/logGroup:LogGroup": logs.LOG_GROUP,
    "aws:cloudwatch/metricAlarm:MetricAlarm": cloudwatch.METRIC_ALARM,
    "aws:codebuild/project:Project": codebuild.PROJECT,
    "aws:codecommit/repository:Repository": codecommit.REPOSITORY,
    "aws:codeconnections/connection:Connection": connections.CODECONNECTIONS,
    "aws:codepipeline/pipeline:Pipeline": codepipeline.PIPELINE,
    "aws:codestarconnections/connection:Connection": connections.CODESTAR,
    "aws:dynamodb/table:Table": dynamodb.TABLE,
    "aws:glue/catalogDatabase:CatalogDatabase": glue_catalog.CATALOG_DATABASE,
    "aws:glue/catalogTable:CatalogTable": glue_catalog.CATALOG_TABLE,
    "aws:glue/classifier:Classifier": glue_settings.CLASSIFIER,
    "aws:glue/crawler:Crawler": glue_crawler.CRAWLER,
    "aws:glue/securityConfiguration:SecurityConfiguration": glue_settings.SECURITY_CONFIGURATION,
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": openid.OPEN_ID_CONNECT_PROVIDER,
    "aws:iam/policy:Policy": iam_policy.POLICY,
    "aws:iam/role:Role": iam.ROLE,
    "aws:iam/rolePolicy:RolePolicy": iam.ROLE_POLICY,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": iam.ROLE_POLICY_ATTACHMENT,
    "aws:kms/alias:Alias": kms.ALIAS,
    "aws:kms/key:Key": kms.KEY,
    "aws:lakeformation/permissions:Permissions": lakeformation.PERMISSIONS,
    "aws:lakeformation/resource:Resource": lakeformation.RESOURCE,
    "aws:lambda/function:Function": lambda_function.FUNCTION,
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": lambda_permission.FUNCTION_EVENT_INVOKE_CONFIG,
    "aws:lambda/permission:Permission": lambda_permission.PERMISSION,
    "aws:quicksight/dataSet:DataSet": quicksight_data.DATA_SET,
    "aws:quicksight/dataSource:DataSource": quicksight.DATA_SOURCE,
    "aws:quicksight/refreshSchedule:RefreshSchedule": quicksight_schedule.REFRESH_SCHEDULE,
    "aws:s3/bucket:Bucket": s3.BUCKET,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": s3_settings.BUCKET_LIFECYCLE_CONFIGURATION,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": s3_settings.BUCKET_OWNERSHIP_CONTROLS,
    "aws:s3/bucketPolicy:BucketPolicy": s3_settings.BUCKET_POLICY,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": s3_settings.BUCKET_PUBLIC_ACCESS_BLOCK,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        s3_settings.BUCKET_ENCRYPTION
    ),
    "aws:s3/bucketVersioning:BucketVersioning": s3_settings.BUCKET_VERSIONING,
    "aws:sns/topic:Topic": sns.TOPIC,
    "aws:sns/topicPolicy:TopicPolicy": sns.TOPIC_POLICY,
    "aws:sns/topicSubscription:TopicSubscription": sns_subscription.TOPIC_SUBSCRIPTION,
    "aws:sqs/queue:Queue": sqs.QUEUE,
    "aws:sqs/queuePolicy:QueuePolicy": sqs.QUEUE_POLICY,
}
