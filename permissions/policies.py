"""The policies of the delivery jobs' roles that are about the whole stack, and about its state."""

from collections.abc import Mapping, Sequence

from contract.arns import regional_service
from contract.names import (
    APPROVER_ROLE,
    DELIVERY_EVENTS_ROLE,
    DELIVERY_ROLE,
    QUICKSIGHT_SERVICE_ROLE,
    Deployment,
)
from permissions import managed
from permissions.managed import (
    PASSED_ROLES,
    Managed,
    manage_statements,
    pass_statements,
    read_statements,
)
from permissions.statements import Statement, allow


def managed_by_policy(
    deployment: Deployment, model_package_group: str, jobs: Sequence[str], connection_arn: str | None = None
) -> dict[str, list[Managed]]:
    """Return everything that a stack manages, by the policy that manages it.

    The policies are several because one is limited to 6,144 characters ("IAM and AWS STS quotas").
    """
    return {
        "storage": managed.storage(deployment),
        "messaging": managed.messaging(deployment),
        "analytics": managed.analytics(deployment, model_package_group),
        "identity": managed.identity(deployment),
        "delivery": [*managed.delivery(deployment, jobs, connection_arn), *managed.logs(deployment)],
    }


def delivery_roles(jobs: Sequence[str]) -> dict[str, str]:
    """Return the service that each role of the delivery pipeline is passed to; the approvers' is passed to none."""
    return {
        DELIVERY_ROLE: "codepipeline.amazonaws.com",
        DELIVERY_EVENTS_ROLE: "events.amazonaws.com",
        **dict.fromkeys(jobs, "codebuild.amazonaws.com"),
    }


def read_policies(
    deployment: Deployment, model_package_group: str, jobs: Sequence[str], *, patch_service_role: bool
) -> dict[str, list[Statement]]:
    """Return the policies that read everything that the stack manages, by short name."""
    entries = managed_by_policy(deployment, model_package_group, jobs)
    policies = {
        "read-1": read_statements([*entries["storage"], *entries["messaging"]]),
        "read-2": read_statements([*entries["analytics"], *entries["identity"], *entries["delivery"]]),
    }
    if patch_service_role:
        # A refresh reads that policy like any other of the stack's.
        role = _quicksight_service_role(deployment)
        policies["read-2"].append(allow("ReadServiceRole", ["iam:GetRolePolicy"], [role]))
    return policies


def manage_policies(
    deployment: Deployment,
    model_package_group: str,
    jobs: Sequence[str],
    *,
    connection_arn: str | None,
    patch_service_role: bool,
) -> dict[str, list[Statement]]:
    """Return the policies that create, change and delete everything that the stack manages, by short name."""
    entries = managed_by_policy(deployment, model_package_group, jobs, connection_arn)
    policies = {f"manage-{name}": manage_statements(group) for name, group in entries.items()}
    policies["manage-identity"] += pass_statements(deployment, {**PASSED_ROLES, **delivery_roles(jobs)})
    if patch_service_role:
        policies["manage-identity"].append(patch_service_role_statement(deployment))
    return policies


def update_roles_policy(deployment: Deployment, jobs: Sequence[str]) -> list[Statement]:
    """Return the policy that changes the delivery pipeline's own roles and their policies, and no others."""
    entries = managed.identity(deployment, (DELIVERY_ROLE, DELIVERY_EVENTS_ROLE, APPROVER_ROLE, *jobs))
    return [
        # All of the environment's: naming each role here as well would leave no room for a further job's.
        *read_statements(managed.identity(deployment)),
        *manage_statements(entries),
        *pass_statements(deployment, delivery_roles(jobs)),
    ]


def ask_for_decisions(deployment: Deployment) -> list[Statement]:
    """Allow asking IAM what it would allow the stack's roles and thinks of a policy, and EventBridge what matches."""
    roles = deployment.global_arn("iam", f"role/{deployment.prefix}-*")
    return [
        allow("SimulateRoles", ["iam:SimulatePrincipalPolicy"], [roles]),
        # The service authorization reference gives these actions no resource.
        allow("JudgeDocuments", ["access-analyzer:ValidatePolicy", "events:TestEventPattern"], managed.ANY),
    ]


def patch_service_role_statement(deployment: Deployment) -> Statement:
    """Allow the one inline policy on QuickSight's own role, where the configuration asks for it."""
    role = _quicksight_service_role(deployment)
    return allow("PatchServiceRole", ["iam:DeleteRolePolicy", "iam:GetRolePolicy", "iam:PutRolePolicy"], [role])


def _quicksight_service_role(deployment: Deployment) -> str:
    return deployment.global_arn("iam", f"role/service-role/{QUICKSIGHT_SERVICE_ROLE}")


def read_state(deployment: Deployment) -> list[Statement]:
    """Allow reading the state without its secrets.

    The state is encrypted with the key of its secrets. S3 may use the key for the role, and nobody else: the engine
    opens its data key by a call of its own to KMS, which kms:ViaService refuses.
    """
    bucket = deployment.bucket_arn(deployment.state_bucket)
    return [
        allow("FindState", ["s3:GetBucketLocation", "s3:ListBucket"], [bucket]),
        allow("ReadState", ["s3:GetObject"], [f"{bucket}/*"]),
        _use_state_key(deployment, "ReadStateThroughS3", ["kms:Decrypt"], via_s3=True),
    ]


def write_state(deployment: Deployment) -> list[Statement]:
    """Allow reading and writing the state, and opening its secrets."""
    bucket = deployment.bucket_arn(deployment.state_bucket)
    return [
        allow("FindState", ["s3:GetBucketLocation", "s3:ListBucket"], [bucket]),
        allow("WriteState", ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], [f"{bucket}/*"]),
        _use_state_key(deployment, "OpenSecrets", ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt"], via_s3=False),
        _use_state_key(deployment, "WriteStateThroughS3", ["kms:GenerateDataKey"], via_s3=True),
    ]


def _use_state_key(deployment: Deployment, sid: str, actions: Sequence[str], *, via_s3: bool) -> Statement:
    """Allow using the key behind the state's alias: the program knows that name, but not the key's id."""
    conditions: dict[str, Mapping[str, str]] = {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": deployment.secrets_alias}
    }
    if via_s3:
        conditions["StringEquals"] = {"kms:ViaService": regional_service("s3", deployment.region)}
    return allow(sid, actions, [deployment.arn("kms", "key/*")], conditions)
