"""The resource that IAM authorizes a request to the emulator on, where the emulator names another than AWS does.

Source: service authorization reference, "Resource types" of each service. Without this the emulator asks for `*` and
no policy limited to the project's resources would do.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from localcloud.emulator import stores
from localcloud.layout import ACCOUNT

Params = Mapping[str, Any]


def _kms(given: Params, prefix: str) -> str | None:
    if alias := given.get("AliasName"):
        return prefix + str(alias)
    key = str(given.get("KeyId", ""))
    # A request through an alias is authorized on the key behind it.
    record = stores.key(key) if "alias/" in key else None
    return record.arn if record else None


def _lambda(given: Params, prefix: str) -> str | None:
    return f"{prefix}function:{given['FunctionName']}" if "FunctionName" in given else None


def _sns(given: Params, _prefix: str) -> str | None:
    return given.get("ResourceArn")


def _dynamodb(given: Params, _prefix: str) -> str | None:
    return given.get("ResourceArn")


def _iam(given: Params, prefix: str) -> str | None:
    if provider := given.get("OpenIDConnectProviderArn"):
        return str(provider)
    if "Url" in given and "ClientIDList.member.1" in given:
        return f"{prefix}oidc-provider/{str(given['Url']).removeprefix('https://')}"
    if "PolicyName" in given and not given.keys() & {"RoleName", "UserName", "GroupName", "PolicyArn"}:
        return f"{prefix}policy{given.get('Path', '/')}{given['PolicyName']}"
    return None


def _events(given: Params, prefix: str) -> str | None:
    if resource := given.get("ResourceARN"):
        return str(resource)
    rule, bus = given.get("Name") or given.get("Rule"), given.get("EventBusName", "default")
    return f"{prefix}rule/{rule}" if rule and bus == "default" else None


def _cloudwatch(given: Params, prefix: str) -> str | None:
    if resource := given.get("ResourceARN"):
        return str(resource)
    named = given.get("AlarmName") or (given.get("AlarmNames") or [None])[0] or given.get("AlarmNames.member.1")
    return f"{prefix}alarm:{named}" if named else None


def _logs(given: Params, _prefix: str) -> str | None:
    return given.get("resourceArn")


_RULES: Mapping[str, tuple[str, Callable[[Params, str], str | None]]] = {
    "kms": ("kms", _kms),
    "lambda": ("lambda", _lambda),
    "sns": ("sns", _sns),
    "dynamodb": ("dynamodb", _dynamodb),
    "iam": ("iam", _iam),
    "events": ("events", _events),
    "monitoring": ("cloudwatch", _cloudwatch),
    "logs": ("logs", _logs),
}


def resource_of(service: str, body: bytes, query_params: Mapping[str, Any], region: str) -> str | None:
    """Return the ARN that a request is authorized on, where the emulator names another; else None."""
    if service not in _RULES:
        return None
    namespace, rule = _RULES[service]
    where = "" if namespace == "iam" else region
    return rule(parameters(body, query_params), f"arn:aws:{namespace}:{where}:{ACCOUNT}:")


def parameters(body: bytes, query_params: Mapping[str, Any]) -> dict[str, Any]:
    """A request's parameters, whether it came in a JSON or in the query protocol."""
    given: Any = {}
    if body[:1] == b"{":
        try:
            given = json.loads(body)
        except ValueError:
            given = {}
    flat = {name: value[0] if isinstance(value, list) and value else value for name, value in query_params.items()}
    return {**flat, **given} if isinstance(given, dict) else flat
