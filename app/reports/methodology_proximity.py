"""What the note on the method says of fees soon after value: which value, whose, how days are counted (c35, c43)."""

from datetime import datetime

from flask_babel import gettext as _

from app.core.i18n import when
from app.reports.value import Note


def proximity_notes(*, is_any: bool, as_of: datetime | None) -> tuple[Note, ...]:
    """The paragraphs, in the order a reader asks."""
    return (
        Note(_("Fee"), _fee()),
        Note(_("Value before"), _value(is_any)),
        Note(_("Same provider"), _providers()),
        Note(_("Days"), _days(as_of)),
        Note(_("Left out"), str(_("Declined offers, and what was taken back."))),
        Note(_("Under a program"), _program()),
        Note(_("What it says"), _meaning()),
    )


def _fee() -> str:
    return str(
        _(
            "Every line of fees that stands, whatever its form: advice, talks, workshops, content, research, honoraria. "
            "Amounts in different currencies are never added."
        )
    )


def _value(is_any: bool) -> str:
    if is_any:
        return str(_("Everything on the non-cash leg but fees, access counted in units included."))
    return str(
        _(
            "Flights, trains and transfers, nights, gifts, loans and entertainment on the non-cash leg. Meals and passes are "
            "left out; the report can be made over any non-cash value instead."
        )
    )


def _providers() -> str:
    return str(
        _(
            "Our departments and the partners that act for us are one provider. Books taken over from elsewhere number their "
            "payers, and each number is one. Records that were merged count as one person."
        )
    )


def _days(as_of: datetime | None) -> str:
    counted = _(
        "From the value date of the one to the value date of the other, both days as they stand in the book; the same day is 0."
    )
    shown = _("The report shows the book as it stands now.")
    if as_of is not None:
        shown = _(
            "The report shows the book as it stood on %(instant)s: what was entered later is not in it.",
            instant=when(as_of, "UTC"),
        )
    return f"{counted} {shown}"


def _program() -> str:
    return str(
        _("The fee and the value are both of that program; without one they may be of different ones.")
    )


def _meaning() -> str:
    return str(
        _(
            "That a fee comes soon after a trip is common and proves nothing. It is what a cooling-off rule asks a reason for; "
            "the reasons stand with the engagements."
        )
    )
