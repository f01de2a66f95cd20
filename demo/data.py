"""The demo's data set: a real one that lies in a package that is installed anyway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class DataSet:
    """A CSV file with a header, and how many rows of data it has."""

    name: str
    csv: bytes
    rows: int


def diabetes() -> DataSet:
    """Return 442 patients: ten measurements, and the disease's progression after one year in column `target`.

    Source: Efron, Hastie, Johnstone and Tibshirani, "Least Angle Regression" (2004), as shipped with scikit-learn.
    """
    from sklearn import datasets

    bunch: Any = datasets.load_diabetes(as_frame=True, scaled=False)
    frame: DataFrame = bunch.frame
    return DataSet("diabetes.csv", frame.to_csv(index=False, lineterminator="\n").encode(), len(frame))
