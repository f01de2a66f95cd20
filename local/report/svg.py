"""Charts as static SVG whose colours are CSS variables of the page, so that one drawing serves both colour schemes."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

# Fonts of the same widths, which Vega measures texts with.
_FONT = "Helvetica, Arial, Liberation Sans, sans-serif"


@dataclass(frozen=True, kw_only=True)
class Canvas:
    """The width that a chart is drawn for, in CSS pixels, axes included."""

    name: str
    width: int
    font_size: int


WIDE = Canvas(name="wide", width=520, font_size=12)
NARROW = Canvas(name="narrow", width=320, font_size=12)


def render(chart: Any, canvas: Canvas, title: str) -> Markup:
    """An Altair chart as SVG; its marks carry their values as `aria-label`.

    Texts in the chart are escaped by Vega. `title` names the drawing to assistive technology.
    """
    file = io.StringIO()
    chart.properties(width=canvas.width, autosize={"type": "fit", "contains": "padding"}).configure(
        **_config(canvas)
    ).save(file, format="svg")
    opening = Markup('<svg role="graphics-document" aria-label="{}" data-canvas="{}" ').format(title, canvas.name)
    return Markup(file.getvalue().replace("<svg ", opening, 1))  # noqa: S704


def _config(canvas: Canvas) -> dict[str, Any]:
    axis = {
        "domain": False,
        "ticks": False,
        "gridColor": "var(--line)",
        "labelColor": "var(--muted)",
        "labelFontSize": canvas.font_size,
        "labelPadding": 8,
        "titleColor": "var(--muted)",
        "titleFontSize": canvas.font_size,
        "titleFontWeight": "normal",
    }
    return {
        "background": "transparent",
        "font": _FONT,
        "padding": 2,
        "view": {"stroke": None},
        "axis": axis,
        "axisY": {"titlePadding": 10},
        "legend": {
            "labelColor": "var(--ink)",
            "labelFontSize": canvas.font_size,
            "symbolSize": 90,
            "symbolStrokeWidth": 0,
            "columns": 2 if canvas is NARROW else 0,
        },
        "text": {"color": "var(--ink)", "fontSize": canvas.font_size},
    }
