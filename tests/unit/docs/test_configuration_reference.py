"""The configuration reference: that the committed page is current, and that what it says of stack files holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from settings.load import NAMESPACE, parse
from tools import configuration_reference
from tools.configuration_reference import EXAMPLE, PAGE, Key, Model

ROOT = Path(__file__).resolve().parents[3]


def keys() -> list[Key]:
    return [key for section in Model().sections() for key in section.keys]


def test_the_committed_page_is_what_make_docs_writes() -> None:
    assert PAGE.read_text() == configuration_reference.render(), "run `make docs` and commit docs/configuration.md"


def test_every_key_says_what_is_expected() -> None:
    assert keys()
    assert [key.path for key in keys() if not key.description] == []


def test_the_smallest_file_is_a_valid_one(tmp_path: Path) -> None:
    config = yaml.safe_load(EXAMPLE)["config"]
    flat = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    assert parse("dev", flat, [], tmp_path).project.name == "churn"


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_stack_files_that_the_page_points_to_name_every_key(stack: str) -> None:
    config: dict[str, Any] = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    paths = [key.path for key in keys() if "[]" not in key.path]
    assert paths
    assert [path for path in paths if not _is_named(config, path)] == []


def _is_named(config: dict[str, Any], path: str) -> bool:
    head, *rest = path.split(".")
    value: Any = config
    for part in (head if ":" in head else f"{NAMESPACE}:{head}", *rest):
        if part not in value:
            return False
        value = value[part]
    return True
