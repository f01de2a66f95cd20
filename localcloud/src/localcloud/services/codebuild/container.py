"""What a build's container holds: its source, its environment, and the request for the process in it.

Source: CodeBuild user guide, "Environment variables in build environments".
"""

from __future__ import annotations

import io
import os
import re
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from localcloud.git.repository import Commit, GitError, GitRepository
from localcloud.http.errors import AwsError
from localcloud.iam.roles import RoleSession
from localcloud.layout import MARKER, Layout
from localcloud.runners.builds.protocol import ArtifactLocation, BuildRequest, InputArtifact
from localcloud.services.codebuild import errors
from localcloud.services.codebuild.models import Build, PipelineInputs
from localcloud.services.codecommit.models import Repositories, repository_arn
from localcloud.services.codeconnections.models import Connections

if TYPE_CHECKING:
    from mypy_boto3_codebuild.literals import EnvironmentVariableTypeType

_COMMIT_ON_REFERENCE: Final = re.compile(r"(refs/[^^]+)\^\{([0-9a-f]{40})\}")
_SYSTEM_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, kw_only=True)
class Container:
    """The request for `localcloud.runners.builds`, and the whole environment of its process."""

    request: BuildRequest
    environment: dict[str, str]


class Containers:
    """Prepare the containers of builds; `build_environment` has variables that each of them gets."""

    def __init__(self, sources: Sources, layout: Layout, endpoint: str, build_environment: Mapping[str, str]) -> None:
        self._sources = sources
        self._layout = layout
        self._endpoint = endpoint
        self._build_environment = build_environment

    def prepare(
        self, build: Build, pipeline: PipelineInputs | None, session: RoleSession, directory: Path
    ) -> Container:
        """Return the container of a build that works in a directory; fetch a source that comes through no pipeline."""
        source_directory, source_error = directory / "src", ""
        if pipeline is None and build.project.source["type"] != "NO_SOURCE":
            try:
                build.resolved_source_version = self._sources.fetch(build, session, source_directory)
            except AwsError as error:
                source_error = error.message
        inputs = _unpacked(pipeline.artifacts, directory) if pipeline else []
        request: BuildRequest = {
            "build_arn": build.arn,
            "role_arn": build.project.service_role,
            "source_directory": str(source_directory),
            "scratch_directory": str(directory / "scratch"),
            "source_error": source_error,
            "inputs": inputs,
            "buildspec": build.project.source.get("buildspec", ""),
            "log_file": str(self._layout.builds / f"{directory.name}.log"),
            "log_stream": build.log_stream(),
            "encryption_key": build.encryption_key,
            "outputs": pipeline.outputs if pipeline else _outputs(build),
            "variables": _variables(build, "PLAINTEXT"),
            "parameters": _variables(build, "PARAMETER_STORE"),
            "secrets": _variables(build, "SECRETS_MANAGER"),
        }
        environment = {
            **self._build_environment,
            **self._machine(session, directory / "home"),
            **_description(build, source_directory),
            **{f"CODEBUILD_SRC_DIR_{item['identifier']}": item["directory"] for item in inputs[1:]},
        }
        return Container(request=request, environment=environment)

    def _machine(self, session: RoleSession, home: Path) -> dict[str, str]:
        """Return what a container has of its own, and nothing of the environment of this machine's user."""
        return {
            "PATH": os.pathsep.join([str(self._layout.build_bin), str(self._layout.bin), _SYSTEM_PATH]),
            "HOME": str(home),
            "TMPDIR": str(home / "tmp"),
            "LANG": "C.UTF-8",
            "CI": "true",
            # The image's own environment, which installers then leave as it is.
            "VIRTUAL_ENV": sys.prefix,
            # Where AWS has an endpoint for the role's credentials.
            **session.credentials,
            "AWS_REGION": session.region,
            "AWS_DEFAULT_REGION": session.region,
            "AWS_ENDPOINT_URL": self._endpoint,
            "AWS_CONFIG_FILE": os.devnull,
            # No AWS_SHARED_CREDENTIALS_FILE: pulumi-aws-native makes a provider setting of it; HOME holds no such file.
            "AWS_EC2_METADATA_DISABLED": "true",
            # The emulator sends no checksums; Pulumi's S3 client would warn of each missing one.
            "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            MARKER: str(self._layout.state_dir),
        }


class Sources:
    """Fetch the sources of builds that come through no pipeline: clones of repositories, and zips in S3."""

    def __init__(self, repositories: Repositories, connections: Connections) -> None:
        self._repositories = repositories
        self._connections = connections

    def fetch(self, build: Build, session: RoleSession, target: Path) -> str:
        """Put the build's source into a directory, as far as the project's role may; return its commit or version.

        Raises:
            AwsError: when the role may not, or there is no such repository, revision or object.
        """
        if build.project.source["type"] == "S3":
            return _fetch_object(build, session, target)
        repository = self._open(build, session)
        revision = build.source_version or "HEAD"
        commit = _commit(repository, revision)
        if commit is None:
            raise errors.failed_source(f"reference not found for primary source and source version {revision}")
        try:
            repository.clone(commit.id, target)
        except GitError as error:
            raise errors.failed_source(str(error)) from error
        return commit.id

    def _open(self, build: Build, session: RoleSession) -> GitRepository:
        source = build.project.source
        location = source.get("location", "").rstrip("/")
        if source["type"] == "CODECOMMIT":
            name = location.rsplit("/", 1)[-1]
            session.authorize("codecommit:GitPull", repository_arn(session.region, name))
            return self._repositories.find(name).content
        if source["type"] == "GITHUB":
            connection = source.get("auth", {}).get("resource")
            if not connection:
                raise errors.failed_source("a source of type GITHUB needs a connection as its auth")
            # CodeBuild user guide, "GitHub and GitHub Enterprise Server access using CodeConnections".
            for action in ("GetConnection", "GetConnectionToken"):
                session.authorize(f"{connection.split(':')[2]}:{action}", connection)
            name = "/".join(location.removesuffix(".git").rstrip("/").split("/")[-2:])
            return self._connections.open(connection, name, session)
        raise errors.failed_source(f"the local cloud does not fetch sources of type {source['type']}")


def _fetch_object(build: Build, session: RoleSession, target: Path) -> str:
    """Unpack the zip that the source's location names as bucket/key; return its version, else its hash."""
    location = build.project.source.get("location", "").removeprefix("arn:aws:s3:::")
    bucket, _, key = location.partition("/")
    version = {"VersionId": build.source_version} if build.source_version else {}
    try:
        answer = session.client("s3").get_object(Bucket=bucket, Key=key, **version)
        with zipfile.ZipFile(io.BytesIO(answer["Body"].read())) as source:
            source.extractall(target)
    except ClientError as error:
        raise errors.failed_source(f"error while downloading {location}: {error}") from error
    except zipfile.BadZipFile as error:
        raise errors.failed_source(f"{location} is no zip: {error}") from error
    return answer.get("VersionId") or answer["ETag"].strip('"')


def _commit(repository: GitRepository, version: str) -> Commit | None:
    """Return the commit of a source version: a revision, or `{reference}^{{full commit id}}`.

    Of the latter CodeBuild downloads the reference only, so the commit has to be in its history (CodeBuild User Guide,
    "Source version sample").
    """
    on_reference = _COMMIT_ON_REFERENCE.fullmatch(version)
    if on_reference is None:
        return repository.commit(version)
    reference, commit = on_reference.groups()
    return repository.commit(commit) if repository.merge_base(reference, commit) == commit else None


def _description(build: Build, source_directory: Path) -> dict[str, str]:
    """Return the CODEBUILD_ variables."""
    log_stream = build.log_stream()
    return {
        "CODEBUILD_BUILD_ARN": build.arn,
        "CODEBUILD_BUILD_ID": build.id,
        "CODEBUILD_BUILD_IMAGE": build.project.environment["image"],
        "CODEBUILD_BUILD_NUMBER": str(build.number),
        "CODEBUILD_BUILD_SUCCEEDING": "1",
        "CODEBUILD_INITIATOR": build.initiator,
        "CODEBUILD_KMS_KEY_ID": build.encryption_key,
        "CODEBUILD_LOG_PATH": log_stream["stream"] if log_stream else "",
        "CODEBUILD_RESOLVED_SOURCE_VERSION": build.resolved_source_version or "",
        "CODEBUILD_SOURCE_REPO_URL": build.project.source.get("location", ""),
        "CODEBUILD_SOURCE_VERSION": build.source_version or "",
        "CODEBUILD_SRC_DIR": str(source_directory),
        "CODEBUILD_START_TIME": str(int(build.started.timestamp() * 1000)),
    }


def _variables(build: Build, kind: EnvironmentVariableTypeType) -> dict[str, str]:
    return {item["name"]: item["value"] for item in build.variables if item.get("type", "PLAINTEXT") == kind}


def _unpacked(artifacts: list[ArtifactLocation], directory: Path) -> list[InputArtifact]:
    """Return the artifacts with where each is unpacked: the primary one, the first, in the source directory."""
    primary: InputArtifact = {**artifacts[0], "directory": str(directory / "src")}
    return [primary, *({**item, "directory": str(directory / f"src-{item['identifier']}")} for item in artifacts[1:])]


def _outputs(build: Build) -> list[ArtifactLocation]:
    """Return where a build without a pipeline puts its output: one zip in S3, or nothing."""
    artifacts = build.project.artifacts
    if artifacts["type"] != "S3":
        return []
    parts = [
        artifacts.get("path", ""),
        build.unique_id if artifacts.get("namespaceType") == "BUILD_ID" else "",
        artifacts.get("name") or build.project.name,
    ]
    key = "/".join(part.strip("/") for part in parts if part.strip("/"))
    return [{"identifier": "", "bucket": artifacts.get("location", "").rsplit(":", 1)[-1], "key": key}]
