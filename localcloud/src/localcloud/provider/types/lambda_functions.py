"""Lambda: functions, who may invoke them, and what becomes of asynchronous invocations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from localcloud.provider.archives import zip_bytes
from localcloud.provider.cloud import Cloud, Request
from localcloud.provider.errors import ProviderError
from localcloud.provider.fields import Field
from localcloud.provider.resource_type import Change, Naming, Read, Reading, ResourceType, Tagging, Update
from localcloud.provider.values import Archive, Props, Unknown, is_unknown

_OBJECT: Final = ("s3Bucket", "s3Key", "s3ObjectVersion")
_CODE: Final = ("code", *_OBJECT, "sourceCodeHash", "architectures")
# Defaults and limits: Lambda developer guide, "Lambda quotas", and the API's CreateFunction.
_FUNCTION: Final[Mapping[str, Field]] = {
    "name": Field(to="FunctionName", replace=True, computed=True),
    "role": Field(),
    "runtime": Field(),
    "handler": Field(),
    "description": Field(unset=""),
    "memorySize": Field(default=128),
    "timeout": Field(default=3),
    "architectures": Field(computed=True),
    "packageType": Field(replace=True, default="Zip", choices=("Zip",)),
    "environment": Field(unset={"variables": {}}),
    "deadLetterConfig": Field(unset={"targetArn": ""}),
    "ephemeralStorage": Field(computed=True),
    "kmsKeyArn": Field(unset=""),
    "layers": Field(unset=[]),
    "loggingConfig": Field(computed=True),
    "tracingConfig": Field(computed=True),
    "reservedConcurrentExecutions": Field(at="Concurrency.ReservedConcurrentExecutions", default=-1, low=-1),
    "publish": Field(default=False, write_only=True),
    "code": Field(write_only=True),
    **{name: Field(write_only=True) for name in _OBJECT},
    "sourceCodeHash": Field(computed=True, write_only=True),
    "tags": Field(),
}


def _code(cloud: Cloud, inputs: Props) -> dict[str, Any]:
    archive = inputs.get("code")
    if isinstance(archive, Unknown):
        return {"ZipFile": archive}
    if isinstance(archive, Archive):
        return {"ZipFile": b"unknown" if is_unknown(archive.value) else zip_bytes(archive)}
    code = {name: inputs[name] for name in _OBJECT if name in inputs}
    return cloud.build("create_function", _FUNCTION, code, "Code").get("Code", {})


def _create_function(cloud: Cloud, inputs: Props) -> Request:
    settings = {name: value for name, value in inputs.items() if name not in {"code", *_OBJECT}}
    params = cloud.build("create_function", _FUNCTION, settings)
    return Request("create_function", {**params, "Code": _code(cloud, inputs)})


def _complete_function(cloud: Cloud, reading: Reading) -> Props:
    state = reading.state
    settings = reading.record["Configuration"]
    arn, digest = settings["FunctionArn"], settings["CodeSha256"]
    version = _latest_version(cloud, reading.resource_id) if state.get("publish") else "$LATEST"
    # Code that is not the one recorded was put there by someone else: what the program gave no longer holds.
    intact = state.get("codeSha256") in {None, digest}
    code = {name: reading.props.get(name) if intact else None for name in ("code", *_OBJECT)}
    return {
        **reading.props,
        **code,
        "sourceCodeHash": state.get("sourceCodeHash", digest) if intact else digest,
        "version": version,
        "qualifiedArn": f"{arn}:{version}",
        "invokeArn": _invoke_arn(cloud, arn),
        "qualifiedInvokeArn": _invoke_arn(cloud, f"{arn}:{version}"),
        "responseStreamingInvokeArn": _invoke_arn(cloud, arn, "2021-11-15", "response-streaming-invocations"),
    }


def _latest_version(cloud: Cloud, name: str) -> str:
    pages = cloud.pages("list_versions_by_function", "Versions", FunctionName=name)
    numbers = [int(item["Version"]) for item in pages if item["Version"].isdigit()]
    return str(max(numbers)) if numbers else "$LATEST"


def _invoke_arn(cloud: Cloud, arn: str, dated: str = "2015-03-31", kind: str = "invocations") -> str:
    place = cloud.place
    return f"arn:{place.partition}:apigateway:{place.region}:lambda:path/{dated}/functions/{arn}/{kind}"


def _update_function(cloud: Cloud, change: Change) -> list[Request]:
    key, new, changed = change.key, change.new, change.changed
    requests: list[Request] = []
    operation = "update_function_configuration"
    settings = cloud.build(operation, _FUNCTION, change.values)
    if settings:
        requests.append(Request(operation, {**key, **settings}))
    code = _code(cloud, new) if changed & set(_CODE) else {}
    if code:
        architectures = {"Architectures": new["architectures"]} if "architectures" in new else {}
        requests.append(Request("update_function_code", {**key, **architectures, **code}))
    if requests and new.get("publish"):
        requests.append(Request("publish_version", key))
    return requests


def _update_concurrency(_: Cloud, change: Change) -> list[Request]:
    reserved = change.values["reservedConcurrentExecutions"]
    if reserved == -1:
        return [Request("delete_function_concurrency", change.key)]
    return [Request("put_function_concurrency", {**change.key, "ReservedConcurrentExecutions": reserved})]


def _wait(cloud: Cloud, name: str, _: Props) -> None:
    """Wait until the function is active and its last update done (Lambda developer guide, "Lambda function states")."""

    def ready() -> bool:
        settings = cloud.call("get_function_configuration", FunctionName=name)
        for status, reason in (("State", "StateReason"), ("LastUpdateStatus", "LastUpdateStatusReason")):
            if settings.get(status) == "Failed":
                raise ProviderError(f"the function {name} failed: {settings.get(reason, 'no reason given')}")
        return settings.get("State", "Active") != "Pending" and settings.get("LastUpdateStatus") != "InProgress"

    cloud.wait(ready, f"the function {name}")


def _check_function(inputs: Props) -> list[tuple[str, str]]:
    wrong: list[tuple[str, str]] = []
    sources = [key for key in ("code", "s3Bucket") if key in inputs]
    if len(sources) != 1:
        wrong.append(("code", "exactly one of code and s3Bucket with s3Key has to be given"))
    wrong += [(key, "is required for a function from a zip") for key in ("handler", "runtime") if key not in inputs]
    return wrong


FUNCTION: Final = ResourceType(
    "aws:lambda/function:Function",
    service="lambda",
    fields=_FUNCTION,
    outputs={
        "arn": "FunctionArn",
        "version": "",
        "qualifiedArn": "",
        "invokeArn": "",
        "qualifiedInvokeArn": "",
        "responseStreamingInvokeArn": "",
        "lastModified": "LastModified",
        "sourceCodeSize": "CodeSize",
        "codeSha256": "CodeSha256",
    },
    naming=Naming(longest=64),
    tagging=Tagging(resource="Resource", read=""),
    id="{name}",
    key={"FunctionName": "{id}"},
    inside="Configuration",
    create=_create_function,
    read=Read("get_function"),
    from_api=_complete_function,
    update=(
        Update(requests=_update_function),
        Update(fields=("reservedConcurrentExecutions",), requests=_update_concurrency),
    ),
    after=_wait,
    delete="delete_function",
    check=_check_function,
    derived={
        "codeSha256": _CODE,
        "sourceCodeSize": _CODE,
        "lastModified": tuple(key for key in _FUNCTION if key != "tags"),
        "version": ("publish",),
        "qualifiedArn": ("publish",),
        "qualifiedInvokeArn": ("publish",),
    },
)

# How AddPermission writes its parameters into the function's policy.
_CONDITIONS: Final = {
    "aws:sourcearn": "sourceArn",
    "aws:sourceaccount": "sourceAccount",
    "aws:principalorgid": "principalOrgId",
    "lambda:eventsourcetoken": "eventSourceToken",
}


def _parse_permission_id(statement_id: str) -> Props:
    """Parse a statement's id, before which an import says the function."""
    function, _, statement = statement_id.rpartition("/")
    return {"statementId": statement, **({"function": function} if function else {})}


def _complete_permission(_: Cloud, reading: Reading) -> Props | None:
    statements = json.loads(reading.record["Policy"])["Statement"]
    statement_id = reading.props["statementId"]
    statement: Any = next((item for item in statements if item.get("Sid") == statement_id), None)
    if statement is None:
        return None
    tests = statement.get("Condition", {}).values()
    conditions = {key.lower(): value for test in tests for key, value in test.items()}
    return {
        **reading.props,
        "qualifier": reading.state.get("qualifier"),
        "action": statement["Action"],
        "principal": _principal(statement["Principal"]),
        **{_CONDITIONS[key]: value for key, value in conditions.items() if key in _CONDITIONS},
    }


def _principal(principal: Any) -> str:
    name = str(next(iter(principal.values()))) if isinstance(principal, dict) else str(principal)
    return name.split(":")[4] if name.endswith(":root") else name


PERMISSION: Final = ResourceType(
    "aws:lambda/permission:Permission",
    service="lambda",
    fields={
        "function": Field(to="FunctionName", replace=True),
        "statementId": Field(replace=True, computed=True),
        "action": Field(replace=True),
        "principal": Field(replace=True),
        "sourceArn": Field(replace=True),
        "sourceAccount": Field(replace=True),
        "principalOrgId": Field(replace=True),
        "eventSourceToken": Field(replace=True),
        "qualifier": Field(replace=True),
    },
    identity=("function", "statementId"),
    naming=Naming(field="statementId", longest=100),
    id="{statementId}",
    parse_id=_parse_permission_id,
    has_import_id=True,
    key={"FunctionName": "{function}", "Qualifier": "{qualifier}", "StatementId": "{statementId}"},
    create="add_permission",
    read=Read("get_policy", params={"FunctionName": "{function}", "Qualifier": "{qualifier}"}),
    from_api=_complete_permission,
    delete="remove_permission",
)


def _invoke_config_id(_: Cloud, inputs: Props) -> str:
    return ":".join(part for part in (inputs["functionName"], inputs.get("qualifier", "")) if part)


def _parse_invoke_config_id(resource_id: str) -> Props:
    """Split an id, `name` or `name:qualifier`, where the name may be an ARN."""
    parts = resource_id.split(":")
    end = 7 if resource_id.startswith("arn:") else 1
    qualifier = ":".join(parts[end:])
    return {"functionName": ":".join(parts[:end]), **({"qualifier": qualifier} if qualifier else {})}


# Limits: Lambda API reference, PutFunctionEventInvokeConfig.
FUNCTION_EVENT_INVOKE_CONFIG: Final = ResourceType(
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
    service="lambda",
    fields={
        "functionName": Field(replace=True),
        "qualifier": Field(replace=True),
        "destinationConfig": Field(),
        "maximumEventAgeInSeconds": Field(computed=True, low=60, high=21600),
        "maximumRetryAttempts": Field(default=2, unset=2, low=0, high=2),
    },
    identity=("functionName", "qualifier"),
    id=_invoke_config_id,
    parse_id=_parse_invoke_config_id,
    key={"FunctionName": "{functionName}", "Qualifier": "{qualifier}"},
    put="put_function_event_invoke_config",
    read=Read("get_function_event_invoke_config"),
    delete="delete_function_event_invoke_config",
)
