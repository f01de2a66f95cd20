"""CodeCommit's errors, as its API reference names them."""

from localcloud.http.errors import AwsError


def missing_repository(message: str) -> AwsError:
    """Return the error for a repository that does not exist."""
    return AwsError("RepositoryDoesNotExistException", message)


def existing_repository(name: str) -> AwsError:
    """Return the error for a name that another repository has."""
    return AwsError("RepositoryNameExistsException", f"Repository named {name} already exists")


def missing_branch(name: str) -> AwsError:
    """Return the error for a branch that does not exist."""
    return AwsError("BranchDoesNotExistException", f"Branch {name} does not exist")


def missing_reference(reference: str) -> AwsError:
    """Return the error for a pull request between references of which one does not exist."""
    return AwsError("ReferenceDoesNotExistException", f"Reference {reference} does not exist")


def missing_commit_id(commit_id: str) -> AwsError:
    """Return GetCommit's error for a commit that does not exist."""
    return AwsError("CommitIdDoesNotExistException", f"{commit_id} does not exist")


def missing_commit(commit_id: str) -> AwsError:
    """Return the error for a comment on a commit that does not exist."""
    return AwsError("CommitDoesNotExistException", f"Commit {commit_id} does not exist")


def missing_pull_request(identifier: str) -> AwsError:
    """Return the error for a pull request that does not exist."""
    return AwsError("PullRequestDoesNotExistException", f"Pull request {identifier} does not exist")


def other_repository(name: str) -> AwsError:
    """Return the error for a comment on a pull request of another repository."""
    return AwsError("RepositoryNotAssociatedWithPullRequestException", f"{name} has no such pull request")


def invalid_targets() -> AwsError:
    """Return the error for a pull request with more or less than one target."""
    return AwsError("InvalidTargetsException", "A pull request has exactly one target")


def same_branches() -> AwsError:
    """Return the error for a pull request from a branch into itself."""
    return AwsError("SourceAndDestinationAreSameException", "The source and destination branches are the same")


def closed_pull_request() -> AwsError:
    """Return the error for a closed pull request that is to be opened again."""
    return AwsError("InvalidPullRequestStatusUpdateException", "The pull request is closed already")


def missing_comment() -> AwsError:
    """Return the error for a comment that does not exist."""
    return AwsError("CommentDoesNotExistException", "The comment does not exist")


def foreign_comment() -> AwsError:
    """Return the error for a change of somebody else's comment."""
    return AwsError("CommentNotCreatedByCallerException", "Only the author of a comment can change it")


def too_many_tags(message: str) -> AwsError:
    """Return the error for more tags than a repository may have."""
    return AwsError("TooManyTagsException", message)
