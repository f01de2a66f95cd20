"""What a person has to do outside of the stack, each as AWS would answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from doctor import prerequisites

from .conftest import CALLER, error

if TYPE_CHECKING:
    from .conftest import Examine

CONNECTION = "arn:aws:codeconnections:us-east-1:123456789012:connection/1c2d3e4f-5061-7283-94a5-b6c7d8e9f00b"
SUBSCRIBED = {"AccountInfo": {"Edition": "ENTERPRISE", "AccountSubscriptionStatus": "ACCOUNT_CREATED"}}


def from_github(sections: dict[str, Any]) -> None:
    sections["delivery"]["source"] |= {
        "provider": "github",
        "repository": "example/infra",
        "connectionArn": CONNECTION,
    }


def with_slack(sections: dict[str, Any]) -> None:
    sections["notifications"]["slackChannels"] = [{"workspaceId": "T07EA123LEP", "channelId": "C07EZ1ABC23"}]


def with_lake_formation(sections: dict[str, Any]) -> None:
    sections["kpis"]["lakeFormation"] = {"enabled": True, "analystRoles": []}


@pytest.mark.parametrize(
    ("repository", "branch", "status", "said"),
    [
        ({}, {}, "ok", "has branch main"),
        ({}, error("BranchDoesNotExistException"), "warning", "git push"),
        (error("RepositoryDoesNotExistException"), {}, "warning", "aws codecommit create-repository"),
    ],
)
def test_a_repository_or_its_branch_that_is_missing_stops_deliveries(
    examination: Examine, repository: Any, branch: Any, status: str, said: str
) -> None:
    answers = {"codecommit": {"get_repository": repository, "get_branch": branch}}
    [finding] = prerequisites.source(examination(answers))
    assert finding.status == status
    assert said in f"{finding.text} {finding.remedy}"


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        ({"Connection": {"ConnectionStatus": "AVAILABLE"}}, "ok", "AVAILABLE"),
        ({"Connection": {"ConnectionStatus": "PENDING"}}, "warning", "Update pending connection"),
        (error("ResourceNotFoundException"), "lacking", "create it in the console"),
    ],
)
def test_a_connection_has_to_be_completed_by_a_person(
    examination: Examine, answer: Any, status: str, said: str
) -> None:
    [finding] = prerequisites.source(examination({"codeconnections": {"get_connection": answer}}, from_github))
    assert finding.status == status
    assert said in f"{finding.text} {finding.remedy}"


def test_without_a_subscription_no_principal_is_looked_for(examination: Examine) -> None:
    answers = {"quicksight": {"describe_account_subscription": error("ResourceNotFoundException")}}
    [finding] = prerequisites.quicksight(examination(answers))
    assert finding.status == "lacking"
    assert "sign up" in finding.remedy


@pytest.mark.parametrize(
    "subscription", [{"Edition": "STANDARD"}, {"AccountSubscriptionStatus": "UNSUBSCRIBED"}], ids=str
)
def test_a_subscription_has_to_be_of_the_enterprise_edition_and_in_force(
    examination: Examine, subscription: dict[str, str]
) -> None:
    answers = {
        "describe_account_subscription": {"AccountInfo": {**SUBSCRIBED["AccountInfo"], **subscription}},
        "describe_user": {},
        "describe_group": {},
    }
    findings = list(prerequisites.quicksight(examination({"quicksight": answers})))
    assert [finding.status for finding in findings] == ["lacking", "ok", "ok", "ok"]


def test_each_principal_that_quicksight_does_not_know_is_named(examination: Examine) -> None:
    def describe_user(**place: str) -> Any:
        assert place["AwsAccountId"] == "123456789012"
        return error("ResourceNotFoundException") if place["UserName"] == "product-owner" else {}

    answers = {"describe_account_subscription": SUBSCRIBED, "describe_user": describe_user, "describe_group": {}}
    lacks = [f for f in prerequisites.quicksight(examination({"quicksight": answers})) if f.status != "ok"]
    assert [finding.subject for finding in lacks] == ["QuickSight user product-owner"]
    assert "aws quicksight list-users --aws-account-id 123456789012 --namespace default" in lacks[0].remedy


def test_the_identity_region_is_asked(examination: Examine) -> None:
    asked: list[str | None] = []
    quicksight_examination = examination(
        {"quicksight": {"describe_account_subscription": error("ResourceNotFoundException")}}
    )
    clients = quicksight_examination.clients

    def record(service: str, region: str | None = None) -> Any:
        asked.append(region)
        return clients(service, region)

    object.__setattr__(quicksight_examination, "clients", record)
    list(prerequisites.quicksight(quicksight_examination))
    assert asked == ["us-east-1"]


def test_the_chat_role_is_looked_for_where_a_channel_is_configured(examination: Examine) -> None:
    answers = {"iam": {"get_role": error("NoSuchEntity")}}
    assert list(prerequisites.chat(examination(answers))) == []
    [finding] = prerequisites.chat(examination(answers, with_slack))
    assert finding.status == "lacking"
    assert finding.remedy.startswith("aws iam create-service-linked-role")
    [finding] = prerequisites.chat(examination({"iam": {"get_role": {}}}, with_slack))
    assert finding.status == "ok"


def test_subscriptions_that_nobody_confirmed_are_named(examination: Examine) -> None:
    pending = {"Protocol": "email", "Endpoint": "a@example.com", "SubscriptionArn": "PendingConfirmation"}
    confirmed = {"Protocol": "email", "Endpoint": "b@example.com", "SubscriptionArn": "arn:aws:sns:..."}
    pages = [{"Subscriptions": [confirmed]}, {"Subscriptions": [pending]}]
    [finding] = prerequisites.mail(examination({"sns": {"list_subscriptions_by_topic": pages}}))
    assert (finding.status, finding.text) == ("warning", "not confirmed: a@example.com")
    [finding] = prerequisites.mail(examination({"sns": {"list_subscriptions_by_topic": pages[:1]}}))
    assert finding.status == "ok"


def test_before_the_first_up_there_is_no_topic(examination: Examine) -> None:
    [finding] = prerequisites.mail(examination({"sns": {"list_subscriptions_by_topic": error("NotFound")}}))
    assert finding.status == "ok"


@pytest.mark.parametrize(
    ("administrators", "statuses"),
    [
        ([], ["lacking", "warning"]),
        ([CALLER], ["ok", "warning"]),
        ([CALLER, "arn:aws:iam::123456789012:role/abalone-local-deploy"], ["ok", "ok"]),
    ],
)
def test_who_grants_has_to_be_a_data_lake_administrator(
    examination: Examine, administrators: list[str], statuses: list[str]
) -> None:
    admins = [{"DataLakePrincipalIdentifier": arn} for arn in administrators]
    answers = {"lakeformation": {"get_data_lake_settings": {"DataLakeSettings": {"DataLakeAdmins": admins}}}}
    assert [f.status for f in prerequisites.lake_formation(examination(answers, with_lake_formation))] == statuses


def test_a_session_of_a_role_is_an_administrator_by_its_role(examination: Examine) -> None:
    admins = [{"DataLakePrincipalIdentifier": "arn:aws:iam::123456789012:role/teams/release"}]
    answers = {"lakeformation": {"get_data_lake_settings": {"DataLakeSettings": {"DataLakeAdmins": admins}}}}
    role_examination = examination(answers, with_lake_formation)
    object.__setattr__(role_examination, "caller", "arn:aws:sts::123456789012:assumed-role/release/ada")
    assert next(prerequisites.lake_formation(role_examination)).status == "ok"
