"""One comment on a CodeCommit pull request; the stub checks each request against the API's model."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest
from botocore.stub import ANY, Stubber

from delivery import pull_request
from delivery.environment import PullRequestEnvironment
from messages import change_report

if TYPE_CHECKING:
    from mypy_boto3_codecommit import CodeCommitClient

TEXT = f"{change_report.marker('dev')}\n## Preview"
EARLIER = f"{change_report.marker('dev')}\nan earlier one"


@pytest.fixture
def settings() -> PullRequestEnvironment:
    return PullRequestEnvironment.from_environment(
        {
            "STACK": "dev",
            "PULUMI_BACKEND_URL": "s3://state",
            "AWS_REGION": "eu-west-1",
            "REPOSITORY_NAME": "abalone",
            "PULL_REQUEST_ID": "7",
            "SOURCE_COMMIT": "a" * 40,
            "DESTINATION_COMMIT": "b" * 40,
        }
    )


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    client = boto3.client("codecommit", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def holds(stub: Stubber, *comments: dict[str, Any]) -> None:
    answer = {"commentsForPullRequestData": [{"comments": [{"commentId": "c1", **comment}]} for comment in comments]}
    stub.add_response("get_comments_for_pull_request", answer, {"pullRequestId": "7", "repositoryName": "abalone"})


def posts(stub: Stubber) -> None:
    expected = {
        "pullRequestId": "7",
        "repositoryName": "abalone",
        "beforeCommitId": "b" * 40,
        "afterCommitId": "a" * 40,
        "content": TEXT,
        "clientRequestToken": ANY,
    }
    stub.add_response("post_comment_for_pull_request", {"comment": {"commentId": "c2"}}, expected)


@pytest.mark.parametrize(
    "comments",
    [
        [],
        [{"content": "a person's"}],
        [{"content": f"quoting {EARLIER}"}],
        [{"content": EARLIER, "deleted": True}],
        [{"content": f"{change_report.marker('prod')}\nanother stack's"}],
    ],
)
def test_the_first_comment_is_posted(
    comments: list[dict[str, Any]], settings: PullRequestEnvironment, stub: Stubber
) -> None:
    holds(stub, *comments)
    posts(stub)
    pull_request.publish(settings, cast("CodeCommitClient", stub.client), TEXT)


def test_a_later_preview_edits_the_comment_in_place(settings: PullRequestEnvironment, stub: Stubber) -> None:
    holds(stub, {"content": "a person's", "commentId": "c0"}, {"content": EARLIER})
    stub.add_response("update_comment", {}, {"commentId": "c1", "content": TEXT})
    pull_request.publish(settings, cast("CodeCommitClient", stub.client), TEXT)


def test_a_comment_of_another_session_stays_and_another_follows(
    settings: PullRequestEnvironment, stub: Stubber
) -> None:
    holds(stub, {"content": EARLIER})
    stub.add_client_error("update_comment", "CommentNotCreatedByCallerException")
    posts(stub)
    pull_request.publish(settings, cast("CodeCommitClient", stub.client), TEXT)


def test_a_refused_edit_is_an_error(settings: PullRequestEnvironment, stub: Stubber) -> None:
    holds(stub, {"content": EARLIER})
    stub.add_client_error("update_comment", "AccessDeniedException")
    with pytest.raises(stub.client.exceptions.ClientError, match="AccessDenied"):
        pull_request.publish(settings, cast("CodeCommitClient", stub.client), TEXT)
