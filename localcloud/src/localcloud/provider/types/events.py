"""EventBridge: rules and targets."""

from __future__ import annotations

from typing import Final

from localcloud.provider.cloud import Cloud
from localcloud.provider.fields import Field
from localcloud.provider.resource_type import Naming, Read, ResourceType, Tagging
from localcloud.provider.values import Props

_BUS: Final = "default"


def _joined(separator: str, props: Props, *names: str) -> str:
    """Return an id, which says the bus only if it is not the default one."""
    bus = props.get("eventBusName", _BUS)
    return separator.join([*([] if bus == _BUS else [bus]), *(props[name] for name in names)])


def _parse_rule_id(rule_id: str) -> Props:
    bus, _, name = rule_id.rpartition("/")
    return {"eventBusName": bus or _BUS, "name": name}


def _remove_targets(cloud: Cloud, rule_id: str, state: Props) -> None:
    """Take off targets, where the program says so; else EventBridge refuses to delete a rule that has some."""
    names = _parse_rule_id(rule_id)
    rule = {"Rule": names["name"], "EventBusName": names["eventBusName"]}
    if state.get("forceDestroy") is not True:
        return
    ids = [target["Id"] for target in cloud.items("list_targets_by_rule", "Targets", **rule)]
    if ids:
        cloud.call("remove_targets", **rule, Ids=ids)


def _check_rule(inputs: Props) -> list[tuple[str, str]]:
    if "eventPattern" not in inputs and "scheduleExpression" not in inputs:
        return [("eventPattern", "one of eventPattern and scheduleExpression has to be given")]
    return []


EVENT_RULE: Final = ResourceType(
    "aws:cloudwatch/eventRule:EventRule",
    service="events",
    fields={
        "name": Field(replace=True, computed=True),
        "eventBusName": Field(replace=True, default=_BUS),
        "eventPattern": Field(kind="json"),
        "scheduleExpression": Field(),
        "description": Field(),
        "roleArn": Field(),
        "state": Field(default="ENABLED", unset="ENABLED"),
        "forceDestroy": Field(default=False, write_only=True),
        "tags": Field(),
    },
    outputs={"arn": "Arn"},
    identity=("eventBusName", "name"),
    naming=Naming(longest=64),
    tagging=Tagging(resource="ResourceARN"),
    id=lambda cloud, props: _joined("/", props, "name"),
    parse_id=_parse_rule_id,
    has_import_id=True,
    key={"Name": "{name}", "EventBusName": "{eventBusName}"},
    put="put_rule",
    read=Read("describe_rule"),
    before_delete=_remove_targets,
    delete="delete_rule",
    check=_check_rule,
)


def _parse_import_id(target_id: str) -> Props:
    """Parse what an import takes, bus/rule/target or rule/target: an id's parts may hold hyphens themselves."""
    bus, rule, target = [_BUS, "", *target_id.split("/")][-3:]
    return {"eventBusName": bus or _BUS, "rule": rule, "targetId": target}


# Limits: EventBridge API reference, Target and RetryPolicy.
EVENT_TARGET: Final = ResourceType(
    "aws:cloudwatch/eventTarget:EventTarget",
    service="events",
    fields={
        "rule": Field(replace=True),
        "eventBusName": Field(replace=True, default=_BUS, unset=_BUS),
        "targetId": Field(to="Id", replace=True, computed=True),
        "arn": Field(),
        "roleArn": Field(),
        "input": Field(kind="json"),
        "inputPath": Field(),
        "inputTransformer": Field(renames={"inputPaths": "InputPathsMap"}),
        "retryPolicy": Field(),
        "deadLetterConfig": Field(),
        "sqsTarget": Field(to="SqsParameters"),
        "forceDestroy": Field(default=False, write_only=True),
    },
    identity=("eventBusName", "rule", "targetId"),
    naming=Naming(field="targetId", longest=64),
    id=lambda cloud, props: _joined("-", props, "rule", "targetId"),
    parse_id=_parse_import_id,
    has_import_id=True,
    key={"Rule": "{rule}", "EventBusName": "{eventBusName}"},
    inside="Targets.[]",
    put="put_targets",
    read=Read("list_targets_by_rule", "Targets.[]", match={"Id": "{targetId}"}),
    delete="remove_targets",
    delete_with={"Ids": ["{targetId}"]},
)
