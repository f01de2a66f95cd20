"""What the emulator has to know of a request to decide on it: the resource and condition keys that it does not find.

Without the resources it would ask for `*`, and no policy limited to some resources would do. Source: service
authorization reference, "Resource types" and "Condition keys" of each service.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from localcloud.emulator import identity, stores
from localcloud.layout import ACCOUNT

Parameters = Mapping[str, Any]
Context = dict[str, Any]


def _kms(parameters: Parameters, prefix: str) -> str | None:
    if alias := parameters.get("AliasName"):
        return prefix + str(alias)
    key_id = str(parameters.get("KeyId", ""))
    # A request through an alias is authorized on the key behind it.
    key = stores.key(key_id) if "alias/" in key_id else None
    return key.arn if key else None


def _lambda(parameters: Parameters, prefix: str) -> str | None:
    return f"{prefix}function:{parameters['FunctionName']}" if "FunctionName" in parameters else None


def _sns(parameters: Parameters, _prefix: str) -> str | None:
    return parameters.get("ResourceArn")


def _dynamodb(parameters: Parameters, _prefix: str) -> str | None:
    return parameters.get("ResourceArn")


def _iam(parameters: Parameters, prefix: str) -> str | None:
    if simulated := parameters.get("PolicySourceArn"):
        return str(simulated)
    if provider := parameters.get("OpenIDConnectProviderArn"):
        return str(provider)
    if "Url" in parameters and "ClientIDList.member.1" in parameters:
        return f"{prefix}oidc-provider/{str(parameters['Url']).removeprefix('https://')}"
    if "PolicyName" in parameters and not parameters.keys() & {"RoleName", "UserName", "GroupName", "PolicyArn"}:
        return f"{prefix}policy{parameters.get('Path', '/')}{parameters['PolicyName']}"
    return None


def _events(parameters: Parameters, prefix: str) -> str | None:
    if resource := parameters.get("ResourceARN"):
        return str(resource)
    rule, bus = parameters.get("Name") or parameters.get("Rule"), parameters.get("EventBusName", "default")
    return f"{prefix}rule/{rule}" if rule and bus == "default" else None


def _cloudwatch(parameters: Parameters, prefix: str) -> str | None:
    if resource := parameters.get("ResourceARN"):
        return str(resource)
    names = parameters.get("AlarmNames") or [parameters.get("AlarmNames.member.1")]
    alarm = parameters.get("AlarmName") or names[0]
    return f"{prefix}alarm:{alarm}" if alarm else None


def _logs(parameters: Parameters, _prefix: str) -> str | None:
    return parameters.get("resourceArn")


_RULES: Mapping[str, tuple[str, Callable[[Parameters, str], str | None]]] = {
    "kms": ("kms", _kms),
    "lambda": ("lambda", _lambda),
    "sns": ("sns", _sns),
    "dynamodb": ("dynamodb", _dynamodb),
    "iam": ("iam", _iam),
    "events": ("events", _events),
    "monitoring": ("cloudwatch", _cloudwatch),
    "logs": ("logs", _logs),
}
"""By the service that a request is signed for: the service of its ARNs, and what names its resource."""


def resource_of(service: str, body: bytes, query_params: Mapping[str, Any], region: str) -> str | None:
    """Return the ARN that a request is authorized on, where the emulator names another; else None."""
    if service not in _RULES:
        return None
    arn_service, rule = _RULES[service]
    arn_region = "" if arn_service == "iam" else region
    return rule(parameters_of(body, query_params), f"arn:aws:{arn_service}:{arn_region}:{ACCOUNT}:")


def parameters_of(body: bytes, query_params: Mapping[str, Any]) -> Parameters:
    """Return a request's parameters, whether it came in a JSON or in the query protocol."""
    in_body: Any = {}
    if body[:1] == b"{":
        try:
            in_body = json.loads(body)
        except ValueError:
            in_body = {}
    flat = {name: value[0] if isinstance(value, list) and value else value for name, value in query_params.items()}
    return {**flat, **in_body} if isinstance(in_body, dict) else flat


def members_of(parameters: Mapping[str, str], name: str) -> list[str]:
    """Return the members of a list in the query protocol; `name` has `{}` for their numbers, which begin at 1."""
    members: list[str] = []
    while value := parameters.get(name.format(len(members) + 1)):
        members.append(value)
    return members


# The boundary that the request sets, or the one that the role has when the request changes its policies.
_SETS_BOUNDARY: Final = frozenset({"CreateRole", "CreateUser", "PutRolePermissionsBoundary"})
_CHANGES_ROLE: Final = frozenset(
    {"AttachRolePolicy", "DeleteRolePermissionsBoundary", "DeleteRolePolicy", "DetachRolePolicy", "PutRolePolicy"}
)
_ATTACHES: Final = frozenset({"AttachRolePolicy", "DetachRolePolicy"})


def condition_keys_of(service: str, action: str, body: bytes, query_params: Mapping[str, Any]) -> Context:
    """Return a request's condition keys of IAM (boundary, policy), CloudWatch (namespace) and KMS (aliases, tags)."""
    if service == "iam":
        return _identity_keys(action.partition(":")[2], parameters_of(b"", query_params))
    if action == "cloudwatch:PutMetricData":
        return {"cloudwatch:namespace": parameters_of(body, query_params).get("Namespace")}
    return _encryption_keys(body) if service == "kms" else {}


def key_conditions(key_id: str) -> Context:
    """Return kms:ResourceAliases of a key and its tags, by its id, ARN or alias; nothing where there is no key."""
    key = stores.key(key_id)
    if key is None:
        return {}
    tags: Context = {f"aws:ResourceTag/{name}": value for name, value in key.tags.items()}
    return {"kms:ResourceAliases": list(key.aliases), **tags} if key.aliases else tags


def _encryption_keys(body: bytes) -> Context:
    try:
        parameters = json.loads(body or b"{}")
    except ValueError:
        return {}
    # Decrypt names its key in the ciphertext.
    key_id = str(parameters.get("KeyId") or stores.key_id_of(parameters.get("CiphertextBlob") or ""))
    return key_conditions(key_id)


def _identity_keys(action: str, parameters: Parameters) -> Context:
    keys: Context = {}
    if action in _SETS_BOUNDARY:
        keys["iam:PermissionsBoundary"] = parameters.get("PermissionsBoundary")
    if action in _CHANGES_ROLE:
        role = identity.role(str(parameters.get("RoleName", "")))
        keys["iam:PermissionsBoundary"] = role.boundary if role else ""
    if action in _ATTACHES:
        keys["iam:PolicyARN"] = parameters.get("PolicyArn")
    return {key: str(value) for key, value in keys.items() if value}
