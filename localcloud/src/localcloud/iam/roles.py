"""Roles as services assume them: the trust policy decides, the credentials are temporary."""

import secrets
import string
import time
from collections.abc import Mapping

from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy
from ministack.services import iam, sts

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
    role = iam._roles.get_scoped(ACCOUNT, None, role_name)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    if role is None or role["Arn"] != role_arn or not _trusts(role, service, context, region):
        raise validation(
            f"Could not assume role {role_arn}. Please ensure that the role exists and allows principal "
            f"'{service}' to assume the role."
        )
    access_key = "ASIA" + "".join(secrets.choice(_ALPHABET) for _ in range(16))
    secret, token = secrets.token_urlsafe(30), secrets.token_urlsafe(96)
    session = {
        "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role_name}/{session_name}",
        "UserId": f"{role['RoleId']}:{session_name}",
        "SecretAccessKey": secret,
        "SessionToken": token,
        "Expiration": time.time() + LIFETIME,
    }
    sts.register_session(access_key, session)
    return {"AWS_ACCESS_KEY_ID": access_key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}


def _trusts(role: Mapping[str, object], service: str, context: Mapping[str, str], region: str) -> bool:
    request = EvalContext(
        principal_arn="",
        principal_type="Service",
        principal_account="",
        action="sts:AssumeRole",
        resource_arn=str(role["Arn"]),
        region=region,
        service_context=dict(context),
    )
    document = role["AssumeRolePolicyDocument"]
    return evaluate_resource_policy(document, request, service=service).decision == "Allow"  # pyright: ignore[reportArgumentType]
