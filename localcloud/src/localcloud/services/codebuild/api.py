"""CodeBuild as one service, and what a caller needs for each operation."""

from typing import Any

from localcloud.http.service import Call, Permission, Service
from localcloud.services.codebuild.builds import Builds
from localcloud.services.codebuild.projects import Projects, arn_of


def codebuild(projects: Projects, builds: Builds) -> Service:
    """The CodeBuild service."""
    return Service("codebuild", {**projects.handlers(), **builds.handlers()}, permissions)


def permissions(call: Call) -> list[Permission]:
    """Service authorization reference, "AWS CodeBuild": builds are authorized on their project."""
    needed: list[Permission] = [
        (f"codebuild:{call.operation}", resource, _context(call)) for resource in _resources(call)
    ]
    if role := call.get("serviceRole") or call.get("serviceRoleOverride"):
        needed.append(("iam:PassRole", role, {"iam:PassedToService": "codebuild.amazonaws.com"}))
    return needed


def _resources(call: Call) -> list[str]:
    region = call.caller.region
    if call.operation in {"ListProjects", "ListBuilds"}:
        return ["*"]
    if call.operation == "BatchGetBuilds":
        return sorted({arn_of(region, _project(build_id)) for build_id in call.input["ids"]})
    if call.operation == "StopBuild":
        return [arn_of(region, _project(call.input["id"]))]
    if call.operation == "BatchGetProjects":
        return [arn_of(region, name.rsplit("/", 1)[-1]) for name in call.input["names"]]
    name = call.get("name") or call.get("projectName")
    return [arn_of(region, str(name).rsplit("/", 1)[-1])]


def _project(build_id: str) -> str:
    return build_id.rsplit("/", 1)[-1].split(":", 1)[0]


def _context(call: Call) -> dict[str, Any]:
    tags = call.get("tags", [])
    context: dict[str, Any] = {f"aws:RequestTag/{tag['key']}": tag["value"] for tag in tags}
    return {**context, "aws:TagKeys": [tag["key"] for tag in tags]} if tags else context
