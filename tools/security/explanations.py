"""Why `make security` leaves findings alone. It fails where one has no explanation, and where one is of no finding."""

from collections.abc import Mapping
from typing import Final

from policy.identity import ON_ANY_RESOURCE
from tools.security.claims import (
    BY_ALIAS_OF_STATE,
    BY_FIRST_TAGS,
    BY_SERVICES,
    BY_TAGS,
    PASSED_TO_ONE_SERVICE,
    READS_OBJECTS,
    THROUGH_A_SERVICE,
    WITHIN_BOUNDARY,
    Claim,
    either,
    every,
    from_this_account,
    lets_in,
    on,
    only,
    requires,
    writes_objects,
)
from tools.security.findings import Explanation

_ACCESS_LOGS: Final = ("access-logs-bucket",)
_BUCKETS: Final = ("artifacts-bucket", "data-bucket", *_ACCESS_LOGS)
_FUNCTION: Final = ("notifications-notifier-function",)
_TRUSTS: Final = ("delivery-*-role", "execution-role", "kpis-crawler-role", "notifications-chat-role")
_READ_STATE: Final = (
    "delivery-drift-policy",
    "delivery-preview-policy",
    "delivery-pull-request-policy",
    "delivery-verify-policy",
)
_WRITE_STATE: Final = ("delivery-deploy-policy", "delivery-self-update-policy")
_WITH_STATE: Final = (*_READ_STATE, *_WRITE_STATE)
_RULES_OF_WILDCARDS: Final = ("AwsSolutions-IAM5",)

# What an ARN of this account and region, or of a service without regions, begins with.
_ACCOUNT: Final = r"Resource::arn:aws:[a-z]+:(\{region\})?:\{account\}:"
_BUCKET: Final = r"Resource::arn:aws:s3:::\{prefix\}-(access-logs|artifacts|data)-\{account\}-\{region\}/"
# An artifact's folder, or one of the use case's: never all that a bucket has.
_OBJECTS: Final = (
    r"Resource::arn:aws:s3:::\{prefix\}-"
    r"(artifacts-\{account\}-\{region\}/[^*/]+(\*?/[A-Za-z-]+)?/\*(\.json)?"
    r"|data-\{account\}-\{region\}/use-case=[^*/]+/[a-z-]+/\*)"
)


_READS: Final = only(
    "athena:GetNamedQuery",
    "athena:GetWorkGroup",
    "athena:ListTagsForResource",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:ListTagsForResource",
    "dynamodb:Describe*",
    "dynamodb:ListTagsOfResource",
    "events:Describe*",
    "events:List*",
    "glue:BatchGetPartition",
    "glue:Get*",
    "iam:Get*",
    "iam:List*",
    "kms:DescribeKey",
    "kms:GetKey*",
    "kms:List*",
    "lambda:Get*",
    "lambda:List*",
    "logs:ListTagsForResource",
    "quicksight:Describe*",
    "quicksight:List*",
    "sns:Get*",
    "sns:List*",
    "sqs:GetQueue*",
    "sqs:ListQueueTags",
)
_MANAGES_RULES: Final = (
    "events:DeleteRule",
    "events:DisableRule",
    "events:EnableRule",
    "events:PutRule",
    "events:PutTargets",
    "events:RemoveTargets",
    "events:TagResource",
    "events:UntagResource",
)
_MANAGES_LOG_GROUPS: Final = only(
    "logs:AssociateKmsKey",
    "logs:CreateLogGroup",
    "logs:DeleteLogGroup",
    "logs:DeleteRetentionPolicy",
    "logs:DisassociateKmsKey",
    "logs:PutRetentionPolicy",
    "logs:TagResource",
    "logs:UntagResource",
)
_WRITES_LOGS: Final = only("logs:CreateLogStream", "logs:PutLogEvents")
_OF_THE_STACK: Final[Mapping[str, Claim]] = {
    "delivery-manage-analytics": only(
        "athena:CreateNamedQuery",
        "athena:DeleteNamedQuery",
        "athena:UpdateNamedQuery",
        "athena:*WorkGroup",
        "glue:CreateDatabase",
        "glue:CreateTable",
        "glue:DeleteCrawler",
        "glue:DeleteDatabase",
        "glue:DeleteTable",
        "glue:StopCrawler",
        "glue:UpdateCrawler",
        "glue:UpdateDatabase",
        "glue:UpdateTable",
        "quicksight:Create*",
        "quicksight:Delete*",
        "quicksight:ListFoldersForResource",
        "quicksight:PassDataSet",
        "quicksight:PassDataSource",
        "quicksight:PutDataSetRefreshProperties",
        "quicksight:Update*",
        "*:TagResource",
        "*:UntagResource",
    ),
    "delivery-manage-identity": WITHIN_BOUNDARY,
    "delivery-manage-messaging": only(
        "cloudwatch:DeleteAlarms",
        "cloudwatch:DisableAlarmActions",
        "cloudwatch:EnableAlarmActions",
        "cloudwatch:PutMetricAlarm",
        *_MANAGES_RULES,
        "lambda:AddPermission",
        "lambda:CreateFunction",
        "lambda:DeleteFunction*",
        "lambda:PutFunction*",
        "lambda:RemovePermission",
        "lambda:UpdateFunction*",
        "sns:CreateTopic",
        "sns:DeleteTopic",
        "sns:SetTopicAttributes",
        "sns:Subscribe",
        "sqs:CreateQueue",
        "sqs:DeleteQueue",
        "sqs:SetQueueAttributes",
        "sqs:TagQueue",
        "sqs:UntagQueue",
        "*:TagResource",
        "*:UntagResource",
    ),
    "delivery-manage-storage": only(
        "dynamodb:CreateTable",
        "dynamodb:DeleteTable",
        "dynamodb:TagResource",
        "dynamodb:UntagResource",
        "dynamodb:UpdateContinuousBackups",
        "dynamodb:UpdateTable",
        "dynamodb:UpdateTimeToLive",
    ),
    "delivery-read-*": _READS,
    "delivery-self-update-policy": either(_READS, only(*_MANAGES_RULES)),
    "delivery-update-roles": either(_READS, WITHIN_BOUNDARY),
    "delivery-verify-policy": only("iam:SimulatePrincipalPolicy"),
    "kpis-crawler-policy": either(
        _READS,
        only(
            "glue:BatchCreatePartition",
            "glue:BatchUpdatePartition",
            "glue:CreatePartition",
            "glue:CreateTable",
            "glue:UpdatePartition",
            "glue:UpdateTable",
        ),
    ),
    "kpis-quicksight-*policy": _READS,
    "notifications-notifier-policy": only("glue:GetPartitions", "glue:GetTables"),
}
"""What policies may do with the stack's resources by their names: manage, read, or what they are for."""

_RESULTS: Final = r"athena-results/\*"
_WRITES: Final[Mapping[str, Claim]] = {
    "delivery-delivery-policy": writes_objects(r"Source/\*", r"Preview/\*"),
    "delivery-preview-policy": writes_objects(r"Preview/\*"),
    "delivery-self-update-policy": writes_objects(r"self-updates/\*", r"restarted/\*\.json"),
    "delivery-upsert-policy": writes_objects(r"\{(pipeline|prefix)\}/code/\*", r"\{(pipeline|prefix)\}/definitions/\*"),
    "delivery-verify-policy": writes_objects(_RESULTS),
    "execution-policy": writes_objects(
        r"\{(pipeline|prefix)\}/executions/\*", r"\{(pipeline|prefix)\}/models/\*", r"kpi/\*"
    ),
    "kpis-quicksight-*policy": writes_objects(_RESULTS),
    "notifications-notifier-policy": writes_objects(r"previews/\*", r"registry-events/\*"),
}
"""In which folders policies may write objects."""

_ALIASES: Final = "KMS has this condition key (Use aliases to control access to KMS keys); parliament's list lacks it."

_CHECKOV: Final = (
    Explanation(
        rules=("CKV_AWS_18",),
        resources=_ACCESS_LOGS,
        reason="The bucket keeps the access logs of the others. Logs of its own would be requests to log in turn "
        "(Logging requests with server access logging).",
    ),
    Explanation(
        rules=("CKV_AWS_145",),
        resources=_ACCESS_LOGS,
        reason="S3 delivers access logs to buckets with SSE-S3 only (Enabling Amazon S3 server access logging).",
    ),
    Explanation(
        rules=("CKV2_AWS_62",),
        resources=_BUCKETS,
        reason="Nothing reacts to objects: the notifier is told of model versions, executions and deployments by "
        "EventBridge, by the service that made them. A notification without a consumer protects nothing.",
    ),
    Explanation(
        rules=("CKV_AWS_144",),
        resources=_BUCKETS,
        reason="An environment is one account and region. Objects are versioned, and old versions stay 90 days; input "
        "data comes from elsewhere, and the rest can be made again. Replication to another region would also copy data "
        "where a team has not said that it may lie.",
    ),
    Explanation(
        rules=("CKV_AWS_115",),
        resources=_FUNCTION,
        not_in=("prod",),
        reason="How many executions are reserved is a setting, notifications.reservedConcurrency; prod reserves 10. "
        "Lambda leaves 100 of an account unreserved, so a new account, which may have 10, has none to reserve "
        "(Configuring reserved concurrency for a function).",
    ),
    Explanation(
        rules=("CKV_AWS_116",),
        resources=_FUNCTION,
        reason="What fails goes to the on-failure destination, a queue with an alarm. AWS prefers destinations to a "
        "dead-letter queue of the function, which gets no response and no error (Capturing records of Lambda "
        "asynchronous invocations). The rule looks for the latter only.",
    ),
    Explanation(
        rules=("CKV_AWS_117",),
        resources=_FUNCTION,
        reason="The function calls AWS's public endpoints over TLS and listens to nothing. In a VPC it would take an "
        "interface endpoint for each service that it calls, or a NAT gateway, which opens the way to the whole "
        "internet (Giving Lambda functions access to resources in an Amazon VPC). What it may do, its role and the "
        "boundary say.",
    ),
    Explanation(
        rules=("CKV_AWS_272",),
        resources=_FUNCTION,
        reason="The package is built by the deployment itself, from the approved commit and wheels with hashes. "
        "Whoever could change it there could also have it signed: a signature would prove nothing that the approval "
        "doesn't.",
    ),
    Explanation(
        rules=("CKV_AWS_338",),
        resources=("*-logs",),
        not_in=("prod",),
        reason="How long logs are kept is a setting, operations.logRetentionDays; prod keeps them a year. The policy "
        "pack's rule log-retention refuses a log group that keeps them for ever.",
    ),
    Explanation(
        rules=("CKV_AWS_355",),
        resources=("notifications-notifier-policy",),
        reason="sagemaker:ListModelPackages: model packages are an optional resource of this action, and a call that "
        "names a group is evaluated on *. It lists names.",
    ),
)

_CDK_NAG: Final = (
    Explanation(
        rules=("AwsSolutions-L1",),
        resources=_FUNCTION,
        reason="The newest runtime whose dates of support AWS has published: `make runtimes` records them from "
        "cfn-lint, and a test compares. aws-cdk-lib already knows a newer one, without dates.",
    ),
    Explanation(
        rules=("AwsSolutions-SQS3",),
        resources=("notifications-failed", "notifications-undelivered"),
        reason="Both are dead-letter queues themselves: of the rules' targets, and the function's on-failure "
        "destination. The rule knows only those of other queues and of functions. Each has an alarm.",
    ),
    *(
        Explanation(
            rules=_RULES_OF_WILDCARDS,
            resources=(policy,),
            message=_ACCOUNT + r"([A-Za-z-]+[:/])?(\{prefix\}-|\{database prefix\}_kpis/)[^:]*",
            claim=claim,
            reason="Resources of the stack, whose names all begin with its prefix: before that no wildcard stands. The "
            "bootstrap refuses a prefix that begins or continues another's, and the boundary names the same patterns. "
            "_OF_THE_STACK says which actions are the policy's task.",
        )
        for policy, claim in _OF_THE_STACK.items()
    ),
    *(
        Explanation(
            rules=_RULES_OF_WILDCARDS,
            resources=resources,
            message=_ACCOUNT + r"log-group:/(aws/codebuild|aws/lambda|aws-glue/crawlers-role)/\{prefix\}-[^:]*(:\*)?",
            claim=claim,
            reason="Log groups of the stack, whose names all begin with its prefix. An ARN of a group ends with :* "
            "where its streams are meant (Actions, resources, and condition keys for Amazon CloudWatch Logs). "
            "Delivery manages or reads the groups; whoever writes a log reads none.",
        )
        for resources, claim in (
            (("delivery-*-policy", "notifications-notifier-policy"), _WRITES_LOGS),
            (("delivery-manage-delivery", "delivery-self-update-policy"), either(_MANAGES_LOG_GROUPS, _READS)),
            (("delivery-read-2",), _READS),
            # The crawler brings its own group (Encrypting data written by crawlers).
            (
                ("kpis-crawler-policy",),
                only("logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"),
            ),
        )
    ),
    Explanation(
        rules=_RULES_OF_WILDCARDS,
        resources=("delivery-*-policy", "kpis-crawler-policy", "kpis-lake-formation-policy"),
        message=_OBJECTS,
        claim=READS_OBJECTS,
        reason="Objects below a folder of the stack's own buckets, which are only read. Their names have an "
        "execution's id or a date in them, which no policy can foresee.",
    ),
    *(
        Explanation(
            rules=_RULES_OF_WILDCARDS,
            resources=(policy,),
            message=_OBJECTS,
            claim=either(READS_OBJECTS, claim),
            reason="Objects below a folder of the stack's own buckets; _WRITES says in which ones a policy may write. "
            "Their names have an execution's id or a date in them, which no policy can foresee. CodePipeline cuts its "
            "folder's name to 20 characters.",
        )
        for policy, claim in _WRITES.items()
    ),
    *(
        Explanation(
            rules=_RULES_OF_WILDCARDS,
            resources=resources,
            message=r"Resource::arn:aws:s3:::\{prefix\}-state-\{account\}-\{region\}/\*",
            claim=only(*actions),
            reason="The environment's state, whose objects the engine names: state, history, locks. All but deploy and "
            "self-update only read.",
        )
        for resources, actions in (
            (_READ_STATE, ["s3:GetObject"]),
            (_WRITE_STATE, ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]),
        )
    ),
    Explanation(
        rules=_RULES_OF_WILDCARDS,
        resources=("delivery-manage-storage",),
        message=_BUCKET + r"\*",
        claim=only("s3:DeleteObject", "s3:DeleteObjectVersion"),
        reason="To destroy a stack without removalProtection is to empty its buckets first: deploy may delete objects, "
        "and read and write none.",
    ),
    Explanation(
        rules=_RULES_OF_WILDCARDS,
        resources=("execution-policy",),
        message=_ACCOUNT + r"model-package/\{(pipeline|prefix)\}-stable-models/\*",
        claim=either(
            only("sagemaker:AddTags", "sagemaker:DescribeModelPackage"),
            every(
                only("sagemaker:CreateModelPackage"),
                requires("sagemaker:ModelApprovalStatus", "PendingManualApproval|Rejected", suffix="IfExists"),
            ),
        ),
        reason="Versions of the one model package group, which SageMaker numbers. Jobs register and read them; they "
        "approve none.",
    ),
    Explanation(
        rules=_RULES_OF_WILDCARDS,
        resources=("notifications-notifier-policy",),
        message=_ACCOUNT
        + r"(model-package/\{(pipeline|prefix)\}-stable-models|pipeline/\{(pipeline|prefix)\}/execution)/\*",
        claim=only(
            "sagemaker:DescribeModelPackage",
            "sagemaker:DescribePipelineExecution",
            "sagemaker:ListPipelineExecutionSteps",
            "sagemaker:ListPipelineParametersForExecution",
        ),
        reason="Versions of the one model package group, and executions of the one ML pipeline: SageMaker numbers and "
        "names them, and the notifier reads them.",
    ),
    Explanation(
        rules=_RULES_OF_WILDCARDS,
        resources=("delivery-manage-messaging",),
        message=_ACCOUNT + r"chat-configuration/\*/\{prefix\}-\*",
        claim=only("chatbot:Delete*ChannelConfiguration", "chatbot:Update*ChannelConfiguration"),
        reason="Chat channels of the stack, of Slack and of Teams: the part before the name is which.",
    ),
    *(
        Explanation(
            rules=_RULES_OF_WILDCARDS,
            resources=resources,
            message=_ACCOUNT + r"key/\*",
            claim=claim,
            reason="Ids of keys are AWS's choice, so conditions say which are meant: the stack's tags, or the alias of "
            "the state's key. test_other_teams.py tries each role on another team's key.",
        )
        for resources, claim in (
            (_READ_STATE, every(only("kms:Decrypt"), BY_ALIAS_OF_STATE)),
            (
                _WRITE_STATE,
                every(only("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"), BY_ALIAS_OF_STATE),
            ),
            (("delivery-manage-storage",), either(BY_TAGS, BY_FIRST_TAGS)),
            (("delivery-read-1",), every(_READS, BY_TAGS)),
        )
    ),
    Explanation(
        rules=_RULES_OF_WILDCARDS,
        resources=("execution-policy",),
        message=_ACCOUNT
        + r"((processing-job|training-job)/pipelines-\*"
        + r"|log-group:/aws/sagemaker/(ProcessingJobs|TrainingJobs):(\*|log-stream:pipelines-\*))",
        claim=either(
            only("sagemaker:AddTags", *(f"sagemaker:{verb}*ingJob" for verb in ("Create", "Describe", "Stop"))),
            only("logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
        ),
        reason="SageMaker names the jobs of all ML pipelines pipelines-{execution id}-..., and their log groups are "
        "one for the account (Run a pipeline; Log groups and streams that Amazon SageMaker sends to CloudWatch Logs). "
        "docs/security.md says what that leaves to training code.",
    ),
    Explanation(
        rules=_RULES_OF_WILDCARDS,
        resources=(
            "delivery-manage-analytics",
            "delivery-manage-messaging",
            "delivery-manage-storage",
            "delivery-read-1",
            "delivery-read-2",
            "delivery-self-update-policy",
            "delivery-verify-policy",
            "execution-policy",
            "kpis-crawler-policy",
            "kpis-quicksight-policy",
            "kpis-quicksight-service-role-policy",
            "notifications-notifier-policy",
        ),
        message=r"Resource::\*",
        claim=only(*ON_ANY_RESOURCE),
        reason="Only for actions to which AWS gives no resource. The policy pack's rule "
        "resource-wildcards-have-reasons lists them with their reasons, and a test compares the list with the service "
        "authorization reference.",
    ),
)

_CLOUDSPLAINING: Final = (
    Explanation(
        rules=("CredentialsExposure",),
        resources=("execution-policy",),
        message="ecr:GetAuthorizationToken",
        reason="SageMaker pulls the images of its jobs with the role. The token opens only what the role may read, and "
        "the action has no resource.",
    ),
)

_ON_MESSAGING: Final = on(r"arn:aws:(lambda|sns|sqs):\{region\}:\{account\}:(function:)?\{prefix\}-\*")

_ON_QUICKSIGHTS_ROLE: Final = every(
    only("iam:DeleteRolePolicy", "iam:GetRolePolicy", "iam:PutRolePolicy"),
    on(r"arn:aws:iam::\{account\}:role/service-role/aws-quicksight-service-role-v0"),
)

_PARLIAMENT: Final = (
    Explanation(
        rules=("CREDENTIALS_EXPOSURE",),
        resources=_TRUSTS,
        message="sts:assumerole",
        claim=BY_SERVICES,
        reason="The trust of a role: assuming it is what it is for. Only AWS's services may, for resources of this "
        "account (aws:SourceAccount, aws:SourceArn).",
    ),
    Explanation(
        rules=("CREDENTIALS_EXPOSURE",),
        resources=("kpis-lake-formation-role", "notifications-notifier-role"),
        message="sts:assumerole",
        claim=lets_in("Service", r"(lakeformation|lambda)\.amazonaws\.com"),
        reason="The trust of a role in a service that documents no conditions for it: iam:PassRole decides who hands "
        "the role over, and deploy alone may pass it, to that service.",
    ),
    Explanation(
        rules=("CREDENTIALS_EXPOSURE",),
        resources=("kpis-quicksight-role",),
        message="sts:assumerole",
        claim=every(lets_in("Service", r"quicksight\.amazonaws\.com"), from_this_account("IfExists")),
        reason="The trust of a role in QuickSight, which documents no conditions for it: they are asked for where it "
        "sends them. iam:PassRole decides who hands the role over.",
    ),
    Explanation(
        rules=("CREDENTIALS_EXPOSURE",),
        resources=("delivery-approve-role",),
        message="sts:assumerole",
        claim=lets_in("AWS", r"\{approver\}"),
        reason="The trust in the roles that delivery.approval.approverRoles names: people assume it to approve.",
    ),
    Explanation(
        rules=("CREDENTIALS_EXPOSURE",),
        resources=("delivery-pull-request-role",),
        message="sts:assumerolewithwebidentity",
        claim=every(
            lets_in("Federated", r"arn:aws:iam::\{account\}:oidc-provider/token\.actions\.githubusercontent\.com"),
            requires("token.actions.githubusercontent.com:aud", r"sts\.amazonaws\.com"),
            requires("token.actions.githubusercontent.com:sub", r"repo:[^:*?]+:pull_request"),
        ),
        reason="The trust in one GitHub repository's pull requests, by audience and subject.",
    ),
    Explanation(
        rules=("UNKNOWN_FEDERATION_SOURCE", "UNKNOWN_CONDITION_FOR_ACTION"),
        resources=("delivery-pull-request-role",),
        message=r".*token\.actions\.githubusercontent\.com.*",
        reason="GitHub's provider and the conditions that AWS documents for it (Create a role for OpenID Connect "
        "federation); parliament's lists know the older providers only.",
    ),
    Explanation(
        rules=("CREDENTIALS_EXPOSURE",),
        resources=("execution-policy",),
        message="ecr:getauthorizationtoken",
        reason="SageMaker pulls the images of its jobs with the role. The token opens only what the role may read, and "
        "the action has no resource.",
    ),
    Explanation(
        rules=("PERMISSIONS_MANAGEMENT_ACTIONS",),
        resources=("delivery-manage-identity", "delivery-update-roles"),
        message="iam:(attach|create|delete|detach|pass|put|setdefault|update).*",
        claim=either(WITHIN_BOUNDARY, _ON_QUICKSIGHTS_ROLE),
        reason="Deploy and self-update create and change the stack's roles, which is their job: only names with the "
        "prefix, only with the boundary, each passed to its one service. Both run after the approval. Where the "
        "setting kpis.quicksight.patchServiceRole asks for it, deploy also keeps an inline policy of the account's "
        "QuickSight role, which isn't the stack's and has no boundary.",
    ),
    Explanation(
        rules=("PRIVILEGE_ESCALATION",),
        resources=("delivery-manage-identity", "delivery-update-roles"),
        message="iam:(createpolicyversion CreateNewPolicyVersion"
        "|setdefaultpolicyversion SetExistingDefaultPolicyVersion)",
        claim=WITHIN_BOUNDARY,
        reason="They can widen the stack's own policies, as far as the boundary, which they can neither change nor "
        "remove. test_other_teams.py gives each role everything and tries what it reaches.",
    ),
    Explanation(
        rules=("PRIVILEGE_ESCALATION",),
        resources=("delivery-manage-messaging",),
        message="lambda:updatefunctioncode EditExistingLambdaFunctionWithRole",
        claim=_ON_MESSAGING,
        reason="Deploy brings the notifier's new code; it may create the role of that function anyway.",
    ),
    Explanation(
        rules=("PERMISSIONS_MANAGEMENT_ACTIONS",),
        resources=("delivery-manage-messaging",),
        message="lambda:(add|remove)permission"
        "|sns:(createtopic|settopicattributes)"
        "|sqs:(createqueue|setqueueattributes)",
        claim=_ON_MESSAGING,
        reason="Deploy keeps function, topic and queues of the stack with their policies.",
    ),
    Explanation(
        rules=("PERMISSIONS_MANAGEMENT_ACTIONS",),
        resources=("delivery-manage-storage",),
        message="kms:(creategrant|createkey|putkeypolicy|revokegrant)"
        "|s3:(deletebucketpolicy|putbucketpolicy|putbucketpublicaccessblock)",
        claim=either(
            BY_TAGS,
            BY_FIRST_TAGS,
            on(r"arn:aws:s3:::\{prefix\}-(access-logs|artifacts|data)-\{account\}-\{region\}"),
        ),
        reason="Deploy keeps the stack's buckets, by name, and its key, by tags, with their policies.",
    ),
    Explanation(
        rules=("PERMISSIONS_MANAGEMENT_ACTIONS",),
        resources=("delivery-manage-analytics",),
        message="lakeformation:(grant|revoke)permissions",
        reason="Deploy grants the analysts' roles the KPI tables, where Lake Formation governs them; Lake Formation "
        "itself says what its caller may grant.",
    ),
    Explanation(
        rules=("PERMISSIONS_MANAGEMENT_ACTIONS",),
        resources=("delivery-delivery-policy",),
        message="s3:put(object|objectversion)acl",
        claim=on(r"arn:aws:s3:::\{prefix\}-artifacts-\{account\}-\{region\}/[^*?]+"),
        reason="CodePipeline asks for them where it keeps the files that were deployed (Amazon S3 deploy action "
        "reference), on that one object. The bucket's owner owns all objects, so there are no ACLs to set.",
    ),
    Explanation(
        rules=("PERMISSIONS_MANAGEMENT_ACTIONS",),
        resources=("delivery-upsert-policy", "execution-policy"),
        message="iam:passrole",
        claim=every(
            PASSED_TO_ONE_SERVICE,
            on(r".*:role/\{prefix\}-sagemaker-execution"),
            requires("iam:PassedToService", r"sagemaker\.amazonaws\.com"),
        ),
        reason="The one execution role, to SageMaker only (iam:PassedToService).",
    ),
    Explanation(
        rules=("PERMISSIONS_MANAGEMENT_ACTIONS",),
        resources=("execution-policy", "notifications-notifier-policy"),
        message="kms:creategrant",
        claim=THROUGH_A_SERVICE,
        reason="Volumes of jobs and the table use the stack's key by grants of AWS's services: conditions allow no "
        "others (kms:GrantIsForAWSResource, kms:ViaService).",
    ),
    Explanation(
        rules=("PERMISSIONS_MANAGEMENT_ACTIONS",),
        resources=("encryption-key",),
        message="kms:(creategrant|putkeypolicy|revokegrant)",
        reason="The key's policy lets the account's IAM policies decide, as AWS's default does: without these actions "
        "a key could become one that nobody manages (Default key policy).",
    ),
    Explanation(
        rules=("RESOURCE_STAR",),
        resources=("encryption-key",),
        message=r"kms:\w+",
        reason='In a key policy "*" means the key it is attached to (Key policies in AWS KMS).',
    ),
    Explanation(
        rules=("MISMATCHED_TYPE",),
        resources=("encryption-key",),
        message="Type mismatch: ArnLike requires a value of type Arn but given String",
        reason="A log group's encryption context is its ARN; AWS's CloudWatchLogsAPIKeyAccess uses ArnLike for it.",
    ),
    Explanation(
        rules=("UNKNOWN_CONDITION_FOR_ACTION",),
        resources=_WITH_STATE,
        message="Unknown condition kms:ResourceAliases for action kms:Decrypt",
        reason=_ALIASES,
    ),
    Explanation(
        rules=("UNKNOWN_CONDITION_FOR_ACTION",),
        resources=("delivery-deploy-policy", "delivery-self-update-policy"),
        message="Unknown condition kms:ResourceAliases for action kms:(DescribeKey|Encrypt|GenerateDataKey)",
        reason=_ALIASES,
    ),
    Explanation(
        rules=("MISMATCHED_TYPE_BUT_USABLE",),
        resources=("boundary", "delivery-manage-identity", "delivery-update-roles"),
        message="Type mismatch: String(Not)?Equals requires a value of type String but given Arn",
        reason="IAM documents iam:PermissionsBoundary with string operators (Permissions boundaries for IAM entities).",
    ),
    Explanation(
        rules=("RESOURCE_MISMATCH",),
        resources=("delivery-manage-analytics",),
        message=r"athena:(TagResource|UntagResource) requires \S+:(capacity-reservation|datacatalog)/\*",
        reason="A tag is on one of the resource types, here a workgroup; parliament wants all three in a statement.",
    ),
    Explanation(
        rules=("RESOURCE_MISMATCH",),
        resources=("delivery-read-2",),
        message=r"athena:ListTagsForResource requires \S+:(capacity-reservation|datacatalog)/\*",
        reason="A tag is on one of the resource types, here a workgroup; parliament wants all three in a statement.",
    ),
    Explanation(
        rules=("RESOURCE_MISMATCH",),
        resources=("delivery-manage-storage",),
        message=r"kms:(Create|Delete|Update)Alias requires \S+:(alias|key)/\*",
        reason="Asked on the alias and on its key (Controlling access to aliases). They are two statements, as only a "
        "key has the tags that narrow it.",
    ),
    Explanation(
        rules=("RESOURCE_POLICY_PRIVILEGE_ESCALATION",),
        resources=("delivery-manage-storage",),
        message=r"Possible resource policy privilege escalation on "
        r"arn:aws:s3:::\{prefix\}-(access-logs|artifacts|data)-\{account\}-\{region\} due to "
        r"s3:(Get|Put)Object not being allowed, but does allow s3:PutBucketPolicy",
        reason="Deploy keeps the buckets' policies, which refuse plain HTTP; its boundary names these buckets and no "
        "others.",
    ),
    Explanation(
        rules=("RESOURCE_MISMATCH",),
        resources=("boundary",),
        message=r"\S+ requires \S+",
        reason="A boundary grants nothing. To fit into 6,144 characters some statements name resources of several "
        "services, so some actions meet no resource of theirs and stay refused.",
    ),
    Explanation(
        rules=("RESOURCE_STAR",),
        resources=("boundary",),
        message="kms:TagResource",
        reason="A key is tagged when it is created, before it has an ARN; conditions keep the statement from others' "
        "keys.",
    ),
    Explanation(
        rules=("UNKNOWN_CONDITION_FOR_ACTION",),
        resources=("boundary",),
        message=r"Unknown condition cloudwatch:namespace for action \S+",
        reason="The condition holds without the key (...IfExists), which one action of the statement has.",
    ),
    Explanation(
        rules=("UNKNOWN_CONDITION_FOR_ACTION",),
        resources=("boundary",),
        message=r"Unknown condition iam:PassedToService for action (iam:DeleteRolePermissionsBoundary|sts:\w+)",
        reason="parliament takes the statement's NotAction for what it allows; of IAM's actions iam:PassRole has the "
        "key.",
    ),
)

EXPLANATIONS: Final = (*_CHECKOV, *_CDK_NAG, *_CLOUDSPLAINING, *_PARLIAMENT)
"""All of them."""
