from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest

HEADERLESS = ["sex", "length", "rings"]


@pytest.fixture
def preprocess(script: Callable[[str], ModuleType]) -> Any:
    return script("preprocess")


@pytest.fixture
def splits(script: Callable[[str], ModuleType]) -> Any:
    return script("splits")


@pytest.fixture
def table() -> pd.DataFrame:
    """A hundred rows of one numeric and one categorical feature with a numeric target."""
    random = np.random.default_rng(0)
    length = random.normal(10, 3, 100)
    sex = random.choice(["M", "F", "I"], 100)
    return pd.DataFrame({"sex": sex, "length": length, "rings": length * 2 + random.normal(0, 0.1, 100)})


def run(preprocess: Any, folder: Path, *arguments: str) -> None:
    folders = [
        text
        for name in ("input", "train", "validation", "test", "preprocessor")
        for text in (f"--{name}", str(folder / name))
    ]
    preprocess.run(preprocess.parse(["--target-column", "rings", *arguments, *folders]))


def put(folder: Path, table: pd.DataFrame, *, header: bool = True, name: str = "data.csv") -> None:
    (folder / "input").mkdir(exist_ok=True)
    table.to_csv(folder / "input" / name, index=False, header=header)


def test_a_file_with_a_header_is_split_into_seventy_fifteen_fifteen(
    preprocess: Any, splits: Any, table: pd.DataFrame, tmp_path: Path
):
    put(tmp_path, table)
    run(preprocess, tmp_path)
    parts = {name: splits.read(tmp_path / name) for name in ("train", "validation", "test")}
    assert [len(target) for _, target in parts.values()] == [70, 15, 15]
    targets = np.sort(np.concatenate([target for _, target in parts.values()]))
    np.testing.assert_allclose(targets, np.sort(table["rings"]))
    assert parts["train"][0].shape == (70, 4)


def test_a_file_without_a_header_and_its_names_give_the_same_splits(
    preprocess: Any, table: pd.DataFrame, tmp_path: Path
):
    for folder, header in ((tmp_path / "with", True), (tmp_path / "without", False)):
        folder.mkdir()
        put(folder, table, header=header)
        run(preprocess, folder, *(() if header else ("--column-names", *HEADERLESS)))
    for part in ("train", "validation", "test"):
        first, second = (tmp_path / name / part / f"{part}.csv" for name in ("with", "without"))
        assert first.read_bytes() == second.read_bytes()


def test_what_is_fitted_knows_the_training_rows_alone(
    preprocess: Any, splits: Any, table: pd.DataFrame, tmp_path: Path
):
    put(tmp_path, table)
    run(preprocess, tmp_path)
    fitted = joblib.load(tmp_path / "preprocessor" / "preprocessor.joblib")
    scaler = fitted.named_transformers_["numeric"][-1]
    _, targets = splits.read(tmp_path / "train")
    in_training = np.isin(table["rings"].to_numpy().round(9), targets.round(9))
    assert np.count_nonzero(in_training) == 70
    assert scaler.mean_[0] == pytest.approx(table.loc[in_training, "length"].mean(), rel=1e-12)
    assert scaler.scale_[0] == pytest.approx(table.loc[in_training, "length"].std(ddof=0), rel=1e-12)
    assert scaler.mean_[0] != pytest.approx(table["length"].mean(), rel=1e-6)


def test_the_saved_transformer_makes_the_stored_features_of_raw_rows(
    preprocess: Any, splits: Any, table: pd.DataFrame, tmp_path: Path
):
    put(tmp_path, table)
    run(preprocess, tmp_path)
    fitted = joblib.load(tmp_path / "preprocessor" / "preprocessor.joblib")
    features, targets = splits.read(tmp_path / "test")
    order = [int((table["rings"] - target).abs().argmin()) for target in targets]
    raw = preprocess.typed(table.drop(columns="rings").iloc[order], [])
    np.testing.assert_allclose(fitted.transform(raw), features)


def test_gaps_are_filled_with_the_median_and_a_category_of_their_own(
    preprocess: Any, splits: Any, table: pd.DataFrame, tmp_path: Path
):
    table.loc[::4, "length"] = np.nan
    table.loc[::3, "sex"] = None
    put(tmp_path, table)
    run(preprocess, tmp_path)
    features, _ = splits.read(tmp_path / "train")
    assert np.isfinite(features).all()
    assert features.shape[1] == 5
    np.testing.assert_allclose(features[:, 1:].sum(axis=1), 1)


def test_a_category_that_only_the_test_rows_have_is_no_error(preprocess: Any, table: pd.DataFrame):
    features = preprocess.typed(table.drop(columns="rings"), [])
    fitted = preprocess.transformer(features).fit(features)
    unseen = preprocess.typed(pd.DataFrame({"sex": ["X"], "length": [10.0]}), [])
    assert fitted.transform(unseen)[0, 1:].sum() == 0


def test_named_columns_are_categorical_even_if_they_look_like_numbers(preprocess: Any):
    features = preprocess.typed(pd.DataFrame({"zone": [1, 2, 1], "size": [1.0, 2.0, 3.0]}), ["zone"])
    assert list(preprocess.transformer(features).fit(features).get_feature_names_out()) == [
        "numeric__size",
        "categorical__zone_1",
        "categorical__zone_2",
    ]


def test_files_of_several_folders_are_one_table_and_hidden_ones_are_skipped(
    preprocess: Any, table: pd.DataFrame, tmp_path: Path
):
    put(tmp_path, table.iloc[:50], name="a.csv")
    (tmp_path / "input" / "dt=2026-01-01").mkdir()
    table.iloc[50:].to_csv(tmp_path / "input" / "dt=2026-01-01" / "b.data", index=False)
    (tmp_path / "input" / "_SUCCESS").write_text("")
    assert len(preprocess.load(tmp_path / "input", [])) == 100


def test_rows_without_a_target_are_left_out(preprocess: Any, table: pd.DataFrame):
    table.loc[:9, "rings"] = np.nan
    features, target = preprocess.separate(table, "rings")
    assert len(features) == len(target) == 90
    assert features["length"].iloc[0] == table["length"].iloc[10]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--column-names", "a", "rings"], "has 3 columns, but 2 column names are given"),
        (["--column-names", *HEADERLESS], "values of 'rings' are not numbers, the first is 'rings'"),
        (["--target-column", "age"], "no column 'age'; the columns are sex, length, rings"),
        (["--categorical-columns", "colour"], "no column colour"),
        (["--categorical-columns", "length"], "column 'sex' is not numeric"),
    ],
)
def test_data_that_does_not_fit_is_refused_with_what_is_wrong(
    preprocess: Any, table: pd.DataFrame, tmp_path: Path, arguments: list[str], expected: str
):
    put(tmp_path, table)
    with pytest.raises(preprocess.InvalidDataError, match=expected):
        run(preprocess, tmp_path, *arguments)


def test_too_few_rows_and_no_file_at_all_are_refused(preprocess: Any, table: pd.DataFrame, tmp_path: Path):
    (tmp_path / "input").mkdir()
    with pytest.raises(preprocess.InvalidDataError, match="no data file"):
        run(preprocess, tmp_path)
    put(tmp_path, table.iloc[:9])
    with pytest.raises(preprocess.InvalidDataError, match="9 rows with a target, at least 10"):
        run(preprocess, tmp_path)
