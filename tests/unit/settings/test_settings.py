"""Settings: what is read, what is filled in, and how errors are told."""

import json
from pathlib import Path
from typing import Any

import botocore.session
import pulumi
import pytest
import yaml

from settings import StackSettings, load
from settings.load import InvalidSettingsError, parse, read

ROOT = Path(__file__).parents[3]
STACKS = ("dev", "prod", "local")
TEAMS_CHANNEL = {
    "tenantId": "0a1b2c3d-0000-4000-8000-000000000001",
    "teamId": "0a1b2c3d-0000-4000-8000-000000000002",
}


def stack_file(stack: str) -> dict[str, Any]:
    return yaml.load((ROOT / f"Pulumi.{stack}.yaml").read_text(), yaml.CSafeLoader)["config"]


def engine_form(config: dict[str, Any]) -> dict[str, str]:
    """The configuration as the engine hands it to a program: text, JSON where it is structured."""
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}


def settings_with(directory: Path, changes: dict[str, Any], stack: str = "local") -> StackSettings:
    config = stack_file("local")
    for path, value in changes.items():
        key, *rest = path.split("/")
        if not rest:
            config[key] = value
            continue
        inner = config[key]
        for part in rest[:-1]:
            inner = inner[part]
        inner[rest[-1]] = value
    return parse(stack, engine_form({k: v for k, v in config.items() if v is not None}), [], directory)


@pytest.mark.parametrize("stack", STACKS)
def test_the_committed_stack_files_are_valid(stack: str, tmp_path: Path) -> None:
    settings = parse(stack, engine_form(stack_file(stack)), [], tmp_path)
    assert settings.environment == stack
    assert settings.pipeline.model_package_group == f"{settings.pipeline.name}-stable-models"


def test_every_stack_file_has_the_same_keys() -> None:
    def keys(value: object) -> object:
        return {key: keys(inner) for key, inner in value.items()} if isinstance(value, dict) else None

    files = {stack: stack_file(stack) for stack in STACKS}
    for content in files.values():
        # Which rules are switched off is a stack's own.
        content["mlops-infra:policies"]["disabled"] = {}
    shapes = {stack: {key: keys(value) for key, value in content.items()} for stack, content in files.items()}
    assert shapes["dev"] == shapes["prod"] == shapes["local"]


def test_every_declared_key_is_in_the_stack_files() -> None:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    used = {key.removeprefix("mlops-infra:") for key in stack_file("local") if key.startswith("mlops-infra:")}
    assert set(declared) == used
    assert all(entry["description"] for entry in declared.values())


INPUT_KEY = "arn:aws:kms:us-east-1:210987654321:key/1234abcd-12ab-34cd-56ef-1234567890ab"
BAD_VALUES: list[tuple[str, Any, str, str]] = [
    # path of the change, value, the key in the message, words of what is expected
    ("aws:region", "europe", "aws:region", "an AWS region"),
    ("aws:region", None, "aws:region", "an AWS region"),
    ("mlops-infra:project", "abalone", "mlops-infra:project", "{name, useCaseId"),
    ("mlops-infra:project", [], "mlops-infra:project", "{name, useCaseId"),
    ("mlops-infra:project/name", "Abalone", "mlops-infra:project.name", "2 to 20 characters"),
    ("mlops-infra:project/name", "a" * 21, "mlops-infra:project.name", "2 to 20 characters"),
    ("mlops-infra:project/name", "a--b", "mlops-infra:project.name", "single hyphens"),
    ("mlops-infra:project/name", None, "mlops-infra:project.name", "2 to 20 characters"),
    ("mlops-infra:project/useCaseId", 7, "mlops-infra:project.useCaseId", "1 to 32 characters"),
    ("mlops-infra:project/useCaseId", "a/b", "mlops-infra:project.useCaseId", "1 to 32 characters"),
    ("mlops-infra:project/sagemakerProjectId", "p_1", "mlops-infra:project.sagemakerProjectId", "such as p-"),
    ("mlops-infra:project/owner", "me", "mlops-infra:project.owner", "expected one of name, useCaseId"),
    ("mlops-infra:project/nam", "me", "mlops-infra:project.nam", "did you mean name?"),
    ("mlops-infra:pipeline/name", "a" * 50, "mlops-infra:pipeline.name", "1 to 49 letters"),
    ("mlops-infra:pipeline/name", "-abalone", "mlops-infra:pipeline.name", "without a hyphen at an end"),
    (
        "mlops-infra:pipeline/inputDataUri",
        "https://example.com/a.csv",
        "mlops-infra:pipeline.inputDataUri",
        "an S3 URI",
    ),
    (
        "mlops-infra:pipeline/inputDataUri",
        "s3://lake/abalone/*.csv",
        "mlops-infra:pipeline.inputDataUri",
        "without *, ? and ${",
    ),
    (
        "mlops-infra:pipeline/inputDataKeyArn",
        "alias/lake",
        "mlops-infra:pipeline.inputDataKeyArn",
        "the ARN of the KMS key that encrypts inputDataUri",
    ),
    ("mlops-infra:pipeline/inputDataKeyArn", INPUT_KEY, "mlops-infra:pipeline.inputDataKeyArn", "inputDataUri is null"),
    ("mlops-infra:pipeline/mseThreshold", 0, "mlops-infra:pipeline.mseThreshold", "a number above 0"),
    ("mlops-infra:pipeline/mseThreshold", "6.0", "mlops-infra:pipeline.mseThreshold", "a number above 0"),
    ("mlops-infra:pipeline/targetColumn", "two words", "mlops-infra:pipeline.targetColumn", "a column name"),
    ("mlops-infra:project/name", "sthree", "mlops-infra:project.name", "S3 reserves this prefix"),
    ("mlops-infra:project/name", "amzn-s3-demo-x", "mlops-infra:project.name", "S3 reserves this prefix"),
    ("mlops-infra:pipeline/columnNames", ["a", "a"], "mlops-infra:pipeline.columnNames", "listed twice"),
    ("mlops-infra:pipeline/columnNames", ["a", "b"], "mlops-infra:pipeline.targetColumn", "not among columnNames"),
    ("mlops-infra:pipeline/categoricalColumns", ["target"], "mlops-infra:pipeline.categoricalColumns[0]", "the target"),
    ("mlops-infra:pipeline/categoricalColumns", ["a", "a"], "mlops-infra:pipeline.categoricalColumns", "listed twice"),
    ("mlops-infra:pipeline/categoricalColumns", ["a-b"], "mlops-infra:pipeline.categoricalColumns[0]", "a list of"),
    ("mlops-infra:pipeline/columnNames", "a,b", "mlops-infra:pipeline.columnNames", "a list of at most 200"),
    ("mlops-infra:buckets/data", "My_Bucket", "mlops-infra:buckets.data", "an existing S3 bucket"),
    ("mlops-infra:buckets/data", "10.0.0.1", "mlops-infra:buckets.data", "look like an IP address"),
    ("mlops-infra:buckets/artifacts", "xn--bucket", "mlops-infra:buckets.artifacts", "reserved by S3"),
    ("mlops-infra:notifications/emails", ["not-an-address"], "mlops-infra:notifications.emails[0]", "e-mail addresses"),
    ("mlops-infra:notifications/emails", ["a@b.com"] * 2, "mlops-infra:notifications.emails[1]", "listed already"),
    ("mlops-infra:notifications/emails", ["A@b.com", "a@b.com"], "mlops-infra:notifications.emails[1]", "A@b.com is"),
    (
        "mlops-infra:notifications/emails",
        ["Joe <joe@example.com>"],
        "mlops-infra:notifications.emails[0]",
        "an address without a name",
    ),
    (
        "mlops-infra:notifications/emails",
        ["jos\u00e9@example.com"],
        "mlops-infra:notifications.emails[0]",
        "addresses of ASCII",
    ),
    (
        "mlops-infra:notifications/emails",
        ["joe@b\u00fccher.example"],
        "mlops-infra:notifications.emails[0]",
        "addresses of ASCII",
    ),
    (
        "mlops-infra:notifications/emails",
        [f"{'j' * 65}@example.com"],
        "mlops-infra:notifications.emails[0]",
        "64 characters before the @",
    ),
    (
        "mlops-infra:notifications/slackChannels",
        [{"workspaceId": "T07EA123LEP", "channelId": channel} for channel in ("C07EZ1ABC23", "c07ez1abc23")],
        "mlops-infra:notifications.slackChannels",
        "listed twice",
    ),
    (
        "mlops-infra:notifications/teamsChannels",
        [{**TEAMS_CHANNEL, "channelId": channel} for channel in ("19%3Aab%40thread.tacv2", "19%3aab%40thread.tacv2")],
        "mlops-infra:notifications.teamsChannels",
        "listed twice",
    ),
    (
        "mlops-infra:notifications/slackChannels",
        [{"workspaceId": "T1", "channelId": "C1"}, {"workspaceId": "T2", "channelId": "C1"}],
        "mlops-infra:notifications.slackChannels[1].channelId",
        "workspace T1 has this channel already",
    ),
    ("mlops-infra:notifications/emails", "a@example.com", "mlops-infra:notifications.emails", "a list of e-mail"),
    ("mlops-infra:notifications/reservedConcurrency", 0, "mlops-infra:notifications.reservedConcurrency", "1 or more"),
    (
        "mlops-infra:notifications/slackChannels",
        [{"workspaceId": "t07", "channelId": "C1"}],
        "mlops-infra:notifications.slackChannels[0].workspaceId",
        "a Slack workspace id",
    ),
    (
        "mlops-infra:notifications/teamsChannels",
        [{"tenantId": "x", "teamId": "y", "channelId": "z"}],
        "mlops-infra:notifications.teamsChannels[0].channelId",
        "a URL-encoded Teams channel id",
    ),
    ("mlops-infra:operations/accountId", 123456789012, "mlops-infra:operations.accountId", "in quotes"),
    ("mlops-infra:operations/accountId", "1234", "mlops-infra:operations.accountId", "12 digits"),
    (
        "mlops-infra:operations/logRetentionDays",
        8,
        "mlops-infra:operations.logRetentionDays",
        "CloudWatch Logs accepts",
    ),
    ("mlops-infra:operations/removalProtection", "yes", "mlops-infra:operations.removalProtection", "true or false"),
    ("mlops-infra:operations/ignoredTags", ["a", "a"], "mlops-infra:operations.ignoredTags", "listed twice"),
    ("mlops-infra:operations/ignoredTags", ["*"], "mlops-infra:operations.ignoredTags[0]", "a list of keys"),
    ("mlops-infra:operations/ignoredTags", ["a*b"], "mlops-infra:operations.ignoredTags[0]", "a list of keys"),
    ("mlops-infra:operations/ignoredTags", ["team"], "mlops-infra:operations.ignoredTags[0]", "sets the tag team"),
    (
        "mlops-infra:operations/ignoredTags",
        ["sage*"],
        "mlops-infra:operations.ignoredTags[0]",
        "sets the tag sagemaker",
    ),
    ("mlops-infra:tags", {"aws:mine": "x"}, "mlops-infra:tags.aws:mine", "aws: are reserved"),
    ("mlops-infra:tags", {"AWS:mine": "x"}, "mlops-infra:tags.AWS:mine", "aws: are reserved"),
    ("mlops-infra:tags", {"environment": "x"}, "mlops-infra:tags.environment", "have the tag environment already"),
    ("mlops-infra:tags", {"Environment": "x"}, "mlops-infra:tags.Environment", "have the tag environment already"),
    (
        "mlops-infra:tags",
        {"Mlops-Infra:Bootstrap": "x"},
        "mlops-infra:tags.Mlops-Infra:Bootstrap",
        "have the tag mlops-infra:bootstrap already",
    ),
    ("mlops-infra:tags", {"Commit": "x"}, "mlops-infra:tags.Commit", "have the tag commit already"),
    ("mlops-infra:tags", {"SageMaker:Project-Id": "x"}, "mlops-infra:tags.SageMaker:Project-Id", "the project's"),
    ("mlops-infra:tags", {"team": "a", "Team": "b"}, "mlops-infra:tags.Team", "differs from team in case only"),
    ("mlops-infra:tags", {f"t{n}": "x" for n in range(45)}, "mlops-infra:tags", "45 tags, and 6 of the project's own"),
    ("mlops-infra:tags", {"cost": ""}, "mlops-infra:tags.cost", "to string values (1 to 256 characters)"),
    ("mlops-infra:tags", {"cost": 5}, "mlops-infra:tags.cost", "string values"),
    (
        "mlops-infra:policies/disabled",
        {"tls": "nobody needs it"},
        "mlops-infra:policies.disabled.tls",
        'given "tls", expected a mapping of rules (no-broad-managed-policies,',
    ),
    ("mlops-infra:policies/disabled", {"tls-only": "no"}, "mlops-infra:policies.disabled.tls-only", "10 to 256"),
    ("mlops-infra:policies/disabled", ["tls-only"], "mlops-infra:policies.disabled", "a mapping of rules"),
    ("mlops-infra:notification", {}, "mlops-infra:notification", "did you mean notifications?"),
    ("mlops:tags", {}, "mlops:tags", "unknown key, did you mean mlops-infra:tags?"),
]


def test_input_data_is_named_in_as_many_characters_as_an_argument_of_a_step_may_have(tmp_path: Path) -> None:
    longest = f"s3://bucket/{'a' * 243}/"
    settings = settings_with(tmp_path, {"mlops-infra:pipeline/inputDataUri": longest})
    argument = botocore.session.get_session().get_service_model("sagemaker").shape_for("ContainerArgument")
    assert len(str(settings.pipeline.input_data_uri)) == argument.metadata["max"]
    with pytest.raises(InvalidSettingsError, match=r"inputDataUri: .* at most 256 characters"):
        settings_with(tmp_path, {"mlops-infra:pipeline/inputDataUri": f"{longest}a"})


@pytest.mark.parametrize("key_id", ["1234abcd-12ab-34cd-56ef-1234567890ab", f"mrk-{'0a' * 16}"])
def test_input_data_of_another_account_may_have_a_key_of_the_stacks_region_and_no_other(
    key_id: str, tmp_path: Path
) -> None:
    def pipeline(region: str) -> dict[str, Any]:
        key_arn = f"arn:aws:kms:{region}:210987654321:key/{key_id}"
        uri = {"mlops-infra:pipeline/inputDataUri": "s3://lake/abalone/"}
        return {**uri, "mlops-infra:pipeline/inputDataKeyArn": key_arn}

    assert str(settings_with(tmp_path, pipeline("us-east-1")).pipeline.input_data_key_arn).endswith(key_id)
    with pytest.raises(InvalidSettingsError, match=r"pipeline.inputDataKeyArn: given .* \(aws:region is us-east-1\)"):
        settings_with(tmp_path, pipeline("eu-west-1"))


@pytest.mark.parametrize(("path", "value", "key", "expected"), BAD_VALUES)
def test_a_bad_value_is_told_with_its_key_and_what_is_expected(
    path: str, value: object, key: str, expected: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidSettingsError) as raised:
        settings_with(tmp_path, {path: value})
    lines = [line for line in str(raised.value).splitlines() if f"- {key}: " in line]
    assert len(lines) == 1, raised.value
    assert expected in lines[0]
    if isinstance(value, str | int) and "unknown key" not in lines[0]:
        assert f"given {json.dumps(value)}" in lines[0]


def test_columns_that_include_the_target_are_taken(tmp_path: Path) -> None:
    columns = {"mlops-infra:pipeline/columnNames": ["a", "b"], "mlops-infra:pipeline/targetColumn": "b"}
    assert settings_with(tmp_path, columns).pipeline.column_names == ("a", "b")


def test_categories_are_among_the_columns_where_these_have_names(tmp_path: Path) -> None:
    columns: dict[str, object] = {
        "mlops-infra:pipeline/columnNames": ["a", "b"],
        "mlops-infra:pipeline/targetColumn": "b",
    }
    key = "mlops-infra:pipeline/categoricalColumns"
    assert settings_with(tmp_path, {**columns, key: ["a"]}).pipeline.categorical_columns == ("a",)
    with pytest.raises(InvalidSettingsError, match=r'categoricalColumns\[1\]: given "c".*not among columnNames'):
        settings_with(tmp_path, {**columns, key: ["a", "c"]})


def test_addresses_keep_the_form_that_subscriptions_are_named_after(tmp_path: Path) -> None:
    emails = {"mlops-infra:notifications/emails": ["Joe.B+ml@Example.COM"]}
    assert settings_with(tmp_path, emails).notifications.emails == ("Joe.B+ml@example.com",)


def test_an_existing_artifact_bucket_is_refused_where_environments_would_share_a_folder_in_it(tmp_path: Path) -> None:
    shared = {"mlops-infra:buckets/artifacts": "shared-artifacts"}
    longest = {**shared, "mlops-infra:project/name": "p" * 13}
    assert len(settings_with(tmp_path, longest).deployment.prefix) == 19
    with pytest.raises(InvalidSettingsError) as raised:
        settings_with(tmp_path, {**shared, "mlops-infra:project/name": "p" * 14})
    [line] = str(raised.value).splitlines()[1:]
    assert line.startswith('  - mlops-infra:buckets.artifacts: given "shared-artifacts", expected ')
    assert f"{'p' * 14}-local has 20: in a bucket that environments share" in line
    assert "may have 18 together" in line
    assert settings_with(tmp_path, {"mlops-infra:project/name": "p" * 20}).buckets.artifacts is None


@pytest.mark.parametrize("key", ["artifacts", "data"])
def test_the_bucket_of_the_state_is_no_bucket_of_the_stack(tmp_path: Path, key: str) -> None:
    state = "abalone-local-state-123456789012-us-east-1"
    with pytest.raises(InvalidSettingsError) as raised:
        settings_with(tmp_path, {f"mlops-infra:buckets/{key}": state})
    [line] = str(raised.value).splitlines()[1:]
    assert line.startswith(
        f'  - mlops-infra:buckets.{key}: given "{state}", expected the name of an existing S3 bucket'
    )
    assert line.endswith("(the environment's state lies there)")


def test_one_existing_bucket_may_be_for_artifacts_and_data(tmp_path: Path) -> None:
    buckets = settings_with(
        tmp_path, dict.fromkeys(("mlops-infra:buckets/artifacts", "mlops-infra:buckets/data"), "lake")
    ).buckets
    assert buckets.artifacts == buckets.data == "lake"


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ("team: a\n    team: b", "team is there twice"),
        ("since: 2026-01-31", "2026-01-31 is a date to YAML: put it in quotes"),
    ],
)
def test_a_file_that_the_engine_would_refuse_or_change_is_refused_with_the_line(
    tags: str, reason: str, tmp_path: Path
) -> None:
    file = tmp_path / "Pulumi.local.yaml"
    text = (ROOT / "Pulumi.local.yaml").read_text()
    file.write_text(text)
    assert read("local", tmp_path).tags == {"team": "data-science"}
    file.write_text(text.replace("team: data-science", tags))
    with pytest.raises(InvalidSettingsError, match=rf"Pulumi.local.yaml can't be read: {reason}\s.* line \d+"):
        read("local", tmp_path)


def test_words_and_numbers_of_a_file_are_those_of_the_engine(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.local.yaml"
    text = (ROOT / "Pulumi.local.yaml").read_text()
    for old, new in (
        ('timeOfDay: "09:00"', "timeOfDay: 10:30"),
        ("scanLimitMegabytes: 100", "scanLimitMegabytes: 1e3"),
        ("branch: main", "branch: on"),
        ("team: data-science", "team: yes"),
    ):
        assert old in text
        text = text.replace(old, new)
    file.write_text(text)
    settings = read("local", tmp_path)
    assert settings.kpis.quick_sight.refresh_schedule.time_of_day == "10:30"
    assert settings.kpis.scan_limit_megabytes == 1000
    assert settings.delivery.source.branch == "on"
    assert settings.tags == {"team": "yes"}


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("removalProtection: false", "removalProtection: yes", 'operations.removalProtection: given "yes", expected '),
        ('accountId: "123456789012"', "accountId: 089456789012", "operations.accountId: given 89456789012, expected "),
        ("name: abalone\n", "name: null\n", "project.name: given null, expected "),
        ("\n    artifacts: null\n    data: null", " null", "buckets: given null, expected {artifacts, data}"),
        ("\n    artifacts: null\n    data: null", " ~", "buckets: given null, expected {artifacts, data}"),
    ],
)
def test_what_the_engine_reads_otherwise_than_meant_is_told_as_it_reads_it(
    old: str, new: str, line: str, tmp_path: Path
) -> None:
    text = (ROOT / "Pulumi.local.yaml").read_text()
    assert old in text
    (tmp_path / "Pulumi.local.yaml").write_text(text.replace(old, new))
    with pytest.raises(InvalidSettingsError) as raised:
        read("local", tmp_path)
    assert f"- mlops-infra:{line}" in str(raised.value)


def test_all_bad_values_of_a_file_are_told_in_one_report(tmp_path: Path) -> None:
    changes = {
        "aws:region": "europe",
        "mlops-infra:project/name": "Abalone",
        "mlops-infra:pipeline/mseThreshold": -1,
        "mlops-infra:buckets": "none",
        "mlops-infra:operations/logRetentionDays": 8,
        "mlops-infra:notification": {},
    }
    with pytest.raises(InvalidSettingsError, match="6 errors; nothing was changed") as raised:
        settings_with(tmp_path, changes)
    assert len(str(raised.value).splitlines()) == 1 + len(changes)


def test_a_long_value_is_cut_in_the_report(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettingsError, match=r"\.\.\. \(5002 characters\)") as raised:
        settings_with(tmp_path, {"mlops-infra:project/name": "x" * 5000})
    assert len(str(raised.value)) < 500


def test_a_stack_name_that_is_no_environment_name_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettingsError, match='stack name: given "Team_A"'):
        settings_with(tmp_path, {}, stack="Team_A")


def test_pulumi_shows_the_program_s_errors_without_a_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulumi, "get_stack", lambda: "Team_A")
    with pytest.raises(pulumi.RunError, match='stack name: given "Team_A"'):
        load(tmp_path)


def test_an_encrypted_value_is_refused_before_it_lands_in_a_name(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettingsError, match="mlops-infra:tags: given a secret") as raised:
        parse("local", engine_form(stack_file("local")), ["mlops-infra:tags"], tmp_path)
    assert "data-science" not in str(raised.value)


def write_code_config(directory: Path, content: object) -> None:
    (directory / ".sagemaker-code-config").write_text(json.dumps(content))


CODE_CONFIG = {
    "sagemakerProjectName": "from-studio",
    "sagemakerProjectId": "p-fromstudio",
    "codeRepositoryName": "repo",
    "sagemakerPipelineName": "studio-pipeline",
    "projectShortName": "studio",
}


def without_names(directory: Path) -> StackSettings:
    return settings_with(directory, {"mlops-infra:project": {}, "mlops-infra:pipeline": {"mseThreshold": 1.0}})


def test_what_the_stack_file_leaves_out_comes_from_the_code_config(tmp_path: Path) -> None:
    write_code_config(tmp_path, CODE_CONFIG)
    settings = without_names(tmp_path)
    assert settings.project.name == settings.project.use_case_id == "studio"
    assert settings.project.sagemaker_project_name == "from-studio"
    assert settings.project.sagemaker_project_id == "p-fromstudio"
    assert settings.pipeline.name == "studio-pipeline"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_the_code_config_may_have_the_encoding_that_windows_editors_write(tmp_path: Path, encoding: str) -> None:
    mark = "\ufeff" if encoding in ("utf-16-le", "utf-16-be") else ""
    content = (mark + json.dumps(CODE_CONFIG)).encode(encoding)
    (tmp_path / ".sagemaker-code-config").write_bytes(content)
    assert without_names(tmp_path).project.name == CODE_CONFIG["projectShortName"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_stack_file_may_have_a_byte_order_mark_as_for_the_engine(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "Pulumi.local.yaml").write_text((ROOT / "Pulumi.local.yaml").read_text(), encoding=encoding)
    assert read("local", tmp_path) == read("local", ROOT)


def test_a_stack_file_of_other_bytes_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.local.yaml").write_bytes(b"config:\n  a: \xe4\n")
    with pytest.raises(InvalidSettingsError, match=r"Pulumi\.local\.yaml can't be read"):
        read("local", tmp_path)


def test_null_in_the_code_config_falls_back_like_a_key_that_is_not_there(tmp_path: Path) -> None:
    write_code_config(tmp_path, {**CODE_CONFIG, "useCaseId": None})
    assert without_names(tmp_path).project.use_case_id == CODE_CONFIG["projectShortName"]


def test_a_code_config_that_can_not_be_read_is_the_only_problem(tmp_path: Path) -> None:
    (tmp_path / ".sagemaker-code-config").write_bytes(b"\xff{}")
    with pytest.raises(InvalidSettingsError) as refused:
        without_names(tmp_path)
    assert "1 error;" in str(refused.value)
    assert ".sagemaker-code-config: expected a JSON object as text in UTF-8" in str(refused.value)


def test_the_stack_file_wins_over_the_code_config(tmp_path: Path) -> None:
    write_code_config(tmp_path, {**CODE_CONFIG, "useCaseId": "other"})
    settings = settings_with(tmp_path, {})
    assert settings.project.name == settings.project.use_case_id == "abalone"
    assert settings.pipeline.name == "abalone-local"


def test_a_bad_value_of_the_code_config_is_told_like_any_other(tmp_path: Path) -> None:
    write_code_config(tmp_path, {"projectShortName": "Not A Name"})
    with pytest.raises(InvalidSettingsError, match=r'mlops-infra:project.name: given "Not A Name"'):
        settings_with(tmp_path, {"mlops-infra:project/name": None})


@pytest.mark.parametrize("text", ["{", "[]", '"text"', b"\xff\xfe"])
def test_a_code_config_that_is_no_json_object_is_told_with_its_name(text: str | bytes, tmp_path: Path) -> None:
    (tmp_path / ".sagemaker-code-config").write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(InvalidSettingsError, match=r"\.sagemaker-code-config: expected a JSON object"):
        settings_with(tmp_path, {})


def test_settings_can_not_be_changed(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, {})
    with pytest.raises(ValueError, match="frozen"):
        settings.project.name = "other"


def test_every_resource_has_the_configured_tags_and_the_projects_own(tmp_path: Path) -> None:
    assert settings_with(tmp_path, {"mlops-infra:tags": {"team": "a"}}).all_tags == {
        "team": "a",
        "project": "abalone",
        "environment": "local",
        "use-case": "abalone",
        "sagemaker:project-name": "abalone",
        "sagemaker:project-id": "p-abalonelocal",
    }


def test_a_resource_has_as_many_tags_as_aws_takes_and_no_more(tmp_path: Path) -> None:
    tags = {f"t{number}": "x" for number in range(44)}
    assert (
        len(settings_with(tmp_path, {"mlops-infra:tags": tags}).all_tags) == 50 - 1
    )  # the one of the ML pipeline's commit


def test_a_tag_that_the_project_has_already_is_told_with_its_value_and_the_rule(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettingsError, match="2 errors; nothing was changed") as raised:
        settings_with(tmp_path, {"mlops-infra:tags": {"Environment": "production", "team": "a", "TEAM": "b"}})
    environment, team = str(raised.value).splitlines()[1:]
    assert 'mlops-infra:tags.Environment: given "production", expected at most 44 tag keys, each once' in environment
    assert 'mlops-infra:tags.TEAM: given "b", expected at most 44 tag keys, each once' in team


def test_a_rule_of_the_policy_pack_is_switched_off_with_a_reason(tmp_path: Path) -> None:
    disabled = {"tls-only": "the clients of the queue can't do it"}
    assert settings_with(tmp_path, {"mlops-infra:policies/disabled": disabled}).policies.disabled == disabled
    assert settings_with(tmp_path, {"mlops-infra:policies": None}).policies.disabled == {}
