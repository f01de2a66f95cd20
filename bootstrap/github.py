"""The account's OIDC provider for GitHub Actions; an account can have one only, so no stack can own it."""

from collections.abc import Sequence
from typing import Final

from botocore.exceptions import ClientError

from bootstrap.reconcile import Setting
from bootstrap.target import Clients, Target
from contract.aws_errors import code_of

_AUDIENCE: Final = "sts.amazonaws.com"


class GitHubProvider:
    """Lets the account verify the tokens of workflows; which workflow may assume a role is said by the role's trust.

    Other environments and other teams of the account use the same provider: it is extended, and never deleted.
    """

    kind = "OIDC provider"

    def __init__(self, clients: Clients, target: Target) -> None:
        self._iam = clients("iam")
        self._target = target
        self.arn = target.deployment.github_provider_arn
        self.name = self.arn.partition("/")[2]

    def exists(self) -> bool:
        """Return whether the account has the provider."""
        return self._audiences() is not None

    def create(self) -> None:
        """Create the provider; IAM knows the certificate of this one and needs no thumbprint."""
        try:
            self._iam.create_open_id_connect_provider(Url=f"https://{self.name}", ClientIDList=[_AUDIENCE])
        except ClientError as error:
            if code_of(error) != "EntityAlreadyExists":
                raise

    def settings(self) -> Sequence[Setting]:
        """Return the audience that the roles' trust policies require."""
        return (
            Setting(
                label=f"audience {_AUDIENCE}",
                is_right=lambda: _AUDIENCE in (self._audiences() or []),
                put_right=lambda: self._iam.add_client_id_to_open_id_connect_provider(
                    OpenIDConnectProviderArn=self.arn, ClientID=_AUDIENCE
                ),
            ),
        )

    def _audiences(self) -> list[str] | None:
        try:
            provider = self._iam.get_open_id_connect_provider(OpenIDConnectProviderArn=self.arn)
        except ClientError as error:
            if code_of(error) == "NoSuchEntity":
                return None
            raise
        return list(provider.get("ClientIDList", []))
