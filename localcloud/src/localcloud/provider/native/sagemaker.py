"""SageMaker: model package groups."""

from __future__ import annotations

import json
from typing import Any, Final

from localcloud.provider import tagging
from localcloud.provider.handler import Api, Field, Handler, Request, Tagging
from localcloud.provider.native.resource import as_tag_list, from_schema
from localcloud.provider.values import Props

_TAGGING: Final = Tagging(
    resource="ResourceArn", of="modelPackageGroupArn", tag="add_tags", untag="delete_tags", read="list_tags"
)
_FIELDS: Final = {
    "modelPackageGroupPolicy": Field(kind="resource-policy"),
    "tags": Field(kind="set"),
}


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]


def _read(api: Api, arn: str, _: Props) -> Props | None:
    name = _name(arn)
    found = api.find("describe_model_package_group", ModelPackageGroupName=name)
    if found is None:
        return None
    return {
        "modelPackageGroupName": found["ModelPackageGroupName"],
        "modelPackageGroupDescription": found.get("ModelPackageGroupDescription"),
        "modelPackageGroupPolicy": _policy(api, name),
        "tags": as_tag_list(tagging.read(_TAGGING, api, found["ModelPackageGroupArn"])),
        "modelPackageGroupArn": found["ModelPackageGroupArn"],
        "modelPackageGroupStatus": found["ModelPackageGroupStatus"],
        "creationTime": found["CreationTime"].strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _policy(api: Api, name: str) -> str | None:
    found = api.find("get_model_package_group_policy", ModelPackageGroupName=name)
    return found["ResourcePolicy"] if found else None


def _update(_: Api, arn: Any, _old: Props, new: Props, changed: frozenset[str]) -> list[Request]:
    if "modelPackageGroupPolicy" not in changed:
        return []
    group = {"ModelPackageGroupName": _name(arn) if isinstance(arn, str) else arn}
    policy: Any = new.get("modelPackageGroupPolicy")
    if not policy:
        return [Request("delete_model_package_group_policy", group)]
    text = policy if isinstance(policy, str) else json.dumps(policy)
    return [Request("put_model_package_group_policy", {**group, "ResourcePolicy": text})]


_CREATED: Final = {name: Field() for name in ("modelPackageGroupName", "modelPackageGroupDescription", "tags")}

MODEL_PACKAGE_GROUP: Final = from_schema(
    "AWS::SageMaker::ModelPackageGroup",
    Handler(
        service="sagemaker",
        fields=_FIELDS,
        identity=("modelPackageGroupName",),
        tagging=_TAGGING,
        create=lambda api, inputs: Request(
            "create_model_package_group", api.build("create_model_package_group", _CREATED, inputs)
        ),
        identify=lambda api, inputs, response: (
            response.get("ModelPackageGroupArn")
            or api.place.arn("sagemaker", f"model-package-group/{inputs['modelPackageGroupName']}")
        ),
        read=_read,
        update=_update,
        delete=lambda api, arn, state: [Request("delete_model_package_group", {"ModelPackageGroupName": _name(arn)})],
    ),
)
