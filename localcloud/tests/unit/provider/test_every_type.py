"""The table of types: what it claims exists in pulumi-aws, in AWS's service models and in CloudFormation's schemas."""

from __future__ import annotations

import subprocess
import sys

import pytest
from botocore.session import get_session

from localcloud.provider import cloudformation_schema, input_types, sdk
from localcloud.provider.aws_native import TYPES as NATIVE_TYPES
from localcloud.provider.aws_native import cfn_type
from localcloud.provider.cloud import Cloud
from localcloud.provider.types import TYPES

SHARED_OUTPUTS = {"region", "tagsAll"}


@pytest.mark.parametrize("token", TYPES)
def test_every_input_and_output_is_one_that_pulumi_aws_has(token: str) -> None:
    args, state = sdk.resource_class(token, "Args"), sdk.resource_class(token, "State")
    assert args is not None
    assert state is not None
    assert set(TYPES[token].fields) <= set(sdk.names(args))
    assert set(TYPES[token].outputs) <= set(sdk.names(state)) - set(TYPES[token].fields)


@pytest.mark.parametrize("token", TYPES)
def test_every_required_input_is_supported(token: str) -> None:
    args = sdk.resource_class(token, "Args")
    assert args is not None
    missing = {failure.path for failure in input_types.failures(sdk.input_types(args), {})}
    assert missing <= set(TYPES[token].fields)


@pytest.mark.parametrize("token", NATIVE_TYPES)
def test_every_native_property_is_the_schemas(token: str) -> None:
    schema, resource_type = cloudformation_schema.load("us-east-1", cfn_type(token)), NATIVE_TYPES[token]
    assert set(resource_type.fields) | set(resource_type.outputs) == set(schema.properties)
    replacing = {name for name, spec in resource_type.fields.items() if spec.replace}
    assert replacing
    assert replacing == schema.listed("createOnlyProperties")


ALL = {**TYPES, **NATIVE_TYPES}
# Buckets have one operation for all tags, build projects none of their own: UpdateProject takes them.
TAGGED = [token for token in ALL if "tags" in ALL[token].fields and not token.endswith((":Bucket", ":Project"))]
LOCATED_BY_INPUTS = [token for token in ALL if ALL[token].locate is None]


@pytest.mark.parametrize("token", TAGGED)
def test_tags_can_be_changed_wherever_they_can_be_given(token: str) -> None:
    resource_type = ALL[token]
    assert resource_type.tagging is not None
    operations = get_session().get_service_model(resource_type.service).operation_names
    tagging = resource_type.tagging
    called = {name.replace("_", "").lower() for name in (tagging.tag, tagging.untag, tagging.read) if name}
    assert called <= {name.lower() for name in operations}


@pytest.mark.parametrize("token", TYPES)
def test_what_makes_a_resource_unique_cannot_be_changed(token: str) -> None:
    resource_type = TYPES[token]
    assert all(resource_type.fields[name].replace for name in resource_type.identity)
    # What has an id beside its name may share the name with others, or change it.
    named = resource_type.naming.field if resource_type.naming else ""
    mutable = named and not resource_type.fields[named].replace
    assert not named or named in resource_type.identity or mutable or not resource_type.identity


@pytest.mark.parametrize("token", LOCATED_BY_INPUTS)
def test_what_a_killed_run_left_can_be_found_again(cloud: Cloud, token: str) -> None:
    inputs = {name: f"the-{name}" for name in ALL[token].fields}
    assert "the-" in ALL[token].identify(cloud, inputs, {})


def test_what_the_tests_of_many_types_look_at_is_there() -> None:
    assert len(TAGGED) > len(ALL) / 3
    assert len(LOCATED_BY_INPUTS) > len(ALL) / 2


def test_the_sdks_and_cfn_lint_are_not_imported_before_a_type_needs_them() -> None:
    program = (
        "import sys, localcloud.provider.__main__, localcloud.provider.aws, localcloud.provider.aws_native; "
        "print(sorted({'pulumi_aws', 'pulumi_aws_native', 'cfnlint', 'boto3'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
