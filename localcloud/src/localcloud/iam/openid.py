"""What the emulator's IAM lacks of OpenID Connect providers: changing their clients, thumbprints and tags.

Source: IAM API reference, AddClientIDToOpenIDConnectProvider and the other operations named here.
"""
# ruff: noqa: SLF001
# pyright: reportPrivateUsage=false

from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import iam

Answer = tuple[Any, ...]
Params = Mapping[str, Any]

_ARN = "OpenIDConnectProviderArn"


def add_operations() -> None:
    """Adds the operations to the emulator."""
    handlers: dict[str, Any] = iam._IAM_HANDLERS
    for operation, change in _CHANGES.items():
        handlers.setdefault(operation, _handler(operation, change))
    handlers.setdefault("ListOpenIDConnectProviderTags", _list_tags)


def _handler(operation: str, change: Callable[[dict[str, Any], Params], None]) -> Callable[[Params], Answer]:
    def handle(given: Params) -> Answer:
        provider = iam._oidc_providers.get(iam._p(given, _ARN))
        if provider is None:
            return _missing(given)
        change(provider, given)
        return iam._xml(200, f"{operation}Response", "", ns="iam")

    return handle


def _list_tags(given: Params) -> Answer:
    provider = iam._oidc_providers.get(iam._p(given, _ARN))
    if provider is None:
        return _missing(given)
    tags = "".join(f"<member><Key>{t['Key']}</Key><Value>{t['Value']}</Value></member>" for t in provider["Tags"])
    body = f"<ListOpenIDConnectProviderTagsResult><Tags>{tags}</Tags></ListOpenIDConnectProviderTagsResult>"
    return iam._xml(200, "ListOpenIDConnectProviderTagsResponse", body, ns="iam")


def _missing(given: Params) -> Answer:
    return iam._error(404, "NoSuchEntity", f"OIDC provider {iam._p(given, _ARN)} not found.", ns="iam")


def _add_client(provider: dict[str, Any], given: Params) -> None:
    client = iam._p(given, "ClientID")
    provider["ClientIDList"] = [*(known for known in provider["ClientIDList"] if known != client), client]


def _remove_client(provider: dict[str, Any], given: Params) -> None:
    provider["ClientIDList"] = [known for known in provider["ClientIDList"] if known != iam._p(given, "ClientID")]


def _set_thumbprints(provider: dict[str, Any], given: Params) -> None:
    provider["ThumbprintList"] = _members(given, "ThumbprintList")


def _tag(provider: dict[str, Any], given: Params) -> None:
    new = iam._extract_tags(given)
    names = {tag["Key"] for tag in new}
    provider["Tags"] = [*(tag for tag in provider["Tags"] if tag["Key"] not in names), *new]


def _untag(provider: dict[str, Any], given: Params) -> None:
    gone = set(_members(given, "TagKeys"))
    provider["Tags"] = [tag for tag in provider["Tags"] if tag["Key"] not in gone]


def _members(given: Params, name: str) -> list[str]:
    found: list[str] = []
    while value := iam._p(given, f"{name}.member.{len(found) + 1}"):
        found.append(value)
    return found


_CHANGES: Mapping[str, Callable[[dict[str, Any], Params], None]] = {
    "AddClientIDToOpenIDConnectProvider": _add_client,
    "RemoveClientIDFromOpenIDConnectProvider": _remove_client,
    "UpdateOpenIDConnectProviderThumbprint": _set_thumbprints,
    "TagOpenIDConnectProvider": _tag,
    "UntagOpenIDConnectProvider": _untag,
}
