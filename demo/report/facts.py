"""The headline facts of a report: each counted from the report itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from demo.report import texts
from demo.report.model import Report


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A figure, what it counts, and what stands behind it; `good` is None where nothing can be good or bad about it."""

    figure: str
    label: str
    detail: str
    good: bool | None = None


def facts(report: Report) -> Iterator[Fact]:
    """Return the facts in the order of the report's sections."""
    yield _deployed(report)
    if report.deliveries:
        yield _delivered(report)
    yield _executed(report)
    if report.messages:
        yield _notified(report)
    yield _answered(report)
    yield _left(report)


def _deployed(report: Report) -> Fact:
    again = report.second_up_changes
    return Fact(
        figure=f"{len(report.resources):,}",
        label="resources deployed",
        detail=f"in {texts.duration(report.deploy_seconds)}; deploying again changed {again or 'nothing'}",
        good=again == 0,
    )


def _delivered(report: Report) -> Fact:
    # A commit that changes the delivery pipeline has two executions: the newest one says how it ended.
    newest = {delivery.commit: delivery for delivery in report.deliveries}
    done = sum(all(action.status == "Succeeded" for action in delivery.actions) for delivery in newest.values())
    return Fact(
        figure=f"{done} of {len(newest)}",
        label="commits delivered",
        detail=f"in {texts.count(len(report.deliveries), 'execution')} of the delivery pipeline",
        good=done == len(newest),
    )


def _executed(report: Report) -> Fact:
    measured = [execution.measurement for execution in report.executions if execution.measurement]
    met = sum(measurement.met for measurement in measured)
    detail = f"{met} of {len(measured)} within the threshold" if measured else "none measured a model"
    return Fact(figure=f"{len(report.executions)}", label="ML pipeline executions", detail=detail)


def _notified(report: Report) -> Fact:
    slowest = max(message.seconds for message in report.messages)
    return Fact(
        figure=f"{len(report.messages)}",
        label="messages sent",
        detail=f"the slowest {texts.duration(slowest)} after its event",
    )


def _answered(report: Report) -> Fact:
    seconds = sum(answer.seconds for answer in report.answers)
    scanned = sum(answer.bytes_scanned for answer in report.answers)
    return Fact(
        figure=f"{len(report.answers)}",
        label="questions answered by Athena",
        detail=f"in {texts.duration(seconds)}, {texts.size(scanned)} scanned",
    )


def _left(report: Report) -> Fact:
    left = sum(report.left.values())
    return Fact(
        figure=f"{left}",
        label="left after destroy",
        detail=f"{len(report.left)} services looked through",
        good=left == 0,
    )
