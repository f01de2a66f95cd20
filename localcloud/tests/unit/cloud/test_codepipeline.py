"""Filters of Git triggers, and variables of executions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from localcloud.services.codepipeline.triggers import glob, passes_filter
from localcloud.services.codepipeline.variables import UnresolvedError, check_output, resolve

if TYPE_CHECKING:
    from mypy_boto3_codepipeline.type_defs import GitConfigurationTypeDef, GitPushFilterTypeDef


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("main", "main", True),
        ("main", "main2", False),
        ("feature/*", "feature/a", True),
        ("feature/*", "feature/a/b", False),
        ("feature/**", "feature/a/b", True),
        ("**/*.md", "docs/a.md", True),
        ("src/?.py", "src/a.py", True),
        ("src/?.py", "src/ab.py", False),
        ("src/?.py", "src//.py", False),
        ("*.{py,toml}", "a.toml", True),
        ("*.{py,toml}", "a.txt", False),
        ("v[0-9].*", "v2.x", True),
        ("v[!0-9]", "vx", True),
        ("v[!0-9]", "v1", False),
        ("a,b", "a,b", True),
        ("a+b", "aab", False),
        (r"a\*", "a*", True),
    ],
)
def test_glob_patterns(pattern: str, text: str, matches: bool) -> None:
    assert bool(glob(pattern).fullmatch(text)) is matches


MAIN: GitPushFilterTypeDef = {"branches": {"includes": ["main"]}}
SOURCES: GitPushFilterTypeDef = {"filePaths": {"includes": ["src/**"], "excludes": ["**/*.md"]}}


@pytest.mark.parametrize(
    ("pushes", "kind", "name", "paths", "expected"),
    [
        ([MAIN], "branch", "main", ["a"], True),
        ([MAIN], "branch", "other", ["a"], False),
        ([MAIN], "tag", "main", ["a"], False),
        ([{"branches": {"includes": ["**"], "excludes": ["main"]}}], "branch", "main", [], False),
        ([{"branches": {"excludes": ["main"]}}], "branch", "other", [], True),
        ([{**MAIN, **SOURCES}], "branch", "main", ["docs/a", "src/a"], True),
        ([{**MAIN, **SOURCES}], "branch", "main", ["src/a.md"], False),
        ([{**MAIN, **SOURCES}], "branch", "other", ["src/a"], False),
        ([SOURCES], "branch", "any", ["src/a"], True),
        ([{**MAIN, **SOURCES}, {"branches": {"includes": ["other"]}}], "branch", "other", ["x"], True),
        ([{"tags": {"includes": ["v*"]}}], "tag", "v1", [], True),
        ([{"tags": {"includes": ["v*"]}}], "branch", "v1", [], False),
    ],
)
def test_a_push_starts_what_one_of_the_filters_lets_through(
    pushes: list[GitPushFilterTypeDef], kind: str, name: str, paths: list[str], expected: bool
) -> None:
    git: GitConfigurationTypeDef = {"sourceActionName": "Source", "push": pushes}
    assert passes_filter(git, kind, name, paths) is expected


def test_references_are_resolved_wherever_they_stand() -> None:
    namespaces = {"codepipeline": {"PipelineExecutionId": "1"}, "Source-Vars": {"CommitId": "abc"}}
    configuration = {
        "A": '[{"value": "#{Source-Vars.CommitId}"}]',
        "B": "#{codepipeline.PipelineExecutionId}/#{x}",
        "C": "#",
    }
    assert resolve(configuration, namespaces) == {"A": '[{"value": "abc"}]', "B": "1/#{x}", "C": "#"}


def test_values_that_are_too_long_are_an_error() -> None:
    with pytest.raises(UnresolvedError, match="at most 102400 are allowed"):
        resolve({"A": "#{S.V}#{S.V}"}, {"S": {"V": "x" * 60_000}})
    with pytest.raises(UnresolvedError, match="at most 122880 are allowed"):
        check_output({"A": "x" * 122_880})


def test_a_reference_to_nothing_is_an_error_that_names_it() -> None:
    with pytest.raises(UnresolvedError, match=r"#\{Source\.Missing\} does not exist"):
        resolve({"A": "#{Source.Missing}"}, {"Source": {"CommitId": "abc"}})
