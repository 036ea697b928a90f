"""Bars: one value per label, lying or standing, and bars made of parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.core.charts.base import Chart, legend
from app.core.charts.model import Kind, Number, Table, finite
from app.core.charts.pen import Pen
from app.core.charts.text import clean, cut, width_of, wrap
from app.core.i18n import colon

_SIZE = 12
_BAR = 16.0
# Phones: below this a label column would leave no room for the bars.
_NARROW = 420


@dataclass(frozen=True)
class Bar:
    """One bar; `text` is its value as a person reads it, `note` a remark behind it."""

    label: str
    value: Number
    text: str
    kind: Kind = Kind.NEUTRAL
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class BarChart(Chart):
    """Bars on a common zero line, in the order given; negative values go the other way."""

    bars: Sequence[Bar]
    orientation: Literal["horizontal", "vertical"] = "horizontal"
    headers: tuple[str, str] = ("", "")

    @property
    def table(self) -> Table:
        """Label, value, and note if any bar has one."""
        if any(bar.note for bar in self.bars):
            return Table((*self.headers, ""), tuple((bar.label, bar.text, bar.note) for bar in self.bars))
        return Table(self.headers, tuple((bar.label, bar.text) for bar in self.bars))

    @property
    def is_empty(self) -> bool:
        """Without bars; zeros are data."""
        return not self.bars

    def draw(self, pen: Pen) -> None:
        """Draw lying or standing bars."""
        if self.orientation == "horizontal":
            self._lying(pen)
        else:
            self._standing(pen)

    def _lying(self, pen: Pen) -> None:
        values = [finite(bar.value) for bar in self.bars]
        labels = [clean(bar.label) for bar in self.bars]
        texts = [clean(bar.text) for bar in self.bars]
        notes = [clean(bar.note) for bar in self.bars]
        room = label_room(pen, labels)
        least = pen.width * 0.4
        widths = [width_of(text, _SIZE, bold=True) + 10 for text in texts]
        before = max((width for width, value in zip(widths, values, strict=True) if value < 0), default=0.0)
        after = max((width for width, value in zip(widths, values, strict=True) if value >= 0), default=0.0)
        noted = max(
            width + (width_of(note, 11) + 8 if note else 0) for width, note in zip(widths, notes, strict=True)
        )
        # Notes are left out (the table has them) before the bars get too short to be compared.
        has_notes = pen.width - room - before - noted >= least
        after = max(after, noted) if has_notes else after
        left = room + before
        scale = Scale(min(0, *values), max(0, *values), left, max(pen.width - after, left + 20))
        top = pen.y
        for bar, value, label, text, note in zip(self.bars, values, labels, texts, notes, strict=True):
            height, middle = row_label(pen, label, room)
            start, end = sorted((scale.zero, scale(value)))
            pen.open(f"{label}{colon()}{text}")
            pen.rect(start, middle - _BAR / 2, end - start, _BAR, bar.kind, radius=2)
            pen.close()
            if value < 0:
                pen.text(start - 6, middle + 4, text, anchor="end", weight=600)
            else:
                pen.text(end + 6, middle + 4, text, weight=600)
                if note and has_notes:
                    pen.text(
                        end + 14 + width_of(text, _SIZE, bold=True), middle + 4, note, size=11, tone="muted"
                    )
            # Where labels stand above the bars, one long line would run through them.
            if not room:
                pen.line(scale.zero, middle - _BAR / 2 - 3, scale.zero, middle + _BAR / 2 + 3, "muted")
            pen.y += height
        if room:
            pen.line(scale.zero, top, scale.zero, pen.y, "muted")
        pen.y += 4

    def _standing(self, pen: Pen) -> None:
        values = [finite(bar.value) for bar in self.bars]
        band = pen.width / len(values)
        breadth = min(band * 0.64, 56)
        top, height = pen.y + 18, 170.0
        bottom = top + height + (18 if min(values) < 0 else 0)
        scale = Scale(min(0, *values), max(0, *values), top + height, top)
        texts = [clean(bar.text) for bar in self.bars]
        # Either every bar carries its value or none does: a few would look like the important ones.
        fits = all(width_of(text, 11, bold=True) <= band + 4 for text in texts)
        every = max(1, int(26 / band) + 1) if band < 26 else 1
        deepest = 0
        for at, (bar, value, text) in enumerate(zip(self.bars, values, texts, strict=True)):
            middle = band * (at + 0.5)
            upper, lower = sorted((scale.zero, scale(value)))
            label = clean(bar.label)
            pen.open(f"{label}{colon()}{text}")
            pen.rect(
                middle - breadth / 2, upper, breadth, lower - upper, bar.kind, radius=2 if breadth > 6 else 0
            )
            pen.close()
            if fits:
                pen.text(
                    middle, lower + 13 if value < 0 else upper - 6, text, size=11, anchor="middle", weight=600
                )
            if at % every == 0:
                lines = wrap(label, band * every - 4, 11)
                deepest = max(deepest, len(lines))
                for row, line in enumerate(lines):
                    pen.text(middle, bottom + 17 + row * 14, line, size=11, tone="muted", anchor="middle")
        pen.line(0, scale.zero, pen.width, scale.zero, "muted")
        pen.y = bottom + 10 + deepest * 14


@dataclass(frozen=True)
class Series:
    """One part of every stack: a value and its text for each label."""

    name: str
    kind: Kind
    values: Sequence[Number]
    texts: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class StackedBarChart(Chart):
    """Lying bars made of parts; parts below zero are stacked to the left. `totals` are texts at the ends."""

    labels: Sequence[str]
    series: Sequence[Series]
    totals: Sequence[str] = ()
    label_header: str = ""
    total_header: str = ""

    def __post_init__(self) -> None:
        for part in self.series:
            if not len(part.values) == len(part.texts) == len(self.labels):
                raise ValueError(
                    f"Series {part.name!r} needs one value and one text for each of the {len(self.labels)} labels."
                )
        if self.totals and len(self.totals) != len(self.labels):
            raise ValueError("There must be one total for each label.")

    @property
    def table(self) -> Table:
        """A row per label, a column per series, and the totals if there are any."""
        headers = (
            self.label_header,
            *(part.name for part in self.series),
            *((self.total_header,) if self.totals else ()),
        )
        return Table(
            headers,
            tuple(
                (
                    label,
                    *(part.texts[at] for part in self.series),
                    *((self.totals[at],) if self.totals else ()),
                )
                for at, label in enumerate(self.labels)
            ),
        )

    @property
    def is_empty(self) -> bool:
        """Without labels or without series."""
        return not self.labels or not self.series

    def draw(self, pen: Pen) -> None:
        """Draw the legend and the stacks."""
        legend(pen, [(clean(part.name), part.kind) for part in self.series])
        values = [[finite(part.values[at]) for part in self.series] for at in range(len(self.labels))]
        labels = [clean(label) for label in self.labels]
        room = label_room(pen, labels)
        totals = [clean(text) for text in self.totals]
        beside = max((width_of(text, _SIZE, bold=True) for text in totals), default=0) + 10
        low = min(0.0, *(sum(value for value in stack if value < 0) for stack in values))
        high = max(0.0, *(sum(value for value in stack if value > 0) for stack in values))
        scale = Scale(low, high, room, max(pen.width - beside, room + 20))
        top = pen.y
        for at, (label, stack) in enumerate(zip(labels, values, strict=True)):
            height, middle = row_label(pen, label, room)
            end = self._stack(pen, scale, at, stack, middle)
            if totals:
                pen.text(end + 6, middle + 4, totals[at], weight=600)
            # Where labels stand above the bars, one long line would run through them.
            if not room:
                pen.line(scale.zero, middle - _BAR / 2 - 3, scale.zero, middle + _BAR / 2 + 3, "muted")
            pen.y += height
        if room:
            pen.line(scale.zero, top, scale.zero, pen.y, "muted")
        pen.y += 4

    def _stack(self, pen: Pen, scale: "Scale", at: int, stack: Sequence[float], middle: float) -> float:
        """One bar; gives the x where its positive side ends."""
        below, above = 0.0, 0.0
        for part, value in zip(self.series, stack, strict=True):
            before = below if value < 0 else above
            start, end = sorted((scale(before), scale(before + value)))
            below, above = (below + value, above) if value < 0 else (below, above + value)
            if end - start <= 0:
                continue
            text = clean(part.texts[at])
            pen.open(f"{clean(part.name)}{colon()}{text}")
            # A hairline between the parts, so that they are told apart without their colours.
            pen.rect(start, middle - _BAR / 2 - 2, max(end - start - 1, 0.75), _BAR + 4, part.kind)
            pen.close()
            if width_of(text, 11, bold=True) + 8 <= end - start:
                pen.inside((start + end) / 2, middle + 4, text, part.kind)
        return scale(above)


class Scale:
    """Maps values to coordinates; a range without extent maps to its start."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self._low, self._start = low, start
        self._per = (end - start) / (high - low) if high > low else 0.0
        self.zero = self(0.0)

    def __call__(self, value: float) -> float:
        return self._start + (value - self._low) * self._per


def label_room(pen: Pen, labels: Sequence[str]) -> float:
    """Width of the label column with its gap, at most 38 % of the drawing; 0 when labels stand above their bars."""
    longest = max(width_of(label, _SIZE) for label in labels)
    if pen.width < _NARROW and longest > pen.width * 0.25:
        return 0.0
    return min(longest, pen.width * 0.38) + 12


def row_label(pen: Pen, label: str, room: float) -> tuple[float, float]:
    """Write a row's label, on two lines if it is long; gives the height of the row and the middle of its bar."""
    if not room:
        pen.text(0, pen.y + 14, cut(label, pen.width, _SIZE))
        return 46.0, pen.y + 30
    lines = wrap(label, room - 12, _SIZE)
    height = 28.0 if len(lines) == 1 else 36.0
    first = pen.y + height / 2 + 4 - (len(lines) - 1) * 7
    for at, line in enumerate(lines):
        pen.text(room - 12, first + at * 14, line, anchor="end")
    return height, pen.y + height / 2
