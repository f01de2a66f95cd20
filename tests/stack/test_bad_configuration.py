"""Bad configuration through the real engine: one report with all errors, an exit code, and nothing created."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from localcloud import inventory
from settings.load import flat_config

if TYPE_CHECKING:
    from .conftest import Project

pytestmark = pytest.mark.local

# Each case breaks several values at once; together more than 25 different ones.
CASES: dict[str, dict[str, Any]] = {
    "names": {
        "mlops-infra:project.name": "Abalone",
        "mlops-infra:project.useCaseId": "a/b",
        "mlops-infra:project.sagemakerProjectName": "two words",
        "mlops-infra:project.sagemakerProjectId": "p_1",
        "mlops-infra:pipeline.name": "-abalone",
        "aws:region": "europe",
    },
    "types": {
        "mlops-infra:project.name": 5,
        "mlops-infra:pipeline.mseThreshold": "6.0",
        "mlops-infra:pipeline.columnNames": "a,b",
        "mlops-infra:operations.accountId": 123456789012,
        "mlops-infra:operations.removalProtection": "yes",
        "mlops-infra:operations.logRetentionDays": "7",
        "mlops-infra:notifications.emails": "a@example.com",
    },
    "formats": {
        "mlops-infra:buckets.data": "My_Bucket",
        "mlops-infra:buckets.artifacts": "xn--bucket",
        "mlops-infra:pipeline.inputDataUri": "https://example.com/a.csv",
        "mlops-infra:pipeline.targetColumn": "two words",
        "mlops-infra:notifications.emails[0]": "not-an-address",
        "mlops-infra:tags.aws:mine": "x",
    },
    "limits": {
        "mlops-infra:project.name": "a" * 21,
        "mlops-infra:pipeline.name": "a" * 50,
        "mlops-infra:pipeline.mseThreshold": 0,
        "mlops-infra:operations.logRetentionDays": 8,
        "mlops-infra:operations.accountId": "1234",
        "mlops-infra:tags.Environment": "production",
    },
    "sections": {
        "mlops-infra:project": "abalone",
        "mlops-infra:pipeline": [],
        "mlops-infra:buckets": True,
        "mlops-infra:notifications": 3,
        "mlops-infra:unknown": {},
    },
}


def apply(config: dict[str, Any], key: str, value: Any) -> None:
    """Sets `namespace:section.key` or `...key[0]`."""
    section, _, rest = key.partition(".")
    if not rest:
        config[section] = value
    elif rest.endswith("[0]"):
        config[section][rest.removesuffix("[0]")] = [value]
    else:
        config[section][rest] = value


@pytest.mark.parametrize("case", CASES)
def test_all_errors_come_in_one_report_and_nothing_is_created(project: Project, case: str) -> None:
    before = inventory.take(project.root)

    def break_it(config: dict[str, Any]) -> None:
        for key, value in CASES[case].items():
            apply(config, key, value)

    project.configure(break_it)
    result = project.run("up", "--yes", "--skip-preview")
    assert result.returncode != 0
    for key in CASES[case]:
        assert f"- {key}: " in result.stdout, result.stdout
    assert f"{len(CASES[case])} errors; nothing was changed" in result.stdout
    assert "Traceback" not in result.stdout
    assert project.resources() == []
    assert not any(inventory.left(before, inventory.take(project.root)).values())


def test_credentials_of_another_account_are_refused_before_anything_is_read(project: Project) -> None:
    before = inventory.take(project.root)
    project.configure(lambda config: config["mlops-infra:operations"].update(accountId="210987654321"))
    result = project.run("up", "--yes", "--skip-preview")
    assert result.returncode != 0
    assert "210987654321" in result.stdout
    assert "123456789012" in result.stdout
    assert not any(inventory.left(before, inventory.take(project.root)).values())


def test_an_encrypted_value_is_refused_and_not_shown(project: Project) -> None:
    file = project.directory / "Pulumi.local.yaml"
    before = json.dumps(file.read_text())
    result = project.run("config", "set", "--secret", "mlops-infra:tags", "hush-hush")
    assert result.returncode != 0
    assert "hush-hush" not in result.stdout
    assert json.dumps(file.read_text()) == before


# Plain scalars that YAML 1.1 and 1.2 read differently, and their neighbours.
SCALARS = """
    yes No on OFF y n true True FALSE tRue null Null ~ nUll
    10:30 09:00 1:30:15 1:30.5 12:30:45.5
    0123456 0999 012345678901 007 00 0_7 -0777 0o17 0O17 0o8 0x1F 0X1f -0x1F 0x1G 0b11 0B11 0b2
    1_000 1__0 1_ _1 ._5 9_000.5 +5 1-2 1.2.3 2026-01-31x
    1e3 1.5e3 1.5e+3 1E5 1.e3 1e 4000.0 1.5 .5 +.5 1. 0.0 -0.0
"""


def test_the_engine_reads_words_and_numbers_of_a_stack_file_as_the_settings_do(project: Project) -> None:
    file = project.directory / "Pulumi.local.yaml"
    scalars = {f"scalar{number}": scalar for number, scalar in enumerate(SCALARS.split())}
    lines = [f"    {name}: {scalar}" for name, scalar in scalars.items()]
    file.write_text("\n".join(["config:", "  mlops-infra:tags:", *lines, "  mlops-infra:buckets: null", ""]))
    output = project.ok("config", "--json")
    engine = json.loads(output[output.index("{") :])
    config = flat_config("local", project.directory)
    assert config["mlops-infra:buckets"] == engine["mlops-infra:buckets"]["value"]
    ours, theirs = json.loads(config["mlops-infra:tags"]), json.loads(engine["mlops-infra:tags"]["value"])
    typed = {scalars[name]: (type(value), value) for name, value in ours.items()}
    assert len(typed) == len(scalars)
    assert typed == {scalars[name]: (type(value), value) for name, value in theirs.items()}
