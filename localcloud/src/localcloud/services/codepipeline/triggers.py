"""Which pushes start a pipeline: the Git triggers of V2 pipelines with their filters.

Source: CodePipeline user guide, "Filter triggers on code push or pull requests" and "Working with glob patterns in
syntax": within one filter all conditions hold, one filter of several is enough, excludes win over includes.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

Record = Mapping[str, Any]


def starts(trigger: Record, kind: str, name: str, paths: Iterable[str]) -> bool:
    """Whether a push of a branch or tag passes one of a trigger's push filters.

    Args:
        trigger: a trigger of the pipeline's structure.
        kind: `branch` or `tag`.
        name: the branch's or tag's name.
        paths: the paths of the files that the push changed.
    """
    changed = list(paths)
    return any(_push(given, kind, name, changed) for given in trigger["gitConfiguration"].get("push", []))


def has_filters(trigger: Record) -> bool:
    """Whether a trigger says which pushes count; one that doesn't takes each push to its action's branch."""
    return bool(trigger["gitConfiguration"].get("push") or trigger["gitConfiguration"].get("pullRequest"))


def _push(given: Record, kind: str, name: str, paths: list[str]) -> bool:
    criteria = given.get("tags" if kind == "tag" else "branches")
    if criteria is None:
        # A filter on tags says nothing of branches; one on file paths alone is about every branch.
        if kind == "tag" or "tags" in given:
            return False
    elif not passes(criteria, name):
        return False
    files = given.get("filePaths")
    return files is None or any(passes(files, path) for path in paths)


def passes(criteria: Record, text: str) -> bool:
    """Whether a text matches an include, if there are any, and no exclude."""
    includes, excludes = criteria.get("includes") or ["**"], criteria.get("excludes") or []
    return _any(includes, text) and not _any(excludes, text)


def _any(patterns: Iterable[str], text: str) -> bool:
    return any(glob(pattern).fullmatch(text) for pattern in patterns)


@lru_cache(maxsize=512)
def glob(pattern: str) -> re.Pattern[str]:
    """A glob pattern as a regular expression: `*` stays within one path component, `**` does not."""
    out, index, depth = "", 0, 0
    while index < len(pattern):
        char = pattern[index]
        if pattern.startswith("**", index):
            out, index = f"{out}.*", index + 2
            continue
        closing = pattern.find("]", index + 1)
        if char == "[" and closing > 0:
            inner = pattern[index + 1 : closing].replace("\\", "\\\\")
            inner = f"^{inner[1:]}" if inner.startswith("!") else inner
            out, index = f"{out}[{inner}]", closing + 1
            continue
        if char == "\\" and index + 1 < len(pattern):
            out, index = out + re.escape(pattern[index + 1]), index + 2
            continue
        depth += (char == "{") - (char == "}" and depth > 0)
        special = {"*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")"}
        out += "|" if char == "," and depth else special.get(char, re.escape(char))
        index += 1
    return re.compile(out, re.DOTALL)
