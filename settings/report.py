"""How errors of a stack's configuration read: the key, what is given, what is expected."""

import difflib
import json
from collections.abc import Collection, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from settings.models import StackSettings

_LONGEST_VALUE = 80


def problems(error: ValidationError, filled_elsewhere: Collection[Sequence[int | str]] = ()) -> list[str]:
    """Return one line an error, in the order of the model's fields.

    Args:
        error: of the settings.
        filled_elsewhere: locations whose missing values are another problem's fault.
    """
    return [
        _line(detail)
        for detail in error.errors(include_url=False)
        if not (detail["loc"] in filled_elsewhere and (detail["type"] == "missing" or detail["input"] is None))
    ]


def _line(detail: ErrorDetails) -> str:
    location = detail["loc"]
    key = key_name(location)
    if detail["type"] == "extra_forbidden":
        return f"{key}: unknown key, {_known_keys(location)}"
    value = "nothing" if detail["type"] == "missing" else _shown(detail["input"])
    return f"{key}: given {value}, expected {_expected(location)}{_reason(detail)}"


def _reason(detail: ErrorDetails) -> str:
    """Return what a validator of this package or of e-mail addresses says, in brackets."""
    context = detail.get("ctx", {}) if detail["type"] == "value_error" else {}
    reason = context.get("error") or context.get("reason")
    return f" ({reason})" if reason else ""


def key_name(location: Sequence[int | str]) -> str:
    """Return the key as it stands in a stack file, such as mlops-infra:notifications.emails[1]."""
    head, *rest = [part for part in location if part != "[key]"]
    if head == "environment":
        return "stack name"
    name = str(head) if ":" in str(head) else f"mlops-infra:{head}"
    return name + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest)


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}... ({len(text)} characters)"


def _expected(location: Sequence[int | str]) -> str:
    """Return the description of the innermost field that the location passes through."""
    model: type[BaseModel] | None = StackSettings
    description = ""
    for part in location:
        if model is None or isinstance(part, int):
            continue
        field = next((f for name, f in model.model_fields.items() if part in (f.alias, name)), None)
        if field is None:
            break
        description = field.description or description
        model = _section_in(field.annotation)
    return description


def _known_keys(location: Sequence[int | str]) -> str:
    model: type[BaseModel] = StackSettings
    for part in location[:-1]:
        if isinstance(part, str):
            model = _section_in(next(f.annotation for f in model.model_fields.values() if f.alias == part)) or model
    known = [field.alias or name for name, field in model.model_fields.items() if name not in ("environment", "region")]
    close = difflib.get_close_matches(str(location[-1]), known, n=1)
    return f"did you mean {close[0]}?" if close else f"expected one of {', '.join(known)}"


def _section_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model inside an annotation such as tuple[SlackChannel, ...]."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for inner in get_args(annotation) if (model := _section_in(inner))), None)
