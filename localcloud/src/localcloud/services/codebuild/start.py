"""From a project and what the start of a build overrides to the build's record."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from localcloud.layout import ACCOUNT
from localcloud.services.codebuild import projects
from localcloud.services.codebuild.environment import merged

Record = dict[str, Any]

_SOURCE = {
    "sourceTypeOverride": "type",
    "sourceLocationOverride": "location",
    "sourceAuthOverride": "auth",
    "buildspecOverride": "buildspec",
    "gitCloneDepthOverride": "gitCloneDepth",
}
_ENVIRONMENT = {
    "environmentTypeOverride": "type",
    "imageOverride": "image",
    "computeTypeOverride": "computeType",
    "privilegedModeOverride": "privilegedMode",
}
_PROJECT = {
    "artifactsOverride": "artifacts",
    "secondaryArtifactsOverride": "secondaryArtifacts",
    "serviceRoleOverride": "serviceRole",
    "timeoutInMinutesOverride": "timeoutInMinutes",
    "queuedTimeoutInMinutesOverride": "queuedTimeoutInMinutes",
    "encryptionKeyOverride": "encryptionKey",
    "logsConfigOverride": "logsConfig",
    "cacheOverride": "cache",
}
_PLAIN = frozenset({"projectName", "sourceVersion", "environmentVariablesOverride", "idempotencyToken"})
KNOWN = frozenset({*_SOURCE, *_ENVIRONMENT, *_PROJECT, *_PLAIN})
"""The members of StartBuild that the local cloud serves."""


@dataclass(frozen=True, kw_only=True)
class PipelineInputs:
    """What CodePipeline hands to a build.

    `artifacts` and `outputs` are {identifier, bucket, key}, the primary artifact first; `revision` is its commit.
    """

    artifacts: list[Record]
    outputs: list[Record]
    encryption_key: str | None
    revision: str
    pipeline: str
    overrides: Record = field(default_factory=dict[str, Any])


def effective(project: Record, given: Record) -> Record:
    """The project with a start's overrides in their places.

    Raises:
        AwsError: InvalidInputException.
    """
    if unknown := sorted(name for name in given if name not in KNOWN):
        raise projects.invalid(f"the local cloud does not serve {', '.join(unknown)}")
    source, environment = dict(project["source"]), dict(project["environment"])
    source.update({member: given[name] for name, member in _SOURCE.items() if given.get(name) is not None})
    environment.update({member: given[name] for name, member in _ENVIRONMENT.items() if given.get(name) is not None})
    variables = merged(environment.get("environmentVariables", []), given.get("environmentVariablesOverride") or [])
    environment["environmentVariables"] = variables
    rest = {member: given[name] for name, member in _PROJECT.items() if given.get(name) is not None}
    changed = {**project, "source": source, "environment": environment, **rest}
    projects.check(changed)
    return changed


def record(project: Record, given: Record, number: int, initiator: str) -> Record:
    """The record of a new build of an effective project."""
    identifier, now = str(uuid.uuid4()), datetime.now(UTC)
    region = project["arn"].split(":")[3]
    build_id = f"{project['name']}:{identifier}"
    copied = ("source", "environment", "serviceRole", "timeoutInMinutes", "queuedTimeoutInMinutes", "encryptionKey")
    return {
        "id": build_id,
        "arn": f"arn:aws:codebuild:{region}:{ACCOUNT}:build/{build_id}",
        "buildNumber": number,
        "startTime": now,
        "currentPhase": "QUEUED",
        "buildStatus": "IN_PROGRESS",
        "projectName": project["name"],
        "phases": [],
        "logs": _logs(project, identifier, region),
        "buildComplete": False,
        "initiator": initiator,
        "exportedEnvironmentVariables": [],
        "artifacts": {"location": ""},
        **{name: project[name] for name in copied},
        **(
            {"sourceVersion": version}
            if (version := given.get("sourceVersion") or project.get("sourceVersion"))
            else {}
        ),
    }


def _logs(project: Record, identifier: str, region: str) -> Record:
    settings = project.get("logsConfig", {}).get("cloudWatchLogs", {"status": "ENABLED"})
    if settings["status"] == "DISABLED":
        return {"cloudWatchLogs": settings}
    group = settings.get("groupName") or f"/aws/codebuild/{project['name']}"
    prefix = settings.get("streamName")
    stream = f"{prefix}/{identifier}" if prefix else identifier
    escaped = group.replace("/", "$252F"), stream.replace("/", "$252F")
    console = f"https://console.aws.amazon.com/cloudwatch/home?region={region}#logsV2:log-groups/log-group"
    return {
        "groupName": group,
        "streamName": stream,
        "deepLink": f"{console}/{escaped[0]}/log-events/{escaped[1]}",
        "cloudWatchLogsArn": f"arn:aws:logs:{region}:{ACCOUNT}:log-group:{group}:log-stream:{stream}",
        "cloudWatchLogs": settings,
    }
