"""Running checks of a deployed stack, and showing their findings."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from contract.aws_errors import code_of, message_of
from contract.notification_rules import NotificationRule


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The result of one check of one subject, such as a bucket; `expected` and `actual` are texts for a person."""

    subject: str
    expected: str
    actual: str
    passed: bool


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A deployed stack: its outputs, the physical ids that it created, by type, and the notifier's declared rules."""

    outputs: Mapping[str, Any]
    created: Mapping[str, frozenset[str]]
    notification_rules: Sequence[NotificationRule]
    clients: Callable[[str], Any]


Check = Callable[[Deployed], Iterator[Finding]]


def compare(subject: str, expected: str, actual: object) -> Finding:
    """Return a finding that passes where both are the same text."""
    return Finding(subject=subject, expected=expected, actual=str(actual), passed=str(actual) == expected)


def run(checks: Mapping[str, Check], deployed: Deployed) -> list[Finding]:
    """Return all findings; a check that AWS refuses, or that lacks an output, is a failed finding as well."""
    return [finding for name, check in checks.items() for finding in _findings(name, check, deployed)]


def table(findings: Sequence[Finding]) -> str:
    """Return the findings as aligned columns; a failed one says what was expected."""
    width = max((len(finding.subject) for finding in findings), default=0)
    lines = [
        f"{'ok  ' if finding.passed else 'FAIL'}  {finding.subject.ljust(width)}  {finding.actual}"
        + ("" if finding.passed else f"; expected {finding.expected}")
        for finding in findings
    ]
    passed = sum(finding.passed for finding in findings)
    return "\n".join([*lines, "", f"{passed} of {len(findings)} checks passed"])


def _findings(name: str, check: Check, deployed: Deployed) -> Iterator[Finding]:
    try:
        yield from check(deployed)
    except KeyError as error:
        yield _failed(name, f"{error} in the stack's outputs", "nothing")
    except ClientError as error:
        yield _failed(name, f"an answer to {error.operation_name}", f"{code_of(error)}: {message_of(error)}")
    except BotoCoreError as error:
        yield _failed(name, "an answer", str(error))


def _failed(subject: str, expected: str, actual: str) -> Finding:
    return Finding(subject=subject, expected=expected, actual=actual, passed=False)
