"""Draws single marks as SVG text: every coordinate rounded, every text escaped, every colour an attribute and a class."""

from functools import lru_cache

from markupsafe import escape

from app.core.charts.model import Kind, Palette
from app.core.charts.text import isolated


# A drawing has the same few coordinates and sizes again and again.
@lru_cache(maxsize=4096)
def num(value: float) -> str:
    """A coordinate with at most two decimals and no needless zeros."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


class Pen:
    """Collects the marks of one drawing, `width` pixels wide; `y` is where the next part begins."""

    def __init__(self, palette: Palette, width: float) -> None:
        self.palette = palette
        self.width = width
        self.y = 0.0
        self._parts: list[str] = []

    def markup(self) -> str:
        """Everything drawn so far."""
        return "".join(self._parts)

    def add(self, marks: str) -> None:
        """What another pen has drawn."""
        self._parts.append(marks)

    def text(
        self,
        x: float,
        y: float,
        content: str,
        *,
        size: float = 12,
        tone: str = "ink",
        anchor: str = "start",
        weight: int = 400,
        colour: Kind | None = None,
    ) -> None:
        """A line of text with its baseline at `y`; the anchor counts from the left in every script."""
        # The grey of neutral marks is too light for letters.
        tone = "muted" if colour is Kind.NEUTRAL else tone
        name, fill = self._paint(tone if colour is None or colour is Kind.NEUTRAL else colour)
        bold = f' font-weight="{weight}"' if weight != 400 else ""
        where = f' text-anchor="{anchor}"' if anchor != "start" else ""
        self._parts.append(
            f'<text x="{num(x)}" y="{num(y)}" font-size="{num(size)}"{bold}{where} class="{name}" fill="{fill}">'
            f"{escape(isolated(content))}</text>"
        )

    def rect(
        self, x: float, y: float, width: float, height: float, kind: Kind | str, *, radius: float = 0
    ) -> None:
        """A filled rectangle; a string names a tone of the palette (track, surface, rule, ink)."""
        name, fill = self._paint(kind)
        round_ = f' rx="{num(radius)}"' if radius else ""
        self._parts.append(
            f'<rect x="{num(x)}" y="{num(y)}" width="{num(max(width, 0))}" height="{num(height)}"{round_} '
            f'class="{name}" fill="{fill}"/>'
        )

    def inside(self, x: float, y: float, content: str, kind: Kind, *, size: float = 11) -> None:
        """Text centred on a mark of that kind, in the tone that can be read there."""
        self.text(
            x,
            y,
            content,
            size=size,
            tone="ink" if kind is Kind.NEUTRAL else "on",
            anchor="middle",
            weight=600,
        )

    def line(
        self,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        tone: Kind | str = "rule",
        *,
        width: float = 1,
        dash: str = "",
    ) -> None:
        """A straight stroke."""
        name, stroke = self._paint(tone)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(
            f'<line x1="{num(x1)}" y1="{num(y1)}" x2="{num(x2)}" y2="{num(y2)}" class="{name} s" stroke="{stroke}" '
            f'stroke-width="{num(width)}"{dashed}/>'
        )

    def curve(
        self, points: list[tuple[float, float]], kind: Kind, *, width: float = 2, dash: str = ""
    ) -> None:
        """A polyline; a single point draws nothing."""
        name, stroke = self._paint(kind)
        path = " ".join(f"{num(x)},{num(y)}" for x, y in points)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(
            f'<polyline points="{path}" class="{name} s" fill="none" stroke="{stroke}" stroke-width="{num(width)}" '
            f'stroke-linejoin="round" stroke-linecap="round"{dashed}/>'
        )

    def area(self, points: list[tuple[float, float]], kind: Kind | str, *, opacity: float = 1) -> None:
        """A filled polygon."""
        name, fill = self._paint(kind)
        path = " ".join(f"{num(x)},{num(y)}" for x, y in points)
        faint = f' fill-opacity="{num(opacity)}"' if opacity != 1 else ""
        self._parts.append(f'<polygon points="{path}" class="{name}" fill="{fill}"{faint}/>')

    def dot(self, x: float, y: float, radius: float, kind: Kind | str, *, opacity: float = 1) -> None:
        """A filled circle."""
        name, fill = self._paint(kind)
        faint = f' fill-opacity="{num(opacity)}"' if opacity != 1 else ""
        self._parts.append(
            f'<circle cx="{num(x)}" cy="{num(y)}" r="{num(radius)}" class="{name}" fill="{fill}"{faint}/>'
        )

    def open(self, tip: str) -> None:
        """Begin a group of marks with a tooltip."""
        self._parts.append(f"<g><title>{escape(isolated(tip))}</title>")

    def close(self) -> None:
        """End the group."""
        self._parts.append("</g>")

    def _paint(self, kind: Kind | str) -> tuple[str, str]:
        if isinstance(kind, Kind):
            return kind.css, self.palette.of(kind)
        colour: str = getattr(self.palette, kind)
        return f"c-{kind}", colour
