"""The preview of a CodeCommit pull request, as one comment that is kept up to date."""

import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

from contract.aws_errors import code_of
from delivery.comment import text as comment_text
from delivery.environment import PullRequestEnvironment
from delivery.job import DeliveryError, exit_code, log
from delivery.workspace import PROGRAM
from messages import change_report
from messages.markdown import CODECOMMIT_LIMIT

if TYPE_CHECKING:
    from mypy_boto3_codecommit import CodeCommitClient

_NOT_THE_AUTHOR = "CommentNotCreatedByCallerException"


def run(environment: PullRequestEnvironment, codecommit: "CodeCommitClient", program: Path = PROGRAM) -> None:
    """Write the comment; raise DeliveryError after that where the preview failed."""
    text, reason = comment_text(environment, environment.source_commit, CODECOMMIT_LIMIT, program)
    publish(environment, codecommit, text)
    if reason:
        raise DeliveryError(reason)


def publish(environment: PullRequestEnvironment, codecommit: "CodeCommitClient", text: str) -> None:
    """Update the pull request's existing comment, or post another one where that can't be edited."""
    existing = _existing_comment(environment, codecommit)
    if existing:
        try:
            codecommit.update_comment(commentId=existing, content=text)
        except ClientError as error:
            # Only its author may edit a comment, and a role's session of another build may count as another author.
            # The older one stays: who may delete a comment may delete every reviewer's.
            if code_of(error) != _NOT_THE_AUTHOR:
                raise
        else:
            log(f"comment {existing} was updated")
            return
    posted = codecommit.post_comment_for_pull_request(
        pullRequestId=environment.pull_request_id,
        repositoryName=environment.repository,
        beforeCommitId=environment.destination_commit,
        afterCommitId=environment.source_commit,
        content=text,
        clientRequestToken=_token(environment, text),
    )
    log(f"comment {posted['comment'].get('commentId')} was posted")


def _existing_comment(environment: PullRequestEnvironment, codecommit: "CodeCommitClient") -> str | None:
    """Return the id of the comment about this stack, whichever commits it is about; None where there is none."""
    marker = change_report.marker(environment.stack)
    pages = codecommit.get_paginator("get_comments_for_pull_request").paginate(
        pullRequestId=environment.pull_request_id, repositoryName=environment.repository
    )
    for page in pages:
        for thread in page.get("commentsForPullRequestData", []):
            for comment in thread.get("comments", []):
                if not comment.get("deleted") and comment.get("content", "").startswith(marker):
                    return comment.get("commentId")
    return None


def _token(environment: PullRequestEnvironment, text: str) -> str:
    """Return a token that is equal for equal requests, as the API asks."""
    parts = (environment.stack, environment.pull_request_id, environment.source_commit, text)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def main() -> None:
    """Comment on the pull request that the environment names."""
    environment = PullRequestEnvironment.from_environment()
    run(environment, boto3.client("codecommit", region_name=environment.region))


if __name__ == "__main__":
    sys.exit(exit_code(main))
