"""Splits a CSV data set and makes it numeric: what is fitted, is fitted on the training split alone.

Any CSV works: with a header, or without one and its column names given, in one file or many. The target has to be
numeric; other columns are imputed and scaled (numeric) or one-hot encoded (categorical). The fitted transformer is
saved beside the splits. With more than one instance each one writes the same files. Written for Python 3.9 and
scikit-learn 1.2 and later.
"""

# pandas and scikit-learn type most results as a union of everything a call could return:
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false
# pyright: reportIndexIssue=false, reportReturnType=false

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import splits
from dataset import InvalidDataError, load

ROOT = Path("/opt/ml/processing")
FEWEST_ROWS = 10
MISSING = "missing"


def separate(table: pd.DataFrame, target_column: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Separate features and numeric target; rows without a target are dropped."""
    if target_column not in table.columns:
        raise InvalidDataError(f"no column {target_column!r}; the columns are {', '.join(map(str, table.columns))}")
    target = pd.to_numeric(table[target_column], errors="coerce")
    unreadable = table.loc[target.isna() & table[target_column].notna(), target_column]
    if len(unreadable):
        raise InvalidDataError(
            f"{len(unreadable)} values of {target_column!r} are not numbers, the first is {unreadable.iloc[0]!r}; "
            "if the file has a header, no column names may be given"
        )
    known = np.isfinite(target.to_numpy(dtype=float))
    if known.sum() < FEWEST_ROWS:
        raise InvalidDataError(f"{known.sum()} rows with a target, at least {FEWEST_ROWS} are needed")
    features = table.drop(columns=target_column)[known].reset_index(drop=True)
    if features.empty:
        raise InvalidDataError(f"no column besides {target_column!r}")
    return features, target.to_numpy(dtype=float)[known]


def typed(features: pd.DataFrame, categorical: Sequence[str]) -> pd.DataFrame:
    """Return categorical columns as text, with a category of its own for missing values; the others as float.

    Without names given, those that are not numeric are categorical.
    """
    if unknown := [name for name in categorical if name not in features.columns]:
        raise InvalidDataError(
            f"no column {', '.join(unknown)}; the columns are {', '.join(map(str, features.columns))}"
        )
    return pd.DataFrame({name: _column(features[name], name in categorical, not categorical) for name in features})


def _column(column: pd.Series, named: bool, infer: bool) -> pd.Series:
    if named or (infer and not pd.api.types.is_numeric_dtype(column)):
        return column.astype(object).where(column.notna(), MISSING).astype(str).astype(object)
    return _numbers(column)


def _numbers(column: pd.Series) -> pd.Series:
    try:
        numbers = pd.to_numeric(column).astype(float)
    except (TypeError, ValueError) as error:
        raise InvalidDataError(
            f"column {column.name!r} is not numeric ({error}) and not among the categorical columns"
        ) from error
    return numbers.replace([np.inf, -np.inf], np.nan)


def transformer(features: pd.DataFrame) -> ColumnTransformer:
    """Return a transformer to fit: median imputation and scaling for numbers, one-hot encoding for text."""
    numeric = [name for name in features.columns if features[name].dtype == float]
    categorical = [name for name in features.columns if name not in numeric]
    return ColumnTransformer(
        [
            (
                "numeric",
                make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler()),
                numeric,
            ),
            ("categorical", OneHotEncoder(handle_unknown="ignore", sparse_output=False), categorical),
        ]
    )


def run(arguments: argparse.Namespace) -> None:
    """Read the input, write the three splits and the fitted transformer."""
    categorical = _names(arguments.categorical_columns)
    dataset = load(arguments.input, _names(arguments.column_names), categorical)
    features, target = separate(dataset.table, arguments.target_column)
    features = typed(features, categorical)

    held_out = arguments.validation_fraction + arguments.test_fraction
    train, rest = train_test_split(np.arange(len(target)), test_size=held_out, random_state=arguments.seed)
    validation, test = train_test_split(rest, test_size=arguments.test_fraction / held_out, random_state=arguments.seed)

    fitted = transformer(features).fit(features.iloc[train])
    for name, rows in (("train", train), ("validation", validation), ("test", test)):
        splits.write(getattr(arguments, name), name, fitted.transform(features.iloc[rows]), target[rows])
    arguments.preprocessor.mkdir(parents=True, exist_ok=True)
    joblib.dump(fitted, arguments.preprocessor / "preprocessor.joblib")
    # At the end: what a step that fails has printed is its reason alone.
    for name, count in dataset.rows_by_file.items():
        print(f"file={name} rows={count}")
    rows, features_out = len(dataset.table), len(fitted.get_feature_names_out())
    splits.write_origin(arguments.test, splits.Origin(rows, features_out, dataset.rows_by_file))
    print(
        f"rows={rows} without_target={rows - len(target)} features={features_out} "
        f"train={len(train)} validation={len(validation)} test={len(test)}"
    )


def _names(arguments: Sequence[str]) -> list[str]:
    return [name for argument in arguments for name in argument.split(",")]


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the job's arguments; folders default to where SageMaker Processing mounts them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target-column", required=True)
    parser.add_argument("--column-names", nargs="*", default=[], help="joined by commas or not")
    parser.add_argument("--categorical-columns", nargs="*", default=[], help="joined by commas or not")
    parser.add_argument("--validation-fraction", type=float, default=0.15)
    parser.add_argument("--test-fraction", type=float, default=0.15)
    parser.add_argument("--seed", type=int, default=0)
    for name in ("input", "train", "validation", "test", "preprocessor"):
        parser.add_argument(f"--{name}", type=Path, default=ROOT / name)
    return parser.parse_args(argv)


if __name__ == "__main__":
    try:
        run(parse())
    except InvalidDataError as error:
        sys.exit(f"The input data can't be used: {error}")
