"""What a target receives: the whole event, or what Input, InputPath or InputTransformer make of it.

Source: EventBridge user guide, "Amazon EventBridge input transformation".
"""

import json
import re
from typing import Any

from localcloud.services.events.models import Event, InputTransformer, Rule, Target

_PLACEHOLDER = re.compile(r"<([^<>]+)>")
_INDEX = re.compile(r"\[(\d+)\]")


def payload(event: Event, target: Target, rule: Rule) -> str:
    """Return the JSON text that a target gets."""
    if target.input is not None:
        return target.input
    if target.input_path is not None:
        return json.dumps(_at(event, target.input_path))
    if target.transformer:
        return _transformed(event, target.transformer, rule)
    return json.dumps(event)


def _transformed(event: Event, transformer: InputTransformer, rule: Rule) -> str:
    values = {name: _at(event, path) for name, path in transformer.paths.items()}
    values |= {
        "aws.events.rule-arn": rule.arn,
        "aws.events.rule-name": rule.name,
        "aws.events.event.ingestion-time": event["time"],
        "aws.events.event": {key: value for key, value in event.items() if key != "detail"},
        "aws.events.event.json": event,
    }

    def value(placeholder: re.Match[str]) -> str:
        if placeholder[1] not in values:
            return placeholder[0]
        inside_string = transformer.template.count('"', 0, placeholder.start()) % 2 == 1
        chosen = values[placeholder[1]]
        if inside_string:
            return chosen if isinstance(chosen, str) else json.dumps(chosen).replace('"', "")
        return json.dumps(chosen)

    return _PLACEHOLDER.sub(value, transformer.template)


def _at(event: Event, path: str) -> Any:
    value: Any = event
    for part in path.removeprefix("$").strip(".").split("."):
        if not part:
            continue
        value = value.get(part.partition("[")[0]) if isinstance(value, dict) else None
        for index in _INDEX.findall(part):
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else None
    return value
