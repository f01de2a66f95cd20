"""Roles: every role of the program is made here, within the permissions boundary that the bootstrap made."""

import pulumi
import pulumi_aws as aws

from contract.names import Deployment


def role(
    name: str,
    *,
    deployment: Deployment,
    short_name: str,
    description: str,
    trust: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> aws.iam.Role:
    """The role `{prefix}-{short_name}` as resource `{name}`; `trust` is its assume-role policy.

    The boundary is named, not read: where the bootstrap was not run, IAM refuses the role and says which policy lacks.
    """
    return aws.iam.Role(
        name,
        name=deployment.name(short_name),
        description=description,
        assume_role_policy=trust,
        permissions_boundary=deployment.boundary_arn,
        opts=opts,
    )
