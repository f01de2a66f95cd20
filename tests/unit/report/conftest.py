from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from demo.report.model import Answer, Report


def answer(query: str, columns: list[str], *rows: tuple[Any, ...]) -> Answer:
    return Answer(
        query=query,
        columns=dict.fromkeys(columns, "varchar"),
        rows=[dict(zip(columns, row, strict=True)) for row in rows],
        seconds=0.2,
        bytes_scanned=100,
    )


@pytest.fixture
def report() -> Callable[..., Report]:
    """A report with nothing in it but what is given."""

    def make(**parts: Any) -> Report:
        empty: dict[str, Any] = {
            "stack": "local",
            "region": "us-east-1",
            "engine_version": "v3.259.0",
            "created": datetime(2026, 11, 25, 14, 4, tzinfo=UTC),
            "deploy_seconds": 14.2,
            "second_up_changes": 0,
            "answers": (),
            "executions": (),
            "messages": (),
            "resources": (),
            "left": {"s3": 0},
        }
        return Report(**{**empty, **parts})

    return make
