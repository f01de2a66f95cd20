"""Properties that SQS and SNS keep as a map of strings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from localcloud.provider.handler import Field
from localcloud.provider.values import UNKNOWN, Props, Unknown


def to_text(value: Any) -> Any:
    """Write one value as the APIs do."""
    if isinstance(value, Unknown):
        return UNKNOWN
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def written(fields: Mapping[str, Field], inputs: Props, names: Iterable[str]) -> dict[str, Any]:
    """Give the attributes of some properties; one that is not set any more gets its default, or is emptied."""
    out: dict[str, Any] = {}
    for name in names:
        spec = fields[name]
        if not spec.to:
            continue
        value = inputs.get(name, spec.default)
        out[spec.to] = "" if value is None else to_text(value)
    return out


def parsed(fields: Mapping[str, Field], attributes: Mapping[str, str]) -> Props:
    """Read properties back, as the type that their limits and defaults say."""
    found: Props = {}
    for name, spec in fields.items():
        text = attributes.get(spec.to, "") if spec.to else ""
        if text == "":
            continue
        if isinstance(spec.default, bool):
            found[name] = text.lower() == "true"
        elif isinstance(spec.default, int) or spec.low is not None:
            found[name] = int(text)
        else:
            found[name] = text
    return found
