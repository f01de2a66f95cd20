"""Charts as static SVG whose colours are CSS variables of the page, so that one drawing serves both colour schemes."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

# Fonts of the same widths, which Vega measures texts with.
_FONT = "Helvetica, Arial, Liberation Sans, sans-serif"
_FONT_SIZE = 12


@dataclass(frozen=True, kw_only=True)
class Canvas:
    """The width that a chart is drawn for, in CSS pixels, axes included."""

    name: str
    width: int


WIDE = Canvas(name="wide", width=520)
NARROW = Canvas(name="narrow", width=320)


def render(chart: Any, canvas: Canvas, title: str) -> Markup:
    """Render an Altair chart as SVG; its marks carry their values as `aria-label`.

    Texts in the chart are escaped by Vega. `title` names the drawing to assistive technology.
    """
    fitted = chart.properties(width=canvas.width, autosize={"type": "fit", "contains": "padding"})
    file = io.StringIO()
    fitted.configure(**_config(canvas)).save(file, format="svg")
    opening = Markup('<svg role="graphics-document" aria-label="{}" data-canvas="{}" ').format(title, canvas.name)
    # Vega's own output, whose texts are escaped; the page escapes everything else.
    return Markup(file.getvalue().replace("<svg ", opening, 1))  # noqa: S704


def _config(canvas: Canvas) -> dict[str, Any]:
    axis = {
        "domain": False,
        "ticks": False,
        "gridColor": "var(--line)",
        "labelColor": "var(--muted)",
        "labelFontSize": _FONT_SIZE,
        "labelPadding": 8,
        "titleColor": "var(--muted)",
        "titleFontSize": _FONT_SIZE,
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
            "labelFontSize": _FONT_SIZE,
            "symbolSize": 90,
            "symbolStrokeWidth": 0,
            "columns": 2 if canvas is NARROW else 0,
        },
        "text": {"color": "var(--ink)", "fontSize": _FONT_SIZE},
    }
