"""Markdown in which text from elsewhere stands in code only: no Markdown, HTML or @mention is taken from there."""

import re

# GitHub refuses a longer comment ("body is too long (maximum is 65536 characters)"); CodeCommit API reference,
# "PostCommentForPullRequest", content: 10,240 characters.
GITHUB_LIMIT = 65_536
CODECOMMIT_LIMIT = 10_240

_CODE_CHARACTERS = 120


def code(text: str, limit: int = _CODE_CHARACTERS) -> str:
    """Return inline code of any text: one line, without its middle where it is longer than `limit`.

    The fence is longer than any run of backticks inside.
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if len(line) > limit:
        tail = limit // 3
        line = f"{line[: limit - tail - 1]}…{line[-tail:]}"
    ticks = "`" * (_longest_run(line) + 1)
    pad = " " if not line or line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"


def fenced(text: str, language: str = "") -> str:
    """Return a code block of any text."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)
