"""Athena: workgroups and named queries."""

from __future__ import annotations

from typing import Any, Final, cast

from localcloud.provider.cloud import Cloud, Request
from localcloud.provider.fields import ANY, Field
from localcloud.provider.resource_type import Change, Naming, Read, Reading, ResourceType, Tagging, Update
from localcloud.provider.values import Props

_LEAST_CUTOFF: Final = 10 * 1024 * 1024
"""Bytes; Athena user guide, "Configure data usage controls"."""
_REMOVABLE: Final = ("OutputLocation", "EncryptionConfiguration", "ExpectedBucketOwner", "AclConfiguration")


def _key_renamed(configuration: Any, old: str, new: str) -> Any:
    """Rename a result's key: what the API calls KmsKey is kmsKeyArn here, and only here."""
    results = configuration.get("resultConfiguration") if isinstance(configuration, dict) else None
    encryption = results.get("encryptionConfiguration") if isinstance(results, dict) else None
    if not isinstance(encryption, dict) or old not in encryption:
        return configuration
    renamed = {new if key == old else key: value for key, value in cast("Props", encryption).items()}
    return {**configuration, "resultConfiguration": {**cast("Props", results), "encryptionConfiguration": renamed}}


def _to_api(inputs: Props) -> Props:
    """Name the configuration's properties as the API does, and fill in pulumi-aws's defaults."""
    program: Any = inputs.get("configuration") or {}
    if not isinstance(program, dict):
        return inputs
    configuration: Props = {
        "enforceWorkgroupConfiguration": True,
        "publishCloudwatchMetricsEnabled": True,
        **cast("Props", program),
    }
    if isinstance(configuration.get("engineVersion"), dict):
        # Only AWS says which version is in effect.
        engine = {key: item for key, item in configuration["engineVersion"].items() if key != "effectiveEngineVersion"}
        configuration["engineVersion"] = {"selectedEngineVersion": "AUTO", **engine}
    return {**inputs, "configuration": _key_renamed(configuration, "kmsKeyArn", "kmsKey")}


def _from_api(_: Cloud, reading: Reading) -> Props:
    configuration = _key_renamed(reading.props.get("configuration", {}), "kmsKey", "kmsKeyArn")
    return {**reading.props, "configuration": configuration}


def _configuration_updates(cloud: Cloud, inputs: Props) -> Props:
    """Return the whole configuration as updates, with the removal of what is not in it."""
    configuration: Any = cloud.build("create_work_group", WORKGROUP.fields, _to_api(inputs))["Configuration"]
    if not isinstance(configuration, dict):
        # Unknown before an apply.
        return {}
    updates: Props = {
        "RequesterPaysEnabled": False,
        "EngineVersion": {"SelectedEngineVersion": "AUTO"},
        **cast("Props", configuration),
    }
    results: Any = updates.pop("ResultConfiguration", {})
    if isinstance(results, dict):
        results = {**results, **{f"Remove{member}": True for member in _REMOVABLE if member not in results}}
    updates["ResultConfigurationUpdates"] = results
    managed: Any = updates.pop("ManagedQueryResultsConfiguration", None)
    if isinstance(managed, dict):
        removed = {} if "EncryptionConfiguration" in managed else {"RemoveEncryptionConfiguration": True}
        updates["ManagedQueryResultsConfigurationUpdates"] = {**managed, **removed}
    if not updates.get("BytesScannedCutoffPerQuery"):
        updates.pop("BytesScannedCutoffPerQuery", None)
        updates["RemoveBytesScannedCutoffPerQuery"] = True
    return updates


def _update(cloud: Cloud, change: Change) -> list[Request]:
    params = cloud.build("update_work_group", WORKGROUP.fields, change.values)
    if "configuration" in change.changed:
        params["ConfigurationUpdates"] = _configuration_updates(cloud, change.new)
    return [Request("update_work_group", {**change.key, **params})] if params else []


def _check(inputs: Props) -> list[tuple[str, str]]:
    configuration: Any = inputs.get("configuration")
    cutoff = configuration.get("bytesScannedCutoffPerQuery") if isinstance(configuration, dict) else None
    if isinstance(cutoff, int | float) and 0 < cutoff < _LEAST_CUTOFF:
        path = "configuration.bytesScannedCutoffPerQuery"
        return [(path, f"is {cutoff:.0f}, at least {_LEAST_CUTOFF} expected, or 0 for no limit")]
    return []


WORKGROUP: Final = ResourceType(
    "aws:athena/workgroup:Workgroup",
    service="athena",
    fields={
        "name": Field(replace=True, computed=True),
        "configuration": Field(
            computed=True,
            renames={
                "enforceWorkgroupConfiguration": "EnforceWorkGroupConfiguration",
                "publishCloudwatchMetricsEnabled": "PublishCloudWatchMetricsEnabled",
            },
            nested={
                "enforceWorkgroupConfiguration": True,
                "publishCloudwatchMetricsEnabled": True,
                "engineVersion.selectedEngineVersion": "AUTO",
                "engineVersion.effectiveEngineVersion": ANY,
            },
        ),
        "description": Field(unset=""),
        "forceDestroy": Field(default=False, write_only=True),
        "state": Field(default="ENABLED", choices=("ENABLED", "DISABLED")),
        "tags": Field(),
    },
    outputs={"arn": "arn:{partition}:athena:{region}:{account}:workgroup/{name}"},
    naming=Naming(longest=128),
    tagging=Tagging(resource="ResourceARN"),
    id="{name}",
    key={"WorkGroup": "{id}"},
    create="create_work_group",
    read=Read("get_work_group", "WorkGroup"),
    update=(Update(requests=_update),),
    delete="delete_work_group",
    delete_with={"RecursiveDeleteOption": "{forceDestroy}"},
    to_api=_to_api,
    from_api=_from_api,
    check=_check,
)


def _locate_named_query(cloud: Cloud, inputs: Props, _started: float, others: frozenset[str]) -> str | None:
    """Find the query by all that it says: Athena allows several of one name."""
    workgroup = inputs.get("workgroup", "primary")
    for query_id in cloud.pages("list_named_queries", "NamedQueryIds", WorkGroup=workgroup):
        state = NAMED_QUERY.state(cloud, query_id, {}) if query_id not in others else None
        if state and all(state.get(name) == inputs.get(name) for name in ("name", "database", "query")):
            return query_id
    return None


NAMED_QUERY: Final = ResourceType(
    "aws:athena/namedQuery:NamedQuery",
    service="athena",
    fields={
        "name": Field(replace=True, computed=True),
        "database": Field(replace=True),
        "description": Field(replace=True),
        "query": Field(to="QueryString", replace=True),
        "workgroup": Field(replace=True, default="primary"),
    },
    # Its name is no identity: a second one of the same name is another query.
    identity=(),
    naming=Naming(longest=128),
    id_from="NamedQueryId",
    key={"NamedQueryId": "{id}"},
    create="create_named_query",
    read=Read("get_named_query", "NamedQuery"),
    delete="delete_named_query",
    locate=_locate_named_query,
)
