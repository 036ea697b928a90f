"""A plane of two axes that are read apart: cases as dots, a strip at the side for those whose size nobody knows."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.core.charts.bars import Scale
from app.core.charts.base import Chart
from app.core.charts.lines import Tick
from app.core.charts.model import Kind, Number, Palette, Table, finite
from app.core.charts.pen import Pen
from app.core.charts.text import clean, cut, width_of
from app.core.i18n import colon, semicolon

_HEIGHT = 132.0
_NAME = 12


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


@dataclass(frozen=True)
class _Box:
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "_Box") -> bool:
        return (
            self.left < other.right and other.left < self.right
            and self.top < other.bottom and other.top < self.bottom
        )  # fmt: skip

    def is_inside(self, other: "_Box") -> bool:
        return (
            other.left <= self.left
            and self.right <= other.right
            and other.top <= self.top
            and self.bottom <= other.bottom
        )


@dataclass(frozen=True)
class _Spot:
    """Where one case stands, or several that cannot be told apart; `room` is where their names may stand."""

    x: float
    y: float
    cases: tuple[Placed, ...]
    room: _Box

    @property
    def radius(self) -> float:
        return 9 if len(self.cases) > 1 else 6 if self.cases[0].is_named else 4

    @property
    def box(self) -> _Box:
        return _Box(self.x - self.radius, self.y - self.radius, self.x + self.radius, self.y + self.radius)

    def name(self, most: float) -> str:
        """The first of those who are named, cut to a width, and how many others stand here."""
        named = [clean(one.label) for one in self.cases if one.is_named]
        others = f" +{len(self.cases) - 1}" if len(self.cases) > 1 else ""
        room = min(most, self.room.right - self.room.left - 36) - width_of(others, _NAME, bold=True)
        return cut(named[0], room, _NAME, bold=True) + others if named else ""

    def places(self, width: float) -> list[tuple[float, float]]:
        """Left ends and baselines a name of that width may have, the best first: off the line of the value."""
        right, left = self.x + self.radius + 4, self.x - self.radius - 4 - width
        near = [(x, self.y + drop) for drop in (-5, 13) for x in (right, left)]
        middle = self.x - width / 2
        return [*near, (middle, self.y - self.radius - 4), (middle, self.y + self.radius + 12)]


@dataclass(frozen=True, kw_only=True)
class TwoAxes(Chart):
    """Dots by two measures, the one across on a scale of powers of ten; nothing is added up and nobody is ranked.

    Cases at the same spot are one dot with their number. A name that would stand on another one, or on a dot, is left
    out: the dot tells it, and the table has everybody.
    """

    points: Sequence[Placed]
    across_label: str
    up_label: str
    across_ticks: Sequence[Tick]
    up_ticks: Sequence[Tick]
    #: What stands under the strip of the cases without a size.
    unknown: str
    headers: tuple[str, str, str] = ("", "", "")
    height: float = _HEIGHT

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
        plane = _plane(
            pen.palette, pen.width, pen.y, self.height, self._strip(pen), self.up_label, self.across_label,
            self.unknown, tuple(self.up_ticks), tuple(self.across_ticks),
        )  # fmt: skip
        pen.add(plane.marks)
        left, strip, floor = plane.left, plane.strip, plane.floor
        is_alone = len(self.points) == 1
        ceiling = plane.top - (18 if is_alone else 8)
        whole = _Box(left, ceiling, pen.width, floor + 4)
        sides = (
            _Box(left, ceiling, left + strip, floor + 4),
            _Box(left + strip, ceiling, pen.width, floor + 4),
        )
        spots = self._spots(lambda one: (
            left + (strip / 2 if is_alone or strip < 60 else 16) if one.across is None
            else plane.across(min(max(_power(one.across), plane.least), plane.most)),
            floor - plane.up(finite(one.up)),
            whole if is_alone else sides[one.across is not None],
        ))  # fmt: skip
        self._names(pen, spots)
        pen.y = floor + 40

    def _strip(self, pen: Pen) -> float:
        """How wide the strip is: as its word, or wide enough for names where there are several."""
        least = width_of(clean(self.unknown), 11) + 20
        named = [one for one in self.points if one.across is None and one.is_named]
        return max(least, pen.width * 0.26) if named and len(self.points) > 1 else least

    def _spots(self, place: Callable[[Placed], tuple[float, float, _Box]]) -> list[_Spot]:
        """Cases by where they stand, those with a name last so that they lie on top."""
        found: dict[tuple[int, int], tuple[float, float, _Box, list[Placed]]] = {}
        for one in sorted(self.points, key=lambda point: point.is_named):
            x, y, room = place(one)
            found.setdefault((round(x / 6), round(y / 6)), (x, y, room, []))[3].append(one)
        return [_Spot(x, y, tuple(cases), room) for x, y, room, cases in found.values()]

    def _names(self, pen: Pen, spots: Sequence[_Spot]) -> None:
        taken = [spot.box for spot in spots]
        for spot in spots:
            told = semicolon().join(
                f"{clean(one.label)}{colon()}{clean(one.up_text)}{semicolon()}{clean(one.across_text)}"
                for one in spot.cases
            )
            pen.open(told)
            self._dot(pen, spot)
            name = spot.name(pen.width * 0.4)
            width = width_of(name, _NAME, bold=True)
            for x, baseline in spot.places(width) if name else ():
                box = _Box(x - 2, baseline - _NAME, x + width + 2, baseline + 3)
                if box.is_inside(spot.room) and not any(box.meets(other) for other in taken):
                    taken.append(box)
                    pen.text(x, baseline, name, weight=600)
                    break
            pen.close()

    def _dot(self, pen: Pen, spot: _Spot) -> None:
        if len(spot.cases) > 1:
            pen.dot(spot.x, spot.y, spot.radius, "ink")
            pen.text(
                spot.x, spot.y + 4, str(len(spot.cases)), size=11, tone="on", anchor="middle", weight=600
            )
        elif spot.cases[0].is_named:
            pen.dot(spot.x, spot.y, spot.radius, "ink")
        else:
            pen.dot(spot.x, spot.y, spot.radius, spot.cases[0].kind, opacity=0.75)


@dataclass(frozen=True)
class _Plane:
    """Both axes and the strip while nobody stands there."""

    left: float
    strip: float
    top: float
    floor: float
    up: Scale
    across: Scale
    #: The ends of the scale across, as powers of ten.
    least: float
    most: float
    marks: str


# Whoever is shown, the axes are the same; drawing them takes longer than all the rest.
@lru_cache(maxsize=256)
def _plane(
    palette: Palette,
    width: float,
    y: float,
    height: float,
    strip: float,
    up_label: str,
    across_label: str,
    unknown: str,
    up_ticks: tuple[Tick, ...],
    across_ticks: tuple[Tick, ...],
) -> _Plane:
    pen = Pen(palette, width)
    pen.text(0, y + 11, up_label, size=11, tone="muted")
    top, floor = y + 26, y + 26 + height
    ups = [finite(tick.value) for tick in up_ticks]
    powers = [_power(tick.value) for tick in across_ticks]
    left = max(width_of(clean(tick.text), 11) for tick in up_ticks) + 10
    up = Scale(min(ups), max(ups), 0, height)
    across = Scale(powers[0], powers[-1], left + strip + 18, width - 12)
    for tick, value in zip(up_ticks, ups, strict=True):
        line = floor - up(value)
        pen.line(left, line, width, line, "rule")
        pen.text(left - 6, line + 4, clean(tick.text), size=11, tone="muted", anchor="end")
    pen.rect(left, top - 4, strip, height + 4, "track")
    pen.line(left, floor, width, floor, "muted")
    pen.text(left + strip / 2, floor + 16, clean(unknown), size=11, tone="muted", anchor="middle")
    for tick, power in zip(across_ticks, powers, strict=True):
        x, text = across(power), clean(tick.text)
        length = width_of(text, 11)
        pen.line(x, floor, x, floor + 4, "muted")
        pen.text(min(x - length / 2, width - length), floor + 16, text, size=11, tone="muted")
    pen.text(width, floor + 33, clean(across_label), size=11, tone="muted", anchor="end")
    return _Plane(left, strip, top, floor, up, across, powers[0], powers[-1], pen.markup())


def _power(value: Number) -> float:
    """The power of ten; nothing and one are the beginning of the scale."""
    return math.log10(max(finite(value), 1.0))
