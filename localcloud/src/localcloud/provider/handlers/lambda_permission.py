"""Lambda: who may invoke a function, and what becomes of asynchronous invocations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from localcloud.provider.handler import Api, Field, Handler, Naming, Request
from localcloud.provider.values import Props

_PERMISSION: Final[Mapping[str, Field]] = {
    "function": Field(to="FunctionName", replace=True),
    "statementId": Field(replace=True, computed=True),
    "action": Field(replace=True),
    "principal": Field(replace=True),
    "sourceArn": Field(replace=True),
    "sourceAccount": Field(replace=True),
    "principalOrgId": Field(to="PrincipalOrgID", replace=True),
    "eventSourceToken": Field(replace=True),
    "qualifier": Field(replace=True),
}
# How AddPermission writes its parameters into the function's policy.
_CONDITIONS: Final = {
    "aws:sourcearn": "sourceArn",
    "aws:sourceaccount": "sourceAccount",
    "aws:principalorgid": "principalOrgId",
    "lambda:eventsourcetoken": "eventSourceToken",
}


def _qualified(state: Props) -> dict[str, Any]:
    qualifier = {"Qualifier": state["qualifier"]} if state.get("qualifier") else {}
    return {"FunctionName": state["function"], **qualifier}


def _read_permission(api: Api, statement_id: str, state: Props) -> Props | None:
    if "function" not in state:
        function, _, statement_id = statement_id.rpartition("/")
        state = {"function": function}
    found = api.find("get_policy", **_qualified(state))
    statements = json.loads(found["Policy"])["Statement"] if found else []
    statement = next((item for item in statements if item.get("Sid") == statement_id), None)
    if statement is None:
        return None
    principal = statement["Principal"]
    return {
        "function": state["function"],
        "qualifier": state.get("qualifier"),
        "statementId": statement_id,
        "action": statement["Action"],
        "principal": _principal(principal),
        **_conditions(statement.get("Condition", {})),
    }


def _principal(principal: Any) -> str:
    name = str(next(iter(principal.values()))) if isinstance(principal, dict) else str(principal)
    return name.split(":")[4] if name.endswith(":root") else name


def _conditions(condition: Mapping[str, Mapping[str, Any]]) -> Props:
    pairs = ((key.lower(), value) for test in condition.values() for key, value in test.items())
    return {_CONDITIONS[key]: value for key, value in pairs if key in _CONDITIONS}


PERMISSION: Final = Handler(
    service="lambda",
    fields=_PERMISSION,
    identity=("function", "statementId"),
    naming=Naming(field="statementId", longest=100),
    create=lambda api, inputs: Request("add_permission", api.build("add_permission", _PERMISSION, inputs)),
    identify=lambda api, inputs, response: inputs["statementId"],
    id_of=lambda state: state["statementId"],
    read=_read_permission,
    update=lambda api, statement_id, old, new, changed: [],
    delete=lambda api, statement_id, state: [
        Request("remove_permission", {**_qualified(state), "StatementId": statement_id})
    ],
)

# Limits: Lambda API reference, PutFunctionEventInvokeConfig.
_INVOKE: Final[Mapping[str, Field]] = {
    "functionName": Field(replace=True),
    "qualifier": Field(replace=True),
    "destinationConfig": Field(),
    "maximumEventAgeInSeconds": Field(computed=True, low=60, high=21600),
    "maximumRetryAttempts": Field(default=2, low=0, high=2),
}


def _put(api: Api, inputs: Props) -> Request:
    values = {"maximumRetryAttempts": _INVOKE["maximumRetryAttempts"].default, **inputs}
    operation = "put_function_event_invoke_config"
    return Request(operation, api.build(operation, _INVOKE, values))


def _names(resource_id: str) -> dict[str, str]:
    """Split an id, `name` or `name:qualifier`, where the name may be an ARN."""
    parts = resource_id.split(":")
    ends = 7 if resource_id.startswith("arn:") else 1
    function, qualifier = ":".join(parts[:ends]), ":".join(parts[ends:])
    return {"FunctionName": function, **({"Qualifier": qualifier} if qualifier else {})}


def _read_invoke(api: Api, resource_id: str, _: Props) -> Props | None:
    names = _names(resource_id)
    found = api.find("get_function_event_invoke_config", **names)
    if found is None:
        return None
    state = api.parse("get_function_event_invoke_config", _INVOKE, found)
    return {**state, "functionName": names["FunctionName"], "qualifier": names.get("Qualifier")}


FUNCTION_EVENT_INVOKE_CONFIG: Final = Handler(
    service="lambda",
    fields=_INVOKE,
    identity=("functionName", "qualifier"),
    create=_put,
    identify=lambda api, inputs, response: ":".join(
        part for part in (inputs["functionName"], inputs.get("qualifier", "")) if part
    ),
    read=_read_invoke,
    update=lambda api, resource_id, old, new, changed: [_put(api, new)],
    delete=lambda api, resource_id, state: [Request("delete_function_event_invoke_config", _names(resource_id))],
)
