"""What differs between a resource as it is and as the program wants it."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from localcloud.provider import policy_document
from localcloud.provider.fields import ANY, Field, Kind
from localcloud.provider.values import Archive, Asset, Props, Unknown, is_empty, is_unknown

Verb = Literal["add", "delete", "update"]


@dataclass(frozen=True)
class Change:
    """One differing path of a property, e.g. `tags.owner` or `attributes[0].type`."""

    path: str
    field: str
    verb: Verb
    replace: bool


def changes(fields: Mapping[str, Field], actual: Props, desired: Props, ignored: Sequence[str] = ()) -> list[Change]:
    """Compare a state with inputs by field; an unset input means its default, or anything if AWS picks the value."""
    result: list[Change] = []
    for name, spec in fields.items():
        new = desired.get(name)
        if is_empty(new):
            if spec.computed and new is None:
                continue
            new = spec.default if new is None else new
        old = actual.get(name)
        if same(spec, old, new):
            continue
        replace = spec.replace or (spec.exclusive and is_empty(old) != is_empty(new))
        for path, verb in _paths(spec.kind, name, completed(spec, old, new), completed(spec, new, old)):
            if not any(_covers(path, covered) for covered in ignored):
                result.append(Change(path, name, verb, replace))
    return result


def same(spec: Field, old: Any, new: Any) -> bool:
    """Return whether two values of a field mean the same to AWS, with what unset properties in them mean."""
    old = spec.default if is_empty(old) else old
    return equal(spec.kind, completed(spec, old, new), completed(spec, new, old))


def completed(spec: Field, value: Any, other: Any) -> Any:
    """Return a value with the defaults of its unset nested properties; what AWS picks is taken from the other value."""
    if not spec.nested or not isinstance(value, Mapping):
        return value
    result = cast("Props", copy.deepcopy(value))
    for path, default in spec.nested.items():
        steps = path.split(".")
        _fill(result, steps, _at(other, steps) if default is ANY else default)
    return result


def _fill(value: Any, steps: list[str], default: Any) -> None:
    for step in steps[:-1]:
        value = value.setdefault(step, {}) if isinstance(value, dict) else None
    if isinstance(value, dict) and default is not None:
        cast("Props", value).setdefault(steps[-1], default)


def _at(value: Any, steps: list[str]) -> Any:
    for step in steps:
        value = cast("Props", value).get(step) if isinstance(value, dict) else None
    return value


def equal(kind: Kind, old: Any, new: Any) -> bool:
    """Return whether two values of a property mean the same to AWS."""
    if is_unknown(old) or is_unknown(new):
        return False
    if is_empty(_canonical(old)) or is_empty(_canonical(new)):
        return is_empty(_canonical(old)) and is_empty(_canonical(new))
    if kind == "sets":
        return _text(_sorted(old)) == _text(_sorted(new))
    if kind == "set" and isinstance(old, list) and isinstance(new, list):
        return sorted(map(_text, cast("list[Any]", old))) == sorted(map(_text, cast("list[Any]", new)))
    if (kind == "json" or kind.endswith("policy")) and isinstance(old, str) and isinstance(new, str):
        return _same_document(kind, old, new)
    return _canonical(old) == _canonical(new)


def _same_document(kind: Kind, old: str, new: str) -> bool:
    try:
        read = json.loads if kind == "json" else policy_document.canonical
        return read(old) == read(new)
    except ValueError:
        return old == new


def _canonical(value: Any) -> Any:
    if isinstance(value, Mapping):
        pairs = cast("Mapping[str, Any]", value).items()
        return {key: _canonical(item) for key, item in pairs if not is_empty(item) and item is not False}
    if isinstance(value, list):
        return [_canonical(item) for item in cast("list[Any]", value)]
    if isinstance(value, Asset | Archive) and value.hash:
        return (type(value).__name__, value.hash)
    return value


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _sorted(item) for key, item in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list):
        return sorted((_sorted(item) for item in cast("list[Any]", value)), key=_text)
    return value


def _text(value: Any) -> str:
    return json.dumps(_canonical(value), sort_keys=True, default=str)


def _paths(kind: Kind, path: str, old: Any, new: Any) -> Iterator[tuple[str, Verb]]:
    if is_empty(old):
        yield path, "add"
    elif is_empty(new):
        yield path, "delete"
    elif kind == "value" and isinstance(old, dict) and isinstance(new, dict):
        left, right = cast("dict[str, Any]", old), cast("dict[str, Any]", new)
        for key in sorted(left.keys() | right.keys()):
            if not equal(kind, left.get(key), right.get(key)):
                yield from _paths(kind, f"{path}{_step(key)}", left.get(key), right.get(key))
    elif kind == "value" and isinstance(old, list) and isinstance(new, list):
        left, right = cast("list[Any]", old), cast("list[Any]", new)
        for i in range(max(len(left), len(right))):
            a, b = (left[i] if i < len(left) else None), (right[i] if i < len(right) else None)
            if not equal(kind, a, b):
                yield from _paths(kind, f"{path}[{i}]", a, b)
    else:
        yield path, "update"


def _step(key: str) -> str:
    return f".{key}" if re.fullmatch(r"[A-Za-z_$][\w$]*", key) else f"[{json.dumps(key)}]"


def _covers(path: str, ignored: str) -> bool:
    return path == ignored or path.startswith((f"{ignored}.", f"{ignored}["))


def refreshed_inputs(fields: Mapping[str, Field], identity: Sequence[str], state: Props, old: Props) -> Props:
    """Return the inputs that would produce a state: the program's own where they still hold, the drift where not."""
    inputs: Props = {name: value for name, value in old.items() if name not in fields}
    for name, spec in fields.items():
        value = state.get(name)
        if name in old:
            if same(spec, value, old[name]) or isinstance(old[name], Unknown):
                inputs[name] = old[name]
            elif not is_empty(value):
                inputs[name] = value
        elif (name in identity and not is_empty(value)) or (
            not spec.computed and not is_empty(value) and not same(spec, value, spec.default)
        ):
            inputs[name] = value
    return inputs


def in_program_wording(fields: Mapping[str, Field], state: Props, inputs: Props) -> Props:
    """Return the state with the program's own wording of every value that means the same.

    A policy whose statements AWS has in another order, for instance, stays as the program wrote it.
    """
    return {
        name: completed(fields[name], inputs[name], value)
        if name in inputs and name in fields and same(fields[name], value, inputs[name])
        else value
        for name, value in state.items()
    }
