"""The documents: wrapped like the code, and with links that lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
WIDTH = 120
WRAPPED = [
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "localcloud").glob("*.md")),
    ROOT / "CONTRIBUTING.md",
]
LINKED = [*WRAPPED, ROOT / "README.md", ROOT / "CHANGELOG.md"]


def prose(file: Path) -> Iterator[tuple[int, str]]:
    """Number and text of each line that is neither code nor part of a table."""
    is_code = False
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if line.lstrip().startswith("```"):
            is_code = not is_code
        elif not is_code and not line.lstrip().startswith("|"):
            yield number, line


def anchors(file: Path) -> set[str]:
    """The anchors that GitHub makes of a file's headings."""
    headings = [line.lstrip("# ") for _, line in prose(file) if line.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(file: Path) -> list[str]:
    """The targets of Markdown links, outside of code."""
    text = re.sub(r"^```.*?^```|`[^`\n]*`", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"\]\(([^)\s]+)\)", text)


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


def test_there_are_documents_to_look_at() -> None:
    assert ROOT / "docs" / "architecture.md" in WRAPPED
    assert ROOT / "README.md" in LINKED
    assert any(links(file) for file in LINKED)


@pytest.mark.parametrize("file", WRAPPED, ids=name)
def test_prose_is_wrapped(file: Path) -> None:
    without_addresses = [(number, re.sub(r"https?://\S+", "", line)) for number, line in prose(file)]
    assert [number for number, line in without_addresses if len(line) > WIDTH] == []


@pytest.mark.parametrize("file", LINKED, ids=name)
def test_every_relative_link_leads_to_a_file_and_a_heading(file: Path) -> None:
    broken: list[str] = []
    for link in links(file):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (file.parent / path).resolve() if path else file
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []
