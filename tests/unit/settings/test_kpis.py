"""Settings of KPI visualisation: schedules, limits, and principals that have to fit account, partition and region."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from settings import StackSettings
from settings.load import InvalidSettingsError, parse

ROOT = Path(__file__).parents[3]
ACCOUNT = "123456789012"
USER = f"arn:aws:quicksight:us-east-1:{ACCOUNT}:user/default/ann"
GROUP = f"arn:aws:quicksight:us-east-1:{ACCOUNT}:group/default/team"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/analysts/kpi-reader"


def settings_with(directory: Path, kpis: dict[str, Any] | None, **other: Any) -> StackSettings:
    """The local stack's settings with another kpis section (None: with none) and other keys changed."""
    config: dict[str, Any] = yaml.load((ROOT / "Pulumi.local.yaml").read_text(), yaml.CSafeLoader)["config"]
    config["mlops-infra:kpis"] = kpis
    config.update({key.replace("__", ":"): value for key, value in other.items()})
    texts = {k: v if isinstance(v, str) else json.dumps(v) for k, v in config.items() if v is not None}
    return parse("local", texts, [], directory)


def complaints(directory: Path, kpis: dict[str, Any], **other: Any) -> list[str]:
    with pytest.raises(InvalidSettingsError) as raised:
        settings_with(directory, kpis, **other)
    return [line.removeprefix("  - mlops-infra:kpis.") for line in str(raised.value).splitlines()[1:]]


def test_without_a_section_kpis_are_crawled_at_eight_and_nobody_sees_a_dashboard(tmp_path: Path) -> None:
    kpis = settings_with(tmp_path, None).kpis
    assert kpis.crawler_schedule == "cron(0 8 * * ? *)"
    assert kpis.scan_limit_megabytes == 1024
    assert kpis.quick_sight.principals == {}
    assert (kpis.quick_sight.patch_service_role, kpis.lake_formation.enabled) == (False, False)


@pytest.mark.parametrize(
    "arn",
    [
        USER,
        GROUP,
        f"arn:aws:quicksight:eu-west-1:{ACCOUNT}:user/default/Admin-Role/ann@example.com",
        f"arn:aws:quicksight:us-east-1:{ACCOUNT}:group/other_namespace/all the scientists",
    ],
)
def test_users_and_groups_of_any_region_and_namespace_may_be_named(arn: str, tmp_path: Path) -> None:
    assert settings_with(tmp_path, {"quicksight": {"viewers": [arn]}}).kpis.quick_sight.viewers == (arn,)


@pytest.mark.parametrize(
    ("partition", "region"), [("aws", "eu-west-1"), ("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1")]
)
def test_principals_of_the_stacks_own_partition_are_taken(partition: str, region: str, tmp_path: Path) -> None:
    arn = f"arn:{partition}:quicksight:{region}:{ACCOUNT}:user/default/ann"
    delivery = {"source": {"provider": "codecommit", "repository": "mlops"}, "approval": {}}
    quicksight = {"identityRegion": region, "owners": [arn]}
    other = {"aws:region": region, "mlops-infra:delivery": delivery}
    settings = settings_with(tmp_path, {"quicksight": quicksight}, **other)
    assert settings.kpis.quick_sight.owners == (arn,)


@pytest.mark.parametrize(
    "arn",
    [
        "ann",
        f"arn:aws:iam::{ACCOUNT}:user/ann",
        f"arn:aws:quicksight:us-east-1:{ACCOUNT}:namespace/default",
        f"arn:aws:quicksight:us-east-1:{ACCOUNT}:user/ann",
        f"arn:aws:quicksight:us-east-1:{ACCOUNT}:user/default/",
        f"arn:aws:quicksight:us-east-1:{ACCOUNT}:user/default/ann ",
        "arn:aws:quicksight:us-east-1:1234:user/default/ann",
        f"arn:aws:quicksight::{ACCOUNT}:user/default/ann",
        f"arn:aws-eu:quicksight:us-east-1:{ACCOUNT}:user/default/ann",
        f"{USER}{'n' * 256}",
    ],
)
@pytest.mark.parametrize("key", ["owners", "viewers"])
def test_a_malformed_principal_is_told_with_its_place_in_the_list(key: str, arn: str, tmp_path: Path) -> None:
    (line,) = complaints(tmp_path, {"quicksight": {key: [GROUP, arn]}})
    assert line.startswith(f"quicksight.{key}[1]: given {json.dumps(arn)[:80]}")
    assert "expected a list of QuickSight user or group ARNs of this account" in line


@pytest.mark.parametrize(
    ("quicksight", "key", "reason"),
    [
        ({"viewers": [USER.replace(ACCOUNT, "210987654321")]}, "viewers[0]", f"operations.accountId is {ACCOUNT}"),
        ({"viewers": [USER.replace("aws:", "aws-cn:")]}, "viewers[0]", "partition aws is that of us-east-1"),
        ({"viewers": [USER.replace("us-east-1", "cn-north-1")]}, "viewers[0]", "cn-north-1 lies in partition aws-cn"),
        ({"identityRegion": "eu-west-1", "owners": [USER]}, "owners[0]", "identityRegion is eu-west-1"),
        (
            {"owners": [USER], "viewers": [GROUP.replace("us-east-1", "eu-west-1")]},
            "viewers[0]",
            "the region of the first ARN is us-east-1",
        ),
        ({"owners": [USER], "viewers": [GROUP, USER]}, "viewers[1]", "it is listed twice"),
        ({"owners": [USER, USER]}, "owners[1]", "it is listed twice"),
    ],
)
def test_a_principal_that_does_not_fit_is_told_with_the_reason(
    quicksight: dict[str, Any], key: str, reason: str, tmp_path: Path
) -> None:
    (line,) = complaints(tmp_path, {"quicksight": quicksight})
    assert line.startswith(f'quicksight.{key}: given "arn:')
    assert "expected a list of QuickSight user or group ARNs of this account" in line
    assert line.endswith(f"({reason})")


def test_more_principals_than_quicksight_takes_are_refused(tmp_path: Path) -> None:
    (line,) = complaints(tmp_path, {"quicksight": {"viewers": [f"{USER}{n}" for n in range(65)]}})
    assert "65 principals; QuickSight takes 64, so list groups" in line


def test_all_principals_that_do_not_fit_are_told_at_once_along_with_errors_elsewhere(tmp_path: Path) -> None:
    foreign = USER.replace(ACCOUNT, "210987654321")
    lines = complaints(
        tmp_path,
        {"quicksight": {"owners": [foreign, f"{foreign}2"]}},
        **{"mlops-infra__buckets": {"data": "My_Bucket"}},
    )
    assert [line.partition(":")[0].strip(" -") for line in lines] == [
        "mlops-infra",
        "quicksight.owners[0]",
        "quicksight.owners[1]",
    ]


def test_principals_are_checked_for_their_form_even_where_the_account_is_wrong_itself(tmp_path: Path) -> None:
    operations = {"accountId": "12", "logRetentionDays": 7, "removalProtection": False}
    lines = complaints(tmp_path, {"quicksight": {"owners": [USER]}}, **{"mlops-infra__operations": operations})
    assert len(lines) == 1
    assert "operations.accountId" in lines[0]


@pytest.mark.parametrize(
    ("lake_formation", "reason"),
    [
        ({"enabled": False, "analystRoles": [ROLE]}, "lakeFormation.enabled is false"),
        ({"enabled": True, "analystRoles": [ROLE, ROLE]}, "one of them is listed twice"),
        ({"enabled": True, "analystRoles": [ROLE, ROLE.replace("kpi", "KPI")]}, "one of them is listed twice"),
    ],
)
def test_analyst_roles_are_listed_once_and_only_where_grants_are_made(
    lake_formation: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    (line,) = complaints(tmp_path, {"lakeFormation": lake_formation})
    assert line.startswith("lakeFormation.analystRoles: given [")
    assert line.endswith(f"({reason})")


@pytest.mark.parametrize(
    "role", [f"arn:aws:iam::{ACCOUNT}:user/ann", "kpi-reader", f"arn:aws:iam::{ACCOUNT}:role/", f"{ROLE}{'n' * 64}"]
)
def test_a_malformed_analyst_role_is_told_with_its_place(role: str, tmp_path: Path) -> None:
    (line,) = complaints(tmp_path, {"lakeFormation": {"enabled": True, "analystRoles": [ROLE, role]}})
    assert line.startswith("lakeFormation.analystRoles[1]: given ")
    assert "a list of IAM role ARNs of this account" in line


def test_an_analyst_role_of_another_account_is_refused(tmp_path: Path) -> None:
    foreign = ROLE.replace(ACCOUNT, "210987654321")
    (line,) = complaints(tmp_path, {"lakeFormation": {"enabled": True, "analystRoles": [foreign]}})
    assert line.endswith(f"(operations.accountId is {ACCOUNT})")


@pytest.mark.parametrize(
    "schedule",
    [
        "cron(0 8 * * ? *)",
        "cron(15 12 ? * MON-FRI 2026-2030)",
        "cron(0/15 * ? * 2,4,6 *)",
        "cron(0 0 L JAN,jul ? *)",
        "cron(30 6 15W * ? *)",
        "cron(0 10 ? * 6#3 *)",
        "cron(0 10 ? * 5L *)",
    ],
)
def test_schedules_that_eventbridge_documents_are_taken(schedule: str, tmp_path: Path) -> None:
    assert settings_with(tmp_path, {"crawlerSchedule": schedule}).kpis.crawler_schedule == schedule


@pytest.mark.parametrize(
    ("schedule", "reason"),
    [
        ("0 8 * * ? *", "it has to read cron(...) with six fields in the brackets"),
        ("cron(0 8 * * *)", "it has to read cron(...) with six fields in the brackets"),
        ("rate(1 day)", "it has to read cron(...) with six fields in the brackets"),
        ("cron(0 8 * * * *)", "either day of month or day of week has to be ?, the other not"),
        ("cron(0 8 ? * ? *)", "either day of month or day of week has to be ?, the other not"),
        ("cron(60 8 * * ? *)", "minutes: 60 is not one of 0 to 59"),
        ("cron(0 24 * * ? *)", "hours: 24 is not one of 0 to 23"),
        ("cron(0 8 32 * ? *)", "day of month: 32 is not one of 1 to 31"),
        ("cron(0 8 0 * ? *)", "day of month: 0 is not one of 1 to 31"),
        ("cron(0 8 ? * 8 *)", "day of week: 8 is not one of 1 to 7 or SUN to SAT"),
        ("cron(0 8 ? * MO *)", "day of week: MO is not one of 1 to 7 or SUN to SAT"),
        ("cron(0 8 * 13 ? *)", "month: 13 is not one of 1 to 12 or JAN to DEC"),
        ("cron(0 8 * * ? 1969)", "year: 1969 is not one of 1970 to 2199"),
        ("cron(0 17-9 * * ? *)", "hours: 17-9 ends before it begins"),
        ("cron(0/0 8 * * ? *)", "minutes: 0/0 has no number above 0 behind its slash"),
        ("cron(0, 8 * * ? *)", "minutes: nothing is not one of 0 to 59"),
        ("cron(* 8 * * ? *)", "crawlers start at most every 5 minutes"),
        ("cron(0/4 8 * * ? *)", "crawlers start at most every 5 minutes"),
        ("cron(0,58 8 * * ? *)", "crawlers start at most every 5 minutes"),
    ],
)
def test_a_schedule_that_aws_would_refuse_is_told_with_what_is_wrong(
    schedule: str, reason: str, tmp_path: Path
) -> None:
    (line,) = complaints(tmp_path, {"crawlerSchedule": schedule})
    assert line.startswith(f'crawlerSchedule: given "{schedule}", expected cron(Minutes Hours Day-of-month')
    assert line.endswith(f"({reason})")


@pytest.mark.parametrize(
    ("kpis", "key", "expected"),
    [
        ({"scanLimitMegabytes": 10}, "scanLimitMegabytes: given 10", "11 or more"),
        ({"scanLimitMegabytes": 10.5}, "scanLimitMegabytes: given 10.5", "a whole number of megabytes"),
        ({"scanLimitMegabytes": None}, "scanLimitMegabytes: given null", "a whole number of megabytes"),
        ({"quicksight": {"identityRegion": "europe"}}, 'quicksight.identityRegion: given "europe"', "users, or null"),
        ({"quicksight": {"owners": USER}}, f'quicksight.owners: given "{USER}"', "a list of QuickSight user"),
        (
            {"quicksight": {"refreshSchedule": {"interval": "WEEKLY"}}},
            'quicksight.refreshSchedule.interval: given "WEEKLY"',
            "HOURLY or DAILY",
        ),
        (
            {"quicksight": {"refreshSchedule": {"timeOfDay": "24:00"}}},
            'quicksight.refreshSchedule.timeOfDay: given "24:00"',
            "a time such as 09:00",
        ),
        ({"quicksight": {"patchServiceRole": "no"}}, 'quicksight.patchServiceRole: given "no"', "true or false"),
        ({"quicksight": {"viewer": []}}, "quicksight.viewer: unknown key", "did you mean viewers?"),
        ({"lakeFormation": {"enabled": 1}}, "lakeFormation.enabled: given 1", "true or false"),
        ({"quickSight": {}}, "quickSight: unknown key", "did you mean quicksight?"),
    ],
)
def test_a_bad_value_is_told_with_its_key_and_what_is_expected(
    kpis: dict[str, Any], key: str, expected: str, tmp_path: Path
) -> None:
    (line,) = complaints(tmp_path, kpis)
    assert line.startswith(key)
    assert expected in line
