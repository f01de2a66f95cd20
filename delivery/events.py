"""The engine's event stream (apitype.EngineEvent, one JSON object per line), as far as the jobs need it.

Debug diagnostics are dropped here, so that nothing downstream can print them: they contain the plaintext of secrets
(measured with 3.259.0), which all other events mask.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypedDict


class PropertyDiff(TypedDict, total=False):
    """One entry of a step's detailed diff (apitype.PropertyDiff), as far as it is read here."""

    diffKind: str
    inputDiff: bool


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step on one resource; `done` is False before the step and True after it.

    `old` and `new` are resource states: objects with `inputs` and `outputs`; None before creation, after deletion.
    """

    op: str
    urn: str
    type: str
    old: dict[str, Any] | None
    new: dict[str, Any] | None
    diffs: tuple[str, ...]
    detailed: dict[str, PropertyDiff]
    replace_keys: tuple[str, ...]
    done: bool

    @property
    def name(self) -> str:
        """The resource's logical name, the end of its URN."""
        return self.urn.rpartition("::")[2]


@dataclass(frozen=True, kw_only=True)
class Diagnostic:
    """A warning or an error; `urn` is empty where it concerns no resource, `policy` where no policy pack says it."""

    severity: str
    message: str
    urn: str
    policy: str = ""


Event = Step | Diagnostic


def parse(lines: Iterable[str]) -> Iterator[Event]:
    """Yield the steps, warnings and errors of a stream; lines that are no event are skipped."""
    for line in lines:
        event = _decoded(line)
        if "diagnosticEvent" in event:
            diagnostic = event["diagnosticEvent"]
            if diagnostic.get("severity") in {"warning", "error"}:
                message = str(diagnostic.get("message", "")).strip()
                yield Diagnostic(severity=diagnostic["severity"], message=message, urn=diagnostic.get("urn") or "")
        elif "policyEvent" in event:
            yield _violation(event["policyEvent"])
        elif "resourcePreEvent" in event:
            yield _step(event["resourcePreEvent"]["metadata"], done=False)
        elif "resOutputsEvent" in event:
            yield _step(event["resOutputsEvent"]["metadata"], done=True)
        elif "resOpFailedEvent" in event:
            failed = event["resOpFailedEvent"]["metadata"]
            yield Diagnostic(severity="failed", message=f"{failed['op']} failed", urn=failed["urn"])


def policy_warnings(events: Iterable[Event]) -> list[str]:
    """Return what the policy pack says without refusing it, such as which rules the stack file switches off."""
    return [
        event.message
        for event in events
        if isinstance(event, Diagnostic) and event.policy and event.severity == "warning"
    ]


def _decoded(line: str) -> dict[str, Any]:
    if not line.startswith("{"):
        return {}
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}


def _violation(event: dict[str, Any]) -> Diagnostic:
    """Return what a policy says: an error where it is mandatory, else a warning."""
    name, text = str(event.get("policyName")), str(event.get("message", "")).strip()
    return Diagnostic(
        severity="error" if event.get("enforcementLevel") == "mandatory" else "warning",
        message=f"policy {name}: {text}",
        urn=event.get("resourceUrn") or "",
        policy=name,
    )


def _step(metadata: dict[str, Any], *, done: bool) -> Step:
    return Step(
        op=metadata["op"],
        urn=metadata["urn"],
        type=metadata["type"],
        old=metadata.get("old"),
        new=metadata.get("new"),
        diffs=tuple(metadata.get("diffs") or ()),
        detailed=metadata.get("detailedDiff") or {},
        replace_keys=tuple(metadata.get("keys") or ()),
        done=done,
    )
