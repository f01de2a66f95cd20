"""Record the SHA-256 of the pinned releases: `make checksums`, on a machine that reaches them.

The versions are those of requirements.txt. An archive is downloaded from Pulumi's server, hashed and dropped, about
100 MB each. The list that Pulumi publishes beside a provider's archives is of no use here: it holds SHA-1.
A value that is recorded for the same version already is never replaced.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.toolchain import releases
from tools.toolchain.errors import SetupError
from tools.toolchain.releases import Release
from tools.toolchain.workspace import REPOSITORY, Workspace

PACKAGES: Mapping[str, str] = {releases.CLI: "pulumi", "aws": "pulumi-aws", "aws-native": "pulumi-aws-native"}
"""The Python package whose version is that of the CLI or plugin."""
_PART = "checksums"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write what is not recorded yet; return 0, or 1 where an archive can't be had or differs from what is recorded."""
    parser = argparse.ArgumentParser(prog="make checksums", description=__doc__)
    parser.add_argument("--compare", action="store_true", help="download what is recorded as well, and compare")
    options, workspace = parser.parse_args(arguments), Workspace()
    try:
        update(workspace, pinned_versions(REPOSITORY / "requirements.txt"), compare=options.compare)
    except SetupError as error:
        sys.stderr.write(f"checksums: {error}\n")
        return 1
    return 0


def pinned_versions(requirements: Path) -> dict[str, str]:
    """Return the versions that the requirements pin, by the release's name."""
    lines = (line.partition("#")[0].strip() for line in requirements.read_text(encoding="utf-8").splitlines())
    pins = {name: version for name, _, version in (line.partition("==") for line in lines)}
    return {release: pins[package] for release, package in PACKAGES.items()}


def update(workspace: Workspace, versions: Mapping[str, str], *, compare: bool) -> None:
    """Bring the file up to date, writing after each archive: what was interrupted goes on where it stopped.

    Raises:
        ChecksumError: an archive differs from what is recorded for it.
        SetupError: an archive can't be downloaded.
    """
    file = workspace.checksums
    for name, version in versions.items():
        release = releases.read(file)[name]
        if release.version != version:
            release = Release(version=version, source=None, sha256=dict.fromkeys(releases.PLATFORMS))
        for platform in releases.PLATFORMS:
            recorded = release.sha256.get(platform)
            if recorded is not None and not compare:
                continue
            url = releases.address(name, version, platform)
            sha256 = releases.download(
                url, None, lambda size, url=url: workspace.progress.update(_PART, f"{url} ({size >> 20} MB)")
            )
            if recorded is not None:
                releases.require_recorded(file, name, platform, sha256)
            workspace.progress.finish(_PART, f"{sha256}  {url}")
            if recorded is None:
                source = release.source or f"downloads from {releases.server()}"
                release = Release(version=version, source=source, sha256={**release.sha256, platform: sha256})
                releases.write(file, {**releases.read(file), name: release})


if __name__ == "__main__":
    sys.exit(main())
