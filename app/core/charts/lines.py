"""Lines over time: a chart with direct labels at the ends, and a word-sized one for table cells."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from app.core.charts.bars import Scale
from app.core.charts.base import Chart
from app.core.charts.model import PAGE, Kind, Number, Palette, Table, finite, nice_ticks, plain
from app.core.charts.pen import Pen, num
from app.core.charts.text import clean, cut, width_of
from app.core.i18n import colon, said

_DASHES = ("", "6 4", "2 3", "9 3 2 3")
_HEIGHT = 190.0


@dataclass(frozen=True)
class LineSeries:
    """One line: a value per label, None where there is none (the line is broken there)."""

    name: str
    kind: Kind
    values: Sequence[Number | None]
    texts: Sequence[str]


@dataclass(frozen=True)
class Tick:
    """A round value of the axis with its text, see `nice_ticks`."""

    value: Number
    text: str


@dataclass(frozen=True, kw_only=True)
class LineChart(Chart):
    """Lines over equally spaced labels; the axis holds zero. Without `ticks` it finds its own, in plain digits."""

    labels: Sequence[str]
    series: Sequence[LineSeries]
    ticks: Sequence[Tick] = ()
    label_header: str = ""

    def __post_init__(self) -> None:
        for line in self.series:
            if not len(line.values) == len(line.texts) == len(self.labels):
                raise ValueError(
                    f"Series {line.name!r} needs one value and one text for each of the {len(self.labels)} labels."
                )

    @property
    def table(self) -> Table:
        """A row per label, a column per line."""
        rows = tuple(
            (label, *(line.texts[at] for line in self.series)) for at, label in enumerate(self.labels)
        )
        return Table((self.label_header, *(line.name for line in self.series)), rows)

    @property
    def is_empty(self) -> bool:
        """Without a single value."""
        return all(value is None for line in self.series for value in line.values)

    def draw(self, pen: Pen) -> None:
        """Draw the axis, the lines, and a label at the end of each."""
        values = [finite(value) for line in self.series for value in line.values if value is not None]
        ticks = [(finite(tick.value), clean(tick.text)) for tick in self.ticks]
        ticks = ticks or [(value, plain(value)) for value in nice_ticks(min(0.0, *values), max(0.0, *values))]
        top, bottom = pen.y + 8, pen.y + 8 + _HEIGHT
        scale = Scale(min(*values, ticks[0][0]), max(*values, ticks[-1][0]), bottom, top)
        left = max(max(width_of(text, 11) for _, text in ticks) + 10, width_of(clean(self.labels[0]), 11) / 2)
        names = [f"{clean(line.name)} {self._last(line)}".strip() for line in self.series]
        right = pen.width - min(max(width_of(name, 12, bold=True) for name in names) + 14, pen.width * 0.34)
        for value, text in ticks:
            pen.line(left, scale(value), right, scale(value), "rule" if value else "muted")
            pen.text(left - 8, scale(value) + 4, text, size=11, tone="muted", anchor="end")
        step = (right - left) / max(len(self.labels) - 1, 1)
        self._labels(pen, left, step, bottom)
        ends = []
        for at, (line, name) in enumerate(zip(self.series, names, strict=True)):
            # Lines of one kind share a colour, so they differ by their dashes.
            dash = _DASHES[sum(other.kind is line.kind for other in self.series[:at]) % len(_DASHES)]
            end = self._line(pen, line, scale, left, step, dash)
            if end is not None:
                ends.append((end, name, line.kind))
        for y, (_, name, kind) in zip(
            spread([end[1] for end, _, _ in ends], 16, top, bottom), ends, strict=True
        ):
            pen.text(
                right + 10, y + 4, cut(name, pen.width - right - 10, 12, bold=True), weight=600, colour=kind
            )
        pen.y = bottom + 26

    def _line(
        self, pen: Pen, line: LineSeries, scale: Scale, left: float, step: float, dash: str
    ) -> tuple[float, float] | None:
        """One line with its gaps; gives its last point."""
        last = None
        pen.open(clean(line.name))
        for run in _runs(line.values):
            points = [(left + at * step, scale(value)) for at, value in run]
            if len(points) > 1:
                pen.curve(points, line.kind, dash=dash)
            else:
                pen.dot(*points[0], 2.5, line.kind)
            last = points[-1]
        if last:
            pen.dot(*last, 3.5, line.kind)
        pen.close()
        return last

    def _labels(self, pen: Pen, left: float, step: float, bottom: float) -> None:
        """As many labels below the axis as have room, always the first."""
        labels = [clean(label) for label in self.labels]
        widest = max(width_of(label, 11) for label in labels) + 10
        every = max(1, -(-int(widest) // max(int(step), 1))) if len(labels) > 1 else 1
        for at in range(0, len(labels), every):
            pen.text(left + at * step, bottom + 18, labels[at], size=11, tone="muted", anchor="middle")

    def _last(self, line: LineSeries) -> str:
        shown = (text for value, text in zip(line.values, line.texts, strict=True) if value is not None)
        return clean(next(reversed(list(shown)), ""))


@dataclass(frozen=True, kw_only=True)
class Sparkline(Chart):
    """A line the size of a word, for a table cell; `text`, the last value, stands beside it and not in the drawing."""

    values: Sequence[Number | None]
    text: str = ""
    kind: Kind = Kind.NEUTRAL
    height: int = 22

    @property
    def table(self) -> Table:
        """One row: title and last value."""
        return Table(("", ""), ((self.title, self.text),))

    @property
    def is_empty(self) -> bool:
        """Without a single value."""
        return all(value is None for value in self.values)

    def draw(self, pen: Pen) -> None:
        """Draw the line and its last point."""
        values = [finite(value) for value in self.values if value is not None]
        scale = Scale(min(values), max(values), pen.y + self.height - 4, pen.y + 4)
        step = (pen.width - 8) / max(len(self.values) - 1, 1)
        last = None
        for run in _runs(self.values):
            points = [
                (4 + at * step, scale(value) if max(values) > min(values) else self.height / 2)
                for at, value in run
            ]
            if len(points) > 1:
                pen.curve(points, self.kind, width=1.5)
            last = points[-1]
        if last:
            pen.dot(*last, 2.5, self.kind)
        pen.y += self.height

    def svg(
        self, *, width: int = 96, palette: Palette = PAGE, uid: str | None = None, show_title: bool = False
    ) -> Markup:
        """The drawing; named by `aria-label` alone, so that a table of equal lines has no id twice."""
        pen = Pen(palette, width)
        if self.is_empty:
            pen.line(4, self.height / 2, width - 4, self.height / 2, "rule", dash="2 3")
            pen.y = self.height
        else:
            self.draw(pen)
        parts = (self.title, self.text) if not self.is_empty else (self.title, said(self.empty))
        name = escape(clean(colon().join(part for part in parts if part)))
        # Every text in it went through escape().
        return Markup(  # noqa: S704
            f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {num(pen.width)} {num(pen.y)}" '
            f'width="{num(pen.width)}" height="{num(pen.y)}" role="img" aria-label="{name}">'
            f"<title>{name}</title>{pen.markup()}</svg>"
        )


def _runs(values: Sequence[Number | None]) -> Iterator[list[tuple[int, float]]]:
    """The stretches without a gap, as positions and values."""
    run: list[tuple[int, float]] = []
    for at, value in enumerate(values):
        if value is not None:
            run.append((at, finite(value)))
        elif run:
            yield run
            run = []
    if run:
        yield run


def spread(wanted: Sequence[float], least: float, low: float, high: float) -> list[float]:
    """Positions as near to the wanted ones as a least distance between neighbours allows, in the order given."""
    order = sorted(range(len(wanted)), key=lambda at: wanted[at])
    placed = list(wanted)
    for before, at in zip([None, *order], order, strict=False):
        placed[at] = max(placed[at], low if before is None else placed[before] + least)
    over = placed[order[-1]] - high if order else 0.0
    for after, at in zip([None, *reversed(order)], reversed(order), strict=False):
        if over > 0:
            placed[at] = min(placed[at], high if after is None else placed[after] - least)
    return placed
