"""The one table of what a stack manages: services, resources, and the actions that read and manage them.

The policies of the delivery jobs, the permissions boundary and the policies of a person who deploys are all rendered
from it. A new resource type of the program is a new entry here, or further actions of one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from contract.arns import Arn, any_case, either_case
from contract.names import (
    BUCKETS,
    BUILD_LOGS,
    CHAT_ROLE,
    CRAWLER_LOGS,
    CRAWLER_ROLE,
    EXECUTION_ROLE,
    LAKE_FORMATION_ROLE,
    LAMBDA_LOGS,
    NOTIFIER_ROLE,
    QUICKSIGHT_ROLE,
    DeliveryNames,
    Deployment,
    KpiNames,
)
from permissions.statements import Conditions, Statement, allow

ANY: Final = ("*",)
"""The resource of actions to which the service authorization reference gives none."""

PASSED_ROLES: Final[Mapping[str, str]] = {
    CHAT_ROLE: "chatbot.amazonaws.com",
    CRAWLER_ROLE: "glue.amazonaws.com",
    EXECUTION_ROLE: "sagemaker.amazonaws.com",
    LAKE_FORMATION_ROLE: "lakeformation.amazonaws.com",
    NOTIFIER_ROLE: "lambda.amazonaws.com",
    QUICKSIGHT_ROLE: "quicksight.amazonaws.com",
}
"""The service that each role of the stack is passed to, by the role's short name; without the delivery pipeline's."""


@dataclass(frozen=True, kw_only=True)
class Managed:
    """One kind of resource: `reads` and `manages` are actions of the service, separated by spaces.

    `resources` are ARN patterns, or ANY. `conditions` apply to managing, `read_conditions` to reading; what has some,
    the permissions boundary allows under conditions of its own. `boundary` is what it names instead, where patterns
    keep it within its size: of ARNs, or of actions on ANY, which a test expands.
    """

    sid: str
    service: str
    resources: Sequence[str]
    reads: str = ""
    manages: str = ""
    conditions: Conditions | None = None
    read_conditions: Conditions | None = None
    boundary: Sequence[str] = ()

    @property
    def read_actions(self) -> list[str]:
        """The actions that read, with the service."""
        return [f"{self.service}:{action}" for action in self.reads.split()]

    @property
    def manage_actions(self) -> list[str]:
        """The actions that create, change and delete, with the service."""
        return [f"{self.service}:{action}" for action in self.manages.split()]


def read_statements(entries: Iterable[Managed]) -> list[Statement]:
    """Return statements that read all of these resources."""
    return [
        allow(f"Read{entry.sid}", entry.read_actions, entry.resources, entry.read_conditions)
        for entry in entries
        if entry.reads
    ]


def manage_statements(entries: Iterable[Managed]) -> list[Statement]:
    """Return statements that create, change and delete all of these resources."""
    return [
        allow(f"Manage{entry.sid}", entry.manage_actions, entry.resources, entry.conditions)
        for entry in entries
        if entry.manages
    ]


def pass_statements(deployment: Deployment, passed_roles: Mapping[str, str]) -> list[Statement]:
    """Return iam:PassRole of each role, by its short name, to its one service."""
    roles_of_service: dict[str, list[str]] = {}
    for short_name, service in passed_roles.items():
        roles_of_service.setdefault(service, []).append(deployment.role_arn(short_name))
    return [
        allow(
            f"PassTo{service.partition('.')[0].capitalize()}",
            ["iam:PassRole"],
            roles,
            {"StringEquals": {"iam:PassedToService": service}},
        )
        for service, roles in roles_of_service.items()
    ]


# What pulumi-aws asks of a bucket at every refresh, whether the program sets it or not.
_BUCKET_READS: Final = (
    "ListBucket ListBucketVersions GetAccelerateConfiguration GetBucketAcl GetBucketCORS GetBucketLocation "
    "GetBucketLogging GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPolicy "
    "GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite "
    "GetEncryptionConfiguration GetLifecycleConfiguration GetReplicationConfiguration ListTagsForResource"
)


def storage(deployment: Deployment) -> list[Managed]:
    """Return buckets, keys and tables. Existing buckets that the configuration names are not managed."""
    prefix = deployment.prefix
    buckets = [deployment.bucket_arn(deployment.bucket_name(short_name)) for short_name in BUCKETS]
    # One pattern for artifacts and access logs: the boundary is at its limit. The state's bucket has neither.
    buckets_in_boundary = [deployment.bucket_arn(f"{prefix}-{names}") for names in ("a*", "data-*")]
    tags = {"project": deployment.project, "environment": deployment.environment}
    of_stack: Conditions = {"StringEquals": {f"aws:ResourceTag/{key}": value for key, value in tags.items()}}
    return [
        Managed(
            sid="Buckets",
            service="s3",
            resources=buckets,
            reads=_BUCKET_READS,
            manages="CreateBucket DeleteBucket DeleteBucketPolicy PutBucketLogging PutBucketOwnershipControls "
            "PutBucketPolicy PutBucketPublicAccessBlock PutBucketTagging PutBucketVersioning "
            # pulumi-aws tags a bucket like any resource first, and else by PutBucketTagging, which not every partition
            # takes (hashicorp/terraform-provider-aws, issues 45251 and 45784).
            "PutEncryptionConfiguration PutLifecycleConfiguration TagResource UntagResource",
            boundary=buckets_in_boundary,
        ),
        # A bucket is emptied before it is removed, where removal protection is off.
        Managed(
            sid="Objects",
            service="s3",
            resources=[f"{bucket}/*" for bucket in buckets],
            manages="DeleteObject DeleteObjectVersion",
            boundary=buckets_in_boundary,
        ),
        # A key has no name, only a generated id: listing aliases and creating a key take no resource. The tags that a
        # key is created with tell the stack's own from others'.
        Managed(sid="AnyAlias", service="kms", resources=ANY, reads="ListAliases"),
        Managed(
            sid="NewKey",
            service="kms",
            resources=ANY,
            manages="CreateKey",
            conditions={"StringEquals": {f"aws:RequestTag/{key}": value for key, value in tags.items()}},
        ),
        # "To add tags while creating a KMS key, the principal must have permission in an IAM policy that isn't
        # restricted to particular KMS keys" ("Controlling access to tags", KMS Developer Guide). A new key has neither
        # tags nor an alias: without these conditions any key could be made one of the stack's by its tags.
        Managed(
            sid="NewKeyTags",
            service="kms",
            resources=[deployment.arn("kms", "key/*")],
            manages="TagResource",
            conditions={
                "StringEquals": {f"aws:RequestTag/{key}": value for key, value in tags.items()},
                "Null": {"aws:ResourceTag/project": "true", "kms:ResourceAliases": "true"},
            },
        ),
        # Lambda asks who sets a function's key for Encrypt, and who reads its variables for Decrypt ("Securing
        # environment variables", Lambda Developer Guide), DynamoDB who creates a table with one for Encrypt, ReEncrypt*
        # and RevokeGrant, too ("AWS KMS keys in DynamoDB", and the handlers of AWS::DynamoDB::Table).
        Managed(
            sid="Keys",
            service="kms",
            resources=[deployment.arn("kms", "key/*")],
            reads="DescribeKey GetKeyPolicy GetKeyRotationStatus ListGrants ListResourceTags",
            manages="CancelKeyDeletion CreateAlias CreateGrant Decrypt DeleteAlias DisableKey DisableKeyRotation "
            "EnableKey EnableKeyRotation Encrypt PutKeyPolicy ReEncryptFrom ReEncryptTo RevokeGrant "
            "ScheduleKeyDeletion TagResource UntagResource UpdateAlias UpdateKeyDescription",
            conditions=of_stack,
            # Without, any key's policy of the account could be read.
            read_conditions=of_stack,
        ),
        Managed(
            sid="Aliases",
            service="kms",
            resources=[deployment.arn("kms", f"alias/{prefix}")],
            manages="CreateAlias DeleteAlias UpdateAlias",
        ),
        Managed(
            sid="Tables",
            service="dynamodb",
            resources=[deployment.arn("dynamodb", f"table/{prefix}-*")],
            reads="DescribeContinuousBackups DescribeTable DescribeTimeToLive ListTagsOfResource",
            manages="CreateTable DeleteTable TagResource UntagResource UpdateContinuousBackups UpdateTable "
            "UpdateTimeToLive",
        ),
    ]


def messaging(deployment: Deployment) -> list[Managed]:
    """Return topics, queues, rules, chat channels, functions and alarms."""
    prefix = deployment.prefix
    return [
        Managed(
            sid="Topics",
            service="sns",
            resources=[deployment.arn("sns", f"{prefix}-*")],
            reads="GetDataProtectionPolicy GetTopicAttributes ListSubscriptionsByTopic ListTagsForResource",
            manages="CreateTopic DeleteTopic SetTopicAttributes Subscribe TagResource UntagResource",
        ),
        # A subscription is no resource of these actions in the service authorization reference.
        Managed(
            sid="Subscriptions",
            service="sns",
            resources=ANY,
            reads="GetSubscriptionAttributes",
            manages="SetSubscriptionAttributes Unsubscribe",
            boundary=["*etSubscription*", "Unsubscribe"],
        ),
        Managed(
            sid="Queues",
            service="sqs",
            resources=[deployment.arn("sqs", f"{prefix}-*")],
            reads="GetQueueAttributes GetQueueUrl ListQueueTags",
            manages="CreateQueue DeleteQueue SetQueueAttributes TagQueue UntagQueue",
        ),
        rules(deployment),
        Managed(
            sid="Channels",
            service="chatbot",
            resources=[deployment.global_arn("chatbot", f"chat-configuration/*/{prefix}-*")],
            manages="DeleteMicrosoftTeamsChannelConfiguration DeleteSlackChannelConfiguration "
            "UpdateMicrosoftTeamsChannelConfiguration UpdateSlackChannelConfiguration",
            boundary=[deployment.global_arn("chatbot", f"chat*/{prefix}-*")],
        ),
        # The service authorization reference gives these actions no resource.
        Managed(
            sid="AnyChannel",
            service="chatbot",
            resources=ANY,
            reads="DescribeSlackChannelConfigurations GetMicrosoftTeamsChannelConfiguration "
            "ListMicrosoftTeamsChannelConfigurations ListTagsForResource",
            manages="CreateMicrosoftTeamsChannelConfiguration CreateSlackChannelConfiguration TagResource "
            "UntagResource",
            boundary=[
                "*Tag*",
                "Create*Chan*",
                "*lConfigurations",
                "GetMicrosoftTeamsC*",
            ],
        ),
        Managed(
            sid="Functions",
            service="lambda",
            resources=[deployment.arn("lambda", f"function:{prefix}-*")],
            reads="GetFunction GetFunctionCodeSigningConfig GetFunctionConcurrency GetFunctionConfiguration "
            "GetFunctionEventInvokeConfig GetPolicy ListTags ListVersionsByFunction",
            manages="AddPermission CreateFunction DeleteFunction DeleteFunctionConcurrency "
            "DeleteFunctionEventInvokeConfig PutFunctionConcurrency PutFunctionEventInvokeConfig RemovePermission "
            "TagResource UntagResource UpdateFunctionCode UpdateFunctionConfiguration UpdateFunctionEventInvokeConfig",
        ),
        Managed(
            sid="Alarms",
            service="cloudwatch",
            resources=[deployment.arn("cloudwatch", f"alarm:{prefix}-*")],
            reads="DescribeAlarms ListTagsForResource",
            manages="DeleteAlarms DisableAlarmActions EnableAlarmActions PutMetricAlarm TagResource UntagResource",
        ),
    ]


def rules(deployment: Deployment, short_names: str = "") -> Managed:
    """Return EventBridge rules and their targets: all, or those whose short name begins with `short_names`."""
    return Managed(
        sid="Rules",
        service="events",
        resources=[deployment.arn("events", f"rule/{deployment.prefix}-{short_names}*")],
        reads="DescribeRule ListTagsForResource ListTargetsByRule",
        manages="DeleteRule DisableRule EnableRule PutRule PutTargets RemoveTargets TagResource UntagResource",
    )


def analytics(deployment: Deployment, model_package_group: str) -> list[Managed]:
    """Return the model package group, and the catalog, workgroup and dashboard of the KPIs."""
    names, prefix = KpiNames(deployment), deployment.prefix
    # Deleting a database is authorized on everything that it may contain.
    catalog = ("catalog", f"database/{names.database}", f"table/{names.database}/*")
    functions = f"userDefinedFunction/{names.database}/*"
    # Names in the catalog have underscores instead of hyphens.
    in_boundary = deployment.arn("glue", f"*/{prefix.replace('-', '_')}_*")
    return [
        Managed(
            sid="ModelPackageGroup",
            service="sagemaker",
            resources=either_case(deployment.arn("sagemaker", f"model-package-group/{model_package_group}")),
            reads="DescribeModelPackageGroup GetModelPackageGroupPolicy ListTags",
            manages="AddTags CreateModelPackageGroup DeleteModelPackageGroup DeleteModelPackageGroupPolicy DeleteTags "
            "PutModelPackageGroupPolicy",
            boundary=[any_case(deployment.arn("sagemaker", f"model-package-group/{model_package_group}"))],
        ),
        # pulumi-aws-native works through Cloud Control API, whose actions have no resource; what that then does in the
        # service is authorized against the caller again, by the other entries.
        Managed(
            sid="NativeResources",
            service="cloudformation",
            resources=ANY,
            reads="GetResource GetResourceRequestStatus",
            manages="CancelResourceRequest CreateResource DeleteResource UpdateResource",
            boundary=["*teResource", "CancelR*", "GetResource*"],
        ),
        Managed(
            sid="Catalog",
            service="glue",
            resources=[deployment.arn("glue", path) for path in (*catalog, functions)],
            reads="GetDatabase GetPartitionIndexes GetTable GetTables GetTags",
            manages="CreateDatabase CreateTable DeleteDatabase DeleteTable TagResource UntagResource UpdateDatabase "
            "UpdateTable",
            boundary=[in_boundary],
        ),
        Managed(
            sid="Crawlers",
            service="glue",
            resources=[deployment.arn("glue", f"crawler/{prefix}-*")],
            reads="GetCrawler GetTags",
            manages="DeleteCrawler StopCrawler TagResource UntagResource UpdateCrawler",
        ),
        # The service authorization reference gives these no resource, not even the crawler that is created.
        Managed(
            sid="AnyCrawler",
            service="glue",
            resources=ANY,
            reads="GetClassifier GetSecurityConfiguration",
            manages="CreateClassifier CreateCrawler CreateSecurityConfiguration DeleteClassifier "
            "DeleteSecurityConfiguration UpdateClassifier",
            boundary=["*Classifier", "*yConfiguration", "CreateCrawler"],
        ),
        Managed(
            sid="Workgroups",
            service="athena",
            resources=[deployment.arn("athena", f"workgroup/{prefix}-*")],
            reads="GetNamedQuery GetWorkGroup ListTagsForResource",
            manages="CreateNamedQuery CreateWorkGroup DeleteNamedQuery DeleteWorkGroup TagResource UntagResource "
            "UpdateNamedQuery UpdateWorkGroup",
        ),
        Managed(
            sid="Dashboards",
            service="quicksight",
            resources=[
                deployment.arn("quicksight", f"datasource/{prefix}-*"),
                deployment.arn("quicksight", f"dataset/{prefix}-*"),
                deployment.arn("quicksight", f"dataset/{prefix}-*/refresh-schedule/*"),
                deployment.arn("quicksight", f"dashboard/{prefix}-*"),
            ],
            reads="DescribeDashboard DescribeDashboardPermissions DescribeDataSet DescribeDataSetPermissions "
            "DescribeDataSetRefreshProperties DescribeDataSource DescribeDataSourcePermissions DescribeRefreshSchedule "
            "ListDashboardVersions ListTagsForResource",
            # The handlers of AWS::QuickSight::Dashboard and ::DataSet look for folders, also where there is none
            # ("handlers" of their resource schemas). Adding to one would take the folder's ARN as well.
            manages="CreateDashboard CreateDataSet CreateRefreshSchedule DeleteDashboard DeleteDataSet "
            "DeleteDataSetRefreshProperties DeleteDataSource DeleteRefreshSchedule ListFoldersForResource PassDataSet "
            "PassDataSource PutDataSetRefreshProperties TagResource UntagResource UpdateDashboard UpdateDashboardLinks "
            "UpdateDashboardPermissions UpdateDashboardPublishedVersion UpdateDataSet "
            "UpdateDataSetPermissions UpdateDataSource UpdateDataSourcePermissions UpdateRefreshSchedule",
            boundary=[
                deployment.arn("quicksight", f"{kind}/{prefix}-*") for kind in ("dashboard", "dataset", "datasource")
            ],
        ),
        # The service authorization reference gives this action no resource.
        Managed(
            sid="AnyDataSource",
            service="quicksight",
            resources=ANY,
            manages="CreateDataSource",
            boundary=["CreateDataSo*"],
        ),
        # Lake Formation's actions have no resources; its own grants say what their caller may grant.
        Managed(
            sid="Grants",
            service="lakeformation",
            resources=ANY,
            reads="DescribeResource GetDataLakeSettings ListPermissions",
            manages="DeregisterResource GrantPermissions RegisterResource RevokePermissions UpdateResource",
            boundary=["*Permissions", "*eResource", "*rResource", "GetDataLakeS*"],
        ),
    ]


def delivery(deployment: Deployment, jobs: Sequence[str] = ANY, connection_arn: str | None = None) -> list[Managed]:
    """Return the delivery pipeline, the projects of these jobs, and the connection to GitHub where there is one."""
    names = DeliveryNames(deployment)
    entries = [
        Managed(
            sid="Pipeline",
            service="codepipeline",
            resources=[names.pipeline_arn],
            reads="GetPipeline GetPipelineState ListTagsForResource",
            manages="CreatePipeline DeletePipeline TagResource UntagResource UpdatePipeline",
            boundary=[deployment.arn("codepipeline", f"{deployment.prefix}-*")],
        ),
        Managed(
            sid="Projects",
            service="codebuild",
            resources=[names.project_arn(job) for job in jobs],
            reads="BatchGetProjects",
            manages="CreateProject DeleteProject UpdateProject",
            # With their builds and report groups.
            boundary=[deployment.arn("codebuild", f"*/{deployment.prefix}-*")],
        ),
    ]
    if connection_arn is not None:
        service = Arn.parse(connection_arn).service
        # The pipeline and its projects are given the connection, which is created by hand.
        entries.append(Managed(sid="Connection", service=service, resources=[connection_arn], manages="PassConnection"))
    return entries


LOG_FOLDERS: Final = (LAMBDA_LOGS, BUILD_LOGS, CRAWLER_LOGS)
"""Where the stack's log groups are: `{folder}/{prefix}-...`."""


def logs(deployment: Deployment, folders: Sequence[str] = LOG_FOLDERS) -> list[Managed]:
    """Return the log groups of these folders."""
    groups = [deployment.arn("logs", f"log-group:{folder}/{deployment.prefix}-*") for folder in folders]
    return [
        Managed(
            sid="LogGroups",
            service="logs",
            resources=[arn for group in groups for arn in (group, f"{group}:*")],
            reads="ListTagsForResource",
            manages="AssociateKmsKey CreateLogGroup DeleteLogGroup DeleteRetentionPolicy DisassociateKmsKey "
            "PutRetentionPolicy TagResource UntagResource",
            boundary=[deployment.arn("logs", f"log-group:/aws*/{deployment.prefix}-*")],
        ),
        # The service authorization reference gives logs:DescribeLogGroups no resource below the account's.
        Managed(
            sid="AnyLogGroup", service="logs", resources=ANY, reads="DescribeLogGroups", boundary=["DescribeLogG*"]
        ),
    ]


def identity(deployment: Deployment, roles: Sequence[str] = ANY) -> list[Managed]:
    """Return the roles of these short names, each only within the boundary, and the delivery pipeline's policies.

    The boundary has statements of its own for them.
    """
    role_arns = [deployment.global_arn("iam", f"role/{deployment.prefix}-{short_name}") for short_name in roles]
    policies = deployment.global_arn("iam", f"policy/{deployment.prefix}-delivery-*")
    bounded = {"iam:PermissionsBoundary": deployment.boundary_arn}
    return [
        Managed(
            sid="RolesWithinBoundary",
            service="iam",
            resources=role_arns,
            reads="GetRole GetRolePolicy ListAttachedRolePolicies ListInstanceProfilesForRole ListRolePolicies "
            "ListRoleTags",
            manages="CreateRole DeleteRolePolicy PutRolePermissionsBoundary PutRolePolicy",
            conditions={"StringEquals": bounded},
        ),
        Managed(
            sid="Attachments",
            service="iam",
            resources=role_arns,
            manages="AttachRolePolicy DetachRolePolicy",
            conditions={"StringEquals": bounded, "ArnLike": {"iam:PolicyARN": policies}},
        ),
        # What makes a role no more powerful; IAM has no condition on the boundary for these.
        Managed(
            sid="Roles",
            service="iam",
            resources=role_arns,
            manages="DeleteRole TagRole UntagRole UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription",
        ),
        Managed(
            sid="Policies",
            service="iam",
            resources=[policies],
            reads="GetPolicy GetPolicyVersion ListEntitiesForPolicy ListPolicyTags ListPolicyVersions",
            manages="CreatePolicy CreatePolicyVersion DeletePolicy DeletePolicyVersion SetDefaultPolicyVersion "
            "TagPolicy UntagPolicy",
        ),
    ]
