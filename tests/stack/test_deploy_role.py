"""Deploy's permissions are complete: they make, refresh and remove the whole stack, within the boundary."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .conftest import Project

pytestmark = pytest.mark.local

BOUNDARY = "arn:aws:iam::123456789012:policy/abalone-local-boundary"
ROLE, TWIN = "abalone-local-deploy", "abalone-local-deploy-twin"
TRUST = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sts:AssumeRole"}


def twin(iam: Any) -> str:
    """A role outside the stack with the deployed role's policies, which outlives the stack; its ARN."""
    document = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
    role = iam.create_role(RoleName=TWIN, AssumeRolePolicyDocument=document, PermissionsBoundary=BOUNDARY)["Role"]
    for name in iam.list_role_policies(RoleName=ROLE)["PolicyNames"]:
        policy = json.dumps(iam.get_role_policy(RoleName=ROLE, PolicyName=name)["PolicyDocument"])
        iam.put_role_policy(RoleName=TWIN, PolicyName=name, PolicyDocument=policy)
    for attached in iam.list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"]:
        version = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]["DefaultVersionId"]
        policy_version = iam.get_policy_version(PolicyArn=attached["PolicyArn"], VersionId=version)["PolicyVersion"]
        copied = iam.create_policy(
            PolicyName=f"{attached['PolicyName']}-twin", PolicyDocument=json.dumps(policy_version["Document"])
        )
        iam.attach_role_policy(RoleName=TWIN, PolicyArn=copied["Policy"]["Arn"])
    return str(role["Arn"])


def test_the_whole_stack_is_made_refreshed_and_removed_with_deploys_permissions(deployed: Project) -> None:
    role = twin(deployed.root("iam"))
    deployed.ok("destroy", "--yes", "--skip-preview")
    key = deployed.root("sts").assume_role(RoleArn=role, RoleSessionName="deploy")["Credentials"]
    environment = {
        **deployed.cloud.environment(),
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        "AWS_SESSION_TOKEN": key["SessionToken"],
    }
    for arguments in (
        ("up", "--yes", "--skip-preview"),
        ("refresh", "--yes", "--skip-preview", "--expect-no-changes"),
        ("destroy", "--yes", "--skip-preview"),
    ):
        done = subprocess.run(
            deployed.command(*arguments),
            cwd=deployed.directory,
            env=environment,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
