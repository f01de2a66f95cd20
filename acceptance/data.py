"""Input data that fits any sandbox's stack file: its columns, with a target that can be learned."""

from __future__ import annotations

import random
from typing import Final

from settings.models import PipelineSettings

ROWS: Final = 400
_FEATURES: Final = ("first", "second", "third")


def rows_for(pipeline: PipelineSettings) -> bytes:
    """Return a CSV of numbers with the configured columns, with a header where the configuration names none.

    The target is a sum of two other columns, between 0 and 3 thresholds' roots, so that a model's error is below it.
    """
    columns = pipeline.column_names or (*_FEATURES, pipeline.target_column)
    features = [column for column in columns if column != pipeline.target_column]
    scale = pipeline.mse_threshold**0.5
    numbers = random.Random(1)  # noqa: S311 the same data in each run, nothing is secret
    lines = [] if pipeline.column_names else [",".join(columns)]
    for _ in range(ROWS):
        values = {column: numbers.random() for column in features}
        values[pipeline.target_column] = scale * sum(list(values.values())[:2])
        lines.append(",".join(f"{values[column]:.5f}" for column in columns))
    return "\n".join([*lines, ""]).encode()
