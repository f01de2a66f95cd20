"""A role's session as a service uses it: asks IAM for what has no API call, and makes clients for what has."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config

from localcloud.emulator import identity
from localcloud.http.errors import AwsError
from localcloud.iam import gate, roles
from localcloud.iam.gate import Caller
from localcloud.layout import ACCOUNT


@dataclass(frozen=True)
class RoleSession:
    """Temporary credentials of a role in one region."""

    role_arn: str
    session_name: str
    region: str
    endpoint: str
    credentials: Mapping[str, str] = field(repr=False)

    def caller(self, service: str) -> Caller:
        """The session as the caller of a service."""
        role = self.role_arn.rsplit("/", 1)[-1]
        arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{self.session_name}"
        return Caller(arn, f"{role}:{self.session_name}", self.credentials["AWS_ACCESS_KEY_ID"], self.region, service)

    def authorize(self, action: str, resource: str, context: Mapping[str, Any] | None = None) -> None:
        """Asks IAM whether the role may do something.

        Raises:
            AwsError: AccessDeniedException in AWS's words.
        """
        with identity.scope(self.region):
            identity.come_from_here()
            gate.authorize(self.caller(action.split(":", 1)[0]), action, resource, context)

    def client(self, service: str) -> Any:
        """A boto3 client with the role's credentials."""
        session: Any = boto3.Session(*self.credentials.values(), region_name=self.region)
        config = Config(retries={"mode": "standard", "total_max_attempts": 2}, s3={"addressing_style": "path"})
        return session.client(service, endpoint_url=self.endpoint, config=config)


def assumable(role_arn: str, service: str, source_arn: str) -> bool:
    """Whether a service that acts for `source_arn` can assume a role."""
    try:
        assume(role_arn, service, "validation", source_arn, "")
    except AwsError:
        return False
    return True


def assume(role_arn: str, service: str, session_name: str, source_arn: str, endpoint: str) -> RoleSession:
    """Assumes a role for a service that acts for `source_arn`, whose region it works in.

    Raises:
        AwsError: ValidationException when the role is missing or does not trust the service.
    """
    region = source_arn.split(":")[3]
    source = {"aws:sourceaccount": ACCOUNT, "aws:sourcearn": source_arn}
    with identity.scope(region):
        credentials = roles.assume(role_arn, service, session_name, source, region)
    return RoleSession(role_arn, session_name, region, endpoint, credentials)
