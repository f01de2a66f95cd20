"""The emulator's Glue: its Data Catalog, and tags, classifiers and security configurations.

Records are as the Get operations return them, to be read only: the functions that update and set change the catalog.
"""
# ruff: noqa: SLF001
# pyright: reportPrivateUsage=false

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ministack.services import glue

from localcloud.http.errors import AwsError
from localcloud.http.service import Answer

if TYPE_CHECKING:
    from mypy_boto3_glue.type_defs import (
        ClassifierTypeDef,
        DatabaseTypeDef,
        PartitionTypeDef,
        SecurityConfigurationTypeDef,
        TableTypeDef,
    )


def perform(operation: str, request: Mapping[str, Any]) -> Answer:
    """Have the emulator answer an operation, without a check of the caller.

    Raises:
        AwsError: with the emulator's code and message.
    """
    body = json.dumps(request, default=_seconds).encode()
    status, _headers, text = glue._handle_request_sync("POST", "/", {"x-amz-target": f"AWSGlue.{operation}"}, body, {})
    answer: Answer = json.loads(text or b"{}")
    if status >= HTTPStatus.BAD_REQUEST:
        raise AwsError(str(answer.get("__type", "InternalServiceException")), str(answer.get("message", "")), status)
    return answer


def _seconds(value: Any) -> float:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(type(value).__name__)


def database(name: str) -> DatabaseTypeDef | None:
    """Return a database's record."""
    return glue._databases.get(name)


def update_database(name: str, members: Mapping[str, object]) -> None:
    """Set members of a database's record."""
    glue._databases[name].update(members)


def table(database: str, name: str) -> TableTypeDef | None:
    """Return a table's record."""
    return glue._tables.get(f"{database}/{name}")


def update_table(database: str, name: str, members: Mapping[str, object]) -> None:
    """Set members of a table's record."""
    glue._tables[f"{database}/{name}"].update(members)


def partitions(database: str, table: str) -> Sequence[PartitionTypeDef]:
    """Return the records of a table's partitions."""
    return glue._partitions.get(f"{database}/{table}") or []


def set_partitions(database: str, table: str, partitions: Sequence[PartitionTypeDef]) -> None:
    """Replace the partitions of a table."""
    glue._partitions[f"{database}/{table}"] = list(partitions)


def classifier(name: str) -> ClassifierTypeDef | None:
    """Return a classifier's record: its one member is its kind, e.g. `CsvClassifier`."""
    return glue._classifiers.get(name)


def update_classifier(name: str, kind: str, members: Mapping[str, object]) -> None:
    """Set members of a classifier of a kind."""
    glue._classifiers[name][kind].update(members)


def security_configuration(name: str) -> SecurityConfigurationTypeDef | None:
    """Return a security configuration's record."""
    return glue._security_configs.get(name)


def tags(arn: str) -> dict[str, str]:
    """Return the tags of a resource of Glue."""
    return dict(glue._tags.get(arn) or {})


def set_tags(arn: str, tags: Mapping[str, str]) -> None:
    """Replace the tags of a resource of Glue."""
    if tags:
        glue._tags[arn] = dict(tags)
    else:
        glue._tags.pop(arn, None)
