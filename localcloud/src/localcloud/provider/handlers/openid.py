"""IAM: OpenID Connect providers, such as GitHub's for workflows without stored keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from localcloud.provider import tagging
from localcloud.provider.handler import Api, Field, Handler, Request, Tagging
from localcloud.provider.values import Props, is_unknown

_FIELDS: Final[Mapping[str, Field]] = {
    "url": Field(replace=True),
    "clientIdLists": Field(to="ClientIDList", kind="set"),
    "thumbprintLists": Field(to="ThumbprintList", computed=True),
    "tags": Field(),
}
_TAGGING: Final = Tagging(
    resource="OpenIDConnectProviderArn",
    tag="tag_open_id_connect_provider",
    untag="untag_open_id_connect_provider",
    read="list_open_id_connect_provider_tags",
)


def _arn(api: Api, inputs: Props) -> str:
    return api.place.arn("iam", f"oidc-provider/{inputs['url'].removeprefix('https://')}", regional=False)


def _read(api: Api, arn: str, _state: Props) -> Props | None:
    found = api.find("get_open_id_connect_provider", OpenIDConnectProviderArn=arn)
    if found is None:
        return None
    # IAM answers the URL without its scheme.
    return {
        **api.parse("get_open_id_connect_provider", _FIELDS, found),
        "url": f"https://{found['Url'].removeprefix('https://')}",
        "tags": tagging.read(_TAGGING, api, arn),
        "arn": arn,
    }


def _update(_api: Api, arn: str, old: Props, new: Props, changed: frozenset[str]) -> list[Request]:
    provider = {"OpenIDConnectProviderArn": arn}
    requests: list[Request] = []
    if "thumbprintLists" in changed:
        thumbprints = {**provider, "ThumbprintList": new.get("thumbprintLists", [])}
        requests.append(Request("update_open_id_connect_provider_thumbprint", thumbprints))
    if "clientIdLists" in changed and not is_unknown(new.get("clientIdLists")):
        before, after = set(old.get("clientIdLists", [])), set(new.get("clientIdLists", []))
        added, gone = sorted(after - before), sorted(before - after)
        requests += [
            Request("add_client_id_to_open_id_connect_provider", {**provider, "ClientID": client}) for client in added
        ]
        requests += [
            Request("remove_client_id_from_open_id_connect_provider", {**provider, "ClientID": client})
            for client in gone
        ]
    return requests


OPEN_ID_CONNECT_PROVIDER: Final = Handler(
    service="iam",
    regional=False,
    fields=_FIELDS,
    outputs=("arn",),
    identity=("url",),
    tagging=_TAGGING,
    create=lambda api, inputs: Request(
        "create_open_id_connect_provider", api.build("create_open_id_connect_provider", _FIELDS, inputs)
    ),
    identify=lambda api, inputs, response: _arn(api, inputs),
    read=_read,
    update=_update,
    delete=lambda api, arn, state: [Request("delete_open_id_connect_provider", {"OpenIDConnectProviderArn": arn})],
)
