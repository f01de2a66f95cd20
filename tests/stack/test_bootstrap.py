"""The project's own bootstrap against the local cloud, which ran it at its start, and the boundary in force."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from demo.account import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localcloud.lifecycle import LocalCloud

pytestmark = pytest.mark.local
BOUNDARY = "arn:aws:iam::123456789012:policy/abalone-local-boundary"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def bootstrap(cloud: LocalCloud, *arguments: str, principal: str = "root") -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "bootstrap", "--stack", "local", *arguments],
        cwd=ROOT,
        env=cloud.environment(principal),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def trust(principal: dict[str, str]) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_second_run_finds_everything_as_it_should_be(cloud: LocalCloud) -> None:
    code, said = bootstrap(cloud)
    assert code == 0, said
    assert said.count("unchanged") == 4
    assert "created" not in said
    assert "updated" not in said


def test_without_permission_it_names_what_is_missing(cloud: LocalCloud) -> None:
    code, said = bootstrap(cloud, principal="data-scientist")
    assert code == 1
    assert "A permission is missing while looking for the account's other environments" in said
    assert "iam:GetPolicy" in said


@pytest.fixture
def bounded(cloud: LocalCloud) -> Iterator[Any]:
    """Makes clients of a role that may do everything, within the boundary."""
    iam, sts = cloud.client("iam", "root"), cloud.client("sts", "root")
    name = "abalone-local-bounded"
    role = iam.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=trust({"AWS": "arn:aws:iam::123456789012:root"}),
        PermissionsBoundary=BOUNDARY,
    )["Role"]["Arn"]
    iam.put_role_policy(
        RoleName=name,
        PolicyName="all",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [EVERYTHING]}),
    )
    key = sts.assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    session: Any = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], key["SessionToken"], "us-east-1")
    yield lambda service: session.client(service, endpoint_url=cloud.endpoint)
    iam.delete_role_policy(RoleName=name, PolicyName="all")
    iam.delete_role(RoleName=name)


def refused(call: Any, **parameters: Any) -> bool:
    try:
        call(**parameters)
    except ClientError as error:
        return error.response.get("Error", {}).get("Code", "").startswith(("AccessDenied", "403", "AuthorizationError"))
    return False


def test_a_role_that_is_allowed_everything_still_cannot_leave_the_boundary(cloud: LocalCloud, bounded: Any) -> None:
    iam, s3, bucket = bounded("iam"), bounded("s3"), cloud.state["bucket"]
    document = trust({"Service": "lambda.amazonaws.com"})
    within = {"RoleName": "abalone-local-within", "AssumeRolePolicyDocument": document, "PermissionsBoundary": BOUNDARY}
    iam.create_role(**within)
    everything = json.dumps({"Version": "2012-10-17", "Statement": [EVERYTHING]})
    assert refused(iam.create_role, RoleName="abalone-local-free", AssumeRolePolicyDocument=document)
    assert refused(
        iam.create_role,
        RoleName="abalone-local-free",
        AssumeRolePolicyDocument=document,
        PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess",
    )
    assert refused(iam.create_role, **{**within, "RoleName": "elsewhere"})
    assert refused(iam.delete_role_permissions_boundary, RoleName="abalone-local-within")
    assert refused(iam.create_policy_version, PolicyArn=BOUNDARY, PolicyDocument=everything, SetAsDefault=True)
    assert refused(iam.delete_policy, PolicyArn=BOUNDARY)
    assert refused(iam.create_user, UserName="somebody")
    assert refused(s3.delete_bucket, Bucket=bucket)
    assert refused(s3.put_bucket_logging, Bucket=bucket, BucketLoggingStatus={})
    logs = cloud.client("s3", "root").get_bucket_logging(Bucket=bucket)["LoggingEnabled"]["TargetBucket"]
    assert refused(s3.list_objects_v2, Bucket=logs)
    assert refused(s3.put_object, Bucket=logs, Key="s3/forged")
    assert refused(s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    assert refused(bounded("kms").schedule_key_deletion, KeyId=cloud.state["key_arn"], PendingWindowInDays=7)
    assert refused(bounded("sns").create_topic, Name="another-project")
    iam.delete_role(RoleName="abalone-local-within")


def test_it_is_not_removed_while_roles_or_stacks_need_it_and_names_them_together(
    cloud: LocalCloud, bounded: Any
) -> None:
    state = {"Bucket": cloud.state["bucket"], "Key": ".pulumi/stacks/still/needed.json"}
    cloud.client("s3", "root").put_object(**state, Body=b"{}")
    code, said = bootstrap(cloud, "--destroy", "--yes")
    cloud.client("s3", "root").delete_object(**state)
    assert code == 1
    assert "abalone-local-bounded" in said
    assert "still/needed" in said
