"""A function's code as the bytes that Lambda gets."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from localcloud.provider.archives import zip_bytes
from localcloud.provider.errors import ProviderError
from localcloud.provider.values import Archive, Asset


def content(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_a_zip_file_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "code.zip"
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("h.py", "x")
    assert zip_bytes(Archive("path", str(path))) == path.read_bytes()


def test_assets_and_directories_become_the_same_zip_every_time(tmp_path: Path) -> None:
    (tmp_path / "lib" / "deep").mkdir(parents=True)
    (tmp_path / "lib" / "deep" / "b.py").write_text("b")
    (tmp_path / "a.py").write_text("a")
    parts = {
        "a.py": Asset("path", str(tmp_path / "a.py")),
        "c.py": Asset("text", "c"),
        "lib": Archive("path", str(tmp_path / "lib")),
    }
    zipped = zip_bytes(Archive("assets", parts))
    assert content(zipped) == {"a.py": "a", "c.py": "c", "lib/deep/b.py": "b"}
    assert zip_bytes(Archive("assets", dict(reversed(parts.items())))) == zipped
    assert content(zip_bytes(Archive("path", str(tmp_path)))) == {"a.py": "a", "lib/deep/b.py": "b"}


@pytest.mark.parametrize(
    ("archive", "words"),
    [
        (Archive("path", "/nowhere/code.zip"), "does not exist"),
        (Archive("path", __file__), "is not a zip file"),
        (Archive("uri", "https://example.com/code.zip"), "would be downloaded"),
        (Archive("assets", {"a": Asset("path", "/nowhere/a.py")}), "cannot be read"),
    ],
)
def test_code_that_cannot_be_had_is_named(archive: Archive, words: str) -> None:
    with pytest.raises(ProviderError, match=words):
        zip_bytes(archive)
