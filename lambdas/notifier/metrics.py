"""Model-quality metrics: read from the file that a model version names, and compared with an earlier version's."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from botocore.exceptions import ClientError

from lambdas.notifier.deadline import short_reason
from messages.content import Metric

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mypy_boto3_s3 import S3Client

# An evaluation is a few hundred bytes; whatever is much larger is not one, and not worth the function's memory.
MAXIMUM_BYTES = 1024 * 1024
_URI = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<key>.*))?", re.DOTALL)
_KPI_SECTION = "regression_metrics"
# Whether a smaller value is better. A metric that is not listed is shown without a judgement.
_SMALLER_IS_BETTER = {"mse": True, "rmse": True, "mae": True, "r2": False}


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """The metrics of a version by name; `problem` says why there are none."""

    values: Mapping[str, float] = field(default_factory=dict)
    problem: str | None = None


def read(client: S3Client, uri: str | None) -> Evaluation:
    """Read the metrics at an S3 URI; whatever is wrong with the file becomes the evaluation's problem.

    Raises:
        botocore.exceptions.BotoCoreError: S3 does not answer.
    """
    if uri is None:
        return Evaluation(problem="the version names no model-quality statistics")
    match = _URI.fullmatch(uri)
    if match is None or not match["key"]:
        return Evaluation(problem=f"{uri} names no object in S3")
    if match["key"].endswith("/"):
        return Evaluation(problem=f"{uri} names a folder, not a file")
    try:
        response = client.get_object(Bucket=match["bucket"], Key=match["key"])
        with response["Body"] as body:
            if response["ContentLength"] > MAXIMUM_BYTES:
                size = response["ContentLength"]
                return Evaluation(problem=f"{uri} has {size} bytes; an evaluation has at most {MAXIMUM_BYTES}")
            content = body.read()
    except ClientError as error:
        return Evaluation(problem=f"{uri}: {_reason(error)}")
    return parse(content, uri)


def parse(content: bytes, uri: str) -> Evaluation:
    """Return the metrics in an evaluation report.

    The shape is Model Registry's: `{"regression_metrics": {"mse": {"value": 4.2, "standard_deviation": 0.1}}}`, with
    sections that end in `_metrics` (developer guide, "Model quality metrics"). Entries without a finite number are left
    out: curves and confusion matrices are no single metric. A name that is in several sections is qualified by each but
    `regression_metrics`, whose metrics are KPIs: `mse`, and `baseline_metrics.mse`.
    """
    try:
        report = json.loads(content)
    except (ValueError, RecursionError):
        return Evaluation(problem=f"{uri} is not JSON")
    if not isinstance(report, Mapping):
        return Evaluation(problem=f"{uri} holds no JSON object")
    by_name: dict[str, dict[str, float]] = {}
    for section, entries in cast("Mapping[str, object]", report).items():
        if not section.endswith("_metrics") or not isinstance(entries, Mapping):
            continue
        for name, entry in cast("Mapping[str, object]", entries).items():
            value = _finite(cast("Mapping[str, object]", entry).get("value")) if isinstance(entry, Mapping) else None
            if value is not None:
                by_name.setdefault(name, {})[section] = value
    values: dict[str, float] = {}
    for name, by_section in by_name.items():
        for section, value in by_section.items():
            is_plain = len(by_section) == 1 or section == _KPI_SECTION
            values[name if is_plain else f"{section}.{name}"] = value
    if not values:
        return Evaluation(problem=f"{uri} holds no metric: expected sections such as regression_metrics")
    return Evaluation(values=values)


def compare(values: Mapping[str, float], previous: Mapping[str, float]) -> list[Metric]:
    """Return one row for each metric of the version: first those with a known direction, then the others by name."""
    return [_compared(name, values[name], previous.get(name)) for name in _in_order(values)]


def _finite(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _reason(error: ClientError) -> str:
    reason = short_reason(error)
    # Without s3:ListBucket, S3 answers 403 for an object that does not exist (API reference, "GetObject").
    return f"{reason}, or there is no such object" if reason.startswith("access denied") else reason


def _in_order(names: Iterable[str]) -> list[str]:
    known = list(_SMALLER_IS_BETTER)
    return sorted(names, key=lambda name: (known.index(name) if name in known else len(known), name))


def _compared(name: str, value: float, previous: float | None) -> Metric:
    if previous is None:
        return Metric(name=name, value=value)
    change = value - previous
    return Metric(
        name=name,
        value=value,
        previous=previous,
        change=change,
        percent=100 * change / abs(previous) if previous else None,
        verdict=_verdict(name, change),
    )


def _verdict(name: str, change: float) -> str | None:
    if name not in _SMALLER_IS_BETTER:
        return None
    if change == 0:
        return "same"
    return "better" if (change < 0) == _SMALLER_IS_BETTER[name] else "worse"
