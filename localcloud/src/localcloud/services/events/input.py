"""What a target receives: the whole event, or what Input, InputPath or InputTransformer make of it.

Source: EventBridge user guide, "Amazon EventBridge input transformation".
"""

import json
import re
from typing import Any

Event = dict[str, Any]
_PLACEHOLDER = re.compile(r"<([^<>]+)>")
_INDEX = re.compile(r"\[(\d+)\]")


def payload(event: Event, target: dict[str, Any], rule: dict[str, Any]) -> str:
    """The JSON text that a target gets."""
    if (given := target.get("Input")) is not None:
        return str(given)
    if (path := target.get("InputPath")) is not None:
        return json.dumps(_at(event, path))
    if transformer := target.get("InputTransformer"):
        return _transformed(event, transformer, rule)
    return json.dumps(event)


def _transformed(event: Event, transformer: dict[str, Any], rule: dict[str, Any]) -> str:
    values = {name: _at(event, path) for name, path in transformer.get("InputPathsMap", {}).items()}
    values |= {
        "aws.events.rule-arn": rule["Arn"],
        "aws.events.rule-name": rule["Name"],
        "aws.events.event.ingestion-time": event["time"],
        "aws.events.event": {key: value for key, value in event.items() if key != "detail"},
        "aws.events.event.json": event,
    }
    template = str(transformer["InputTemplate"])

    def value(found: re.Match[str]) -> str:
        if found[1] not in values:
            return found[0]
        inside_string = template.count('"', 0, found.start()) % 2 == 1
        chosen = values[found[1]]
        if inside_string:
            return chosen if isinstance(chosen, str) else json.dumps(chosen).replace('"', "")
        return json.dumps(chosen)

    return _PLACEHOLDER.sub(value, template)


def _at(event: Event, path: str) -> Any:
    value: Any = event
    for part in path.removeprefix("$").strip(".").split("."):
        if not part:
            continue
        value = value.get(part.partition("[")[0]) if isinstance(value, dict) else None
        for index in _INDEX.findall(part):
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else None
    return value
