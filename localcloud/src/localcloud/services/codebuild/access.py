"""What a caller needs for each operation of CodeBuild.

Source: service authorization reference, "Actions, resources, and condition keys for AWS CodeBuild": builds are
authorized on their project.
"""

from typing import Any

from localcloud.http.service import Call, Permission
from localcloud.services.codebuild.models import project_arn


def permissions(call: Call) -> list[Permission]:
    """Return the permissions of a call, and iam:PassRole for the role of a project or a build."""
    context = _request_tags(call)
    needed: list[Permission] = [(f"codebuild:{call.operation}", resource, context) for resource in _resources(call)]
    if role := call.get("serviceRole") or call.get("serviceRoleOverride"):
        needed.append(("iam:PassRole", role, {"iam:PassedToService": "codebuild.amazonaws.com"}))
    return needed


def _resources(call: Call) -> list[str]:
    if call.operation in {"ListProjects", "ListBuilds"}:
        return ["*"]
    if call.operation == "BatchGetBuilds":
        projects = {_project_of(build_id) for build_id in call.input["ids"]}
    elif call.operation == "StopBuild":
        projects = {_project_of(call.input["id"])}
    elif call.operation == "BatchGetProjects":
        projects = {_last_part(name) for name in call.input["names"]}
    else:
        projects = {_last_part(call.get("name") or call.get("projectName"))}
    return [project_arn(call.caller.region, project) for project in sorted(projects)]


def _last_part(name_or_arn: str) -> str:
    return name_or_arn.rsplit("/", 1)[-1]


def _project_of(build_id: str) -> str:
    return _last_part(build_id).split(":", 1)[0]


def _request_tags(call: Call) -> dict[str, Any]:
    tags = call.get("tags", [])
    if not tags:
        return {}
    by_key = {f"aws:RequestTag/{tag['key']}": tag["value"] for tag in tags}
    return {**by_key, "aws:TagKeys": [tag["key"] for tag in tags]}
