"""CodePipeline: pipelines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from localcloud.provider import tagging
from localcloud.provider.handler import Api, Field, Handler, Naming, Request, Tagging
from localcloud.provider.handlers.server_defaults import listed_without
from localcloud.provider.values import Props, is_unknown

_FIELDS: Final[Mapping[str, Field]] = {
    "name": Field(replace=True, computed=True),
    "roleArn": Field(),
    "artifactStores": Field(),
    "stages": Field(),
    "executionMode": Field(default="SUPERSEDED"),
    "pipelineType": Field(default="V1"),
    "triggers": Field(),
    "variables": Field(),
    "tags": Field(),
}
_TAGGING: Final = Tagging(resource="resourceArn", member="tags", keys="tagKeys")
_KIND: Final = ("category", "owner", "provider", "version")
_ARTIFACTS: Final = ("inputArtifacts", "outputArtifacts")
_GIT: Final = {"pushes": "push", "pullRequests": "pullRequest"}
_DECLARED: Final = {
    name: Field(renames=_GIT) for name in ("name", "roleArn", "executionMode", "pipelineType", "triggers", "variables")
}


def _declaration(api: Api, operation: str, inputs: Props) -> dict[str, Any]:
    """Give the whole structure: UpdatePipeline takes it as CreatePipeline does."""
    given = {name: inputs[name] for name in _DECLARED if name in inputs}
    structure: dict[str, Any] = {**given, **_stores(inputs["artifactStores"]), "stages": _stages(inputs["stages"])}
    fields = {"pipeline": Field(renames=_GIT)}
    return api.build(operation, fields, {"pipeline": structure})


def _stores(stores: Any) -> Props:
    if is_unknown(stores):
        return {"artifactStore": {"type": "S3", "location": "not-known-yet"}}
    if len(stores) == 1 and not stores[0].get("region"):
        return {"artifactStore": stores[0]}
    return {
        "artifactStores": {store.get("region", ""): {k: store[k] for k in store if k != "region"} for store in stores}
    }


def _stages(stages: Any) -> Any:
    if not isinstance(stages, list):
        return stages
    return [{**stage, "actions": [_action(item) for item in stage.get("actions", [])]} for stage in stages]


def _action(action: Props) -> Props:
    rest = {name: value for name, value in action.items() if name not in {*_KIND, *_ARTIFACTS}}
    kind = {name: action[name] for name in _KIND if name in action}
    return {"actionTypeId": kind, **rest, **{m: [{"name": n} for n in action[m]] for m in _ARTIFACTS if action.get(m)}}


def _read(api: Api, name: str, state: Props) -> Props | None:
    found = api.find("get_pipeline", name=name)
    if found is None:
        return None
    pipeline: dict[str, Any] = found["pipeline"]
    arn = found["metadata"]["pipelineArn"]
    read = api.parse("get_pipeline", {"it": Field(to="pipeline", renames=_GIT)}, found)["it"]
    stores = [read["artifactStore"]] if "artifactStore" in read else []
    stores += [{**store, "region": region} for region, store in read.get("artifactStores", {}).items()]
    return {
        **{key: read.get(key) for key in _DECLARED},
        "artifactStores": stores,
        "stages": [_stage(stage, _program_actions(state, index)) for index, stage in enumerate(pipeline["stages"])],
        "tags": tagging.read(_TAGGING, api, arn),
        "arn": arn,
    }


def _program_actions(state: Props, index: int) -> Any:
    stages = state.get("stages")
    stage = stages[index] if isinstance(stages, list) and index < len(stages) else {}
    return stage.get("actions") if isinstance(stage, Mapping) else None


def _stage(stage: Mapping[str, Any], program: Any) -> Props:
    actions = [
        {
            **{key: value for key, value in action.items() if key != "actionTypeId" and value not in ({}, [])},
            **action["actionTypeId"],
            **{member: [item["name"] for item in action[member]] for member in _ARTIFACTS if action.get(member)},
        }
        for action in stage["actions"]
    ]
    # Every action has a run order; AWS fills in 1 where the program names none.
    return {**stage, "actions": listed_without({"runOrder": 1}, actions, program)}


def _update(api: Api, _id: str, _old: Props, new: Props, changed: frozenset[str]) -> list[Request]:
    if not changed - {"tags"}:
        return []
    return [Request("update_pipeline", _declaration(api, "update_pipeline", new))]


PIPELINE: Final = Handler(
    service="codepipeline",
    fields=_FIELDS,
    outputs=("arn",),
    naming=Naming(longest=100),
    tagging=_TAGGING,
    create=lambda api, inputs: Request(
        "create_pipeline",
        {
            **_declaration(api, "create_pipeline", inputs),
            **api.build("create_pipeline", {"tags": Field()}, {"tags": inputs.get("tags")}),
        },
    ),
    identify=lambda api, inputs, response: inputs["name"],
    read=_read,
    update=_update,
    delete=lambda api, name, state: [Request("delete_pipeline", {"name": name})],
)
