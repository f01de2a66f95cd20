"""Exclude patterns of crawlers.

Source: Glue developer guide, "Include and exclude patterns". A pattern is compared with the path below the target.
"""

import re
from functools import lru_cache


@lru_cache(maxsize=256)
def compiled(pattern: str) -> re.Pattern[str]:
    """A glob as a regular expression that has to match a whole relative path.

    Raises:
        ValueError: for a bracket or brace that is not closed, a nested brace or a final backslash.
    """
    return re.compile("".join(_Parser(pattern).parse()), re.DOTALL)


def excluded(path: str, patterns: list[str]) -> bool:
    """Whether a path, relative to its target, matches one of the exclude patterns."""
    return any(compiled(pattern).fullmatch(path) for pattern in patterns)


class _Parser:
    """Reads a glob from left to right."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._in_braces = False

    def parse(self) -> list[str]:
        """The parts of the regular expression."""
        parts: list[str] = []
        while self._at < len(self._pattern):
            parts.append(self._next())
        if self._in_braces:
            raise self._wrong("a brace is not closed")
        return parts

    def _next(self) -> str:
        letter = self._take()
        if letter == "\\":
            if self._at == len(self._pattern):
                raise self._wrong("nothing follows the last backslash")
            return re.escape(self._take())
        if letter == "*":
            if self._pattern.startswith("*", self._at):
                self._at += 1
                return ".*"
            return "[^/]*"
        if letter == "?":
            return "[^/]"
        if letter == "[":
            return self._brackets()
        return self._braces(letter)

    def _braces(self, letter: str) -> str:
        if letter == "{":
            if self._in_braces:
                raise self._wrong("braces cannot be nested")
            self._in_braces = True
            return "(?:"
        if self._in_braces and letter in {"}", ","}:
            self._in_braces = letter == ","
            return ")" if letter == "}" else "|"
        return re.escape(letter)

    def _brackets(self) -> str:
        end = self._pattern.find("]", self._at + 1)
        if end < 0:
            raise self._wrong("a bracket is not closed")
        inside = self._pattern[self._at : end]
        self._at = end + 1
        negated = inside.startswith("!")
        inside = inside[1:] if negated else inside
        # Within brackets *, ? and \ stand for themselves, and nothing matches a slash.
        escaped = re.sub(r"([\\\^\[\]&~|])", r"\\\1", inside)
        return f"(?!/)[{'^' if negated else ''}{escaped}]"

    def _take(self) -> str:
        letter = self._pattern[self._at]
        self._at += 1
        return letter

    def _wrong(self, reason: str) -> ValueError:
        return ValueError(f"The exclude pattern {self._pattern} is not valid: {reason}")
