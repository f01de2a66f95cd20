"""The environment to prepare, read from its stack file with the validation of the program, and its account."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from bootstrap.errors import BootstrapError, explain
from contract.names import Deployment
from settings.load import InvalidSettingsError, read
from settings.models import StackSettings

Clients = Callable[[str], Any]
"""Returns the boto3 client of a service by its name."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """One environment, as its stack file describes it."""

    settings: StackSettings

    @classmethod
    def read(cls, environment: str, directory: Path) -> "Target":
        """Read `Pulumi.{environment}.yaml` of a directory; raise BootstrapError with all that is wrong in it."""
        try:
            settings = read(environment, directory)
        except InvalidSettingsError as error:
            raise BootstrapError(str(error)) from error
        return cls(settings=settings)

    def in_region(self, region: str) -> "Target":
        """Return the same environment in another region."""
        return replace(self, settings=self.settings.model_copy(update={"region": region}))

    @property
    def deployment(self) -> Deployment:
        """The source of the environment's names and ARNs."""
        return self.settings.deployment

    @property
    def tags(self) -> list[dict[str, str]]:
        """The tags of every resource of the stack, as S3 and IAM take them."""
        return [{"Key": key, "Value": value} for key, value in sorted(self.settings.all_tags.items())]


def require_account(clients: Clients, target: Target) -> str:
    """Return the caller's ARN; raise BootstrapError without credentials, or with those of another account.

    Asked first: a bootstrap in another account than the stack file's would be noticed late.
    """
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
