import csv
import importlib
import json
import re
import shutil
import tarfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pipeline_def import code

HYPERPARAMETERS = {"num_round": "30", "max_depth": "3", "eta": "0.3", "early_stopping_rounds": "5"}


@pytest.fixture
def train(script: Callable[[str], ModuleType]) -> Any:
    return script("train")


@pytest.fixture
def evaluate(script: Callable[[str], ModuleType]) -> Any:
    return script("evaluate")


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Train in one thread: with two hundred rows, more of them mostly wait for each other."""
    import xgboost

    with xgboost.config_context(nthread=1):
        yield


@pytest.fixture(scope="module")
def trained_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three splits and, in model/, a model trained on them and packed as SageMaker packs it."""
    import numpy as np

    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(code.STEPS))
        splits: Any = importlib.import_module("splits")
        train: Any = importlib.import_module("train")
    random = np.random.default_rng(0)
    for name, rows in (("train", 200), ("validation", 50), ("test", 50)):
        features = random.normal(size=(rows, 3))
        splits.write(folder / name, name, features, 3 * features[:, 0] + random.normal(scale=0.1, size=rows))
    splits.write_origin(folder / "test", splits.Origin(300, 3, {"part.csv": 300}))
    (folder / "hyperparameters.json").write_text(json.dumps(HYPERPARAMETERS))
    train.run(train.parse(training_arguments(folder)))
    with tarfile.open(folder / "model" / "model.tar.gz", "w:gz") as archive:
        archive.add(folder / "model" / train.MODEL_FILE, train.MODEL_FILE)
    return folder


@pytest.fixture
def trained(trained_once: Path, tmp_path: Path) -> Path:
    """A copy of the folder that the test may change."""
    return shutil.copytree(trained_once, tmp_path / "trained")


def training_arguments(folder: Path) -> list[str]:
    names = ("hyperparameters.json", "train", "validation", "model")
    return [text for name in names for text in (f"--{name.partition('.')[0]}", str(folder / name))]


def run(evaluate: Any, folder: Path, threshold: float = 1.0, dataset: str = "s3://bucket/data/") -> dict[str, str]:
    """Evaluates and returns the KPI row."""
    folders = [text for name in ("model", "test", "evaluation", "kpi") for text in (f"--{name}", str(folder / name))]
    values = {"pipeline-name": "pipe", "execution-id": "e1", "train-job": "job", "dataset": dataset}
    options = [text for name, value in values.items() for text in (f"--{name}", value)]
    evaluate.run(evaluate.parse([*options, "--mse-threshold", str(threshold), *folders]))
    (file,) = (folder / "kpi").rglob("*.csv")
    assert file.relative_to(folder / "kpi").as_posix() == f"dt={datetime.now(UTC):%Y-%m-%d}/e1.csv"
    (row,) = csv.DictReader(file.read_text().splitlines())
    return row


def test_the_model_learns_and_has_no_more_rounds_than_asked_for(trained: Path, evaluate: Any):
    assert evaluate.load_model(trained / "model").num_boosted_rounds() <= 30
    assert float(run(evaluate, trained)["r2"]) > 0.9


def test_the_last_line_of_training_has_the_metrics_that_the_definition_looks_for(
    trained: Path, train: Any, capsys: pytest.CaptureFixture[str]
):
    train.run(train.parse(training_arguments(trained)))
    last = capsys.readouterr().out.splitlines()[-1]
    assert [float(value) for value in re.findall(r"(?:train|validation)-rmse:([0-9.]+)", last)] == [
        pytest.approx(0.1, abs=0.3),
        pytest.approx(0.1, abs=0.3),
    ]


def test_training_keeps_the_best_round_and_not_the_ones_it_waited_in_vain(
    trained: Path, train: Any, script: Callable[[str], ModuleType]
):
    xgb, splits = train.xgb, script("splits")
    matrices = [
        xgb.DMatrix(features, label=target)
        for features, target in (splits.read(trained / n) for n in ("train", "validation"))
    ]
    patient = train.fit(*matrices, {**HYPERPARAMETERS, "num_round": "500"})
    assert patient.num_boosted_rounds() < 495
    assert train.fit(*matrices, {"num_round": "7"}).num_boosted_rounds() == 7


def test_the_metrics_are_those_of_scikit_learn(evaluate: Any):
    import numpy as np
    from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score

    random = np.random.default_rng(1)
    target, prediction = random.normal(size=200), random.normal(size=200)
    measured = evaluate.metrics(target, prediction)
    assert measured["mse"] == pytest.approx(mean_squared_error(target, prediction))
    assert measured["rmse"] == pytest.approx(mean_squared_error(target, prediction) ** 0.5)
    assert measured["mae"] == pytest.approx(mean_absolute_error(target, prediction))
    assert measured["r2"] == pytest.approx(r2_score(target, prediction))
    assert measured["mse_standard_deviation"] == pytest.approx(np.std((target - prediction) ** 2))


def test_a_constant_target_and_a_prediction_that_is_no_number_are_not_hidden(evaluate: Any):
    import numpy as np

    constant = np.ones(5)
    assert evaluate.metrics(constant, constant)["r2"] == 1
    assert evaluate.metrics(constant, constant * 2)["r2"] == 0
    with pytest.raises(ValueError, match="not finite"):
        evaluate.metrics(constant, constant * np.nan)


def test_the_report_has_the_shape_that_the_model_registry_shows(trained: Path, evaluate: Any):
    row = run(evaluate, trained)
    report = json.loads((trained / "evaluation" / "evaluation.json").read_text())
    measured = report["regression_metrics"]
    assert set(report) == {"regression_metrics", "dataset"}
    assert report["dataset"] == {"rows": 300, "features": 3, "files": 1, "rows_by_file": {"part.csv": 300}}
    assert set(measured) == {"mse", "rmse", "mae", "r2"}
    assert set(measured["mse"]) == {"value", "standard_deviation"}
    assert [measured[name]["value"] for name in ("mse", "rmse", "mae", "r2")] == [
        float(row[name]) for name in ("mse", "rmse", "mae", "r2")
    ]


@pytest.mark.parametrize(("threshold", "passed"), [(1.0, "true"), (1e-9, "false")])
def test_the_kpi_row_is_written_whether_or_not_the_threshold_is_met(
    trained: Path, evaluate: Any, threshold: float, passed: str
):
    row = run(evaluate, trained, threshold)
    assert list(row) == [
        *("run_ts", "pipeline_name", "execution_id", "train_job", "dataset", "n_test"),
        *("mse", "rmse", "mae", "r2", "mse_threshold", "passed"),
    ]
    assert row["passed"] == passed
    assert row["n_test"] == "50"
    assert float(row["mse_threshold"]) == threshold
    assert datetime.fromisoformat(row["run_ts"])


def test_a_later_execution_of_the_same_day_leaves_the_rows_of_earlier_ones_as_they_are(trained: Path, evaluate: Any):
    run(evaluate, trained)
    (first,) = (trained / "kpi").rglob("*.csv")
    content = first.read_bytes()
    folders = [text for name in ("model", "test", "evaluation", "kpi") for text in (f"--{name}", str(trained / name))]
    values = ["--pipeline-name", "pipe", "--execution-id", "e2", "--train-job", "job2", "--dataset", "d"]
    evaluate.run(evaluate.parse([*values, "--mse-threshold", "1e-9", *folders]))
    assert first.read_bytes() == content
    assert sorted(file.name for file in (trained / "kpi").rglob("*.csv")) == ["e1.csv", "e2.csv"]


def test_the_kpi_file_has_no_quotes_because_athenas_reader_knows_none(trained: Path, evaluate: Any):
    assert run(evaluate, trained, dataset="s3://bucket/a,b/")["dataset"] == "s3://bucket/a%2Cb/"
    (file,) = (trained / "kpi").rglob("*.csv")
    assert '"' not in file.read_text()


def test_an_archive_with_anything_but_the_model_is_refused(trained: Path, evaluate: Any):
    with tarfile.open(trained / "model" / "model.tar.gz", "w:gz") as archive:
        archive.add(trained / "train" / "train.csv", "a")
        archive.add(trained / "train" / "train.csv", "b")
    with pytest.raises(ValueError, match="holds 2 files"):
        run(evaluate, trained)


def test_a_folder_without_data_is_refused(script: Callable[[str], ModuleType], tmp_path: Path):
    with pytest.raises(ValueError, match="holds no CSV file"):
        script("splits").read(tmp_path)
