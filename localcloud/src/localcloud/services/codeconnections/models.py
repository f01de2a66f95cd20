"""Connections, and the repositories that they reach."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Literal, NotRequired, TypedDict

from localcloud.git.hosting import Hosting
from localcloud.git.repository import GitRepository
from localcloud.iam.roles import RoleSession
from localcloud.layout import ACCOUNT
from localcloud.services.codeconnections import access, errors


class ConnectionDescription(TypedDict):
    """A connection as GetConnection answers it; boto3-stubs has no types of this service here."""

    ConnectionName: str
    ConnectionArn: str
    OwnerAccountId: str
    ConnectionStatus: str
    ProviderType: NotRequired[str]
    HostArn: NotRequired[str]


@dataclass(kw_only=True)
class Connection:
    """A connection.

    A new one is PENDING until somebody completes the handshake in the console (developer tools console user guide,
    "Update a pending connection"); here `Connections.complete` does.
    """

    arn: str
    name: str
    provider_type: str | None = None
    host_arn: str | None = None
    status: Literal["PENDING", "AVAILABLE"] = "PENDING"

    def describe(self) -> ConnectionDescription:
        """Return the connection as GetConnection answers it."""
        description: ConnectionDescription = {
            "ConnectionName": self.name,
            "ConnectionArn": self.arn,
            "OwnerAccountId": ACCOUNT,
            "ConnectionStatus": self.status,
        }
        if self.provider_type is not None:
            description["ProviderType"] = self.provider_type
        if self.host_arn is not None:
            description["HostArn"] = self.host_arn
        return description


class Connections:
    """The account's connections, by the id at the end of their ARN, and the repositories `owner/name` behind them."""

    def __init__(self, hosting: Hosting) -> None:
        self.hosting = hosting
        self._by_id: dict[str, Connection] = {}

    def create(
        self, prefix: str, region: str, name: str, *, provider_type: str | None, host_arn: str | None
    ) -> Connection:
        """Create a connection; `prefix` is the service's name in its ARN."""
        identifier = str(uuid.uuid4())
        arn = f"arn:aws:{prefix}:{region}:{ACCOUNT}:connection/{identifier}"
        connection = Connection(arn=arn, name=name, provider_type=provider_type, host_arn=host_arn)
        self._by_id[identifier] = connection
        return connection

    def all(self) -> list[Connection]:
        """Return every connection, in the order of their creation."""
        return list(self._by_id.values())

    def has(self, arn: str) -> bool:
        """Return whether there is a connection of the ARN, under either name."""
        return _identifier(arn) in self._by_id

    def find(self, arn: str) -> Connection:
        """Return a connection by its ARN under either name.

        Raises:
            AwsError: ResourceNotFoundException.
        """
        if not self.has(arn):
            raise errors.missing_connection(arn)
        return self._by_id[_identifier(arn)]

    def complete(self, arn: str) -> Connection:
        """Complete the handshake.

        Raises:
            AwsError: ResourceNotFoundException.
        """
        connection = self.find(arn)
        connection.status = "AVAILABLE"
        return connection

    def delete(self, arn: str) -> Connection:
        """Delete a connection.

        Raises:
            AwsError: ResourceNotFoundException.
        """
        connection = self.find(arn)
        del self._by_id[_identifier(arn)]
        return connection

    def open(self, arn: str, repository: str, session: RoleSession) -> GitRepository:
        """Return the repository `owner/name` behind a connection, for a role.

        Raises:
            AwsError: when the role may not use it, it is not available, or there is no such repository.
        """
        access.authorize_use(session, arn, repository)
        if self.find(arn).status != "AVAILABLE":
            raise errors.unavailable_connection(arn)
        try:
            return self.hosting.find(repository)
        except KeyError as error:
            raise errors.missing_repository(repository, arn) from error


def _identifier(arn: str) -> str:
    return arn.rsplit("/", 1)[-1]
