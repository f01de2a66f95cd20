"""CodeCommit's operations on repositories and on pull requests, and the service that they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from localcloud.git.hosting import Push
from localcloud.http.paging import Page
from localcloud.http.service import Answer, Call, Service, operation
from localcloud.http.tags import TagStore
from localcloud.layout import ACCOUNT
from localcloud.services.codecommit import access, errors, events
from localcloud.services.codecommit.models import (
    Comment,
    PullRequest,
    PullRequests,
    Repositories,
    Repository,
    describe_commit,
)
from localcloud.services.events.models import Emit

if TYPE_CHECKING:
    from mypy_boto3_codecommit.literals import PullRequestStatusEnumType
    from mypy_boto3_codecommit.type_defs import LocationTypeDef, RepositoryNameIdPairTypeDef, TargetTypeDef


_BRANCHES = "refs/heads/"
_PUSHER = f"arn:aws:iam::{ACCOUNT}:root"
"""Whom events name for a push: git over the file system has no IAM identity."""


def codecommit(repositories: Repositories, emit: Emit) -> Service:
    """Return the service; a push emits its events through `emit`."""
    pull_requests = PullRequests()

    def notice(repository: Repository, push: Push) -> None:
        emit(events.reference_changed(repository, push, _PUSHER))
        for pull_request in pull_requests.follow(push):
            emit(events.pull_request_changed("pullRequestSourceBranchUpdated", pull_request, _PUSHER))

    repositories.on_push.append(notice)
    operations = [RepositoryOperations(repositories), PullRequestOperations(pull_requests, repositories, emit)]
    return Service("codecommit", operations, access.permissions(pull_requests))


class RepositoryOperations:
    """Operations on repositories, their branches, commits and tags."""

    def __init__(self, repositories: Repositories) -> None:
        self._repositories = repositories
        self._tags = TagStore(missing=errors.missing_repository, too_many=errors.too_many_tags)
        self._tags.owned_by(repositories.has)

    @operation
    def create_repository(
        self,
        call: Call,
        *,
        repository_name: str,
        repository_description: str | None = None,
        tags: Mapping[str, str] | None = None,
        kms_key_id: str | None = None,
    ) -> Answer:
        """Create an empty repository."""
        repository = self._repositories.create(call.caller.region, repository_name, repository_description, kms_key_id)
        self._tags.put_mapping(repository.arn, tags)
        return {"repositoryMetadata": repository.describe()}

    @operation
    def get_repository(self, _call: Call, *, repository_name: str) -> Answer:
        """Return a repository's metadata."""
        return {"repositoryMetadata": self._repositories.find(repository_name).describe()}

    @operation
    def list_repositories(
        self, _call: Call, *, next_token: str | None = None, sort_by: str = "repositoryName", order: str = "ascending"
    ) -> Answer:
        """List names and ids, by name or by the last change."""
        repositories = self._repositories.all()
        if sort_by == "lastModifiedDate":
            repositories.sort(key=lambda repository: repository.last_modified)
        if order == "descending":
            repositories.reverse()
        pairs: list[RepositoryNameIdPairTypeDef] = [
            {"repositoryName": repository.name, "repositoryId": repository.repository_id} for repository in repositories
        ]
        return Page.of(pairs, next_token, None).answer("repositories", "nextToken")

    @operation
    def delete_repository(self, _call: Call, *, repository_name: str) -> Answer:
        """Delete a repository; deleting what is not there is no error (API reference, DeleteRepository)."""
        repository = self._repositories.delete(repository_name)
        if repository is None:
            return {}
        self._tags.forget(repository.arn)
        return {"repositoryId": repository.repository_id}

    @operation
    def update_repository_description(
        self, _call: Call, *, repository_name: str, repository_description: str | None = None
    ) -> Answer:
        """Replace the description; without one it is removed."""
        self._repositories.find(repository_name).description = repository_description
        return {}

    @operation
    def update_default_branch(self, _call: Call, *, repository_name: str, default_branch_name: str) -> Answer:
        """Make a branch that exists the default one."""
        repository = self._repositories.find(repository_name)
        repository.tip(default_branch_name)
        repository.default_branch = default_branch_name
        return {}

    @operation
    def get_branch(self, _call: Call, *, repository_name: str, branch_name: str) -> Answer:
        """Return the commit at a branch's tip."""
        name = branch_name.removeprefix(_BRANCHES)
        return {"branch": {"branchName": name, "commitId": self._repositories.find(repository_name).tip(name)}}

    @operation
    def list_branches(self, _call: Call, *, repository_name: str, next_token: str | None = None) -> Answer:
        """List the names of branches."""
        references = self._repositories.find(repository_name).content.references()
        names = [name.removeprefix(_BRANCHES) for name in references if name.startswith(_BRANCHES)]
        return Page.of(names, next_token, None).answer("branches", "nextToken")

    @operation
    def get_commit(self, _call: Call, *, repository_name: str, commit_id: str) -> Answer:
        """Return a commit by its full id."""
        commit = self._repositories.find(repository_name).content.commit(commit_id)
        if commit is None or commit.id != commit_id:
            raise errors.missing_commit_id(commit_id)
        return {"commit": describe_commit(commit)}

    @operation
    def tag_resource(self, _call: Call, *, resource_arn: str, tags: Mapping[str, str]) -> Answer:
        """Add tags to a repository."""
        self._tags.put_mapping(self._tags.require(resource_arn), tags)
        return {}

    @operation
    def untag_resource(self, _call: Call, *, resource_arn: str, tag_keys: Sequence[str]) -> Answer:
        """Remove tags from a repository."""
        self._tags.remove(self._tags.require(resource_arn), tag_keys)
        return {}

    @operation
    def list_tags_for_resource(self, _call: Call, *, resource_arn: str, **_ignored: object) -> Answer:
        """List a repository's tags."""
        # nextToken: all tags of a repository, at most 50, are one page.
        return {"tags": self._tags.mapping(self._tags.require(resource_arn))}


class PullRequestOperations:
    """Operations on pull requests and on the comments on them."""

    def __init__(self, pull_requests: PullRequests, repositories: Repositories, emit: Emit) -> None:
        self._pull_requests = pull_requests
        self._repositories = repositories
        self._emit = emit

    @operation
    def create_pull_request(
        self,
        call: Call,
        *,
        title: str,
        targets: Sequence[TargetTypeDef],
        description: str | None = None,
        client_request_token: str | None = None,
    ) -> Answer:
        """Create a pull request for one target; the destination is the default branch where none is given."""
        if len(targets) != 1:
            raise errors.invalid_targets()
        repository = self._repositories.find(targets[0]["repositoryName"])
        source = _full_name(targets[0]["sourceReference"])
        destination = _full_name(targets[0].get("destinationReference") or repository.default_branch or "main")
        source_commit, destination_commit = _commit_at(repository, source), _commit_at(repository, destination)
        if source == destination:
            raise errors.same_branches()
        pull_request = PullRequest(
            pull_request_id=self._pull_requests.next_id(),
            repository=repository,
            title=title,
            description=description,
            client_request_token=client_request_token,
            author_arn=call.caller.arn,
            source_reference=source,
            destination_reference=destination,
            source_commit=source_commit,
            destination_commit=destination_commit,
            merge_base=repository.content.merge_base(source_commit, destination_commit),
        )
        self._pull_requests.add(pull_request)
        self._emit(events.pull_request_changed("pullRequestCreated", pull_request, call.caller.arn))
        return {"pullRequest": pull_request.describe()}

    @operation
    def get_pull_request(self, _call: Call, *, pull_request_id: str) -> Answer:
        """Return a pull request."""
        return {"pullRequest": self._pull_requests.find(pull_request_id).describe()}

    @operation
    def list_pull_requests(
        self,
        _call: Call,
        *,
        repository_name: str,
        author_arn: str | None = None,
        pull_request_status: str | None = None,
        next_token: str | None = None,
        max_results: int | None = None,
    ) -> Answer:
        """List the ids of a repository's pull requests."""
        ids = [
            request.pull_request_id
            for request in self._pull_requests.all()
            if request.repository.name == repository_name
            and author_arn in {None, request.author_arn}
            and pull_request_status in {None, request.status}
        ]
        return Page.of(ids, next_token, max_results).answer("pullRequestIds", "nextToken")

    @operation
    def update_pull_request_status(
        self, call: Call, *, pull_request_id: str, pull_request_status: PullRequestStatusEnumType
    ) -> Answer:
        """Close a pull request."""
        pull_request = self._pull_requests.find(pull_request_id)
        pull_request.set_status(pull_request_status)
        self._emit(events.pull_request_changed("pullRequestStatusChanged", pull_request, call.caller.arn))
        return {"pullRequest": pull_request.describe()}

    @operation
    def post_comment_for_pull_request(
        self,
        call: Call,
        *,
        pull_request_id: str,
        repository_name: str,
        before_commit_id: str,
        after_commit_id: str,
        content: str,
        location: LocationTypeDef | None = None,
        **_ignored: object,
    ) -> Answer:
        """Comment on a pull request between two commits of its repository."""
        # clientRequestToken: the SDKs send a new one with each call, and nothing repeats a call to this machine.
        pull_request = self._pull_requests.find(pull_request_id)
        repository = self._repositories.find(repository_name)
        if pull_request.repository is not repository:
            raise errors.other_repository(repository_name)
        for commit_id in (before_commit_id, after_commit_id):
            if repository.content.commit(commit_id) is None:
                raise errors.missing_commit(commit_id)
        comment = Comment(
            pull_request=pull_request,
            before_commit_id=before_commit_id,
            after_commit_id=after_commit_id,
            location=location,
            content=content,
            author_arn=call.caller.arn,
        )
        self._pull_requests.add_comment(comment)
        return {**comment.describe_place(), "comment": comment.describe()}

    @operation
    def update_comment(self, call: Call, *, comment_id: str, content: str) -> Answer:
        """Replace a comment's text, for its author only."""
        comment = self._pull_requests.find_comment(comment_id)
        if not _same_author(comment.author_arn, call.caller.arn):
            raise errors.foreign_comment()
        comment.change(content)
        return {"comment": comment.describe()}

    @operation
    def get_comment(self, _call: Call, *, comment_id: str) -> Answer:
        """Return a comment."""
        return {"comment": self._pull_requests.find_comment(comment_id).describe()}

    @operation
    def get_comments_for_pull_request(
        self,
        _call: Call,
        *,
        pull_request_id: str,
        repository_name: str | None = None,
        before_commit_id: str | None = None,
        after_commit_id: str | None = None,
        next_token: str | None = None,
        max_results: int | None = None,
    ) -> Answer:
        """List the comments on a pull request, the oldest first."""
        pull_request = self._pull_requests.find(pull_request_id)
        threads = [
            comment.describe_thread()
            for comment in self._pull_requests.comments()
            if comment.pull_request is pull_request
            and repository_name in {None, pull_request.repository.name}
            and before_commit_id in {None, comment.before_commit_id}
            and after_commit_id in {None, comment.after_commit_id}
        ]
        return Page.of(threads, next_token, max_results).answer("commentsForPullRequestData", "nextToken")


def _full_name(reference: str) -> str:
    return reference if reference.startswith("refs/") else f"{_BRANCHES}{reference}"


def _commit_at(repository: Repository, reference: str) -> str:
    commit_id = repository.content.references().get(reference)
    if commit_id is None:
        raise errors.missing_reference(reference)
    return commit_id


def _same_author(one: str, other: str) -> bool:
    """Return whether two callers are one principal: the sessions of one role are, whichever build they are of."""
    same_role = ":assumed-role/" in one and one.rpartition("/")[0] == other.rpartition("/")[0]
    return one == other or same_role
