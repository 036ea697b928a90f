"""Badges on paper: A4 sheets of eight, with the code as letters and as QR."""

import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from flask import render_template
from flask_babel import gettext as _

from app.core.codes import qr_of
from app.core.paper import on_paper, require_paper
from app.events.models import Event
from app.events.operations_badges import Printed

_STYLE: Final = Path(__file__).parents[2] / "templates" / "print" / "badges.css"
#: Names longer than these many characters are set smaller, so that each badge holds the whole name.
_SIZES: Final = ((16, "name-xl"), (26, "name-l"), (44, "name-m"), (90, "name-s"))


def badges_html(event: Event, printed: Sequence[Printed]) -> str:
    """The sheets as a document of their own."""
    drawn = [
        {
            "row": one.row,
            "code": one.code,
            "qr": qr_of(one.code),
            "size": name_size(one.row.name),
            "direction": direction_of(one.row.name),
        }
        for one in printed
    ]
    return render_template("print/badges.html", event=event, badges=drawn)


def badges_pdf(event: Event, printed: Sequence[Printed]) -> bytes:
    """The sheets as a PDF; Unavailable where none can be made."""
    return on_paper(badges_html(event, printed), f"Badges: {event.name}", styles={"badges.css": _STYLE})


def require_badges() -> None:
    """Before codes are made: Unavailable where PDF is switched off."""
    require_paper(_("Check people in by name."))


def name_size(name: str) -> str:
    """The class of a name on a badge by its length."""
    return next((size for most, size in _SIZES if len(name) <= most), "name-xs")


def direction_of(text: str) -> str:
    """ "rtl" when the first letter that has a direction runs from right to left; paper does not find out by itself."""
    kinds = (unicodedata.bidirectional(char) for char in text)
    return "rtl" if next((kind for kind in kinds if kind in {"L", "R", "AL"}), "L") != "L" else "ltr"
