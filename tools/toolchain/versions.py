"""Versions of tools: what is supported, and how a tool's own answer is read."""

import re

Version = tuple[int, int, int]

PULUMI_PINNED: Version = (3, 259, 0)
PULUMI_BELOW: Version = (4, 0, 0)


def parse(text: str) -> Version | None:
    """Return the first dotted version in a tool's output; a missing third part is 0; None where there is none."""
    match = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    return (int(match[1]), int(match[2]), int(match[3] or 0)) if match else None


def text_of(version: Version) -> str:
    """Return the dotted form."""
    return ".".join(str(part) for part in version)


def is_supported_pulumi(version: Version) -> bool:
    """Return whether a Pulumi CLI of this version may run the program."""
    return PULUMI_PINNED <= version < PULUMI_BELOW


def supported_pulumi() -> str:
    """Return the supported range as text."""
    return f">={text_of(PULUMI_PINNED)},<{text_of(PULUMI_BELOW)}"
