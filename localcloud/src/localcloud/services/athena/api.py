"""Athena as one service: its stores wired together."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from localcloud.http.client_errors import clients_of
from localcloud.http.service import Service
from localcloud.services.athena.access import Access
from localcloud.services.athena.events import Telling
from localcloud.services.athena.executions import Executions
from localcloud.services.athena.metadata import Metadata
from localcloud.services.athena.named_queries import NamedQueries
from localcloud.services.athena.tags import Tags
from localcloud.services.athena.workgroups import WorkGroups
from localcloud.services.cloudwatch.metrics import Metrics

Record = dict[str, Any]


class Athena:
    """The Athena service, and how its queries are stopped when the cloud ends.

    Args:
        endpoint: the cloud's own, through which data and catalog are read as the caller.
        region: the cloud's region.
        emit: takes each EventBridge event.
        metrics: takes the workgroups' metrics.
        folder: an existing directory for data while it is being read.
    """

    def __init__(
        self, endpoint: str, region: str, emit: Callable[[Record], None], metrics: Metrics, folder: Path
    ) -> None:
        tags = Tags()
        workgroups = WorkGroups(tags, region)
        named_queries = NamedQueries(workgroups)
        telling = Telling(emit, metrics, region)
        self._executions = Executions(workgroups, lambda caller: clients_of(caller, endpoint), telling.changed, folder)
        access = Access(named_queries.workgroup_of, self._executions.workgroup_of)
        handlers = {
            **workgroups.handlers(),
            **named_queries.handlers(),
            **self._executions.handlers(),
            **Metadata(lambda caller: clients_of(caller, endpoint)).handlers(),
            **tags.handlers(),
        }
        self.service = Service("athena", handlers, access.permissions, invalid="InvalidRequestException")

    def stop(self) -> None:
        """Cancels running queries."""
        self._executions.stop_all()
