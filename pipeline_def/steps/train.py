"""Trains a gradient-boosted regression with XGBoost, in SageMaker's XGBoost image or as a plain process.

The model is one file in XGBoost's own format, which the image's inference server loads without a script.
Written for Python 3.9 and XGBoost 1.7 and later.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xgboost as xgb

import splits

MODEL_FILE = "xgboost-model.ubj"
NUMBERS = {
    "eta": float,
    "max_depth": int,
    "gamma": float,
    "min_child_weight": float,
    "subsample": float,
    "lambda": float,
}


def booster_parameters(hyperparameters: Mapping[str, str]) -> dict[str, Any]:
    """Pick XGBoost's own parameters out of the job's hyperparameters, which SageMaker hands over as text."""
    numbers = {name: convert(hyperparameters[name]) for name, convert in NUMBERS.items() if name in hyperparameters}
    return {"objective": hyperparameters.get("objective", "reg:squarederror"), "seed": 0, **numbers}


def fit(train: xgb.DMatrix, validation: xgb.DMatrix, hyperparameters: Mapping[str, str]) -> xgb.Booster:
    """Train until the validation error has not improved for some rounds; return the booster at its best round."""
    patience = int(hyperparameters.get("early_stopping_rounds", "0")) or None
    booster = xgb.train(
        booster_parameters(hyperparameters),
        train,
        num_boost_round=int(hyperparameters.get("num_round", "100")),
        evals=[(train, "train"), (validation, "validation")],
        early_stopping_rounds=patience,
        verbose_eval=10,
    )
    return booster[: booster.best_iteration + 1] if patience else booster


def run(arguments: argparse.Namespace) -> None:
    """Read hyperparameters and channels, train, save the model, print the metrics that the definition names."""
    hyperparameters = json.loads(arguments.hyperparameters.read_text())
    matrices = {}
    for name in ("train", "validation"):
        features, target = splits.read(getattr(arguments, name))
        matrices[name] = xgb.DMatrix(features, label=target)
    booster = fit(matrices["train"], matrices["validation"], hyperparameters)
    arguments.model.mkdir(parents=True, exist_ok=True)
    booster.save_model(arguments.model / MODEL_FILE)
    evaluation = booster.eval_set(
        [(matrices["train"], "train"), (matrices["validation"], "validation")], booster.num_boosted_rounds() - 1
    )
    print(f"rounds={booster.num_boosted_rounds()}", *evaluation.split("\t")[1:])


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the arguments; folders default to the SM_* variables, then to where SageMaker Training mounts them."""
    inputs = os.environ.get("SM_INPUT_DIR", "/opt/ml/input")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hyperparameters", type=Path, default=Path(inputs, "config", "hyperparameters.json"))
    for name in ("train", "validation"):
        folder = os.environ.get(f"SM_CHANNEL_{name.upper()}", f"{inputs}/data/{name}")
        parser.add_argument(f"--{name}", type=Path, default=Path(folder))
    parser.add_argument("--model", type=Path, default=Path(os.environ.get("SM_MODEL_DIR", "/opt/ml/model")))
    return parser.parse_args(argv)


if __name__ == "__main__":
    try:
        run(parse())
    except ValueError as error:
        sys.exit(f"Training failed: {error}")
