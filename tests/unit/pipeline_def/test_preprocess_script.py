from __future__ import annotations

import bz2
import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

# The libraries of the scripts are slow to import, and every process imports every module of tests.
if TYPE_CHECKING:
    import pandas as pd

HEADERLESS = ["sex", "length", "rings"]
NAMES_OF_HEADERLESS = ["sex,length", "rings"]


@pytest.fixture
def preprocess(script: Callable[[str], ModuleType]) -> Any:
    return script("preprocess")


@pytest.fixture
def splits(script: Callable[[str], ModuleType]) -> Any:
    return script("splits")


@pytest.fixture
def table() -> pd.DataFrame:
    """A hundred rows of one numeric and one categorical feature with a numeric target."""
    import numpy as np
    import pandas as pd

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
    import numpy as np

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
        run(preprocess, folder, *(() if header else ("--column-names", *NAMES_OF_HEADERLESS)))
    for part in ("train", "validation", "test"):
        first, second = (tmp_path / name / part / f"{part}.csv" for name in ("with", "without"))
        assert first.read_bytes() == second.read_bytes()


def test_what_is_fitted_knows_the_training_rows_alone(
    preprocess: Any, splits: Any, table: pd.DataFrame, tmp_path: Path
):
    import joblib
    import numpy as np

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
    import joblib
    import numpy as np

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
    import numpy as np

    table.loc[::4, "length"] = np.nan
    table.loc[::3, "sex"] = None
    put(tmp_path, table)
    run(preprocess, tmp_path)
    features, _ = splits.read(tmp_path / "train")
    assert np.isfinite(features).all()
    assert features.shape[1] == 5
    np.testing.assert_allclose(features[:, 1:].sum(axis=1), 1)


def test_a_category_that_only_the_test_rows_have_is_no_error(preprocess: Any, table: pd.DataFrame):
    import pandas as pd

    features = preprocess.typed(table.drop(columns="rings"), [])
    fitted = preprocess.transformer(features).fit(features)
    unseen = preprocess.typed(pd.DataFrame({"sex": ["X"], "length": [10.0]}), [])
    assert fitted.transform(unseen)[0, 1:].sum() == 0


def test_named_columns_are_categorical_even_if_they_look_like_numbers(preprocess: Any):
    import pandas as pd

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
    dataset = preprocess.load(tmp_path / "input")
    assert len(dataset.table) == 100
    assert dataset.rows_by_file == {"a.csv": 50, "dt=2026-01-01/b.data": 50}


def zipped(*names: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        for name in names:
            files.writestr(name, "id,size,rings\n1,2,7\n")
    return archive.getvalue()


PLAIN = "id,size,rings\n" + "".join(f"{n},{n}.5,{n}\n" for n in range(40))
JOINED = {
    "part-1.csv": PLAIN,
    "only-a-header.csv": "id,size,rings\n",
    "no-bytes.csv": "",
    "other-order.csv": "rings,id,size\n7,1,2.5\n",
    "a-column-without-values.csv": "id,size,rings\n1,,7\n",
    "windows.csv": "\ufeffid,size,rings\r\n1,2.5,7\r\n",
    "without-a-target.csv": 'id,size,rings\n1,2.5,""\n2,2.5,\n',
    "quoted.csv": '"id","size","rings"\n"1","2.5","7"\n',
    "_SUCCESS": "",
    "_temporary/part-9.csv": "not,this\n",
    ".hidden.csv": "nor,this\n",
}
REFUSED = {
    "README.md": ("# The data\n\nOf a team, and more.\n", "README.md: it is not a CSV file"),
    "NOTES": ("The data of a team.\n", "NOTES: lacks id, size, rings and also has The data of a team."),
    "fewer.csv": ("id,rings\n1,7\n", "fewer.csv: lacks size; a.csv has id, size, rings"),
    "more.csv": ("id,size,rings,age\n1,2,7,8\n", "more.csv: also has age; a.csv has id, size, rings"),
    "text.csv": ("id,size,rings\n1,small,7\n", "text.csv: column size holds text, but numbers in a.csv"),
    "twice.csv": ("id,size,rings,size\n1,2,7,2\n", "twice.csv: size: more than one column has this name"),
    "index.csv": (",id,size,rings\n0,1,2,7\n", "index.csv: column 1 has no name"),
    "longer.csv": ("id,size,rings\n1,2,7,8\n", "longer.csv: it is not a CSV file"),
    "utf-16.csv": ("id,size,rings\n1,2,7\n".encode("utf-16"), "utf-16.csv: it is not a CSV file"),
    "shorter.csv": ("id,size,rings\n1,2,\n1,2\n", "shorter.csv: row 2 has fewer fields than the 3 columns"),
    "archive.gz": (b"no gzip", "archive.gz: it is not a CSV file"),
    "cut-off.gz": (gzip.compress(PLAIN.encode())[:-20], "cut-off.gz: it is not a CSV file"),
    "damaged.gz": (gzip.compress(PLAIN.encode())[:30] + b"x" * 99, "damaged.gz: it is not a CSV file"),
    "cut-off.bz2": (bz2.compress(PLAIN.encode())[:-20], "cut-off.bz2: it is not a CSV file"),
    "damaged.xz": (b"no xz", "damaged.xz: it is not a CSV file"),
    "damaged.zip": (b"no zip", "damaged.zip: it is not a CSV file"),
    "damaged.tar": (b"no tar", "damaged.tar: it is not a CSV file"),
    "two-files.zip": (
        zipped("a.csv", "b.csv"),
        "two-files.zip: it is not a CSV file: Multiple files found in ZIP file",
    ),
}


def write_all(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def test_awkward_files_of_one_table_are_joined_and_what_athena_skips_is_skipped(
    preprocess: Any, splits: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    write_all(tmp_path / "input", {**JOINED})
    run(preprocess, tmp_path)
    expected = {"part-1.csv": 40, "only-a-header.csv": 0, "other-order.csv": 1, "a-column-without-values.csv": 1}
    expected |= {"windows.csv": 1, "quoted.csv": 1, "without-a-target.csv": 2}
    origin = splits.read_origin(tmp_path / "test")
    assert origin == {"rows": 46, "features": 2, "files": 7, "rows_by_file": dict(sorted(expected.items()))}
    printed = capsys.readouterr().out
    assert "file=only-a-header.csv rows=0\n" in printed
    assert "rows=46 without_target=2 features=2 " in printed


def test_files_of_another_table_are_refused_all_at_once_with_file_and_column(preprocess: Any, tmp_path: Path):
    write_all(tmp_path, {"a.csv": PLAIN, "b.csv": PLAIN, **{name: content for name, (content, _) in REFUSED.items()}})
    with pytest.raises(preprocess.InvalidDataError) as refused:
        preprocess.load(tmp_path)
    lines = str(refused.value).splitlines()
    assert len(lines) == 1 + len(REFUSED)
    for name, (_, expected) in REFUSED.items():
        assert [line.strip() for line in lines if line.strip().startswith(expected)], (name, lines)


def test_a_header_is_told_where_column_names_are_given_and_other_files_have_none(preprocess: Any, tmp_path: Path):
    write_all(tmp_path, {"a.csv": "1,2.5,7\n", "b.csv": "id,size,rings\n1,2.5,7\n"})
    with pytest.raises(preprocess.InvalidDataError, match=r"b\.csv: column id holds text, but numbers in a\.csv"):
        preprocess.load(tmp_path, ["id", "size", "rings"])


def test_categories_that_look_like_numbers_in_one_file_are_named(preprocess: Any, tmp_path: Path):
    write_all(tmp_path, {"a.csv": "zone,rings\n01,1\n", "b.csv": "zone,rings\nB2,1\n"})
    assert list(preprocess.load(tmp_path, categorical=["zone"]).table["zone"]) == ["01", "B2"]


def test_rows_without_a_target_are_left_out(preprocess: Any, table: pd.DataFrame):
    import numpy as np

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
