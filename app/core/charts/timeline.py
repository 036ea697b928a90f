"""Spans and moments on lanes over a common axis of days or instants."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.core.charts.bars import Scale
from app.core.charts.base import Chart
from app.core.charts.model import Kind, Table
from app.core.charts.pen import Pen
from app.core.charts.text import clean, cut, width_of, wrap
from app.core.i18n import colon

When = date | datetime

_ROW = 24.0


@dataclass(frozen=True)
class Span:
    """Something that lasts (until `end`, exclusive), or a moment when `end` is None; `text` is how a person reads the time."""

    label: str
    start: When
    end: When | None
    text: str
    kind: Kind = Kind.NEUTRAL


@dataclass(frozen=True)
class Lane:
    """A named row of spans; spans that overlap are put below each other."""

    label: str
    spans: Sequence[Span]


@dataclass(frozen=True)
class TimeTick:
    """A moment of the axis with its text; `is_strong` for now or today."""

    at: When
    text: str
    is_strong: bool = False


@dataclass(frozen=True, kw_only=True)
class Timeline(Chart):
    """Lanes over time. All times are dates, or all are aware datetimes; mixing them is a ValueError."""

    lanes: Sequence[Lane]
    ticks: Sequence[TimeTick]
    headers: tuple[str, str, str] = ("", "", "")

    @property
    def table(self) -> Table:
        """Lane, label and time of every span."""
        return Table(
            self.headers,
            tuple((lane.label, span.label, span.text) for lane in self.lanes for span in lane.spans),
        )

    @property
    def is_empty(self) -> bool:
        """Without a span."""
        return not any(lane.spans for lane in self.lanes)

    def draw(self, pen: Pen) -> None:
        """Draw the axis on top, then the lanes."""
        spans = [span for lane in self.lanes for span in lane.spans]
        moments = (
            [span.start for span in spans]
            + [span.end for span in spans if span.end]
            + [tick.at for tick in self.ticks]
        )
        if len({isinstance(moment, datetime) for moment in moments}) > 1:
            raise ValueError("A timeline holds dates or instants, not both.")
        labels = [clean(lane.label) for lane in self.lanes]
        room = min(max(width_of(label, 12) for label in labels), pen.width * 0.28) + 14
        places = [_days(moment) for moment in moments]
        scale = Scale(min(places), max(places), room + 8, pen.width - 8)
        axis = pen.y
        pen.y += 22
        top = pen.y
        # The lines of the axis lie below the spans, so they are drawn first, on the height known from the rows.
        packed = [_packed(lane.spans) for lane in self.lanes]
        bottom = top + sum(max(len(rows), 1) * _ROW + 8 for rows in packed)
        self._axis(pen, scale, axis, top, bottom, room)
        for label, rows in zip(labels, packed, strict=True):
            for at, line in enumerate(wrap(label, room - 14, 12)):
                pen.text(0, pen.y + 20 + at * 14, line)
            for row in rows or [[]]:
                self._row(pen, scale, row, pen.y + 4 + _ROW / 2)
                pen.y += _ROW
            pen.y += 8
            pen.line(0, pen.y, pen.width, pen.y)
        pen.y += 6

    def _axis(self, pen: Pen, scale: Scale, y: float, top: float, bottom: float, room: float) -> None:
        # The strong ones first: of two that collide, "today" stays.
        taken: list[tuple[float, float]] = []
        for tick in sorted(self.ticks, key=lambda tick: not tick.is_strong):
            x = scale(_days(tick.at))
            if tick.is_strong:
                pen.line(x, top - 4, x, bottom, "ink", width=1.5)
            else:
                pen.line(x, top - 2, x, bottom)
            text = clean(tick.text)
            length = width_of(text, 11, bold=tick.is_strong)
            start = min(max(x - length / 2, room), max(pen.width - length, 0))
            if all(start + length + 8 <= left or start >= right + 8 for left, right in taken):
                taken.append((start, start + length))
                tone, weight = ("ink", 600) if tick.is_strong else ("muted", 400)
                pen.text(start, y + 13, text, size=11, tone=tone, weight=weight)
        pen.line(0, top, pen.width, top)

    def _row(self, pen: Pen, scale: Scale, spans: Sequence[Span], middle: float) -> None:
        for at, span in enumerate(spans):
            x = scale(_days(span.start))
            end = scale(_days(span.end)) if span.end is not None else x
            label = clean(span.label)
            pen.open(f"{label}{colon()}{clean(span.text)}")
            if span.end is None:
                pen.area([(x - 6, middle), (x, middle - 6), (x + 6, middle), (x, middle + 6)], span.kind)
                end = x + 6
            else:
                pen.rect(x, middle - 8, max(end - x, 2), 16, span.kind, radius=2)
            pen.close()
            free = (scale(_days(spans[at + 1].start)) - 10 if at + 1 < len(spans) else pen.width) - end - 6
            if span.end is not None and width_of(label, 11, bold=True) + 10 <= end - x:
                pen.inside((x + end) / 2, middle + 4, label, span.kind)
            elif free >= 40:
                pen.text(end + 6, middle + 4, cut(label, free, 11), size=11)
            elif span.end is not None and end - x >= 40:
                pen.inside((x + end) / 2, middle + 4, cut(label, end - x - 10, 11, bold=True), span.kind)


def _days(moment: When) -> float:
    """A place on the axis, in days; ValueError for a datetime without zone."""
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            raise ValueError("A timeline needs times with a zone.")
        return moment.timestamp() / 86_400
    return float(moment.toordinal())


def _packed(spans: Sequence[Span]) -> list[list[Span]]:
    """The spans in as few rows as keep overlapping ones apart, each row in order of time."""
    rows: list[list[Span]] = []
    for span in sorted(spans, key=lambda span: (_days(span.start), span.label)):
        begin = _days(span.start)
        for row in rows:
            last = row[-1]
            if _days(last.end if last.end is not None else last.start) <= begin and last.start != span.start:
                row.append(span)
                break
        else:
            rows.append([span])
    return rows
