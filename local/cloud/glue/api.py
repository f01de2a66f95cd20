"""Glue as one service: the emulator's catalog, and what is ours."""

from local.cloud.glue import catalog, definitions, partitions
from local.cloud.glue.access import permissions
from local.cloud.glue.emulated import OPERATIONS, perform
from local.cloud.service import Handler, Service


def glue() -> Service:
    """The Glue service; what it does not serve goes to the emulator."""
    handlers: dict[str, Handler] = dict.fromkeys(OPERATIONS, perform)
    handlers |= {
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
    folded = {
        name: catalog.folded(handler)
        for name, handler in handlers.items()
        if any(noun in name for noun in ("Database", "Table", "Partition"))
    }
    definitions_: dict[str, Handler] = {
        "CreateClassifier": definitions.create_classifier,
        "UpdateClassifier": definitions.update_classifier,
        "CreateSecurityConfiguration": definitions.create_security_configuration,
    }
    return Service(
        "glue", {**handlers, **folded, **definitions_}, permissions, invalid="InvalidInputException", partial=True
    )
