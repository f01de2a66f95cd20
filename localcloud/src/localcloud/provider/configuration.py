"""The provider's own configuration: region, allowedAccountIds, defaultTags, ignoreTags, and nothing else."""

from __future__ import annotations

import ipaddress
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast
from urllib.parse import urlsplit

from localcloud.provider.errors import Failure, ProviderError
from localcloud.provider.values import Props, is_empty, is_unknown

SUPPORTED: Final = ("region", "allowedAccountIds", "defaultTags", "ignoreTags")
# The SDKs and the engine add these themselves; they turn checks off that the stand-in does not make.
_HARMLESS: Final = frozenset({"version", "pluginDownloadURL", "name", "__internal"})


_PARTS: Final[Mapping[str, Mapping[str, type]]] = {
    "defaultTags": {"tags": dict},
    "ignoreTags": {"keys": list, "keyPrefixes": list},
}
_KINDS: Final[Mapping[type, str]] = {dict: "an object", list: "a list"}


@dataclass(frozen=True)
class Tags:
    """What a provider does to the tags of every resource.

    defaults: Tags that it adds.
    ignored: Keys of tags that others put on resources, which are neither read nor changed.
    ignored_prefixes: What such keys may begin with.
    """

    defaults: Mapping[str, str] = field(default_factory=dict[str, str])
    ignored: frozenset[str] = frozenset()
    ignored_prefixes: tuple[str, ...] = ()

    def ignores(self, key: str) -> bool:
        """Return whether a tag is none of the provider's business."""
        return key in self.ignored or key.startswith(self.ignored_prefixes)


@dataclass(frozen=True)
class Configuration:
    """One provider instance's configuration."""

    region: str
    allowed_account_ids: tuple[str, ...] = ()
    tags: Tags = field(default_factory=Tags)


def plain(values: Props) -> Props:
    """Read provider properties, which the SDKs send as JSON in a string wherever they are not strings."""
    return {key: _plain(key, value) for key, value in values.items()}


def _plain(key: str, value: Any) -> Any:
    if key == "region" or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def failures(values: Props) -> Iterator[Failure]:
    """Yield what is wrong with a provider's properties."""
    for key, value in plain(values).items():
        if key in _HARMLESS or key.startswith("skip") or is_empty(value) or value is False or is_unknown(value):
            continue
        if key not in SUPPORTED:
            yield Failure(key, f"not supported by the local stand-in provider; it knows {', '.join(SUPPORTED)}")
        elif key == "region" and not isinstance(value, str):
            yield Failure(key, f"expected a region's name, got {value!r}")
        elif key == "allowedAccountIds" and not isinstance(value, list):
            yield Failure(key, f"expected a list of account ids, got {value!r}")
        elif key in _PARTS:
            yield from _part_failures(key, value)


def _part_failures(name: str, value: Any) -> Iterator[Failure]:
    parts = _PARTS[name]
    if not isinstance(value, dict):
        yield Failure(name, f"expected an object with {' and '.join(parts)}, got {value!r}")
        return
    for key, part in cast("dict[str, Any]", value).items():
        if key not in parts:
            yield Failure(f"{name}.{key}", f"not supported by the local stand-in provider; it knows {', '.join(parts)}")
        elif not isinstance(part, parts[key]) and not is_empty(part):
            yield Failure(f"{name}.{key}", f"expected {_KINDS[parts[key]]}, got {part!r}")


def parse(values: Props) -> Configuration:
    """Read a provider's properties.

    Raises:
        ProviderError: They are wrong, or neither they nor the environment name a region.
    """
    wrong = list(failures(values))
    if wrong:
        raise ProviderError("provider configuration: " + "; ".join(f"{f.path}: {f.reason}" for f in wrong))
    properties = plain(values)
    region = properties.get("region") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not isinstance(region, str):
        raise ProviderError("provider configuration: region is missing; set aws:region or AWS_REGION")
    defaults = cast("dict[str, Any]", properties.get("defaultTags") or {}).get("tags") or {}
    ignored = cast("dict[str, Any]", properties.get("ignoreTags") or {})
    tags = Tags(defaults, frozenset(ignored.get("keys") or ()), tuple(ignored.get("keyPrefixes") or ()))
    accounts = cast("list[Any]", properties.get("allowedAccountIds") or [])
    return Configuration(region, tuple(str(account) for account in accounts), tags)


def require_loopback(environment: Mapping[str, str]) -> None:
    """Refuse to work unless every AWS endpoint is on this machine: the stand-in must never act on a real account.

    Raises:
        ProviderError: AWS_ENDPOINT_URL is missing, or it or an AWS_ENDPOINT_URL_<SERVICE> is not a loopback URL.
    """
    endpoints = {key: value for key, value in environment.items() if key.startswith("AWS_ENDPOINT_URL")}
    if "AWS_ENDPOINT_URL" not in endpoints:
        raise ProviderError(
            "the local stand-in provider works on the local cloud only, and AWS_ENDPOINT_URL is not set. "
            'Start it with `localcloud up` and take over its environment with `eval "$(localcloud env)"`, '
            "or remove the stand-in from PATH to work on AWS."
        )
    for key, value in endpoints.items():
        if not is_loopback(value):
            raise ProviderError(
                f"the local stand-in provider works on the local cloud only, but {key} is {value!r}; "
                "expected a URL such as http://127.0.0.1:4566."
            )


def is_loopback(url: str) -> bool:
    """Return whether a URL's host is this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
