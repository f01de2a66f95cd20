"""Pull requests and the comments on them."""

import hashlib
import itertools
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from localcloud.git.hosting import Push
from localcloud.git.repository import GitRepository
from localcloud.http.errors import AwsError
from localcloud.http.paging import page
from localcloud.http.service import Call, Handler
from localcloud.services.codecommit import events
from localcloud.services.codecommit.repositories import PUSHER, Repositories

Record = dict[str, Any]


class PullRequests:
    """The account's pull requests, by id: a number, counted up over all repositories."""

    def __init__(self, repositories: Repositories, emit: Callable[[Record], None]) -> None:
        self._repositories = repositories
        self._emit = emit
        self._requests: dict[str, Record] = {}
        self._comments: dict[str, Record] = {}
        self._threads: list[Record] = []
        self._numbers = itertools.count(1)
        repositories.moved.append(self._source_moved)

    def handlers(self) -> dict[str, Handler]:
        """The operations on pull requests and comments."""
        return {
            "CreatePullRequest": self.create,
            "GetPullRequest": lambda call: {"pullRequest": dict(self.find(call.input["pullRequestId"]))},
            "ListPullRequests": self.listed,
            "UpdatePullRequestStatus": self.set_status,
            "PostCommentForPullRequest": self.post_comment,
            "UpdateComment": self.update_comment,
            "GetComment": lambda call: {"comment": dict(self._comment(call))},
            "GetCommentsForPullRequest": self.list_comments,
        }

    def find(self, identifier: str) -> Record:
        """A pull request.

        Raises:
            AwsError: PullRequestDoesNotExistException.
        """
        if identifier not in self._requests:
            raise AwsError("PullRequestDoesNotExistException", f"Pull request {identifier} does not exist")
        return self._requests[identifier]

    def repository_of(self, call: Call) -> str | None:
        """The repository of the pull request or comment that a call is about; None when there is none."""
        comment = call.get("commentId")
        for thread in self._threads:
            if comment in {item["commentId"] for item in thread["comments"]}:
                return str(thread["repositoryName"])
        request = self._requests.get(call.get("pullRequestId", ""))
        return str(request["pullRequestTargets"][0]["repositoryName"]) if request else None

    def create(self, call: Call) -> Record:
        """CreatePullRequest, for one target; the destination is the default branch where none is given."""
        if len(call.input["targets"]) != 1:
            raise AwsError("InvalidTargetsException", "A pull request has exactly one target")
        target = call.input["targets"][0]
        record, repository = self._repositories.find(target["repositoryName"])
        source = _full(target["sourceReference"])
        destination = _full(target.get("destinationReference") or record.get("defaultBranch", "main"))
        tip, base = _commit_of(repository, source), _commit_of(repository, destination)
        if source == destination:
            raise AwsError("SourceAndDestinationAreSameException", "The source and destination branches are the same")
        now = datetime.now(UTC)
        request: Record = {
            "pullRequestId": str(next(self._numbers)),
            "title": call.input["title"],
            "description": call.get("description"),
            "creationDate": now,
            "lastActivityDate": now,
            "pullRequestStatus": "OPEN",
            "authorArn": call.caller.arn,
            "revisionId": _revision(),
            "clientRequestToken": call.get("clientRequestToken"),
            "pullRequestTargets": [
                {
                    "repositoryName": record["repositoryName"],
                    "sourceReference": source,
                    "destinationReference": destination,
                    "sourceCommit": tip,
                    "destinationCommit": base,
                    "mergeBase": repository.merge_base(tip, base),
                    "mergeMetadata": {"isMerged": False},
                }
            ],
            "approvalRules": [],
        }
        self._requests[request["pullRequestId"]] = request
        self._emit(events.pull_request_changed("pullRequestCreated", request, record, call.caller.arn))
        return {"pullRequest": dict(request)}

    def listed(self, call: Call) -> Record:
        """ListPullRequests."""
        wanted = call.get("pullRequestStatus")
        ids = [
            identifier
            for identifier, request in self._requests.items()
            if request["pullRequestTargets"][0]["repositoryName"] == call.input["repositoryName"]
            and wanted in (None, request["pullRequestStatus"])
        ]
        return {"pullRequestIds": ids}

    def set_status(self, call: Call) -> Record:
        """UpdatePullRequestStatus: an open one can be closed, a closed one stays so."""
        request = self.find(call.input["pullRequestId"])
        status = call.input["pullRequestStatus"]
        if status == "OPEN" and request["pullRequestStatus"] == "CLOSED":
            raise AwsError("InvalidPullRequestStatusUpdateException", "The pull request is closed already")
        request.update(pullRequestStatus=status, lastActivityDate=datetime.now(UTC))
        record, _ = self._repositories.find(request["pullRequestTargets"][0]["repositoryName"])
        self._emit(events.pull_request_changed("pullRequestStatusChanged", request, record, call.caller.arn))
        return {"pullRequest": dict(request)}

    def post_comment(self, call: Call) -> Record:
        """PostCommentForPullRequest, between two commits of the repository."""
        request = self.find(call.input["pullRequestId"])
        name = call.input["repositoryName"]
        _, repository = self._repositories.find(name)
        if request["pullRequestTargets"][0]["repositoryName"] != name:
            raise AwsError("RepositoryNotAssociatedWithPullRequestException", f"{name} has no such pull request")
        for member in ("beforeCommitId", "afterCommitId"):
            if repository.commit(call.input[member]) is None:
                raise AwsError("CommitDoesNotExistException", f"Commit {call.input[member]} does not exist")
        now = datetime.now(UTC)
        comment: Record = {
            "commentId": f"{uuid.uuid4()}:{uuid.uuid4()}",
            "content": call.input["content"],
            "creationDate": now,
            "lastModifiedDate": now,
            "authorArn": call.caller.arn,
            "deleted": False,
            "callerReactions": [],
            "reactionCounts": {},
        }
        self._comments[comment["commentId"]] = comment
        members = ("pullRequestId", "repositoryName", "beforeCommitId", "afterCommitId", "location")
        thread = {member: call.input[member] for member in members if call.get(member) is not None}
        self._threads.append({**thread, "comments": [comment]})
        request["lastActivityDate"] = now
        return {**thread, "comment": dict(comment)}

    def update_comment(self, call: Call) -> Record:
        """UpdateComment, by its author only."""
        comment = self._comment(call)
        if comment["authorArn"] != call.caller.arn and not _same_role(comment["authorArn"], call.caller.arn):
            raise AwsError("CommentNotCreatedByCallerException", "Only the author of a comment can change it")
        comment.update(content=call.input["content"], lastModifiedDate=datetime.now(UTC))
        return {"comment": dict(comment)}

    def list_comments(self, call: Call) -> Record:
        """GetCommentsForPullRequest."""
        self.find(call.input["pullRequestId"])
        members = ("pullRequestId", "repositoryName", "beforeCommitId", "afterCommitId")
        found = [thread for thread in self._threads if all(call.get(name) in (None, thread[name]) for name in members)]
        return page(call, found, "commentsForPullRequestData", cursor="nextToken", size="maxResults")

    def _comment(self, call: Call) -> Record:
        if call.input["commentId"] not in self._comments:
            raise AwsError("CommentDoesNotExistException", "The comment does not exist")
        return self._comments[call.input["commentId"]]

    def _source_moved(self, push: Push) -> None:
        for request in self._requests.values():
            target = request["pullRequestTargets"][0]
            same = (target["repositoryName"], target["sourceReference"]) == (push.repository, push.reference)
            if same and request["pullRequestStatus"] == "OPEN" and push.after.strip("0"):
                target["sourceCommit"] = push.after
                request.update(revisionId=_revision(), lastActivityDate=datetime.now(UTC))
                record, _ = self._repositories.find(push.repository)
                self._emit(events.pull_request_changed("pullRequestSourceBranchUpdated", request, record, PUSHER))


def _full(reference: str) -> str:
    return reference if reference.startswith("refs/") else f"refs/heads/{reference}"


def _commit_of(repository: GitRepository, reference: str) -> str:
    commit = repository.references().get(reference)
    if commit is None:
        raise AwsError("ReferenceDoesNotExistException", f"Reference {reference} does not exist")
    return commit


def _same_role(one: str, other: str) -> bool:
    """Whether two sessions are of one role: its comments are its own, whichever build wrote them."""
    return ":assumed-role/" in one and one.rpartition("/")[0] == other.rpartition("/")[0]


def _revision() -> str:
    return hashlib.sha256(uuid.uuid4().bytes).hexdigest()
