"""The demo's report: what its summary, its executions and the engine's state say, as one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from demo.report.model import Answer, Delivery, Execution, Message, Report, Resource


def report(
    summary: Mapping[str, Any], region: str, executions: Sequence[Execution], resources: Sequence[Resource]
) -> Report:
    """The report of a demo that is over; `resources` as they were before the stack was destroyed."""
    return Report(
        stack="local",
        region=region,
        engine_version=summary["engine_version"],
        created=datetime.now(UTC),
        deploy_seconds=summary["deploy_seconds"],
        second_up_changes=summary["second_up_changes"],
        answers=[Answer.of(name, entry) for name, entry in summary["kpi"].items()],
        executions=executions,
        messages=[
            Message(subject=message["subject"], body=message["body"], seconds=message["seconds"])
            for message in summary["messages"]
        ],
        resources=resources,
        left=summary["after_destroy"],
        deliveries=[Delivery.of(entry) for entry in summary.get("pipeline", ())],
    )
