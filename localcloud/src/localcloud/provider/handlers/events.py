"""EventBridge: rules and targets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from localcloud.provider import tagging
from localcloud.provider.handler import Api, Field, Handler, Naming, Request, Tagging
from localcloud.provider.values import Props

_BUS: Final = "default"
_RULE: Final[Mapping[str, Field]] = {
    "name": Field(replace=True, computed=True),
    "eventBusName": Field(replace=True, default=_BUS),
    "eventPattern": Field(kind="json"),
    "scheduleExpression": Field(),
    "description": Field(),
    "roleArn": Field(),
    "state": Field(default="ENABLED"),
    "forceDestroy": Field(default=False),
    "tags": Field(),
}
_TAGGING: Final = Tagging(resource="ResourceARN")


def _rule_names(resource_id: str) -> dict[str, str]:
    """Split an id, `name` on the default bus and `bus/name` on another."""
    bus, _, name = resource_id.rpartition("/")
    return {"Name": name, "EventBusName": bus or _BUS}


def _rule_id(props: Props) -> str:
    bus = props.get("eventBusName", _BUS)
    return props["name"] if bus == _BUS else f"{bus}/{props['name']}"


def _put_rule(api: Api, inputs: Props) -> Request:
    return Request("put_rule", api.build("put_rule", _RULE, {"state": "ENABLED", **inputs}))


def _read_rule(api: Api, resource_id: str, state: Props) -> Props | None:
    found = api.find("describe_rule", **_rule_names(resource_id))
    if found is None:
        return None
    return {
        **api.parse("describe_rule", _RULE, found),
        "eventBusName": found.get("EventBusName", _BUS),
        "forceDestroy": state.get("forceDestroy", False),
        "tags": tagging.read(_TAGGING, api, found["Arn"]),
        "arn": found["Arn"],
    }


def _update_rule(api: Api, _id: str, _old: Props, new: Props, changed: frozenset[str]) -> list[Request]:
    # PutRule replaces the whole rule, and refuses tags on one that exists.
    rest = {key: value for key, value in new.items() if key != "tags"}
    return [_put_rule(api, rest)] if changed - {"tags", "forceDestroy"} else []


def _check_rule(inputs: Props) -> list[tuple[str, str]]:
    if "eventPattern" not in inputs and "scheduleExpression" not in inputs:
        return [("eventPattern", "one of eventPattern and scheduleExpression has to be given")]
    return []


def _remove_targets(api: Api, resource_id: str, state: Props) -> None:
    """Take off targets, where the program says so; else EventBridge refuses to delete a rule that has some."""
    names = _rule_names(resource_id)
    if state.get("forceDestroy") is not True or api.find("describe_rule", **names) is None:
        return
    rule = {"Rule": names["Name"], "EventBusName": names["EventBusName"]}
    ids = [target["Id"] for target in api.pages("list_targets_by_rule", "Targets", **rule)]
    if ids:
        api.call("remove_targets", **rule, Ids=ids)


EVENT_RULE: Final = Handler(
    service="events",
    fields=_RULE,
    outputs=("arn",),
    identity=("eventBusName", "name"),
    naming=Naming(longest=64),
    tagging=_TAGGING,
    create=_put_rule,
    identify=lambda api, inputs, response: _rule_id(inputs),
    id_of=_rule_id,
    read=_read_rule,
    update=_update_rule,
    before_delete=_remove_targets,
    delete=lambda api, resource_id, state: [Request("delete_rule", _rule_names(resource_id))],
    check=_check_rule,
)

_TARGET_RENAMES: Final = {"inputPaths": "InputPathsMap"}
# Limits: EventBridge API reference, Target and RetryPolicy.
_TARGET: Final[Mapping[str, Field]] = {
    "rule": Field(replace=True),
    "eventBusName": Field(replace=True, default=_BUS),
    "targetId": Field(to="Id", replace=True, computed=True),
    "arn": Field(),
    "roleArn": Field(),
    "input": Field(kind="json"),
    "inputPath": Field(),
    "inputTransformer": Field(renames=_TARGET_RENAMES),
    "retryPolicy": Field(),
    "deadLetterConfig": Field(),
    "sqsTarget": Field(to="SqsParameters"),
    "forceDestroy": Field(default=False),
}


def _put_target(api: Api, inputs: Props) -> Request:
    given = {key: value for key, value in inputs.items() if key not in {"rule", "eventBusName"} and key in _TARGET}
    renames = {name: spec.to for name, spec in _TARGET.items() if spec.to} | _TARGET_RENAMES
    given.pop("forceDestroy", None)
    target: dict[str, Any] = api.build("put_targets", {"it": Field(to="Targets", renames=renames)}, {"it": [given]})
    return Request("put_targets", {**_rule_of(inputs), **target})


def _rule_of(props: Props) -> dict[str, Any]:
    return {"Rule": props["rule"], "EventBusName": props.get("eventBusName", _BUS)}


def _target_id(inputs: Props) -> str:
    bus = inputs.get("eventBusName", _BUS)
    parts = [inputs["rule"], inputs["targetId"]] if bus == _BUS else [bus, inputs["rule"], inputs["targetId"]]
    return "-".join(parts)


def _read_target(api: Api, resource_id: str, state: Props) -> Props | None:
    if "targetId" not in state:
        # An import's id is bus/rule/target or rule/target, as the parts may hold hyphens themselves.
        bus, rule, target = [_BUS, *resource_id.split("/")][-3:]
        state = {"eventBusName": bus, "rule": rule, "targetId": target}
    names = _rule_of(state)
    if api.find("describe_rule", Name=names["Rule"], EventBusName=names["EventBusName"]) is None:
        return None
    targets = api.pages("list_targets_by_rule", "Targets", **names)
    target = next((item for item in targets if item["Id"] == state["targetId"]), None)
    if target is None:
        return None
    return {
        **api.parse("list_targets_by_rule", _TARGET, target, "Targets.[]"),
        "rule": state["rule"],
        "eventBusName": state.get("eventBusName", _BUS),
        "forceDestroy": state.get("forceDestroy", False),
    }


EVENT_TARGET: Final = Handler(
    service="events",
    fields=_TARGET,
    identity=("eventBusName", "rule", "targetId"),
    naming=Naming(field="targetId", longest=64),
    create=_put_target,
    identify=lambda api, inputs, response: _target_id(inputs),
    id_of=_target_id,
    read=_read_target,
    update=lambda api, i, old, new, changed: [_put_target(api, new)] if changed - {"forceDestroy"} else [],
    delete=lambda api, i, state: [Request("remove_targets", {**_rule_of(state), "Ids": [state["targetId"]]})],
)
