"""IAM policies of the local cloud's principals.

Every action is named; `*` as a resource stands only where the service authorization reference offers nothing else.
"""

from demo.account import delivery_policies, kpi_policies
from demo.account.statements import NAMES, Statement, allow, pass_role
from localcloud import Backend
from localcloud.layout import ACCOUNT


def state_access(backend: Backend) -> list[Statement]:
    """Reading and writing the Pulumi state and its secrets."""
    bucket = f"arn:aws:s3:::{backend.bucket}"
    return [
        allow("s3:ListBucket GetBucketLocation GetBucketVersioning", bucket),
        allow("s3:GetObject PutObject DeleteObject", f"{bucket}/*"),
        allow("kms:Encrypt Decrypt GenerateDataKey DescribeKey", backend.key_arn),
    ]


def deployer(backend: Backend, region: str) -> list[list[Statement]]:
    """What deploying stack `local` needs, in documents that stay below the size limit of a managed policy."""
    return [
        [*state_access(backend), *_identity(), *_storage(region)],
        [*_messaging(region), *_compute(region), *_machine_learning(region)],
        kpi_policies.deployer(region),
        delivery_policies.deployer(region),
    ]


def data_scientist(region: str) -> list[Statement]:
    """Running the pipeline, reading the registry, approving models, providing input data."""
    sagemaker = f"arn:aws:sagemaker:{region}:{ACCOUNT}"
    executions = f"{sagemaker}:pipeline/{NAMES}/execution/*"
    return [
        allow(
            "sagemaker:StartPipelineExecution DescribePipeline ListPipelineExecutions ListTags",
            f"{sagemaker}:pipeline/{NAMES}",
        ),
        allow(
            "sagemaker:DescribePipelineExecution ListPipelineExecutionSteps ListPipelineParametersForExecution "
            "DescribePipelineDefinitionForExecution StopPipelineExecution",
            executions,
        ),
        # ListPipelines and ListModelPackageGroups take no resource.
        allow("sagemaker:ListPipelines ListModelPackageGroups", "*"),
        allow("sagemaker:DescribeModelPackageGroup", f"{sagemaker}:model-package-group/{NAMES}"),
        allow(
            "sagemaker:DescribeModelPackage ListModelPackages UpdateModelPackage",
            f"{sagemaker}:model-package/{NAMES}",
        ),
        allow("s3:ListBucket", f"arn:aws:s3:::{NAMES}"),
        allow("s3:GetObject PutObject", f"arn:aws:s3:::{NAMES}/*"),
        allow("kms:Decrypt GenerateDataKey", f"arn:aws:kms:{region}:{ACCOUNT}:key/*"),
    ]


def _identity() -> list[Statement]:
    role, policy = f"arn:aws:iam::{ACCOUNT}:role/{NAMES}", f"arn:aws:iam::{ACCOUNT}:policy/{NAMES}"
    return [
        allow(
            "iam:CreateRole GetRole UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy DeleteRole TagRole "
            "UntagRole ListRoleTags PutRolePolicy GetRolePolicy DeleteRolePolicy ListRolePolicies AttachRolePolicy "
            "DetachRolePolicy ListAttachedRolePolicies ListInstanceProfilesForRole PutRolePermissionsBoundary "
            "DeleteRolePermissionsBoundary",
            role,
        ),
        allow(
            "iam:CreatePolicy GetPolicy DeletePolicy TagPolicy UntagPolicy ListPolicyTags CreatePolicyVersion "
            "GetPolicyVersion ListPolicyVersions DeletePolicyVersion SetDefaultPolicyVersion ListEntitiesForPolicy",
            policy,
        ),
        pass_role("lambda.amazonaws.com"),
        pass_role("sagemaker.amazonaws.com"),
        pass_role("chatbot.amazonaws.com"),
        pass_role("events.amazonaws.com"),
        pass_role("glue.amazonaws.com"),
        pass_role("quicksight.amazonaws.com"),
        pass_role("lakeformation.amazonaws.com"),
        # sts:GetCallerIdentity takes no resource and is allowed to everybody; named so that the policy says all.
        allow("sts:GetCallerIdentity", "*"),
    ]


def _storage(region: str) -> list[Statement]:
    bucket, key = f"arn:aws:s3:::{NAMES}", f"arn:aws:kms:{region}:{ACCOUNT}:key/*"
    alias = f"arn:aws:kms:{region}:{ACCOUNT}:alias/{NAMES}"
    return [
        allow(
            "s3:CreateBucket DeleteBucket ListBucket ListBucketVersions GetBucketLocation GetBucketTagging "
            "PutBucketTagging GetBucketVersioning PutBucketVersioning GetEncryptionConfiguration "
            "PutEncryptionConfiguration GetBucketPublicAccessBlock PutBucketPublicAccessBlock GetBucketPolicy "
            "PutBucketPolicy DeleteBucketPolicy GetLifecycleConfiguration PutLifecycleConfiguration "
            "GetBucketOwnershipControls PutBucketOwnershipControls GetBucketAcl GetBucketCORS GetBucketWebsite "
            "GetBucketLogging GetBucketRequestPayment GetReplicationConfiguration GetAccelerateConfiguration "
            "GetBucketObjectLockConfiguration",
            bucket,
        ),
        allow(
            "s3:GetObject PutObject DeleteObject DeleteObjectVersion GetObjectVersion GetObjectTagging", f"{bucket}/*"
        ),
        # A key has no name: creating one and listing aliases take no resource, its ARN is generated.
        allow("kms:CreateKey ListAliases ListKeys", "*"),
        allow(
            "kms:DescribeKey GetKeyPolicy PutKeyPolicy GetKeyRotationStatus EnableKeyRotation DisableKeyRotation "
            "ScheduleKeyDeletion CancelKeyDeletion UpdateKeyDescription EnableKey DisableKey TagResource UntagResource "
            "ListResourceTags CreateAlias UpdateAlias DeleteAlias Encrypt Decrypt GenerateDataKey CreateGrant",
            key,
        ),
        allow("kms:CreateAlias UpdateAlias DeleteAlias", alias),
        allow(
            "dynamodb:CreateTable DescribeTable UpdateTable DeleteTable TagResource UntagResource ListTagsOfResource "
            "DescribeTimeToLive UpdateTimeToLive DescribeContinuousBackups UpdateContinuousBackups",
            f"arn:aws:dynamodb:{region}:{ACCOUNT}:table/{NAMES}",
        ),
    ]


def _messaging(region: str) -> list[Statement]:
    return [
        allow(
            "sns:CreateTopic GetTopicAttributes SetTopicAttributes DeleteTopic TagResource UntagResource "
            "ListTagsForResource Subscribe ListSubscriptionsByTopic GetDataProtectionPolicy",
            f"arn:aws:sns:{region}:{ACCOUNT}:{NAMES}",
        ),
        # The reference gives the actions on one subscription no resource.
        allow("sns:Unsubscribe GetSubscriptionAttributes SetSubscriptionAttributes", "*"),
        allow(
            "sqs:CreateQueue GetQueueAttributes SetQueueAttributes GetQueueUrl DeleteQueue TagQueue UntagQueue "
            "ListQueueTags",
            f"arn:aws:sqs:{region}:{ACCOUNT}:{NAMES}",
        ),
        allow(
            "events:PutRule DescribeRule DeleteRule EnableRule DisableRule PutTargets RemoveTargets "
            "ListTargetsByRule TagResource UntagResource ListTagsForResource",
            f"arn:aws:events:{region}:{ACCOUNT}:rule/{NAMES}",
        ),
        allow(
            "chatbot:UpdateSlackChannelConfiguration DeleteSlackChannelConfiguration "
            "UpdateMicrosoftTeamsChannelConfiguration DeleteMicrosoftTeamsChannelConfiguration",
            f"arn:aws:chatbot::{ACCOUNT}:chat-configuration/*/{NAMES}",
        ),
        # The reference gives these chatbot actions no resource.
        allow(
            "chatbot:CreateSlackChannelConfiguration DescribeSlackChannelConfigurations "
            "CreateMicrosoftTeamsChannelConfiguration GetMicrosoftTeamsChannelConfiguration "
            "ListMicrosoftTeamsChannelConfigurations TagResource UntagResource ListTagsForResource",
            "*",
        ),
    ]


def _compute(region: str) -> list[Statement]:
    groups = f"arn:aws:logs:{region}:{ACCOUNT}:log-group:{NAMES}"
    return [
        allow(
            "lambda:CreateFunction GetFunction GetFunctionConfiguration GetFunctionCodeSigningConfig "
            "UpdateFunctionCode UpdateFunctionConfiguration DeleteFunction ListVersionsByFunction TagResource "
            "UntagResource ListTags AddPermission RemovePermission GetPolicy PutFunctionEventInvokeConfig "
            "UpdateFunctionEventInvokeConfig GetFunctionEventInvokeConfig DeleteFunctionEventInvokeConfig "
            "PutFunctionConcurrency GetFunctionConcurrency DeleteFunctionConcurrency",
            f"arn:aws:lambda:{region}:{ACCOUNT}:function:{NAMES}",
        ),
        allow(
            "logs:CreateLogGroup DeleteLogGroup PutRetentionPolicy DeleteRetentionPolicy TagResource UntagResource "
            "ListTagsForResource AssociateKmsKey DisassociateKmsKey",
            groups,
            f"{groups}:*",
        ),
        # The reference gives logs:DescribeLogGroups no resource.
        allow("logs:DescribeLogGroups", "*"),
        allow(
            "cloudwatch:PutMetricAlarm DescribeAlarms DeleteAlarms TagResource UntagResource ListTagsForResource "
            "EnableAlarmActions DisableAlarmActions",
            f"arn:aws:cloudwatch:{region}:{ACCOUNT}:alarm:{NAMES}",
        ),
    ]


def _machine_learning(region: str) -> list[Statement]:
    sagemaker = f"arn:aws:sagemaker:{region}:{ACCOUNT}"
    return [
        allow(
            "sagemaker:CreateModelPackageGroup DescribeModelPackageGroup DeleteModelPackageGroup AddTags ListTags "
            "DeleteTags GetModelPackageGroupPolicy PutModelPackageGroupPolicy DeleteModelPackageGroupPolicy",
            f"{sagemaker}:model-package-group/{NAMES}",
        ),
        allow("sagemaker:ListModelPackages DeleteModelPackage", f"{sagemaker}:model-package/{NAMES}"),
        # The pipeline itself is upserted by the same principal.
        allow(
            "sagemaker:CreatePipeline UpdatePipeline DescribePipeline DeletePipeline AddTags ListTags DeleteTags",
            f"{sagemaker}:pipeline/{NAMES}",
        ),
    ]
