"""A plane of two axes that are read apart: cases as dots, a strip at the side for those whose size nobody knows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.core.charts.bars import Scale
from app.core.charts.base import Chart
from app.core.charts.lines import Tick
from app.core.charts.model import Kind, Number, Table, finite
from app.core.charts.pen import Pen
from app.core.charts.text import clean, cut, width_of

_HEIGHT = 132.0


@dataclass(frozen=True)
class Placed:
    """One case; `across` is None where it is not known, and the texts are the values as a person reads them."""

    label: str
    across: Number | None
    up: Number
    across_text: str
    up_text: str
    kind: Kind = Kind.NEUTRAL
    is_named: bool = False


@dataclass(frozen=True, kw_only=True)
class TwoAxes(Chart):
    """Dots by two measures, the one across on a scale of powers of ten; nothing is added up and nobody is ranked."""

    points: Sequence[Placed]
    across_label: str
    up_label: str
    across_ticks: Sequence[Tick]
    up_ticks: Sequence[Tick]
    #: What stands under the strip of the cases without a size.
    unknown: str
    headers: tuple[str, str, str] = ("", "", "")

    @property
    def table(self) -> Table:
        """A row per case, in the order given."""
        return Table(self.headers, tuple((one.label, one.up_text, one.across_text) for one in self.points))

    @property
    def is_empty(self) -> bool:
        """Without a case."""
        return not self.points

    def draw(self, pen: Pen) -> None:
        """Draw both axes, the strip, and the cases."""
        pen.text(0, pen.y + 11, self.up_label, size=11, tone="muted")
        top, floor = pen.y + 26, pen.y + 26 + _HEIGHT
        ups = [finite(tick.value) for tick in self.up_ticks]
        left = max(width_of(clean(tick.text), 11) for tick in self.up_ticks) + 10
        strip = width_of(clean(self.unknown), 11) + 20
        up = Scale(min(ups), max(ups), 0, _HEIGHT)
        powers = [_power(tick.value) for tick in self.across_ticks]
        across = Scale(powers[0], powers[-1], left + strip + 18, pen.width - 12)
        for tick, value in zip(self.up_ticks, ups, strict=True):
            y = floor - up(value)
            pen.line(left, y, pen.width, y, "rule")
            pen.text(left - 6, y + 4, clean(tick.text), size=11, tone="muted", anchor="end")
        pen.rect(left, top - 4, strip, _HEIGHT + 4, "track")
        self._foot(pen, across, left, strip, floor)
        for one in sorted(self.points, key=lambda point: point.is_named):
            x = left + strip / 2 if one.across is None else across(_power(one.across))
            self._dot(pen, one, x, floor - up(finite(one.up)))
        pen.y = floor + 40

    def _foot(self, pen: Pen, across: Scale, left: float, strip: float, floor: float) -> None:
        pen.line(left, floor, pen.width, floor, "muted")
        pen.text(left + strip / 2, floor + 16, clean(self.unknown), size=11, tone="muted", anchor="middle")
        for tick in self.across_ticks:
            x, text = across(_power(tick.value)), clean(tick.text)
            length = width_of(text, 11)
            pen.line(x, floor, x, floor + 4, "muted")
            pen.text(min(x - length / 2, pen.width - length), floor + 16, text, size=11, tone="muted")
        pen.text(pen.width, floor + 33, clean(self.across_label), size=11, tone="muted", anchor="end")

    def _dot(self, pen: Pen, one: Placed, x: float, y: float) -> None:
        pen.open(f"{clean(one.label)}: {clean(one.up_text)}; {clean(one.across_text)}")
        if one.is_named:
            pen.dot(x, y, 6, "ink")
            name = cut(clean(one.label), pen.width * 0.4, 12, bold=True)
            fits = x + 12 + width_of(name, 12, bold=True) <= pen.width
            # Above the line of its value, which would strike it through.
            pen.text(x + 10 if fits else x - 10, y - 5, name, anchor="start" if fits else "end", weight=600)
        else:
            pen.dot(x, y, 4, one.kind, opacity=0.75)
        pen.close()


def _power(value: Number) -> float:
    """The power of ten; nothing and one are the beginning of the scale."""
    return math.log10(max(finite(value), 1.0))
