"""A checkout has the same bytes on every system: hashes of what is deployed are taken over them."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[3]


def git(*arguments: str, directory: Path = ROOT) -> str:
    return subprocess.run(["git", *arguments], cwd=directory, check=True, capture_output=True, text=True).stdout


def test_a_checkout_with_autocrlf_has_the_bytes_that_are_committed(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git("-c", "core.autocrlf=true", "-c", "core.eol=crlf", "clone", "--quiet", "--no-tags", str(ROOT), str(clone))
    git("config", "core.autocrlf", "true", directory=clone)
    committed = {
        path: sha for _, _, sha, path in (line.split(maxsplit=3) for line in git("ls-tree", "-r", "HEAD").splitlines())
    }
    assert len(committed) > 500
    # Without filters: over the bytes as they lie in the working tree.
    present = git("hash-object", "--no-filters", "--", *committed, directory=clone).split()
    assert [path for path, sha in zip(committed, present, strict=True) if committed[path] != sha] == []
