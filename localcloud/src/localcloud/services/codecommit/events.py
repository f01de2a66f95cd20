"""CodeCommit's EventBridge events.

Source: CodeCommit user guide, "Monitoring CodeCommit events in Amazon EventBridge and Amazon CloudWatch Events".
"""

from typing import Literal

from localcloud.git.hosting import Push
from localcloud.git.repository import ZERO
from localcloud.services.codecommit.models import PullRequest, Repository
from localcloud.services.events.models import Event, event

REPOSITORY = "CodeCommit Repository State Change"
PULL_REQUEST = "CodeCommit Pull Request State Change"

_CHANGES = {
    "pullRequestCreated": "created",
    "pullRequestSourceBranchUpdated": "updated its source branch",
    "pullRequestStatusChanged": "changed its status",
}
_TIME = "%a %b %d %H:%M:%S UTC %Y"


def reference_changed(repository: Repository, push: Push, caller_arn: str) -> Event:
    """Return the event of a branch or tag that was created, updated or deleted."""
    change = "referenceCreated" if push.before == ZERO else "referenceUpdated"
    change = "referenceDeleted" if push.after == ZERO else change
    detail = {
        "callerUserArn": caller_arn,
        "commitId": None if push.after == ZERO else push.after,
        "oldCommitId": None if push.before == ZERO else push.before,
        "event": change,
        "referenceFullName": push.reference,
        "referenceName": push.name,
        "referenceType": push.kind,
        "repositoryId": repository.repository_id,
        "repositoryName": repository.name,
    }
    return event("aws.codecommit", REPOSITORY, repository.arn, repository.region, detail)


def pull_request_changed(
    name: Literal["pullRequestCreated", "pullRequestSourceBranchUpdated", "pullRequestStatusChanged"],
    pull_request: PullRequest,
    caller_arn: str,
) -> Event:
    """Return the event `name` of a pull request."""
    repository, number = pull_request.repository, pull_request.pull_request_id
    detail = {
        "author": pull_request.author_arn,
        "callerUserArn": caller_arn,
        "creationDate": pull_request.created.strftime(_TIME),
        "description": pull_request.description,
        "destinationCommit": pull_request.destination_commit,
        "destinationReference": pull_request.destination_reference,
        "event": name,
        "isMerged": "False",
        "lastModifiedDate": pull_request.last_activity.strftime(_TIME),
        "notificationBody": f"A pull request event occurred in the following AWS CodeCommit repository: "
        f"{repository.name}. {caller_arn} {_CHANGES[name]}: {number}, {pull_request.title}.",
        "pullRequestId": number,
        "pullRequestStatus": pull_request.status.title(),
        "repositoryNames": [repository.name],
        "revisionId": pull_request.revision_id,
        "sourceCommit": pull_request.source_commit,
        "sourceReference": pull_request.source_reference,
        "title": pull_request.title,
    }
    return event("aws.codecommit", PULL_REQUEST, repository.arn, repository.region, detail)
