"""The rows that the evaluate step writes: a single file on AWS, which can't import the contract that it keeps."""

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest

from contract.layout import KPI_COLUMNS


@pytest.fixture
def kpi_row(script: Callable[[str], ModuleType]) -> dict[str, object]:
    evaluate: Any = script("evaluate")
    values = {"pipeline_name": "p", "execution_id": "e", "train_job": "t", "dataset": "d", "mse_threshold": 1.0}
    measured = {"mse": 1.0, "rmse": 1.0, "mae": 1.0, "r2": 0.5}
    return evaluate.kpi_row(measured, argparse.Namespace(**values), 10, datetime(2026, 3, 2, 8, 9, 10, tzinfo=UTC))


def test_the_evaluate_step_writes_the_columns_of_a_kpi_row_in_their_order(kpi_row: dict[str, object]) -> None:
    assert list(kpi_row) == list(KPI_COLUMNS)


def test_each_value_of_a_kpi_row_reads_as_its_columns_type(kpi_row: dict[str, object]) -> None:
    python = {"string": str, "bigint": int, "double": float}
    typed = [name for name, kind in KPI_COLUMNS.items() if kind in python]

    assert set(KPI_COLUMNS) - set(typed) == {"run_ts", "passed"}
    assert all(isinstance(kpi_row[name], python[KPI_COLUMNS[name]]) for name in typed)
    # The one format of timestamps, and the words for booleans, that Athena's LazySimpleSerDe reads.
    assert (KPI_COLUMNS["run_ts"], kpi_row["run_ts"]) == ("timestamp", "2026-03-02 08:09:10")
    assert (KPI_COLUMNS["passed"], kpi_row["passed"]) == ("boolean", "true")
