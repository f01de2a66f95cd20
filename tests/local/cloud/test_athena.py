"""Athena answers from the data that the caller may read, and counts what it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .lake import Lake

if TYPE_CHECKING:
    from .conftest import Deployment

pytestmark = pytest.mark.local


@pytest.fixture
def lake(deployment: Deployment) -> Lake:
    return Lake(deployment)


def test_a_projected_table_answers_at_once_from_the_objects_of_the_wanted_days(lake: Lake) -> None:
    lake.metrics_table()
    lake.make_workgroup()
    for day, mse in (("2024-05-01", 4.5), ("2024-05-02", 7.0), ("2024-06-01", 5.25)):
        lake.metrics_row(day, f"e-{day}", mse)
    lake.metrics_row("2024-05-01", "other", 1.0, use_case="other")

    assert lake.rows("SELECT execution_id, mse, passed, dt FROM model_metrics WHERE use_case = 'abalone' ORDER BY dt") == [
        {"execution_id": "e-2024-05-01", "mse": "4.5", "passed": "true", "dt": "2024-05-01"},
        {"execution_id": "e-2024-05-02", "mse": "7.0", "passed": "false", "dt": "2024-05-02"},
        {"execution_id": "e-2024-06-01", "mse": "5.25", "passed": "true", "dt": "2024-06-01"},
    ]
