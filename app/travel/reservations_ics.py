"""Calendar files of airlines, railways and hotels as parts of a trip.

Some carry reservations of schema.org in a property of their own; those are read. The others say in words what they are,
and only what is written plainly is understood.
"""

import re
from datetime import date, datetime, timedelta

from flask_babel import gettext as _
from icalendar import Event
from pydantic import ValidationError

from app.core.i18n import day
from app.core.ics_clocks import BROKEN, Clocks, ItemRefused, ReadTime, clean, text_in
from app.core.ics_reading import UnreadableCalendar, parse_calendars
from app.travel.airports import find_airport
from app.travel.details import LegDetails, StayDetails
from app.travel.models import LegMode, TravelClass
from app.travel.reservations import (
    MOST_BOOKINGS,
    MOST_BYTES,
    Booking,
    Bookings,
    ReadingRefused,
    json_in,
    kind_of,
)
from app.travel.reservations_schema import Around, country_of, read_node
from app.travel.reservations_times import Place, Timed, airport_of, timed

#: So much of a description is looked at.
_MOST_WORDS = 8_000
_CODES = re.compile(r"\b(?:from\s+)?([A-Z]{3})\s*(?:-+>?|–|—|→|>|\bto\b)\s*([A-Z]{3})\b")
_IN_BRACKETS = re.compile(r"\(([A-Z]{3})\)")
_FLIGHT = re.compile(r"(?i:flight(?:\s+number)?\s*:?\s*)([A-Z][A-Z0-9]|[0-9][A-Z])\s?(\d{1,4})\b")
_TRAIN = re.compile(r"(?:\(|\b(?i:train)\s+)((?:[A-Z][A-Za-z]{1,3}\s*)?\d{1,5})\b\)?")
_WAY = re.compile(r"(?:^|:\s|\b(?i:from)\s+)([^:>→]{2,80}?)\s*(?:-+>|→|\s(?i:to)\s)\s*([^>→]{2,80})$")
_HOTEL = re.compile(
    r"(?i)^(?:hotel(?: reservation| booking)?|stay(?: at)?|lodging|accommodation)\s*:?\s+(.{2,120})$"
)
_REFERENCE = re.compile(
    r"(?i:booking reference|booking code|reservation (?:number|code)|confirmation(?: number| code)?|pnr|record locator)"
    r"\s*[:#]?\s*([A-Z0-9]{5,12})\b"
)
_TRAVELLER = re.compile(
    r"(?im)^\s*(?:passenger|traveller|traveler|under name|guest|name)\s*:\s*([^\n:]{3,120})$"
)
_ESCAPED = re.compile(r"\\([,;])")
_OFF = re.compile(r"(?i)^\s*cancell?ed\b\s*:?\s*")


def read_ics(data: bytes, around: Around) -> Bookings:
    """Every booking of a calendar file; ReadingRefused when it is none, or far too much of one."""
    found = Bookings()
    try:
        calendars = parse_calendars(data, most_bytes=MOST_BYTES, most_items=MOST_BOOKINGS)
    except UnreadableCalendar as error:
        raise ReadingRefused(str(error)) from None
    for calendar in calendars:
        clocks = Clocks(calendar, around.clocks[0])
        is_off = text_in(calendar, "METHOD").upper() == "CANCEL"
        for row in calendar.walk("VEVENT"):
            if isinstance(row, Event):
                _read(row, clocks, around, found, is_off=is_off)
    return found


def _read(row: Event, clocks: Clocks, around: Around, found: Bookings, *, is_off: bool) -> None:
    title = clean(text_in(row, "SUMMARY"))
    try:
        nodes = _nodes_in(row)
        for node in nodes:
            read_node(node, around, found)
        if not nodes:
            found.add(_Entry(row, clocks, around, is_off=is_off).booking())
    except ItemRefused as refusal:
        found.leave(title, str(refusal))
    except ValidationError as error:
        found.leave(title, _("It cannot be taken: %(error)s.", error=clean(str(error.errors()[0]["msg"]))))
    except BROKEN as error:
        found.leave(
            title, _("It cannot be read: %(why)s.", why=clean(str(error))[:120] or _("it is damaged"))
        )


def _nodes_in(row: Event) -> list[dict[str, object]]:
    """The reservations in properties of a program of its own, such as X-KDE-KITINERARY-RESERVATION."""
    nodes = []
    for name in list(row)[:200]:
        raw = text_in(row, name)
        if not name.startswith("X-") or "@type" not in raw[:400]:
            continue
        for text in (raw, _ESCAPED.sub(r"\1", raw)):  # properties nobody registered may be escaped or not
            try:
                value = json_in(text)
            except ValueError:
                continue
            rows = value if isinstance(value, list) else [value]
            nodes += [one for one in rows if isinstance(one, dict) and kind_of(one).endswith("Reservation")]
            break
    return nodes[:MOST_BOOKINGS]


class _Entry:
    """One entry that says in words what it is."""

    def __init__(self, row: Event, clocks: Clocks, around: Around, *, is_off: bool) -> None:
        self.row, self.clocks, self.around = row, clocks, around
        said = clean(text_in(row, "SUMMARY"))
        self.title = _OFF.sub("", said)
        self.words = text_in(row, "DESCRIPTION")[:_MOST_WORDS]
        self.is_cancelled = (
            is_off or self.title != said or text_in(row, "STATUS").upper() in {"CANCELLED", "CANCELED"}
        )

    def booking(self) -> Booking:
        """A night, a flight, or a train; ItemRefused for anything else."""
        starts = self._time("DTSTART", "begins")
        hotel = _HOTEL.search(self.title)
        if hotel is not None or not isinstance(starts.wall, datetime):
            return self._stay(hotel[1] if hotel else self.title, starts)
        codes = self._airports()
        if codes is not None:
            return self._leg(LegMode.AIR, airport_of(codes[0]), airport_of(codes[1]), starts)
        way = _WAY.search(self.title)
        if way is None:
            raise ItemRefused(_("It names no two airports, no way from one town to another and no hotel."))
        number = _TRAIN.search(self.title) or _TRAIN.search(self.words)
        here, there = (Place(clean(part)) for part in way.groups())
        if number is not None and number[0].lower().startswith("train"):
            here = Place(re.sub(r"(?i)^.*\bfrom\s+", "", here.name))
        return self._leg(LegMode.RAIL, here, there, starts)

    def _airports(self) -> tuple[str, str] | None:
        named = [found.groups() for found in _CODES.finditer(self.title)]
        if "flight" in f"{self.title} {self.words}".lower():
            named.append(tuple(_IN_BRACKETS.findall(self.words)[:2]))
        for pair in named:
            if len(pair) == 2 and all(find_airport(code) for code in pair):
                return pair[0], pair[1]
        unknown = next((pair for pair in named if len(pair) == 2), None)
        if unknown is not None and "flight" in self.title.lower():
            airport_of(next(code for code in unknown if find_airport(code) is None))
        return None

    def _leg(self, mode: LegMode, here: Place, there: Place, starts: ReadTime) -> Booking:
        if self.row.get("DTEND") is None and self.row.get("DURATION") is None:
            raise ItemRefused(_("It has no end, so nobody knows when it arrives. Enter it by hand."))
        leaves = self._at(starts, here)
        lands = self._lands(starts, there)
        is_air = mode is LegMode.AIR
        number = (_FLIGHT if is_air else _TRAIN).search(self.title) or (_FLIGHT if is_air else _TRAIN).search(
            self.words
        )
        named = " ".join(" ".join(number.groups()).split()) if number else ""
        part = LegDetails(
            mode=mode, carrier=named.split(" ")[0] if is_air and named else "", number=named[:20], origin=here.name,
            destination=there.name, departs_at=leaves.at, departs_zone=leaves.zone, arrives_at=lands.at,
            arrives_zone=lands.zone, travel_class=TravelClass.ECONOMY if is_air else TravelClass.STANDARD,
            booking_reference=self._reference(),
        )  # fmt: skip
        title = _(
            "%(what)s, %(origin)s to %(destination)s",
            what=named or (_("Flight") if is_air else _("Train")),
            origin=here.name,
            destination=there.name,
        )
        remarks = (*leaves.remarks, *lands.remarks, _("It does not say which class; look it over."))
        return self._told(title, part, remarks)

    def _lands(self, starts: ReadTime, there: Place) -> Timed:
        if self.row.get("DTEND") is not None:
            return self._at(self._time("DTEND", "ends"), there)
        length = getattr(self.row.get("DURATION"), "dt", None)
        if not isinstance(length, timedelta):
            raise ItemRefused(_("Its length cannot be read."))
        return Timed(starts.at + length, there.zone or starts.zone)

    def _stay(self, hotel: str, starts: ReadTime) -> Booking:
        if not _HOTEL.search(self.title) and "hotel" not in f"{self.title} {self.words}".lower():
            raise ItemRefused(_("It lasts whole days, but names no hotel."))
        first = _day(starts)
        last = self._time("DTEND", "ends") if self.row.get("DTEND") is not None else None
        leaves = _day(last) if last is not None else first + timedelta(days=1)
        remarks = []
        if last is not None and not isinstance(last.wall, datetime):
            # Whole days end on the day after; programs show the morning of leaving as the last of them.
            leaves -= timedelta(days=1) if leaves - first > timedelta(days=1) else timedelta(0)
            remarks.append(
                _("Its last day, %(leaves)s, is read as the morning of leaving.", leaves=day(leaves))
            )
        city, country = self._town()
        if not (city and country):
            remarks.append(
                _("It does not say where the hotel is; %(city)s is assumed.", city=self.around.city)
            )
        part = StayDetails(
            hotel=clean(hotel), city=city or self.around.city or clean(hotel), country=country or self.around.country,
            check_in_on=first, check_out_on=leaves, confirmation=self._reference(),
        )  # fmt: skip
        return self._told(clean(hotel), part, tuple(remarks))

    def _town(self) -> tuple[str, str]:
        """Town and country at the end of an address."""
        parts = [part.strip() for part in clean(text_in(self.row, "LOCATION")).split(",") if part.strip()]
        country = country_of(parts[-1]) if len(parts) > 1 else ""
        town = re.sub(r"^(?:[A-Z]{1,2}-)?\d{3,6}\s+", "", parts[-2]) if country else ""
        return town, country

    def _told(self, title: str, part: LegDetails | StayDetails, remarks: tuple[str, ...]) -> Booking:
        traveller = _TRAVELLER.search(self.words)
        return Booking(
            title=title[:120], part=part, traveller=clean(traveller[1]) if traveller else self._attendee(),
            reference=self._reference(), is_cancelled=self.is_cancelled, remarks=tuple(dict.fromkeys(remarks)),
        )  # fmt: skip

    def _attendee(self) -> str:
        who = self.row.get("ATTENDEE")
        return clean(str(getattr(who, "params", {}).get("CN", ""))) if not isinstance(who, list) else ""

    def _reference(self) -> str:
        found = _REFERENCE.search(self.words) or _REFERENCE.search(self.title)
        return found[1] if found else ""

    def _time(self, name: str, what: str) -> ReadTime:
        value = self.row.get(name)
        if value is None:
            raise ItemRefused(_("It does not say when it %(what)s.", what=what))
        return self.clocks.time(value)

    def _at(self, when: ReadTime, place: Place) -> Timed:
        """A time of the file on the clocks of its place; one without a zone is read there, and not in a gap."""
        if not isinstance(when.wall, datetime):
            raise ItemRefused(_("It gives days and no times."))
        named = self.row.get("DTSTART"), self.row.get("DTEND")
        is_floating = getattr(when.tz, "key", "") == self.clocks.zone and not any(
            getattr(one, "params", {}).get("TZID") for one in named
        )
        zone = place.zone or when.zone
        if is_floating:
            return timed(when.wall, zone, is_assumed=not place.zone)
        tz = getattr(when.tz, "key", "")
        told = timed(when.wall, tz, is_assumed=False) if tz else Timed(when.at, zone)
        return Timed(told.at, zone, told.remarks)


def _day(when: ReadTime) -> date:
    return when.wall.date() if isinstance(when.wall, datetime) else when.wall


def is_calendar(data: bytes) -> bool:
    """Whether something is a calendar file rather than a text to search."""
    return b"BEGIN:VCALENDAR" in data[:4096].upper()
