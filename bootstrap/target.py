"""The environment to prepare, read from its stack file with the validation of the program, and its account."""

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import boto3
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from bootstrap.errors import BootstrapError, explain
from contract.names import Deployment
from settings.load import InvalidSettingsError, read
from settings.models import StackSettings
from tools.toolchain.login import LOCAL_STACK, how_to_log_in

Clients = Callable[[str], Any]
"""Returns the boto3 client of a service by its name."""


class RegionalClients(Protocol):
    """Gives the boto3 client of a service, in the stack's region or in another one."""

    def __call__(self, service: str, region: str | None = None) -> Any:
        """Return the client."""
        ...


def clients_of(region: str) -> RegionalClients:
    """Return what gives the clients of this process's credentials.

    Raises:
        BootstrapError: the configuration that AWS's variables and files hold can't be used.
    """
    try:
        session: Any = boto3.Session(region_name=region)
    except BotoCoreError as error:
        raise explain(error, "reading the AWS configuration") from error

    @functools.cache
    def client(service: str, region: str | None = None) -> Any:
        return session.client(service, region_name=region)

    return client


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
    except NoCredentialsError as error:
        problem = explain(error, "asking whose credentials these are")
        # Its address and its credentials are in the same environment.
        if target.deployment.environment == LOCAL_STACK:
            problem = BootstrapError(problem.text, how_to_log_in(LOCAL_STACK))
        raise problem from error
    except (ClientError, BotoCoreError) as error:
        raise explain(error, "asking whose credentials these are") from error
    expected = target.deployment.account_id
    if identity["Account"] != expected:
        raise BootstrapError(
            f"These credentials ({identity['Arn']}) are of account {identity['Account']}, but "
            f"Pulumi.{target.deployment.environment}.yaml names account {expected} (operations.accountId). "
            "Nothing was read or changed.",
            "log in to the account that the stack file names",
        )
    return str(identity["Arn"])
