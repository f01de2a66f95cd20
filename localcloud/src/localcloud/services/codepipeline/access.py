"""What a caller needs for each operation of CodePipeline.

Source: service authorization reference, "Actions, resources, and condition keys for AWS CodePipeline".
"""

from typing import Any

from localcloud.http.service import Call, Permission
from localcloud.services.codeconnections.access import pass_permission
from localcloud.services.codepipeline.models import pipeline_arn

_SERVICE = "codepipeline.amazonaws.com"
_ON_STAGES = frozenset({"RetryStageExecution", "DisableStageTransition", "EnableStageTransition"})


def permissions(call: Call) -> list[Permission]:
    """Return the permissions of a call, and what passing a pipeline's roles and connections takes."""
    resource, context = _resource(call), _request_tags(call)
    needed: list[Permission] = [(f"codepipeline:{call.operation}", resource, context)]
    declaration = call.get("pipeline")
    if declaration is None:
        return needed
    if call.get("tags"):
        needed.append(("codepipeline:TagResource", resource, context))
    actions = [action for stage in declaration["stages"] for action in stage["actions"]]
    roles = {declaration["roleArn"]}
    roles |= {action["roleArn"] for action in actions if action.get("roleArn")}
    needed += [("iam:PassRole", role, {"iam:PassedToService": _SERVICE}) for role in sorted(roles)]
    configurations = [action.get("configuration") or {} for action in actions]
    connections = {settings["ConnectionArn"] for settings in configurations if "ConnectionArn" in settings}
    needed += [pass_permission(connection, _SERVICE) for connection in sorted(connections)]
    return needed


def _resource(call: Call) -> str:
    if call.operation == "ListPipelines":
        return "*"
    if arn := call.get("resourceArn"):
        return str(arn)
    name = call.get("name") or call.get("pipelineName") or call.input["pipeline"]["name"]
    parts = [name]
    if call.operation in _ON_STAGES:
        parts = [name, call.input["stageName"]]
    elif call.operation == "PutApprovalResult":
        parts = [name, call.input["stageName"], call.input["actionName"]]
    return pipeline_arn(call.caller.region, "/".join(parts))


def _request_tags(call: Call) -> dict[str, Any]:
    tags = call.get("tags", [])
    keys = [tag["key"] for tag in tags] or list(call.get("tagKeys", []))
    by_key = {f"aws:RequestTag/{tag['key']}": tag["value"] for tag in tags}
    return {**by_key, "aws:TagKeys": keys} if keys else {}
