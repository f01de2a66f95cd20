"""The settings of delivery: which sources, approvers and schedules are taken, and what errors say."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from settings import StackSettings
from settings.load import InvalidSettingsError, parse

ROOT = Path(__file__).parents[3]
KEY = "mlops-infra:delivery"
CONNECTION = "arn:aws:codeconnections:eu-west-1:123456789012:connection/11111111-2222-3333-4444-555555555555"
IDS = {"ownerId": 11, "repositoryId": 22}
GITHUB = {"provider": "github", "repository": "acme/mlops", "connectionArn": CONNECTION}


def settings_with(directory: Path, *, source: Any = None, approval: Any = None, **changes: Any) -> StackSettings:
    config = yaml.load((ROOT / "Pulumi.dev.yaml").read_text(), yaml.CSafeLoader)["config"]
    config[KEY]["source"].update(source or {})
    config[KEY]["approval"].update(approval or {})
    config[KEY].update(changes)
    return parse("dev", {k: v if isinstance(v, str) else json.dumps(v) for k, v in config.items()}, [], directory)


def refusal(directory: Path, **changes: Any) -> str:
    with pytest.raises(InvalidSettingsError) as refused:
        settings_with(directory, **changes)
    return str(refused.value)


@pytest.mark.parametrize("connection", [CONNECTION, CONNECTION.replace("codeconnections", "codestar-connections")])
def test_github_takes_a_connection_of_either_service_and_paths(tmp_path: Path, connection: str) -> None:
    source = settings_with(
        tmp_path, source={**GITHUB, "connectionArn": connection, "paths": ["src/**"]}
    ).delivery.source
    assert (source.connection_arn, source.paths) == (connection, ("src/**",))


@pytest.mark.parametrize("owner", ["acme", "Acme-Corp", "a--b", "older-", "jane_acme", "a" * 39])
def test_owners_may_have_names_that_github_gives_to_nobody_today(tmp_path: Path, owner: str) -> None:
    source = settings_with(tmp_path, source={**GITHUB, "repository": f"{owner}/mlops"}).delivery.source
    assert source.repository == f"{owner}/mlops"


def test_ids_of_owner_and_repository_are_whole_numbers(tmp_path: Path) -> None:
    source = settings_with(tmp_path, source={**GITHUB, **IDS}).delivery.source
    assert (source.owner_id, source.repository_id) == (11, 22)


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"source": {"provider": "gitlab"}}, "delivery.source.provider", "codecommit or github"),
    ({"source": {**GITHUB, "connectionArn": None}}, "delivery.source.connectionArn", "github needs a connectionArn"),
    ({"source": {"connectionArn": CONNECTION}}, "delivery.source.connectionArn", "codecommit takes no connectionArn"),
    ({"source": {"paths": ["src/**"]}}, "delivery.source.paths", "codecommit takes no paths"),
    ({"source": {**GITHUB, "repository": "mlops"}}, "delivery.source.repository", "owner/name"),
    ({"source": {**GITHUB, "repository": "-acme/mlops"}}, "delivery.source.repository", "owner/name"),
    ({"source": {**GITHUB, "repository": "acme/mlops.git"}}, "delivery.source.repository", "without .git at its end"),
    ({"source": {**GITHUB, "repository": "acme/.."}}, "delivery.source.repository", "owner/name"),
    ({"source": IDS}, "delivery.source.ownerId", "codecommit takes no ownerId"),
    ({"source": IDS}, "delivery.source.repositoryId", "codecommit takes no repositoryId"),
    ({"source": {**GITHUB, "ownerId": 11}}, "delivery.source.repositoryId", "both ids or none"),
    ({"source": {**GITHUB, **IDS, "ownerId": "11"}}, "delivery.source.ownerId", 'given "11", expected the number'),
    ({"source": {**GITHUB, **IDS, "repositoryId": 0}}, "delivery.source.repositoryId", "given 0, expected the number"),
    ({"source": {**GITHUB, "repository": "acme/mlops.GIT"}}, "delivery.source.repository", "without .git at its end"),
    ({"source": {"repository": "mlops.git"}}, "delivery.source.repository", "without .git at its end"),
    (
        {"source": {**GITHUB, "connectionArn": CONNECTION.replace("123456789012", "210987654321")}},
        "delivery.source.connectionArn",
        "operations.accountId is 123456789012",
    ),
    (
        {"source": {**GITHUB, "connectionArn": CONNECTION.replace("eu-west-1", "eu-west-2")}},
        "delivery.source.connectionArn",
        "aws:region is eu-west-1",
    ),
    (
        {"source": {**GITHUB, "connectionArn": CONNECTION.replace("aws:", "aws-cn:")}},
        "delivery.source.connectionArn",
        "partition aws is that of eu-west-1",
    ),
    ({"source": {"repository": "acme/mlops"}}, "delivery.source.repository", "CodeCommit repository's name"),
    ({"source": {**GITHUB, "connectionArn": "arn:aws:s3:::x"}}, "delivery.source.connectionArn", "codeconnections"),
    ({"source": {**GITHUB, "paths": [*"abcdefghi"]}}, "delivery.source.paths", "up to 8 globs"),
    ({"source": {"branch": ""}}, "delivery.source.branch", "a branch name"),
    ({"source": {"branch": "a..b"}}, "delivery.source.branch", "git refuses"),
    ({"source": {"branch": "feature/.hidden"}}, "delivery.source.branch", "starts with a dot"),
    ({"source": {"branch": "HEAD"}}, "delivery.source.branch", "git refuses"),
    ({"source": {"branch": "refs/heads/main"}}, "delivery.source.branch", "the branch's name alone"),
    ({"source": {"branch": "main.lock"}}, "delivery.source.branch", ".lock"),
    ({"source": {"branch": "refs//heads"}}, "delivery.source.branch", "git refuses"),
    ({"source": {"branch": "a b"}}, "delivery.source.branch", "a branch name"),
    ({"approval": {"required": "yes"}}, "delivery.approval.required", "true or false"),
    ({"approval": {"required": True, "approverRoles": ["me"]}}, "delivery.approval.approverRoles[0]", "role ARNs"),
    (
        {"approval": {"required": True, "approverRoles": ["arn:aws:iam::123456789012:user/me"]}},
        "delivery.approval.approverRoles[0]",
        "role ARNs",
    ),
    (
        {"approval": {"required": True, "approverRoles": ["arn:aws:iam::123456789012:role/a"] * 2}},
        "delivery.approval.approverRoles",
        "listed twice",
    ),
    (
        {"approval": {"approverRoles": ["arn:aws:iam::123456789012:role/a", "arn:aws:iam::123456789012:role/A"]}},
        "delivery.approval.approverRoles",
        "listed twice",
    ),
    ({"source": {**GITHUB, "paths": ["a/**", "a/**"]}}, "delivery.source.paths", "listed twice"),
    (
        {"approval": {"approverRoles": [f"arn:aws:iam::123456789012:role/{n}{'a' * 60}" for n in range(22)]}},
        "delivery.approval.approverRoles",
        "list one role that these may assume",
    ),
    (
        {"approval": {"required": False, "approverRoles": ["arn:aws:iam::123456789012:role/a"]}},
        "delivery.approval.approverRoles",
        "nothing to approve",
    ),
    (
        {"approval": {"required": True, "approverRoles": ["arn:aws-cn:iam::123456789012:role/a"]}},
        "delivery.approval.approverRoles[0]",
        "partition aws is that of eu-west-1",
    ),
    ({"buildImageVersion": 3.0}, "delivery.buildImageVersion", "in quotes"),
    ({"buildImageVersion": "4.0"}, "delivery.buildImageVersion", "dated versions"),
    ({"buildImageVersion": "3.0-latest"}, "delivery.buildImageVersion", "dated versions"),
    ({"driftSchedule": "daily"}, "delivery.driftSchedule", "cron("),
    ({"driftSchedule": "rate(1 days)"}, "delivery.driftSchedule", "singular for 1"),
    ({"driftSchedule": "rate(2 day)"}, "delivery.driftSchedule", "plural for more"),
    ({"driftSchedule": "cron(0 25 * * ? *)"}, "delivery.driftSchedule", "hours"),
    ({"driftSchedule": "cron(0 5 ? * 2/2 *)"}, "delivery.driftSchedule", "day of week: 2/2 has a slash"),
    ({"driftSchedule": "cron(0 5 ? * */2 *)"}, "delivery.driftSchedule", "day of week: */2 has a slash"),
    ({"driftSchedule": "cron(0 5 ? * 3#1,6#3 *)"}, "delivery.driftSchedule", "more than one day"),
    ({"driftSchedule": "cron(0 \u0665 * * ? *)"}, "delivery.driftSchedule", "those of ASCII"),
    ({"driftSchedule": "cron(0\u00a05 * * ? *)"}, "delivery.driftSchedule", "those of ASCII"),
    ({"driftSchedule": "cron(0 5 * * * *)"}, "delivery.driftSchedule", "has to be ?"),
    ({"pullRequestPreviews": 1}, "delivery.pullRequestPreviews", "true or false"),
    ({"previews": True}, "delivery.previews", "unknown key"),
]


@pytest.mark.parametrize(("changes", "key", "expected"), BAD)
def test_a_bad_value_is_refused_by_its_key_and_what_is_expected(
    tmp_path: Path, changes: dict[str, Any], key: str, expected: str
) -> None:
    said = refusal(tmp_path, **changes)
    assert f"mlops-infra:{key}" in said
    assert expected in said


@pytest.mark.parametrize(
    "schedule", ["cron(0 5 * * ? *)", "cron(0/15 8-17 ? * MON-FRI *)", "rate(1 day)", "rate(12 hours)", None]
)
def test_eventbridges_schedules_are_taken(tmp_path: Path, schedule: str | None) -> None:
    assert settings_with(tmp_path, driftSchedule=schedule).delivery.drift_schedule == schedule


def test_roles_of_iam_identity_center_may_approve(tmp_path: Path) -> None:
    role = (
        "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Owner_0123456789abcdef"
    )
    approval = settings_with(tmp_path, approval={"required": True, "approverRoles": [role]}).delivery.approval
    assert approval.approver_roles == (role,)


@pytest.mark.parametrize(("workflow", "event"), [("preview", "pull_request"), ("check", "push")])
def test_the_workflows_on_github_run_for_every_branch_that_a_stack_file_delivers(workflow: str, event: str) -> None:
    files = sorted(ROOT.glob("Pulumi.*.yaml"))
    assert len(files) >= 3
    delivered = {yaml.safe_load(file.read_text())["config"][KEY]["source"]["branch"] for file in files}
    # YAML 1.1 reads the key `on` as true.
    triggers = yaml.safe_load((ROOT / ".github/workflows" / f"{workflow}.yml").read_text())[True]
    assert set(triggers[event]["branches"]) == delivered
