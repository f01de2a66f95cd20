"""What the settings accept, CloudFormation's schemas and cfn-lint's rules accept in the stack that follows from it."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from settings import StackSettings
from settings.load import InvalidSettingsError, parse
from tools.cloudformation.template import Template, template_of
from tools.security.cfn_lint import lint

from .conftest import ROOT, local_config

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .conftest import Program, Registered

SCHEMA = StackSettings.model_json_schema()
# Values of AWS's and people's that no pattern describes.
WRITTEN = {
    "emails": ["Joe.B+ml@example.com", "o'brien@example.co.uk", "a@xn--bcher-kva.example"],
    "driftSchedule": ["rate(1 day)", "rate(12 hours)", "cron(0 5 ? * MON-FRI *)", "cron(*/15 * L * ? 2027-2030)"],
    "crawlerSchedule": ["cron(0 8 * * ? *)", "cron(*/5 * * * ? *)", "cron(0 0 ? JAN,DEC 2#1 *)"],
    "identityRegion": ["us-east-1", "eu-central-1"],
}
# Which account, region and stack it is decides what the mocks answer; a repository's form follows its provider; the
# program leaves disabled policies to the pack.
FIXED = {
    "disabled",
    "accountId",
    "aws:region",
    "environment",
    "provider",
    "repository",
    "connectionArn",
    "ownerId",
    "repositoryId",
}


def strategy(schema: Mapping[str, Any], name: str) -> st.SearchStrategy[Any] | None:
    """What to draw a key's values from, by the settings' own schema; None for what is drawn elsewhere."""
    if name in FIXED or "$ref" in schema:
        return None
    if name in WRITTEN:
        one = st.sampled_from(WRITTEN[name])
        return st.lists(one, max_size=3) if schema.get("type") == "array" else one
    if "anyOf" in schema:
        options = [option for part in schema["anyOf"] if (option := strategy(part, name)) is not None]
        return st.one_of(options) if options else None
    if schema.get("type") == "array":
        member = strategy(schema["items"], name)
        return None if member is None else st.lists(member, max_size=3)
    return scalar(schema)


def scalar(schema: Mapping[str, Any]) -> st.SearchStrategy[Any] | None:
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength", 60)
    text = st.from_regex(schema.get("pattern", r"^[a-z]{1,9}$"), fullmatch=True)
    return {
        "null": st.none(),
        "boolean": st.booleans(),
        "integer": st.integers(schema.get("minimum", 1), 100_000),
        "number": st.floats(schema.get("exclusiveMinimum", 0), 1e9, exclude_min=True),
        "string": text.filter(lambda value: shortest <= len(value) <= longest),
    }.get(str(schema.get("type")))


def leaves(schema: Mapping[str, Any], place: tuple[str, ...] = ()) -> dict[tuple[str, ...], st.SearchStrategy[Any]]:
    """What to draw from, by the way to each key."""
    if "$ref" in schema:
        return leaves(SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]], place)
    drawn: dict[tuple[str, ...], st.SearchStrategy[Any]] = {}
    for name, part in schema.get("properties", {}).items():
        here = (*place, name)
        if "$ref" in part:
            drawn |= leaves(part, here)
        elif (values := strategy(part, name)) is not None:
            drawn[here] = values
    return drawn


TAG = st.text("abcXYZ019 _.:/=+@-", min_size=1, max_size=40)
LEAVES = {**leaves(SCHEMA), ("tags",): st.dictionaries(TAG, TAG, max_size=5)}
SLACK = st.from_regex(r"C[A-Z0-9]{8,10}", fullmatch=True).map(lambda c: {"workspaceId": "T07EA123LEP", "channelId": c})
LEAVES["notifications", "slackChannels"] = st.lists(SLACK, max_size=2)


def configured(changes: Mapping[tuple[str, ...], Any]) -> dict[str, Any]:
    config = copy.deepcopy(local_config())
    for (section, *keys), value in changes.items():
        parent, key = config, f"mlops-infra:{section}"
        for further in keys:
            parent, key = parent.setdefault(key, {}), further
        parent[key] = value
    return config


def is_accepted(config: Mapping[str, Any]) -> bool:
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    try:
        parse("local", texts, [], ROOT)
    except InvalidSettingsError:
        return False
    return True


def test_nearly_every_key_is_drawn() -> None:
    assert len(LEAVES) > 30
    assert {("project", "name"), ("pipeline", "name"), ("operations", "ignoredTags"), ("buckets", "data")} <= set(
        LEAVES
    )


@pytest.mark.slow
@settings(
    # Each runs the whole program and all of cfn-lint's rules; 80 drawn at random had nothing to say either.
    max_examples=6,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(
    changes=st.lists(st.sampled_from(sorted(LEAVES)), min_size=1, max_size=5, unique=True).flatmap(
        lambda places: st.fixed_dictionaries({place: LEAVES[place] for place in places})
    )
)
def test_a_stack_of_accepted_settings_is_what_cloudformation_takes(
    program: Program, whole_program: Registered, changes: dict[tuple[str, ...], Any]
) -> None:
    config = configured(changes)
    assume(is_accepted(config))
    usual = template_of(whole_program.exported())["Resources"]
    different = {
        logical_id: resource
        for logical_id, resource in template_of(program(config).exported())["Resources"].items()
        if resource != usual.get(logical_id)
    }
    matches = lint(Template(AWSTemplateFormatVersion="2010-09-09", Resources=different)) if different else []
    assert [f"{match.rule.id} {match.path}: {match.message}" for match in matches] == []
