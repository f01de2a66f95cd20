"""EventBridge in the emulator: whether a rule's pattern matches an event."""
# ruff: noqa: SLF001
# pyright: reportPrivateUsage=false

from collections.abc import Mapping

from ministack.services import eventbridge


def matches(pattern: str, event: Mapping[str, object]) -> bool:
    """Return what TestEventPattern answers; `pattern` is its JSON text, which the emulator has accepted."""
    return eventbridge._matches_pattern(pattern, eventbridge._event_from_test_payload(dict(event)))
