"""The aws package: pulumi-aws's types and properties, on boto."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from localcloud.provider import sdk, tagging
from localcloud.provider.errors import Failure, ProviderError
from localcloud.provider.functions import FUNCTIONS
from localcloud.provider.handler import Handler
from localcloud.provider.handlers import HANDLERS
from localcloud.provider.package import Package
from localcloud.provider.values import Props

_EVERYWHERE: Final = frozenset({"region", "__defaults"})


def _handler(token: str) -> Handler:
    if token in HANDLERS:
        return HANDLERS[token]
    if sdk.resource_class(token) is None:
        raise ProviderError(f"pulumi-aws has no resource type {token}")
    raise ProviderError(
        f"the resource type {token} is not supported by the local stand-in; it knows {', '.join(sorted(HANDLERS))}"
    )


def _validate(_region: str, token: str, handler: Handler, inputs: Props) -> Iterator[Failure]:
    args = sdk.resource_class(token, "Args")
    if args is None:
        raise ProviderError(f"pulumi-aws has no resource type {token}")
    found = list(sdk.failures(args, inputs))
    yield from found
    wrong = {failure.path for failure in found}
    for name in inputs:
        if name not in handler.fields and name not in _EVERYWHERE and name not in wrong:
            known = ", ".join(sorted(handler.fields))
            yield Failure(name, f"is not supported by the local stand-in; of {token} it knows {known}")


AWS: Final = Package(
    name="aws",
    distribution="pulumi-aws",
    handler=_handler,
    validate=_validate,
    with_default_tags=tagging.merged,
    functions=FUNCTIONS,
)
