"""The recipes of CONTRIBUTING.md: that their Python fits the code that they are about."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import re
import textwrap
from pathlib import Path
from typing import Any

import pytest

from components.cicd.jobs import JOBS, Job
from components.kpi_visualization.queries import QUERIES, Query
from localcloud.provider.fields import Field
from localcloud.provider.resource_type import Naming, Read, ResourceType, Tagging, Update

RECIPES = Path(__file__).resolve().parents[3] / "CONTRIBUTING.md"
SNIPPETS = [
    textwrap.dedent(snippet)
    for snippet in re.findall(r"```python\n(.*?)```", RECIPES.read_text(encoding="utf-8"), re.DOTALL)
]


def calls(name: str) -> list[ast.Call]:
    """Return the calls of that name in the recipes."""
    return [
        node
        for snippet in SNIPPETS
        for node in ast.walk(ast.parse(snippet))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]


def arguments(name: str) -> dict[str, Any]:
    """Return the arguments of the one call of that name, which are literals."""
    [call] = calls(name)
    return {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}


def test_what_they_import_is_there() -> None:
    imports = [
        (node.module or "", alias.name)
        for snippet in SNIPPETS
        for node in ast.walk(ast.parse(snippet))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    assert imports
    assert [entry for entry in imports if not hasattr(importlib.import_module(entry[0]), entry[1])] == []


def test_the_stage_is_a_job_that_is_not_there_yet() -> None:
    job = Job(**arguments("Job"))
    assert job.name not in {other.name for other in JOBS}, "take another example in CONTRIBUTING.md"


def test_the_kpi_is_a_query_that_is_not_there_yet() -> None:
    query = Query(**arguments("Query"))
    assert query.name not in {other.name for other in QUERIES}, "take another example in CONTRIBUTING.md"


@pytest.mark.parametrize(
    "record", [Field, Naming, Read, ResourceType, Tagging, Update], ids=lambda record: record.__name__
)
def test_the_resource_type_has_fields_that_the_stand_in_knows(record: type) -> None:
    named = {keyword.arg for call in calls(record.__name__) for keyword in call.keywords}
    assert named or calls(record.__name__)
    assert named <= {field.name for field in dataclasses.fields(record)}
