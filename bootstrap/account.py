"""Whose credentials these are: a bootstrap in another account than the stack file's would be found late."""

from botocore.exceptions import BotoCoreError, ClientError

from bootstrap.errors import BootstrapError, explain
from bootstrap.target import Clients, Target


def require_account(clients: Clients, target: Target) -> str:
    """The caller's ARN; raises BootstrapError without credentials, or with those of another account."""
    try:
        identity = clients("sts").get_caller_identity()
    except (ClientError, BotoCoreError) as error:
        raise explain(error, "asking whose credentials these are") from error
    expected = target.deployment.account_id
    if identity["Account"] != expected:
        raise BootstrapError(
            f"These credentials ({identity['Arn']}) are of account {identity['Account']}, but "
            f"Pulumi.{target.deployment.environment}.yaml names account {expected} (operations.accountId). "
            "Nothing was read or changed."
        )
    return str(identity["Arn"])
