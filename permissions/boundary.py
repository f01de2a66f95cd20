"""The permissions boundary: what no role of an environment can exceed, whatever its own policies allow.

A boundary grants nothing: a role may do what its own policies and the boundary both allow. One managed policy is
limited to 6,144 characters ("IAM and AWS STS quotas"), far fewer than the actions that deploying takes. So the boundary
allows every action on the environment's own resources, which are named exactly, and names actions on all others; the
roles' own policies name each action.

Its statements come from the table of what the stack manages and from what roles use at run time beside that.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from contract.arns import Arn, any_case
from contract.images import IMAGE_REGISTRIES
from contract.layout import DataLayout, DeliveryArtifacts, PipelineArtifacts, bucket_and_key
from contract.names import (
    APPROVER_ROLE,
    BOOTSTRAP_TAG,
    QUICKSIGHT_SERVICE_ROLE,
    DeliveryNames,
    Deployment,
    KpiNames,
)
from permissions import managed
from permissions.managed import ANY, PASSED_ROLES, Managed
from permissions.policies import delivery_roles
from permissions.statements import Conditions, Document, Statement, document
from settings.models import StackSettings

USED_ACTIONS: Final = (
    "access-analyzer:Val*",
    "athena:ListDataC*",
    "athena:ListEng*",
    "athena:ListW*",
    "cloudwatch:PutMetricD*",
    "ecr:GetAuth*",
    "events:TestE*",
    "lakeformation:GetDataA*",
    "sagemaker:ListModelPackages",
    "xray:PutT*",
)
"""What roles do at run time, beside what the stack manages, that takes no resource or is also asked on any."""

SHARED_ACTIONS: Final = (
    "athena:Get*",
    "athena:List*",
    "ecr:Batch*",
    "ecr:GetD*",
    "glue:GetDatabase",
    "logs:CreateLogG*",
    "logs:CreateLogS*",
    "logs:DescribeLogS*",
    "logs:PutLogE*",
    "sagemaker:*ProcessingJob",
    "sagemaker:*TrainingJob",
    "sagemaker:AddTags",
)
"""What roles do with resources of all teams: Athena's view of the catalog, AWS's images, and jobs with their logs."""

NAMED_ACTIONS: Final = (
    # An action on a database or a table is asked on the catalog as well ("Specifying AWS Glue resource ARNs", AWS Glue
    # Developer Guide). Those on the catalog alone, such as on its policy, are the account's.
    "glue:*Database*",
    "glue:*Partition*",
    "glue:*Table*",
    "glue:*Tag*",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "s3:*Object",
    # Multipart uploads.
    "s3:*Mu*",
    "s3:GetB*",
    "s3:GetEnc*",
    "s3:ListBucket",
)
"""What roles do with the catalog, with the state and its key, and with buckets of others.

None changes the catalog, the key or a bucket, or reads or deletes old versions of the state.
"""

NO_ROLE_ACTIONS: Final = ("iam:DeleteRolePerm*", "sts:*")
"""What nobody does with a role of the environment."""

JOB_METRICS: Final = "*aws/sagemaker/*"
"""The namespaces that SageMaker's jobs report to: one begins with a slash, one doesn't."""

INPUT_PREFIX_CHARACTERS: Final = 16
"""As many characters of the input data's prefix fit into the boundary; the role's own policy has all."""


def boundary_document(settings: StackSettings, key_arn: str) -> Document:
    """Return the permissions boundary of the environment; `key_arn` is the key of its state."""
    deployment = settings.deployment
    resources = environment_resources(settings)
    return document(
        [
            _allow(
                "Own",
                "*",
                [pattern for service in sorted(resources) for pattern in resources[service]],
                # A few actions of other services than S3 lack the key ("AWS global condition context keys").
                {"StringEqualsIfExists": {"aws:ResourceAccount": deployment.account_id}},
            ),
            _any(settings),
            # The key of the state has these tags as well, and one more.
            _allow(
                "Keys",
                "kms:*",
                str(replace(Arn.parse(deployment.arn("kms", "key/*")), region="*")),
                {
                    "StringEquals": {f"aws:ResourceTag/{name}": value for name, value in _tags(deployment).items()},
                    "Null": {f"aws:ResourceTag/{BOOTSTRAP_TAG}": "true"},
                },
            ),
            _named(settings, key_arn),
            _shared(settings),
            _roles(deployment),
            *_refusals(settings),
        ]
    )


def environment_resources(settings: StackSettings) -> dict[str, list[str]]:
    """Return the ARN patterns of what belongs to the environment alone, sorted, by service; IAM's are left out."""
    patterns = {service: set(used) for service, used in _used_resources(settings).items()}
    for entry in _managed(settings):
        if entry.resources != ANY and entry.conditions is None:
            patterns.setdefault(entry.service, set()).update(entry.boundary or entry.resources)
    prefix = settings.deployment.prefix
    return {service: sorted(_anywhere(prefix, arn) for arn in patterns[service]) for service in sorted(patterns)}


def _anywhere(prefix: str, arn: str) -> str:
    """Return the ARN in every account, and in every region where its name begins with the environment's prefix.

    IAM knows no regions, so an account has one environment of a prefix. The account is that of a condition. All in all
    it saves 500 characters.
    """
    parts = Arn.parse(arn)
    is_prefixed = prefix in parts.resource or prefix.replace("-", "_") in parts.resource
    region = "*" if parts.region and is_prefixed else parts.region
    return str(replace(parts, region=region, account_id=parts.account_id and "*"))


def _used_resources(settings: StackSettings) -> dict[str, list[str]]:
    """Return the ARN patterns of what roles use at run time beside what the stack manages, by service."""
    deployment, source, pipeline = settings.deployment, settings.delivery.source, settings.pipeline
    # With its executions.
    ml_pipeline = any_case(deployment.arn("sagemaker", f"pipeline/{pipeline.name}"))
    return {
        # A connection is in the table.
        "codecommit": [deployment.arn("codecommit", source.repository)] if source.connection_arn is None else [],
        "sagemaker": [
            ml_pipeline,
            f"{ml_pipeline}/*",
            any_case(deployment.arn("sagemaker", f"model-package/{pipeline.model_package_group}/*")),
        ],
    }


def _any(settings: StackSettings) -> Statement:
    """Return actions that take no resource, and tagging a key.

    To tag a key when it is created takes the permission to tag any ("Controlling access to tags", AWS KMS Developer
    Guide): the conditions keep it from keys with other tags or with an alias. Each holds without its key, which most of
    these actions don't have.
    """
    tags = _tags(settings.deployment)
    return _allow(
        "Any",
        sorted([*actions_without_resource(settings), "kms:CreateKey", "kms:TagResource"]),
        "*",
        {
            "StringEqualsIfExists": {
                "aws:RequestTag/project": tags["project"],
                **{f"aws:ResourceTag/{name}": value for name, value in tags.items()},
            },
            "StringLikeIfExists": {"cloudwatch:namespace": JOB_METRICS},
            "Null": {"kms:ResourceAliases": "true"},
        },
    )


def _tags(deployment: Deployment) -> dict[str, str]:
    """Return the tags that tell the stack's keys, which have no names, from those of others."""
    return {"environment": deployment.environment, "project": deployment.project}


def actions_without_resource(settings: StackSettings) -> list[str]:
    """Return the actions to which the service authorization reference gives no resource, or which are asked on any."""
    actions: set[str] = {*USED_ACTIONS}
    for entry in _managed(settings):
        if entry.resources == ANY and entry.conditions is None:
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


def _named(settings: StackSettings, key_arn: str) -> Statement:
    """Return the catalog, the state with its key, and the stack's folders in buckets that the configuration names."""
    deployment, buckets = settings.deployment, settings.buckets
    delivery = DeliveryArtifacts(DeliveryNames(deployment).pipeline)
    folders = [
        (buckets.artifacts, f"{PipelineArtifacts(settings.pipeline.name).root}/*"),
        (buckets.artifacts, f"{delivery.folder}*"),
        (buckets.data, f"{DataLayout(settings.project.use_case_id).root}/*"),
    ]
    existing = {deployment.bucket_arn(bucket): None for bucket, _ in folders if bucket}
    resources = [
        deployment.arn("glue", "catalog"),
        key_arn,
        deployment.bucket_arn(f"{deployment.prefix}-state-*"),
        *existing,
        *(f"{deployment.bucket_arn(bucket)}/{folder}" for bucket, folder in folders if bucket),
    ]
    # CodePipeline sets access control lists of what it deploys, which the state's bucket has switched off.
    access_control_lists = ["s3:PutObject*Acl"] if buckets.artifacts else []
    return _allow("Named", [*NAMED_ACTIONS, *access_control_lists], resources)


def _shared(settings: StackSettings) -> Statement:
    """Return what is not the environment's, with the actions that its roles take on it."""
    deployment = settings.deployment
    _, default_database = KpiNames(deployment).default_database_arns
    actions = [*SHARED_ACTIONS]
    resources = [
        deployment.arn("athena", "datacatalog/AwsDataCatalog"),
        default_database,
        deployment.arn("logs", "log-group:/aws/sagemaker/*"),
        # SageMaker names the jobs of all pipelines alike ("Run a pipeline", SageMaker Developer Guide).
        deployment.arn("sagemaker", "*-job/pipelines-*"),
    ]
    if registry := IMAGE_REGISTRIES.get(deployment.region):
        resources.append(deployment.arn("ecr", "repository/sagemaker-*", account_id=registry))
    uri, key_arn = settings.pipeline.input_data_uri, settings.pipeline.input_data_key_arn
    if uri is not None:
        bucket_name, prefix = bucket_and_key(uri)
        bucket = deployment.bucket_arn(bucket_name)
        actions += ["s3:GetObject", "s3:ListBucket"]
        resources += [bucket, f"{bucket}/{prefix[:INPUT_PREFIX_CHARACTERS]}*"]
    if key_arn is not None:
        actions.append("kms:Decrypt")
        resources.append(key_arn)
    if settings.buckets.artifacts:
        # CodePipeline's artifacts are versions of objects.
        delivery = DeliveryArtifacts(DeliveryNames(deployment).pipeline)
        actions.append("s3:GetObjectVersion")
        resources.append(deployment.bucket_arn(f"{settings.buckets.artifacts}/{delivery.folder}*"))
    if settings.kpis.quick_sight.patch_service_role:
        actions.append("iam:*RolePolicy")
        resources.append(_quicksight_service_role(deployment))
    return _allow("Shared", sorted(actions), resources)


def _quicksight_service_role(deployment: Deployment) -> str:
    return deployment.global_arn("iam", f"role/service-role/{QUICKSIGHT_SERVICE_ROLE}")


def _roles(deployment: Deployment) -> Statement:
    """Return the environment's roles and the policies of its delivery; the boundary is neither.

    IAM acts on the caller's account alone.
    """
    services = sorted({*PASSED_ROLES.values(), *delivery_roles(ANY).values()})
    hosts = [f"{service.partition('.')[0]}*" for service in services]
    return Statement(
        Sid="Roles",
        Effect="Allow",
        NotAction=list(NO_ROLE_ACTIONS),
        Resource=[
            deployment.global_arn("iam", f"role/{deployment.prefix}-*", account_id="*"),
            deployment.global_arn("iam", f"policy/{deployment.prefix}-delivery-*", account_id="*"),
        ],
        # Passing a role has this key, and nothing else has it.
        Condition={"StringLikeIfExists": {"iam:PassedToService": hosts}},
    )


def _refusals(settings: StackSettings) -> list[Statement]:
    """Return what holds even against a policy that allows it ("Permissions boundaries for IAM entities")."""
    deployment = settings.deployment
    roles_within_boundary = Statement(
        Sid="Bounded",
        Effect="Deny",
        # All actions on roles that know iam:PermissionsBoundary ("Actions, resources, and condition keys for IAM"):
        # attaching and detaching, putting a policy or a boundary, deleting a policy, creating.
        Action=["iam:*tachRolePolicy", "iam:CreateRole", "iam:DeleteRolePolicy", "iam:PutRole*"],
        Condition={"StringNotEquals": {"iam:PermissionsBoundary": deployment.boundary_arn}},
    )
    if settings.kpis.quick_sight.patch_service_role:
        # Of these, one may get an inline policy: QuickSight's own.
        roles_within_boundary["NotResource"] = deployment.global_arn("iam", "role/service-role/*", account_id="*")
    else:
        roles_within_boundary["Resource"] = "*"
    approver_alone = Statement(
        Sid="Approver",
        Effect="Deny",
        Action="codepipeline:PutApprovalResult",
        Resource="*",
        # Of a session it is the role's ARN ("AWS global condition context keys", aws:PrincipalArn).
        Condition={"ArnNotLike": {"aws:PrincipalArn": f"arn:*:iam::*:role/{deployment.name(APPROVER_ROLE)}"}},
    )
    return [roles_within_boundary, approver_alone]


def _allow(
    sid: str, actions: Sequence[str], resources: Sequence[str], conditions: Conditions | None = None
) -> Statement:
    """Return a statement; a single action or resource stands without a list, which saves two characters."""
    statement = Statement(Sid=sid, Effect="Allow", Action=_listed(actions), Resource=_listed(resources))
    if conditions:
        statement["Condition"] = conditions
    return statement


def _listed(values: Sequence[str]) -> Sequence[str]:
    return values if isinstance(values, str) else list(values)
