"""The permissions boundary: what no role of an environment can exceed, whatever its own policies allow.

A boundary grants nothing: a role may do what its own policies and the boundary both allow. One managed policy is
limited to 6,144 characters ("IAM and AWS STS quotas"), far fewer than the actions that deploying takes, so the boundary
names services whole on resources that are named exactly; the roles' own policies name each action.

Its statements come from the table of what the stack manages and from what roles use at run time beside that.
"""

from collections.abc import Sequence
from typing import Final

from contract.arns import any_case
from contract.layout import bucket_and_key
from contract.names import QUICKSIGHT_SERVICE_ROLE, Deployment, KpiNames
from permissions import managed
from permissions.managed import ANY, PASSED_ROLES, Managed
from permissions.policies import delivery_roles
from permissions.statements import Document, Statement, document
from settings.models import StackSettings

USED_ACTIONS: Final = (
    "access-analyzer:Val*",
    "athena:List*",
    "cloudwatch:PutMetricData",
    "ecr:GetAuth*",
    "events:TestE*",
    "sagemaker:ListModelPackages",
    "xray:PutT*",
)
"""What roles do at run time, beside what the stack manages, that takes no resource or is also asked on any."""

ROLE_ACTIONS: Final = (
    "iam:*RolePolicy",
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:GetPolicy*",
    "iam:GetRole",
    "iam:List*",
    "iam:PutRolePermissionsBoundary",
    "iam:Sim*",
    "iam:Tag*",
    "iam:Untag*",
    "iam:Update*Role*",
)
POLICY_ACTIONS: Final = (
    "iam:CreatePolicy*",
    "iam:DeletePolicy*",
    "iam:SetDef*",
)
STATE_ACTIONS: Final = ("s3:*Object", "s3:Abort*", "s3:GetBucket*", "s3:ListBucket")
SECRETS_ACTIONS: Final = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey")


def boundary_document(settings: StackSettings, key_arn: str) -> Document:
    """Return the permissions boundary of the environment; `key_arn` is the key of its state."""
    deployment = settings.deployment
    resources = environment_resources(settings)
    return document(
        [
            _allow(
                "OwnResources",
                [f"{service}:*" for service in sorted(resources)],
                [pattern for service in sorted(resources) for pattern in resources[service]],
            ),
            _allow("NoResource", actions_without_resource(settings), ANY),
            _allow(
                "AwsImages",
                ["ecr:BatchCheck*", "ecr:BatchGetImage", "ecr:GetDownload*"],
                [deployment.arn("ecr", "repository/sagemaker-*", account_id="*")],
            ),
            *_input_data(settings),
            *_identity(deployment),
            *_patched_role(settings),
            *_refusals(settings, key_arn),
        ]
    )


def environment_resources(settings: StackSettings) -> dict[str, list[str]]:
    """Return the ARN patterns of what belongs to the environment, sorted, by service."""
    patterns = {service: set(used) for service, used in used_resources(settings).items()}
    for entry in _managed(settings):
        if entry.resources != ANY:
            patterns.setdefault(entry.service, set()).update(entry.boundary or entry.resources)
    return {service: sorted(patterns[service]) for service in sorted(patterns)}


def used_resources(settings: StackSettings) -> dict[str, list[str]]:
    """Return the ARN patterns of what roles use at run time beside what the stack manages, by service."""
    deployment, buckets = settings.deployment, settings.buckets
    source = settings.delivery.source
    existing = [deployment.bucket_arn(bucket) for bucket in (buckets.artifacts, buckets.data) if bucket]
    repository = deployment.arn("codecommit", source.repository)
    return {
        "athena": [deployment.arn("athena", "datacatalog/AwsDataCatalog")],
        "codecommit": [repository] if source.connection_arn is None else [],
        # The connection itself is in the table; it is used through the actions of either service.
        "codeconnections": [],
        "glue": KpiNames(deployment).default_database_arns,
        "codestar-connections": [],
        # Of SageMaker's jobs.
        "logs": [deployment.arn("logs", "log-group:/aws/sagemaker/*")],
        "s3": [arn for bucket in existing for arn in (bucket, f"{bucket}/*")],
        "sagemaker": [
            # With its executions.
            any_case(deployment.arn("sagemaker", f"pipeline/{settings.pipeline.name}*")),
            # The processing and training jobs that it starts.
            deployment.arn("sagemaker", "*/pipelines-*"),
        ],
    }


def actions_without_resource(settings: StackSettings) -> list[str]:
    """Return the actions to which the service authorization reference gives no resource, or which are asked on any."""
    actions: set[str] = {*USED_ACTIONS}
    for entry in _managed(settings):
        if entry.resources == ANY:
            patterns = [f"{entry.service}:{pattern}" for pattern in entry.boundary]
            actions.update(patterns or [*entry.read_actions, *entry.manage_actions])
    return sorted(actions)


def _managed(settings: StackSettings) -> list[Managed]:
    """Return the table without roles and their policies, for which the boundary has statements of its own."""
    deployment = settings.deployment
    return [
        *managed.storage(deployment),
        *managed.messaging(deployment),
        *managed.analytics(deployment, settings.pipeline.model_package_group),
        *managed.delivery(deployment, ANY, settings.delivery.source.connection_arn),
        *managed.logs(deployment),
    ]


def _input_data(settings: StackSettings) -> list[Statement]:
    """Return reading the input data, where the configuration has it in a bucket elsewhere."""
    uri, key_arn = settings.pipeline.input_data_uri, settings.pipeline.input_data_key_arn
    if uri is None:
        return []
    bucket_name, _ = bucket_and_key(uri)
    bucket = settings.deployment.bucket_arn(bucket_name)
    actions, resources = ["s3:GetObject", "s3:ListBucket"], [bucket, f"{bucket}/*"]
    if key_arn:
        actions, resources = ["kms:Decrypt", *actions], [*resources, key_arn]
    return [_allow("InputData", actions, resources)]


def _identity(deployment: Deployment) -> list[Statement]:
    roles = deployment.global_arn("iam", f"role/{deployment.prefix}-*")
    policies = deployment.global_arn("iam", f"policy/{deployment.prefix}-*")
    services = sorted({*PASSED_ROLES.values(), *delivery_roles(ANY).values()})
    pass_roles = _allow("PassOwnRoles", ["iam:PassRole"], [roles])
    pass_roles["Condition"] = {"StringEquals": {"iam:PassedToService": services}}
    return [_allow("OwnRoles", [*ROLE_ACTIONS, *POLICY_ACTIONS], [roles, policies]), pass_roles]


def _patched_role(settings: StackSettings) -> list[Statement]:
    """Return the role of QuickSight's own, where the configuration has one inline policy added to it."""
    if not settings.kpis.quick_sight.patch_service_role:
        return []
    return [_allow("PatchedRole", ["iam:*RolePolicy"], [_quicksight_service_role(settings.deployment)])]


def _quicksight_service_role(deployment: Deployment) -> str:
    return deployment.global_arn("iam", f"role/service-role/{QUICKSIGHT_SERVICE_ROLE}")


def _refusals(settings: StackSettings, key_arn: str) -> list[Statement]:
    """Return what holds even against a policy that allows it ("Permissions boundaries for IAM entities")."""
    deployment = settings.deployment
    roles_within_boundary = Statement(
        Sid="RolesWithinBoundary",
        Effect="Deny",
        # All actions on roles that know iam:PermissionsBoundary ("Actions, resources, and condition keys for IAM"):
        # attaching and detaching, putting a policy or a boundary, deleting a policy, creating.
        Action=["iam:*tachRolePolicy", "iam:CreateRole", "iam:DeleteRolePolicy", "iam:PutRole*"],
        Condition={"StringNotEquals": {"iam:PermissionsBoundary": deployment.boundary_arn}},
    )
    if settings.kpis.quick_sight.patch_service_role:
        roles_within_boundary["NotResource"] = [_quicksight_service_role(deployment)]
    else:
        roles_within_boundary["Resource"] = ANY
    # iam:DeleteRolePermissionsBoundary needs no refusal: it is asked on a role, where nothing above allows it.
    boundary_stays = Statement(
        Sid="BoundaryStays", Effect="Deny", Action=POLICY_ACTIONS, Resource=[deployment.boundary_arn]
    )
    state_bucket = deployment.bucket_arn(deployment.state_bucket)
    return [
        roles_within_boundary,
        boundary_stays,
        # The bucket and its objects by one pattern, or the longest names would not fit: a refusal may reach further.
        _deny_all_but("StateBucketStays", STATE_ACTIONS, [f"{state_bucket}*"]),
        _deny_all_but("StateKeyStays", SECRETS_ACTIONS, [key_arn]),
    ]


def _allow(sid: str, actions: Sequence[str], resources: Sequence[str]) -> Statement:
    return Statement(Sid=sid, Effect="Allow", Action=list(actions), Resource=list(resources))


def _deny_all_but(sid: str, actions: Sequence[str], resources: Sequence[str]) -> Statement:
    return Statement(Sid=sid, Effect="Deny", NotAction=list(actions), Resource=list(resources))
