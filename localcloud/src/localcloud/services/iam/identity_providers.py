"""What the emulator's IAM lacks of OpenID Connect providers: changing their clients, thumbprints and tags.

Source: IAM API reference, AddClientIDToOpenIDConnectProvider and the other operations named here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from localcloud.emulator.identity import OpenIdProvider, serve_openid_operation
from localcloud.iam.requests import members_of

if TYPE_CHECKING:
    from mypy_boto3_iam.type_defs import TagTypeDef

Parameters = Mapping[str, str]


def add_operations() -> None:
    """Add the operations to the emulator."""
    for operation, change in _CHANGES.items():
        serve_openid_operation(operation, _changing(change))
    serve_openid_operation("ListOpenIDConnectProviderTags", _list_tags)


def _changing(change: Callable[[OpenIdProvider, Parameters], None]) -> Callable[[OpenIdProvider, Parameters], str]:
    def handle(provider: OpenIdProvider, parameters: Parameters) -> str:
        change(provider, parameters)
        return ""

    return handle


def _list_tags(provider: OpenIdProvider, _parameters: Parameters) -> str:
    tags = "".join(f"<member><Key>{t['Key']}</Key><Value>{t['Value']}</Value></member>" for t in provider["Tags"])
    return f"<ListOpenIDConnectProviderTagsResult><Tags>{tags}</Tags></ListOpenIDConnectProviderTagsResult>"


def _add_client(provider: OpenIdProvider, parameters: Parameters) -> None:
    client = parameters.get("ClientID", "")
    provider["ClientIDList"] = [*(known for known in provider["ClientIDList"] if known != client), client]


def _remove_client(provider: OpenIdProvider, parameters: Parameters) -> None:
    provider["ClientIDList"] = [known for known in provider["ClientIDList"] if known != parameters.get("ClientID", "")]


def _set_thumbprints(provider: OpenIdProvider, parameters: Parameters) -> None:
    provider["ThumbprintList"] = members_of(parameters, "ThumbprintList.member.{}")


def _tag(provider: OpenIdProvider, parameters: Parameters) -> None:
    keys = members_of(parameters, "Tags.member.{}.Key")
    new: list[TagTypeDef] = [
        {"Key": key, "Value": parameters.get(f"Tags.member.{n}.Value", "")} for n, key in enumerate(keys, 1)
    ]
    provider["Tags"] = [*(tag for tag in provider["Tags"] if tag["Key"] not in keys), *new]


def _untag(provider: OpenIdProvider, parameters: Parameters) -> None:
    removed = members_of(parameters, "TagKeys.member.{}")
    provider["Tags"] = [tag for tag in provider["Tags"] if tag["Key"] not in removed]


_CHANGES: Mapping[str, Callable[[OpenIdProvider, Parameters], None]] = {
    "AddClientIDToOpenIDConnectProvider": _add_client,
    "RemoveClientIDFromOpenIDConnectProvider": _remove_client,
    "UpdateOpenIDConnectProviderThumbprint": _set_thumbprints,
    "TagOpenIDConnectProvider": _tag,
    "UntagOpenIDConnectProvider": _untag,
}
