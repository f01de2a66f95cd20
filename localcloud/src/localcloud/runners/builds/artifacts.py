"""A build's source from S3 and its artifacts to S3, both with the role's credentials."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

from localcloud.runners.builds.buildspec import Artifact, BuildspecError
from localcloud.runners.builds.protocol import ArtifactLocation, InputArtifact, StoredArtifact


class ArtifactError(Exception):
    """Artifacts that cannot be uploaded; the message is CodeBuild's."""


def download(s3: Any, artifact: InputArtifact) -> None:
    """Unpack an artifact into its directory.

    Raises:
        ClientError: when it cannot be read.
        ArtifactError: when it is no zip or leads out of the directory.
    """
    content = s3.get_object(Bucket=artifact["bucket"], Key=artifact["key"])["Body"].read()
    target = Path(artifact["directory"])
    target.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                path = Path(archive.extract(member, target))
                if (mode := member.external_attr >> 16) and path.is_file():
                    path.chmod(mode & 0o777 | 0o600)
    except zipfile.BadZipFile as error:
        raise ArtifactError(f"{artifact['bucket']}/{artifact['key']} is not a zip file") from error


def upload(s3: Any, artifact: Artifact, directory: Path, output: ArtifactLocation, key_id: str) -> StoredArtifact:
    """Zip the files that the patterns name and put them to S3, encrypted.

    Raises:
        ClientError: when it cannot be written.
        ArtifactError: when no file matches.
    """
    content = _zipped(artifact, directory)
    s3.put_object(
        Bucket=output["bucket"],
        Key=output["key"],
        Body=content,
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=key_id,
    )
    return {
        "location": f"arn:aws:s3:::{output['bucket']}/{output['key']}",
        "sha256sum": hashlib.sha256(content).hexdigest(),
        "md5sum": hashlib.md5(content, usedforsecurity=False).hexdigest(),
    }


def matched(artifact: Artifact, directory: Path) -> dict[str, Path]:
    """Return the artifact's files by their name in the zip.

    Raises:
        ArtifactError: when no file matches, or the base directory is missing.
        BuildspecError: for a pattern that leads out of the base directory.
    """
    base = directory / artifact.base_directory
    if not base.is_dir():
        raise ArtifactError(f"no matching base directory path found for {artifact.base_directory}")
    files: dict[str, Path] = {}
    for pattern in artifact.files:
        if PurePosixPath(pattern).is_absolute() or ".." in PurePosixPath(pattern).parts:
            raise BuildspecError(f"artifacts.files: {pattern} leads out of the base directory")
        # `**` alone is a directory to pathlib; CodeBuild means all that is below.
        for path in sorted(base.glob(f"{pattern}/*" if pattern.endswith("**") else pattern)):
            if path.is_file():
                name = path.name if artifact.discard_paths else path.relative_to(base).as_posix()
                files[name] = path
    excluded = {path for pattern in artifact.exclude_paths for path in base.glob(pattern)}
    files = {name: path for name, path in files.items() if not excluded & {path, *path.parents}}
    if not files:
        raise ArtifactError(f"no matching artifact paths found for {', '.join(artifact.files)}")
    return files


def _zipped(artifact: Artifact, directory: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        for name, path in matched(artifact, directory).items():
            archive.write(path, name)
    return buffer.getvalue()
