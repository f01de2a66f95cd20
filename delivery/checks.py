"""What Verify finds: one line a check."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from contract.aws_errors import code_of, message_of
from contract.notification_rules import NotificationRule


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at; it is right where what was found is what was expected."""

    what: str
    expected: str
    found: str
    right: bool


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A deployed stack: its outputs, the physical ids that it created, by type, and the notifier's declared rules."""

    outputs: Mapping[str, Any]
    created: Mapping[str, frozenset[str]]
    notification_rules: Sequence[NotificationRule]
    clients: Callable[[str], Any]


Check = Callable[[Deployed], Iterator[Finding]]


def finding(what: str, expected: str, found: object) -> Finding:
    """A finding that is right where both are the same text."""
    return Finding(what=what, expected=expected, found=str(found), right=str(found) == expected)


def run(checks: Mapping[str, Check], deployed: Deployed) -> list[Finding]:
    """All findings; a check that AWS refuses, or that misses an output, is a finding as well."""
    return [found for name, check in checks.items() for found in _findings(name, check, deployed)]


def table(findings: list[Finding]) -> str:
    """The findings as aligned columns; what is wrong says what was expected."""
    width = max((len(found.what) for found in findings), default=0)
    lines = [
        f"{'ok  ' if found.right else 'FAIL'}  {found.what.ljust(width)}  {found.found}"
        + ("" if found.right else f"; expected {found.expected}")
        for found in findings
    ]
    wrong = sum(not found.right for found in findings)
    return "\n".join([*lines, "", f"{len(findings) - wrong} of {len(findings)} checks passed"])


def _findings(name: str, check: Check, deployed: Deployed) -> Iterator[Finding]:
    try:
        yield from check(deployed)
    except KeyError as error:
        yield Finding(what=name, expected=f"{error} in the stack's outputs", found="nothing", right=False)
    except ClientError as error:
        found = f"{code_of(error)}: {message_of(error)}"
        yield Finding(what=name, expected=f"an answer to {error.operation_name}", found=found, right=False)
    except BotoCoreError as error:
        yield Finding(what=name, expected="an answer", found=str(error), right=False)
