"""What the policy of a resource decides about one request.

IAM's simulator decides on the policies of a role, but not on this: its caller can't be a service principal, and for
roles it leaves resource-based policies aside ("SimulateCustomPolicy", IAM API Reference). How a policy is evaluated:
"Policy evaluation logic" and "IAM JSON policy elements: Condition operators" (IAM User Guide).
"""

import functools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

Document = Mapping[str, Any]
"""A policy document, from JSON."""

Decision = Literal["allowed", "implicitDeny", "explicitDeny"]
"""In the words of the simulator."""


class UnknownElementError(ValueError):
    """A policy has an element that is not evaluated here, which the message names."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """Who asks for what: a service principal such as events.amazonaws.com, or a role's ARN; `context` by key."""

    principal: str
    action: str
    resource: str
    context: Mapping[str, str]


def decide(policy: Document, request: Request) -> Decision:
    """Return what a policy document decides.

    Raises:
        UnknownElementError: a statement that may apply has an element which is not evaluated here.
    """
    effects = {statement["Effect"] for statement in statements_of(policy) if _applies(statement, request)}
    if "Deny" in effects:
        return "explicitDeny"
    return "allowed" if "Allow" in effects else "implicitDeny"


def is_like(pattern: str, value: str) -> bool:
    """Return whether a text is like a pattern with `*` and `?`."""
    return _expression(pattern).fullmatch(value) is not None


@functools.lru_cache(maxsize=4096)
def _expression(pattern: str) -> re.Pattern[str]:
    """Return the regular expression of a pattern: there are some hundred, compared a million times."""
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def statements_of(document: Document) -> list[Mapping[str, Any]]:
    """Return the statements of a policy document, which may be a single one."""
    statements = document.get("Statement", [])
    return [statements] if isinstance(statements, dict) else statements


def as_list(value: object) -> list[str]:
    """Return one value of a policy element, or several, as a list."""
    return [str(member) for member in cast("list[object]", value)] if isinstance(value, list) else [str(value)]


def services_of(policy: Document) -> set[str]:
    """Return the service principals that a policy document allows something, whatever the conditions."""
    return {
        service
        for statement in statements_of(policy)
        if statement["Effect"] == "Allow" and isinstance(statement.get("Principal"), dict)
        for service in as_list(statement["Principal"].get("Service", []))
    }


def _applies(statement: Mapping[str, Any], request: Request) -> bool:
    unknown = {"NotPrincipal", "NotAction", "NotResource"} & set(statement)
    if unknown:
        raise UnknownElementError(f"{min(unknown)} is not evaluated")
    return (
        _names_principal(statement["Principal"], request.principal)
        and any(is_like(action.lower(), request.action.lower()) for action in as_list(statement["Action"]))
        # The policy of a role, its trust, names no resource.
        and any(is_like(resource, request.resource) for resource in as_list(statement.get("Resource", "*")))
        and _conditions_hold(statement.get("Condition", {}), request.context)
    )


def _names_principal(element: object, principal: str) -> bool:
    if element == "*":
        return True
    by_kind = cast("Mapping[str, object]", element)
    accounts = as_list(by_kind.get("AWS", []))
    if "*" in accounts:
        return True
    if not principal.startswith("arn:"):
        return principal in as_list(by_kind.get("Service", []))
    # The account's own principals are meant by its root as well, where IAM policies then decide.
    root = f"{principal.partition(':role/')[0]}:root"
    return bool({principal, root, principal.split(":")[4]} & set(accounts))


def _conditions_hold(conditions: Mapping[str, Mapping[str, object]], context: Mapping[str, str]) -> bool:
    values = {key.lower(): value for key, value in context.items()}
    return all(
        _holds(operator, as_list(expected), values.get(key.lower()))
        for operator, keys in conditions.items()
        for key, expected in keys.items()
    )


_OPERATORS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "ArnEquals": is_like,
    "ArnLike": is_like,
    "Bool": lambda expected, value: expected.lower() == value.lower(),
    "StringEquals": lambda expected, value: expected == value,
    "StringEqualsIgnoreCase": lambda expected, value: expected.lower() == value.lower(),
    "StringLike": is_like,
}


def _holds(operator: str, expected: Iterable[str], value: str | None) -> bool:
    """Return whether one condition holds; a key is taken for single-valued, as are all of those in requests here."""
    name = operator.removeprefix("ForAnyValue:").removeprefix("ForAllValues:")
    if name == "Null":
        return all((value is None) == (member.lower() == "true") for member in expected)
    base = name.removesuffix("IfExists").replace("Not", "")
    if base not in _OPERATORS:
        raise UnknownElementError(f"condition operator {operator} is not evaluated")
    is_negated = "Not" in name
    if value is None:
        return is_negated or name.endswith("IfExists")
    return any(_OPERATORS[base](member, value) for member in expected) != is_negated
