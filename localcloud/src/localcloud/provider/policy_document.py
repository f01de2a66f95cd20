"""JSON policy documents: their form, and when two say the same."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

_KNOWN: Final = frozenset(
    {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
)
_VERSIONS: Final = ("2012-10-17", "2008-10-17")


def problems(text: str, *, principal: bool, resource: bool) -> Iterator[str]:
    """Yield what is wrong with a policy's form (IAM User Guide, "Grammar of the IAM JSON policy language").

    `principal`: a statement names one (resource and trust policies) or must not (identity policies). `resource`: a
    statement names one (all but trust policies) or must not.
    """
    try:
        document: Any = json.loads(text)
    except ValueError as error:
        yield f"is not JSON: {error}"
        return
    if not isinstance(document, dict):
        yield "is not a JSON object"
        return
    policy = cast("dict[str, Any]", document)
    for key in policy.keys() - {"Version", "Id", "Statement"}:
        yield f"has the unknown element {key}"
    if policy.get("Version", _VERSIONS[0]) not in _VERSIONS:
        yield f"has Version {policy['Version']!r}, expected {' or '.join(_VERSIONS)}"
    statements = _listed(policy.get("Statement"))
    if not statements:
        yield "has no Statement"
    for i, statement in enumerate(statements):
        for problem in _statement(statement, principal=principal, resource=resource):
            yield f"Statement[{i}] {problem}"


def _statement(statement: Any, *, principal: bool, resource: bool) -> Iterator[str]:
    if not isinstance(statement, dict):
        yield "is not an object"
        return
    keys = set(cast("dict[str, Any]", statement))
    for key in sorted(keys - _KNOWN):
        yield f"has the unknown element {key}"
    if statement.get("Effect") not in ("Allow", "Deny"):
        yield f"has Effect {statement.get('Effect')!r}, expected 'Allow' or 'Deny'"
    yield from _pair(keys, "Action", required=True)
    yield from _pair(keys, "Principal", required=principal)
    yield from _pair(keys, "Resource", required=resource)
    if not isinstance(statement.get("Condition", {}), dict):
        yield "has a Condition that is not an object"


def _pair(keys: set[str], name: str, *, required: bool) -> Iterator[str]:
    present = keys & {name, f"Not{name}"}
    if required and len(present) != 1:
        yield f"needs exactly one of {name} and Not{name}"
    if not required and present:
        yield f"must not have {' or '.join(sorted(present))} in this kind of policy"


def canonical(text: str) -> Any:
    """Return a form in which order, single-item lists and the two ways to name an account do not count."""
    document: Any = json.loads(text)
    if not isinstance(document, dict):
        return document
    policy = cast("dict[str, Any]", document)
    statements = [_canonical_statement(item) for item in _listed(policy.get("Statement"))]
    return {**policy, "Statement": sorted(statements, key=_text)}


def _canonical_statement(statement: Any) -> Any:
    if not isinstance(statement, dict):
        return statement
    out: dict[str, Any] = {}
    for key, value in cast("dict[str, Any]", statement).items():
        if key in ("Action", "NotAction", "Resource", "NotResource"):
            out[key] = _sorted(value)
        elif key in ("Principal", "NotPrincipal"):
            out[key] = _principal(value)
        elif key == "Condition" and isinstance(value, Mapping):
            tests = cast("Mapping[str, Mapping[str, Any]]", value).items()
            out[key] = {test: {k: _sorted(v) for k, v in keys.items()} for test, keys in tests}
        elif key != "Sid" or value:
            out[key] = value
    return out


def _principal(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {kind: _sorted(names, account=kind == "AWS") for kind, names in cast("Mapping[str, Any]", value).items()}


def _sorted(value: Any, *, account: bool = False) -> list[str]:
    texts = [item if isinstance(item, str) else _text(item) for item in _listed(value)]
    if account:
        texts = [f"arn:aws:iam::{text}:root" if text.isdigit() else text for text in texts]
    return sorted(set(texts))


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
