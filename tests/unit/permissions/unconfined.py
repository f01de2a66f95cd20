"""What the boundary allows on resources of others, since AWS offers nothing to confine it with, and why.

A test fails where an entry is no longer reached, or something else is; docs/security.md has the same table.
"""

from typing import NamedTuple


class Unconfined(NamedTuple):
    """Actions, separated by spaces, and what of others they reach with what the reference offers against it."""

    actions: str
    reason: str


UNCONFINED = (
    Unconfined(
        "sns:GetSubscriptionAttributes sns:SetSubscriptionAttributes sns:Unsubscribe",
        "Subscriptions of any topic: a subscription is no resource of these actions, and they have no condition key "
        "(Actions, resources, and condition keys for Amazon SNS).",
    ),
    Unconfined(
        "glue:CreateClassifier glue:DeleteClassifier glue:GetClassifier glue:UpdateClassifier "
        "glue:CreateSecurityConfiguration glue:DeleteSecurityConfiguration glue:GetSecurityConfiguration "
        "glue:CreateCrawler",
        "Classifiers and security configurations of all crawlers and jobs, and new crawlers under any name: these "
        "actions have no resource and no key but the tags of a new crawler (Actions, resources, and condition keys for "
        "AWS Glue).",
    ),
    Unconfined(
        "lakeformation:BatchGrantPermissions lakeformation:BatchRevokePermissions lakeformation:DeregisterResource "
        "lakeformation:DescribeResource lakeformation:GetDataAccess lakeformation:GetDataLakeSettings "
        "lakeformation:GrantPermissions lakeformation:ListPermissions lakeformation:RegisterResource "
        "lakeformation:RevokePermissions lakeformation:UpdateResource",
        "Locations and grants: IAM knows no resources of Lake Formation, whose own grants say what their caller may "
        "grant and read (Actions, resources, and condition keys for AWS Lake Formation). A location is registered with "
        "a role that the caller passes, which is one of the environment's.",
    ),
    Unconfined(
        "sagemaker:AddTags sagemaker:CreateProcessingJob sagemaker:CreateTrainingJob sagemaker:DescribeProcessingJob "
        "sagemaker:DescribeTrainingJob sagemaker:StopProcessingJob sagemaker:StopTrainingJob "
        "sagemaker:UpdateTrainingJob",
        "Jobs of all teams' ML pipelines, whose names all begin with pipelines-. Custom prefixes would tell them apart "
        "(IAM Access Management, SageMaker Developer Guide), but version 3 of the SageMaker SDK drops them from "
        "training steps (aws/sagemaker-python-sdk, issue 5776), and that tags of a step reach its job is documented "
        "nowhere.",
    ),
    Unconfined(
        "logs:CreateLogGroup logs:CreateLogStream logs:DescribeLogStreams logs:PutLogEvents",
        "Log groups of all teams' SageMaker jobs, which all lie below /aws/sagemaker/ (Log groups and streams that "
        "Amazon SageMaker sends to CloudWatch Logs): writing and the names of streams, no reading and no deletion.",
    ),
    Unconfined(
        "cloudwatch:PutMetricData",
        "Metrics of all teams' SageMaker jobs: the action has no resource, its one key is the namespace, and these "
        "report to /aws/sagemaker/ (Actions, resources, and condition keys for Amazon CloudWatch).",
    ),
    Unconfined(
        "kms:CreateKey kms:TagResource",
        "Keys with neither tags nor an alias: a key is tagged when it is created, which takes a permission that isn't "
        "restricted to particular keys (Controlling access to tags, AWS KMS Developer Guide). Tag your keys, or give "
        "them an alias.",
    ),
    Unconfined(
        "athena:GetDataCatalog athena:GetDatabase athena:GetTableMetadata athena:ListDatabases "
        "athena:ListTableMetadata glue:GetDatabase",
        "The account's one Data Catalog and its database default, which each query asks for (Fine-grained access to "
        "databases and tables, Amazon Athena User Guide). Databases and tables of others in it are asked of AWS Glue, "
        "and refused.",
    ),
    Unconfined(
        "chatbot:CreateMicrosoftTeamsChannelConfiguration chatbot:CreateSlackChannelConfiguration "
        "chatbot:DescribeSlackChannelConfigurations chatbot:GetMicrosoftTeamsChannelConfiguration "
        "chatbot:ListMicrosoftTeamsChannelConfigurations chatbot:ListTagsForResource chatbot:TagResource "
        "chatbot:UntagResource",
        "Channels of all teams are seen and tagged, and new ones may have any name: these actions have no resource "
        "(Actions, resources, and condition keys for AWS Chatbot). Changing and deleting others' is refused.",
    ),
    Unconfined(
        "cloudformation:CancelResourceRequest cloudformation:CreateResource cloudformation:DeleteResource "
        "cloudformation:GetResource cloudformation:GetResourceRequestStatus cloudformation:UpdateResource",
        "Requests of all teams to Cloud Control API, whose actions have no resource (Actions, resources, and condition "
        "keys for AWS CloudFormation). What a request then does is asked in the resource's own service, and refused.",
    ),
    Unconfined(
        "quicksight:CreateDataSource",
        "New data sources under any name: the action has no resource (Actions, resources, and condition keys for "
        "Amazon QuickSight).",
    ),
    Unconfined(
        "athena:ListDataCatalogs athena:ListEngineVersions athena:ListWorkGroups kms:ListAliases "
        "logs:DescribeLogGroups sagemaker:ListModelPackages",
        "Names: these actions list what an account has, and take no resource, or none that a request always has (the "
        "reference's pages for Amazon Athena, AWS KMS, Amazon CloudWatch Logs and Amazon SageMaker).",
    ),
    Unconfined(
        "access-analyzer:ValidatePolicy ecr:GetAuthorizationToken events:TestEventPattern xray:PutTelemetryRecords "
        "xray:PutTraceSegments",
        "Nothing: two judge what is in the request, one logs in to registries, and two add the caller's own traces.",
    ),
)
