from __future__ import annotations

import pytest

from demo.report import texts


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0.0, "0.00 s"),
        (0.424, "0.42 s"),
        (7.25, "7.2 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (185, "3 min 5 s"),
        (3600, "1 h"),
        (7800, "2 h 10 min"),
        (86400 * 3 + 4 * 3600 + 59, "3 d 4 h"),
    ],
)
def test_durations_have_the_unit_that_fits(seconds: float, written: str) -> None:
    assert texts.duration(seconds) == written


@pytest.mark.parametrize(
    ("count", "written"), [(0, "0 B"), (999, "999 B"), (1234, "1.2 kB"), (3.4e6, "3.4 MB"), (2e13, "20.0 TB")]
)
def test_sizes_are_decimal(count: float, written: str) -> None:
    assert texts.size(count) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "\N{EN DASH}"),
        (True, "yes"),
        (False, "no"),
        (3, "3"),
        (3041.2290345, "3,041.23"),
        (123456789, "123,456,789"),
        (123456.7, "123,457"),
        (0.4122299, "0.41223"),
        ("2026-11-25T14:03:11+00:00", "2026-11-25 14:03:11 UTC"),
        ("2026-11-25 14:03:11.250", "2026-11-25 14:03:11"),
        ("2026-11-25", "2026-11-25"),
        ("v3.259.0", "v3.259.0"),
    ],
)
def test_cells_are_written_for_people(value: object, written: str) -> None:
    assert texts.cell(value) == written
