"""The splits between the steps: CSV files with the target first and no header, the layout of SageMaker's XGBoost.

Beside the test split lies what all of them were made of, for the evaluation report. Written for Python 3.9 and later.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

_ORIGIN = "origin.json"
# The notifier reads an evaluation report of at most a megabyte, and people no more than this.
_MOST_FILES = 100


@dataclass(frozen=True)
class Origin:
    """The input data: its rows, those without a target included, the features made of it, and the rows of each file."""

    rows: int
    features: int
    rows_by_file: dict[str, int]


def write_origin(directory: Path, origin: Origin) -> None:
    """Write what the splits were made of, with its first hundred files."""
    files = dict(list(origin.rows_by_file.items())[:_MOST_FILES])
    content = {**asdict(origin), "files": len(origin.rows_by_file), "rows_by_file": files}
    (directory / _ORIGIN).write_text(json.dumps(content), encoding="utf-8")


def read_origin(directory: Path) -> dict[str, object]:
    """Read what the splits were made of."""
    return json.loads((directory / _ORIGIN).read_text(encoding="utf-8"))


def write(directory: Path, name: str, features: np.ndarray, target: np.ndarray) -> None:
    """Write `{directory}/{name}.csv`: one row per sample, full precision."""
    directory.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(np.column_stack([target, features])).to_csv(directory / f"{name}.csv", header=False, index=False)


def read(directory: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read features (samples x columns) and target (samples) of all CSV files; raise ValueError if there are none."""
    files = sorted(directory.glob("*.csv"))
    if not files:
        raise ValueError(f"{directory} holds no CSV file")
    rows = pd.concat([pd.read_csv(file, header=None) for file in files]).to_numpy(dtype=float)
    return rows[:, 1:], rows[:, 0]
