"""What no role of an environment can ever exceed, whatever policies it is given.

A boundary grants nothing: a role may do what its own policies and the boundary both allow. One managed policy holds
6,144 characters ("IAM and AWS STS quotas"), far fewer than the actions that deploying takes, so here services are named
whole on resources that are named exactly; the roles' own policies name each action.
"""

from collections.abc import Sequence
from typing import Any, Final

from bootstrap.target import Target
from contract.arns import either_case
from contract.names import QUICKSIGHT_SERVICE_ROLE, Deployment

Statement = dict[str, Any]

PASSED_TO: Final = (
    "chatbot.amazonaws.com",
    "codebuild.amazonaws.com",
    "codepipeline.amazonaws.com",
    "events.amazonaws.com",
    "glue.amazonaws.com",
    "lakeformation.amazonaws.com",
    "lambda.amazonaws.com",
    "quicksight.amazonaws.com",
    "sagemaker.amazonaws.com",
)
# Actions that the service authorization reference gives no resource, or that are also asked on "*".
_WITHOUT_RESOURCE: Final = (
    "athena:List*",
    "chatbot:*Tag*",
    "chatbot:Create*",
    "chatbot:Describe*",
    "chatbot:Get*",
    "chatbot:ListMicrosoft*",
    "cloudformation:*Resource*",
    "cloudwatch:PutMetricData",
    "ecr:GetAuthorizationToken",
    "glue:*Classifier",
    "glue:CreateCrawler",
    "glue:*SecurityConfiguration",
    "kms:CreateKey",
    "kms:ListAliases",
    "lakeformation:*Permissions",
    "lakeformation:*Resource",
    "lakeformation:GetDataAccess",
    "logs:DescribeLogGroups",
    "quicksight:CreateDataSource",
    "sagemaker:ListModelPackages",
    "sns:*Subscri*",
    "xray:PutT*",
)
_ROLE_ACTIONS: Final = (
    "iam:*RolePolicy",
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:GetPolicy*",
    "iam:GetRole",
    "iam:List*",
    "iam:PutRolePermissionsBoundary",
    "iam:Tag*",
    "iam:Untag*",
    "iam:Update*Role*",
)
_POLICY_ACTIONS: Final = (
    "iam:CreatePolicy*",
    "iam:DeletePolicy*",
    "iam:SetDefaultPolicyVersion",
)
_STATE_ACTIONS: Final = ("s3:*Object", "s3:AbortMultipartUpload", "s3:GetBucket*", "s3:ListBucket")
_SECRETS_ACTIONS: Final = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey")


def boundary_document(target: Target, key_arn: str) -> dict[str, Any]:
    """The policy document of the environment's permissions boundary; `key_arn` is the key of its state."""
    deployment = target.deployment
    return {
        "Version": "2012-10-17",
        "Statement": [
            _allow("OwnResources", [f"{service}:*" for service in _SERVICES], _own_resources(target)),
            _allow("NoResource", _WITHOUT_RESOURCE, ["*"]),
            _allow(
                "AwsImages",
                ["ecr:BatchCheck*", "ecr:BatchGetImage", "ecr:GetDownload*"],
                [f"arn:{deployment.partition}:ecr:{deployment.region}:*:repository/sagemaker-*"],
            ),
            *_input_data(target),
            *_identity(deployment),
            *_patched_role(target),
            *_refusals(target, key_arn),
        ],
    }


_SERVICES: Final = (
    "athena", "chatbot", "cloudwatch", "codebuild", "codecommit", "codeconnections", "codepipeline",
    "codestar-connections", "dynamodb", "events", "glue", "kms", "lambda", "logs", "quicksight", "s3", "sagemaker",
    "sns", "sqs",
)  # fmt: skip


def _own_resources(target: Target) -> list[str]:
    """All that is named after the environment, and what its configuration names."""
    deployment, settings, prefix = target.deployment, target.settings, target.deployment.prefix
    named = [
        *(("athena", f"workgroup/{prefix}-*"), ("athena", "datacatalog/AwsDataCatalog")),
        ("cloudwatch", f"alarm:{prefix}-*"),
        # Projects, builds and report groups.
        *(("codebuild", f"*/{prefix}-*"), ("codepipeline", f"{prefix}-*")),
        *(("dynamodb", f"table/{prefix}-*"), ("events", f"rule/{prefix}-*")),
        # Databases and tables, which take no hyphens, and crawlers.
        *(("glue", "catalog"), ("glue", f"*/{prefix.replace('-', '_')}_*"), ("glue", f"crawler/{prefix}-*")),
        # A key has no name of its own; which keys a role may use, its own policy says by ARN.
        *(("kms", "key/*"), ("kms", f"alias/{prefix}"), ("kms", f"alias/{prefix}-*")),
        ("lambda", f"function:{prefix}-*"),
        # The program's own, those of SageMaker's jobs, and those of a crawler with a security configuration.
        *(
            ("logs", f"log-group:{name}")
            for name in (f"/aws/*/{prefix}-*", "/aws/sagemaker/*", f"/aws-glue/*{prefix}-*")
        ),
        # Data sources, data sets, dashboards.
        ("quicksight", f"*/{prefix}-*"),
        # The jobs of pipelines' executions.
        ("sagemaker", "*/pipelines-*"),
        *(("sns", f"{prefix}-*"), ("sqs", f"{prefix}-*")),
    ]
    # Group and versions, pipeline and executions: one pattern each, or names in two cases would not fit.
    group, pipeline = settings.pipeline.model_package_group, settings.pipeline.name
    registry = [deployment.arn("sagemaker", f"{kind}*") for kind in (f"model-package*/{group}", f"pipeline/{pipeline}")]
    existing = (settings.buckets.artifacts, settings.buckets.data)
    return [
        *(deployment.arn(service, resource) for service, resource in named),
        *(arn for both in registry for arn in either_case(both)),
        deployment.global_arn("chatbot", f"chat-configuration/*/{prefix}-*"),
        deployment.bucket_arn(f"{prefix}-*"),
        *(arn for bucket in existing if bucket for arn in _with_objects(deployment, bucket)),
        *_source(target),
    ]


def _with_objects(deployment: Deployment, bucket: str) -> list[str]:
    arn = deployment.bucket_arn(bucket)
    return [arn, f"{arn}/*"]


def _source(target: Target) -> list[str]:
    """The repository or the connection that the pipeline's commits come from."""
    source = target.settings.delivery.source
    if source.connection_arn is not None:
        return [source.connection_arn]
    return [target.deployment.arn("codecommit", source.repository)]


def _input_data(target: Target) -> list[Statement]:
    uri = target.settings.pipeline.input_data_uri
    if uri is None:
        return []
    bucket = uri.removeprefix("s3://").partition("/")[0]
    return [_allow("InputData", ["s3:GetObject", "s3:ListBucket"], _with_objects(target.deployment, bucket))]


def _identity(deployment: Deployment) -> list[Statement]:
    roles = deployment.global_arn("iam", f"role/{deployment.prefix}-*")
    policies = deployment.global_arn("iam", f"policy/{deployment.prefix}-*")
    return [
        _allow("OwnRoles", [*_ROLE_ACTIONS, *_POLICY_ACTIONS], [roles, policies]),
        _allow("PassOwnRoles", ["iam:PassRole"], [roles], {"StringEquals": {"iam:PassedToService": list(PASSED_TO)}}),
    ]


def _patched_role(target: Target) -> list[Statement]:
    """QuickSight's own role, where the configuration has one inline policy added to it."""
    if not target.settings.kpis.quick_sight.patch_service_role:
        return []
    return [_allow("PatchedRole", ["iam:*RolePolicy"], [_service_role(target.deployment)])]


def _service_role(deployment: Deployment) -> str:
    return deployment.global_arn("iam", f"role/service-role/{QUICKSIGHT_SERVICE_ROLE}")


def _refusals(target: Target, key_arn: str) -> list[Statement]:
    """What holds even against a policy that allows it, in the words of "Permissions boundaries for IAM entities"."""
    deployment = target.deployment
    patched = target.settings.kpis.quick_sight.patch_service_role
    everywhere = {"NotResource": [_service_role(deployment)]} if patched else {"Resource": "*"}
    return [
        {
            "Sid": "RolesWithinBoundary",
            "Effect": "Deny",
            # All actions on roles that know iam:PermissionsBoundary ("Actions, resources, and condition keys for IAM"):
            # attaching and detaching, putting a policy or a boundary, deleting a policy, creating.
            "Action": ["iam:*tachRolePolicy", "iam:CreateRole", "iam:DeleteRolePolicy", "iam:PutRole*"],
            **everywhere,
            "Condition": {"StringNotEquals": {"iam:PermissionsBoundary": deployment.boundary_arn}},
        },
        # iam:DeleteRolePermissionsBoundary needs no refusal: it is asked on a role, where nothing above allows it.
        {
            "Sid": "BoundaryStays",
            "Effect": "Deny",
            "Action": list(_POLICY_ACTIONS),
            "Resource": [deployment.boundary_arn],
        },
        _deny_all_but("StateBucketStays", _STATE_ACTIONS, _with_objects(deployment, deployment.state_bucket)),
        _deny_all_but("StateKeyStays", _SECRETS_ACTIONS, [key_arn]),
    ]


def _allow(sid: str, actions: Sequence[str], resources: Sequence[str], condition: Any = None) -> Statement:
    statement: Statement = {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    return {**statement, "Condition": condition} if condition else statement


def _deny_all_but(sid: str, actions: Sequence[str], resources: Sequence[str]) -> Statement:
    return {"Sid": sid, "Effect": "Deny", "NotAction": list(actions), "Resource": list(resources)}
