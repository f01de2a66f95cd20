"""The bytes of a function's code: a zip file, a directory, or an archive of assets."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from localcloud.provider.errors import ProviderError
from localcloud.provider.values import Archive, Asset

_EPOCH = (1980, 1, 1, 0, 0, 0)


def zip_bytes(archive: Archive) -> bytes:
    """Return an archive as a zip; the same content gives the same bytes.

    Raises:
        ProviderError: The file is missing or is no zip, or the content would have to be downloaded.
    """
    if archive.source == "path" and Path(str(archive.value)).is_file():
        path = Path(str(archive.value))
        if not zipfile.is_zipfile(path):
            raise ProviderError(f"the archive {path} is not a zip file, which is what Lambda takes")
        return path.read_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in sorted(_members(archive, "")):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, content)
    return buffer.getvalue()


def _members(item: Asset | Archive, name: str) -> Iterator[tuple[str, bytes]]:
    if item.source == "uri":
        raise ProviderError(f"the archive {item.value} would be downloaded, which the local stand-in does not do")
    if isinstance(item, Asset):
        yield name, item.value.encode() if item.source == "text" else _file(item.value)
    elif item.source == "assets":
        for key, member in cast("dict[str, Asset | Archive]", item.value).items():
            yield from _members(member, f"{name}/{key}" if name else key)
    else:
        yield from _directory(Path(str(item.value)), name)


def _directory(root: Path, name: str) -> Iterator[tuple[str, bytes]]:
    if root.is_file() and zipfile.is_zipfile(root):
        with zipfile.ZipFile(root) as source:
            for member in source.namelist():
                yield f"{name}/{member}" if name else member, source.read(member)
    elif root.is_dir():
        for path in root.rglob("*"):
            if path.is_file():
                inside = path.relative_to(root).as_posix()
                yield f"{name}/{inside}" if name else inside, path.read_bytes()
    else:
        raise ProviderError(f"the archive {root} does not exist or is neither a directory nor a zip file")


def _file(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ProviderError(f"the asset {path} cannot be read: {error.strerror}") from error
