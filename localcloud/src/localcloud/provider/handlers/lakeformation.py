"""Lake Formation: permissions and registered locations."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any, Final, cast

from localcloud.provider.errors import ProviderError
from localcloud.provider.handler import ANY, Api, Field, Handler, Request
from localcloud.provider.values import Props, Unknown

_CATALOG: Final = {"catalogId": ANY}
_PLACES: Final[Mapping[str, Field]] = {
    "catalogResource": Field(replace=True, default=False),
    "dataLocation": Field(replace=True, nested=_CATALOG),
    "database": Field(replace=True, nested=_CATALOG),
    "table": Field(replace=True, nested={**_CATALOG, "wildcard": False}),
    "tableWithColumns": Field(replace=True, kind="sets", nested={**_CATALOG, "wildcard": False}),
}
_PERMISSIONS: Final[Mapping[str, Field]] = {
    "principal": Field(replace=True),
    "catalogId": Field(replace=True),
    "permissions": Field(replace=True, kind="set"),
    "permissionsWithGrantOptions": Field(replace=True, kind="set", computed=True),
    **_PLACES,
}


def _without_nothing(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _resource(inputs: Props) -> dict[str, Any]:
    """Give the resource that a grant is on, as the API nests it."""
    if inputs.get("catalogResource") is True:
        return {"Catalog": {}}
    kind = next(name for name in _PLACES if inputs.get(name))
    given: Any = inputs[kind]
    if isinstance(given, Unknown):
        return {kind[0].upper() + kind[1:]: given}
    common = {"CatalogId": given.get("catalogId"), "DatabaseName": given.get("databaseName"), "Name": given.get("name")}
    if kind == "dataLocation":
        return {"DataLocation": _without_nothing({"CatalogId": given.get("catalogId"), "ResourceArn": given["arn"]})}
    wildcard = given.get("wildcard") is True
    if kind == "table":
        return {"Table": _without_nothing({**common, "TableWildcard": {} if wildcard else None})}
    if kind == "tableWithColumns":
        excluded = given.get("excludedColumnNames")
        columns = {"ExcludedColumnNames": sorted(excluded)} if excluded else {}
        names = {"ColumnNames": given.get("columnNames"), "ColumnWildcard": columns if wildcard or excluded else None}
        return {"TableWithColumns": _without_nothing({**common, **names})}
    return {"Database": _without_nothing(common)}


def _grant(_: Api, inputs: Props) -> Request:
    params = {
        "Principal": {"DataLakePrincipalIdentifier": inputs["principal"]},
        "Resource": _resource(inputs),
        "Permissions": inputs["permissions"],
        "CatalogId": inputs.get("catalogId"),
        "PermissionsWithGrantOption": inputs.get("permissionsWithGrantOptions") or None,
    }
    return Request("grant_permissions", _without_nothing(params))


def _grant_id(api: Api, inputs: Props, _response: Mapping[str, Any] | None = None) -> str:
    """Give a hash of what is granted, as pulumi-aws does: Lake Formation has no id for it."""
    text = json.dumps(_grant(api, inputs).params, sort_keys=True)
    return str(zlib.crc32(text.encode()))


def _read_grant(api: Api, _id: str, state: Props) -> Props | None:
    if "principal" not in state:
        raise ProviderError("pulumi-aws cannot import aws:lakeformation/permissions:Permissions")
    which: dict[str, Any] = {
        "Principal": {"DataLakePrincipalIdentifier": state["principal"]},
        "Resource": _resource(state),
    }
    found = api.find("list_permissions", **which)
    grants: list[dict[str, Any]] = found["PrincipalResourcePermissions"] if found else []
    if not grants:
        return None
    held = {name for grant in grants for name in grant["Permissions"]}
    grantable = {name for grant in grants for name in grant.get("PermissionsWithGrantOption", [])}
    asked = {name: state[name] for name in ("principal", "catalogId", *_PLACES) if name in state}
    return {**asked, "permissions": sorted(held), "permissionsWithGrantOptions": sorted(grantable)}


def _locate_grant(api: Api, inputs: Props, _started: float, _others: frozenset[str]) -> str | None:
    return _grant_id(api, inputs) if _read_grant(api, "", inputs) else None


def _revoke(api: Api, _id: str, state: Props) -> list[Request]:
    # What is there now: others may have revoked a part.
    now = _read_grant(api, _id, state)
    if now is None:
        return []
    return [Request("revoke_permissions", _grant(api, {**state, **now}).params)]


def _check_grant(inputs: Props) -> list[tuple[str, str]]:
    given = [name for name in _PLACES if inputs.get(name)]
    if len(given) != 1:
        return [("database", f"exactly one of {', '.join(_PLACES)} has to be given, got {', '.join(given) or 'none'}")]
    table: Any = inputs.get("table")
    if isinstance(table, dict) and ("name" in table) == (cast("Props", table).get("wildcard") is True):
        return [("table", "exactly one of name and wildcard has to be given")]
    return []


PERMISSIONS: Final = Handler(
    service="lakeformation",
    fields=_PERMISSIONS,
    identity=("principal", *_PLACES),
    create=_grant,
    identify=_grant_id,
    locate=_locate_grant,
    read=_read_grant,
    update=lambda api, grant_id, old, new, changed: [],
    delete=_revoke,
    check=_check_grant,
)

_RESOURCE: Final[Mapping[str, Field]] = {
    "arn": Field(to="ResourceArn", replace=True),
    "roleArn": Field(replace=True, computed=True),
    "useServiceLinkedRole": Field(replace=True, computed=True),
    "hybridAccessEnabled": Field(replace=True, computed=True),
    "withFederation": Field(replace=True, computed=True),
    "withPrivilegedAccess": Field(replace=True, computed=True),
}


def _register(api: Api, inputs: Props) -> Request:
    # Without a role, Lake Formation's own, as pulumi-aws asks for it.
    linked = {} if inputs.get("roleArn") else {"useServiceLinkedRole": True}
    return Request("register_resource", api.build("register_resource", _RESOURCE, {**inputs, **linked}))


def _read_resource(api: Api, arn: str, state: Props) -> Props | None:
    found = api.find("describe_resource", ResourceArn=arn)
    if found is None:
        return None
    info: dict[str, Any] = found["ResourceInfo"]
    return {
        **api.parse("describe_resource", _RESOURCE, info, "ResourceInfo"),
        **({"useServiceLinkedRole": state["useServiceLinkedRole"]} if "useServiceLinkedRole" in state else {}),
        "arn": arn,
        "lastModified": info["LastModified"].strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


RESOURCE: Final = Handler(
    service="lakeformation",
    fields=_RESOURCE,
    outputs=("lastModified",),
    identity=("arn",),
    create=_register,
    identify=lambda api, inputs, response: inputs["arn"],
    read=_read_resource,
    update=lambda api, arn, old, new, changed: [],
    delete=lambda api, arn, state: [Request("deregister_resource", {"ResourceArn": arn})],
)
