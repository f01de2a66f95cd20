"""Lake Formation: permissions and registered locations."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any, Final, cast

from localcloud.provider.cloud import Cloud, Request
from localcloud.provider.errors import ProviderError
from localcloud.provider.fields import ANY, Field
from localcloud.provider.resource_type import Read, ResourceType
from localcloud.provider.values import Props, Unknown

_CATALOG: Final = {"catalogId": ANY}
_RESOURCES: Final[Mapping[str, Field]] = {
    "catalogResource": Field(replace=True, default=False),
    "dataLocation": Field(replace=True, nested=_CATALOG),
    "database": Field(replace=True, nested=_CATALOG),
    "table": Field(replace=True, nested={**_CATALOG, "wildcard": False}),
    "tableWithColumns": Field(replace=True, kind="sets", nested={**_CATALOG, "wildcard": False}),
}
"""What a grant may be on: one of these."""


def _without_none(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _resource(inputs: Props) -> dict[str, Any]:
    """Return the resource that a grant is on, as the API nests it."""
    if inputs.get("catalogResource") is True:
        return {"Catalog": {}}
    kind = next(name for name in _RESOURCES if inputs.get(name))
    target: Any = inputs[kind]
    if isinstance(target, Unknown):
        return {kind[0].upper() + kind[1:]: target}
    catalog = target.get("catalogId")
    common = {"CatalogId": catalog, "DatabaseName": target.get("databaseName"), "Name": target.get("name")}
    if kind == "dataLocation":
        return {"DataLocation": _without_none({"CatalogId": catalog, "ResourceArn": target["arn"]})}
    wildcard = target.get("wildcard") is True
    if kind == "table":
        return {"Table": _without_none({**common, "TableWildcard": {} if wildcard else None})}
    if kind == "tableWithColumns":
        excluded = target.get("excludedColumnNames")
        columns = {"ExcludedColumnNames": sorted(excluded)} if excluded else {}
        names = {"ColumnNames": target.get("columnNames"), "ColumnWildcard": columns if wildcard or excluded else None}
        return {"TableWithColumns": _without_none({**common, **names})}
    return {"Database": _without_none(common)}


def _grant(_: Cloud, inputs: Props) -> Request:
    params = {
        "Principal": {"DataLakePrincipalIdentifier": inputs["principal"]},
        "Resource": _resource(inputs),
        "Permissions": inputs["permissions"],
        "CatalogId": inputs.get("catalogId"),
        "PermissionsWithGrantOption": inputs.get("permissionsWithGrantOptions") or None,
    }
    return Request("grant_permissions", _without_none(params))


def _grant_id(cloud: Cloud, inputs: Props) -> str:
    """Return a hash of what is granted, as pulumi-aws does: Lake Formation has no id for it."""
    text = json.dumps(_grant(cloud, inputs).params, sort_keys=True)
    return str(zlib.crc32(text.encode()))


def _read_grant(cloud: Cloud, _id: str, state: Props) -> Props | None:
    if "principal" not in state:
        raise ProviderError("pulumi-aws cannot import aws:lakeformation/permissions:Permissions")
    principal = {"DataLakePrincipalIdentifier": state["principal"]}
    response = cloud.find("list_permissions", Principal=principal, Resource=_resource(state)) or {}
    grants: list[dict[str, Any]] = response.get("PrincipalResourcePermissions", [])
    if not grants:
        return None
    permissions = {name for grant in grants for name in grant["Permissions"]}
    grantable = {name for grant in grants for name in grant.get("PermissionsWithGrantOption", [])}
    granted = {name: state[name] for name in ("principal", "catalogId", *_RESOURCES) if name in state}
    return {**granted, "permissions": sorted(permissions), "permissionsWithGrantOptions": sorted(grantable)}


def _locate_grant(cloud: Cloud, inputs: Props, _started: float, _others: frozenset[str]) -> str | None:
    return _grant_id(cloud, inputs) if _read_grant(cloud, "", inputs) else None


def _revoke(cloud: Cloud, grant_id: str, state: Props) -> list[Request]:
    # What is there now: others may have revoked a part.
    now = _read_grant(cloud, grant_id, state)
    return [Request("revoke_permissions", _grant(cloud, {**state, **now}).params)] if now else []


def _check_grant(inputs: Props) -> list[tuple[str, str]]:
    kinds = [name for name in _RESOURCES if inputs.get(name)]
    if len(kinds) != 1:
        expected = f"exactly one of {', '.join(_RESOURCES)} has to be given"
        return [("database", f"{expected}, got {', '.join(kinds) or 'none'}")]
    table: Any = inputs.get("table")
    if isinstance(table, dict) and ("name" in table) == (cast("Props", table).get("wildcard") is True):
        return [("table", "exactly one of name and wildcard has to be given")]
    return []


PERMISSIONS: Final = ResourceType(
    "aws:lakeformation/permissions:Permissions",
    service="lakeformation",
    fields={
        "principal": Field(replace=True),
        "catalogId": Field(replace=True),
        "permissions": Field(replace=True, kind="set"),
        "permissionsWithGrantOptions": Field(replace=True, kind="set", computed=True),
        **_RESOURCES,
    },
    identity=("principal", *_RESOURCES),
    id=_grant_id,
    create=_grant,
    read=_read_grant,
    delete=_revoke,
    locate=_locate_grant,
    check=_check_grant,
)

RESOURCE: Final = ResourceType(
    "aws:lakeformation/resource:Resource",
    service="lakeformation",
    fields={
        "arn": Field(to="ResourceArn", replace=True),
        "roleArn": Field(replace=True, computed=True),
        "useServiceLinkedRole": Field(replace=True, computed=True, write_only=True),
        "hybridAccessEnabled": Field(replace=True, computed=True),
        "withFederation": Field(replace=True, computed=True),
        "withPrivilegedAccess": Field(replace=True, computed=True),
    },
    outputs={"lastModified": "LastModified"},
    identity=("arn",),
    id="{arn}",
    key={"ResourceArn": "{id}"},
    create="register_resource",
    read=Read("describe_resource", "ResourceInfo"),
    delete="deregister_resource",
    # Without a role, Lake Formation's own, as pulumi-aws asks for it.
    to_api=lambda inputs: inputs if inputs.get("roleArn") else {**inputs, "useServiceLinkedRole": True},
)
