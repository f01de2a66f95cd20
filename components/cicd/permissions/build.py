"""What every build needs: its log, its artifacts, its source, and the state of the stack."""

import pulumi

from components import iam
from components.workspace import Workspace
from contract.arns import Arn
from contract.layout import DeliveryArtifacts
from contract.names import DeliveryNames
from settings.delivery import SourceSettings


def logs(workspace: Workspace, noun: str) -> iam.Statement:
    """Writing to the job's own log group, which exists already."""
    group = workspace.deployment.arn("logs", f"log-group:{DeliveryNames(workspace.deployment).log_group(noun)}")
    # Streams are made in the group and written below it.
    return iam.allow("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], [group, f"{group}:*"])


def artifacts(workspace: Workspace, *actions: str) -> list[iam.Statement]:
    """Objects of the pipeline in the artifact bucket: what CodePipeline hands over, and the jobs' reports and marks."""
    folder = DeliveryArtifacts(DeliveryNames(workspace.deployment).pipeline).folder
    objects = pulumi.Output.concat(workspace.artifacts.bucket_arn, f"/{folder}*")
    return [
        iam.allow("UseArtifacts", [f"s3:{action}" for action in actions], [objects]),
        iam.allow("UseKey", ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"], [workspace.key_arn]),
    ]


def source(workspace: Workspace, settings: SourceSettings) -> iam.Statement:
    """Cloning the repository, for builds that run beside the pipeline."""
    if settings.connection_arn is None:
        return iam.allow("CloneRepository", ["codecommit:GitPull"], [repository_arn(workspace, settings)])
    service = connection_service(settings.connection_arn)
    actions = [f"{service}:{action}" for action in ("GetConnection", "GetConnectionToken", "UseConnection")]
    return iam.allow("CloneRepository", actions, [settings.connection_arn])


def repository_arn(workspace: Workspace, settings: SourceSettings) -> str:
    """The CodeCommit repository's ARN."""
    return workspace.deployment.arn("codecommit", settings.repository)


def connection_service(connection_arn: str) -> str:
    """The IAM prefix of a connection's actions, which is the service in its ARN: codeconnections, or the older one."""
    return Arn.parse(connection_arn).service


def read_state(workspace: Workspace) -> list[iam.Statement]:
    """Reading the state, which is encrypted with the key of its secrets: S3 may use the key for the role, nobody else.

    The engine opens its data key by a call of its own to KMS, which kms:ViaService refuses.
    """
    bucket = _state_bucket(workspace)
    return [
        iam.allow("FindState", ["s3:GetBucketLocation", "s3:ListBucket"], [bucket]),
        iam.allow("ReadState", ["s3:GetObject"], [f"{bucket}/*"]),
        _state_key(workspace, "ReadStateThroughS3", "kms:Decrypt", via_s3=True),
    ]


def write_state(workspace: Workspace) -> list[iam.Statement]:
    """Reading and writing the state, and opening its secrets."""
    bucket = _state_bucket(workspace)
    return [
        iam.allow("FindState", ["s3:GetBucketLocation", "s3:ListBucket"], [bucket]),
        iam.allow("WriteState", ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], [f"{bucket}/*"]),
        _state_key(workspace, "OpenSecrets", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", via_s3=False),
        _state_key(workspace, "WriteStateThroughS3", "kms:GenerateDataKey", via_s3=True),
    ]


def _state_bucket(workspace: Workspace) -> str:
    deployment = workspace.deployment
    return deployment.bucket_arn(deployment.state_bucket)


def _state_key(workspace: Workspace, sid: str, *actions: str, via_s3: bool) -> iam.Statement:
    """Use of the key behind the state's alias: the program knows that name, but not the key's id."""
    deployment = workspace.deployment
    conditions: dict[str, dict[str, str]] = {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": deployment.secrets_alias}
    }
    if via_s3:
        conditions["StringEquals"] = {"kms:ViaService": f"s3.{deployment.region}.amazonaws.com"}
    return iam.allow(sid, actions, [deployment.arn("kms", "key/*")], conditions)
