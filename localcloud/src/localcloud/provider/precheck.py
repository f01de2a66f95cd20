"""Everything about a resource's inputs that can be known to be wrong before anything is created."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from localcloud.provider import policy_document
from localcloud.provider.cloud import Cloud
from localcloud.provider.errors import Failure
from localcloud.provider.handler import Field, Handler
from localcloud.provider.translate import TranslationError
from localcloud.provider.values import UNKNOWN, Props, Unknown


def as_text(fields: Mapping[str, Field], inputs: Props) -> Props:
    """Write policies that the program gives as objects as JSON, the form in which AWS takes them."""
    return {
        name: json.dumps(value) if isinstance(value, dict) and _is_document(fields.get(name)) else value
        for name, value in inputs.items()
    }


def failures(handler: Handler, cloud: Cloud, inputs: Props) -> Iterator[Failure]:
    """Yield what AWS would refuse: limits, documents, rules between properties, and the requests they would lead to."""
    found = [failure for name, spec in handler.fields.items() for failure in _field(name, spec, inputs.get(name))]
    if handler.check:
        found += [Failure(path, reason) for path, reason in handler.check(inputs)]
    yield from found or _requests(handler, cloud, inputs)


def _is_document(spec: Field | None) -> bool:
    return spec is not None and (spec.kind == "json" or spec.kind.endswith("policy"))


def _field(name: str, spec: Field, value: Any) -> Iterator[Failure]:
    if value is None or isinstance(value, Unknown):
        return
    if spec.choices and value not in spec.choices:
        yield Failure(name, f"{value!r} is none of {', '.join(spec.choices)}")
    if isinstance(value, int | float) and not isinstance(value, bool):
        if spec.low is not None and value < spec.low:
            yield Failure(name, f"is {value}, at least {spec.low:g} expected")
        if spec.high is not None and value > spec.high:
            yield Failure(name, f"is {value}, at most {spec.high:g} expected")
    if _is_document(spec) and value != "":
        yield from (Failure(name, reason) for reason in _document(spec, value))


def _document(spec: Field, text: Any) -> Iterator[str]:
    if spec.kind != "json":
        identity, trust = spec.kind == "identity-policy", spec.kind == "trust-policy"
        yield from policy_document.problems(text, principal=not identity, resource=not trust)
        return
    try:
        json.loads(text)
    except ValueError as error:
        yield f"is not JSON: {error}"


def _requests(handler: Handler, cloud: Cloud, inputs: Props) -> Iterator[Failure]:
    settable = frozenset(name for name in inputs if name in handler.fields and not handler.fields[name].replace)
    try:
        requests = [
            handler.create(cloud, inputs),
            *handler.update(cloud, UNKNOWN, {}, inputs, settable),
        ]
        seen: set[tuple[str, str]] = set()
        for request in requests:
            for path, reason in cloud.check(request):
                if (path, reason) not in seen:
                    seen.add((path, reason))
                    yield Failure("", f"{request.operation}: {path} {reason}")
    except TranslationError as error:
        yield Failure(error.path, error.reason)
