"""A stack as a Terraform plan, in the form of `terraform show -json`: for tools that read nothing else.

pulumi-aws is terraform-provider-aws behind Pulumi's bridge, which derives types and names: `kmsKeyArn` of
`aws:sns/topic:Topic` is `kms_key_arn` of `aws_sns_topic`. Three things differ. A block is an object or a list of
objects in Pulumi and always a list in a plan, unlike a map, which stays one: pulumi-aws's own types tell the two apart.
Lists of blocks have a name in the plural. And some names are the bridge's own: those are in tables here.
"""

import functools
import importlib
import re
import typing
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypedDict

# What the SDK reads the types of inputs with; it has no public way.
from pulumi._types import input_type_types, is_input_type

from tools.cloudformation.resources import ExportError, Resource

WITHOUT_COUNTERPART: Final[Mapping[str, str]] = {
    "pulumi:": "the stack and its providers are no resources",
    "mlops:": "a component only groups its children, which are exported",
    "aws-native:": "pulumi-aws-native speaks to CloudFormation, in whose template they are",
}
"""Why types that begin like this are not in the plan."""

_TYPES: Final[Mapping[str, str]] = {"aws:codepipeline/pipeline:Pipeline": "aws_codepipeline"}
"""Types whose name doesn't follow from the token."""

_NAMES: Final[Mapping[str, Mapping[str, str]]] = {
    "aws_cloudwatch_metric_alarm": {"name": "alarm_name"},
    "aws_codepipeline": {"triggers.gitConfiguration.pushes": "push"},
    "aws_glue_catalog_table": {"partitionKeys": "partition_keys", "storageDescriptor.columns": "columns"},
    "aws_lakeformation_permissions": {"permissionsWithGrantOptions": "permissions_with_grant_option"},
    "aws_lambda_function": {"name": "function_name", "code": "filename"},
    "aws_lambda_permission": {"function": "function_name"},
    "aws_quicksight_data_set": {"permissions": "permissions", "physicalTableMaps.customSql.columns": "columns"},
    "aws_sns_topic_subscription": {"topic": "topic_arn"},
}
"""Names by the path of the input that don't follow from it: lists don't count in a path."""

_TOKEN: Final = re.compile(r"aws:(?P<module>\w+)/(?P<type>\w+):(?P<name>\w+)")
_KEYWORDS: Final = ("lambda",)
"""Modules of pulumi-aws that Python's grammar gives a trailing underscore."""

Values = dict[str, Any]


class PlannedResource(TypedDict):
    """A resource of `planned_values`."""

    address: str
    mode: str
    type: str
    name: str
    values: Values


class ConfiguredResource(TypedDict):
    """A resource of `configuration`: of each input, what it refers to."""

    address: str
    mode: str
    type: str
    name: str
    expressions: dict[str, dict[str, list[str]]]


class Plan(TypedDict):
    """A plan that creates a stack; only what the tools read."""

    format_version: str
    terraform_version: str
    planned_values: dict[str, dict[str, list[PlannedResource]]]
    resource_changes: list[dict[str, Any]]
    configuration: dict[str, dict[str, list[ConfiguredResource]]]


def plan_of(resources: Sequence[Resource]) -> Plan:
    """Return the plan that creates all resources of a stack.

    Raises:
        ExportError: for a type or an input that pulumi-aws doesn't have.
    """
    exported = [resource for resource in resources if not resource.type.startswith(tuple(WITHOUT_COUNTERPART))]
    addresses = {f"{resource.type}::{resource.name}": address_of(resource) for resource in exported}
    planned = [_planned(resource) for resource in exported]
    return Plan(
        format_version="1.2",
        terraform_version="1.9.0",
        planned_values={"root_module": {"resources": planned}},
        resource_changes=[
            {**resource, "change": {"actions": ["create"], "before": None, "after": resource["values"]}}
            for resource in planned
        ],
        configuration={"root_module": {"resources": [_configured(resource, addresses) for resource in exported]}},
    )


def address_of(resource: Resource) -> str:
    """Return the address of a resource, such as `aws_s3_bucket.data_bucket`."""
    return f"{terraform_type(resource.type)}.{resource.name.replace('-', '_')}"


def terraform_type(token: str) -> str:
    """Return the type of terraform-provider-aws behind a type of pulumi-aws.

    Raises:
        ExportError: for another provider's type.
    """
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise ExportError(
            f"{token} is no type of pulumi-aws, and tools/security/terraform.py doesn't say why it is left out"
        )
    return _TYPES.get(token) or f"aws_{match['module']}_{_snake_case(match['type'])}"


def _planned(resource: Resource) -> PlannedResource:
    kind = terraform_type(resource.type)
    values: Values = {}
    for name, value in _object(resource, resource.inputs, _arguments(resource.type), ""):
        values[name] = value
    return PlannedResource(
        address=address_of(resource),
        mode="managed",
        type=kind,
        name=address_of(resource).partition(".")[2],
        values=values,
    )


def _configured(resource: Resource, addresses: Mapping[str, str]) -> ConfiguredResource:
    expressions: dict[str, dict[str, list[str]]] = {}
    for name, urns in resource.references.items():
        referred = [addresses[key] for key in map(_key, urns) if key in addresses]
        if referred:
            argument = _name_of(resource, name, resource.inputs.get(name))
            expressions[argument] = {
                "references": [reference for address in referred for reference in (f"{address}.id", address)]
            }
    kind, _, name = address_of(resource).partition(".")
    return ConfiguredResource(address=f"{kind}.{name}", mode="managed", type=kind, name=name, expressions=expressions)


def _key(urn: str) -> str:
    """Return type and name of a URN."""
    *_, types, name = urn.split("::")
    return f"{types.rpartition('$')[2]}::{name}"


@functools.cache
def _arguments(token: str) -> type:
    """Return the class of pulumi-aws that has the inputs of a type."""
    match = _TOKEN.fullmatch(token)
    assert match is not None  # noqa: S101 `terraform_type` has looked
    module = match["module"] + ("_" if match["module"] in _KEYWORDS else "")
    try:
        package = importlib.import_module(f"pulumi_aws.{module}")
        # Where a block of another type has the class's name, Pulumi gives it this one.
        return getattr(package, f"{match['name']}InitArgs", None) or getattr(package, f"{match['name']}Args")
    except (ImportError, AttributeError):
        raise ExportError(f"{token}: pulumi-aws has no such type") from None


def _object(resource: Resource, inputs: Mapping[str, Any], arguments: type, path: str) -> Iterator[tuple[str, Any]]:
    types = input_type_types(arguments)
    for name, value in inputs.items():
        place = f"{path}.{name}" if path else name
        if name not in types:
            raise ExportError(f"{resource}: pulumi-aws has no input {place}")
        yield _name_of(resource, place, value), _value(resource, value, types[name], place)


def _value(resource: Resource, value: Any, declared: Any, path: str) -> Any:
    block = _block(declared)
    members = value if isinstance(value, list) else [value]
    if block is None or not all(isinstance(member, Mapping) for member in members):
        # A package that is uploaded is an archive to the engine, and the path of a file in a plan.
        return "package.zip" if path == "code" else value
    return [dict(_object(resource, member, block, path)) for member in members]


def _block(declared: Any) -> type | None:
    """Return the class of a block's inputs; None for a map or a simple value."""
    if isinstance(declared, type) and is_input_type(declared):
        return declared
    if typing.get_origin(declared) in {Mapping, dict}:
        return None
    return next((block for block in map(_block, typing.get_args(declared)) if block is not None), None)


def _name_of(resource: Resource, path: str, value: Any) -> str:
    names = _NAMES.get(terraform_type(resource.type), {})
    if path in names:
        return names[path]
    name = _snake_case(path.rpartition(".")[2])
    is_list_of_blocks = isinstance(value, list) and any(isinstance(member, Mapping) for member in value)
    return name.removesuffix("s") if is_list_of_blocks else name


def _snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
