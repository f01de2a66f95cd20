"""What CodeBuild keeps: projects, and builds with their phases, and how each looks on the wire."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypedDict, cast

from localcloud.layout import ACCOUNT
from localcloud.runners.builds.buildspec import BuildspecError, parse
from localcloud.runners.builds.protocol import ArtifactLocation, EndReport, LogStream, PhaseContext
from localcloud.services.codebuild import errors

if TYPE_CHECKING:
    from mypy_boto3_codebuild.literals import (
        BuildPhaseTypeType,
        ComputeTypeType,
        EnvironmentTypeType,
        SourceTypeType,
        StatusTypeType,
    )
    from mypy_boto3_codebuild.type_defs import (
        BuildArtifactsTypeDef,
        BuildPhaseTypeDef,
        BuildTypeDef,
        CloudWatchLogsConfigTypeDef,
        EnvironmentVariableTypeDef,
        LogsConfigTypeDef,
        LogsLocationTypeDef,
        ProjectArtifactsTypeDef,
        ProjectCacheOutputTypeDef,
        ProjectEnvironmentOutputTypeDef,
        ProjectSourceTypeDef,
        ProjectSourceVersionTypeDef,
        ProjectTypeDef,
        SourceAuthTypeDef,
    )

_NO_LIMIT = -1
"""The concurrent build limit that removes the limit (API reference, UpdateProject)."""


def project_arn(region: str, name: str) -> str:
    """Return a project's ARN."""
    return f"arn:aws:codebuild:{region}:{ACCOUNT}:project/{name}"


def _now() -> datetime:
    return datetime.now(UTC)


class ProjectSettings(TypedDict, total=False):
    """The members of CreateProject and UpdateProject that the local cloud serves, beside the name and the tags."""

    description: str
    source: ProjectSourceTypeDef
    secondary_sources: list[ProjectSourceTypeDef]
    source_version: str
    secondary_source_versions: list[ProjectSourceVersionTypeDef]
    artifacts: ProjectArtifactsTypeDef
    secondary_artifacts: list[ProjectArtifactsTypeDef]
    cache: ProjectCacheOutputTypeDef
    environment: ProjectEnvironmentOutputTypeDef
    service_role: str
    timeout_in_minutes: int
    queued_timeout_in_minutes: int
    encryption_key: str
    logs_config: LogsConfigTypeDef
    concurrent_build_limit: int
    auto_retry_limit: int


class BuildOverrides(TypedDict, total=False):
    """The members of StartBuild that the local cloud serves, beside the project's name and the idempotency token."""

    source_version: str
    source_type_override: SourceTypeType
    source_location_override: str
    source_auth_override: SourceAuthTypeDef
    buildspec_override: str
    git_clone_depth_override: int
    environment_type_override: EnvironmentTypeType
    image_override: str
    compute_type_override: ComputeTypeType
    privileged_mode_override: bool
    environment_variables_override: Sequence[EnvironmentVariableTypeDef]
    artifacts_override: ProjectArtifactsTypeDef
    secondary_artifacts_override: list[ProjectArtifactsTypeDef]
    service_role_override: str
    timeout_in_minutes_override: int
    queued_timeout_in_minutes_override: int
    encryption_key_override: str
    logs_config_override: LogsConfigTypeDef
    cache_override: ProjectCacheOutputTypeDef


_OF_THE_SOURCE = {
    "source_type_override": "type",
    "source_location_override": "location",
    "source_auth_override": "auth",
    "buildspec_override": "buildspec",
    "git_clone_depth_override": "gitCloneDepth",
}
_OF_THE_ENVIRONMENT = {
    "environment_type_override": "type",
    "image_override": "image",
    "compute_type_override": "computeType",
    "privileged_mode_override": "privilegedMode",
}
_OF_THE_PROJECT = (
    "artifacts",
    "secondary_artifacts",
    "service_role",
    "timeout_in_minutes",
    "queued_timeout_in_minutes",
    "encryption_key",
    "logs_config",
    "cache",
)


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project; the time-outs' defaults are those of the API reference, CreateProject."""

    arn: str
    name: str
    source: ProjectSourceTypeDef
    artifacts: ProjectArtifactsTypeDef
    environment: ProjectEnvironmentOutputTypeDef
    service_role: str
    encryption_key: str
    description: str | None = None
    secondary_sources: list[ProjectSourceTypeDef] | None = None
    source_version: str | None = None
    secondary_source_versions: list[ProjectSourceVersionTypeDef] | None = None
    secondary_artifacts: list[ProjectArtifactsTypeDef] | None = None
    cache: ProjectCacheOutputTypeDef = field(default_factory=lambda: {"type": "NO_CACHE"})
    timeout_in_minutes: int = 60
    queued_timeout_in_minutes: int = 8 * 60
    logs_config: LogsConfigTypeDef | None = None
    concurrent_build_limit: int | None = None
    auto_retry_limit: int | None = None
    created: datetime = field(default_factory=_now)
    last_modified: datetime = field(default_factory=_now)

    @property
    def region(self) -> str:
        """The project's region."""
        return self.arn.split(":")[3]

    @classmethod
    def create(cls, region: str, name: str, settings: ProjectSettings) -> Project:
        """Return a new project.

        Raises:
            AwsError: InvalidInputException.
        """
        members: dict[str, Any] = {**settings}
        # The account's AWS-managed key, which CodeBuild takes where none is given.
        members.setdefault("encryption_key", f"arn:aws:kms:{region}:{ACCOUNT}:alias/aws/s3")
        return cls(arn=project_arn(region, name), name=name, **members).checked()

    def with_settings(self, settings: ProjectSettings) -> Project:
        """Return the project with other settings; what they leave out stays as it is.

        Raises:
            AwsError: InvalidInputException.
        """
        project = replace(self, **settings, last_modified=_now())
        if project.concurrent_build_limit == _NO_LIMIT:
            project = replace(project, concurrent_build_limit=None)
        return project.checked()

    def with_overrides(self, overrides: BuildOverrides) -> Project:
        """Return the project as one build overrides it.

        Raises:
            AwsError: InvalidInputException.
        """
        members: dict[str, Any] = {**overrides}
        source = {wire: members[name] for name, wire in _OF_THE_SOURCE.items() if name in members}
        environment = {wire: members[name] for name, wire in _OF_THE_ENVIRONMENT.items() if name in members}
        variables = {item["name"]: item for item in self.environment.get("environmentVariables", [])}
        variables |= {item["name"]: item for item in overrides.get("environment_variables_override", ())}
        environment["environmentVariables"] = list(variables.values())
        project = replace(
            self,
            source=cast("ProjectSourceTypeDef", {**self.source, **source}),
            environment=cast("ProjectEnvironmentOutputTypeDef", {**self.environment, **environment}),
            **{name: members[f"{name}_override"] for name in _OF_THE_PROJECT if f"{name}_override" in members},
        )
        return project.checked()

    def checked(self) -> Project:
        """Return the project with the environment's defaults filled in.

        Raises:
            AwsError: InvalidInputException, where its members do not go together.
        """
        _check_source(self.source, self.artifacts)
        environment: ProjectEnvironmentOutputTypeDef = {
            "privilegedMode": False,
            "imagePullCredentialsType": "CODEBUILD",
            **self.environment,
            "environmentVariables": [
                {**item, "type": item.get("type", "PLAINTEXT")}
                for item in self.environment.get("environmentVariables", [])
            ],
        }
        _check_environment(environment)
        return replace(self, environment=environment)

    def describe(self) -> ProjectTypeDef:
        """Return the project as BatchGetProjects answers it, but for its tags."""
        description: ProjectTypeDef = {
            "name": self.name,
            "arn": self.arn,
            "source": self.source,
            "artifacts": self.artifacts,
            "cache": self.cache,
            "environment": self.environment,
            "serviceRole": self.service_role,
            "timeoutInMinutes": self.timeout_in_minutes,
            "queuedTimeoutInMinutes": self.queued_timeout_in_minutes,
            "encryptionKey": self.encryption_key,
            "created": self.created,
            "lastModified": self.last_modified,
            "badge": {"badgeEnabled": False},
            "projectVisibility": "PRIVATE",
        }
        optional = {
            "description": self.description,
            "secondarySources": self.secondary_sources,
            "sourceVersion": self.source_version,
            "secondarySourceVersions": self.secondary_source_versions,
            "secondaryArtifacts": self.secondary_artifacts,
            "logsConfig": self.logs_config,
            "concurrentBuildLimit": self.concurrent_build_limit,
            "autoRetryLimit": self.auto_retry_limit,
        }
        present = {name: value for name, value in optional.items() if value is not None}
        return cast("ProjectTypeDef", {**description, **present})


def _check_source(source: ProjectSourceTypeDef, artifacts: ProjectArtifactsTypeDef) -> None:
    if (source["type"] == "CODEPIPELINE") != (artifacts["type"] == "CODEPIPELINE"):
        raise errors.invalid_input("source and artifacts must both be of type CODEPIPELINE, or neither")
    if source["type"] == "NO_SOURCE" and not source.get("buildspec"):
        raise errors.invalid_input("a buildspec is required for a project with no source")
    if source["type"] not in {"CODEPIPELINE", "NO_SOURCE"} and not source.get("location"):
        raise errors.invalid_input("project source location is required")
    if artifacts["type"] == "S3" and not artifacts.get("location"):
        raise errors.invalid_input("artifacts location is required for artifacts of type S3")
    buildspec = source.get("buildspec", "")
    if "\n" in buildspec:
        try:
            parse(buildspec)
        except BuildspecError as error:
            raise errors.invalid_input(f"buildspec: {error}") from error


def _check_environment(environment: ProjectEnvironmentOutputTypeDef) -> None:
    if environment.get("privilegedMode"):
        raise errors.invalid_input("the local cloud runs no build in privileged mode")
    if not environment["type"].startswith(("LINUX", "ARM")):
        raise errors.invalid_input(f"the local cloud runs no build of environment type {environment['type']}")
    names = [variable["name"] for variable in environment.get("environmentVariables", [])]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise errors.invalid_input(f"duplicate environment variable(s): {', '.join(twice)}")


class Projects:
    """The account's projects, by name."""

    def __init__(self) -> None:
        self._by_name: dict[str, Project] = {}

    def all(self) -> list[Project]:
        """Return every project, by name."""
        return [project for _, project in sorted(self._by_name.items())]

    def get(self, name_or_arn: str) -> Project | None:
        """Return a project; None when there is none."""
        return self._by_name.get(name_or_arn.rsplit("/", 1)[-1])

    def find(self, name_or_arn: str) -> Project:
        """Return a project.

        Raises:
            AwsError: ResourceNotFoundException.
        """
        project = self.get(name_or_arn)
        if project is None:
            raise errors.missing_project(name_or_arn.rsplit("/", 1)[-1])
        return project

    def put(self, project: Project) -> None:
        """Add a project, or put it in the place of the one of its name."""
        self._by_name[project.name] = project

    def delete(self, name_or_arn: str) -> Project | None:
        """Delete a project; None when there is none."""
        return self._by_name.pop(name_or_arn.rsplit("/", 1)[-1], None)


@dataclass(frozen=True, kw_only=True)
class PipelineInputs:
    """What CodePipeline hands to a build: its artifacts, the primary one first, their commit, and where outputs go."""

    artifacts: list[ArtifactLocation]
    outputs: list[ArtifactLocation]
    revision: str
    encryption_key: str | None


@dataclass(frozen=True, kw_only=True)
class Phase:
    """A phase of a build; one that runs has neither an end nor a status."""

    name: BuildPhaseTypeType
    started: datetime
    ended: datetime | None = None
    status: StatusTypeType | None = None
    contexts: list[PhaseContext] = field(default_factory=list["PhaseContext"])

    @property
    def seconds(self) -> int:
        """How long the phase took; 0 while it runs."""
        return int((self.ended - self.started).total_seconds()) if self.ended else 0

    def describe(self) -> BuildPhaseTypeDef:
        """Return the phase as BatchGetBuilds answers it."""
        description: BuildPhaseTypeDef = {
            "phaseType": self.name,
            "startTime": self.started,
            "contexts": [{"statusCode": item["statusCode"], "message": item["message"]} for item in self.contexts],
        }
        if self.ended and self.status:
            description["phaseStatus"] = self.status
            description["endTime"] = self.ended
            description["durationInSeconds"] = self.seconds
        return description


_ENDINGS = {
    "STOPPED": "The build was stopped",
    "TIMED_OUT": "The build timed out",
    "FAULT": "The build's process ended without a report; builder.log in its directory may tell why",
}


@dataclass(kw_only=True)
class Build:
    """A build of a project, which holds the overrides of its start."""

    project: Project
    number: int
    initiator: str
    source_version: str | None
    encryption_key: str
    resolved_source_version: str | None = None
    unique_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    started: datetime = field(default_factory=_now)
    ended: datetime | None = None
    status: StatusTypeType = "IN_PROGRESS"
    current_phase: BuildPhaseTypeType = "QUEUED"
    phases: list[Phase] = field(default_factory=list[Phase])
    exported: dict[str, str] = field(default_factory=dict[str, str])
    artifacts: BuildArtifactsTypeDef = field(default_factory=lambda: {"location": ""})

    @property
    def id(self) -> str:
        """The build's id: the project's name and a UUID."""
        return f"{self.project.name}:{self.unique_id}"

    @property
    def arn(self) -> str:
        """The build's ARN."""
        return f"arn:aws:codebuild:{self.project.region}:{ACCOUNT}:build/{self.id}"

    @property
    def is_complete(self) -> bool:
        """Whether the build has ended."""
        return self.ended is not None

    @property
    def variables(self) -> list[EnvironmentVariableTypeDef]:
        """The variables of the project and of the start of the build."""
        return self.project.environment.get("environmentVariables", [])

    def begin_phase(self, name: BuildPhaseTypeType, time: datetime) -> None:
        """Record that a phase has begun."""
        self.current_phase = name
        self.phases = [*self.phases, Phase(name=name, started=time)]

    def end_phase(
        self, name: BuildPhaseTypeType, status: StatusTypeType, contexts: list[PhaseContext], time: datetime
    ) -> Phase:
        """Record that a phase has ended, also one that was not begun; return it."""
        started = next((phase.started for phase in self.phases if phase.name == name), time)
        ended = Phase(name=name, started=started, ended=time, status=status, contexts=contexts)
        self.phases = [*(phase for phase in self.phases if phase.name != name), ended]
        return ended

    def end(self, status: StatusTypeType, report: EndReport | None) -> None:
        """Record that the build has ended, and the phases that ran; `report` is what its process said last."""
        now = _now()
        for phase in self.phases:
            if phase.ended is None:
                context: PhaseContext = {"statusCode": status, "message": _ENDINGS.get(status, status)}
                self.end_phase(phase.name, status, [context], now)
        if report:
            self.exported = report["exported"]
            for artifact in list(report["artifacts"].values())[:1]:
                self.artifacts = {**artifact}
        self.begin_phase("COMPLETED", now)
        self.status = status
        self.ended = now

    def log_stream(self) -> LogStream | None:
        """Return where the log is in CloudWatch Logs; None when the project writes none there."""
        config = self._logs_config()
        if config["status"] == "DISABLED":
            return None
        prefix = config.get("streamName")
        return {
            "group": config.get("groupName") or f"/aws/codebuild/{self.project.name}",
            "stream": f"{prefix}/{self.unique_id}" if prefix else self.unique_id,
        }

    def _logs_config(self) -> CloudWatchLogsConfigTypeDef:
        return (self.project.logs_config or {}).get("cloudWatchLogs") or {"status": "ENABLED"}

    def describe_logs(self) -> LogsLocationTypeDef:
        """Return the location of the log as BatchGetBuilds answers it."""
        location: LogsLocationTypeDef = {"cloudWatchLogs": self._logs_config()}
        if log_stream := self.log_stream():
            region, group, stream = self.project.region, log_stream["group"], log_stream["stream"]
            console = f"https://console.aws.amazon.com/cloudwatch/home?region={region}#logsV2:log-groups/log-group"
            escaped_group, escaped_stream = group.replace("/", "$252F"), stream.replace("/", "$252F")
            location["groupName"] = group
            location["streamName"] = stream
            location["deepLink"] = f"{console}/{escaped_group}/log-events/{escaped_stream}"
            location["cloudWatchLogsArn"] = f"arn:aws:logs:{region}:{ACCOUNT}:log-group:{group}:log-stream:{stream}"
        return location

    def describe(self) -> BuildTypeDef:
        """Return the build as BatchGetBuilds answers it."""
        description: BuildTypeDef = {
            "id": self.id,
            "arn": self.arn,
            "buildNumber": self.number,
            "startTime": self.started,
            "currentPhase": self.current_phase,
            "buildStatus": self.status,
            "projectName": self.project.name,
            "phases": [phase.describe() for phase in self.phases],
            "source": self.project.source,
            "environment": self.project.environment,
            "serviceRole": self.project.service_role,
            "timeoutInMinutes": self.project.timeout_in_minutes,
            "queuedTimeoutInMinutes": self.project.queued_timeout_in_minutes,
            "encryptionKey": self.encryption_key,
            "logs": self.describe_logs(),
            "buildComplete": self.is_complete,
            "initiator": self.initiator,
            "artifacts": self.artifacts,
            "exportedEnvironmentVariables": [{"name": name, "value": value} for name, value in self.exported.items()],
        }
        if self.ended:
            description["endTime"] = self.ended
        if self.source_version is not None:
            description["sourceVersion"] = self.source_version
        if self.resolved_source_version is not None:
            description["resolvedSourceVersion"] = self.resolved_source_version
        return description
