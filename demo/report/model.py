"""What a report is made of: plain, frozen facts, each measured by whoever hands them over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Value = str | int | float | bool | None
Row = Mapping[str, Value]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What Athena answered to a named query.

    `columns` in the query's order, each with Athena's type; a row has a value for each of them. `seconds` from the
    start of the query to its last row, `bytes_scanned` as Athena accounts them.
    """

    query: str
    columns: Mapping[str, str]
    rows: Sequence[Row]
    seconds: float
    bytes_scanned: int
    sql: str = ""

    @classmethod
    def of(cls, query: str, measured: Mapping[str, Any]) -> Answer:
        """Read an entry of `demo.kpis.answers`, which is also what `kpi` holds in the demo's summary."""
        return cls(
            query=query,
            columns={column["name"]: column["type"] for column in measured["columns"]},
            rows=tuple(measured["rows"]),
            seconds=measured["seconds"],
            bytes_scanned=measured["bytes_scanned"],
            sql=measured.get("sql", ""),
        )


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step of an execution; `start` in seconds after the execution's, None where it never began."""

    name: str
    kind: str
    status: str
    start: float | None = None
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """A metric of a model and the greatest value that would have been accepted."""

    metric: str
    value: float
    threshold: float

    @property
    def met(self) -> bool:
        """Whether the value is within the threshold."""
        return self.value <= self.threshold


@dataclass(frozen=True, kw_only=True)
class Execution:
    """An execution of the ML pipeline, as SageMaker describes it."""

    name: str
    execution_id: str
    status: str
    seconds: float
    steps: Sequence[Step]
    measurement: Measurement | None = None
    failure_reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Action:
    """An action of the delivery pipeline."""

    name: str
    status: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """An execution of the delivery pipeline: a commit on its way to the stack."""

    commit: str
    actions: Sequence[Action]
    status: str = ""
    message: str = ""

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Delivery:
        """Read `{"commit", "status", "message", "actions": [{"name", "status", "seconds"}]}`."""
        actions = [Action(name=a["name"], status=a["status"], seconds=a["seconds"]) for a in entry["actions"]]
        return cls(
            commit=entry["commit"],
            actions=tuple(actions),
            status=entry.get("status", ""),
            message=entry.get("message", ""),
        )


@dataclass(frozen=True, kw_only=True)
class Message:
    """A message as it was sent; `seconds` from the event to the inbox."""

    subject: str
    body: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource in the engine's state; `parent` is a URN too, empty for the stack."""

    urn: str
    parent: str = ""

    @property
    def type(self) -> str:
        """The type token, without those of its parents."""
        return self.urn.split("::")[2].rpartition("$")[2]

    @property
    def name(self) -> str:
        """The logical name."""
        return self.urn.split("::", 3)[3]


@dataclass(frozen=True, kw_only=True)
class Report:
    """All of a demo.

    `deploy_seconds` is the first deployment's; `left` counts by service what `destroy` left behind.
    """

    stack: str
    region: str
    engine_version: str
    created: datetime
    deploy_seconds: float
    second_up_changes: int
    answers: Sequence[Answer]
    executions: Sequence[Execution]
    messages: Sequence[Message]
    resources: Sequence[Resource]
    left: Mapping[str, int]
    deliveries: Sequence[Delivery] = field(default=())


def resources_of(export: Mapping[str, Any]) -> tuple[Resource, ...]:
    """Return the resources in what `pulumi stack export` prints."""
    entries = export["deployment"].get("resources", [])
    return tuple(Resource(urn=entry["urn"], parent=entry.get("parent", "")) for entry in entries)
