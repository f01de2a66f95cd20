"""What CodeCommit keeps: repositories, pull requests and comments, and how each looks on the wire."""

from __future__ import annotations

import hashlib
import itertools
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from localcloud.git.hosting import Hosting, Push
from localcloud.git.repository import ZERO, Commit, GitRepository, Signature
from localcloud.layout import ACCOUNT
from localcloud.services.codecommit import errors

if TYPE_CHECKING:
    from mypy_boto3_codecommit.literals import PullRequestStatusEnumType
    from mypy_boto3_codecommit.type_defs import (
        CommentsForPullRequestTypeDef,
        CommentTypeDef,
        CommitTypeDef,
        LocationTypeDef,
        PullRequestTypeDef,
        RepositoryMetadataTypeDef,
        UserInfoTypeDef,
    )


def repository_arn(region: str, name: str) -> str:
    """Return a repository's ARN."""
    return f"arn:aws:codecommit:{region}:{ACCOUNT}:{name}"


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return str(uuid.uuid4())


def _new_revision() -> str:
    return hashlib.sha256(uuid.uuid4().bytes).hexdigest()


@dataclass(kw_only=True)
class Repository:
    """A repository and its content. The first branch that is pushed becomes the default one."""

    arn: str
    name: str
    content: GitRepository
    description: str | None = None
    kms_key_id: str | None = None
    default_branch: str | None = None
    repository_id: str = field(default_factory=_new_id)
    created: datetime = field(default_factory=_now)
    last_modified: datetime = field(default_factory=_now)

    @property
    def region(self) -> str:
        """The repository's region."""
        return self.arn.split(":")[3]

    def tip(self, branch: str) -> str:
        """Return the commit at a branch's tip.

        Raises:
            AwsError: BranchDoesNotExistException.
        """
        commit_id = self.content.branch(branch)
        if commit_id is None:
            raise errors.missing_branch(branch)
        return commit_id

    def describe(self) -> RepositoryMetadataTypeDef:
        """Return the repository as GetRepository answers it."""
        host = f"git-codecommit.{self.region}.amazonaws.com/v1/repos/{self.name}"
        metadata: RepositoryMetadataTypeDef = {
            "accountId": ACCOUNT,
            "repositoryId": self.repository_id,
            "repositoryName": self.name,
            "creationDate": self.created,
            "lastModifiedDate": self.last_modified,
            "cloneUrlHttp": f"https://{host}",
            "cloneUrlSsh": f"ssh://{host}",
            "Arn": self.arn,
        }
        if self.description is not None:
            metadata["repositoryDescription"] = self.description
        if self.kms_key_id is not None:
            metadata["kmsKeyId"] = self.kms_key_id
        if self.default_branch is not None:
            metadata["defaultBranch"] = self.default_branch
        return metadata


class Repositories:
    """The account's repositories, by name. `on_push` has what is called for each reference that a push moved."""

    def __init__(self, hosting: Hosting) -> None:
        self._hosting = hosting
        self._by_name: dict[str, Repository] = {}
        self.on_push: list[Callable[[Repository, Push], None]] = []

    def all(self) -> list[Repository]:
        """Return every repository, by name."""
        return [repository for _, repository in sorted(self._by_name.items())]

    def has(self, arn: str) -> bool:
        """Return whether a repository has the ARN."""
        return any(repository.arn == arn for repository in self._by_name.values())

    def create(
        self, region: str, name: str, description: str | None = None, kms_key_id: str | None = None
    ) -> Repository:
        """Create an empty repository.

        Raises:
            AwsError: RepositoryNameExistsException.
        """
        if name in self._by_name:
            raise errors.existing_repository(name)
        repository = Repository(
            arn=repository_arn(region, name),
            name=name,
            content=self._hosting.create(name),
            description=description,
            kms_key_id=kms_key_id,
        )
        self._by_name[name] = repository
        return repository

    def find(self, name: str) -> Repository:
        """Return a repository.

        Raises:
            AwsError: RepositoryDoesNotExistException.
        """
        if name not in self._by_name:
            raise errors.missing_repository(f"{name} does not exist")
        return self._by_name[name]

    def delete(self, name: str) -> Repository | None:
        """Delete a repository with its content; None when there is none of the name."""
        repository = self._by_name.pop(name, None)
        if repository:
            self._hosting.delete(name)
        return repository

    def pushed(self, name: str) -> list[Push]:
        """Notice a push, and call `on_push` for what it moved.

        Raises:
            AwsError: RepositoryDoesNotExistException.
        """
        repository = self.find(name)
        pushes = self._hosting.pushes(name)
        for push in pushes:
            if push.kind == "branch" and repository.default_branch is None:
                repository.default_branch = push.name
            repository.last_modified = _now()
            for notice in self.on_push:
                notice(repository, push)
        return pushes


@dataclass(kw_only=True)
class PullRequest:
    """A pull request; references are full names, `refs/heads/main`."""

    pull_request_id: str
    repository: Repository
    title: str
    description: str | None
    client_request_token: str | None
    author_arn: str
    source_reference: str
    destination_reference: str
    source_commit: str
    destination_commit: str
    merge_base: str | None
    status: PullRequestStatusEnumType = "OPEN"
    revision_id: str = field(default_factory=_new_revision)
    created: datetime = field(default_factory=_now)
    last_activity: datetime = field(default_factory=_now)

    def move(self, source_commit: str) -> None:
        """Follow the source branch to another commit."""
        self.source_commit = source_commit
        self.revision_id = _new_revision()
        self.last_activity = _now()

    def set_status(self, status: PullRequestStatusEnumType) -> None:
        """Close the pull request.

        Raises:
            AwsError: InvalidPullRequestStatusUpdateException, since a closed one stays closed.
        """
        if status == "OPEN" and self.status == "CLOSED":
            raise errors.closed_pull_request()
        self.status = status
        self.last_activity = _now()

    def describe(self) -> PullRequestTypeDef:
        """Return the pull request as GetPullRequest answers it."""
        description: PullRequestTypeDef = {
            "pullRequestId": self.pull_request_id,
            "title": self.title,
            "creationDate": self.created,
            "lastActivityDate": self.last_activity,
            "pullRequestStatus": self.status,
            "authorArn": self.author_arn,
            "revisionId": self.revision_id,
            "pullRequestTargets": [
                {
                    "repositoryName": self.repository.name,
                    "sourceReference": self.source_reference,
                    "destinationReference": self.destination_reference,
                    "sourceCommit": self.source_commit,
                    "destinationCommit": self.destination_commit,
                    "mergeMetadata": {"isMerged": False},
                }
            ],
            "approvalRules": [],
        }
        if self.merge_base is not None:
            description["pullRequestTargets"][0]["mergeBase"] = self.merge_base
        if self.description is not None:
            description["description"] = self.description
        if self.client_request_token is not None:
            description["clientRequestToken"] = self.client_request_token
        return description


@dataclass(kw_only=True)
class Comment:
    """A comment on a pull request, between two commits of its repository."""

    pull_request: PullRequest
    before_commit_id: str
    after_commit_id: str
    location: LocationTypeDef | None
    content: str
    author_arn: str
    comment_id: str = field(default_factory=lambda: f"{_new_id()}:{_new_id()}")
    created: datetime = field(default_factory=_now)
    last_modified: datetime = field(default_factory=_now)

    def change(self, content: str) -> None:
        """Replace the text."""
        self.content = content
        self.last_modified = _now()

    def describe(self) -> CommentTypeDef:
        """Return the comment as GetComment answers it."""
        return {
            "commentId": self.comment_id,
            "content": self.content,
            "creationDate": self.created,
            "lastModifiedDate": self.last_modified,
            "authorArn": self.author_arn,
            "deleted": False,
            "callerReactions": [],
            "reactionCounts": {},
        }

    def describe_place(self) -> CommentsForPullRequestTypeDef:
        """Return what the comment is on, without the comment."""
        place: CommentsForPullRequestTypeDef = {
            "pullRequestId": self.pull_request.pull_request_id,
            "repositoryName": self.pull_request.repository.name,
            "beforeCommitId": self.before_commit_id,
            "afterCommitId": self.after_commit_id,
        }
        if self.location is not None:
            place["location"] = self.location
        return place

    def describe_thread(self) -> CommentsForPullRequestTypeDef:
        """Return the comment with its place, as GetCommentsForPullRequest answers it."""
        return {**self.describe_place(), "comments": [self.describe()]}


class PullRequests:
    """The account's pull requests and the comments on them, in the order of their creation.

    Pull requests are numbered over all repositories.
    """

    def __init__(self) -> None:
        self._by_id: dict[str, PullRequest] = {}
        self._comments: dict[str, Comment] = {}
        self._numbers = itertools.count(1)

    def all(self) -> list[PullRequest]:
        """Return every pull request."""
        return list(self._by_id.values())

    def next_id(self) -> str:
        """Return the id of a new pull request."""
        return str(next(self._numbers))

    def add(self, pull_request: PullRequest) -> None:
        """Add a new pull request."""
        self._by_id[pull_request.pull_request_id] = pull_request

    def find(self, pull_request_id: str) -> PullRequest:
        """Return a pull request.

        Raises:
            AwsError: PullRequestDoesNotExistException.
        """
        if pull_request_id not in self._by_id:
            raise errors.missing_pull_request(pull_request_id)
        return self._by_id[pull_request_id]

    def follow(self, push: Push) -> list[PullRequest]:
        """Move the open pull requests whose source branch was pushed; return them."""
        moved = [
            request
            for request in self.all()
            if (request.repository.name, request.source_reference) == (push.repository, push.reference)
            and request.status == "OPEN"
            and push.after != ZERO
        ]
        for request in moved:
            request.move(push.after)
        return moved

    def add_comment(self, comment: Comment) -> None:
        """Add a new comment."""
        self._comments[comment.comment_id] = comment
        comment.pull_request.last_activity = comment.created

    def comments(self) -> list[Comment]:
        """Return every comment."""
        return list(self._comments.values())

    def find_comment(self, comment_id: str) -> Comment:
        """Return a comment.

        Raises:
            AwsError: CommentDoesNotExistException.
        """
        if comment_id not in self._comments:
            raise errors.missing_comment()
        return self._comments[comment_id]

    def repository_of(self, pull_request_id: str, comment_id: str) -> str | None:
        """Return the repository's name of a pull request or of a comment on one; None when there is no such thing."""
        comment = self._comments.get(comment_id)
        request = comment.pull_request if comment else self._by_id.get(pull_request_id)
        return request.repository.name if request else None


def describe_commit(commit: Commit) -> CommitTypeDef:
    """Return a commit as GetCommit answers it."""
    return {
        "commitId": commit.id,
        "treeId": commit.tree,
        "parents": list(commit.parents),
        "message": commit.message,
        "author": _describe_signature(commit.author),
        "committer": _describe_signature(commit.committer),
        "additionalData": "",
    }


def _describe_signature(signature: Signature) -> UserInfoTypeDef:
    return {"name": signature.name, "email": signature.email, "date": f"{signature.seconds} {signature.zone}"}
