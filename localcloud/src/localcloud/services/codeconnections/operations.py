"""CodeConnections' operations, and the service that they are under each of its names."""

from __future__ import annotations

from collections.abc import Sequence

from localcloud.http.paging import Page
from localcloud.http.service import Answer, Call, Service, operation
from localcloud.http.tags import ResourceTags, Tag, TagStore
from localcloud.services.codeconnections import access, errors
from localcloud.services.codeconnections.models import Connections

NAMES = ("codeconnections", "codestar-connections")
"""The service's present and its former name, each a signing name, and a prefix of actions and ARNs."""


def codeconnections(connections: Connections) -> dict[str, Service]:
    """Return the service by each of its names."""
    tags = TagStore(missing=errors.missing_resource, too_many=errors.too_many_tags)
    tags.owned_by(connections.has)
    return {
        name: Service(
            name,
            [ConnectionOperations(name, connections, tags)],
            access.permissions(name),
            invalid="InvalidInputException",
        )
        for name in NAMES
    }


class ConnectionOperations(ResourceTags):
    """Operations on connections and their tags; `prefix` is the service's name in the ARNs of new ones."""

    def __init__(self, prefix: str, connections: Connections, tags: TagStore) -> None:
        super().__init__(tags)
        self._prefix = prefix
        self._connections = connections

    @operation
    def create_connection(
        self,
        call: Call,
        *,
        connection_name: str,
        provider_type: str | None = None,
        host_arn: str | None = None,
        tags: Sequence[Tag] = (),
    ) -> Answer:
        """Create a connection, which is pending."""
        if provider_type is None and host_arn is None:
            raise errors.invalid_input("Either ProviderType or HostArn is required")
        connection = self._connections.create(
            self._prefix, call.caller.region, connection_name, provider_type=provider_type, host_arn=host_arn
        )
        self._tags.put(connection.arn, tags)
        return {"ConnectionArn": connection.arn, "Tags": self._tags.of(connection.arn)}

    @operation
    def get_connection(self, _call: Call, *, connection_arn: str) -> Answer:
        """Return a connection."""
        return {"Connection": self._connections.find(connection_arn).describe()}

    @operation
    def delete_connection(self, _call: Call, *, connection_arn: str) -> Answer:
        """Delete a connection."""
        self._tags.forget(self._connections.delete(connection_arn).arn)
        return {}

    @operation
    def list_connections(
        self,
        _call: Call,
        *,
        provider_type_filter: str | None = None,
        host_arn_filter: str | None = None,
        next_token: str | None = None,
        max_results: int | None = None,
    ) -> Answer:
        """List connections, those of a provider or of a host."""
        connections = [
            connection.describe()
            for connection in self._connections.all()
            if provider_type_filter in {None, connection.provider_type}
            and host_arn_filter in {None, connection.host_arn}
        ]
        return Page.of(connections, next_token, max_results).answer("Connections")
