"""What a chart is made of: kinds of value, palettes, and the table behind every drawing."""

import math
import sys
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

Number = int | float | Decimal


class Kind(StrEnum):
    """What a mark stands for; the same kind has the same colour in every chart, page and PDF."""

    NON_CASH = "non_cash"
    CASH = "cash"
    UNITS = "units"
    NEUTRAL = "neutral"
    OK = "ok"
    WARN = "warn"
    BLOCK = "block"

    @property
    def css(self) -> str:
        """The class a mark of this kind carries, such as `c-non-cash`."""
        return "c-" + self.value.replace("_", "-")


class Palette(Struct, frozen=True):
    """The colours written into the presentation attributes; `font` is empty where the page's own font is inherited."""

    non_cash: str
    cash: str
    units: str
    neutral: str
    ok: str
    warn: str
    block: str
    ink: str
    muted: str
    rule: str
    track: str
    surface: str
    #: Text on a filled mark.
    on: str
    font: str = ""

    def of(self, kind: Kind) -> str:
        """The colour of a kind."""
        colour: str = getattr(self, kind.value)
        return colour


_FONT = "Inter, Noto Sans, Noto Sans Arabic, Droid Sans Fallback, sans-serif"

#: For paper: strong colours, dark greys, fonts named because WeasyPrint does not let SVG text inherit them.
PRINT = Palette(
    non_cash="#0f766e", cash="#4f46e5", units="#b45309", neutral="#94a3b8", ok="#15803d", warn="#c2410c", block="#b91c1c",
    ink="#111827", muted="#64748b", rule="#d8dee6", track="#eef1f5", surface="#ffffff", on="#ffffff", font=_FONT,
)  # fmt: skip
#: For a page that is known to be dark, such as an image of it.
DARK = Palette(
    non_cash="#2bb3a3", cash="#8f93f6", units="#dd9a33", neutral="#728091", ok="#4cc27a", warn="#f08a4b", block="#f07070",
    ink="#f1f5f9", muted="#9aa7b5", rule="#323b46", track="#252d36", surface="#14191f", on="#0c1116",
)  # fmt: skip
#: For a page that is known to be light.
LIGHT = Palette(
    non_cash="#0f766e", cash="#4f46e5", units="#b45309", neutral="#94a3b8", ok="#15803d", warn="#c2410c", block="#b91c1c",
    ink="#111827", muted="#64748b", rule="#d8dee6", track="#eef1f5", surface="#ffffff", on="#ffffff",
)  # fmt: skip
#: For pages, light or dark: middle tones with 3:1 on white and on #14191f; `CHART_CSS` replaces them with the exact ones.
PAGE = Palette(
    non_cash="#0d9488", cash="#6d6af0", units="#c26a10", neutral="#8492a3", ok="#2b9a55", warn="#d9601a", block="#dc4545",
    ink="currentColor", muted="#7a8794", rule="#8f9baa66", track="#8f9baa2e", surface="none", on="#ffffff",
)  # fmt: skip


def _rules(palette: Palette) -> str:
    names = [kind.value for kind in Kind] + ["ink", "muted", "rule", "track", "surface", "on"]
    return "".join(f"--c-{name.replace('_', '-')}:{getattr(palette, name)};" for name in names)


def _classes() -> str:
    """A mark is filled unless it carries `s` (stroke) beside its class."""
    names = [kind.css for kind in Kind] + [
        f"c-{tone}" for tone in ("ink", "muted", "rule", "track", "surface", "on")
    ]
    return "".join(
        f".{name}{{fill:var(--{name})}}.{name}.s{{fill:none;stroke:var(--{name})}}\n" for name in names
    )


#: Style sheet for pages: a presentation attribute gives way to any rule, so the theme decides without new markup.
CHART_CSS = (
    f":root{{{_rules(LIGHT)}}}\n"
    f"@media (prefers-color-scheme:dark){{:root:not([data-bs-theme=light]){{{_rules(DARK)}}}}}\n"
    f"[data-bs-theme=dark]{{{_rules(DARK)}}}\n"
    ".chart{display:block;max-width:100%;height:auto;font-family:inherit;font-variant-numeric:tabular-nums}\n"
    + _classes()
)


class Table(Struct, frozen=True):
    """The data behind a chart, as texts ready to be shown."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def finite(value: Number) -> float:
    """The value as a coordinate; ValueError for NaN and infinity, which have no place on paper."""
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value} cannot be drawn")
    return number


def nice_ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Round values from at or below `low` to at or above `high`, roughly `about` steps apart, always with both ends."""
    # A span that floats cannot divide (a millionth of a unit at a billion units, the smallest number there is) is no span.
    size = max(abs(low), abs(high))
    if high - low <= max(size * 1e-9, sys.float_info.min):
        high = low + max(1.0, size * 1e-6)
    raw = (high - low) / max(about, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * 0.999) * power
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    # Multiples of the step, rounded: adding up steps would give 0.30000000000000004.
    places = max(0, 2 - math.floor(math.log10(step)))
    return [round(number * step, places) for number in range(first, last + 1)]


def plain(value: float) -> str:
    """A number for an axis when the caller gave no text: grouped by thousands, no needless zeros."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.4f}".rstrip("0").rstrip(".")
