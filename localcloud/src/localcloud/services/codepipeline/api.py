"""CodePipeline as one service, and what a caller needs for each operation."""

from typing import Any

from localcloud.http.service import Call, Permission, Service
from localcloud.http.tags import ResourceTags
from localcloud.services.codeconnections.access import pass_permission
from localcloud.services.codepipeline.approvals import Approvals
from localcloud.services.codepipeline.control import Control
from localcloud.services.codepipeline.pipelines import Pipelines, arn_of
from localcloud.services.codepipeline.state import State


def codepipeline(
    pipelines: Pipelines, control: Control, state: State, approvals: Approvals, tags: ResourceTags
) -> Service:
    """The CodePipeline service."""
    handlers = {
        **pipelines.handlers(),
        **control.handlers(),
        **state.handlers(),
        **tags.handlers(),
        "PutApprovalResult": approvals.answer,
    }
    return Service("codepipeline", handlers, permissions)


def permissions(call: Call) -> list[Permission]:
    """Service authorization reference, "AWS CodePipeline", and iam:PassRole for the roles of a pipeline."""
    resource, context = _resource(call), _tags(call)
    needed: list[Permission] = [(f"codepipeline:{call.operation}", resource, context)]
    pipeline = call.get("pipeline")
    if pipeline and call.get("tags"):
        needed.append(("codepipeline:TagResource", resource, context))
    if pipeline:
        own = [action.get("roleArn") for stage in pipeline["stages"] for action in stage["actions"]]
        roles = sorted({pipeline["roleArn"], *(role for role in own if role)})
        passed = {"iam:PassedToService": "codepipeline.amazonaws.com"}
        needed += [("iam:PassRole", role, passed) for role in roles]
        settings = [action.get("configuration", {}) for stage in pipeline["stages"] for action in stage["actions"]]
        connections = sorted({given["ConnectionArn"] for given in settings if "ConnectionArn" in given})
        needed += [pass_permission(arn, "codepipeline.amazonaws.com") for arn in connections]
    return needed


def _resource(call: Call) -> str:
    region, given = call.caller.region, call.input
    if call.operation == "ListPipelines":
        return "*"
    if arn := given.get("resourceArn"):
        return str(arn)
    if call.operation == "PutApprovalResult":
        return arn_of(region, f"{given['pipelineName']}/{given['stageName']}/{given['actionName']}")
    if call.operation in {"RetryStageExecution", "DisableStageTransition", "EnableStageTransition"}:
        return arn_of(region, f"{given['pipelineName']}/{given['stageName']}")
    name = given["pipeline"]["name"] if "pipeline" in given else given.get("name") or given.get("pipelineName")
    return arn_of(region, str(name))


def _tags(call: Call) -> dict[str, Any]:
    tags = call.get("tags", [])
    context: dict[str, Any] = {f"aws:RequestTag/{tag['key']}": tag["value"] for tag in tags}
    keys = [tag["key"] for tag in tags] or list(call.get("tagKeys", []))
    return {**context, "aws:TagKeys": keys} if keys else context
