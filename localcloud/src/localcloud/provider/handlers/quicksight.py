"""QuickSight: data sources, and what all its assets have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from localcloud.provider import tagging
from localcloud.provider.errors import ProviderError
from localcloud.provider.handler import Api, Field, Handler, Naming, Request, Tagging
from localcloud.provider.values import Props

TAGGING: Final = Tagging(resource="ResourceArn")
_IN_PROGRESS: Final = "_IN_PROGRESS"


def account(api: Api, props: Props) -> Any:
    """Give the account of an asset, which is the provider's unless the program says another."""
    return props.get("awsAccountId") or api.place.account


def permission_changes(old: Any, new: Any) -> dict[str, Any]:
    """Give the grants and revocations between two lists of permissions, as every Update...Permissions takes them.

    A principal that is to have more is granted all of its actions: QuickSight takes whole sets.
    """
    before, after = _by_principal(old), _by_principal(new)
    granted = [(who, actions) for who, actions in after.items() if actions - before.get(who, frozenset())]
    revoked = [(who, actions - after.get(who, frozenset())) for who, actions in before.items()]
    return {
        name: [{"Principal": who, "Actions": sorted(actions, key=str)} for who, actions in changes if actions]
        for name, changes in (("GrantPermissions", granted), ("RevokePermissions", revoked))
        if any(actions for _, actions in changes)
    }


def _by_principal(permissions: Any) -> dict[Any, frozenset[Any]]:
    """Give actions by principal; what is unknown before an apply is left out or counts as an action of its own."""
    merged: dict[Any, frozenset[Any]] = {}
    for item in cast("list[Any]", permissions) if isinstance(permissions, list) else []:
        if isinstance(item, dict):
            given = cast("Props", item)
            actions = cast("list[Any]", given["actions"]) if isinstance(given["actions"], list) else [given["actions"]]
            merged[given["principal"]] = merged.get(given["principal"], frozenset()) | frozenset(actions)
    return merged


def read_permissions(api: Api, operation: str, names: Mapping[str, Any]) -> list[Any]:
    """Read an asset's permissions."""
    found = api.call(operation, **names)
    return api.parse(operation, {"permissions": Field()}, found).get("permissions", [])


def await_status(api: Api, operation: str, names: Mapping[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """Wait until QuickSight has done with an asset, and give its record under `path`.

    Raises:
        ProviderError: It failed; with QuickSight's reason.
    """
    record: dict[str, Any] = {}

    def settled() -> bool:
        record.clear()
        found: Any = api.call(operation, **names)
        for step in path:
            found = found[step]
        record.update(found)
        return not str(record["Status"]).endswith(_IN_PROGRESS)

    api.wait(settled, f"{path[0]} {names}")
    if str(record["Status"]).endswith("_FAILED"):
        reasons = record.get("Errors") or [record.get("ErrorInfo", {})]
        told = "; ".join(f"{reason.get('Type')}: {reason.get('Message')}" for reason in reasons)
        raise ProviderError(f"{record['Status']}: {told}")
    return record


# The API has one member for each kind of source: `athena` is AthenaParameters.
_KINDS: Final = (
    "amazonElasticsearch athena aurora auroraPostgresql awsIotAnalytics databricks jira mariaDb mysql oracle "
    "postgresql presto rds redshift s3 serviceNow snowflake spark sqlServer teradata twitter"
)
_PARAMETERS: Final = {kind: f"{kind[0].upper()}{kind[1:]}Parameters" for kind in _KINDS.split()}
_DATA_SOURCE: Final[Mapping[str, Field]] = {
    "dataSourceId": Field(replace=True),
    "awsAccountId": Field(replace=True, computed=True),
    "name": Field(computed=True),
    "type": Field(replace=True),
    "parameters": Field(to="DataSourceParameters", renames=_PARAMETERS),
    "credentials": Field(),
    "permissions": Field(kind="sets"),
    "sslProperties": Field(),
    "vpcConnectionProperties": Field(),
    "tags": Field(),
}


def _data_source(api: Api, operation: str, inputs: Props) -> Request:
    params = api.build(operation, _DATA_SOURCE, inputs)
    return Request(operation, {**params, "AwsAccountId": account(api, inputs)})


def _source_names(source_id: str) -> dict[str, str]:
    owner, _, name = source_id.partition("/")
    return {"AwsAccountId": owner, "DataSourceId": name}


def _read_source(api: Api, source_id: str, state: Props) -> Props | None:
    names = _source_names(source_id)
    found = api.find("describe_data_source", **names)
    if found is None:
        return None
    source: dict[str, Any] = found["DataSource"]
    return {
        **api.parse("describe_data_source", _DATA_SOURCE, source, "DataSource"),
        # QuickSight never tells them.
        **({"credentials": state["credentials"]} if "credentials" in state else {}),
        "awsAccountId": names["AwsAccountId"],
        "permissions": read_permissions(api, "describe_data_source_permissions", names),
        "tags": tagging.read(TAGGING, api, source["Arn"]),
        "arn": source["Arn"],
    }


def _update_source(api: Api, _id: Any, old: Props, new: Props, changed: frozenset[str]) -> list[Request]:
    requests: list[Request] = []
    if changed - {"permissions", "tags"}:
        requests.append(_data_source(api, "update_data_source", {key: new[key] for key in new if key != "type"}))
    if "permissions" in changed:
        names = {"AwsAccountId": account(api, new), "DataSourceId": new["dataSourceId"]}
        changes = permission_changes(old.get("permissions"), new.get("permissions"))
        requests.append(Request("update_data_source_permissions", {**names, **changes}))
    return requests


def _await_source(api: Api, source_id: str, _: Props) -> None:
    await_status(api, "describe_data_source", _source_names(source_id), ("DataSource",))


DATA_SOURCE: Final = Handler(
    service="quicksight",
    fields=_DATA_SOURCE,
    outputs=("arn",),
    identity=("dataSourceId",),
    naming=Naming(longest=128),
    tagging=TAGGING,
    create=lambda api, inputs: _data_source(api, "create_data_source", inputs),
    identify=lambda api, inputs, response: f"{account(api, inputs)}/{inputs['dataSourceId']}",
    after=_await_source,
    read=_read_source,
    update=_update_source,
    delete=lambda api, source_id, state: [Request("delete_data_source", _source_names(source_id))],
)
