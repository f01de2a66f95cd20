"""The provider's own configuration."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localcloud.provider.configuration import failures, parse, require_loopback
from localcloud.provider.errors import ProviderError


def test_settings_may_come_as_they_are_or_as_json() -> None:
    tags = {"tags": {"a": "1"}}
    plain = parse({"region": "eu-west-1", "allowedAccountIds": ["123456789012"], "defaultTags": tags})
    as_json = {"region": "eu-west-1", "allowedAccountIds": '["123456789012"]', "defaultTags": json.dumps(tags)}
    assert parse(as_json) == plain
    assert plain.allowed_account_ids == ("123456789012",)
    assert plain.tags.defaults == {"a": "1"}


def test_tags_are_ignored_by_key_and_by_prefix() -> None:
    ignored = {"keys": ["CostCenter"], "keyPrefixes": ["org:"]}
    tags = parse({"region": "eu-west-1", "ignoreTags": json.dumps(ignored)}).tags
    assert [key for key in ("CostCenter", "costcenter", "CostCenter2", "org:unit", "organ") if tags.ignores(key)] == [
        "CostCenter",
        "org:unit",
    ]
    assert not parse({"region": "eu-west-1"}).tags.ignores("")


def test_the_region_falls_back_to_the_environment_and_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ProviderError, match="region is missing"):
        parse({})
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert parse({}).region == "eu-west-1"
    monkeypatch.setenv("AWS_REGION", "eu-west-2")
    assert parse({}).region == "eu-west-2"


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"profile": "default"}, "profile"),
        ({"assumeRoles": '[{"roleArn": "x"}]'}, "assumeRoles"),
        ({"endpoints": "[{}]"}, "endpoints"),
        ({"allowedAccountIds": '"123456789012"'}, "allowedAccountIds"),
        ({"defaultTags": '["x"]'}, "defaultTags"),
        ({"defaultTags": '{"tags": {}, "prefix": "x"}'}, "defaultTags.prefix"),
        ({"defaultTags": '{"tags": ["x"]}'}, "defaultTags.tags"),
        ({"ignoreTags": '{"key": ["x"]}'}, "ignoreTags.key"),
        ({"ignoreTags": '{"keys": "x"}'}, "ignoreTags.keys"),
    ],
)
def test_a_setting_that_cannot_be_honoured_is_named(values: dict[str, Any], path: str) -> None:
    assert [failure.path for failure in failures(values)] == [path]
    with pytest.raises(ProviderError, match=path.split(".", maxsplit=1)[0]):
        parse({"region": "us-east-1", **values})


def test_what_the_sdks_add_themselves_is_no_setting() -> None:
    added = {"version": "7.51.1", "skipCredentialsValidation": "false", "skipRegionValidation": "true"}
    assert not list(failures({**added, "profile": "", "insecure": "false"}))


@pytest.mark.parametrize("url", ["http://127.0.0.1:4566", "http://localhost:1", "http://127.5.5.5", "http://[::1]:80"])
def test_a_loopback_endpoint_is_accepted(url: str) -> None:
    require_loopback({"AWS_ENDPOINT_URL": url, "AWS_ENDPOINT_URL_SAGEMAKER": url})


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "AWS_ENDPOINT_URL is not set"),
        ({"AWS_ENDPOINT_URL": "https://sns.us-east-1.amazonaws.com"}, "sns.us-east-1"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1.example.com"}, "127.0.0.1.example.com"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1@evil.example"}, "evil.example"),
        ({"AWS_ENDPOINT_URL": "http://localhost", "AWS_ENDPOINT_URL_S3": "https://s3.amazonaws.com"}, "URL_S3"),
    ],
)
def test_anything_but_this_machine_is_refused(environment: dict[str, str], words: str) -> None:
    with pytest.raises(ProviderError, match=words):
        require_loopback(environment)
