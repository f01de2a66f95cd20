"""Property values to and from the engine's wire format (google.protobuf.Struct).

The SDK's experimental `PropertyValue` is not used: it takes an unknown for a string, cannot write one, and drops the
hash of assets and archives, without which a changed Lambda zip at the same path is no difference. Formats: Pulumi's
developer documentation, "Property values".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf import struct_pb2

from localcloud.provider.values import UNKNOWN, Archive, Asset, Props, Unknown, leaves, number

_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the protocol's marker of a secret, not a secret
_ASSET: Final = "c44067f5952c0a294b673a41bacd8c17"
_ARCHIVE: Final = "0def7320c3a5731c473e5ecbe6d01bc7"
_OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_REFERENCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
_UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


@dataclass(frozen=True)
class Secrets:
    """What must not be shown: texts, and the names of top-level properties with a secret that is not text.

    Secrets are followed by value, so that they stay secret wherever they go: into an output, an ARN, an error.
    """

    texts: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def __or__(self, other: Secrets) -> Secrets:
        return Secrets(self.texts | other.texts, self.names | other.names)

    def hide(self, message: str) -> str:
        """Return the message without the secrets."""
        for text in sorted(self.texts, key=len, reverse=True):
            for form in (text, repr(text)[1:-1], json.dumps(text)[1:-1]):
                message = message.replace(form, "[secret]")
        return message


@dataclass(frozen=True)
class Decoded:
    """A resource's properties, and which of them are secret."""

    values: Props
    secrets: Secrets = Secrets()


def decode(struct: struct_pb2.Struct | None) -> Decoded:
    """Read a Struct; nulls are left out."""
    if struct is None:
        return Decoded({})
    values: Props = {}
    texts: set[str] = set()
    names: set[str] = set()
    for key, item in struct.fields.items():
        secret: list[Any] = []
        value = _decode(item, secret)
        if value is not None:
            values[key] = value
        for leaf in leaves(secret):
            if isinstance(leaf, str) and leaf:
                texts.add(leaf)
            elif not isinstance(leaf, Unknown):
                names.add(key)
    return Decoded(values, Secrets(frozenset(texts), frozenset(names)))


def encode(values: Mapping[str, Any], secrets: Secrets = Secrets()) -> struct_pb2.Struct:
    """Write properties, marking what holds a secret."""
    struct = struct_pb2.Struct()
    for key, value in values.items():
        if value is not None:
            item = _encode(value, secrets.texts)
            struct.fields[key].CopyFrom(_signed(_SECRET, value=item) if key in secrets.names else item)
    return struct


def _decode(item: struct_pb2.Value, secret: list[Any]) -> Any:
    kind = item.WhichOneof("kind")
    if kind == "string_value":
        return UNKNOWN if item.string_value == _UNKNOWN else item.string_value
    if kind == "number_value":
        return number(item.number_value)
    if kind == "bool_value":
        return item.bool_value
    if kind == "list_value":
        return [_decode(element, secret) for element in item.list_value.values]
    if kind == "struct_value":
        return _decode_struct(item.struct_value, secret)
    return None


def _decode_struct(struct: struct_pb2.Struct, secret: list[Any]) -> Any:
    fields = struct.fields
    signature = fields[_SIGNATURE].string_value if _SIGNATURE in fields else ""
    if signature == _SECRET:
        secret.append(_decode(fields["value"], secret))
        return secret[-1]
    if signature == _OUTPUT:
        value = _decode(fields["value"], secret) if "value" in fields else UNKNOWN
        if "secret" in fields and fields["secret"].bool_value:
            secret.append(value)
        return value
    if signature == _ASSET:
        source = next(name for name in ("path", "text", "uri") if name in fields)
        return Asset(source, fields[source].string_value, _hash(fields))
    if signature == _ARCHIVE:
        return _decode_archive(fields, secret)
    if signature == _REFERENCE:
        return _decode(fields["id"], secret) if "id" in fields else UNKNOWN
    decoded = ((key, _decode(value, secret)) for key, value in fields.items())
    return {key: value for key, value in decoded if value is not None}


def _decode_archive(fields: Mapping[str, struct_pb2.Value], secret: list[Any]) -> Archive:
    if "assets" in fields:
        members = {name: _decode(value, secret) for name, value in fields["assets"].struct_value.fields.items()}
        return Archive("assets", members, _hash(fields))
    source = "path" if "path" in fields else "uri"
    return Archive(source, fields[source].string_value, _hash(fields))


def _hash(fields: Mapping[str, struct_pb2.Value]) -> str:
    return fields["hash"].string_value if "hash" in fields else ""


def _encode(value: Any, secrets: frozenset[str] = frozenset()) -> struct_pb2.Value:
    if isinstance(value, str):
        item = struct_pb2.Value(string_value=value)
        return _signed(_SECRET, value=item) if any(secret in value for secret in secrets) else item
    if isinstance(value, list):
        return struct_pb2.Value(list_value=struct_pb2.ListValue(values=[_encode(item, secrets) for item in value]))
    if isinstance(value, Mapping):
        items = {str(key): _encode(item, secrets) for key, item in value.items() if item is not None}
        return struct_pb2.Value(struct_value=struct_pb2.Struct(fields=items))
    if isinstance(value, Asset | Archive):
        return _encode_asset(value)
    return _encode_scalar(value)


def _encode_scalar(value: object) -> struct_pb2.Value:
    if isinstance(value, Unknown):
        return struct_pb2.Value(string_value=_UNKNOWN)
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, int | float):
        return struct_pb2.Value(number_value=float(value))
    raise TypeError(f"a property value of type {type(value).__name__} cannot be sent to the engine")


def _encode_asset(value: Asset | Archive) -> struct_pb2.Value:
    fields = {value.source: _encode(value.value)}
    if value.hash:
        fields["hash"] = _encode(value.hash)
    return _signed(_ASSET if isinstance(value, Asset) else _ARCHIVE, **fields)


def _signed(signature: str, **fields: struct_pb2.Value) -> struct_pb2.Value:
    return struct_pb2.Value(struct_value=struct_pb2.Struct(fields={_SIGNATURE: _encode(signature), **fields}))
