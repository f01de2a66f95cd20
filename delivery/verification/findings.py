"""Running checks of a deployed stack, and showing their findings."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from contract.aws_errors import code_of, message_of
from delivery.job import DeliveryError
from delivery.verification.policy_evaluation import UnknownElementError
from delivery.verification.state import Deployed


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The result of one check of one subject, such as a bucket; `expected` and `actual` are texts for a person.

    `pending` is what has passed because it is not due yet.
    """

    subject: str
    expected: str
    actual: str
    passed: bool
    pending: bool = False


Check = Callable[[Deployed], Iterator[Finding]]


def compare(subject: str, expected: str, actual: object) -> Finding:
    """Return a finding that passes where both are the same text."""
    return Finding(subject=subject, expected=expected, actual=str(actual), passed=str(actual) == expected)


def passed(subject: str, actual: str) -> Finding:
    """Return a finding that all is well, which can stand for many subjects."""
    return Finding(subject=subject, expected=actual, actual=actual, passed=True)


def failed(subject: str, expected: str, actual: str) -> Finding:
    """Return a finding that something is not as expected."""
    return Finding(subject=subject, expected=expected, actual=actual, passed=False)


def counted(count: int, kind: str) -> str:
    """Return such as "1 rule" or "7 rules"."""
    return f"{count} {kind}" if count == 1 else f"{count} {kind}s"


def first_of(texts: Sequence[str]) -> str:
    """Return the first text, and how many others there are."""
    return texts[0] if len(texts) == 1 else f"{texts[0]}, and {len(texts) - 1} more"


def run(checks: Mapping[str, Check], deployed: Deployed) -> list[Finding]:
    """Return all findings; a check that AWS refuses, or that lacks an output, is a failed finding as well."""
    return [finding for name, check in checks.items() for finding in _findings(name, check, deployed)]


def table(findings: Sequence[Finding]) -> str:
    """Return the findings as aligned columns; a failed one says what was expected."""
    width = max((len(finding.subject) for finding in findings), default=0)
    lines = [
        f"{_mark(finding)}  {finding.subject.ljust(width)}  {finding.actual}"
        + ("" if finding.passed else f"; expected {finding.expected}")
        for finding in findings
    ]
    count = sum(finding.passed for finding in findings)
    return "\n".join([*lines, "", f"{count} of {len(findings)} checks passed"])


def _mark(finding: Finding) -> str:
    if finding.pending:
        return "todo"
    return "ok  " if finding.passed else "FAIL"


def _findings(name: str, check: Check, deployed: Deployed) -> Iterator[Finding]:
    try:
        yield from check(deployed)
    except KeyError as error:
        yield failed(name, f"{error} in the stack's outputs", "nothing")
    except ClientError as error:
        yield failed(name, f"an answer to {error.operation_name}", f"{code_of(error)}: {message_of(error)}")
    except UnknownElementError as error:
        yield failed(name, "nothing but what these checks can evaluate", str(error))
    except (BotoCoreError, DeliveryError) as error:
        yield failed(name, "an answer", str(error))
