"""Athena: workgroups and named queries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from localcloud.provider import tagging
from localcloud.provider.handler import ANY, Api, Field, Handler, Naming, Request, Tagging
from localcloud.provider.values import Props

_RENAMES: Final = {
    "enforceWorkgroupConfiguration": "EnforceWorkGroupConfiguration",
    "publishCloudwatchMetricsEnabled": "PublishCloudWatchMetricsEnabled",
}
_WORKGROUP: Final[Mapping[str, Field]] = {
    "name": Field(replace=True, computed=True),
    "configuration": Field(
        computed=True,
        renames=_RENAMES,
        nested={
            "enforceWorkgroupConfiguration": True,
            "publishCloudwatchMetricsEnabled": True,
            "engineVersion.selectedEngineVersion": "AUTO",
            "engineVersion.effectiveEngineVersion": ANY,
        },
    ),
    "description": Field(),
    "forceDestroy": Field(default=False),
    "state": Field(default="ENABLED", choices=("ENABLED", "DISABLED")),
    "tags": Field(),
}
_TAGGING: Final = Tagging(resource="ResourceARN")
_LEAST_CUTOFF: Final = 10 * 1024 * 1024
"""Bytes; Athena user guide, "Configure data usage controls"."""
# What the API calls KmsKey is kmsKeyArn here alone.
_KEY: Final = ("resultConfiguration", "encryptionConfiguration")


def _key_renamed(configuration: Any, old: str, new: str) -> Any:
    inner = configuration
    for step in _KEY:
        inner = inner.get(step) if isinstance(inner, dict) else None
    if not isinstance(inner, dict) or old not in inner:
        return configuration
    encryption = {new if key == old else key: value for key, value in cast("Props", inner).items()}
    result = {**configuration[_KEY[0]], _KEY[1]: encryption}
    return {**configuration, _KEY[0]: result}


def _configuration(inputs: Props) -> Any:
    """Give the configuration as the API names it, with what pulumi-aws's defaults say."""
    given: Any = inputs.get("configuration") or {}
    if not isinstance(given, dict):
        return given
    filled: Props = {
        "enforceWorkgroupConfiguration": True,
        "publishCloudwatchMetricsEnabled": True,
        **cast("Props", given),
    }
    if isinstance(filled.get("engineVersion"), dict):
        # Only AWS says which version is in effect.
        engine = {key: value for key, value in filled["engineVersion"].items() if key != "effectiveEngineVersion"}
        filled["engineVersion"] = {"selectedEngineVersion": "AUTO", **engine}
    return _key_renamed(filled, "kmsKeyArn", "kmsKey")


def _create_workgroup(api: Api, inputs: Props) -> Request:
    given = {**inputs, "configuration": _configuration(inputs)}
    given.pop("state", None)
    return Request("create_work_group", api.build("create_work_group", _WORKGROUP, given))


def _read_workgroup(api: Api, name: str, state: Props) -> Props | None:
    found = api.find("get_work_group", WorkGroup=name)
    if found is None:
        return None
    arn = api.place.arn("athena", f"workgroup/{name}")
    parsed = api.parse("get_work_group", _WORKGROUP, found["WorkGroup"], "WorkGroup")
    return {
        **parsed,
        "configuration": _key_renamed(parsed.get("configuration", {}), "kmsKey", "kmsKeyArn"),
        "forceDestroy": state.get("forceDestroy", False),
        "tags": tagging.read(_TAGGING, api, arn),
        "arn": arn,
    }


_REMOVABLE: Final = ("OutputLocation", "EncryptionConfiguration", "ExpectedBucketOwner", "AclConfiguration")


def _configuration_updates(api: Api, inputs: Props) -> dict[str, Any]:
    """Give the whole configuration as updates, with the removal of what is not in it."""
    configuration = _configuration(inputs)
    if not isinstance(configuration, dict):
        # Unknown before an apply.
        return {}
    wanted = api.build("create_work_group", _WORKGROUP, {"configuration": configuration})["Configuration"]
    updates: dict[str, Any] = {
        "RequesterPaysEnabled": False,
        "EngineVersion": {"SelectedEngineVersion": "AUTO"},
        **wanted,
    }
    results = updates.pop("ResultConfiguration", {})
    if isinstance(results, dict):
        gone = {f"Remove{member}": True for member in _REMOVABLE if member not in results}
        results = {**cast("Props", results), **gone}
    updates["ResultConfigurationUpdates"] = results
    managed = updates.pop("ManagedQueryResultsConfiguration", None)
    if isinstance(managed, dict):
        removed = {} if "EncryptionConfiguration" in managed else {"RemoveEncryptionConfiguration": True}
        updates["ManagedQueryResultsConfigurationUpdates"] = {**cast("Props", managed), **removed}
    if not updates.get("BytesScannedCutoffPerQuery"):
        updates.pop("BytesScannedCutoffPerQuery", None)
        updates["RemoveBytesScannedCutoffPerQuery"] = True
    return updates


def _update_workgroup(api: Api, _id: str, _old: Props, new: Props, changed: frozenset[str]) -> list[Request]:
    params: dict[str, Any] = {"WorkGroup": new["name"]}
    if "configuration" in changed:
        params["ConfigurationUpdates"] = _configuration_updates(api, new)
    if "description" in changed:
        params["Description"] = new.get("description", "")
    if "state" in changed:
        params["State"] = new.get("state", "ENABLED")
    return [Request("update_work_group", params)] if len(params) > 1 else []


def _check_workgroup(inputs: Props) -> list[tuple[str, str]]:
    configuration: Any = inputs.get("configuration")
    cutoff = configuration.get("bytesScannedCutoffPerQuery") if isinstance(configuration, dict) else None
    if isinstance(cutoff, int | float) and 0 < cutoff < _LEAST_CUTOFF:
        path = "configuration.bytesScannedCutoffPerQuery"
        return [(path, f"is {cutoff:.0f}, at least {_LEAST_CUTOFF} expected, or 0 for no limit")]
    return []


WORKGROUP: Final = Handler(
    service="athena",
    fields=_WORKGROUP,
    outputs=("arn",),
    naming=Naming(longest=128),
    tagging=_TAGGING,
    create=_create_workgroup,
    identify=lambda api, inputs, response: inputs["name"],
    read=_read_workgroup,
    update=_update_workgroup,
    delete=lambda api, name, state: [
        Request("delete_work_group", {"WorkGroup": name, "RecursiveDeleteOption": state.get("forceDestroy") is True})
    ],
    check=_check_workgroup,
)

_NAMED_QUERY: Final[Mapping[str, Field]] = {
    "name": Field(replace=True, computed=True),
    "database": Field(replace=True),
    "description": Field(replace=True),
    "query": Field(to="QueryString", replace=True),
    "workgroup": Field(to="WorkGroup", replace=True, default="primary"),
}


def _locate_named_query(api: Api, inputs: Props, _started: float, others: frozenset[str]) -> str | None:
    """Find the query by all that it says: Athena allows several of one name."""
    workgroup = inputs.get("workgroup", "primary")
    for query_id in api.pages("list_named_queries", "NamedQueryIds", WorkGroup=workgroup):
        found = _read_named_query(api, query_id, {}) if query_id not in others else None
        if found and all(found.get(name) == inputs.get(name) for name in ("name", "database", "query")):
            return query_id
    return None


def _read_named_query(api: Api, query_id: str, _: Props) -> Props | None:
    found = api.find("get_named_query", NamedQueryId=query_id)
    return api.parse("get_named_query", _NAMED_QUERY, found["NamedQuery"], "NamedQuery") if found else None


NAMED_QUERY: Final = Handler(
    service="athena",
    fields=_NAMED_QUERY,
    # Its name is no identity: a second one of the same name is another query.
    identity=(),
    naming=Naming(longest=128),
    create=lambda api, inputs: Request("create_named_query", api.build("create_named_query", _NAMED_QUERY, inputs)),
    identify=lambda api, inputs, response: response["NamedQueryId"],
    locate=_locate_named_query,
    read=_read_named_query,
    update=lambda api, query_id, old, new, changed: [],
    delete=lambda api, query_id, state: [Request("delete_named_query", {"NamedQueryId": query_id})],
)
