"""The report in Chromium: a reader sees the values that Athena answered, on every screen and in both colour schemes."""

from __future__ import annotations

import base64
import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from demo.report import texts
from demo.report.render import render

from . import sample
from .conftest import Open, Opened, Scheme

pytestmark = pytest.mark.local

WIDTHS = (1280, 390)
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
SCREENS = list(itertools.product(WIDTHS, SCHEMES))
ROWS = {answer.query: answer.rows for answer in sample.ANSWERS}

_MARKS = '[role="graphics-symbol"]:not([aria-roledescription="axis"], [aria-roledescription="legend"])'

# The geometry alone: bounding boxes on the screen take in the outline and its corners.
_MEASURE = """marks => marks.map(mark => {
    const box = mark.getBBox(), to = mark.getScreenCTM();
    return {
        label: mark.getAttribute("aria-label"),
        left: box.x * to.a + to.e,
        right: (box.x + box.width) * to.a + to.e,
        middle: (box.y + box.height / 2) * to.d + to.f,
        colour: getComputedStyle(mark).fill,
    };
})"""

# Every colour of a picture, decoded by the browser itself, in a page of its own without the report's content policy.
_COUNT_COLOURS = """async data => {
    const blob = await (await fetch("data:image/png;base64," + data)).blob();
    const image = await createImageBitmap(blob);
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    const pixels = new Uint32Array(canvas.getImageData(0, 0, image.width, image.height).data.buffer);
    const counts = new Map();
    for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) || 0) + 1);
    return [...counts.values()].map(count => count / pixels.length);
}"""


@dataclass(frozen=True)
class Mark:
    """A mark of a chart as it lies on the screen, in CSS pixels."""

    label: str
    left: float
    right: float
    middle: float
    colour: str

    @property
    def width(self) -> float:
        return self.right - self.left


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(render(sample.report()), encoding="utf-8")
    return file


@pytest.fixture(params=SCREENS, ids=lambda screen: f"{screen[0]}-{screen[1]}")
def opened(request: pytest.FixtureRequest, report: Path, open_page: Open) -> Opened:
    width, scheme = request.param
    return open_page(report, width, scheme)


def marks(page: Page, query: str) -> list[Mark]:
    """The marks that are visible, from the one drawing that is."""
    shown = page.locator(f'[data-query="{query}"] svg:visible')
    assert shown.count() == 1
    measures: list[dict[str, Any]] = shown.locator(_MARKS).evaluate_all(_MEASURE)
    return [Mark(**mark) for mark in measures]


def test_each_version_is_plotted_at_the_height_of_its_error(opened: Opened) -> None:
    rows = ROWS["metric-by-version"]
    points = marks(opened.page, "metric-by-version")
    assert [point.label for point in points] == [
        f"v{row['version']}: MSE {texts.cell(row['mse'])}, {row['status']}" for row in rows
    ]
    assert points == sorted(points, key=lambda point: point.left)

    errors = [float(str(row["mse"])) for row in rows]
    lowest, highest = errors.index(min(errors)), errors.index(max(errors))
    scale = (points[highest].middle - points[lowest].middle) / (errors[highest] - errors[lowest])
    assert scale < 0  # a greater error is higher up
    for point, error in zip(points, errors, strict=True):
        assert point.middle == pytest.approx(points[lowest].middle + scale * (error - errors[lowest]), abs=1.0)


@pytest.mark.parametrize(
    ("query", "column", "name", "value"),
    [
        ("approval-lead-time", "lead_time_hours", "v{version}: {decision}", "after {}"),
        ("data-freshness", "hours_old", "{source}:", "{} old"),
    ],
)
def test_bars_are_as_long_as_their_values(opened: Opened, query: str, column: str, name: str, value: str) -> None:
    rows = ROWS[query]
    hours = [float(str(row[column])) for row in rows]
    bars = marks(opened.page, query)
    assert [bar.label for bar in bars] == [
        f"{name.format_map(row)} {value.format(texts.duration(3600 * amount))}"
        for row, amount in zip(rows, hours, strict=True)
    ]
    for bar, amount in zip(bars, hours, strict=True):
        assert bar.width == pytest.approx(bars[0].width * amount / hours[0], abs=1.0)
        assert bar.left == pytest.approx(bars[0].left, abs=1.0)


@pytest.mark.parametrize(
    ("query", "period", "parts"),
    [
        ("approval-rate", "month", ["approved", "rejected", "pending", "failed"]),
        ("pipeline-success-rate", "day", ["succeeded", "failed"]),
    ],
)
def test_stacks_add_up_to_the_counts_of_their_period(opened: Opened, query: str, period: str, parts: list[str]) -> None:
    rows = ROWS[query]
    segments = marks(opened.page, query)
    counts = [(row, part, int(str(row[part]))) for row in rows for part in parts]
    assert [mark.label for mark in segments] == [f"{row[period]}: {count} {part}" for row, part, count in counts]
    unit = sum(mark.width for mark in segments) / sum(count for _, _, count in counts)
    for mark, (_, _, count) in zip(segments, counts, strict=True):
        assert mark.width == pytest.approx(unit * count, abs=1.0)
    for stack in (segments[i : i + len(parts)] for i in range(0, len(segments), len(parts))):
        assert all(left.right == pytest.approx(right.left, abs=1.0) for left, right in itertools.pairwise(stack))
        assert len({mark.colour for mark in stack}) == len(parts)


def test_the_latest_approved_version_is_told_as_answered(opened: Opened) -> None:
    [row] = ROWS["latest-approved"]
    shown = opened.page.locator('[data-query="latest-approved"] > dl dd').all_inner_texts()
    assert shown == [texts.cell(value) for value in row.values()]


def test_the_page_is_quiet_and_alone(opened: Opened, report: Path) -> None:
    assert opened.complaints == []
    assert [url for url in opened.requests if not url.startswith("data:")] == [report.as_uri()]


def test_nothing_is_wider_than_the_screen_even_when_all_is_unfolded(opened: Opened) -> None:
    page = opened.page
    page.evaluate("document.querySelectorAll('details').forEach(element => element.open = true)")
    overhang: Any = page.evaluate("""() => [...document.querySelectorAll("body *")]
        .filter(element => !element.closest(".scroll, nav, .sr, .skip") && element.checkVisibility())
        .filter(element => element.getBoundingClientRect().right > innerWidth + 1)
        .map(element => element.outerHTML.slice(0, 100))""")
    assert overhang == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_texts_of_charts_stay_in_their_card_and_are_large_enough_to_read(opened: Opened) -> None:
    outside: Any = opened.page.evaluate("""() => [...document.querySelectorAll(".plot svg text")]
        .filter(text => text.textContent && text.checkVisibility())
        .filter(text => {
            const [own, card] = [text, text.closest(".card")].map(element => element.getBoundingClientRect());
            return own.left < card.left || own.right > card.right || own.height < 11;
        })
        .map(text => text.textContent)""")
    assert outside == []


@pytest.mark.parametrize("width", WIDTHS)
def test_both_colour_schemes_are_drawn_and_differ(report: Path, open_page: Open, width: int) -> None:
    pages = {scheme: open_page(report, width, scheme).page for scheme in SCHEMES}
    pictures = {scheme: page.screenshot() for scheme, page in pages.items()}
    blank = pages["light"].context.new_page()
    for scheme, picture in pictures.items():
        shares: list[float] = blank.evaluate(_COUNT_COLOURS, base64.b64encode(picture).decode())
        assert len(shares) > 50, scheme
        assert max(shares) < 0.97, scheme
    backgrounds = [page.evaluate("getComputedStyle(document.body).backgroundColor") for page in pages.values()]
    assert backgrounds[0] != backgrounds[1]
    assert pictures["light"] != pictures["dark"]


def test_the_tree_unfolds_from_the_stack_to_a_resource(opened: Opened) -> None:
    tree = opened.page.locator(".tree")
    resource = tree.get_by_text("notifications-notifier-function")
    assert not resource.is_visible()
    for name in ("notifications", "notifications-notifier"):
        tree.locator("summary", has=opened.page.get_by_text(name, exact=True)).click()
    assert resource.is_visible()
