"""The provider's own configuration: region, allowedAccountIds, defaultTags, and nothing else."""

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

SUPPORTED: Final = ("region", "allowedAccountIds", "defaultTags")
# The SDKs and the engine add these themselves; they turn checks off that the stand-in does not make.
_HARMLESS: Final = frozenset({"version", "pluginDownloadURL", "name", "__internal"})


@dataclass(frozen=True)
class Configuration:
    """One provider instance's configuration."""

    region: str
    allowed_account_ids: tuple[str, ...] = ()
    default_tags: Mapping[str, str] = field(default_factory=dict[str, str])


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
        elif key == "defaultTags":
            yield from _tag_failures(value)


def _tag_failures(value: Any) -> Iterator[Failure]:
    if not isinstance(value, dict):
        yield Failure("defaultTags", f"expected {{tags: {{...}}}}, got {value!r}")
        return
    for key in cast("dict[str, Any]", value):
        if key != "tags":
            yield Failure(f"defaultTags.{key}", "not supported by the local stand-in provider; it knows tags")


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
    tags = cast("dict[str, Any]", properties.get("defaultTags") or {}).get("tags") or {}
    accounts = cast("list[Any]", properties.get("allowedAccountIds") or [])
    return Configuration(region, tuple(str(account) for account in accounts), cast("dict[str, str]", tags))


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
