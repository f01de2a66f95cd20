"""Operations that the emulator's catalog performs, behind our validation and authorization."""
# ruff: noqa: SLF001
# pyright: reportPrivateUsage=false

import json
from datetime import datetime
from typing import Any

from ministack.services import glue

from localcloud.http.errors import AwsError
from localcloud.http.service import Call

Record = dict[str, Any]
OPERATIONS = (
    "CreateDatabase",
    "GetDatabase",
    "GetDatabases",
    "UpdateDatabase",
    "DeleteDatabase",
    "CreateTable",
    "GetTable",
    "GetTables",
    "UpdateTable",
    "DeleteTable",
    "BatchDeleteTable",
    "CreatePartition",
    "BatchCreatePartition",
    "GetPartition",
    "BatchGetPartition",
    "BatchUpdatePartition",
    "CreatePartitionIndex",
    "GetPartitionIndexes",
    "CreateClassifier",
    "GetClassifier",
    "GetClassifiers",
    "DeleteClassifier",
    "CreateSecurityConfiguration",
    "GetSecurityConfiguration",
    "GetSecurityConfigurations",
    "DeleteSecurityConfiguration",
    "TagResource",
    "UntagResource",
    "GetTags",
)


def perform(call: Call) -> Record:
    """Has the emulator answer a call that is already authorized.

    Raises:
        AwsError: with the emulator's code and message.
    """
    body = json.dumps(call.input, default=_seconds).encode()
    target = {"x-amz-target": f"AWSGlue.{call.operation}"}
    status, _headers, text = glue._handle_request_sync("POST", "/", target, body, {})
    answer: Record = json.loads(text or b"{}")
    if status >= 400:  # noqa: PLR2004
        raise AwsError(str(answer.get("__type", "InternalServiceException")), str(answer.get("message", "")), status)
    return answer


def _seconds(value: Any) -> float:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(type(value).__name__)
