"""A distribution: every case a dot on one axis, piled up where they are many, with the marks that matter."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from app.core.charts.bars import Scale
from app.core.charts.base import Chart
from app.core.charts.lines import Tick
from app.core.charts.model import Kind, Number, Table, finite, nice_ticks, plain
from app.core.charts.pen import Pen
from app.core.charts.text import clean, cut, width_of
from app.core.i18n import colon

_MOST = 14


@dataclass(frozen=True)
class Dot:
    """One case; a highlighted one is larger and named."""

    label: str
    value: Number
    text: str
    kind: Kind = Kind.NEUTRAL
    is_highlighted: bool = False


@dataclass(frozen=True)
class Mark:
    """A line across the strip with a phrase, such as "median GBP 220" or "cap GBP 1,000"."""

    value: Number
    text: str


@dataclass(frozen=True, kw_only=True)
class DistributionStrip(Chart):
    """Dots piled by value; where they would be higher than 14, one dot stands for several and the piles keep their proportion."""

    dots: Sequence[Dot]
    marks: Sequence[Mark] = ()
    ticks: Sequence[Tick] = ()
    headers: tuple[str, str] = ("", "")

    @property
    def table(self) -> Table:
        """A row per case, in the order given, then the marks."""
        return Table(
            self.headers,
            (*((dot.label, dot.text) for dot in self.dots), *(("", mark.text) for mark in self.marks)),
        )

    @property
    def is_empty(self) -> bool:
        """Without a case."""
        return not self.dots

    def draw(self, pen: Pen) -> None:
        """Draw marks, piles, the axis, and the names of the highlighted."""
        values = [finite(dot.value) for dot in self.dots] + [finite(mark.value) for mark in self.marks]
        ticks = [(finite(tick.value), clean(tick.text)) for tick in self.ticks]
        ticks = ticks or [(value, plain(value)) for value in nice_ticks(min(values), max(values), 5)]
        scale = Scale(min(*values, ticks[0][0]), max(*values, ticks[-1][0]), 10, pen.width - 10)
        self._mark_texts(pen, scale)
        piles: dict[int, list[Dot]] = defaultdict(list)
        for dot in self.dots:
            piles[round((scale(finite(dot.value)) - 10) / 9)].append(dot)
        highest = max(map(len, piles.values()))
        room = 18.0 if any(dot.is_highlighted for dot in self.dots) else 0.0
        floor = pen.y + room + min(highest, _MOST) * 9 + 4
        for mark in self.marks:
            pen.line(
                scale(finite(mark.value)), pen.y, scale(finite(mark.value)), floor + 5, "ink", dash="3 2"
            )
        named: list[tuple[float, float]] = []
        for column, pile in sorted(piles.items()):
            self._pile(pen, 10 + column * 9, floor, pile, max(1, math.ceil(highest / _MOST)), named)
        pen.line(0, floor + 5, pen.width, floor + 5, "muted")
        for value, text in ticks:
            length = width_of(text, 11)
            start = min(max(scale(value) - length / 2, 0), pen.width - length)
            pen.line(scale(value), floor + 5, scale(value), floor + 9, "muted")
            pen.text(start, floor + 21, text, size=11, tone="muted")
        pen.y = floor + 28

    def _pile(
        self,
        pen: Pen,
        x: float,
        floor: float,
        pile: Sequence[Dot],
        per_dot: int,
        named: list[tuple[float, float]],
    ) -> None:
        """One column of dots, the highlighted on top; `named` are the stretches that hold names already."""
        ordered = sorted(pile, key=lambda dot: dot.is_highlighted)
        shown = ordered[-math.ceil(len(ordered) / per_dot) :]
        for row, dot in enumerate(shown):
            y = floor - row * 9
            tip = f"{clean(dot.label)}{colon()}{clean(dot.text)}"
            pen.open(tip)
            pen.dot(
                x, y, 5 if dot.is_highlighted else 3.6, dot.kind, opacity=1 if dot.is_highlighted else 0.75
            )
            pen.close()
            if dot.is_highlighted:
                name = cut(tip, pen.width * 0.6, 12, bold=True)
                length = width_of(name, 12, bold=True)
                start = min(max(x - length / 2, 0), pen.width - length)
                # A name that would run into another is left to the tooltip and the table.
                if all(start > end + 6 or start + length < begin - 6 for begin, end in named):
                    named.append((start, start + length))
                    pen.line(x, pen.y + 18, x, y - 5, dot.kind)
                    pen.text(start, pen.y + 13, name, weight=600)

    def _mark_texts(self, pen: Pen, scale: Scale) -> None:
        """The phrases above the strip, one line each where they would run into each other."""
        if not self.marks:
            return
        right, row, deepest = -math.inf, 0, 0
        for mark in sorted(self.marks, key=lambda mark: finite(mark.value)):
            phrase = cut(clean(mark.text), pen.width, 11)
            length = width_of(phrase, 11)
            start = min(max(scale(finite(mark.value)) - length / 2, 0), pen.width - length)
            row = row + 1 if start < right + 8 else 0
            pen.text(start, pen.y + 10 + row * 14, phrase, size=11, tone="muted")
            right = start + length
            deepest = max(deepest, row)
        pen.y += 16 + deepest * 14
