"""CodeBuild: projects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from localcloud.provider.handler import Api, Field, Handler, Naming, Request
from localcloud.provider.handlers.server_defaults import listed_without, without
from localcloud.provider.values import Props

_RENAMES: Final = {"cloudwatchLogs": "cloudWatchLogs"}
_NO_CACHE: Final = {"type": "NO_CACHE"}
# Defaults and limits: CodeBuild API reference, CreateProject.
_FIELDS: Final[Mapping[str, Field]] = {
    "name": Field(replace=True, computed=True),
    "description": Field(),
    "source": Field(),
    "secondarySources": Field(kind="set"),
    "sourceVersion": Field(),
    "secondarySourceVersions": Field(kind="set"),
    "artifacts": Field(),
    "secondaryArtifacts": Field(kind="set"),
    "environment": Field(),
    "serviceRole": Field(),
    "buildTimeout": Field(to="timeoutInMinutes", default=60, low=5, high=2160),
    "queuedTimeout": Field(to="queuedTimeoutInMinutes", default=480, low=5, high=480),
    "cache": Field(default=_NO_CACHE),
    "encryptionKey": Field(computed=True),
    "logsConfig": Field(renames=_RENAMES),
    "concurrentBuildLimit": Field(low=1),
    "autoRetryLimit": Field(default=0),
    "projectVisibility": Field(default="PRIVATE", choices=("PRIVATE",)),
    "tags": Field(),
}
_SENT: Final = {name: spec for name, spec in _FIELDS.items() if name != "projectVisibility"}
_ENVIRONMENT_DEFAULTS: Final = {"imagePullCredentialsType": "CODEBUILD", "privilegedMode": False}
_LOG_STATUS: Final[Mapping[str, str]] = {"cloudwatchLogs": "ENABLED", "s3Logs": "DISABLED"}
# What takes a setting off again, where leaving it out of UpdateProject would keep it.
_NOTHING: Final[Mapping[str, Any]] = {
    "description": "",
    "sourceVersion": "",
    "secondarySources": [],
    "secondarySourceVersions": [],
    "secondaryArtifacts": [],
    "concurrentBuildLimit": -1,
    "logsConfig": {"cloudwatchLogs": {"status": "ENABLED"}},
    "tags": {},
}


def _read(api: Api, resource_id: str, state: Props) -> Props | None:
    name = resource_id.rsplit("/", 1)[-1]
    projects: list[dict[str, Any]] = api.call("batch_get_projects", names=[name])["projects"]
    if not projects:
        return None
    project = projects[0]
    read = api.parse("batch_get_projects", _SENT, project, "projects.[]")
    environment = without(_ENVIRONMENT_DEFAULTS, read["environment"], state.get("environment"))
    given = (state.get("environment") or {}).get("environmentVariables")
    if variables := environment.get("environmentVariables"):
        environment["environmentVariables"] = listed_without({"type": "PLAINTEXT"}, variables, given)
    return {
        **read,
        "environment": environment,
        "logsConfig": _logs(read.get("logsConfig"), state.get("logsConfig")),
        "projectVisibility": project.get("projectVisibility", "PRIVATE"),
        "tags": {tag["key"]: tag["value"] for tag in project.get("tags", [])},
        "arn": project["arn"],
    }


def _logs(read: Any, program: Any) -> Props | None:
    """Give the settings of logs without what AWS does anyway: logging to a group of the project's name."""
    given = program if isinstance(program, Mapping) else {}
    kept: Props = {}
    for name, value in (read or {}).items():
        stated = without({"status": _LOG_STATUS.get(name)}, value, given.get(name))
        if stated or name in given:
            kept[name] = stated
    return kept or None


def _complete(inputs: Props) -> Props:
    """Give the inputs with the status of logs, which the API wants and pulumi-aws has a default for."""
    logs = inputs.get("logsConfig")
    if not isinstance(logs, Mapping):
        return inputs
    filled = {
        name: {"status": _LOG_STATUS[name], **value} if isinstance(value, Mapping) and name in _LOG_STATUS else value
        for name, value in logs.items()
    }
    return {**inputs, "logsConfig": filled}


def _update(api: Api, _id: Any, old: Props, new: Props, changed: frozenset[str]) -> list[Request]:
    sent = sorted(name for name in changed if name in _SENT and name != "name")
    if not sent:
        return []
    wanted = {name: new.get(name, _NOTHING.get(name, _FIELDS[name].default)) for name in sent}
    # UpdateProject refuses source and artifacts that do not fit each other, so both go together.
    wanted |= {name: new[name] for name in ("source", "artifacts") if {"source", "artifacts"} & changed and name in new}
    params = api.build("update_project", _SENT, _complete(wanted))
    return [Request("update_project", {"name": old.get("name", new["name"]), **params})]


PROJECT: Final = Handler(
    service="codebuild",
    fields=_FIELDS,
    outputs=("arn",),
    naming=Naming(longest=150),
    create=lambda api, inputs: Request("create_project", api.build("create_project", _SENT, _complete(inputs))),
    identify=lambda api, inputs, response: api.place.arn("codebuild", f"project/{inputs['name']}"),
    id_of=lambda props: props["arn"],
    read=_read,
    update=_update,
    delete=lambda api, resource_id, state: [Request("delete_project", {"name": resource_id.rsplit("/", 1)[-1]})],
)
