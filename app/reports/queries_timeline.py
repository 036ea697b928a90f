"""Everything that happened between a person and the company, on one line of time; each part only for who may see it."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time
from heapq import merge
from itertools import islice
from textwrap import shorten

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct

from app.accounts import permissions
from app.accounts.models import User
from app.advisory import queries as advisory
from app.advisory import queries_shares
from app.core import clock, keyset
from app.core.db import db
from app.core.i18n import words
from app.core.money import Money
from app.core.wall_times import day_in
from app.disclosures import queries as disclosures
from app.events import queries as events
from app.executives import queries as executives
from app.executives.models import MeetingState
from app.ledger import queries as ledger
from app.ledger.models import ACCESS_UNITS, EntryKind, Leg
from app.ledger.queries import Scope
from app.outreach import policies_inbox
from app.outreach import queries as outreach
from app.outreach import queries_insights as insights
from app.outreach.queries import TouchFilter
from app.people import queries_merges, queries_owners, queries_representation, queries_spans
from app.people.models import OwnerRole, Person
from app.people.queries_spans import DatedSpan
from app.programs.models import Enrolment, Program, StageChange
from app.reports.home import Link
from app.travel import queries as travel

#: The latest things of a line that is asked for as a whole.
MOST = 150
N_PER_PAGE = 50
#: Nobody reads further back than this by turning pages; the rooms have lists of their own.
MOST_PAGES = 200


class Moment(Struct, frozen=True):
    """One thing on the line; `amount` is None for who may see none, `leg` colours it."""

    at: datetime
    kind: str
    title: str
    link: Link
    icon: str
    note: str = ""
    who: str = ""
    amount: Money | None = None
    leg: str = ""

    @property
    def day(self) -> date:
        return self.at.date()


#: Which permission each part needs (R3).
_NEEDS = {
    "contact": "outreach:read", "event": "events:read", "travel": "travel:read", "access": "executives:read",
    "value": "ledger:read", "disclosure": "disclosures:read", "advisory": "advisory:read", "program": "programs:read",
    "insight": "outreach:read", "evidence": "people:read", "hand_over": "people:read", "merge": "people:merge",
}  # fmt: skip


def kinds_for(by: User) -> list[str]:
    """The parts of a timeline that a user's role may see."""
    return [kind for kind, permission in _NEEDS.items() if permissions.may(by, permission)]


class TimelinePage(Struct, frozen=True):
    """A page of the line; how long the whole line is nobody counts."""

    rows: list[Moment]
    page: int
    has_next: bool


def timeline_of(person: Person, by: User, kind: str = "") -> list[Moment]:
    """The latest first; all parts `by` may see, or one of them."""
    return list(islice(_line(person, by, kind), MOST))


def page_of_timeline(person: Person, by: User, kind: str = "", page: int = 1) -> TimelinePage:
    """Fifty of the line, the latest first; older pages read as far back as they need and no further."""
    page = max(1, min(page, MOST_PAGES))
    start = (page - 1) * N_PER_PAGE
    rows = list(islice(_line(person, by, kind), start, start + N_PER_PAGE + 1))
    return TimelinePage(rows[:N_PER_PAGE], page, len(rows) > N_PER_PAGE and page < MOST_PAGES)


def _line(person: Person, by: User, kind: str) -> Iterator[Moment]:
    """All parts in one order. Long parts come latest first, page by page; the others are short and sorted here."""
    parts = [
        _PARTS[one](person, by) if one in _LONG else sorted(_PARTS[one](person, by), key=_when, reverse=True)
        for one in kinds_for(by)
        if kind in {"", one}
    ]
    return merge(*parts, key=_when, reverse=True)


def _when(moment: Moment) -> datetime:
    return moment.at


def _at(on: date) -> datetime:
    return datetime.combine(on, time(), UTC)


def _contact(person: Person, by: User) -> Iterable[Moment]:
    place = None
    while True:
        found = outreach.list_touches(by, TouchFilter(person_id=person.id), place)
        voices = outreach.voices_of(found.rows)
        for touch in found.rows:
            note = f"{words(touch.kind)}, {words(touch.channel).lower()}"
            if touch.struck_at is not None:
                note = _("never happened, written down by mistake")
            elif touch.id in voices:
                note += "; " + _("one thread: %(names)s", names=", ".join(voices[touch.id]))
            yield Moment(
                touch.at,
                "contact",
                policies_inbox.words_of_subject(touch),
                Link("outreach.show", {"id": touch.id}),
                "chat-dots",
                note,
                touch.user.name,
            )
        if not found.after:
            return
        place = keyset.place_from(found.after, outreach.TOUCH_ORDER)


def _event(person: Person, by: User) -> Iterable[Moment]:
    for row in events.list_invitations_of(person):
        link = Link("events.invitation", {"id": row.id})
        if row.sent_at is not None:
            yield Moment(
                row.sent_at, "event", _("Invited to %(event)s", event=row.event.name), link, "envelope"
            )
        if row.answered_at is not None:
            said = _("%(event)s: %(answer)s", event=row.event.name, answer=words(row.state).lower())
            yield Moment(
                row.answered_at,
                "event",
                said,
                link,
                "calendar-event",
                row.answer_reason if permissions.may(by, "notes:read") else "",
                row.answered_by_name,
            )
        if row.checked_in_at is not None:
            yield Moment(
                row.checked_in_at,
                "event",
                _("Checked in at %(event)s", event=row.event.name),
                link,
                "check-circle",
            )


def _travel(person: Person, by: User) -> Iterable[Moment]:
    for trip in travel.list_trips(by, person=person):
        link = Link("travel.show", {"id": trip.id})
        for leg in trip.legs:
            if not leg.is_cancelled:
                route = _("%(origin)s to %(destination)s", origin=leg.origin, destination=leg.destination)
                yield Moment(leg.departs_at, "travel", route, link, "airplane", trip.event.name)
        for stay in trip.stays:
            if not stay.is_cancelled:
                yield Moment(_at(stay.check_in_on), "travel", stay.hotel, link, "house", trip.event.name)


def _access(person: Person, by: User) -> Iterable[Moment]:
    for meeting in executives.list_meetings(by, person=person):
        given = (
            _("%(n)s minutes given", n=meeting.n_minutes_given)
            if meeting.state is MeetingState.HELD
            else words(meeting.state)
        )
        title = _("Meeting with %(executive)s", executive=meeting.executive.name)
        yield Moment(
            meeting.starts_at,
            "access",
            title,
            Link("executives.meeting", {"id": meeting.id}),
            "person-badge",
            given,
        )


def _value(person: Person, by: User) -> Iterable[Moment]:
    sees = permissions.may(by, "amounts:read")
    place = None
    while True:
        found = ledger.read_entries(Scope(person_id=person.id), place, "-on")
        for entry in found.rows:
            title = words(entry.category) if entry.category else words(entry.kind)
            note = (
                _("offered and declined")
                if entry.is_declined
                else _("taken back")
                if entry.kind is EntryKind.REVERSAL
                else ""
            )
            if entry.unit in ACCESS_UNITS and not note:
                note = f"{entry.quantity} {words(entry.unit).lower()}{'' if entry.quantity == 1 else 's'}"
            amount = entry.reporting if sees and entry.reporting_minor else None
            leg = "cash" if entry.leg is Leg.CASH else "non_cash"
            yield Moment(
                _at(entry.value_on or entry.at.date()),
                "value",
                title,
                Link("ledger.show", {"id": entry.seq}),
                "journal-text",
                note,
                "",
                amount,
                leg,
            )
        if not found.after:
            return
        place = keyset.place_from(found.after, ledger.order_named("-on"))


def _disclosure(person: Person, by: User) -> Iterable[Moment]:
    for row in disclosures.list_acknowledgements(person):
        title = _(
            "Accepted %(policy)s, version %(n)s",
            policy=row.policy_version.policy.name,
            n=row.policy_version.number,
        )
        yield Moment(
            row.at,
            "disclosure",
            title,
            Link("disclosures.version", {"id": row.version_id}),
            "check-circle",
            words(row.how),
        )
    for piece in disclosures.list_publications(by, person_id=person.id):
        said = _("label %(verdict)s", verdict=words(piece.verdict).lower())
        yield Moment(
            _at(piece.published_on),
            "disclosure",
            _("Published: %(medium)s", medium=piece.medium),
            Link("disclosures.publications"),
            "megaphone",
            said,
        )


def _advisory(person: Person, by: User) -> Iterable[Moment]:
    yield from _shares(person)
    for row in advisory.engagements_of(person):
        link, need = Link("advisory.show", {"id": row.id}), row.need.title
        yield Moment(row.proposed_at, "advisory", _("Proposed for %(need)s", need=need), link, "briefcase")
        if row.cleared_at is not None:
            yield Moment(row.cleared_at, "advisory", _("Cleared for %(need)s", need=need), link, "briefcase")
        if row.contracted_on is not None:
            yield Moment(
                _at(row.contracted_on), "advisory", _("Contract for %(need)s", need=need), link, "briefcase"
            )
        if row.delivered_on is not None:
            yield Moment(
                _at(row.delivered_on), "advisory", _("Delivered: %(need)s", need=need), link, "briefcase"
            )


def _shares(person: Person) -> Iterable[Moment]:
    """Affiliate shares: drafted, contracted, ended; payouts are lines of the book."""
    for row in queries_shares.shares_of(person):
        link, what = Link("advisory.share.show", {"id": row.id}), row.covers
        yield Moment(
            row.filed_at, "advisory", _("Affiliate share drafted: %(what)s", what=what), link, "percent"
        )
        if row.contracted_on is not None:
            title = _("Contract for an affiliate share: %(what)s", what=what)
            yield Moment(_at(row.contracted_on), "advisory", title, link, "percent")
        if row.ended_at is not None:
            title = _("Affiliate share ended: %(what)s", what=what)
            yield Moment(row.ended_at, "advisory", title, link, "percent")


def _program(person: Person, by: User) -> Iterable[Moment]:
    for change, enrolment_id, program, user in reversed(_steps(person)):
        title = _("%(program)s: %(stage)s", program=program, stage=words(change.stage).lower())
        link = Link("programs.enrolment", {"id": enrolment_id})
        yield Moment(change.at, "program", title, link, "bullseye", change.reason, user or "")


def _steps(person: Person) -> list[tuple[StageChange, int, str, str | None]]:
    """Every step of a person in any program with the program's name and who took it, the first first; one query."""
    wanted = (
        sa.select(StageChange, Enrolment.id, Program.name, User.name)
        .join(Enrolment, Enrolment.id == StageChange.enrolment_id)
        .join(Program, Program.id == Enrolment.program_id)
        .outerjoin(User, User.id == StageChange.by_id)
        .where(Enrolment.person_id == person.id)
        .order_by(StageChange.at, StageChange.id)
    )
    return [(row[0], row[1], row[2], row[3]) for row in db.session.execute(wanted)]


def _stages(person: Person, by: User) -> Iterable[DatedSpan]:
    """How long a person was at each stage, for their history."""
    if not permissions.may(by, _NEEDS["program"]):
        return
    later: dict[int, date] = {}
    for change, enrolment_id, program, _user in reversed(_steps(person)):
        began = day_in(change.at, by.zone)
        title = _("%(stage)s in %(program)s", stage=words(change.stage), program=program)
        yield DatedSpan("stage", title, change.reason, began, later.get(enrolment_id))
        later[enrolment_id] = began


queries_spans.register(_stages)


def _evidence(person: Person, by: User) -> Iterable[Moment]:
    for row in person.evidence:
        link = Link("people.show", {"id": person.id})
        yield Moment(_at(row.on), "evidence", row.summary, link, "award", words(row.kind))


def _insight(person: Person, by: User) -> Iterable[Moment]:
    for row in insights.list_insights(by, person=person):
        link = Link("outreach.insight", {"id": row.id})
        said = _("Told us: %(what)s", what=shorten(row.advice, 160, placeholder=" …"))
        yield Moment(_at(row.heard_on), "insight", said, link, "lightbulb", words(row.state))


def _hand_over(person: Person, by: User) -> Iterable[Moment]:
    """Who began to look after the person, and who began to speak for them."""
    link = Link("people.show", {"id": person.id})
    now = clock.now()
    for row in queries_owners.list_history(person):
        if row.from_at <= now:
            said = _("%(name)s is the owner", name=row.user.name)
            if row.role is OwnerRole.DEPUTY:
                said = _("%(name)s is the deputy", name=row.user.name)
            yield Moment(row.from_at, "hand_over", said, link, "people", row.user.department.name)
    for one in queries_representation.list_representations(person):
        if one.from_at <= now:
            said = _("Represented by %(name)s", name=one.organisation.name)
            yield Moment(one.from_at, "hand_over", said, link, "people")


def _merge(person: Person, by: User) -> Iterable[Moment]:
    for row in queries_merges.list_merges_into(person):
        title = _("%(name)s was merged into this record", name=row.gone.name)
        who = row.by.name if row.by else ""
        yield Moment(
            row.at, "merge", title, Link("people.show_merge", {"id": row.id}), "people", row.reason, who
        )


_PARTS: dict[str, Callable[[Person, User], Iterable[Moment]]] = {
    "contact": _contact, "event": _event, "travel": _travel, "access": _access, "value": _value, "disclosure": _disclosure,
    "advisory": _advisory, "program": _program, "evidence": _evidence, "insight": _insight, "hand_over": _hand_over,
    "merge": _merge,
}  # fmt: skip

#: Parts that may be long: they come latest first from their room, and are read only as far as they are shown.
_LONG = frozenset({"contact", "value"})
