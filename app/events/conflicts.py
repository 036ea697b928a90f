"""What is wrong with an agenda, rule by rule: shown always, forbidden never; a block only holds back a release (E2)."""

import enum
import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from msgspec import Struct, field

from app.events.models import Audience, RecordTerms, Session

#: So many others are named per session and rule; a file in which everything collides stays readable and quick.
MOST_OTHERS = 5


class Rule(enum.StrEnum):
    ROOM_TWICE = "room_twice"
    PERSON_TWICE = "person_twice"
    OFF_RECORD_PRESS = "off_record_press"
    NDA_OPEN = "nda_open"
    OUTSIDE = "outside"
    BUFFER = "buffer"
    NO_ROOM = "no_room"


class Level(enum.StrEnum):
    BLOCK = "block"
    WARN = "warn"
    IGNORE = "ignore"


#: What holds until somebody chooses otherwise for an event.
USUAL: Mapping[Rule, Level] = {
    Rule.ROOM_TWICE: Level.BLOCK, Rule.PERSON_TWICE: Level.WARN, Rule.OFF_RECORD_PRESS: Level.BLOCK,
    Rule.NDA_OPEN: Level.WARN, Rule.OUTSIDE: Level.BLOCK, Rule.BUFFER: Level.WARN, Rule.NO_ROOM: Level.WARN,
}  # fmt: skip
#: Rule -> its name, and what it says.
WORDS: Mapping[Rule, tuple[str, str]] = {
    Rule.ROOM_TWICE: (_l("Room taken twice"), _l("Two sessions are in one room at the same time.")),
    Rule.PERSON_TWICE: (
        _l("Person in two places"),
        _l("Somebody is on stage, or in a meeting, in two places at the same time."),
    ),
    Rule.OFF_RECORD_PRESS: (
        _l("Off record with press"),
        _l("A session off the record is open to the press."),
    ),
    Rule.NDA_OPEN: (
        _l("Confidential but open"),
        _l("A session under a confidentiality agreement is open to all or to the press."),
    ),
    Rule.OUTSIDE: (_l("Outside the event"), _l("A session begins before the event or ends after it.")),
    Rule.BUFFER: (_l("Too close"), _l("Two sessions in one room have less time between them than wanted.")),
    Rule.NO_ROOM: (_l("No room"), _l("A session does not say where it is.")),
}


class Levels(Struct, frozen=True):
    """The level of every rule for one event, and the minutes wanted between two sessions in a room."""

    chosen: Mapping[Rule, Level] = field(default_factory=dict)
    n_buffer_minutes: int = 0

    def of(self, rule: Rule) -> Level:
        return self.chosen.get(rule, USUAL[rule])


class Wanted(Struct, frozen=True):
    """Somebody who is needed in a session: a person of ours by number, or a published name."""

    key: str
    name: str


class Busy(Struct, frozen=True):
    """Something else somebody has to be at, told by a room above."""

    person_id: int
    starts_at: datetime
    ends_at: datetime
    words: str


class Conflict(Struct, frozen=True):
    """One rule that one session, or a pair, does not keep."""

    rule: Rule
    level: Level
    session: Session
    text: str
    other: Session | None = None

    @property
    def label(self) -> str:
        return WORDS[self.rule][0]

    @property
    def id(self) -> int:
        return self.session.id


class Findings(Struct, frozen=True):
    """Every conflict of an agenda that is not ignored, by time, and by session."""

    rows: Sequence[Conflict] = ()
    by_session: Mapping[int, Sequence[Conflict]] = field(default_factory=dict)

    def of_level(self, level: Level) -> list[Conflict]:
        return [one for one in self.rows if one.level is level]

    @property
    def n_blocks(self) -> int:
        return len(self.of_level(Level.BLOCK))

    @property
    def n_warnings(self) -> int:
        return len(self.of_level(Level.WARN))


def find(
    span: tuple[datetime, datetime],
    sessions: Sequence[Session],
    levels: Levels,
    wanted: Mapping[int, Sequence[Wanted]],
    busy: Sequence[Busy] = (),
) -> Findings:
    """Every conflict of live sessions; `wanted` is who is needed where, by session, `span` the event's begin and end."""
    live = sorted((one for one in sessions if not one.is_cancelled), key=lambda one: (one.starts_at, one.id))
    found = [
        Conflict(rule, levels.of(rule), session, text, other)
        for rule, session, text, other in _all(span, live, levels, wanted, busy)
        if levels.of(rule) is not Level.IGNORE
    ]
    found.sort(key=lambda one: (one.session.starts_at, one.session.id, one.rule))
    by_session: dict[int, list[Conflict]] = defaultdict(list)
    for one in found:
        by_session[one.session.id].append(one)
        if one.other is not None:
            by_session[one.other.id].append(one)
    return Findings(found, dict(by_session))


_Raised = tuple[Rule, Session, str, Session | None]


def _all(
    span: tuple[datetime, datetime], live: Sequence[Session], levels: Levels,
    wanted: Mapping[int, Sequence[Wanted]], busy: Sequence[Busy],
) -> Iterator[_Raised]:  # fmt: skip
    for session in live:
        yield from _alone(session, span)
    yield from _rooms(live, timedelta(minutes=levels.n_buffer_minutes))
    yield from _people(live, wanted)
    yield from _elsewhere(live, wanted, busy)


def _alone(session: Session, span: tuple[datetime, datetime]) -> Iterator[_Raised]:
    if not session.place:
        yield Rule.NO_ROOM, session, _("It has no room."), None
    if session.starts_at < span[0]:
        yield Rule.OUTSIDE, session, _("It begins before the event."), None
    elif session.ends_at > span[1]:
        yield Rule.OUTSIDE, session, _("It ends after the event."), None
    if session.audience in {Audience.PRESS, Audience.ALL}:
        who = _("the press") if session.audience is Audience.PRESS else _("all, the press among them")
        if session.terms is RecordTerms.OFF_RECORD:
            yield (
                Rule.OFF_RECORD_PRESS,
                session,
                _("It is off the record and open to %(who)s.", who=who),
                None,
            )
        if session.is_nda:
            yield (
                Rule.NDA_OPEN,
                session,
                _("It needs a confidentiality agreement and is open to %(who)s.", who=who),
                None,
            )


def _rooms(live: Sequence[Session], buffer: timedelta) -> Iterator[_Raised]:
    rooms: dict[str, list[Session]] = defaultdict(list)
    for session in live:
        if session.place:
            rooms[session.place.casefold()].append(session)
    for taken in rooms.values():
        for one, other in _pairs(taken):
            yield (
                Rule.ROOM_TWICE,
                one,
                _("%(place)s is also taken by %(other)s.", place=one.place, other=_named(other)),
                other,
            )
        if buffer:
            for one, other in itertools.pairwise(taken):
                gap = other.starts_at - one.ends_at
                if timedelta() <= gap < buffer:
                    minutes = int(gap.total_seconds() // 60)
                    yield (
                        Rule.BUFFER,
                        one,
                        _(
                            "Only %(minutes)s minutes in %(place)s before %(other)s.",
                            minutes=minutes,
                            place=one.place,
                            other=_named(other),
                        ),
                        other,
                    )


def _people(live: Sequence[Session], wanted: Mapping[int, Sequence[Wanted]]) -> Iterator[_Raised]:
    stages: dict[str, list[Session]] = defaultdict(list)
    names: dict[str, str] = {}
    for session in live:
        for who in {who.key: who for who in wanted.get(session.id, ())}.values():
            stages[who.key].append(session)
            names[who.key] = who.name
    for key, there in stages.items():
        for one, other in _pairs(there):
            yield (
                Rule.PERSON_TWICE,
                one,
                _("%(names)s is also on stage in %(other)s.", names=names[key], other=_named(other)),
                other,
            )


def _elsewhere(
    live: Sequence[Session], wanted: Mapping[int, Sequence[Wanted]], busy: Iterable[Busy]
) -> Iterator[_Raised]:
    by_person: dict[str, list[Busy]] = defaultdict(list)
    for one in busy:
        by_person[f"#{one.person_id}"].append(one)
    for session in live if by_person else ():
        for who in wanted.get(session.id, ()):
            for one in by_person.get(who.key, ()):
                if one.starts_at < session.ends_at and session.starts_at < one.ends_at:
                    yield (
                        Rule.PERSON_TWICE,
                        session,
                        _("%(who)s %(words)s at the same time.", who=who.name, words=one.words),
                        None,
                    )


def _pairs(ordered: Sequence[Session]) -> Iterator[tuple[Session, Session]]:
    """Pairs that overlap, out of sessions in the order of their begin."""
    going: list[Session] = []
    for one in ordered:
        going = [other for other in going if other.ends_at > one.starts_at][-50:]
        for other in going[:MOST_OTHERS]:
            yield other, one
        going.append(one)


def _named(session: Session) -> str:
    tz = ZoneInfo(session.zone)
    begins, ends = session.starts_at.astimezone(tz), session.ends_at.astimezone(tz)
    return f"“{session.title}” ({begins:%H:%M}–{ends:%H:%M})"


def time_left(until: datetime, now: datetime) -> str:
    """What is left of an embargo: "3 h 20 min", "2 days 4 h", "" when it is over."""
    minutes = -int((now - until).total_seconds() // 60)  # a minute that has begun counts
    if minutes <= 0:
        return ""
    days, hours = divmod(minutes // 60, 24)
    if days:
        return f"{days} {'day' if days == 1 else 'days'}" + (f" {hours} h" if hours else "")
    if hours:
        return str(
            _("%(hours)s h %(minutes)s min", hours=hours, minutes=minutes % 60)
            if minutes % 60
            else _("%(hours)s h", hours=hours)
        )
    return str(_("%(minutes)s min", minutes=minutes))
