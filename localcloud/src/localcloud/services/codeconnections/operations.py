"""CodeConnections: connections to a git provider, and the repositories that stand for those on GitHub.

A new connection is PENDING until somebody completes the handshake in the console (developer tools console user guide,
"Update a pending connection"); here an internal call does. One set of connections answers under both service names.
"""

import uuid
from typing import Any

from localcloud.git.hosting import Hosting
from localcloud.git.repository import GitRepository
from localcloud.http.errors import AwsError
from localcloud.http.paging import page
from localcloud.http.service import Call, Handler, Permission, Service
from localcloud.http.tags import ResourceTags
from localcloud.iam.sessions import RoleSession
from localcloud.layout import ACCOUNT

Record = dict[str, Any]

AVAILABLE = "AVAILABLE"
PREFIXES = ("codeconnections", "codestar-connections")


class Connections:
    """The account's connections, by ARN, and the repositories `owner/name` that they reach."""

    def __init__(self, hosting: Hosting) -> None:
        self.hosting = hosting
        self.tags = ResourceTags(resource="ResourceArn", tags="Tags", keys="TagKeys", key="Key", value="Value")
        self._records: dict[str, Record] = {}

    def service(self, name: str) -> Service:
        """The service under one of its two names, which is also the prefix of its ARNs and actions."""

        def create(call: Call) -> Record:
            return self._create(call, name)

        handlers: dict[str, Handler] = {
            "CreateConnection": create,
            "GetConnection": lambda call: {"Connection": dict(self.find(call.input["ConnectionArn"]))},
            "DeleteConnection": self._delete,
            "ListConnections": lambda call: page(call, [dict(r) for r in self._records.values()], "Connections"),
            **self.tags.handlers(),
        }
        return Service(name, handlers, lambda call: _permissions(name, call), invalid="InvalidInputException")

    def find(self, arn: str) -> Record:
        """A connection, by its ARN under either name.

        Raises:
            AwsError: ResourceNotFoundException.
        """
        record = self._records.get(_identifier(arn))
        if record is None:
            raise AwsError("ResourceNotFoundException", f"Connection {arn} not found")
        return record

    def open(self, arn: str, name: str, session: RoleSession) -> GitRepository:
        """The repository `owner/name` behind a connection, as far as a role may use it.

        Raises:
            AwsError: when it may not, the connection is not available, or there is no such repository.
        """
        # The condition key limits a statement to repositories (CodePipeline user guide, connections permissions).
        prefix = arn.split(":")[2]
        session.authorize(use_action(arn), arn, {f"{prefix}:FullRepositoryId": name})
        if self.find(arn)["ConnectionStatus"] != AVAILABLE:
            raise AwsError("ConnectionUnavailable", f"Connection {arn} is not available")
        repository = self.hosting.get(name)
        if repository is None:
            raise AwsError("RepositoryNotFound", f"No repository {name} found through connection {arn}")
        return repository

    def complete(self, arn: str) -> Record:
        """Completes the handshake.

        Raises:
            ValueError: when there is no such connection.
        """
        try:
            record = self.find(arn)
        except AwsError as error:
            raise ValueError(error.message) from error
        record["ConnectionStatus"] = AVAILABLE
        return dict(record)

    def _create(self, call: Call, prefix: str) -> Record:
        if "ProviderType" not in call.input and "HostArn" not in call.input:
            raise AwsError("InvalidInputException", "Either ProviderType or HostArn is required")
        identifier = str(uuid.uuid4())
        arn = f"arn:aws:{prefix}:{call.caller.region}:{ACCOUNT}:connection/{identifier}"
        self._records[identifier] = {
            "ConnectionName": call.input["ConnectionName"],
            "ConnectionArn": arn,
            "ProviderType": call.get("ProviderType"),
            "OwnerAccountId": ACCOUNT,
            "ConnectionStatus": "PENDING",
            **({"HostArn": call.input["HostArn"]} if call.get("HostArn") else {}),
        }
        self.tags.set(arn, call.get("Tags"))
        return {"ConnectionArn": arn, "Tags": self.tags.of(arn)}

    def _delete(self, call: Call) -> Record:
        arn = str(self.find(call.input["ConnectionArn"])["ConnectionArn"])
        del self._records[_identifier(arn)]
        self.tags.forget(arn)
        return {}


def use_action(connection_arn: str) -> str:
    """The action that using a connection takes: its ARN's prefix decides (developer tools console user guide)."""
    return f"{connection_arn.split(':')[2]}:UseConnection"


def pass_permission(connection_arn: str, service: str) -> Permission:
    """What handing a connection to a service takes (developer tools console user guide, "Passing a connection")."""
    prefix = connection_arn.split(":")[2]
    return f"{prefix}:PassConnection", connection_arn, {f"{prefix}:PassedToService": service}


def _identifier(arn: str) -> str:
    return arn.rsplit("/", 1)[-1]


def _permissions(prefix: str, call: Call) -> list[Permission]:
    """Service authorization reference, "AWS CodeConnections": creating takes no resource."""
    arn = call.get("ConnectionArn") or call.get("ResourceArn")
    every = f"arn:aws:{prefix}:{call.caller.region}:{ACCOUNT}:connection/*"
    if arn is None:
        resource = every if call.operation == "ListConnections" else "*"
        needed: list[Permission] = [(f"{prefix}:{call.operation}", resource, {})]
        return [*needed, (f"{prefix}:TagResource", every, {})] if call.get("Tags") else needed
    return [(f"{arn.split(':')[2]}:{call.operation}", arn, {})]
