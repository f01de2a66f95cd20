"""A preview as Markdown: for an approval, and for a comment on a pull request."""

import difflib
import json
import re
from collections.abc import Iterator, Sequence

from messages.change_set import ChangeSet, Op, PropertyChange, ResourceChange
from messages.markdown import GITHUB_LIMIT, code, fenced

_PROPERTIES = 12
_DIFF_LINES = 14
_DOCUMENT_CHARACTERS = 20_000
_FOOTER_ROOM = 400
_LONG_RUN = re.compile("`{20,}")
_TITLES: dict[Op, str] = {
    "delete": "Delete",
    "replace": "Replace: delete and create anew",
    "update": "Update",
    "create": "Create",
    "import": "Import",
}


def marker(stack: str) -> str:
    """Return the first line of a comment, by which it is found again; it is not shown."""
    return f"<!-- pulumi preview of stack {stack} -->"


def render(
    changes: ChangeSet, limit: int = GITHUB_LIMIT, policies: Sequence[str] = (), *, compare_documents: bool = True
) -> str:
    """Return the change set in at most `limit` characters; what does not fit is counted at the end.

    `policies` is what the policy pack says of the preview, such as rules that are switched off, each in lines of text.
    Documents such as policies are shown by the lines that differ, unless `compare_documents` is False: comparing takes
    time that grows faster than the documents do.
    """
    text = "\n".join([*_head(changes), *_policies(policies)]) + "\n"
    shown = 0
    op = None
    for resource in changes.resources:
        title = f"\n### {_TITLES[resource.op]} ({changes.counts[resource.op]})\n\n" if resource.op != op else ""
        room = limit - len(text) - len(title) - _FOOTER_ROOM
        whole = _resource(resource, compare_documents=compare_documents)
        # Without its properties where the whole does not fit: all that is deleted or replaced has to be named.
        block = next((block for block in (whole, f"{_label(resource)}\n") if len(block) <= room), None)
        if block is None:
            break
        text += title + block
        shown += 1
        op = resource.op
    return text + _footer(changes, shown)


def failure(stack: str, reason: str, limit: int = GITHUB_LIMIT) -> str:
    """Return the report of a preview that failed, with the engine's errors, cut to fit into `limit` characters."""
    head = f"{marker(stack)}\n## Preview of stack {code(stack)} failed\n\n"
    room = limit - len(head) - 100
    # A fence is longer than any run of backticks inside, twice.
    plain = _LONG_RUN.sub(lambda run: "'" * len(run.group()), reason)
    text = plain if len(plain) <= room else f"{plain[:room]}\n[cut]"
    return f"{head}{fenced(text)}"


def _head(changes: ChangeSet) -> Iterator[str]:
    yield marker(changes.stack)
    commit = f" at {code(changes.commit[:12])}" if changes.commit else ""
    yield f"## Preview of stack {code(changes.stack)}{commit}"
    yield ""
    if not changes.resources:
        yield f"No changes: {changes.unchanged} resources stay as they are."
        return
    yield "| operation | resources |"
    yield "|---|---:|"
    for op, count in changes.counts.items():
        yield f"| {f'**{op}**' if op in {'delete', 'replace'} else op} | {count} |"
    yield f"| unchanged | {changes.unchanged} |"
    yield ""
    yield f"Change set {code(changes.digest[:12])}, by which the deployment's log names it."
    if changes.losses:
        yield ""
        yield f"> **{len(changes.losses)} of these can't be undone**; each says what it loses."
    hidden = sum(not change.compared for resource in changes.resources for change in resource.properties)
    if hidden:
        yield ""
        values = "1 secret value is" if hidden == 1 else f"{hidden} secret values are"
        yield f"{values} neither shown nor compared, and counted as changed."


def _policies(policies: Sequence[str]) -> Iterator[str]:
    if policies:
        yield ""
        yield from fenced("\n".join(policies)).splitlines()


def _resource(resource: ResourceChange, *, compare_documents: bool) -> str:
    lines = [_label(resource)]
    if resource.op in {"update", "replace"}:
        lines += [
            line
            for change in resource.properties[:_PROPERTIES]
            for line in _property(change, compare_documents=compare_documents)
        ]
        if len(resource.properties) > _PROPERTIES:
            lines.append(f"  - and {len(resource.properties) - _PROPERTIES} more properties")
    return "\n".join(lines) + "\n"


def _label(resource: ResourceChange) -> str:
    loss = f" **loses {resource.loses}**" if resource.is_loss else ""
    return f"- {code(resource.type)} {code(resource.name)}{loss}"


def _property(change: PropertyChange, *, compare_documents: bool) -> Iterator[str]:
    why = " **causes the replacement**" if change.replaces else ""
    diff = _document_diff(change) if compare_documents else []
    if diff:
        yield f"  - {code(change.path)}{why}"
        yield from (f"    {line}" for line in fenced("\n".join(diff), "diff").splitlines())
    else:
        yield f"  - {code(change.path)}: {_value(change.before)} → {_value(change.after)}{why}"


def _value(value: str | None) -> str:
    return "nothing" if value is None else code(value)


def _document_diff(change: PropertyChange) -> list[str]:
    """Return the lines that differ between two JSON documents, such as policies; none where they are no documents."""
    before, after = _document(change.before), _document(change.after)
    if not before or not after:
        return []
    lines = list(difflib.unified_diff(before, after, n=1, lineterm=""))[2:]
    hidden = len(lines) - _DIFF_LINES
    return [*lines[:_DIFF_LINES], f"and {hidden} more lines"] if hidden > 0 else lines


def _document(text: str | None) -> list[str]:
    # Comparing takes time that grows faster than the documents, and anybody may have written these.
    if text is None or len(text) > _DOCUMENT_CHARACTERS:
        return []
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return json.dumps(value, indent=1, sort_keys=True).splitlines() if isinstance(value, dict | list) else []


def _footer(changes: ChangeSet, shown: int) -> str:
    hidden = changes.resources[shown:]
    if not hidden:
        return ""
    counts = ChangeSet(stack=changes.stack, resources=hidden).counts
    listed = ", ".join(f"{count} to {op}" for op, count in counts.items())
    return f"\n**{len(hidden)} more changes are not shown here: {listed}.** The change set holds all of them.\n"
