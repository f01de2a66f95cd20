"""What verification says of resources that are not as declared, or need more than that, and of who asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ProfileNotFound,
    UnauthorizedSSOTokenError,
)
from botocore.parsers import ResponseParserError

from delivery.job import DeliveryError
from delivery.verification import declarations
from delivery.verification import findings as checks
from delivery.verification.caller import require_account
from delivery.verification.state import Deployed, Resource

from .conftest import change, resource
from .test_verify import DEPLOYMENT

if TYPE_CHECKING:
    import boto3

    from messages.change_set import ResourceChange

TABLE = "aws:dynamodb/table:Table"
RESOURCES = {
    "aws-native:quicksight:Dashboard": {"dashboardId": "kpis"},
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": {"chatConfigurationArn": "arn:slack"},
    "aws:chatbot/teamsChannelConfiguration:TeamsChannelConfiguration": {"chatConfigurationArn": "arn:teams"},
    "aws:codepipeline/pipeline:Pipeline": {},
    TABLE: {},
    "aws:glue/crawler:Crawler": {"schedule": "cron(15 0 * * ? *)"},
    "aws:quicksight/dataSource:DataSource": {"dataSourceId": "kpis"},
}
"""One resource of each type that needs more than to be as declared."""

RIGHT = {
    "describe_dashboard": {"Dashboard": {"Version": {"Status": "UPDATE_SUCCESSFUL"}}},
    "describe_data_source": {"DataSource": {"Status": "CREATION_SUCCESSFUL"}},
    "describe_slack_channel_configurations": {
        "SlackChannelConfigurations": [{"ConfigurationName": "ml", "State": "ENABLED"}]
    },
    "describe_table": {"Table": {"TableStatus": "ACTIVE"}},
    "get_crawler": {"Crawler": {"Schedule": {"State": "SCHEDULED"}}},
    "get_microsoft_teams_channel_configuration": {"ChannelConfiguration": {"ConfigurationName": "ml"}},
    "get_pipeline_state": {"stageStates": [{"stageName": "Source"}]},
}


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Describe")


def answering(answer: object) -> Callable[..., Any]:
    def call(**_: object) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return call


def stack(answers: dict[str, Any] | None = None, drifted: Callable[[], Sequence[ResourceChange]] = list) -> Deployed:
    client = SimpleNamespace(**{name: answering(answer) for name, answer in {**RIGHT, **(answers or {})}.items()})
    return Deployed(
        deployment=DEPLOYMENT,
        outputs={},
        resources=[Resource(type=token, id="kpis", properties=values) for token, values in RESOURCES.items()],
        notification_rules=(),
        events={},
        clients=lambda _: client,
        drifted=drifted,
    )


def lines(deployed: Deployed) -> list[str]:
    all_checks = {**declarations.conditions_of(deployed), "resources": declarations.resources}
    return checks.table(checks.run(all_checks, deployed)).splitlines()


def failures(deployed: Deployed) -> list[str]:
    return [" ".join(line.split()) for line in lines(deployed) if line.startswith("FAIL")]


def test_each_type_that_needs_more_has_a_row_and_all_that_is_as_declared_has_one() -> None:
    assert set(RESOURCES) == set(declarations.CONDITIONS)
    rows = lines(stack())
    assert [line.split() for line in rows[-3:]] == [
        ["ok", "7", "resources", "of", "the", "state", "as", "declared"],
        [],
        ["8", "of", "8", "checks", "passed"],
    ]


def test_a_missing_and_a_changed_resource_have_a_row_each_and_the_others_one() -> None:
    drifted = [
        resource("items", "delete", kind=TABLE),
        resource("alarm", "update", change("actionsEnabled", "true", "false"), change("tags.team", "ml", None)),
    ]
    deployed = stack(drifted=lambda: drifted)
    missing, changed = failures(deployed)
    assert missing == "FAIL aws:dynamodb/table:Table items missing; expected as declared"
    actual, expected = changed.split("; ")
    assert actual == "FAIL aws:sqs/queue:Queue alarm actionsEnabled is false, tags.team is nothing"
    assert expected == "expected actionsEnabled true, tags.team ml"
    assert any("5 resources of the state" in line for line in lines(deployed))


def test_documents_that_differ_in_their_middle_are_said_to_differ() -> None:
    policies = [f"{'x' * 100}{middle}{'y' * 100}" for middle in "ab"]
    [line] = failures(stack(drifted=lambda: [resource("role", "update", change("policy", *policies))]))
    assert "policy is another; expected policy xxx" in line


def test_a_comparison_that_fails_is_a_row_with_the_engine_s_reason() -> None:
    def no_comparison() -> list[ResourceChange]:
        raise DeliveryError("pulumi refresh failed:\n  access denied")

    [line] = failures(stack(drifted=no_comparison))
    assert line.startswith("FAIL resources pulumi refresh failed:")


@pytest.mark.parametrize(
    ("operation", "answer", "line"),
    [
        ("describe_table", {"Table": {"TableStatus": "INACCESSIBLE_ENCRYPTION_CREDENTIALS"}}, "expected ACTIVE"),
        ("get_crawler", {"Crawler": {"Schedule": {"State": "NOT_SCHEDULED"}}}, "NOT_SCHEDULED; expected SCHEDULED"),
        ("describe_data_source", {"DataSource": {"Status": "UPDATE_FAILED"}}, "data source kpis UPDATE_FAILED"),
        (
            "describe_dashboard",
            {"Dashboard": {"Version": {"Status": "CREATION_FAILED"}}},
            "dashboard kpis CREATION_FAILED; expected CREATION_SUCCESSFUL or UPDATE_SUCCESSFUL",
        ),
        (
            "describe_slack_channel_configurations",
            {
                "SlackChannelConfigurations": [
                    {"ConfigurationName": "ml", "State": "DISABLED", "StateReason": "app removed"}
                ]
            },
            "chat channel ml DISABLED app removed; expected ENABLED",
        ),
        (
            "get_pipeline_state",
            {
                "stageStates": [
                    {
                        "stageName": "Deploy",
                        "inboundTransitionState": {"enabled": False, "disabledReason": "freeze"},
                    }
                ]
            },
            "stage transitions of kpis disabled into Deploy (freeze); expected enabled",
        ),
        ("describe_table", refused("AccessDeniedException"), "FAIL aws:dynamodb/table:Table AccessDeniedException: no"),
    ],
)
def test_a_resource_that_is_as_declared_and_does_not_work_is_named(operation: str, answer: object, line: str) -> None:
    [failed] = failures(stack({operation: answer}))
    assert line in failed


def test_a_resource_that_is_gone_is_named_by_the_comparison_alone() -> None:
    codes = {
        "describe_table": "ResourceNotFoundException",
        "get_crawler": "EntityNotFoundException",
        "get_pipeline_state": "PipelineNotFoundException",
    }
    assert failures(stack({operation: refused(code) for operation, code in codes.items()})) == []


def session(answer: object) -> boto3.session.Session:
    clients = SimpleNamespace(client=lambda *_, **__: SimpleNamespace(get_caller_identity=answering(answer)))
    return cast("boto3.session.Session", clients)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (NoCredentialsError(), "no AWS credentials were found"),
        (UnauthorizedSSOTokenError(), "has expired: `aws sso login`"),
        (ProfileNotFound(profile="dev"), "dev"),
        (EndpointConnectionError(endpoint_url="https://sts.example.org"), "AWS can't be reached: .*sts.example.org"),
        (ResponseParserError("no XML"), "AWS can't be reached: no XML"),
        (refused("ExpiredToken"), "AWS refuses these credentials: ExpiredToken: no. Log in again"),
        ({"Account": "999999999999", "Arn": "arn:other"}, "of account 999999999999, but Pulumi.dev.yaml names account"),
    ],
)
def test_whoever_has_no_credentials_of_the_account_reads_what_to_do(answer: object, message: str) -> None:
    with pytest.raises(DeliveryError, match=message):
        require_account(session(answer), DEPLOYMENT)


def test_credentials_of_the_account_are_taken() -> None:
    require_account(session({"Account": DEPLOYMENT.account_id, "Arn": "arn:me"}), DEPLOYMENT)
