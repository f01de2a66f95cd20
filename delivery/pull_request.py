"""The preview of a CodeCommit pull request, as one comment that is kept up to date."""

import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

from delivery import comment, markdown
from delivery.engine import say
from delivery.errors import DeliveryError, exit_code
from delivery.settings import PullRequestSettings
from delivery.workspace import PROGRAM

if TYPE_CHECKING:
    from mypy_boto3_codecommit import CodeCommitClient

_NOT_OURS = "CommentNotCreatedByCallerException"


def run(settings: PullRequestSettings, codecommit: "CodeCommitClient", program: Path = PROGRAM) -> None:
    """Writes the comment; raises DeliveryError after that where the preview failed."""
    text, reason = comment.text(settings, settings.source_commit, markdown.CODECOMMIT_LIMIT, program)
    publish(settings, codecommit, text)
    if reason:
        raise DeliveryError(reason)


def publish(settings: PullRequestSettings, codecommit: "CodeCommitClient", text: str) -> None:
    """Edits the pull request's earlier comment, or posts the first one."""
    earlier = _earlier(settings, codecommit)
    if earlier:
        try:
            codecommit.update_comment(commentId=earlier, content=text)
        except ClientError as error:
            # Only its author may edit a comment, and a role's session of another build may count as another author.
            if error.response.get("Error", {}).get("Code") != _NOT_OURS:
                raise
            codecommit.delete_comment_content(commentId=earlier)
        else:
            say(f"comment {earlier} was brought up to date")
            return
    posted = codecommit.post_comment_for_pull_request(
        pullRequestId=settings.pull_request_id,
        repositoryName=settings.repository,
        beforeCommitId=settings.destination_commit,
        afterCommitId=settings.source_commit,
        content=text,
        clientRequestToken=_token(settings, text),
    )
    say(f"comment {posted['comment'].get('commentId')} was posted")


def _earlier(settings: PullRequestSettings, codecommit: "CodeCommitClient") -> str | None:
    """The id of the comment on this stack, whichever commits it was made for."""
    marker = markdown.marker(settings.stack)
    pages = codecommit.get_paginator("get_comments_for_pull_request").paginate(
        pullRequestId=settings.pull_request_id, repositoryName=settings.repository
    )
    for page in pages:
        for thread in page.get("commentsForPullRequestData", []):
            for found in thread.get("comments", []):
                if not found.get("deleted") and found.get("content", "").startswith(marker):
                    return found.get("commentId")
    return None


def _token(settings: PullRequestSettings, text: str) -> str:
    """The same for a repeated request with the same content, as the API asks."""
    parts = (settings.stack, settings.pull_request_id, settings.source_commit, text)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def main() -> None:
    """Comments on the pull request that the environment names."""
    settings = PullRequestSettings.from_environment()
    run(settings, boto3.client("codecommit", region_name=settings.region))


if __name__ == "__main__":
    sys.exit(exit_code(main))
