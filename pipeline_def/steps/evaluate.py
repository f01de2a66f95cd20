"""Measures a model on the test split: evaluation.json for the condition and the model registry, a KPI row for Athena.

The KPI row is written whether or not the threshold is met. Written for Python 3.9 and XGBoost 1.7 and later.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import json
import math
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xgboost as xgb

import splits

ROOT = Path("/opt/ml/processing")


def load_model(directory: Path) -> xgb.Booster:
    """Load the booster in `directory`/model.tar.gz; raise ValueError unless the archive holds exactly one file."""
    with tarfile.open(directory / "model.tar.gz") as archive:
        files = [member for member in archive.getmembers() if member.isfile()]
        if len(files) != 1:
            raise ValueError(f"model.tar.gz holds {len(files)} files, expected the model alone")
        model = archive.extractfile(files[0])
        content = bytearray(model.read()) if model else bytearray()
    booster = xgb.Booster()
    booster.load_model(content)
    return booster


def metrics(target: np.ndarray, prediction: np.ndarray) -> dict[str, float]:
    """Return error measures: mse with the standard deviation of the squared errors, rmse, mae, r2.

    Raises ValueError for a prediction that is no number. r2 of a constant target is 1.0 for a perfect model, else 0.0,
    as scikit-learn has it.
    """
    if not np.isfinite(prediction).all():
        raise ValueError("the model predicts values that are not finite")
    errors = target - prediction
    squared = errors**2
    variation = float(np.sum((target - target.mean()) ** 2))
    residual = float(squared.sum())
    constant = 1.0 if residual == 0 else 0.0
    return {
        "mse": float(squared.mean()),
        "mse_standard_deviation": float(squared.std()),
        "rmse": math.sqrt(squared.mean()),
        "mae": float(np.abs(errors).mean()),
        "r2": 1 - residual / variation if variation else constant,
    }


def report(measured: dict[str, float], origin: dict[str, object]) -> dict[str, object]:
    """Return the metrics in the shape that the model registry shows as model quality of a regression, and the data."""
    values: dict[str, dict[str, float]] = {name: {"value": measured[name]} for name in ("mse", "rmse", "mae", "r2")}
    values["mse"]["standard_deviation"] = measured["mse_standard_deviation"]
    return {"regression_metrics": values, "dataset": origin}


def kpi_row(
    measured: dict[str, float], arguments: argparse.Namespace, rows: int, now: dt.datetime
) -> dict[str, object]:
    """Return one row, columns in the order of the Glue table, `now` in UTC.

    A comma in the data's URI is escaped: the table knows no quotes.
    """
    return {
        "run_ts": now.strftime("%Y-%m-%d %H:%M:%S"),
        "pipeline_name": arguments.pipeline_name,
        "execution_id": arguments.execution_id,
        "train_job": arguments.train_job,
        "dataset": arguments.dataset.replace(",", "%2C"),
        "n_test": rows,
        **{name: measured[name] for name in ("mse", "rmse", "mae", "r2")},
        "mse_threshold": arguments.mse_threshold,
        "passed": str(measured["mse"] <= arguments.mse_threshold).lower(),
    }


def run(arguments: argparse.Namespace) -> None:
    """Evaluate the model and write both outputs."""
    features, target = splits.read(arguments.test)
    measured = metrics(target, load_model(arguments.model).predict(xgb.DMatrix(features)))

    arguments.evaluation.mkdir(parents=True, exist_ok=True)
    (arguments.evaluation / "evaluation.json").write_text(
        json.dumps(report(measured, splits.read_origin(arguments.test)), indent=2)
    )

    now = dt.datetime.now(dt.timezone.utc)
    row = kpi_row(measured, arguments, len(target), now)
    folder = arguments.kpi / f"dt={now:%Y-%m-%d}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{arguments.execution_id}.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(row), lineterminator="\n")
        writer.writeheader()
        writer.writerow(row)
    print(json.dumps(row))


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the job's arguments; folders default to where SageMaker Processing mounts them."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("pipeline-name", "execution-id", "train-job", "dataset"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--mse-threshold", type=float, required=True)
    for name in ("model", "test", "evaluation", "kpi"):
        parser.add_argument(f"--{name}", type=Path, default=ROOT / name)
    return parser.parse_args(argv)


if __name__ == "__main__":
    try:
        run(parse())
    except ValueError as error:
        sys.exit(f"Evaluation failed: {error}")
