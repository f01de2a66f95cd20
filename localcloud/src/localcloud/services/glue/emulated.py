"""Operations that the emulator's catalog performs, behind our validation and authorization."""

from typing import Any

from localcloud.emulator import catalog
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
    return catalog.perform(call.operation, call.input)
