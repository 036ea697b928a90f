"""Pages for bookings that others made: read a file or a text, look over what was understood, attach it."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.accounts.access import acting_user, requires
from app.core.door import accepts_upload
from app.core.errors import DomainError
from app.people.zones import zone_names
from app.travel import queries
from app.travel.airports import place_words
from app.travel.forms_disruption import change_args
from app.travel.forms_itineraries import BookingsForm, PreviewForm
from app.travel.models import Leg, Trip
from app.travel.operations_itineraries import names_of, take_bookings, try_bookings
from app.travel.policies_disruption import Change
from app.travel.policies_itineraries import Match, Standing, Whose, match
from app.travel.reservations import MOST_BYTES, Booking, Bookings, Left, ReadingRefused, taken
from app.travel.reservations_ics import is_calendar, read_ics
from app.travel.reservations_schema import Around, read_schema
from app.travel.views import bp

#: Room for the form around the file, so that one slightly too large is refused in words; what was kept comes back with it.
_UPLOAD = MOST_BYTES * 12


@bp.route("/<int:id>/bookings", methods=["GET", "POST"])
@requires("travel:write")
@accepts_upload(_UPLOAD)  # type: ignore[untyped-decorator]
def read_bookings(id: int) -> ResponseReturnValue:
    """Read a file or a text and show what was understood; nothing is kept."""
    trip = queries.get_trip(id, acting_user())
    form = BookingsForm(data={"zone": trip.event.zone})
    if form.validate_on_submit():
        with form.attempt():
            found = _read(form, trip)
            return _preview(trip, found.found, found.left), 200
    return render_template("travel/read_bookings.html", form=form, trip=trip, zones=zone_names()), form.status


@bp.post("/<int:id>/bookings/take")
@requires("travel:write")
@accepts_upload(_UPLOAD)  # type: ignore[untyped-decorator]
def take(id: int) -> ResponseReturnValue:
    """Attach what is ticked, all or none."""
    trip = queries.get_trip(id, acting_user())
    form, bookings = PreviewForm(), list[Booking]()
    with form.attempt():
        bookings = form.bookings()
    if bookings and form.validate():
        with form.attempt():
            parts = take_bookings(
                trip, form.wanted(bookings), by=acting_user(), reason=form.reason.data or ""
            )
            flash(
                ngettext("%(num)s booking is on the trip.", "%(num)s bookings are on the trip.", len(parts)),
                "ok",
            )
            return redirect(url_for("travel.show", id=id), 303)
    trip = queries.get_trip(id, acting_user())
    return _preview(trip, bookings, (), form), form.status if form.status != 200 else 422


def _read(form: BookingsForm, trip: Trip) -> Bookings:
    data, event = form.data_given(), trip.event
    text = taken(data)
    home = trip.person.zone
    around = Around(
        tuple(dict.fromkeys((form.zone.data, event.zone, home))),
        event.city or event.place,
        event.country or "GB",
    )
    found = read_ics(data, around) if is_calendar(data) else read_schema(text, around)
    if not found.found and not found.left:
        raise ReadingRefused(
            _("No booking was found in this. Paste the whole confirmation, or enter the leg by hand."),
            field="file" if form.file.data else "text",
        )
    return found


def _preview(
    trip: Trip, bookings: Sequence[Booking], left: Sequence[Left], form: PreviewForm | None = None
) -> str:
    """What was understood, beside what the trip has."""
    matches = [match(one, trip, names_of(trip)) for one in bookings]
    refusals = _refusals(trip, matches)
    return render_template(
        "travel/bookings.html", trip=trip, matches=matches, refusals=refusals, left=left,
        form=form or PreviewForm.of(matches, refusals, trip), address=_ripple_address(trip, matches),
        has_another=any(one.whose is Whose.ANOTHER for one in matches),
        place=place_words,
        n_possible=sum(one.standing is Standing.NEW and not said for one, said in zip(matches, refusals, strict=True)),
    )  # fmt: skip


def _refusals(trip: Trip, matches: Sequence[Match]) -> list[str]:
    """Why a new booking cannot be attached; empty for the others."""
    new = [one.booking for one in matches if one.standing is Standing.NEW]
    try:
        said = iter(try_bookings(trip, new, by=acting_user()))
    except DomainError as refused:
        said = iter([refused.message] * len(new))
    return [next(said) if one.standing is Standing.NEW else "" for one in matches]


def _ripple_address(trip: Trip, matches: Sequence[Match]) -> str:
    """The page on which changes of known legs are looked at together, with all they touch; empty without any."""
    changes = []
    for one in matches:
        if not isinstance(one.part, Leg):
            continue
        if one.standing is Standing.CANCELLED:
            changes.append(Change(one.part.id))
        elif one.standing is Standing.CHANGED:
            times = one.booking.part.model_dump(include={"departs_at", "arrives_at"})
            if (times["departs_at"], times["arrives_at"]) != (one.part.departs_at, one.part.arrives_at):
                changes.append(Change(one.part.id, **times))
    return url_for("travel.change", id=trip.id, change=change_args(changes)) if changes else ""
