"""A person follows commits through a delivery pipeline that carries more than one at a time."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from contract.names import APPROVAL_STAGE, UPSERT_STAGE
from demo import DemoError, Patience
from demo.delivery import Delivery
from demo.timeline import Timeline

OLDER, NEWER = "a" * 40, "b" * 40
LONG_AGO = datetime.now(UTC) - timedelta(hours=1)
Moment = tuple[list[dict[str, Any]], list[dict[str, Any]]]


def execution(name: str, commit: str, status: str) -> dict[str, Any]:
    revisions = [{"revisionId": commit}] if commit else []
    return {
        "pipelineExecutionId": name,
        "status": status,
        "sourceRevisions": revisions,
        "lastUpdateTime": LONG_AGO,
    }


def stage(name: str, execution_id: str, status: str) -> dict[str, Any]:
    return {
        "stageName": name,
        "latestExecution": {"pipelineExecutionId": execution_id, "status": status},
        "actionStates": [{"actionName": name, "latestExecution": {"status": status, "token": f"token-{execution_id}"}}],
    }


class CodePipeline:
    """Answers as the service does at one moment after another, and stays at the last."""

    def __init__(self, moments: list[Moment]) -> None:
        self._moments: Iterator[Moment] = iter(moments)
        self._now: Moment = ([], [])
        self.approved: list[str] = []

    def list_pipeline_executions(self, **_: str) -> dict[str, Any]:
        self._now = next(self._moments, self._now)
        return {"pipelineExecutionSummaries": self._now[0]}

    def get_pipeline_state(self, **_: str) -> dict[str, Any]:
        return {"stageStates": self._now[1]}

    def get_pipeline(self, **_: str) -> dict[str, Any]:
        return {"pipeline": {"artifactStore": {"location": "artifacts"}}}

    def get_object(self, **_: str) -> dict[str, Any]:
        return {"Body": io.BytesIO(b"- changed README.md\n")}

    def put_approval_result(self, *, token: str, **_: Any) -> None:
        self.approved.append(token)

    def get_paginator(self, _: str) -> CodePipeline:
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return [{"actionExecutionDetails": []}]


def delivery(service: CodePipeline) -> Delivery:
    patience = Patience(poll_seconds=0, longest_seconds=0.02)
    timeline = Timeline(Console(file=io.StringIO()))
    return Delivery(lambda _: service, lambda _: service, "delivery", timeline, patience=patience)


def test_a_stage_is_reached_while_the_execution_goes_on() -> None:
    running = [execution("1", OLDER, "InProgress")]
    service = CodePipeline(
        [
            (running, [stage(UPSERT_STAGE, "1", "InProgress")]),
            (running, [stage(UPSERT_STAGE, "1", "Succeeded"), stage("Verify", "1", "InProgress")]),
        ]
    )
    follower = delivery(service)
    follower.reach(OLDER, UPSERT_STAGE, "a commit")
    assert follower.entries == []


def test_a_stage_that_an_older_commit_has_passed_is_not_reached() -> None:
    both = [execution("2", NEWER, "InProgress"), execution("1", OLDER, "Succeeded")]
    service = CodePipeline([(both, [stage(UPSERT_STAGE, "1", "Succeeded")])])
    with pytest.raises(DemoError, match=f"not done with {NEWER}"):
        delivery(service).reach(NEWER, UPSERT_STAGE, "a commit")


def test_an_execution_that_ends_before_a_stage_is_reported() -> None:
    service = CodePipeline([([execution("1", OLDER, "Failed")], [])])
    with pytest.raises(DemoError, match="execution 1 of delivery ended Failed"):
        delivery(service).reach(OLDER, UPSERT_STAGE, "a commit")


def test_a_newer_commit_is_not_approved_while_an_older_one_is_followed() -> None:
    newer = execution("2", NEWER, "InProgress")
    waits = stage(APPROVAL_STAGE, "2", "InProgress")
    service = CodePipeline(
        [
            ([newer, execution("1", OLDER, "InProgress")], [waits]),
            ([newer, execution("1", OLDER, "Succeeded")], [waits]),
        ]
    )
    follower = delivery(service)
    entries = follower.follow(OLDER, "the older")
    assert ([entry["execution_id"] for entry in entries], service.approved) == (["1"], [])


def test_what_waits_of_the_followed_commit_is_approved() -> None:
    service = CodePipeline(
        [
            ([execution("1", OLDER, "InProgress")], [stage(APPROVAL_STAGE, "1", "InProgress")]),
            ([execution("1", OLDER, "Succeeded")], []),
        ]
    )
    delivery(service).follow(OLDER, "a commit")
    assert service.approved == ["token-1"]


def test_an_execution_that_has_yet_to_say_its_commit_may_be_the_one_that_starts_again() -> None:
    stopped = execution("1", OLDER, "Succeeded")
    service = CodePipeline(
        [
            ([execution("2", "", "InProgress"), stopped], []),
            ([execution("2", OLDER, "InProgress"), stopped], []),
            ([execution("2", OLDER, "Succeeded"), stopped], []),
        ]
    )
    assert [entry["execution_id"] for entry in delivery(service).follow(OLDER, "a commit")] == ["1", "2"]
