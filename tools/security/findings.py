"""What a tool found, the explanations of what is left alone, and how the two are compared."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Final

from policy.resources import Statement
from settings import StackSettings
from tools.security.claims import Claim

_RESOURCE: Final = re.compile(r"Resource::(.+)")
_ACTION: Final = re.compile(r"([a-z0-9-]+:[A-Za-z]+)( \w+)?")


@dataclass(frozen=True, order=True, kw_only=True)
class Finding:
    """One complaint.

    Attributes:
        stack: the stack's name, or "" where it is about none.
        tool: its name, such as checkov.
        rule: the tool's own id of the rule.
        resource: the name in the program of the resource that it is about, or a file.
        message: what the tool says, in the words of `general`: the same for every stack.
        statements: those that allow what the message names, a resource or an action, in the same words.
    """

    tool: str
    rule: str
    resource: str
    message: str
    stack: str = ""
    statements: Sequence[Statement] = field(default=(), compare=False)

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
        claim: what has to hold for each statement that the finding is about; it fits none that isn't about any.
        reason: for a security engineer, with the page where it states a fact about AWS.
    """

    rules: Sequence[str]
    resources: Sequence[str]
    reason: str
    message: str = ".*"
    not_in: Sequence[str] = ()
    claim: Claim | None = None

    def explains(self, finding: Finding) -> bool:
        """Return whether the finding is one of those."""
        return (
            finding.rule in self.rules
            and finding.stack not in self.not_in
            and any(fnmatchcase(finding.resource, pattern) for pattern in self.resources)
            and re.fullmatch(self.message, finding.message, re.DOTALL) is not None
            and (self.claim is None or _holds(self.claim, finding.statements))
        )


def _holds(claim: Claim, statements: Sequence[Statement]) -> bool:
    """Return whether a claim holds for all statements; of one that allows all but something nothing can be claimed."""
    return bool(statements) and all(
        not statement.not_actions and not statement.not_resources and claim(statement) for statement in statements
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


def placeholders(settings: StackSettings) -> dict[str, str]:
    """Return what stands for the names of a stack in messages, so that one explanation fits all stacks.

    Longer names come first: a bucket's name begins with the prefix, where it isn't one that existed before.
    """
    deployment, buckets = settings.deployment, settings.buckets
    names = {
        "access-logs": deployment.bucket_name("access-logs"),
        "artifacts": buckets.artifacts or deployment.bucket_name("artifacts"),
        "data": buckets.data or deployment.bucket_name("data"),
        "state": deployment.state_bucket,
    }
    return {
        **dict.fromkeys(settings.delivery.approval.approver_roles, "{approver}"),
        **{name: f"{{prefix}}-{short_name}-{{account}}-{{region}}" for short_name, name in names.items()},
        deployment.account_id: "{account}",
        deployment.region: "{region}",
        # An ML pipeline may have the prefix as its name, or one that begins or continues it.
        **dict(sorted({settings.pipeline.name: "{pipeline}", deployment.prefix: "{prefix}"}.items(), reverse=True)),
        deployment.prefix.replace("-", "_"): "{database prefix}",
    }


def general(text: str, names: Mapping[str, str]) -> str:
    """Return a message with placeholders for names; a longer name that begins or ends the same is another's."""
    for name, placeholder in names.items():
        text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", lambda _, new=placeholder: new, text)
    return text


def statements_about(message: str, statements: Iterable[Statement]) -> Sequence[Statement]:
    """Return the statements that allow what a message names, a resource or an action; none where it names neither."""
    return [statement for statement in statements if statement.allows and _is_about(message, statement)]


def _is_about(message: str, statement: Statement) -> bool:
    """Return whether a statement is on the resource, or allows the action, that a message names."""
    if resource := _RESOURCE.fullmatch(message):
        return resource[1] in statement.resources or bool(statement.not_resources)
    if action := _ACTION.fullmatch(message):
        allowed = any(fnmatchcase(action[1].lower(), pattern.lower()) for pattern in statement.actions)
        return allowed or bool(statement.not_actions)
    return False
