"""Who may approve: a role that the configured roles may take on for this one approval.

A role of the stack's own, because the approvers' are not ours to change, and those of IAM Identity Center nobody's.
"""

import pulumi
import pulumi_aws as aws

from components import iam, roles
from components.cicd import names
from components.cicd.args import CicdArgs
from contract.layout import DeliveryArtifacts
from contract.names import DeliveryNames


def create(name: str, args: CicdArgs, opts: pulumi.ResourceOptions) -> aws.iam.Role | None:
    """The role with its one policy; None where no approver is named."""
    if not args.approval.approver_roles:
        return None
    role = roles.role(
        f"{name}-{names.APPROVERS}-role",
        deployment=args.workspace.deployment,
        short_name=names.APPROVERS,
        description="Approves or rejects deployments of the delivery pipeline",
        trust=iam.document(
            iam.Statement(
                Effect="Allow",
                Principal={"AWS": list(args.approval.approver_roles)},
                Action=["sts:AssumeRole"],
            )
        ),
        opts=opts,
    )
    aws.iam.RolePolicy(
        f"{name}-{names.APPROVERS}-policy",
        name="approve",
        role=role.name,
        policy=iam.document(*_statements(args)),
        opts=opts,
    )
    return role


def _statements(args: CicdArgs) -> list[iam.Statement]:
    own = DeliveryNames(args.workspace.deployment)
    looks = [
        "GetPipeline",
        "GetPipelineExecution",
        "GetPipelineState",
        "ListActionExecutions",
        "ListPipelineExecutions",
    ]
    reports = pulumi.Output.concat(
        args.workspace.artifacts.bucket_arn, f"/{DeliveryArtifacts(own.pipeline).previews}/*"
    )
    return [
        # An action's ARN is arn:...:{pipeline}/{stage}/{action} ("Resources for CodePipeline").
        iam.allow(
            "Decide",
            ["codepipeline:PutApprovalResult"],
            [f"{own.pipeline_arn}/{names.APPROVAL}/{names.APPROVAL}"],
        ),
        iam.allow("SeePipeline", [f"codepipeline:{action}" for action in looks], [own.pipeline_arn]),
        iam.allow("ReadPreviews", ["s3:GetObject"], [reports]),
        iam.allow("OpenPreviews", ["kms:Decrypt"], [args.workspace.key_arn]),
    ]
