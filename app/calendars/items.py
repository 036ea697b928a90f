"""Rows as calendar items, in words: one function per kind of row, nothing read, nothing decided."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from flask_babel import gettext as _

from app.calendars.policies import Voice
from app.calendars.queries_rows import Row, Rows
from app.core.i18n import day, place_of, when, words
from app.core.ics import BusyStatus, CalendarItem, InvalidItem, Status, build_items
from app.core.vtimezone import ZonedTime, get_zone
from app.events.models import Audience, Event, RecordTerms
from app.travel.airports import place_words
from app.travel.models import CostStage, LegMode

Item = CalendarItem | InvalidItem


class EventRow(NamedTuple):
    """An event as a row of a feed, for those who have the event at hand."""

    uid: str
    sequence: int
    revised_at: datetime
    is_cancelled: bool
    name: str
    place: str
    city: str
    zone: str
    starts_at: datetime
    ends_at: datetime


def item_of_event(event: Event, voice: Voice) -> CalendarItem:
    """One event just as it stands in every feed; InvalidItem."""
    row = EventRow(*(getattr(event, name) for name in EventRow._fields))
    # Times typed in a form carry the zone of the form until they are read from the database again.
    at_utc = row._replace(starts_at=row.starts_at.astimezone(UTC), ends_at=row.ends_at.astimezone(UTC))
    return _Speech(voice).event(at_utc)


def items_of(rows: Rows, voice: Voice) -> list[Item]:
    """All rows of a feed as items; a row that no calendar can show comes back as the reason why."""
    speech = _Speech(voice)
    return [
        *build_items(speech.event, rows.events),
        *build_items(speech.session, rows.sessions),
        *build_items(speech.leg, rows.legs),
        *build_items(speech.stay, rows.stays),
        *build_items(speech.transfer, rows.transfers),
        *build_items(speech.meeting, rows.meetings),
    ]


class _Speech:
    """The words of one feed; those that every row needs are looked up once."""

    def __init__(self, voice: Voice) -> None:
        self.voice = voice
        self._terms = {
            RecordTerms.ON_RECORD: _("On the record"),
            RecordTerms.OFF_RECORD: _("Off the record"),
            RecordTerms.BACKGROUND: _("Background only"),
        }
        self._nda = _("Under a non-disclosure agreement")
        self._modes = {
            LegMode.AIR: _("Flight"), LegMode.RAIL: _("Train"), LegMode.ROAD: _("Drive"), LegMode.SEA: _("Ferry"),
        }  # fmt: skip

    def event(self, row: Row | EventRow) -> CalendarItem:
        """A gathering of several days stands above them and takes up no time; one of a day has its hours."""
        zone = get_zone(row.zone)
        first, last = row.starts_at.astimezone(zone).date(), row.ends_at.astimezone(zone).date()
        is_long = first != last
        return CalendarItem(
            **_revision(row),
            starts=first if is_long else ZonedTime(row.starts_at, row.zone),
            ends=last + timedelta(days=1) if is_long else ZonedTime(row.ends_at, row.zone),
            summary=row.name,
            location=_joined(row.place, row.city),
            transparent=is_long,
            busy_status=BusyStatus.FREE if is_long else None,
            categories=(_("Event"),),
        )

    def session(self, row: Row) -> CalendarItem:
        """One item of the agenda, in the zone of the event."""
        told = [self._terms[row.terms]]
        if row.embargo_until_at is not None:
            told.append(_("Embargo until %(when)s", when=when(row.embargo_until_at, row.zone)))
        if row.is_nda:
            told.append(self._nda)
        if self.voice is Voice.STAFF and row.audience is not Audience.ALL:
            told.append(_("For: %(audience)s", audience=words(row.audience)))
        return CalendarItem(
            **_revision(row, row.event_revised_at),
            starts=ZonedTime(row.starts_at, row.zone),
            ends=ZonedTime(row.ends_at, row.zone),
            summary=row.title,
            description=_paragraphs(row.description, "\n".join(told)),
            location=_joined(row.place, row.venue, row.city),
        )

    def leg(self, row: Row) -> CalendarItem:
        """A flight or train with an end in another zone; both clocks stand in the text, for apps that know one."""
        named = " ".join(part for part in (row.carrier, row.number) if part)
        way = f"{place_words(row.origin)} – {place_words(row.destination)}"
        return CalendarItem(
            **_revision(row),
            starts=ZonedTime(row.departs_at, row.departs_zone),
            ends=ZonedTime(row.arrives_at, row.arrives_zone),
            summary=self._of(row, f"{self._modes[row.mode]} {way}"),
            description=_paragraphs(named, _both_clocks(row), _booking(row.booking_reference)),
            location=place_words(row.origin),
            busy_status=BusyStatus.OOF,
            categories=(_("Travel"),),
        )

    def stay(self, row: Row) -> CalendarItem:
        """The nights in a hotel: whole days up to the one of leaving, which is named, and none of them takes up time."""
        return CalendarItem(
            **_revision(row),
            starts=row.check_in_on,
            ends=_day_after(row.check_in_on, row.check_out_on),
            summary=self._of(row, _("Hotel %(name)s", name=row.hotel)),
            description=_paragraphs(_("Check-out: %(day)s", day=day(row.check_out_on)), row.room),
            location=_joined(row.hotel, row.city),
            transparent=True,
            busy_status=BusyStatus.FREE,
            categories=(_("Travel"),),
        )

    def transfer(self, row: Row) -> CalendarItem:
        """A car; the driver's phone is in the row only for those who arrange travel."""
        told = _("Driver: %(phone)s", phone=row.driver_phone) if row.driver_phone else ""
        way = f"{place_words(row.origin)} – {place_words(row.destination)}"
        return CalendarItem(
            **_revision(row),
            starts=ZonedTime(row.starts_at, row.zone),
            ends=ZonedTime(row.ends_at, row.zone),
            summary=self._of(row, _("Car %(way)s", way=way)),
            description=told,
            location=place_words(row.origin),
            categories=(_("Travel"),),
        )

    def meeting(self, row: Row) -> CalendarItem:
        """A person and an executive; each side reads the name of the other."""
        executive = _joined(row.executive, row.title)
        names = {
            Voice.PERSON: _("Meeting with %(name)s", name=executive),
            Voice.EXECUTIVE: _("Interview with %(name)s", name=row.person),
            Voice.STAFF: _("%(person)s meets %(executive)s", person=row.person, executive=executive),
        }
        known = _("Known for %(what)s", what=row.known_for) if row.known_for else ""
        return CalendarItem(
            **_revision(row),
            starts=ZonedTime(row.starts_at, row.zone),
            ends=ZonedTime(row.ends_at, row.zone),
            summary=names[self.voice],
            description=_paragraphs(known, self._terms[row.terms]),
            location=_joined(row.place, row.venue),
            categories=(_("Meeting"),),
        )

    def _of(self, row: Row, text: str) -> str:
        return f"{row.person}: {text}" if row.person else text


def _revision(row: Row | EventRow, related_at: datetime | None = None) -> dict[str, Any]:
    """What every item has; `related_at` is the last change of a row whose words stand in this item as well."""
    status = Status.CONFIRMED
    if row.is_cancelled:
        status = Status.CANCELLED
    elif getattr(row, "cost_stage", None) is CostStage.ESTIMATED:
        status = Status.TENTATIVE
    revised_at = max(row.revised_at, related_at) if related_at else row.revised_at
    return {
        "uid": row.uid,
        "sequence": row.sequence,
        "revised_at": revised_at.astimezone(UTC),
        "status": status,
    }


def _booking(reference: str) -> str:
    """In the row only for those who run the event."""
    return _("Booking: %(reference)s", reference=reference) if reference else ""


def _both_clocks(row: Row) -> str:
    """ "17:30 New York – 08:05 Vienna (+1)"."""
    leaves, lands = (
        instant.astimezone(get_zone(zone))
        for instant, zone in ((row.departs_at, row.departs_zone), (row.arrives_at, row.arrives_zone))
    )
    n_days = (lands.date() - leaves.date()).days
    text = f"{leaves:%H:%M} {place_of(row.departs_zone)} – {lands:%H:%M} {place_of(row.arrives_zone)}"
    return f"{text} ({n_days:+d})" if n_days else text


def _day_after(first: date, last: date) -> date:
    """The exclusive end of whole days; a stay without a night still shows on its day."""
    return last if last > first else first + timedelta(days=1)


def _joined(*parts: str) -> str:
    """Places from the room to the town, each said once."""
    return ", ".join(dict.fromkeys(part.strip() for part in parts if part and part.strip()))


def _paragraphs(*parts: str) -> str:
    return "\n\n".join(part.strip() for part in parts if part and part.strip())
