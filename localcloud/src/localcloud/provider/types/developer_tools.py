"""CodeCommit, CodeConnections, CodeBuild and CodePipeline: repositories, connections, build projects, pipelines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from localcloud.provider.cloud import Cloud
from localcloud.provider.fields import Field
from localcloud.provider.resource_type import Naming, Read, Reading, ResourceType, Tagging, Update
from localcloud.provider.values import Props, is_unknown

_TAGGING: Final = Tagging(resource="resourceArn", member="tags", keys="tagKeys")

REPOSITORY: Final = ResourceType(
    "aws:codecommit/repository:Repository",
    service="codecommit",
    fields={
        "repositoryName": Field(replace=True),
        "description": Field(to="repositoryDescription", unset=""),
        # The branch has to exist, so that a new repository has none; only what the program sets is compared.
        "defaultBranch": Field(computed=True),
        "kmsKeyId": Field(replace=True, computed=True),
        "tags": Field(),
    },
    outputs={
        "arn": "Arn",
        "repositoryId": "repositoryId",
        "cloneUrlHttp": "cloneUrlHttp",
        "cloneUrlSsh": "cloneUrlSsh",
    },
    identity=("repositoryName",),
    tagging=_TAGGING,
    id="{repositoryName}",
    key={"repositoryName": "{id}"},
    create="create_repository",
    read=Read("get_repository", "repositoryMetadata"),
    update=(
        Update("update_repository_description", ("description",)),
        Update("update_default_branch", ("defaultBranch",), renames={"defaultBranch": "defaultBranchName"}),
    ),
    delete="delete_repository",
)


def _locate_connection(cloud: Cloud, inputs: Props, _started: float, others: frozenset[str]) -> str | None:
    for connection in cloud.call("list_connections", MaxResults=100)["Connections"]:
        if connection["ConnectionName"] == inputs["name"] and connection["ConnectionArn"] not in others:
            return connection["ConnectionArn"]
    return None


def _check_connection(inputs: Props) -> list[tuple[str, str]]:
    if len({"providerType", "hostArn"} & inputs.keys()) != 1:
        return [("providerType", "exactly one of providerType and hostArn has to be given")]
    return []


def _connection(token: str, service: str) -> ResourceType:
    return ResourceType(
        token,
        service=service,
        fields={
            "name": Field(to="ConnectionName", replace=True, computed=True),
            "providerType": Field(replace=True, computed=True),
            "hostArn": Field(replace=True),
            "tags": Field(),
        },
        outputs={"arn": "{id}", "connectionStatus": "ConnectionStatus"},
        naming=Naming(longest=32),
        tagging=Tagging(resource="ResourceArn"),
        id_from="ConnectionArn",
        key={"ConnectionArn": "{id}"},
        create="create_connection",
        read=Read("get_connection", "Connection"),
        delete="delete_connection",
        locate=_locate_connection,
        check=_check_connection,
    )


CODECONNECTIONS: Final = _connection("aws:codeconnections/connection:Connection", "codeconnections")
CODESTAR: Final = _connection("aws:codestarconnections/connection:Connection", "codestar-connections")


def _without_defaults(defaults: Mapping[str, Any], actual: Props, program: Any) -> Props:
    """Return what was read without the defaults that AWS fills in and the program does not set itself."""
    stated = program if isinstance(program, Mapping) else {}
    return {name: value for name, value in actual.items() if name in stated or defaults.get(name) != value}


def _each_without_defaults(defaults: Mapping[str, Any], actual: list[Props], program: Any) -> list[Props]:
    """Do the same for items that are told apart by their names."""
    items = program if isinstance(program, list) else []
    stated = {item.get("name"): item for item in items if isinstance(item, Mapping)}
    return [_without_defaults(defaults, item, stated.get(item.get("name"))) for item in actual]


_LOG_STATUS: Final[Mapping[str, str]] = {"cloudwatchLogs": "ENABLED", "s3Logs": "DISABLED"}


def _with_log_status(inputs: Props) -> Props:
    """Fill in the status of logs, which the API wants and pulumi-aws has a default for."""
    logs = inputs.get("logsConfig")
    if not isinstance(logs, Mapping):
        return inputs
    complete = {
        name: {"status": _LOG_STATUS[name], **value} if isinstance(value, Mapping) and name in _LOG_STATUS else value
        for name, value in logs.items()
    }
    return {**inputs, "logsConfig": complete}


def _complete_project(_: Cloud, reading: Reading) -> Props:
    program = reading.state.get("environment") or {}
    defaults = {"imagePullCredentialsType": "CODEBUILD", "privilegedMode": False}
    environment = _without_defaults(defaults, reading.props["environment"], program)
    if variables := environment.get("environmentVariables"):
        stated = program.get("environmentVariables")
        environment["environmentVariables"] = _each_without_defaults({"type": "PLAINTEXT"}, variables, stated)
    logs = _logs(reading.props.get("logsConfig") or {}, reading.state.get("logsConfig"))
    return {**reading.props, "environment": environment, "logsConfig": logs}


def _logs(actual: Props, program: Any) -> Props | None:
    """Return the settings of logs without what AWS does anyway: logging to a group of the project's name."""
    stated = program if isinstance(program, Mapping) else {}
    logs: Props = {}
    for name, settings in actual.items():
        meaningful = _without_defaults({"status": _LOG_STATUS.get(name)}, settings, stated.get(name))
        if meaningful or name in stated:
            logs[name] = meaningful
    return logs or None


# Defaults and limits: CodeBuild API reference, CreateProject.
PROJECT: Final = ResourceType(
    "aws:codebuild/project:Project",
    service="codebuild",
    fields={
        "name": Field(replace=True, computed=True),
        "description": Field(unset=""),
        "source": Field(),
        "secondarySources": Field(kind="set", unset=[]),
        "sourceVersion": Field(unset=""),
        "secondarySourceVersions": Field(kind="set", unset=[]),
        "artifacts": Field(),
        "secondaryArtifacts": Field(kind="set", unset=[]),
        "environment": Field(),
        "serviceRole": Field(),
        "buildTimeout": Field(to="timeoutInMinutes", default=60, low=5, high=2160),
        "queuedTimeout": Field(to="queuedTimeoutInMinutes", default=480, low=5, high=480),
        "cache": Field(default={"type": "NO_CACHE"}),
        "encryptionKey": Field(computed=True),
        "logsConfig": Field(
            renames={"cloudwatchLogs": "cloudWatchLogs"}, unset={"cloudwatchLogs": {"status": "ENABLED"}}
        ),
        "concurrentBuildLimit": Field(low=1, unset=-1),
        "autoRetryLimit": Field(default=0),
        "projectVisibility": Field(default="PRIVATE", choices=("PRIVATE",)),
        "tags": Field(unset={}),
    },
    outputs={"arn": "arn"},
    naming=Naming(longest=150),
    id="arn:{partition}:codebuild:{region}:{account}:project/{name}",
    parse_id=lambda resource_id: {"name": resource_id.rpartition("/")[2]},
    has_import_id=True,
    key={"name": "{name}"},
    create="create_project",
    read=Read("batch_get_projects", "projects.[]", params={"names": ["{name}"]}),
    # UpdateProject refuses source and artifacts that do not fit each other, so both go together.
    update=(Update("update_project", along=("source", "artifacts")),),
    delete="delete_project",
    to_api=_with_log_status,
    from_api=_complete_project,
)

_KIND: Final = ("category", "owner", "provider", "version")
_ARTIFACTS: Final = ("inputArtifacts", "outputArtifacts")


def _stores_to_api(stores: Any) -> Props:
    """Return the one store, or the stores by region: the API has a member for each form."""
    if is_unknown(stores):
        return {"artifactStore": {"type": "S3", "location": "not-known-yet"}}
    if len(stores) == 1 and not stores[0].get("region"):
        return {"artifactStore": stores[0]}
    return {
        "artifactStores": {store.get("region", ""): {k: store[k] for k in store if k != "region"} for store in stores}
    }


def _action_to_api(action: Props) -> Props:
    kind = {name: action[name] for name in _KIND if name in action}
    artifacts = {member: [{"name": name} for name in action[member]] for member in _ARTIFACTS if action.get(member)}
    rest = {name: value for name, value in action.items() if name not in {*_KIND, *_ARTIFACTS}}
    return {"actionTypeId": kind, **rest, **artifacts}


def _stages_to_api(stages: Any) -> Any:
    if not isinstance(stages, list):
        return stages
    return [{**stage, "actions": [_action_to_api(item) for item in stage.get("actions", [])]} for stage in stages]


def _pipeline_to_api(inputs: Props) -> Props:
    rest = {name: value for name, value in inputs.items() if name != "artifactStores"}
    return {**rest, **_stores_to_api(inputs["artifactStores"]), "stages": _stages_to_api(inputs["stages"])}


def _action_from_api(action: Mapping[str, Any]) -> Props:
    rest = {name: value for name, value in action.items() if name != "actionTypeId" and value not in ({}, [])}
    artifacts = {member: [item["name"] for item in action[member]] for member in _ARTIFACTS if action.get(member)}
    return {**rest, **action["actionTypeId"], **artifacts}


def _stage_from_api(stage: Mapping[str, Any], program: Any) -> Props:
    actions = [_action_from_api(action) for action in stage["actions"]]
    stated = program.get("actions") if isinstance(program, Mapping) else None
    # Every action has a run order; AWS fills in 1 where the program names none.
    return {**stage, "actions": _each_without_defaults({"runOrder": 1}, actions, stated)}


def _pipeline_from_api(cloud: Cloud, reading: Reading) -> Props:
    pipeline = reading.record["pipeline"]
    program: Any = reading.state.get("stages")
    own_stages = [*(program if isinstance(program, list) else []), *[None] * len(pipeline["stages"])]
    one = [pipeline["artifactStore"]] if "artifactStore" in pipeline else []
    stores = [cloud.value("get_pipeline", "pipeline.artifactStore", store) for store in one]
    by_region = cloud.value("get_pipeline", "pipeline.artifactStores", pipeline.get("artifactStores", {}))
    return {
        **reading.props,
        "artifactStores": [*stores, *({**store, "region": region} for region, store in by_region.items())],
        "stages": [_stage_from_api(*pair) for pair in zip(pipeline["stages"], own_stages, strict=False)],
    }


_GIT: Final = {"pushes": "push", "pullRequests": "pullRequest"}

PIPELINE: Final = ResourceType(
    "aws:codepipeline/pipeline:Pipeline",
    service="codepipeline",
    fields={
        "name": Field(replace=True, computed=True),
        "roleArn": Field(),
        "artifactStores": Field(),
        "stages": Field(),
        "executionMode": Field(default="SUPERSEDED"),
        "pipelineType": Field(default="V1"),
        "triggers": Field(renames=_GIT),
        "variables": Field(),
        "tags": Field(),
    },
    outputs={"arn": "metadata.pipelineArn"},
    naming=Naming(longest=100),
    tagging=_TAGGING,
    id="{name}",
    key={"name": "{id}"},
    inside="pipeline",
    create="create_pipeline",
    read=Read("get_pipeline"),
    update=(Update("update_pipeline", whole=True),),
    delete="delete_pipeline",
    to_api=_pipeline_to_api,
    from_api=_pipeline_from_api,
)
