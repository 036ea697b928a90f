"""Times of bookings: with or without an offset, with or without a zone, on the clocks of an airport or of a town."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from msgspec import Struct

from app.core.ics_clocks import ItemRefused, clean
from app.core.vtimezone import FIRST_YEAR, LAST_YEAR, NonexistentTime, local_instant, zone_from_tzid
from app.core.wall_times import gap_words, twice_words
from app.travel.airports import find_airport, looks_like_code
from app.travel.reservations import Node, inner, word

_TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?\s?(Z|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


class Place(Struct, frozen=True):
    """Where a way begins or ends: an airport by its code or a town, and the zone of its clocks if that is known."""

    name: str
    zone: str = ""


class Timed(Struct, frozen=True):
    """An instant, and the zone its local time is told in."""

    at: datetime
    zone: str
    remarks: tuple[str, ...] = ()


def place_of(node: Node, *names: str) -> Place:
    """The place under the first of several names: IATA code, name, or name of the town; ItemRefused without one."""
    for name in names:
        code = word(node, name, "iataCode").upper()
        if code:
            return airport_of(code)
        said = word(node, name, "name") or word(node, name, "address", "addressLocality") or word(node, name)
        if said:
            return airport_of(said) if looks_like_code(said) else Place(said)
    raise ItemRefused(_("It does not say from where to where."))


def airport_of(code: str) -> Place:
    """An airport by its code; ItemRefused for a code no airport has."""
    airport = find_airport(code)
    if airport is None:
        raise ItemRefused(_("No airport has the code %(code)s.", code=clean(code)[:20]))
    return Place(airport.code, airport.zone)


def time_of(node: Node, name: str, place: Place, clocks: tuple[str, ...], what: str) -> Timed:
    """The time under a name, told on the clocks of its place.

    `clocks` are the zones a town may have, the likeliest first; what has no zone at all is read on the first.
    ItemRefused for no time, a time in a gap, and an offset nobody can say the zone of.
    """
    value = inner(node, name)
    text = (word(value, "@value") if value else word(node, name)).strip()
    if not text:
        raise ItemRefused(_("It does not say when it %(what)s. Enter it by hand.", what=what))
    told = zone_from_tzid(word(value, "timezone")) if value else None
    zone = place.zone or told or ""
    found = _TIME.fullmatch(text)
    if found is None:
        raise ItemRefused(_("Its time cannot be read: %(text)s.", text=text[:40]))
    wall, offset = wall_of(f"{found[1]}T{found[2]}:{found[3] or '00'}"), found[4]
    if offset is None:
        return timed(wall, zone or clocks[0], is_assumed=not zone)
    at = _instant(wall, offset)
    if not zone:
        zone = next(
            (one for one in clocks if at.astimezone(ZoneInfo(one)).utcoffset() == wall - _naive(at)), ""
        )
    if not zone:
        raise ItemRefused(
            _(
                "It says %(wall)s with the offset %(offset)s, but not which time zone that is. Choose the"
                " clocks of %(place)s above and read it again.",
                wall=f"{wall:%H:%M}",
                offset=offset,
                place=place.name,
            )
        )
    local = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    is_elsewhere = local != wall and offset.upper() != "Z"
    said = _(
        "%(wall)s with the offset %(offset)s is %(local)s on the clocks of %(place)s.",
        wall=f"{wall:%H:%M}",
        offset=offset,
        local=f"{local:%H:%M}",
        place=place.name,
    )
    return Timed(at, zone, (said,) if is_elsewhere else ())


def timed(wall: datetime, zone: str, *, is_assumed: bool) -> Timed:
    """A wall time in a zone; ItemRefused in a gap, a remark where the clocks show it twice or the zone is a guess."""
    try:
        at = local_instant(wall, zone)
    except NonexistentTime as error:
        raise ItemRefused(gap_words(error)) from None
    said = _(
        "%(wall)s has no time zone; it is read on the clocks of %(zone)s.", wall=f"{wall:%H:%M}", zone=zone
    )
    return Timed(at, zone, tuple(filter(None, (said if is_assumed else "", twice_words(wall, zone)))))


def day_of(node: Node, *names: str) -> date:
    """A calendar day as it was written, whatever the clocks: of a night in a hotel."""
    for name in names:
        value = inner(node, name)
        text = word(value, "@value") if value else word(node, name)
        found = _DAY.match(text)
        if found is not None:
            try:
                day = date(int(found[1]), int(found[2]), int(found[3]))
            except ValueError:
                break
            if FIRST_YEAR <= day.year <= LAST_YEAR:
                return day
            break
    raise ItemRefused(_("Its days cannot be read."))


def wall_of(text: str) -> datetime:
    """A wall time; ItemRefused for one no calendar has."""
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        raise ItemRefused(_("There is no such time: %(text)s.", text=text[:40])) from None
    if not FIRST_YEAR < wall.year < LAST_YEAR:
        raise ItemRefused(
            _(
                "It lies outside the years %(first_year)s to %(last_year)s.",
                first_year=FIRST_YEAR,
                last_year=LAST_YEAR,
            )
        )
    return wall


def _instant(wall: datetime, offset: str) -> datetime:
    if offset.upper() == "Z":
        return wall.replace(tzinfo=UTC)
    sign = -1 if offset[0] == "-" else 1
    length = timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:]))
    if length > timedelta(hours=15):
        raise ItemRefused(_("No clock has the offset %(offset)s.", offset=offset))
    return (wall - sign * length).replace(tzinfo=UTC)


def _naive(at: datetime) -> datetime:
    return at.replace(tzinfo=None)
