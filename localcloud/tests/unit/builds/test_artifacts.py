"""Which files a buildspec's artifacts are."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.runners.builds.artifacts import ArtifactError, matched
from localcloud.runners.builds.buildspec import Artifact, BuildspecError

FILES = ("out/a.txt", "out/deep/b.txt", "out/deep/c.log", "out/.hidden", "top.txt")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in FILES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    ("artifact", "names"),
    [
        (Artifact(files=("**/*",)), set(FILES)),
        (Artifact(files=("**/*",), base_directory="out"), {"a.txt", "deep/b.txt", "deep/c.log", ".hidden"}),
        (Artifact(files=("*.txt",), base_directory="out"), {"a.txt"}),
        (Artifact(files=("out/deep/**/*",)), {"out/deep/b.txt", "out/deep/c.log"}),
        (Artifact(files=("out/**",), exclude_paths=("out/deep",)), {"out/a.txt", "out/.hidden"}),
        (Artifact(files=("**/*.txt",), exclude_paths=("**/b.*",)), {"out/a.txt", "top.txt"}),
        (Artifact(files=("out/deep/b.txt", "top.txt"), discard_paths=True), {"b.txt", "top.txt"}),
    ],
)
def test_patterns_name_files(tree: Path, artifact: Artifact, names: set[str]) -> None:
    assert set(matched(artifact, tree)) == names


def test_no_match_is_an_error_as_on_codebuild(tree: Path) -> None:
    with pytest.raises(ArtifactError, match=r"no matching artifact paths found for missing/\*"):
        matched(Artifact(files=("missing/*",)), tree)
    with pytest.raises(ArtifactError, match="no matching base directory path found for nowhere"):
        matched(Artifact(files=("*",), base_directory="nowhere"), tree)


@pytest.mark.parametrize("pattern", ["../x", "/etc/passwd", "out/../../x"])
def test_no_pattern_leads_out_of_the_build(tree: Path, pattern: str) -> None:
    with pytest.raises(BuildspecError, match="leads out of the base directory"):
        matched(Artifact(files=(pattern,)), tree)
