"""Credentials of a deployed role, to try what its policies allow: for that time its trust is widened, nothing else."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from localcloud.clients import AccessKey, Clients

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .conftest import Project

ACCOUNT = "123456789012"
REFUSED = {
    "403",
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "UnauthorizedOperation",
}

# A decision of no approval that waits: whoever may decide is told that there is none.
APPROVAL = {
    "pipelineName": "abalone-local-delivery",
    "stageName": "Approve",
    "actionName": "Approve",
    "result": {"summary": "probe", "status": "Rejected"},
    "token": "00000000-0000-0000-0000-000000000000",
}


def document(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@contextmanager
def credentials(project: Project, role: str) -> Generator[dict[str, str]]:
    """Access key, secret and token of a role, which the data scientist may assume until the block ends."""
    iam, arn = project.root("iam"), f"arn:aws:iam::{ACCOUNT}:role/{role}"
    trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    may_assume = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    borrower = {"AWS": f"arn:aws:iam::{ACCOUNT}:user/data-scientist"}
    widened = document(*trust["Statement"], {**may_assume, "Principal": borrower})
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=widened)
    of_borrower = {"UserName": "data-scientist", "PolicyName": "borrow"}
    iam.put_user_policy(**of_borrower, PolicyDocument=document({**may_assume, "Resource": arn}))
    try:
        sts = project.cloud.client("sts", "data-scientist")
        yield sts.assume_role(RoleArn=arn, RoleSessionName="borrowed")["Credentials"]
    finally:
        iam.delete_user_policy(**of_borrower)
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))


@contextmanager
def clients(project: Project, role: str) -> Generator[Callable[[str], Any]]:
    """boto3 clients by service, with the credentials of a deployed role."""
    with credentials(project, role) as temporary:
        yield clients_with(project, temporary)


def clients_with(project: Project, temporary: Mapping[str, Any]) -> Clients:
    """boto3 clients by service, with the credentials that sts:AssumeRole returned."""
    key = AccessKey(temporary["AccessKeyId"], temporary["SecretAccessKey"])
    return Clients(project.cloud.endpoint, project.cloud.region, key, temporary["SessionToken"])


def answer(client: Callable[[str], Any], service: str, operation: str, parameters: Mapping[str, Any]) -> str:
    """How AWS answers a call: "allowed", or the error's code."""
    try:
        getattr(client(service), operation)(**parameters)
    except ClientError as error:
        return error.response.get("Error", {}).get("Code", "")
    return "allowed"
