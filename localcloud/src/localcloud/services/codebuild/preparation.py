"""What a build's process is given: its request and its environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.http.errors import AwsError
from localcloud.iam.sessions import RoleSession
from localcloud.layout import Layout
from localcloud.services.codebuild import environment
from localcloud.services.codebuild.sources import Sources
from localcloud.services.codebuild.start import PipelineInputs

Record = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Job:
    """The request for `localcloud.runners.builds`, and the whole environment of its process."""

    request: Record
    environment: dict[str, str]


class Preparation:
    """Prepares builds; fetches the sources that do not come through a pipeline."""

    def __init__(self, sources: Sources, layout: Layout, endpoint: str, further: Mapping[str, str]) -> None:
        self._sources, self._layout, self._endpoint, self._further = sources, layout, endpoint, further

    def __call__(
        self, build: Record, project: Record, pipeline: PipelineInputs | None, session: RoleSession, directory: Path
    ) -> Job:
        """The job of a build that works in a directory."""
        source = self._source(build, pipeline, session, directory)
        plain, hidden = environment.split(build["environment"]["environmentVariables"])
        logs = build["logs"]
        request: Record = {
            "build_arn": build["arn"],
            "role_arn": build["serviceRole"],
            "source": source,
            "source_directory": str(directory / "src"),
            "scratch_directory": str(directory / "scratch"),
            "buildspec": build["source"].get("buildspec", ""),
            "log_file": str(self._layout.builds / f"{directory.name}.log"),
            "logs": {"group": logs["groupName"], "stream": logs["streamName"]} if "groupName" in logs else None,
            "encryption_key": build["encryptionKey"],
            "artifacts": pipeline.outputs if pipeline else _own_artifacts(project, build),
            "variables": plain,
            "hidden_variables": hidden,
        }
        home = directory / "home"
        own = environment.container(self._layout, self._endpoint, session.region, session.credentials, home)
        others = source.get("artifacts", [])[1:]
        directories = {f"CODEBUILD_SRC_DIR_{item['identifier']}": item["directory"] for item in others}
        described = environment.described(build, directory / "src")
        return Job(request=request, environment={**self._further, **own, **described, **directories})

    def _source(self, build: Record, pipeline: PipelineInputs | None, session: RoleSession, directory: Path) -> Record:
        """The artifacts to unpack, or {} when the source is there; {error} when it cannot be fetched."""
        if pipeline:
            return {"artifacts": _located(pipeline.artifacts, directory)}
        if build["source"]["type"] == "NO_SOURCE":
            return {}
        try:
            build["resolvedSourceVersion"] = self._sources.fetch(build, session, directory / "src")
        except AwsError as error:
            return {"error": error.message}
        return {}


def _located(artifacts: list[Record], directory: Path) -> list[Record]:
    """The artifacts with where each is unpacked: the primary one in the source directory."""
    others = [{**item, "directory": str(directory / f"src-{item['identifier']}")} for item in artifacts[1:]]
    return [{**artifacts[0], "directory": str(directory / "src")}, *others]


def _own_artifacts(project: Record, build: Record) -> list[Record]:
    """Where a project of its own puts its output: one zip in S3."""
    artifacts = project["artifacts"]
    if artifacts["type"] != "S3":
        return []
    parts = [
        artifacts.get("path", ""),
        build["id"].rsplit(":", 1)[-1] if artifacts.get("namespaceType") == "BUILD_ID" else "",
    ]
    key = "/".join(part.strip("/") for part in [*parts, artifacts.get("name") or project["name"]] if part.strip("/"))
    return [{"identifier": "", "bucket": artifacts["location"].rsplit(":", 1)[-1], "key": key}]
