"""The account's trust in GitHub Actions: one OIDC provider an account, so no stack can own it."""

from collections.abc import Sequence
from typing import Final

from botocore.exceptions import ClientError

from bootstrap.errors import code_of
from bootstrap.outcome import Setting
from bootstrap.target import Clients, Target

_AUDIENCE: Final = "sts.amazonaws.com"


class GitHubProvider:
    """Makes tokens of workflows known to the account; which workflow may assume which role, each role says itself.

    Other environments and other teams of the account use the same provider: it is added to, and never deleted.
    """

    kind = "OIDC provider"

    def __init__(self, clients: Clients, target: Target) -> None:
        self._iam = clients("iam")
        self._target = target
        self.arn = target.deployment.github_provider_arn
        self.name = self.arn.partition("/")[2]

    def exists(self) -> bool:
        """Whether the account has the provider."""
        return self._audiences() is not None

    def create(self) -> None:
        """Makes the provider; IAM knows the certificate of this one itself and needs no thumbprint."""
        try:
            self._iam.create_open_id_connect_provider(Url=f"https://{self.name}", ClientIDList=[_AUDIENCE])
        except ClientError as error:
            if code_of(error) != "EntityAlreadyExists":
                raise

    def settings(self) -> Sequence[Setting]:
        """The audience that the roles ask for."""
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
            found = self._iam.get_open_id_connect_provider(OpenIDConnectProviderArn=self.arn)
        except ClientError as error:
            if code_of(error) == "NoSuchEntity":
                return None
            raise
        return list(found.get("ClientIDList", []))
