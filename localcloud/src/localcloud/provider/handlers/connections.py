"""CodeConnections: connections to a git provider; under the older name CodeStar Connections the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from localcloud.provider import tagging
from localcloud.provider.handler import Api, Field, Handler, Naming, Request, Tagging
from localcloud.provider.values import Props

_FIELDS: Final[Mapping[str, Field]] = {
    "name": Field(to="ConnectionName", replace=True, computed=True),
    "providerType": Field(replace=True, computed=True),
    "hostArn": Field(replace=True),
    "tags": Field(),
}
_TAGGING: Final = Tagging(resource="ResourceArn")


def _read(api: Api, arn: str, _state: Props) -> Props | None:
    found = api.find("get_connection", ConnectionArn=arn)
    if found is None:
        return None
    return {
        **api.parse("get_connection", _FIELDS, found["Connection"], "Connection"),
        "connectionStatus": found["Connection"]["ConnectionStatus"],
        "tags": tagging.read(_TAGGING, api, arn),
        "arn": arn,
    }


def _locate(api: Api, inputs: Props, _started: float, others: frozenset[str]) -> str | None:
    for connection in api.call("list_connections", MaxResults=100)["Connections"]:
        if connection["ConnectionName"] == inputs["name"] and connection["ConnectionArn"] not in others:
            return connection["ConnectionArn"]
    return None


def _check(inputs: Props) -> list[tuple[str, str]]:
    if len({"providerType", "hostArn"} & inputs.keys()) != 1:
        return [("providerType", "exactly one of providerType and hostArn has to be given")]
    return []


def _connection(service: str) -> Handler:
    return Handler(
        service=service,
        fields=_FIELDS,
        outputs=("arn", "connectionStatus"),
        naming=Naming(longest=32),
        tagging=_TAGGING,
        create=lambda api, inputs: Request("create_connection", api.build("create_connection", _FIELDS, inputs)),
        identify=lambda api, inputs, response: response["ConnectionArn"],
        locate=_locate,
        read=_read,
        update=lambda api, arn, old, new, changed: [],
        delete=lambda api, arn, state: [Request("delete_connection", {"ConnectionArn": arn})],
        check=_check,
    )


CODECONNECTIONS: Final = _connection("codeconnections")
CODESTAR: Final = _connection("codestar-connections")
