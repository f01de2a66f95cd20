"""Roles as services assume them: the trust policy decides, the credentials are temporary."""

import secrets
import string
from collections.abc import Mapping

from localcloud.emulator import identity
from localcloud.emulator.identity import Credentials
from localcloud.http.errors import validation
from localcloud.layout import ACCOUNT

_ALPHABET = string.ascii_uppercase + string.digits
LIFETIME = 12 * 3600
"""Seconds that a service's role session lasts."""


def assume(role_arn: str, service: str, session_name: str, context: Mapping[str, str], region: str) -> dict[str, str]:
    """Temporary credentials of a role for a service principal, as environment variables.

    Args:
        role_arn: the role.
        service: the principal, e.g. `sagemaker.amazonaws.com`.
        session_name: the role session's name.
        context: condition keys of the trust policy in lower case, e.g. `aws:sourcearn`.
        region: the region of the request.

    Raises:
        AwsError: ValidationException when the role is missing or does not trust the service.
    """
    role_name = role_arn.rsplit("/", 1)[-1]
    role = identity.role(role_name)
    if (
        role is None
        or role.arn != role_arn
        or not identity.policy_allows_service(role.trust_policy, service, "sts:AssumeRole", role_arn, region, context)
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
        principal_arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/{role_name}/{session_name}",
        principal_id=f"{role.role_id}:{session_name}",
    )
    identity.register_session(session, LIFETIME)
    return {"AWS_ACCESS_KEY_ID": access_key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}
