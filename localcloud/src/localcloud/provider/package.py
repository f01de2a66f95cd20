"""A Pulumi package as the stand-in serves it: its types, how their inputs are judged, and its functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.provider.cloud import Cloud
from localcloud.provider.errors import Failure
from localcloud.provider.handler import Handler
from localcloud.provider.values import Props

Function = Callable[[Cloud, Props], Props]


@dataclass(frozen=True, kw_only=True)
class Package:
    """What the engine's calls need to know of a package.

    `handler` gives a type's handler, or raises ProviderError. `validate` judges inputs as the program gave them, in a
    region. `with_default_tags` merges the provider's default tags into a resource's, the resource's own winning.
    """

    name: str
    distribution: str
    handler: Callable[[str], Handler]
    validate: Callable[[str, str, Handler, Props], Iterable[Failure]]
    with_default_tags: Callable[[Mapping[str, str], Any], Any]
    functions: Mapping[str, Function]
