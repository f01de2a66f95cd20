"""What a caller needs for each operation of CodeCommit.

Source: service authorization reference, "Actions, resources, and condition keys for AWS CodeCommit".
"""

from collections.abc import Callable

from localcloud.http.service import Call, Permission
from localcloud.services.codecommit.models import PullRequests, repository_arn


def permissions(pull_requests: PullRequests) -> Callable[[Call], list[Permission]]:
    """Return what tells the permissions of a call; the pull requests tell which repository they are of."""

    def permissions_of(call: Call) -> list[Permission]:
        resource = _resource(call, pull_requests)
        needed: list[Permission] = [(f"codecommit:{call.operation}", resource, {})]
        if call.operation == "CreateRepository" and call.get("tags"):
            needed.append(("codecommit:TagResource", resource, {"aws:TagKeys": list(call.input["tags"])}))
        return needed

    return permissions_of


def _resource(call: Call, pull_requests: PullRequests) -> str:
    if call.operation == "ListRepositories":
        return "*"
    if arn := call.get("resourceArn"):
        return str(arn)
    name = call.get("repositoryName")
    if targets := call.get("targets"):
        name = targets[0]["repositoryName"]
    if name is None:
        name = pull_requests.repository_of(call.get("pullRequestId", ""), call.get("commentId", ""))
    # Whoever may not see every repository does not learn that there is no such pull request.
    return repository_arn(call.caller.region, name or "*")
