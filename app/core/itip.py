"""Answers to calendar invitations as other programs write them (RFC 5546): what they say, or why they say nothing."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

from flask_babel import gettext as _
from msgspec import Struct

from app.core.lines import one_line
from app.core.mail import BadAddress, clean_address
from app.core.vtimezone import NonexistentTime, local_instant, zone_from_tzid

#: An answer is a screenful; more is no answer.
MOST_CHARACTERS = 64 * 1024
_MOST_LINES = 4000
_MOST_COMMENT = 2000
_MOST_PARAMETERS = 40
_MAX_SEQUENCE = 2**31 - 1
#: What somebody can say to an invitation; NEEDS-ACTION says nothing yet.
ANSWERS = frozenset({"ACCEPTED", "DECLINED", "TENTATIVE", "DELEGATED"})
#: Methods that answer: REPLY says yes or no, COUNTER proposes another time.
METHODS = frozenset({"REPLY", "COUNTER"})

_NAME = re.compile(r"[A-Za-z0-9-]{1,60}")
_PARAMETER = re.compile(r';([A-Za-z0-9-]{1,60})=("[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*')
_DURATION = re.compile(
    r"\+?P(?:(\d{1,4})W|(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,4})M)?(?:(\d{1,6})S)?)?)"
)
_UNCLEAN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class NotAnAnswer(ValueError):
    """The calendar part is no answer that can be used; the words say why, for a person."""

    def __init__(self, reason: str, uid: str = "") -> None:
        super().__init__(reason)
        self.uid = uid


class Reply(Struct, frozen=True, kw_only=True):
    """One answer to one item. The address is in lower case; `comment` are the words of whoever answers.

    For a COUNTER `starts_at` and `ends_at` are what it proposes, None where they cannot be read. `stamped_at`: when the
    program wrote the answer, None when it does not say.
    """

    method: str
    uid: str
    attendee: str
    partstat: str
    sequence: int
    comment: str = ""
    stamped_at: datetime | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


class _Line(Struct, frozen=True):
    """A property with its parameters, names in upper case."""

    parameters: dict[str, str]
    value: str


def method_of(text: str) -> str:
    """The method of a calendar part, in upper case; empty when it names none."""
    found = re.search(r"(?im)^METHOD[^:\r\n]{0,100}:[ \t]*([A-Z]{1,20})[ \t]*\r?$", text[:MOST_CHARACTERS])
    return found[1].upper() if found else ""


def read_reply(text: str) -> Reply:
    """Read a calendar part as the answer of one attendee to one item; NotAnAnswer for everything else."""
    if len(text) > MOST_CHARACTERS:
        raise NotAnAnswer(_("It is far too long for an answer."))
    calendar, events = _sorted(text)
    method = _only(calendar, "METHOD", "").value.strip().upper()
    if method not in METHODS:
        raise NotAnAnswer(
            _("It is no answer: its method is %(value)s.", value=one_line(method)[:20] or "missing")
        )
    if not events:
        raise NotAnAnswer(_("It answers nothing: there is no event in it."))
    if len(events) > 1:
        raise NotAnAnswer(_("It answers several events at once, and we ask for one at a time."))
    return _reply(method, events[0])


def _reply(method: str, event: dict[str, list[_Line]]) -> Reply:
    uid = _plain(_only(event, "UID", "").value).strip()
    if not 0 < len(uid) <= 255:
        raise NotAnAnswer(_("It does not say what it answers."))
    if "RECURRENCE-ID" in event:
        raise NotAnAnswer(_("It answers one day of a series, and there is no series."), uid)
    attendees = event.get("ATTENDEE", [])
    if len(attendees) != 1:
        raise NotAnAnswer(
            _("It speaks for %(value)s people instead of one.", value=len(attendees) or "no"), uid
        )
    said = attendees[0].parameters.get("PARTSTAT", "").strip().upper()
    partstat = said if said in ANSWERS else ""
    if method == "REPLY" and not partstat:
        raise NotAnAnswer(_("It does not say yes or no."), uid)
    zoned = {name: _instant(event[name][0]) for name in ("DTSTART", "DTEND", "DTSTAMP") if name in event}
    starts_at, ends_at = zoned.get("DTSTART"), zoned.get("DTEND")
    if starts_at is not None and ends_at is None and "DURATION" in event:
        ends_at = _after(starts_at, event["DURATION"][0].value)
    return Reply(
        method=method, uid=uid, attendee=_address(attendees[0].value, uid), partstat=partstat,
        sequence=_sequence(event, uid), stamped_at=zoned.get("DTSTAMP"), starts_at=starts_at, ends_at=ends_at,
        comment=_plain("\n".join(one.value for one in event.get("COMMENT", [])[:5]))[:_MOST_COMMENT].strip(),
    )  # fmt: skip


def _sorted(text: str) -> tuple[dict[str, list[_Line]], list[dict[str, list[_Line]]]]:
    """The properties of the calendar, and of each event in it; whatever stands deeper is passed over."""
    calendar: dict[str, list[_Line]] = {}
    events: list[dict[str, list[_Line]]] = []
    path: list[str] = []
    for name, line in _lines(text):
        inner = line.value.strip().upper()
        if name == "BEGIN":
            path.append(inner)
            if path == ["VCALENDAR", "VEVENT"]:
                events.append({})
        elif name == "END":
            if not path or path.pop() != inner:
                raise NotAnAnswer(_("It is broken: its parts do not end where they should."))
        elif path == ["VCALENDAR"]:
            calendar.setdefault(name, []).append(line)
        elif path == ["VCALENDAR", "VEVENT"]:
            events[-1].setdefault(name, []).append(line)
    if path:
        raise NotAnAnswer(_("It is broken: its end is missing."))
    return calendar, events


def _lines(text: str) -> Iterator[tuple[str, _Line]]:
    """The content lines, unfolded; what is no content line is passed over."""
    unfolded = re.sub(r"\r?\n[ \t]", "", text.removeprefix("\ufeff"))
    lines = re.split(r"\r\n|\n|\r", unfolded)
    if len(lines) > _MOST_LINES:
        raise NotAnAnswer(_("It is far too long for an answer."))
    for line in lines:
        name = _NAME.match(line)
        if name is None:
            continue
        at = name.end()
        parameters: dict[str, str] = {}
        while (found := _PARAMETER.match(line, at)) is not None and len(parameters) < _MOST_PARAMETERS:
            parameters[found[1].upper()] = found[2].strip('"')
            at = found.end()
        if line[at : at + 1] == ":":
            yield name[0].upper(), _Line(parameters, line[at + 1 :])


def _only(lines: dict[str, list[_Line]], name: str, default: str) -> _Line:
    return lines.get(name, [_Line({}, default)])[0]


def _plain(value: str) -> str:
    """A TEXT value as words, without what no database and no page can hold."""
    return _UNCLEAN.sub("", _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value))


def _address(value: str, uid: str) -> str:
    """The bare address of an attendee, whether or not it is written as a link."""
    bare = re.sub(r"(?i)^\s*mailto:", "", value)
    try:
        return clean_address(unquote(bare)).lower()
    except BadAddress:
        raise NotAnAnswer(_("It does not say by an address who answers."), uid) from None


def _sequence(event: dict[str, list[_Line]], uid: str) -> int:
    """Which version of the item is answered; the first when nothing is said (RFC 5545, 3.8.7.4)."""
    said = _only(event, "SEQUENCE", "0").value.strip()
    if not (said.isascii() and said.isdigit() and len(said) <= 10 and int(said) <= _MAX_SEQUENCE):
        raise NotAnAnswer(_("It does not say which version of the invitation it answers."), uid)
    return int(said)


def _instant(line: _Line) -> datetime | None:
    """A time in UTC; None for whole days, times without a zone we know, and nonsense."""
    found = re.fullmatch(r"(\d{8}T\d{6})(Z?)", line.value.strip())
    if found is None:
        return None
    try:
        wall = datetime.strptime(found[1], "%Y%m%dT%H%M%S")  # noqa: DTZ007 -- its zone is looked up below
        if found[2]:
            return wall.replace(tzinfo=UTC)
        zone = zone_from_tzid(line.parameters.get("TZID", ""))
        return local_instant(wall, zone) if zone else None
    except (NonexistentTime, ValueError):
        return None


def _after(starts_at: datetime, duration: str) -> datetime | None:
    found = _DURATION.fullmatch(duration.strip())
    if found is None:
        return None
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return starts_at + timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
