"""What a tool found, the explanations of what is left alone, and how the two are compared."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from contract.names import Deployment


@dataclass(frozen=True, order=True, kw_only=True)
class Finding:
    """One complaint.

    Attributes:
        stack: the stack's name, or "" where it is about none.
        tool: its name, such as checkov.
        rule: the tool's own id of the rule.
        resource: the name in the program of the resource that it is about, or a file.
        message: what the tool says, in the words of `general`: the same for every stack.
    """

    tool: str
    rule: str
    resource: str
    message: str
    stack: str = ""

    def __str__(self) -> str:
        return f"{self.tool} {self.rule} {self.resource}: {self.message}"


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Why findings are left alone.

    Attributes:
        rules: the rules' ids; no two tools share one.
        resources: patterns in the shell's manner of the resources' names.
        message: a regular expression that the whole message has to match.
        not_in: names of stacks for which it is none.
        reason: for a security engineer, with the page where it states a fact about AWS.
    """

    rules: Sequence[str]
    resources: Sequence[str]
    reason: str
    message: str = ".*"
    not_in: Sequence[str] = ()

    def explains(self, finding: Finding) -> bool:
        """Return whether the finding is one of those."""
        return (
            finding.rule in self.rules
            and finding.stack not in self.not_in
            and any(fnmatchcase(finding.resource, pattern) for pattern in self.resources)
            and re.fullmatch(self.message, finding.message, re.DOTALL) is not None
        )


@dataclass(frozen=True, kw_only=True)
class Stale:
    """A rule and a pattern of resources of an explanation that no finding needs."""

    rule: str
    resource: str
    explanation: Explanation

    def __str__(self) -> str:
        return f"{self.rule} {self.resource} ({self.explanation.message}): {self.explanation.reason}"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The findings of all stacks beside the explanations."""

    explained: Sequence[Finding]
    unexplained: Sequence[Finding]
    stale: Sequence[Stale]


def compare(findings: Iterable[Finding], explanations: Sequence[Explanation]) -> Verdict:
    """Sort findings into explained and unexplained ones; name what no finding needs of the explanations."""
    explained: list[Finding] = []
    unexplained: list[Finding] = []
    for finding in sorted(set(findings)):
        (explained if any(entry.explains(finding) for entry in explanations) else unexplained).append(finding)
    stale = [
        Stale(rule=rule, resource=resource, explanation=entry)
        for entry in explanations
        for rule in entry.rules
        for resource in entry.resources
        if not any(
            finding.rule == rule and fnmatchcase(finding.resource, resource) and entry.explains(finding)
            for finding in explained
        )
    ]
    return Verdict(explained=explained, unexplained=unexplained, stale=stale)


_ACCOUNT: Final = "{account}"
_REGION: Final = "{region}"
_PREFIX: Final = "{prefix}"
_DATABASE_PREFIX: Final = "{database prefix}"


def general(text: str, deployment: Deployment) -> str:
    """Return a message with placeholders for account, region and prefix, so that one explanation fits all stacks."""
    values: Mapping[str, str] = {
        deployment.account_id: _ACCOUNT,
        deployment.region: _REGION,
        deployment.prefix: _PREFIX,
        deployment.prefix.replace("-", "_"): _DATABASE_PREFIX,
    }
    for value, placeholder in values.items():
        # A longer name that begins or ends the same isn't the stack's.
        text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(value)}(?![A-Za-z0-9])", placeholder, text)
    return text
