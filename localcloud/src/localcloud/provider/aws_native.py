"""The aws-native package: CloudFormation's types and properties, on boto."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final, cast

from localcloud.provider import cloudformation_schema
from localcloud.provider.cloud import Cloud
from localcloud.provider.errors import Failure, ProviderError
from localcloud.provider.fields import Field
from localcloud.provider.resource_type import Naming, Read, Reading, ResourceType, Tagging, Update
from localcloud.provider.stand_in import Package
from localcloud.provider.types import quicksight
from localcloud.provider.values import Props

# The schemas of a type are the same in nearly all regions; this one has all types.
_REFERENCE_REGION: Final = "us-east-1"
# Where pulumi's module is not CloudFormation's namespace in lower case.
_NAMESPACES: Final = {"sagemaker": "SageMaker", "quicksight": "QuickSight"}


def cfn_type(token: str) -> str:
    """Return the CloudFormation type of a token: `aws-native:sagemaker:Model` is `AWS::SageMaker::Model`."""
    match = re.fullmatch(r"aws-native:(\w+):(\w+)", token)
    if match is None:
        raise ProviderError(f"aws-native has no resource type {token}")
    module, name = match.groups()
    return f"AWS::{_NAMESPACES.get(module, module)}::{name}"


def _from_schema(resource_type: ResourceType) -> ResourceType:
    """Complete a type: its fields are the schema's properties, its outputs the read-only ones.

    The type's own fields and outputs add to that. Create-only properties replace the resource; write-only ones, which
    AWS never tells, keep the value that the program gave.
    """
    schema = cloudformation_schema.load(_REFERENCE_REGION, cfn_type(resource_type.token))
    read_only, create_only = schema.listed("readOnlyProperties"), schema.listed("createOnlyProperties")
    write_only = schema.listed("writeOnlyProperties")
    fields = {
        name: replace(
            resource_type.fields.get(name, Field()), replace=name in create_only, write_only=name in write_only
        )
        for name in schema.properties
        if name not in read_only
    }
    outputs = {name: resource_type.outputs.get(name, name) for name in sorted(read_only)}
    return replace(resource_type, fields=fields, outputs=outputs, regional=False)


def _listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags as aws-native has them."""
    return [{"key": key, "value": tags[key]} for key in sorted(tags)]


def _with_default_tags(defaults: Mapping[str, str], tags: Any) -> Any:
    """Merge the provider's default tags into a resource's own, which win."""
    if not isinstance(tags, list | None):
        return tags
    by_key = {item.get("key"): item for item in cast("list[dict[str, Any]]", tags or [])}
    return [*by_key.values(), *(tag for tag in _listed(defaults) if tag["key"] not in by_key)]


def _without_tags(leaves_out: Callable[[str], bool], tags: Any) -> Any:
    """Leave out tags, where they are known."""
    if not isinstance(tags, list):
        return tags
    return [tag for tag in cast("list[dict[str, Any]]", tags) if not leaves_out(str(tag.get("key")))]


def _complete_group(cloud: Cloud, reading: Reading) -> Props:
    name = reading.props["modelPackageGroupName"]
    policy = cloud.find("get_model_package_group_policy", ModelPackageGroupName=name) or {}
    return {
        **reading.props,
        "modelPackageGroupPolicy": policy.get("ResourcePolicy"),
        "tags": _listed(reading.props["tags"]),
    }


MODEL_PACKAGE_GROUP: Final = _from_schema(
    ResourceType(
        "aws-native:sagemaker:ModelPackageGroup",
        service="sagemaker",
        fields={"modelPackageGroupPolicy": Field(kind="resource-policy"), "tags": Field(kind="set")},
        identity=("modelPackageGroupName",),
        tagging=Tagging(
            resource="ResourceArn", of="modelPackageGroupArn", tag="add_tags", untag="delete_tags", read="list_tags"
        ),
        id="arn:{partition}:sagemaker:{region}:{account}:model-package-group/{modelPackageGroupName}",
        id_from="ModelPackageGroupArn",
        key={"ModelPackageGroupName": "{modelPackageGroupName}"},
        create="create_model_package_group",
        read=Read("describe_model_package_group"),
        from_api=_complete_group,
        update=(
            Update(
                "put_model_package_group_policy",
                ("modelPackageGroupPolicy",),
                clear="delete_model_package_group_policy",
                renames={"modelPackageGroupPolicy": "ResourcePolicy"},
            ),
        ),
        delete="delete_model_package_group",
    ),
)


def _dashboard_key(dashboard_id: str) -> dict[str, str]:
    owner, _, name = dashboard_id.partition("|")
    return {"AwsAccountId": owner, "DashboardId": name}


def _publish(cloud: Cloud, dashboard_id: str, _: Props) -> None:
    """Wait for the newest version and show it, as CloudFormation does after each change."""
    key = _dashboard_key(dashboard_id)
    path = ("Dashboard", "Version")
    newest = quicksight.await_status(cloud, "describe_dashboard", {**key, "AliasName": "$LATEST"}, path)
    published: dict[str, Any] = cloud.call("describe_dashboard", **key)["Dashboard"]["Version"]
    if published["VersionNumber"] != newest["VersionNumber"]:
        cloud.call("update_dashboard_published_version", **key, VersionNumber=newest["VersionNumber"])


def _complete_dashboard(cloud: Cloud, reading: Reading) -> Props:
    props = quicksight.with_permissions("describe_dashboard_permissions", _dashboard_key)(cloud, reading)
    return {**props, "tags": _listed(props["tags"])}


_BY_VERSION: Final = ("definition", "name", "versionDescription", "dashboardPublishOptions", "themeArn", "parameters")

DASHBOARD: Final = _from_schema(
    ResourceType(
        "aws-native:quicksight:Dashboard",
        service="quicksight",
        fields={"permissions": Field(kind="sets"), "tags": Field(kind="set"), "linkEntities": Field(unset=[])},
        identity=("awsAccountId", "dashboardId"),
        naming=Naming(longest=2048),
        tagging=quicksight.TAGGING,
        # Two primary identifiers, as Cloud Control joins them.
        id="{awsAccountId}|{dashboardId}",
        key={"AwsAccountId": "{awsAccountId}", "DashboardId": "{dashboardId}"},
        create="create_dashboard",
        after=_publish,
        read=Read("describe_dashboard", "Dashboard"),
        from_api=_complete_dashboard,
        update=(
            Update("update_dashboard", whole=True),
            Update("update_dashboard_links", ("linkEntities",)),
            quicksight.permissions_update("update_dashboard_permissions"),
        ),
        delete="delete_dashboard",
        derived=dict.fromkeys(("version", "lastPublishedTime", "lastUpdatedTime"), _BY_VERSION),
    ),
)

TYPES: Final[Mapping[str, ResourceType]] = {value.token: value for value in (DASHBOARD, MODEL_PACKAGE_GROUP)}


def _resource_type(token: str) -> ResourceType:
    if token not in TYPES:
        known = ", ".join(sorted(TYPES))
        raise ProviderError(f"the resource type {token} is not supported by the local stand-in; it knows {known}")
    return TYPES[token]


def _validate(region: str, token: str, resource_type: ResourceType, inputs: Props) -> Iterable[Failure]:
    # A name that the program leaves out is made up, as aws-native does where CloudFormation does not.
    made_up = {resource_type.naming.field: "made-up"} if resource_type.naming else {}
    return cloudformation_schema.load(region, cfn_type(token)).failures({**made_up, **inputs})


AWS_NATIVE: Final = Package(
    name="aws-native",
    distribution="pulumi-aws-native",
    resource_type=_resource_type,
    validate=_validate,
    with_default_tags=_with_default_tags,
    without_tags=_without_tags,
    functions={},
)
