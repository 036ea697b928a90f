"""The lists of travel as rows: arrivals, departures, rooms, cars. Pure functions of trips; nothing read, nothing decided."""

import enum
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import ngettext, pgettext
from msgspec import Struct, field
from msgspec.structs import replace

from app.core.i18n import day, place_of, words
from app.core.spoken import short_day
from app.core.wall_times import day_in
from app.events.models import Event
from app.ledger import keys
from app.travel.airports import place_words
from app.travel.models import CostStage, Leg, Stay, Transfer, Trip
from app.travel.models_documents import DocumentKind
from app.travel.queries_trip import trip_ends


class Mark(enum.StrEnum):
    """What a line is against the list as it was last sent."""

    NEW = "new"
    AMENDED = "amended"
    CANCELLED = "cancelled"


class Column(Struct, frozen=True):
    """One column of a list; `width` in percent of the page, one of those the paper table knows."""

    key: str
    label: str
    width: int


class Row(Struct, frozen=True):
    """One line: cells by column in printed text, and `said`, the times and places in it that are no name."""

    part_id: int
    trip_id: int
    group: str
    cells: Mapping[str, str]
    said: Mapping[str, Any]
    mark: Mark | None = None
    #: What was said before, of an amended line.
    was: str = ""

    @property
    def is_not_booked(self) -> bool:
        """Whether the journey is an estimate: the ticket may still be for another flight, or for none."""
        return bool(self.cells.get("booking"))

    @property
    def fingerprint(self) -> str:
        """Equal for lines that say the same; keyed, so that it says nothing itself."""
        return keys.keyed("travel line", *self.cells.values())


class Listing(Struct, frozen=True):
    """A whole list. `totals` are the figures below it: label and number."""

    kind: DocumentKind
    event: Event
    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    about: str = ""
    totals: Sequence[tuple[str, int]] = field(default_factory=tuple)

    @property
    def fingerprint(self) -> str:
        """Equal for lists that say the same."""
        return keys.keyed(
            "travel list", *(row.fingerprint for row in self.rows if row.mark is not Mark.CANCELLED)
        )

    def count(self, mark: Mark) -> int:
        """How many lines bear a mark."""
        return sum(1 for row in self.rows if row.mark is mark)

    @property
    def n_not_booked(self) -> int:
        """How many lines are about a journey nobody has booked yet."""
        return sum(1 for row in self.rows if row.is_not_booked)


# -- arrivals and departures ---------------------------------------------------------------------------


def _flight_columns(way: str) -> Sequence[Column]:
    return (
        Column("time", _("Time"), 6), Column("home", _("At home"), 12), Column("person", _("Who"), 18),
        Column("flight", _("Flight"), 15), Column("way", way, 12), Column("where", _("Terminal"), 10),
        Column("car", _("Picked up"), 8),
    )  # fmt: skip


def is_booked(trip: Trip, leg: Leg) -> bool:
    """Whether there is a ticket: not while the leg, or the one whose fare covers it, is only an estimate (T1)."""
    held = {leg.id, leg.fare_leg_id}
    return leg.outcome is not None or not any(
        one.id in held and one.cost_stage is CostStage.ESTIMATED for one in trip.legs
    )


def arrivals(event: Event, trips: Iterable[Trip]) -> Listing:
    """Who lands when, hour by hour on the event's clock, the time at home beside it."""
    rows = [
        _flight_row(event, trip, leg, leg.arrives_at, leg.origin, leg.destination, leg.arrives_terminal)
        for trip in trips
        if (leg := trip_ends(trip)[0]) is not None
    ]
    return _timed(
        DocumentKind.ARRIVALS, event, _("Arrivals"), _flight_columns(pgettext("origin", "From")), rows
    )


def departures(event: Event, trips: Iterable[Trip]) -> Listing:
    """Who flies home when."""
    rows = [
        _flight_row(event, trip, leg, leg.departs_at, leg.destination, leg.origin, leg.departs_terminal)
        for trip in trips
        if (leg := trip_ends(trip)[1]) is not None
    ]
    return _timed(DocumentKind.DEPARTURES, event, _("Departures"), _flight_columns(_("To")), rows)


def _flight_row(
    event: Event, trip: Trip, leg: Leg, at: datetime, other_end: str, here: str, terminal: str
) -> Row:  # fmt: skip
    flight = " ".join(part for part in (leg.carrier, leg.number) if part) or words(leg.mode)
    car = next((row for row in trip.transfers if row.takes_place and row.leg_id == leg.id), None)
    where = f"{place_words(here)}, {terminal}" if terminal else place_words(here)
    cells = {
        "time": clock_of(at, event.zone), "home": beside(at, event.zone, trip.person.zone), "person": trip.person.name,
        "flight": flight, "way": place_words(other_end), "where": where,
        "car": clock_of(car.starts_at, event.zone) if car else "",
    }  # fmt: skip
    said = {"at": at.isoformat(), "flight": flight, "where": where}
    if not is_booked(trip, leg):
        # Only where it is so: a line that is booked says what it has always said, and is not marked as amended.
        cells["booking"] = said["booking"] = _("not booked")
    return Row(leg.id, trip.id, hour_of(at, event.zone), cells, said)


def _timed(
    kind: DocumentKind, event: Event, title: str, columns: Sequence[Column], rows: Sequence[Row]
) -> Listing:
    ordered = sorted(rows, key=lambda row: (str(row.said["at"]), row.cells["person"], row.part_id))
    listed = [replace(row, group=group) for row, group in zip(ordered, _counted(ordered), strict=True)]
    n_not_booked = sum(1 for row in listed if row.is_not_booked)
    totals = [(_("People"), len(listed))]
    if n_not_booked:
        totals.append((_("Of them not booked"), n_not_booked))
        columns = [*columns, Column("booking", _("Booking"), 8)]
    return Listing(kind, event, title, columns, listed, totals=totals)


def _counted(rows: Sequence[Row]) -> list[str]:
    """The hour of each line with how many there are in it, those without a ticket apart: "... · 3 people, 1 not booked"."""
    people = Counter(row.group for row in rows)
    open_ones = Counter(row.group for row in rows if row.is_not_booked)
    said = {
        hour: f"{hour} · {ngettext('%(num)s person', '%(num)s people', n)}"
        + (_(", %(n)s not booked", n=open_ones[hour]) if open_ones[hour] else "")
        for hour, n in people.items()
    }
    return [said[row.group] for row in rows]


# -- rooms ---------------------------------------------------------------------------------------------


def _room_columns() -> Sequence[Column]:
    return (
        Column("person", _("Guest"), 25), Column("room", pgettext("hotel", "Room"), 10),
        Column("arrives", pgettext("hotel", "In"), 10),
        Column("leaves", pgettext("hotel", "Out"), 10), Column("nights", _("Nights"), 6), Column("shares", _("Shares with"), 15),
        Column("note", _("Note"), 12),
    )  # fmt: skip


def hotels(trips: Iterable[Trip]) -> list[str]:
    """The hotels in which somebody sleeps."""
    return sorted({stay.hotel for trip in trips for stay in trip.stays if stay.takes_place})


def rooms(event: Event, trips: Sequence[Trip], hotel: str) -> Listing:
    """The rooming list of one hotel: nobody reads where the guests of another one sleep."""
    stays = {stay.id: stay for trip in trips for stay in trip.stays if stay.takes_place}
    partners = _partners(stays)
    here = [stay for stay in stays.values() if stay.hotel == hotel]
    ordered = sorted(here, key=lambda one: (one.check_in_on, one.trip.person.sort_key, one.id))
    listed = [_room_row(stay, partners.get(stay.id)) for stay in ordered]
    return Listing(
        DocumentKind.ROOMING,
        event,
        _("Rooming list"),
        _room_columns(),
        listed,
        about=hotel,
        totals=nights_of(ordered),
    )


def _partners(stays: Mapping[int, Stay]) -> dict[int, Stay]:
    """Who shares with whom, said at both."""
    found = {}
    for stay in stays.values():
        holder = stays.get(stay.shares_with_id or 0)
        if holder is not None:
            found[stay.id], found[holder.id] = holder, stay
    return found


def _room_row(stay: Stay, partner: Stay | None) -> Row:
    notes = [
        stay.room, _("early check-in") if stay.is_early_check_in else "", _("late check-out") if stay.is_late_check_out else "",
    ]  # fmt: skip
    kind = words(stay.room_type) if stay.room_type else ""
    cells = {
        "person": stay.trip.person.name, "room": kind, "arrives": day(stay.check_in_on), "leaves": day(stay.check_out_on),
        "nights": str(stay.n_nights), "shares": partner.trip.person.name if partner else "",
        "note": ", ".join(note for note in notes if note),
    }  # fmt: skip
    said = {"from": stay.check_in_on.isoformat(), "to": stay.check_out_on.isoformat(), "room": kind}
    return Row(stay.id, stay.trip_id, stay.hotel, cells, said)


def nights_of(stays: Sequence[Stay]) -> tuple[tuple[str, int], ...]:
    """Rooms wanted night by night: whoever shares wants none of their own."""
    own = [stay for stay in stays if stay.shares_with_id is None]
    nights = sorted({stay.check_in_on + timedelta(days=n) for stay in own for n in range(stay.n_nights)})
    return tuple(
        (day(night), sum(1 for stay in own if stay.check_in_on <= night < stay.check_out_on))
        for night in nights
    )


# -- cars ----------------------------------------------------------------------------------------------


def _car_columns() -> Sequence[Column]:
    return (
        Column("time", _("Time"), 10), Column("person", _("Who"), 25), Column("from", pgettext("origin", "From"), 18),
        Column("to", _("To"), 15), Column("meets", _("Meets"), 20),
    )  # fmt: skip


def cars(event: Event, trips: Sequence[Trip]) -> Listing:
    """The transfer sheet: day by day and car by car, who is picked up where and which flight it meets."""
    rides = [row for trip in trips for row in trip.transfers if row.takes_place]
    ordered = sorted(rides, key=_by_day_and_car)
    n_cars = len({row.car.id for row in rides})
    totals = ((_("Cars"), n_cars), (_("Passengers"), len(rides)))
    return Listing(
        DocumentKind.TRANSFERS,
        event,
        _("Transfer sheet"),
        _car_columns(),
        [_car_row(row) for row in ordered],
        totals=totals,
    )


def _by_day_and_car(ride: Transfer) -> tuple[date, str, datetime, str, int]:
    on = day_in(ride.starts_at, ride.zone)
    return on, _car_words(ride), ride.starts_at, ride.trip.person.sort_key, ride.id


def _car_words(ride: Transfer) -> str:
    """ "Van 2, 6 seats, driver +44 20 7946 0018", of the car this one rides in."""
    car = ride.car
    seats = _("%(n)s seats", n=car.seats) if car.seats else ""
    driver = _("driver %(phone)s", phone=car.driver_phone) if car.driver_phone else ""
    return ", ".join(part for part in (car.vehicle or _("Car"), seats, driver) if part)


def _car_row(ride: Transfer) -> Row:
    leg = next((leg for leg in ride.trip.legs if leg.id == ride.leg_id and leg.takes_place), None)
    meets = ""
    if leg is not None:
        is_arrival = abs(ride.starts_at - leg.arrives_at) < abs(ride.ends_at - leg.departs_at)
        at = (
            clock_of(leg.arrives_at, leg.arrives_zone)
            if is_arrival
            else clock_of(leg.departs_at, leg.departs_zone)
        )
        flight = " ".join(part for part in (leg.carrier, leg.number) if part) or words(leg.mode)
        meets = (
            _("%(flight)s, lands %(at)s", flight=flight, at=at)
            if is_arrival
            else _("%(flight)s, leaves %(at)s", flight=flight, at=at)
        )
        meets += "" if is_booked(ride.trip, leg) else _(", not booked")
    cells = {
        "time": f"{clock_of(ride.starts_at, ride.zone)}–{clock_of(ride.ends_at, ride.zone)}", "person": ride.trip.person.name,
        "from": place_words(ride.origin), "to": place_words(ride.destination), "meets": meets,
    }  # fmt: skip
    said = {"at": ride.starts_at.isoformat(), "where": f"{cells['from']} – {cells['to']}"}
    group = f"{day(day_in(ride.starts_at, ride.zone))} · {_car_words(ride)}"
    return Row(ride.id, ride.trip_id, group, cells | {"car": group}, said)


# -- times ---------------------------------------------------------------------------------------------


def clock_of(at: datetime, zone: str) -> str:
    """ "05:10" on the clock of a zone."""
    return f"{at.astimezone(ZoneInfo(zone)):%H:%M}"


def beside(at: datetime, zone: str, home: str) -> str:
    """The same instant at home: "20:30 Sydney", the day named where it is another one; empty in one and the same zone."""
    here, there = at.astimezone(ZoneInfo(zone)), at.astimezone(ZoneInfo(home))
    if here.utcoffset() == there.utcoffset():
        return ""
    other = f" {short_day(there.date())}" if there.date() != here.date() else ""
    return f"{there:%H:%M} {place_of(home)}{other}"


def hour_of(at: datetime, zone: str) -> str:
    """ "12 Oct 2026, 05:00–06:00": the hour a list is grouped by."""
    begins = at.astimezone(ZoneInfo(zone)).replace(minute=0, second=0, microsecond=0)
    return f"{day(begins.date())}, {begins:%H:%M}–{(begins + timedelta(hours=1)):%H:%M}"


def said_words(said: Mapping[str, Any]) -> str:
    """What a line said before, for "was ..."."""
    if "from" in said:
        spoken = f"{day(date.fromisoformat(said['from']))} – {day(date.fromisoformat(said['to']))}"
        return f"{spoken}, {said['room'].lower()}" if said.get("room") else spoken
    return ", ".join(str(said[key]) for key in ("flight", "where", "booking") if said.get(key))
