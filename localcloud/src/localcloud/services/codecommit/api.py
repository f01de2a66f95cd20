"""CodeCommit as one service: its stores wired together, and what a caller needs for each operation."""

from collections.abc import Callable
from typing import Any

from localcloud.http.service import Call, Permission, Service
from localcloud.http.tags import ResourceTags
from localcloud.services.codecommit.pull_requests import PullRequests
from localcloud.services.codecommit.repositories import Repositories, arn_of

Record = dict[str, Any]


def codecommit(repositories: Repositories, tags: ResourceTags, emit: Callable[[Record], None]) -> Service:
    """The CodeCommit service."""
    requests = PullRequests(repositories, emit)

    def permissions(call: Call) -> list[Permission]:
        """Service authorization reference, "Actions, resources, and condition keys for AWS CodeCommit"."""
        needed: list[Permission] = [(f"codecommit:{call.operation}", resource(call), {})]
        if call.operation == "CreateRepository" and call.get("tags"):
            needed.append(("codecommit:TagResource", resource(call), {"aws:TagKeys": list(call.input["tags"])}))
        return needed

    def resource(call: Call) -> str:
        if call.operation == "ListRepositories":
            return "*"
        if arn := call.get("resourceArn"):
            return str(arn)
        name = call.get("repositoryName")
        if name is None and call.get("targets"):
            name = call.input["targets"][0]["repositoryName"]
        if name is None:
            name = requests.repository_of(call)
        return arn_of(call.caller.region, name or "*")

    handlers = {
        **repositories.handlers(),
        **requests.handlers(),
        "TagResource": tags.tag,
        "UntagResource": tags.untag,
        "ListTagsForResource": lambda call: {"tags": tags.mapping(call.input["resourceArn"])},
    }
    return Service("codecommit", handlers, permissions)
