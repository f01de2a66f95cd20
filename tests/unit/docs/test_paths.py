"""Files and folders that the documents name: each is there, so that a move can't leave a document behind."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LOCAL_CLOUD = ROOT / "localcloud"
# Decision records tell how things were when they were decided.
PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "CONTRIBUTING.md", ROOT / "README.md"]
FOLDERS = (
    "acceptance",
    "bench",
    "bootstrap",
    "chaos",
    "components",
    "contract",
    "delivery",
    "demo",
    "docs",
    "doctor",
    "lambdas",
    "localcloud",
    "messages",
    "permissions",
    "pipeline_def",
    "policy",
    "settings",
    "tests",
    "tools",
)


def paths(page: Path, folders: tuple[str, ...]) -> list[str]:
    """What a page names in backticks below one of the folders; patterns and places in S3 are none."""
    named = re.findall(r"`([\w./-]+)`", page.read_text(encoding="utf-8"))
    return [path for path in named if "/" in path and path.partition("/")[0] in folders]


def test_the_folders_are_those_of_the_source_tree() -> None:
    named = re.findall(
        r"^\| `([\w/]+)/` \|", (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert named
    assert {path.partition("/")[0] for path in named} <= set(FOLDERS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_path_that_a_document_names_is_there(page: Path) -> None:
    assert [path for path in paths(page, FOLDERS) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", [LOCAL_CLOUD / "FIDELITY.md", LOCAL_CLOUD / "README.md"], ids=lambda page: page.name)
def test_every_path_that_the_local_clouds_documents_name_is_there(page: Path) -> None:
    assert [path for path in paths(page, ("src", "tests")) if not (LOCAL_CLOUD / path).exists()] == []


@pytest.mark.parametrize(
    "page", [ROOT / "docs" / "fidelity.md", LOCAL_CLOUD / "FIDELITY.md"], ids=lambda page: page.name
)
def test_every_claim_names_its_check(page: Path) -> None:
    """The tables of the two pages on fidelity: each row names a test that is there, or a command of the Makefile."""
    rows = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 15
    assert [row for row in rows if "`tests/" not in row] == []
