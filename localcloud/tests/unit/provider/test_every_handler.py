"""The table of types: what it claims exists in pulumi-aws, in AWS's service models and in CloudFormation's schemas."""

from __future__ import annotations

import subprocess
import sys

import pytest
from botocore.session import get_session

from localcloud.provider import sdk
from localcloud.provider.cloud import Cloud
from localcloud.provider.handlers import HANDLERS
from localcloud.provider.native import HANDLERS as NATIVE
from localcloud.provider.native import cfn_type, schema

SHARED_OUTPUTS = {"region", "tagsAll"}


@pytest.mark.parametrize("token", HANDLERS)
def test_every_input_and_output_is_one_that_pulumi_aws_has(token: str) -> None:
    args, state = sdk.resource_class(token, "Args"), sdk.resource_class(token, "State")
    assert args is not None
    assert state is not None
    assert set(HANDLERS[token].fields) <= set(sdk.names(args))
    assert set(HANDLERS[token].outputs) <= set(sdk.names(state)) - set(HANDLERS[token].fields)


@pytest.mark.parametrize("token", HANDLERS)
def test_every_required_input_is_supported(token: str) -> None:
    args = sdk.resource_class(token, "Args")
    assert args is not None
    missing = {failure.path for failure in sdk.failures(args, {})}
    assert missing <= set(HANDLERS[token].fields)


@pytest.mark.parametrize("token", NATIVE)
def test_every_native_property_is_the_schemas(token: str) -> None:
    found = schema.load("us-east-1", cfn_type(token))
    assert set(NATIVE[token].fields) | set(NATIVE[token].outputs) == set(found.properties)
    assert {name for name, spec in NATIVE[token].fields.items() if spec.replace} == found.listed("createOnlyProperties")


ALL = {**HANDLERS, **NATIVE}
# Buckets have one operation for all tags, build projects none of their own: UpdateProject takes them.
TAGGED = [token for token in ALL if "tags" in ALL[token].fields and not token.endswith((":Bucket", ":Project"))]
LOCATED_BY_INPUTS = [token for token in ALL if ALL[token].locate is None]


@pytest.mark.parametrize("token", TAGGED)
def test_tags_can_be_changed_wherever_they_can_be_given(token: str) -> None:
    handler = ALL[token]
    assert handler.tagging is not None
    operations = get_session().get_service_model(handler.service).operation_names
    called = {
        name.replace("_", "").lower() for name in (handler.tagging.tag, handler.tagging.untag, handler.tagging.read)
    }
    assert called <= {name.lower() for name in operations}


@pytest.mark.parametrize("token", HANDLERS)
def test_what_makes_a_resource_unique_cannot_be_changed(token: str) -> None:
    handler = HANDLERS[token]
    assert all(handler.fields[name].replace for name in handler.identity)
    # What has an id beside its name may share the name with others, or change it.
    named = handler.naming.field if handler.naming else ""
    mutable = named and not handler.fields[named].replace
    assert not named or named in handler.identity or mutable or not handler.identity


class Anything(dict[str, str]):
    """Inputs in which everything is given."""

    def __missing__(self, key: str) -> str:
        return f"the-{key}"


@pytest.mark.parametrize("token", LOCATED_BY_INPUTS)
def test_what_a_killed_run_left_can_be_found_again(cloud: Cloud, token: str) -> None:
    assert "the-" in ALL[token].identify(cloud, Anything(), {})


def test_what_the_tests_of_many_types_look_at_is_there() -> None:
    assert len(TAGGED) > len(ALL) / 3
    assert len(LOCATED_BY_INPUTS) > len(ALL) / 2


def test_the_sdks_and_cfn_lint_are_not_imported_before_a_type_needs_them() -> None:
    program = (
        "import sys, localcloud.provider.__main__, localcloud.provider.aws, localcloud.provider.native; "
        "print(sorted({'pulumi_aws', 'pulumi_aws_native', 'cfnlint', 'boto3'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
