"""Lambda: functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from localcloud.provider.errors import ProviderError
from localcloud.provider.handler import Api, Field, Handler, Naming, Request, Tagging
from localcloud.provider.handlers.archives import zip_bytes
from localcloud.provider.values import Archive, Props, Unknown, is_unknown

# Defaults and limits: Lambda developer guide, "Lambda quotas", and the API's CreateFunction.
_FIELDS: Final[Mapping[str, Field]] = {
    "name": Field(to="FunctionName", replace=True, computed=True),
    "role": Field(),
    "runtime": Field(),
    "handler": Field(),
    "description": Field(),
    "memorySize": Field(default=128),
    "timeout": Field(default=3),
    "architectures": Field(computed=True),
    "packageType": Field(replace=True, default="Zip", choices=("Zip",)),
    "environment": Field(),
    "deadLetterConfig": Field(),
    "ephemeralStorage": Field(computed=True),
    "kmsKeyArn": Field(to="KMSKeyArn"),
    "layers": Field(),
    "loggingConfig": Field(computed=True),
    "tracingConfig": Field(computed=True),
    "reservedConcurrentExecutions": Field(default=-1, low=-1),
    "publish": Field(default=False),
    "code": Field(),
    "s3Bucket": Field(),
    "s3Key": Field(),
    "s3ObjectVersion": Field(),
    "sourceCodeHash": Field(computed=True),
    "tags": Field(),
}
_CODE: Final = ("code", "s3Bucket", "s3Key", "s3ObjectVersion", "sourceCodeHash", "architectures")
_ELSEWHERE: Final = frozenset({*_CODE, "name", "reservedConcurrentExecutions", "publish", "packageType", "tags"})
# What takes a setting off again, where leaving it out of UpdateFunctionConfiguration would keep it.
_NOTHING: Final[Mapping[str, Any]] = {
    "description": "",
    "environment": {"variables": {}},
    "deadLetterConfig": {"targetArn": ""},
    "kmsKeyArn": "",
    "layers": [],
}


def _code(inputs: Props) -> dict[str, Any]:
    archive = inputs.get("code")
    if isinstance(archive, Unknown):
        return {"ZipFile": archive}
    if isinstance(archive, Archive):
        return {"ZipFile": b"unknown" if is_unknown(archive.value) else zip_bytes(archive)}
    pairs = (("S3Bucket", "s3Bucket"), ("S3Key", "s3Key"), ("S3ObjectVersion", "s3ObjectVersion"))
    return {member: inputs[name] for member, name in pairs if name in inputs}


def _create(api: Api, inputs: Props) -> Request:
    settings = {key: value for key, value in _FIELDS.items() if key not in {"code", "reservedConcurrentExecutions"}}
    params = api.build("create_function", settings, inputs)
    return Request("create_function", {**params, "Code": _code(inputs)})


def _read(api: Api, name: str, state: Props) -> Props | None:
    found = api.find("get_function", FunctionName=name)
    if found is None:
        return None
    settings: dict[str, Any] = found["Configuration"]
    arn, digest = settings["FunctionArn"], settings["CodeSha256"]
    version = _latest_version(api, name) if state.get("publish") else "$LATEST"
    # Code that is not the one recorded was put there by someone else: what the program gave no longer holds.
    intact = state.get("codeSha256") in {None, digest}
    given = {key: state.get(key) for key in ("code", "s3Bucket", "s3Key", "s3ObjectVersion")} if intact else {}
    return {
        **api.parse("get_function", _FIELDS, settings, "Configuration"),
        **{key: value for key, value in given.items() if value is not None},
        "sourceCodeHash": state.get("sourceCodeHash", digest) if intact else digest,
        "codeSha256": digest,
        "publish": state.get("publish", False),
        "reservedConcurrentExecutions": found.get("Concurrency", {}).get("ReservedConcurrentExecutions", -1),
        "tags": found.get("Tags", {}),
        "arn": arn,
        "version": version,
        "qualifiedArn": f"{arn}:{version}",
        "invokeArn": _invoke_arn(api, arn),
        "qualifiedInvokeArn": _invoke_arn(api, f"{arn}:{version}"),
        "responseStreamingInvokeArn": _invoke_arn(api, arn, "2021-11-15", "response-streaming-invocations"),
        "lastModified": settings["LastModified"],
        "sourceCodeSize": settings["CodeSize"],
    }


def _latest_version(api: Api, name: str) -> str:
    pages = api.pages("list_versions_by_function", "Versions", FunctionName=name)
    numbers = [int(item["Version"]) for item in pages if item["Version"].isdigit()]
    return str(max(numbers)) if numbers else "$LATEST"


def _invoke_arn(api: Api, arn: str, dated: str = "2015-03-31", kind: str = "invocations") -> str:
    place = api.place
    return f"arn:{place.partition}:apigateway:{place.region}:lambda:path/{dated}/functions/{arn}/{kind}"


def _update(api: Api, name: str, _old: Props, new: Props, changed: frozenset[str]) -> list[Request]:
    requests: list[Request] = []
    settings = changed - _ELSEWHERE
    if settings:
        wanted = {key: new.get(key, _NOTHING.get(key, _FIELDS[key].default)) for key in sorted(settings)}
        params = api.build("update_function_configuration", _FIELDS, wanted)
        requests.append(Request("update_function_configuration", {"FunctionName": name, **params}))
    if changed & set(_CODE) and _code(new):
        architectures = {"Architectures": new["architectures"]} if "architectures" in new else {}
        requests.append(Request("update_function_code", {"FunctionName": name, **architectures, **_code(new)}))
    if requests and new.get("publish"):
        requests.append(Request("publish_version", {"FunctionName": name}))
    if "reservedConcurrentExecutions" in changed:
        requests.append(_concurrency(name, new.get("reservedConcurrentExecutions", -1)))
    return requests


def _concurrency(name: str, reserved: int) -> Request:
    if reserved == -1:
        return Request("delete_function_concurrency", {"FunctionName": name})
    return Request("put_function_concurrency", {"FunctionName": name, "ReservedConcurrentExecutions": reserved})


def _wait(api: Api, name: str, _: Props) -> None:
    """Wait until the function is active and its last update done (Lambda developer guide, "Lambda function states")."""

    def ready() -> bool:
        settings = api.call("get_function_configuration", FunctionName=name)
        for status, reason in (("State", "StateReason"), ("LastUpdateStatus", "LastUpdateStatusReason")):
            if settings.get(status) == "Failed":
                raise ProviderError(f"the function {name} failed: {settings.get(reason, 'no reason given')}")
        return settings.get("State", "Active") != "Pending" and settings.get("LastUpdateStatus") != "InProgress"

    api.wait(ready, f"the function {name}")


def _check(inputs: Props) -> list[tuple[str, str]]:
    wrong: list[tuple[str, str]] = []
    sources = [key for key in ("code", "s3Bucket") if key in inputs]
    if len(sources) != 1:
        wrong.append(("code", "exactly one of code and s3Bucket with s3Key has to be given"))
    wrong += [(key, "is required for a function from a zip") for key in ("handler", "runtime") if key not in inputs]
    return wrong


FUNCTION: Final = Handler(
    service="lambda",
    fields=_FIELDS,
    outputs=(
        *("arn", "version", "qualifiedArn", "invokeArn", "qualifiedInvokeArn", "responseStreamingInvokeArn"),
        *("lastModified", "sourceCodeSize", "codeSha256"),
    ),
    naming=Naming(longest=64),
    tagging=Tagging(resource="Resource", read="list_tags"),
    create=_create,
    identify=lambda api, inputs, response: inputs["name"],
    read=_read,
    update=_update,
    after=_wait,
    delete=lambda api, name, state: [Request("delete_function", {"FunctionName": name})],
    check=_check,
    derived={
        "codeSha256": _CODE,
        "sourceCodeSize": _CODE,
        "lastModified": tuple(key for key in _FIELDS if key != "tags"),
        "version": ("publish",),
        "qualifiedArn": ("publish",),
        "qualifiedInvokeArn": ("publish",),
    },
)
