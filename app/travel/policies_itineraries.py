"""Decisions about bookings that were read: whose they are, and whether a trip knows them already."""

import enum
import re
from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from msgspec import Struct

from app.core.errors import DomainError
from app.core.wall_times import day_in
from app.people.names import fold
from app.travel.details import LegDetails, StayDetails, TransferDetails
from app.travel.models import Leg, Stay, Transfer, Trip
from app.travel.reservations import Booking

_TITLES = frozenset({"mr", "mrs", "ms", "miss", "mstr", "dr", "prof", "herr", "frau", "mme", "sr", "sra"})
#: "QUADROS/MATEUS MR", with the title run into the name.
_RUN_IN = re.compile(r"(?i)(?<=[a-z]{2})(mrs|mr|ms)$")


class OfSomebodyElse(DomainError):
    """A booking names another traveller, and nobody has said why it is taken all the same."""


class Whose(enum.StrEnum):
    """Whether a booking is of the trip's person."""

    THEIRS = "theirs"
    UNNAMED = "unnamed"  # it names nobody
    ANOTHER = "another"


class Standing(enum.StrEnum):
    """What a booking is to a trip."""

    NEW = "new"
    KNOWN = "known"
    CHANGED = "changed"
    CANCELLED = "cancelled"
    UNKNOWN_CANCELLED = "unknown_cancelled"  # called off, and not part of the trip


class Difference(Struct, frozen=True):
    """One thing a booking says otherwise than the trip."""

    label: str
    was: object
    now: object


class Match(Struct, frozen=True):
    """A booking beside the part of a trip it is, if it is one."""

    booking: Booking
    whose: Whose
    standing: Standing
    part: Leg | Stay | Transfer | None = None
    differences: Sequence[Difference] = ()


def whose(traveller: str, names: Sequence[str]) -> Whose:
    """Whether a traveller's name is one of a person's names: all words of the shorter are words of the longer.

    Airlines write "QUADROS/MATEUS MR". A name in another script than all of the person's names is another one, until
    somebody says that it is not.
    """
    said = _words(traveller)
    if not said:
        return Whose.UNNAMED
    for name in names:
        known = _words(name)
        if known and (said <= known or known <= said):
            return Whose.THEIRS
    return Whose.ANOTHER


def _words(name: str) -> frozenset[str]:
    parts = re.split(r"[\s/,.\-]+", name)
    if "/" in name and len(parts) > 1:
        parts = [_RUN_IN.sub("", part) if place else part for place, part in enumerate(parts)]
    return frozenset(word for part in parts if (word := fold(part)) and word not in _TITLES)


def match(booking: Booking, trip: Trip, names: Sequence[str]) -> Match:
    """What a booking is to a trip: new, known, otherwise than known, or called off."""
    of = whose(booking.traveller, names)
    part = _known(booking, trip)
    if booking.is_cancelled:
        standing = Standing.CANCELLED if part is not None else Standing.UNKNOWN_CANCELLED
        return Match(booking, of, standing, part)
    if part is None:
        return Match(booking, of, Standing.NEW)
    found = differences_of(booking.part, part)
    return Match(booking, of, Standing.CHANGED if found else Standing.KNOWN, part, found)


def _known(booking: Booking, trip: Trip) -> Leg | Stay | Transfer | None:
    part = booking.part
    if isinstance(part, LegDetails):
        rated = [(_likeness(part, leg), -leg.id, leg) for leg in trip.legs if leg.takes_place]
        score, _id, found = max(rated, key=lambda one: one[:2], default=(0, 0, None))
        return found if score else None
    if isinstance(part, StayDetails):
        stays = (stay for stay in trip.stays if stay.takes_place and _meets(part, stay))
        return next(
            (
                stay
                for stay in stays
                if fold(stay.hotel) == fold(part.hotel) or booking.reference == stay.confirmation
            ),
            None,
        )
    return next(
        (
            row for row in trip.transfers
            if row.takes_place and (fold(row.origin), fold(row.destination)) == (fold(part.origin), fold(part.destination))
            and day_in(row.starts_at, row.zone) == day_in(part.starts_at, part.zone)
        ),
        None,
    )  # fmt: skip


def _likeness(part: LegDetails, leg: Leg) -> int:
    """How surely a leg is the booked one; 0 when it is not: by code and number, number and day, or way and day."""
    is_way = (fold(part.origin), fold(part.destination)) == (fold(leg.origin), fold(leg.destination))
    is_day = day_in(part.departs_at, part.departs_zone) == day_in(leg.departs_at, leg.departs_zone)
    ours, theirs = number_of(leg.number), number_of(part.number)
    is_number = bool(theirs) and ours == theirs
    is_code = bool(part.booking_reference) and part.booking_reference == leg.booking_reference
    if is_code and is_way and (is_number or is_day or not ours or not theirs):
        return 4
    if is_number and is_way and is_day:
        return 3
    if is_code and is_way:
        return 2
    return int(is_way and is_day and (not ours or not theirs))


def number_of(text: str) -> str:
    """ "QT 084" and "qt84" alike."""
    found = re.fullmatch(r"([A-Z]{2,12}|[A-Z]\d|\d[A-Z])?0*(\d{1,5})", re.sub(r"[^A-Z0-9]", "", text.upper()))
    return f"{found[1] or ''}{found[2]}" if found else text.strip().upper()


def _meets(part: StayDetails, stay: Stay) -> bool:
    return part.check_in_on < stay.check_out_on and stay.check_in_on < part.check_out_on


def _is_hotel(part: StayDetails, stay: Stay) -> bool:
    is_number = bool(part.confirmation) and part.confirmation == stay.confirmation
    return is_number or fold(stay.hotel) == fold(part.hotel)


_COMPARED = {
    LegDetails: ("number", "departs_at", "arrives_at", "origin", "destination"),
    StayDetails: ("check_in_on", "check_out_on"),
    TransferDetails: ("starts_at", "ends_at"),
}
_LABELS = {
    "number": _l("Number"),
    "departs_at": _l("Leaves"),
    "arrives_at": _l("Arrives"),
    "origin": _l("From"),
    "destination": _l("To"),
    "check_in_on": _l("Arrives on"),
    "check_out_on": _l("Leaves on"),
    "starts_at": _l("Pick-up"),
    "ends_at": _l("There by"),
}


def differences_of(
    booked: LegDetails | StayDetails | TransferDetails, part: Leg | Stay | Transfer
) -> list[Difference]:
    """What a booking says otherwise: times and places; a number only where both name one."""
    found = []
    for name in _COMPARED[type(booked)]:
        was, now = getattr(part, name), getattr(booked, name)
        is_same = was == now
        if name == "number":
            is_same = not was or not now or number_of(was) == number_of(now)
        elif isinstance(was, str):
            is_same = fold(was) == fold(now)
        if not is_same:
            found.append(Difference(_LABELS[name], was, now))
    return found
