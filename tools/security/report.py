"""What `make security` prints: what needs somebody, then one table."""

from collections.abc import Mapping, Sequence

from tools.security.findings import Finding, Verdict

_HEADINGS = ("tool", "findings", "explained", "unexplained")


def render(verdict: Verdict, tools: Sequence[str]) -> str:
    """Return the unexplained findings, the stale explanations, and the table of all tools.

    A finding of several stacks counts once.
    """
    lines: list[str] = []
    if verdict.unexplained:
        lines.append("Unexplained: change what was found, or say in tools/security/explanations.py why it may stay.")
        lines += [f"  {finding}{_where(stacks)}" for finding, stacks in _by_stack(verdict.unexplained).items()]
    if verdict.stale:
        lines.append("Explanations that no finding needs any more: remove them from tools/security/explanations.py.")
        lines += [f"  {stale}" for stale in verdict.stale]
    explained, unexplained = _by_stack(verdict.explained), _by_stack(verdict.unexplained)
    rows = [(tool, _of(tool, explained), _of(tool, unexplained)) for tool in tools]
    total = ("total", len(explained), len(unexplained))
    lines += [f"{_HEADINGS[0]:<16}" + "".join(f"{heading:>13}" for heading in _HEADINGS[1:])]
    lines += [f"{tool:<16}{done + left:>13}{done:>13}{left:>13}" for tool, done, left in (*rows, total)]
    return "\n".join([*lines, f"stale explanations: {len(verdict.stale)}"])


def _by_stack(findings: Sequence[Finding]) -> dict[str, list[str]]:
    """Return the stacks of each finding."""
    stacks: dict[str, list[str]] = {}
    for finding in findings:
        stacks.setdefault(str(finding), []).append(finding.stack)
    return stacks


def _where(stacks: Sequence[str]) -> str:
    named = ", ".join(filter(None, stacks))
    return f" (stacks {named})" if named else ""


def _of(tool: str, findings: Mapping[str, object]) -> int:
    return sum(finding.startswith(f"{tool} ") for finding in findings)
