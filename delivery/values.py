"""Property values in the engine's JSON: reading them by path, and showing them without secrets."""

import json
import re
from typing import cast

SECRET = "[secret]"  # noqa: S105 the placeholder for one
UNKNOWN = "[known after deployment]"

# sdk/go/common/resource: a wrapped value carries this key; its value tells what is wrapped.
SIGNATURE_KEY = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 the engine's constant
_FILES = ("c44067f5952c0a294b673a41bacd8c17", "0def7320c3a5731c473e5ecbe6d01bc7")
# sdk/go/common/resource/plugin: computed values on the wire.
_COMPUTED = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
_TOKEN = re.compile(r'\.?([^.\["]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]')


def shown(value: object) -> str:
    """Return the value as one line: strings unchanged, all else as JSON; secrets and unknowns as placeholders."""
    plain = plain_value(value)
    return plain if isinstance(plain, str) else json.dumps(plain, sort_keys=True, ensure_ascii=False)


def plain_value(value: object) -> object:
    """Return the value with placeholders for secrets and unknowns, and hashes for files."""
    if isinstance(value, dict):
        return _plain_object(cast("dict[str, object]", value))
    if isinstance(value, list):
        return [plain_value(item) for item in cast("list[object]", value)]
    return UNKNOWN if isinstance(value, str) and value in _COMPUTED else value


def _plain_object(value: dict[str, object]) -> object:
    signature = value.get(SIGNATURE_KEY)
    if signature is None:
        return {key: plain_value(item) for key, item in value.items()}
    if signature in _FILES:
        # The path differs between machines; the content doesn't.
        return f"[file sha256:{value.get('hash') or 'unknown'}]"
    # Whatever else is wrapped (an output value, a resource reference, a kind to come) might hold a secret.
    return SECRET


def is_secret(value: object) -> bool:
    """Return whether the value is or contains a secret."""
    if isinstance(value, dict):
        mapping = cast("dict[str, object]", value)
        if SIGNATURE_KEY in mapping:
            return mapping[SIGNATURE_KEY] not in _FILES
        return any(is_secret(item) for item in mapping.values())
    return isinstance(value, list) and any(is_secret(item) for item in cast("list[object]", value))


def at(properties: object, path: str) -> object:
    """Return the value at a property path such as `tags["a.b"]` or `rules[0].id`; None where there is none.

    A secret on the way is returned itself: what it contains is as secret.
    """
    current = properties
    for name, index, quoted in _TOKEN.findall(path):
        if isinstance(current, dict):
            mapping = cast("dict[str, object]", current)
            if SIGNATURE_KEY in mapping:
                return mapping
            current = mapping.get(name or quoted.replace('\\"', '"').replace("\\\\", "\\") or index)
        elif isinstance(current, list) and index:
            items = cast("list[object]", current)
            current = items[int(index)] if int(index) < len(items) else None
        else:
            return None
    return current
