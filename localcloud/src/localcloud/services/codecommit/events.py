"""CodeCommit's EventBridge events.

Source: CodeCommit user guide, "Monitoring CodeCommit events in Amazon EventBridge and Amazon CloudWatch Events".
"""

from typing import Any

from localcloud.git.hosting import Push
from localcloud.git.repository import ZERO
from localcloud.services.events.envelope import event

Record = dict[str, Any]

REPOSITORY = "CodeCommit Repository State Change"
PULL_REQUEST = "CodeCommit Pull Request State Change"


def reference_changed(repository: Record, push: Push, caller_arn: str) -> Record:
    """The event of a branch or tag that was created, updated or deleted."""
    name = "referenceCreated" if push.before == ZERO else "referenceUpdated"
    name = "referenceDeleted" if push.after == ZERO else name
    detail = {
        "callerUserArn": caller_arn,
        "commitId": None if push.after == ZERO else push.after,
        "oldCommitId": None if push.before == ZERO else push.before,
        "event": name,
        "referenceFullName": push.reference,
        "referenceName": push.name,
        "referenceType": push.kind,
        "repositoryId": repository["repositoryId"],
        "repositoryName": repository["repositoryName"],
    }
    return event("aws.codecommit", REPOSITORY, repository["Arn"], repository["Arn"].split(":")[3], detail)


def pull_request_changed(name: str, request: Record, repository: Record, caller_arn: str) -> Record:
    """The event of a pull request: pullRequestCreated, pullRequestSourceBranchUpdated, pullRequestStatusChanged."""
    target = request["pullRequestTargets"][0]
    said = {
        "pullRequestCreated": "created",
        "pullRequestSourceBranchUpdated": "updated its source branch",
        "pullRequestStatusChanged": "changed its status",
    }[name]
    detail = {
        "author": request["authorArn"],
        "callerUserArn": caller_arn,
        "creationDate": request["creationDate"].strftime("%a %b %d %H:%M:%S UTC %Y"),
        "description": request.get("description"),
        "destinationCommit": target["destinationCommit"],
        "destinationReference": target["destinationReference"],
        "event": name,
        "isMerged": "False",
        "lastModifiedDate": request["lastActivityDate"].strftime("%a %b %d %H:%M:%S UTC %Y"),
        "notificationBody": f"A pull request event occurred in the following AWS CodeCommit repository: "
        f"{target['repositoryName']}. {caller_arn} {said}: {request['pullRequestId']}, {request['title']}.",
        "pullRequestId": request["pullRequestId"],
        "pullRequestStatus": request["pullRequestStatus"].title(),
        "repositoryNames": [target["repositoryName"]],
        "revisionId": request["revisionId"],
        "sourceCommit": target["sourceCommit"],
        "sourceReference": target["sourceReference"],
        "title": request["title"],
    }
    return event("aws.codecommit", PULL_REQUEST, repository["Arn"], repository["Arn"].split(":")[3], detail)
