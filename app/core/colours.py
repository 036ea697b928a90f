"""Colours that can be read: contrast as WCAG 2.2 reckons it, and the shades a brand needs."""

import re
from typing import Final

#: What text of a colour stands on (`static/app.css`): page and soft background, light and dark.
LIGHT_PAPER: Final = "#ffffff"
DARK_PAPER: Final = "#131618"
#: WCAG 2.2, 1.4.3: text of the usual size.
LEAST: Final = 4.5
_HEX = re.compile(r"#[0-9a-f]{6}")

Rgb = tuple[int, int, int]


def parse(text: str) -> str | None:
    """ "#0B6764" -> "#0b6764"; None for anything else."""
    found = text.strip().lower()
    return found if _HEX.fullmatch(found) else None


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 (the same) to 21."""
    lighter, darker = sorted((_luminance(_rgb(one)), _luminance(_rgb(other))), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def mix(one: str, other: str, share: float) -> str:
    """A colour with a share of another."""
    pairs = zip(_rgb(one), _rgb(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def lightened(colour: str) -> str:
    """The colour, or the nearest lighter shade of it that can be read in the dark."""
    shades = (mix(colour, "#ffffff", step / 20) for step in range(21))
    return next(one for one in shades if is_readable_dark(one))


def soft_light(colour: str) -> str:
    """What marks the chosen line on a light page."""
    return mix(LIGHT_PAPER, colour, 0.08)


def soft_dark(colour: str) -> str:
    """What marks the chosen line on a dark page."""
    return mix(DARK_PAPER, colour, 0.14)


def is_readable_light(colour: str) -> bool:
    """On white and on its soft shade; white on it is the same."""
    return min(contrast(colour, LIGHT_PAPER), contrast(colour, soft_light(colour))) >= LEAST


def is_readable_dark(colour: str) -> bool:
    """On the dark page and on its soft shade."""
    return min(contrast(colour, DARK_PAPER), contrast(colour, soft_dark(colour))) >= LEAST


def _rgb(colour: str) -> Rgb:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(rgb: Rgb) -> float:
    parts = [value / 255 for value in rgb]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
