"""The aws resource types that the stand-in serves.

A further type is one `ResourceType` in the module of its service, and one case in tests/provider. Checks, names, tags,
differences, drift, secrets, retries and adoption are common to all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from localcloud.provider.resource_type import ResourceType
from localcloud.provider.types import (
    athena,
    chatbot,
    cloudwatch,
    developer_tools,
    dynamodb,
    events,
    glue,
    iam,
    keys,
    lakeformation,
    lambda_functions,
    messaging,
    quicksight,
    s3,
)

_SERVICES: Final = (
    athena,
    chatbot,
    cloudwatch,
    developer_tools,
    dynamodb,
    events,
    glue,
    iam,
    keys,
    lakeformation,
    lambda_functions,
    messaging,
    quicksight,
    s3,
)
TYPES: Final[Mapping[str, ResourceType]] = {
    value.token: value for service in _SERVICES for value in vars(service).values() if isinstance(value, ResourceType)
}
"""Every ResourceType that a service's module names, by its token."""
