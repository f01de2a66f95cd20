"""The emulator's Glue: its Data Catalog, and tags, classifiers and security configurations.

Records are as the Get operations return them; a change of one changes the catalog.
"""
# ruff: noqa: SLF001
# pyright: reportPrivateUsage=false

import json
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

from ministack.services import glue

from localcloud.http.errors import AwsError

Record = dict[str, Any]


def perform(operation: str, request: Mapping[str, Any]) -> Record:
    """Have the emulator answer an operation, without a check of the caller.

    Raises:
        AwsError: with the emulator's code and message.
    """
    body = json.dumps(request, default=_seconds).encode()
    status, _headers, text = glue._handle_request_sync("POST", "/", {"x-amz-target": f"AWSGlue.{operation}"}, body, {})
    answer: Record = json.loads(text or b"{}")
    if status >= HTTPStatus.BAD_REQUEST:
        raise AwsError(str(answer.get("__type", "InternalServiceException")), str(answer.get("message", "")), status)
    return answer


def _seconds(value: Any) -> float:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(type(value).__name__)


def database(name: str) -> Record | None:
    """Return a database's record."""
    return glue._databases.get(name)


def table(database: str, name: str) -> Record | None:
    """Return a table's record."""
    return glue._tables.get(f"{database}/{name}")


def partitions(database: str, table: str) -> list[Record]:
    """Return the records of a table's partitions."""
    return glue._partitions.get(f"{database}/{table}") or []


def set_partitions(database: str, table: str, partitions: list[Record]) -> None:
    """Replace the partitions of a table."""
    glue._partitions[f"{database}/{table}"] = partitions


def classifier(name: str) -> Record | None:
    """Return a classifier's record: its one member is its kind, e.g. `CsvClassifier`."""
    return glue._classifiers.get(name)


def security_configuration(name: str) -> Record | None:
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
