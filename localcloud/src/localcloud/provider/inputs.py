"""A program's inputs before anything is created: what the provider adds, and all that can be known to be wrong."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from localcloud.provider import policy_document
from localcloud.provider.cloud import Cloud
from localcloud.provider.errors import Failure
from localcloud.provider.fields import Field
from localcloud.provider.resource_type import Naming, ResourceType
from localcloud.provider.service_model import TranslationError
from localcloud.provider.values import UNKNOWN, Props, Unknown

_RANDOM_DIGITS: Final = 7


def add_name(naming: Naming, logical_name: str, seed: bytes, old: Props, new: Props) -> Props:
    """Fill in the physical name: the one of before, else `{logical name}-{7 hex}` as pulumi-aws makes it.

    Which properties were filled in is kept under `__defaults`, as pulumi-aws does, so that a name that the program
    takes away later is not taken for one that was made up.
    """
    if naming.field in new:
        return new
    name = made_up_name(naming, old) or physical_name(naming, logical_name, seed, new)
    return {**new, **inputs_of(naming, name)}


def physical_name(naming: Naming, logical_name: str, seed: bytes, inputs: Props) -> str:
    """Make a name up from the engine's random seed."""
    suffix = naming.suffix(inputs)
    tail = f"-{hashlib.sha256(seed or logical_name.encode()).hexdigest()[:_RANDOM_DIGITS]}{suffix}"
    stem = f"{naming.prefix}{logical_name}"[: naming.longest - len(tail)]
    return (stem.lower() if naming.lower else stem) + tail


def made_up_name(naming: Naming | None, inputs: Props) -> str:
    """Return the physical name if it was made up here, else nothing."""
    return str(inputs.get(naming.field, "")) if naming and naming.field in inputs.get("__defaults", []) else ""


def inputs_of(naming: Naming, name: str) -> Props:
    """Return inputs as they are when a name was made up."""
    return {naming.field: name, "__defaults": [naming.field]} if name else {}


def with_json(fields: Mapping[str, Field], inputs: Props) -> Props:
    """Write policies that the program gives as objects as JSON, the form in which AWS takes them."""
    return {
        name: json.dumps(value) if isinstance(value, dict) and name in fields and fields[name].is_document else value
        for name, value in inputs.items()
    }


def failures(resource_type: ResourceType, cloud: Cloud, inputs: Props) -> Iterator[Failure]:
    """Yield what AWS would refuse: limits, documents, rules between properties, and the requests they would lead to."""
    wrong = [failure for name, spec in resource_type.fields.items() for failure in _field(name, spec, inputs.get(name))]
    if resource_type.check:
        wrong += [Failure(path, reason) for path, reason in resource_type.check(inputs)]
    yield from wrong or _requests(resource_type, cloud, inputs)


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
    if spec.is_document and value != "":
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


def _requests(resource_type: ResourceType, cloud: Cloud, inputs: Props) -> Iterator[Failure]:
    fields = resource_type.fields
    mutable = frozenset(name for name in inputs if name in fields and not fields[name].replace)
    try:
        requests = [
            resource_type.create_request(cloud, inputs),
            *resource_type.update_requests(cloud, UNKNOWN, {}, inputs, mutable),
        ]
        reported: set[tuple[str, str]] = set()
        for request in requests:
            for path, reason in cloud.check(request):
                if (path, reason) not in reported:
                    reported.add((path, reason))
                    yield Failure("", f"{request.operation}: {path} {reason}")
    except TranslationError as error:
        yield Failure(error.path, error.reason)
