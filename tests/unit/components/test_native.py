"""Resources of aws-native tell the engine what CloudFormation's schemas say of their types."""

from typing import Any

import pytest

from tools.cloudformation.schema import schema_of


@pytest.mark.parametrize(
    ("resource", "type_name"),
    [
        ("registry-group", "AWS::SageMaker::ModelPackageGroup"),
        ("kpis-quicksight-dashboard", "AWS::QuickSight::Dashboard"),
    ],
)
def test_exactly_the_create_only_properties_replace_the_resource(
    whole_program: Any, resource: str, type_name: str
) -> None:
    create_only = schema_of(type_name)["createOnlyProperties"]
    names = [pointer.removeprefix("/properties/") for pointer in create_only]
    replaced = whole_program.requests[resource].replaceOnChanges
    assert sorted(replaced) == sorted(name[0].lower() + name[1:] for name in names)
