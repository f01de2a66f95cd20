"""The aws-native package: CloudFormation's types and properties, on boto."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from localcloud.provider.errors import Failure, ProviderError
from localcloud.provider.handler import Handler
from localcloud.provider.native import schema
from localcloud.provider.native.quicksight import DASHBOARD
from localcloud.provider.native.resource import with_default_tags
from localcloud.provider.native.sagemaker import MODEL_PACKAGE_GROUP
from localcloud.provider.package import Package
from localcloud.provider.values import Props

HANDLERS: Final[Mapping[str, Handler]] = {
    "aws-native:quicksight:Dashboard": DASHBOARD,
    "aws-native:sagemaker:ModelPackageGroup": MODEL_PACKAGE_GROUP,
}
# Where pulumi's module is not CloudFormation's namespace in lower case.
_NAMESPACES: Final = {"sagemaker": "SageMaker", "quicksight": "QuickSight"}


def cfn_type(token: str) -> str:
    """Give the CloudFormation type of a token: `aws-native:sagemaker:Model` is `AWS::SageMaker::Model`."""
    match = re.fullmatch(r"aws-native:(\w+):(\w+)", token)
    if match is None:
        raise ProviderError(f"aws-native has no resource type {token}")
    module, name = match.groups()
    return f"AWS::{_NAMESPACES.get(module, module)}::{name}"


def _handler(token: str) -> Handler:
    if token not in HANDLERS:
        known = ", ".join(sorted(HANDLERS))
        raise ProviderError(f"the resource type {token} is not supported by the local stand-in; it knows {known}")
    return HANDLERS[token]


def _validate(region: str, token: str, handler: Handler, inputs: Props) -> Iterator[Failure]:
    # A name that the program leaves out is made up, as aws-native does where CloudFormation does not.
    made_up = {handler.naming.field: "made-up"} if handler.naming else {}
    yield from schema.load(region, cfn_type(token)).failures({**made_up, **inputs})


AWS_NATIVE: Final = Package(
    name="aws-native",
    distribution="pulumi-aws-native",
    handler=_handler,
    validate=_validate,
    with_default_tags=with_default_tags,
    functions={},
)
