"""Charts as SVG text, drawn on the server: the same markup in the page, in the PDF and under a strict content policy.

Every chart is a frozen dataclass with `.svg(width=..., palette=...)` and `.table`. Colours are presentation attributes
from a `Palette`; no `style`, no `<style>`, no script. Every mark also carries a class (`c-non-cash`, `c-ink`, ...), so on
a page `CHART_CSS` (put it into the style sheet) decides and follows light and dark without new markup. WeasyPrint knows
neither custom properties in attributes nor `currentColor` from HTML, so PDFs ask for `palette=PRINT`. Texts (values,
dates, words such as "over the limit") come formatted and translated from the caller; nothing here knows a language.
"""

from app.core.charts.bars import Bar, BarChart, Series, StackedBarChart
from app.core.charts.base import Chart
from app.core.charts.lines import LineChart, LineSeries, Sparkline, Tick
from app.core.charts.meters import CapMeter, Funnel, Step
from app.core.charts.model import (
    CHART_CSS,
    DARK,
    LIGHT,
    PAGE,
    PRINT,
    Kind,
    Number,
    Palette,
    Table,
    nice_ticks,
)
from app.core.charts.planes import Placed, TwoAxes
from app.core.charts.strips import DistributionStrip, Dot, Mark
from app.core.charts.timeline import Lane, Span, Timeline, TimeTick

__all__ = [
    "CHART_CSS",
    "DARK",
    "LIGHT",
    "PAGE",
    "PRINT",
    "Bar",
    "BarChart",
    "CapMeter",
    "Chart",
    "DistributionStrip",
    "Dot",
    "Funnel",
    "Kind",
    "Lane",
    "LineChart",
    "LineSeries",
    "Mark",
    "Number",
    "Palette",
    "Placed",
    "Series",
    "Span",
    "Sparkline",
    "StackedBarChart",
    "Step",
    "Table",
    "Tick",
    "TimeTick",
    "Timeline",
    "TwoAxes",
    "nice_ticks",
]
