"""The pinned releases of the Pulumi CLI and the provider plugins, with the SHA-256 of each platform's archive.

They are in `tools/pulumi-cli/checksums.json`; `make checksums` writes the file.
"""

import hashlib
import http.client
import json
import os
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from tools.toolchain.errors import SetupError

CLI: Final = "pulumi"
PLUGINS: Final[tuple[str, ...]] = ("aws", "aws-native")
PLATFORMS: Final[tuple[str, ...]] = ("darwin-amd64", "darwin-arm64", "linux-amd64", "linux-arm64")
SERVER_VARIABLE: Final = "MLOPS_INFRA_RELEASES"
_SERVER: Final = "https://get.pulumi.com/releases"
_CHUNK_BYTES: Final = 1 << 20
_SILENCE_SECONDS: Final = 60.0
_DOWNLOAD_SECONDS: Final = 1200.0


class ChecksumError(SetupError):
    """An archive is not the recorded one: nothing of it may run, and no other way may be tried in its place."""


class UnrecordedChecksumError(SetupError):
    """There is no recorded SHA-256 to compare an archive with."""


@dataclass(frozen=True, kw_only=True)
class Release:
    """One version of the CLI or of a plugin.

    Attributes:
        version: dotted, without a leading v.
        source: who says so: where the recorded values were read; None where there are none.
        sha256: of the archive of each of PLATFORMS, as 64 hexadecimal digits; None where it isn't known.
    """

    version: str
    source: str | None
    sha256: Mapping[str, str | None]


def server() -> str:
    """Return the address that archives are below: that of MLOPS_INFRA_RELEASES, such as a mirror, else Pulumi's own."""
    return (os.environ.get(SERVER_VARIABLE) or _SERVER).rstrip("/")


def address(name: str, version: str, platform: str) -> str:
    """Return the address of an archive; `name` is CLI or one of PLUGINS."""
    if name == CLI:
        return f"{server()}/sdk/pulumi-v{version}-{platform.replace('amd64', 'x64')}.tar.gz"
    return f"{server()}/plugins/pulumi-resource-{name}-v{version}-{platform}.tar.gz"


def read(file: Path) -> dict[str, Release]:
    """Return the releases by name: CLI and PLUGINS.

    Raises:
        SetupError: the file is missing or malformed.
    """
    try:
        releases = {name: Release(**fields) for name, fields in json.loads(file.read_text(encoding="utf-8")).items()}
    except (OSError, TypeError, ValueError) as error:
        raise SetupError(f"cannot read {file}: {error}; restore it with git") from error
    lacking = [name for name in (CLI, *PLUGINS) if name not in releases]
    if lacking:
        raise SetupError(f"{file} does not name {', '.join(lacking)}; restore it with git")
    return releases


def write(file: Path, releases: Mapping[str, Release]) -> None:
    """Replace the file in one step."""
    partial = file.with_suffix(".partial")
    partial.write_text(
        json.dumps({name: asdict(release) for name, release in releases.items()}, indent=2) + "\n", encoding="utf-8"
    )
    partial.replace(file)


def recorded_sha256(file: Path, name: str, platform: str) -> str:
    """Return the recorded SHA-256 of an archive.

    Raises:
        UnrecordedChecksumError: there is none; the message says how to get one.
    """
    release = read(file)[name]
    sha256 = release.sha256.get(platform)
    if sha256 is None:
        raise UnrecordedChecksumError(
            f"{file} has no SHA-256 of {name} {release.version} for {platform}, and nothing runs unverified.\n"
            f"Run `make checksums` on a machine that reaches {server()}, look at what it changes, and commit the file."
        )
    return sha256


def require_recorded(file: Path, name: str, platform: str, actual: str) -> None:
    """Raise ChecksumError, with both values and what to do, unless `actual` is the recorded SHA-256 of the archive."""
    expected = recorded_sha256(file, name, platform)
    if actual != expected:
        raise ChecksumError(
            f"{address(name, read(file)[name].version, platform)} is not what was recorded; nothing of it ran.\n"
            f"    recorded:   {expected} in {file}\n"
            f"    downloaded: {actual}\n"
            "A proxy may have answered in its place, or somebody changed the archive: do not use it before you know"
            " which. Compare on another machine: `make checksums ARGS=--compare`. Correct the file only if it is wrong."
        )


def download(url: str, target: Path | None, proceed: Callable[[int], None]) -> str:
    """Fetch an archive and return the SHA-256 of its bytes; without a target they are counted and dropped.

    `proceed` is called with the number of bytes so far, and may raise to stop.

    Raises:
        SetupError: the server refused or went silent, or it took longer than 20 minutes.
    """
    digest, size = hashlib.sha256(), 0
    deadline = time.monotonic() + _DOWNLOAD_SECONDS
    try:
        with (
            urllib.request.urlopen(url, timeout=_SILENCE_SECONDS) as response,  # noqa: S310 http is for mirrors and tests
            (target or Path(os.devnull)).open("wb") as file,
        ):
            while chunk := response.read(_CHUNK_BYTES):
                digest.update(chunk)
                file.write(chunk)
                size += len(chunk)
                proceed(size)
                if time.monotonic() > deadline:
                    raise SetupError(f"{url}: not whole after {_DOWNLOAD_SECONDS / 60:.0f} minutes")
            if size < int(response.headers["Content-Length"] or 0):
                raise SetupError(f"{url}: the connection was closed after {size} bytes")
    except (OSError, http.client.HTTPException) as error:
        raise SetupError(f"{url}: {error}") from error
    return digest.hexdigest()
