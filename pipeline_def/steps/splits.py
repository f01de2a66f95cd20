"""The splits between the steps: CSV files with the target first and no header, the layout of SageMaker's XGBoost.

Written for Python 3.9 and later.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd


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
