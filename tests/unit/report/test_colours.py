"""Contrast by WCAG 2.2: 4.5 for text (1.4.3), 3 for marks and what else has to be seen (1.4.11)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from demo.report import render

CSS = Path(render.__file__).with_name("style.css").read_text()
TEXTS = [
    *[(ink, ground) for ink in ("ink", "muted") for ground in ("page", "card", "sunken")],
    *[("accent", "page"), ("bad", "card"), ("bad", "page"), ("bad", "sunken")],
    *[(tone, f"{tone}-soft") for tone in ("good", "bad", "wait")],
    *[("on-colour", colour) for colour in ("good", "bad", "wait", "muted")],
]
MARKS = [(colour, "card") for colour in ("good", "bad", "wait", "muted", "accent")]


def scheme(name: str) -> dict[str, str]:
    light, dark = (block for block in re.findall(r":root \{([^}]*)\}", CSS))
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light if name == "light" else dark))


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted([luminance(one), luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_texts_and_marks_stand_out_from_what_they_are_on(name: str) -> None:
    colours = scheme(name)
    for pairs, least in ((TEXTS, 4.5), (MARKS, 3.0)):
        weak = {(a, b): round(contrast(colours[a], colours[b]), 2) for a, b in pairs}
        assert {pair: ratio for pair, ratio in weak.items() if ratio < least} == {}


def test_every_colour_that_is_used_is_set() -> None:
    files = [file for pattern in ("*.py", "*.css", "*.j2") for file in Path(render.__file__).parent.glob(pattern)]
    used = {name for file in files for name in re.findall(r"var\(--([\w-]+)\)", file.read_text())}
    assert used - {"mono"} == set(scheme("light"))


def test_both_schemes_set_the_same_colours() -> None:
    assert set(scheme("light")) == set(scheme("dark"))


@pytest.mark.parametrize("name", ["light", "dark"])
def test_good_and_bad_differ_for_eyes_that_see_no_red_or_no_green(name: str) -> None:
    """The blue channel tells them apart, which neither protanopia nor deuteranopia takes away."""
    colours = scheme(name)
    blue = {tone: int(colours[tone][5:7], 16) for tone in ("good", "bad", "wait")}
    assert min(blue["good"] - blue["bad"], blue["good"] - blue["wait"]) > 80
