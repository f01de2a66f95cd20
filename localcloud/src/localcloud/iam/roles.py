"""Roles as services assume them: the trust policy decides, the credentials are temporary."""

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from localcloud.clients import AccessKey, Clients
from localcloud.emulator import identity
from localcloud.emulator.identity import Credentials
from localcloud.http.errors import AwsError, validation
from localcloud.http.request import Caller
from localcloud.iam.authorization import authorize
from localcloud.layout import ACCOUNT

SESSION_SECONDS = 12 * 3600
"""How long a service's role session lasts."""
_ALPHABET = string.ascii_uppercase + string.digits


def role_arn(role: str) -> str:
    """Return the ARN of a role, which some requests name by its ARN, its name or its path and name."""
    return role if role.startswith("arn:") else f"arn:aws:iam::{ACCOUNT}:role/{role.lstrip('/')}"


@dataclass(frozen=True)
class RoleSession:
    """Temporary credentials of a role in one region, as environment variables."""

    role_arn: str
    session_name: str
    region: str
    endpoint: str
    credentials: Mapping[str, str] = field(repr=False)

    def caller(self, service: str) -> Caller:
        """Return the session as the caller of a service."""
        role = self.role_arn.rsplit("/", 1)[-1]
        arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{self.session_name}"
        return Caller(arn, f"{role}:{self.session_name}", self.credentials["AWS_ACCESS_KEY_ID"], self.region, service)

    def authorize(self, action: str, resource: str, context: Mapping[str, Any] | None = None) -> None:
        """Check that the role may do what has no API call.

        Raises:
            AwsError: AccessDeniedException in AWS's words.
        """
        with identity.scope(self.region):
            identity.come_from_here()
            authorize(self.caller(action.split(":", 1)[0]), action, resource, context)

    @cached_property
    def client(self) -> Clients:
        """Clients with the role's credentials: `session.client("s3")`."""
        key = AccessKey(self.credentials["AWS_ACCESS_KEY_ID"], self.credentials["AWS_SECRET_ACCESS_KEY"])
        return Clients(self.endpoint, self.region, key, self.credentials["AWS_SESSION_TOKEN"])


def assume_role(role_arn: str, service: str, *, session_name: str, source_arn: str, endpoint: str) -> RoleSession:
    """Assume a role for a service.

    Args:
        role_arn: the role.
        service: the principal, e.g. `sagemaker.amazonaws.com`.
        session_name: the role session's name.
        source_arn: the resource that the service acts for: aws:SourceArn, and the region that it works in.
        endpoint: the cloud's, for clients of the session.

    Raises:
        AwsError: ValidationException when the role is missing or does not trust the service.
    """
    region = source_arn.split(":")[3]
    name = role_arn.rsplit("/", 1)[-1]
    role = identity.role(name)
    source = {"aws:sourceaccount": ACCOUNT, "aws:sourcearn": source_arn}
    if (
        role is None
        or role.arn != role_arn
        or not identity.policy_allows_service(role.trust_policy, service, "sts:AssumeRole", role_arn, region, source)
    ):
        raise validation(
            f"Could not assume role {role_arn}. Please ensure that the role exists and allows principal "
            f"'{service}' to assume the role."
        )
    access_key = "ASIA" + "".join(secrets.choice(_ALPHABET) for _ in range(16))
    secret, token = secrets.token_urlsafe(30), secrets.token_urlsafe(96)
    session = Credentials(
        access_key_id=access_key,
        secret_access_key=secret,
        session_token=token,
        principal_arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{session_name}",
        principal_id=f"{role.role_id}:{session_name}",
    )
    identity.register_session(session, SESSION_SECONDS)
    environment = {"AWS_ACCESS_KEY_ID": access_key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}
    return RoleSession(role_arn, session_name, region, endpoint, environment)


def can_assume_role(role_arn: str, service: str, source_arn: str) -> bool:
    """Return whether a service that acts for `source_arn` can assume a role."""
    try:
        assume_role(role_arn, service, session_name="validation", source_arn=source_arn, endpoint="")
    except AwsError:
        return False
    return True
