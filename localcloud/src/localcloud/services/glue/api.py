"""Glue as one service: the emulator's catalog, and what is ours."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from localcloud.http.service import Handler, Service
from localcloud.services.glue import catalog, definitions, partitions
from localcloud.services.glue.access import permissions
from localcloud.services.glue.crawlers import Crawlers
from localcloud.services.glue.emulated import OPERATIONS, perform
from localcloud.services.glue.runs import Runs

_CATALOG: dict[str, Handler] = {
    "CreateDatabase": catalog.create_database,
    "UpdateDatabase": catalog.update_database,
    "CreateTable": catalog.create_table,
    "UpdateTable": catalog.update_table,
    "CreatePartition": partitions.create,
    "BatchCreatePartition": partitions.create,
    "GetPartition": partitions.existing,
    "GetPartitions": partitions.list_all,
    "BatchGetPartition": partitions.existing,
    "UpdatePartition": partitions.update,
    "BatchUpdatePartition": partitions.existing,
    "DeletePartition": partitions.delete,
    "BatchDeletePartition": partitions.batch_delete,
}
_DEFINITIONS: dict[str, Handler] = {
    "CreateClassifier": definitions.create_classifier,
    "UpdateClassifier": definitions.update_classifier,
    "CreateSecurityConfiguration": definitions.create_security_configuration,
}


class Glue:
    """The Glue service; what it does not serve goes to the emulator.

    Args:
        endpoint: the cloud's own, through which crawlers read and write as their role.
        emit: takes each EventBridge event.
        folder: an existing directory for samples of data.
    """

    def __init__(self, endpoint: str, emit: Callable[[dict[str, Any]], None], folder: Path) -> None:
        self._runs = Runs(endpoint, emit, folder)
        emulated: dict[str, Handler] = dict.fromkeys(OPERATIONS, perform)
        handlers = {**emulated, **_CATALOG, **_DEFINITIONS, **Crawlers(self._runs).handlers()}
        in_catalog = [name for name in handlers if any(noun in name for noun in ("Database", "Table", "Partition"))]
        handlers |= {name: catalog.folded(handlers[name]) for name in in_catalog}
        self.service = Service("glue", handlers, permissions, invalid="InvalidInputException", partial=True)

    def stop(self) -> None:
        """Gives up running crawls."""
        self._runs.stop_all()
