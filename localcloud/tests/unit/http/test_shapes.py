"""Requests are checked against botocore's models as strictly as AWS checks them."""

from datetime import UTC, datetime
from typing import Any

import botocore.session
import pytest

from localcloud.http import shapes

MODEL = botocore.session.get_session().get_service_model("sagemaker")


def violations(operation: str, parameters: dict[str, Any]) -> list[shapes.Violation]:
    shape = MODEL.operation_model(operation).input_shape
    assert shape
    return shapes.violations(shape, parameters)


ARN = "arn:aws:sagemaker:us-east-1:123456789012"
WRONG = " failed to satisfy constraint: "


@pytest.mark.parametrize(
    ("operation", "parameters", "where", "constraint"),
    [
        (
            "UpdateModelPackage",
            {"ModelPackageArn": f"{ARN}:model-package/g/1", "ModelApprovalStatus": "Yes"},
            "Value 'Yes' at 'modelApprovalStatus'",
            "Member must satisfy enum value set: [Approved, Rejected, PendingManualApproval]",
        ),
        ("DescribeModelPackageGroup", {}, "Value null at 'modelPackageGroupName'", "Member must not be null"),
        (
            "ListPipelines",
            {"MaxResults": 0},
            "Value '0' at 'maxResults'",
            "Member must have value greater than or equal to 1",
        ),
        (
            "StartPipelineExecution",
            {"PipelineName": "p", "ClientRequestToken": "short"},
            "Value 'short' at 'clientRequestToken'",
            "Member must have length greater than or equal to 32",
        ),
        (
            "ListPipelines",
            {"PipelineNamePrefix": "not a name"},
            "Value 'not a name' at 'pipelineNamePrefix'",
            "Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}",
        ),
        (
            "AddTags",
            {"ResourceArn": f"{ARN}:pipeline/p", "Tags": [{"Key": "k", "Value": 1}]},
            "Value '1' at 'tags.1.member.value'",
            "Member must be of type string",
        ),
        ("ListPipelines", {"Sort": "up"}, "Value 'up' at 'sort'", "ListPipelinesRequest has no member Sort"),
        ("ListPipelines", {"MaxResults": True}, "Value 'True' at 'maxResults'", "Member must be of type integer"),
    ],
)
def test_a_broken_constraint_is_named(operation: str, parameters: dict[str, Any], where: str, constraint: str) -> None:
    only = shapes.message(violations(operation, parameters))
    assert only == f"1 validation error detected: {where}{WRONG}{constraint}"


def test_all_violations_are_counted_in_one_message() -> None:
    text = shapes.message(violations("AddTags", {}))
    assert text.startswith("2 validation errors detected: Value null at 'resourceArn'")


@pytest.mark.parametrize("types", [{"string"}, {"string", "integer"}, set[str]()])
def test_a_variable_stands_for_a_value_of_its_types(types: set[str]) -> None:
    assert violations("ListPipelines", {"PipelineNamePrefix": shapes.Variable("V", frozenset(types))}) == []


def test_a_variable_of_another_type_is_named() -> None:
    limit = shapes.Variable("Parameters.Limit", frozenset({"float", "double"}))
    assert shapes.message(violations("ListPipelines", {"MaxResults": limit})) == (
        f"1 validation error detected: Value 'Parameters.Limit' at 'maxResults'{WRONG}Member must be of type integer"
    )


def test_tags_may_hold_letters_of_any_language() -> None:
    arn = f"{ARN}:pipeline/p"
    assert violations("AddTags", {"ResourceArn": arn, "Tags": [{"Key": "équipe", "Value": "Größe 1/2 @ a+b=c"}]}) == []
    assert len(violations("AddTags", {"ResourceArn": arn, "Tags": [{"Key": "a;b", "Value": "v"}]})) == 1


def test_timestamps_become_datetimes() -> None:
    shape = MODEL.operation_model("ListPipelines").input_shape
    assert shape
    parameters = shapes.with_timestamps(shape, {"CreatedAfter": 0.5, "PipelineNamePrefix": "p"})
    assert parameters == {"CreatedAfter": datetime(1970, 1, 1, 0, 0, 0, 500000, tzinfo=UTC), "PipelineNamePrefix": "p"}


@pytest.mark.parametrize("service", ["sagemaker", "chatbot"])
def test_every_pattern_of_the_models_can_be_checked(service: str) -> None:
    model = botocore.session.get_session().get_service_model(service)
    patterns = {name: model.shape_for(name).metadata.get("pattern") for name in model.shape_names}
    unchecked = {name for name, pattern in patterns.items() if pattern and not shapes.compiled_pattern(pattern)}
    assert not unchecked
