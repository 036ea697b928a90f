"""Forms around bookings: a file or a text, and what was understood, to be looked over before it is attached."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_wtf.file import FileField
from pydantic import TypeAdapter, ValidationError
from wtforms import BooleanField, FieldList, Form, FormField, HiddenField, TextAreaField

from app.core.forms import BaseForm, amount, choice, currency, line, money_of, words_of, zone
from app.core.ics_clocks import clean
from app.travel.details import LegDetails
from app.travel.models import TravelClass, Trip
from app.travel.operations_itineraries import Wanted
from app.travel.policies_itineraries import Match, Standing, Whose
from app.travel.reservations import MOST_BOOKINGS, MOST_BYTES, Booking, ReadingRefused

_KEPT: TypeAdapter[list[Booking]] = TypeAdapter(list[Booking])
_STANDS = [("committed", "Booked"), ("estimated", "An estimate so far")]


class BookingsForm(BaseForm):
    """A file of an airline, a railway or a hotel, or the text of a confirmation."""

    #: It is read and shown, never written: reading twice is no harm, and going back must work.
    form_key = None

    file = FileField("File", description="The .ics file an airline, a railway or a hotel sends, up to 1 MB.")
    text = TextAreaField(
        "Or the confirmation",
        description="The mail with everything in it, its source, or the JSON-LD of the booking.",
    )
    zone = zone("Clocks of times without a zone", description="Airports have their own.")

    def data_given(self) -> bytes:
        """What was uploaded, or else pasted; ReadingRefused when there is nothing, or both."""
        file = self.file.data
        has_file, words = bool(file and file.filename), (self.text.data or "").strip()
        if has_file and words:
            raise ReadingRefused(_("Give a file or a text, not both."), field="text")
        if has_file:
            return bytes(file.stream.read(MOST_BYTES + 1))
        if not words:
            raise ReadingRefused(_("Choose a file, or paste the confirmation."), field="file")
        return words.encode("utf-8", "replace")


class BookingForm(Form):  # type: ignore[misc]
    """One booking that was understood: taken or not, with class and price."""

    take = BooleanField("Attach it")
    travel_class = choice("Class", words_of(TravelClass), required=False)
    amount = amount("Cost", required=False)
    currency = currency()
    decision = choice("Where it stands", _STANDS)


class PreviewForm(BaseForm):
    """Everything that was understood, kept in the page itself until it is confirmed: nothing is stored before."""

    kept = HiddenField()
    rows = FieldList(FormField(BookingForm), max_entries=MOST_BOOKINGS)
    reason = line(
        "Why it is taken although it names somebody else",
        required=False,
        description="Kept in the trip's history.",
    )

    @classmethod
    def of(cls, matches: Sequence[Match], refusals: Sequence[str], trip: Trip) -> "PreviewForm":
        """As it is proposed: what is new, theirs and possible is ticked."""
        kept = _KEPT.dump_json([one.booking for one in matches]).decode()
        rows = [_row(one, refused, trip) for one, refused in zip(matches, refusals, strict=True)]
        return cls(formdata=None, data={"kept": kept, "rows": rows})

    def bookings(self) -> list[Booking]:
        """What the page kept; ReadingRefused when it is not what a page of ours writes."""
        try:
            found = _KEPT.validate_json(str(self.kept.data or "")[: MOST_BYTES * 2])
        except (ValidationError, ValueError, RecursionError):
            raise ReadingRefused(
                _("This page is not whole any more. Read the file or the text again.")
            ) from None
        if len(found) > MOST_BOOKINGS or len(self.rows) != len(found):
            raise ReadingRefused(_("This page is not whole any more. Read the file or the text again."))
        return [
            one.model_copy(update={"title": clean(one.title), "traveller": clean(one.traveller)})
            for one in found
        ]

    def wanted(self, bookings: Sequence[Booking]) -> list[Wanted]:
        """What was ticked, with class and price as they were typed."""
        return [
            Wanted(booking, booking.part.model_copy(update=_typed(row.form, booking)))
            for booking, row in zip(bookings, self.rows, strict=True)
            if row.form.take.data
        ]

    @property
    def errors(self) -> dict[str | None, Any]:
        """The errors of a line say which line it is, at the head of the form."""
        found: dict[str | None, Any] = dict(super().errors)
        found.pop("rows", None)
        said = [
            _("Booking %(n)s, %(field)s: %(error)s", n=number, field=row.form[name].label.text, error=error)
            for number, row in enumerate(self.rows, 1)
            for name, errors in row.form.errors.items()
            for error in errors
        ]
        return found | ({None: [*found.get(None, []), *said]} if said else {})


def _row(one: Match, refused: str, trip: Trip) -> dict[str, Any]:
    part = one.booking.part
    return {
        "take": one.standing is Standing.NEW and one.whose is not Whose.ANOTHER and not refused,
        "travel_class": part.travel_class.value if isinstance(part, LegDetails) else "",
        "amount": f"{part.cost.amount:f}" if part.cost else "", "decision": "committed",
        "currency": part.cost.currency if part.cost else trip.event.program.currency,
    }  # fmt: skip


def _typed(row: Form, booking: Booking) -> dict[str, Any]:
    typed: dict[str, Any] = {
        "cost": money_of(row),
        "is_estimate": row.decision.data == "estimated",
        "priced_on": None,
    }
    if isinstance(booking.part, LegDetails) and row.travel_class.data:
        typed["travel_class"] = TravelClass(row.travel_class.data)
    return typed
