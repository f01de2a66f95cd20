"""Metrics: read where they are sound; where they are not, the message says why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from lambdas.notifier.metrics import MAXIMUM_BYTES, compare, parse

from .stage import ARTIFACTS

if TYPE_CHECKING:
    from .stage import Stage

URI = "s3://bucket/evaluation.json"
KEY = "abalone-test/executions/x/evaluation.json"


@pytest.mark.parametrize(
    ("report", "values"),
    [
        ({"regression_metrics": {"mse": {"value": 4.5, "standard_deviation": 0.1}}}, {"mse": 4.5}),
        ({"regression_metrics": {"mse": {"value": 4}}, "binary_classification_metrics": {"auc": {"value": 0.9}}}, None),
        ({"regression_metrics": {"mse": {"value": True}, "mae": {"value": 1.5}}}, {"mae": 1.5}),
        ({"regression_metrics": {"mse": {"value": float("nan")}, "mae": {"value": 1.5}}}, {"mae": 1.5}),
        ({"regression_metrics": {"mse": {"value": float("inf")}, "mae": {"value": 1.5}}}, {"mae": 1.5}),
        ({"regression_metrics": {"mse": {"value": 10**400}, "mae": {"value": 1.5}}}, {"mae": 1.5}),
        ({"regression_metrics": {"mse": 4.5, "mae": {"value": 1.5}}}, {"mae": 1.5}),
        ({"regression_metrics": {"mse": {"value": "4.5"}, "mae": {"value": 1.5}}}, {"mae": 1.5}),
        ({"version": 0, "dataset": {"item_count": 3}, "regression_metrics": {"mae": {"value": 1.5}}}, {"mae": 1.5}),
        (
            {"regression_metrics": {"mse": {"value": 4}}, "own_metrics": {"mse": {"value": 4}}},
            {"mse": 4, "own_metrics.mse": 4},
        ),
        (
            {"regression_metrics": {"mse": {"value": 4}}, "own_metrics": {"mse": {"value": 5}, "mae": {"value": 1}}},
            {"mse": 4, "own_metrics.mse": 5, "mae": 1},
        ),
        (
            {"b_metrics": {"auc": {"value": 0.9}}, "c_metrics": {"auc": {"value": 0.8}}},
            {"b_metrics.auc": 0.9, "c_metrics.auc": 0.8},
        ),
        ({"multiclass_classification_metrics": {"confusion_matrix": {"0": {"0": 1}}, "f1": {"value": 1}}}, {"f1": 1}),
    ],
)
def test_every_finite_metric_of_a_report_is_read(report: dict[str, object], values: dict[str, float] | None) -> None:
    expected = {"mse": 4, "auc": 0.9} if values is None else values
    assert parse(json.dumps(report).encode(), URI).values == expected


def test_a_byte_order_mark_is_no_obstacle() -> None:
    assert parse(b'\xef\xbb\xbf{"regression_metrics": {"mse": {"value": 4}}}', URI).values == {"mse": 4}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is not JSON"),
        (b"mse,4.5", "is not JSON"),
        (b"\xff\xfe\x00", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b'{"regression_metrics": {"mse": {"value": ' + b"9" * 5000 + b"}}}", "is not JSON"),
        (b"[1]", "holds no JSON object"),
        (b"{}", "holds no metric"),
        (b'{"regression_metrics": {}}', "holds no metric"),
        (b'{"regression_metrics": [4.5]}', "holds no metric"),
    ],
)
def test_a_report_without_metrics_is_a_problem_that_is_reported(content: bytes, problem: str) -> None:
    evaluation = parse(content, URI)

    assert evaluation.values == {}
    assert problem in (evaluation.problem or "")


@pytest.mark.parametrize(
    ("uri", "problem"),
    [
        (None, "the version names no model-quality statistics"),
        (f"s3://{ARTIFACTS}", "names no object in S3"),
        (f"s3://{ARTIFACTS}/", "names no object in S3"),
        ("https://example.com/evaluation.json", "names no object in S3"),
        (f"s3://{ARTIFACTS}/evaluation/", "names a folder, not a file"),
        (f"s3://{ARTIFACTS}/missing.json", "missing.json: NoSuchKey (GetObject)"),
        ("s3://no-such-bucket-anywhere/evaluation.json", "NoSuchBucket (GetObject)"),
    ],
)
def test_metrics_that_cannot_be_found_are_reported_in_a_message_that_arrives(
    stage: Stage, uri: str | None, problem: str
) -> None:
    stage.handle(stage.event(stage.register(uri=uri)))

    assert problem in stage.inbox()[0]["Message"]
    assert stage.counts.values["MetricsMissing"] == 1


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"{broken", "is not JSON"),
        (b" " * (MAXIMUM_BYTES + 1), f"has {MAXIMUM_BYTES + 1} bytes; an evaluation has at most {MAXIMUM_BYTES}"),
    ],
)
def test_metrics_that_cannot_be_read_are_reported_in_a_message_that_arrives(
    stage: Stage, content: bytes, problem: str
) -> None:
    stage.handle(stage.event(stage.register(content)))

    assert problem in stage.inbox()[0]["Message"]


def test_what_is_no_metric_in_an_event_that_cannot_be_verified_is_reported(stage: Stage) -> None:
    event = stage.event(stage.register({"mse": 1.0}), ModelMetrics={"ModelQuality": ["nonsense"]})
    stage.faults.refuse("sagemaker", "DescribeModelPackage")
    stage.handle(event)

    assert "Metrics are missing: the version names no model-quality statistics." in stage.inbox()[0]["Message"]


def test_metrics_at_the_limit_of_the_number_range_are_compared() -> None:
    [delta] = compare({"mse": 1e308}, {"mse": -1e308})

    assert delta.verdict == "worse"


def test_metrics_are_compared_only_where_both_versions_have_them() -> None:
    rows = {row.name: row.verdict for row in compare({"mse": 1.0, "auc": 0.9}, {"auc": 0.8, "r2": 0.5})}

    assert rows == {"mse": None, "auc": None}
