"""Reading feeds: what is in each by the reader's rights of this moment, who has which, and items by themselves."""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.orm import joinedload

from app.accounts import permissions
from app.accounts.models import User
from app.accounts.queries_successions import answering
from app.accounts.signing_in import SECRET_LENGTH, hash_secret
from app.calendars import policies, queries_rows
from app.calendars.items import Item, items_of
from app.calendars.models import Feed, FeedKind
from app.calendars.policies import Contents
from app.calendars.queries_rows import Read, Rows, Selection
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import language_of
from app.events import queries as events
from app.events.models import Event, Invitation, InvitationState, Session
from app.events.models_agenda import Appearance
from app.events.queries_coordinators import coordinated_by
from app.executives import queries as executives
from app.executives.models import Executive, Meeting
from app.people import queries as people
from app.people import queries_owners
from app.people.models import Person
from app.programs import queries as programs
from app.programs.models import Program
from app.travel.models import Trip

# -- what is in a feed -------------------------------------------------------------------------------


class Calendar(Struct, frozen=True):
    """One calendar as one reader may see it now: its name, and which rows are in it."""

    name: str
    zone: str
    language: str
    selection: Selection
    #: When it stops being there by itself, if it does.
    until: datetime | None = None

    def read(self) -> tuple[Read, ...]:
        """Everything it shows at this moment, to be told apart from what it showed before."""
        return queries_rows.read(self.selection)

    def rows(self) -> Rows:
        """The same as rows."""
        return queries_rows.rows_of(self.read())


def calendar_of(kind: FeedKind, target_id: int | None, by: User | None) -> Calendar:
    """A calendar of the company for a user; NotFound when the target is not theirs to see, or their role lacks it.

    `by=None` is a file without a reader (see `policies.contents_for`).
    """
    if by is not None and not policies.may_have(by, kind):
        raise NotFound(_("There is no such calendar, or it is not yours to see."))
    contents = policies.contents_for(kind, by)
    if kind is FeedKind.MY_WORK:
        if by is None:
            raise NotFound(_("There is no such calendar."))
        return _work_of(by, contents)
    if target_id is None:
        raise NotFound(_("There is no such calendar."))
    return _CALENDARS[kind](target_id, by, contents)


def calendar_of_person(person: Person) -> Calendar:
    """A person's own calendar: accepted events with their sessions, own travel, own meetings (C1)."""
    name = str(current_app.config["COMPANY"])
    language = language_of(person.languages)
    return Calendar(name, person.zone, language, _of_person(person, policies.contents_of_person(), None))


def _calendar_of_event(id: int, by: User | None, contents: Contents) -> Calendar:
    event = events.get_event(id, by)
    selection = Selection(
        voice=contents.voice,
        events=Event.id == id if contents.has_events else None,
        sessions=Session.event_id == id if contents.has_events else None,
        trips=sa.and_(Trip.event_id == id, _seen_travellers(by)) if contents.has_travel else None,
        meetings=sa.and_(Meeting.event_id == id, _seen_meetings(by)) if contents.has_meetings else None,
        has_phones=contents.has_phones,
        has_bookings=contents.has_bookings,
    )
    return Calendar(event.name, event.zone, _spoken(by), selection)


def _calendar_of_team(id: int, by: User | None, contents: Contents) -> Calendar:
    """The event for those who run it; NotFound once it is over."""
    of_event = _calendar_of_event(id, by, contents)
    until = policies.runs_until(events.get_event(id, by).ends_at)
    if clock.now() > until:
        raise NotFound(_("This calendar ended with its event."))
    with force_locale(of_event.language):
        name = _("%(name)s, for those who run it", name=of_event.name)
    return replace(of_event, name=name, until=until)


def _calendar_of_program(id: int, by: User | None, contents: Contents) -> Calendar:
    program = programs.get_program(id)
    of_program = Event.program_id == id
    selection = Selection(contents.voice)
    if contents.has_events:
        selection = Selection(contents.voice, events=of_program, sessions=of_program)
    return Calendar(program.name, by.zone if by else "UTC", _spoken(by), selection)


def _calendar_of_executive(id: int, by: User | None, contents: Contents) -> Calendar:
    executive = executives.get_executive(id, by)
    selection = Selection(contents.voice, meetings=sa.and_(Meeting.executive_id == id, _seen_meetings(by)))
    return Calendar(executive.name, by.zone if by else "UTC", _spoken(by), selection)


def _calendar_of_guest(id: int, by: User | None, contents: Contents) -> Calendar:
    person = people.get_person(id, by)
    return Calendar(person.name, person.zone, _spoken(by), _of_person(person, contents, by))


_CALENDARS = {
    FeedKind.EVENT: _calendar_of_event,
    FeedKind.COORDINATOR: _calendar_of_team,
    FeedKind.PROGRAM: _calendar_of_program,
    FeedKind.EXECUTIVE: _calendar_of_executive,
    FeedKind.PERSON: _calendar_of_guest,
}


def _work_of(user: User, contents: Contents) -> Calendar:
    """The events one coordinates, with what is arranged for them, and meetings of one's executives and people."""
    mine = coordinated_by(user, clock.now())
    owned = queries_owners.owned_by(user, clock.now())
    meets = sa.or_(
        mine,
        answering(Executive, Executive.assistant_id, clock.now()) == user.id,
        Meeting.person_id.in_(owned),
    )
    selection = Selection(
        voice=contents.voice,
        events=mine if contents.has_events else None,
        sessions=mine if contents.has_events else None,
        trips=sa.and_(mine, _seen_travellers(user)) if contents.has_travel else None,
        meetings=sa.and_(meets, _seen_meetings(user)) if contents.has_meetings else None,
        has_phones=contents.has_phones,
    )
    with force_locale(_spoken(user)):  # not in the language of whoever fetches the feed
        name = _("My work, %(name)s", name=user.name)
    return Calendar(name, user.zone, _spoken(user), selection)


def _of_person(person: Person, contents: Contents, by: User | None) -> Selection:
    """What one person is part of, also under records merged into theirs; `by` narrows whose executives are shown."""
    records = people.records_of(person)
    accepted = sa.select(Invitation.event_id).where(
        Invitation.person_id.in_(records), Invitation.state == InvitationState.ACCEPTED
    )
    sessions: sa.ColumnElement[bool] = Session.event_id.in_(accepted)
    if contents.audiences is not None:
        # Who is on stage is part of it, whoever the others in the room are.
        staged = sa.select(Appearance.session_id).where(Appearance.person_id.in_(records))
        sessions &= sa.or_(Session.audience.in_(contents.audiences), Session.id.in_(staged))
    return Selection(
        voice=contents.voice,
        events=Event.id.in_(accepted) if contents.has_events else None,
        sessions=sessions if contents.has_events else None,
        trips=Trip.person_id.in_(records) if contents.has_travel else None,
        meetings=sa.and_(Meeting.person_id.in_(records), _seen_meetings(by))
        if contents.has_meetings
        else None,
        has_phones=contents.has_phones,
    )


def _seen_meetings(by: User | None) -> sa.ColumnElement[bool]:
    """Meetings of executives and people a user may see."""
    seen = executives.visible_executives(by).with_only_columns(Executive.id)
    return sa.and_(Meeting.executive_id.in_(seen), _survivor(Meeting.person_id, by))


def _seen_travellers(by: User | None) -> sa.ColumnElement[bool]:
    return _survivor(Trip.person_id, by)


def _survivor(person_id: sa.SQLColumnExpression[int], by: User | None) -> sa.ColumnElement[bool]:
    """The person, or the record it was merged into, is one `by` may see."""
    seen = people.visible_to(by).with_only_columns(Person.id)
    merged = sa.select(Person.id).where(Person.merged_into_id.in_(seen))
    return sa.or_(person_id.in_(seen), person_id.in_(merged))


def _spoken(by: User | None) -> str:
    return language_of([by.locale]) if by else "en"


# -- items -------------------------------------------------------------------------------------------


def items_of_event(event: Event, by: User | None = None) -> list[Item]:
    """An event, its agenda and meetings; travel too for those who arrange it."""
    return _items(calendar_of(FeedKind.EVENT, event.id, by))


def items_of_person(person: Person, by: User | None = None) -> list[Item]:
    """What a person is part of: as they see it themself, or as a user may see it."""
    return _items(calendar_of(FeedKind.PERSON, person.id, by) if by else calendar_of_person(person))


def items_of_represented(person_id: int, by: User) -> list[Item]:
    """What somebody of their agency reads of a person's agenda and journeys; NotFound when it does not speak for them."""
    person, contents = people.get_person(person_id, by), policies.contents_of_agent()
    language = language_of([by.locale])
    return _items(Calendar(person.name, by.zone, language, _of_person(person, contents, by)))


def items_of_executive(executive: Executive, by: User | None = None) -> list[Item]:
    """The meetings of an executive."""
    return _items(calendar_of(FeedKind.EXECUTIVE, executive.id, by))


def items_of_program(program: Program, by: User | None = None) -> list[Item]:
    """The events of a program with their agendas."""
    return _items(calendar_of(FeedKind.PROGRAM, program.id, by))


def items_of_work(by: User) -> list[Item]:
    """What one user looks after."""
    return _items(calendar_of(FeedKind.MY_WORK, None, by))


def _items(calendar: Calendar) -> list[Item]:
    return items_of(calendar.rows(), calendar.selection.voice)


# -- feeds -------------------------------------------------------------------------------------------


def find_feed(secret: str) -> Feed | None:
    """The live feed at a secret address; None when unknown or revoked. Whether its reader may still see it is not asked.

    The secret is looked up by its hash, so the time taken tells nothing about how much of it was right.
    """
    if len(secret) != SECRET_LENGTH:
        return None
    return db.session.scalars(_live().where(Feed.secret_hash == hash_secret(secret))).one_or_none()


def calendar_behind(feed: Feed) -> Calendar:
    """The calendar of a feed for its reader; NotFound when it is over, or the reader may not see it any more."""
    if feed.user is not None:
        found = calendar_of(feed.kind, feed.target_id, feed.user)
    elif feed.person is not None:
        found = calendar_of_person(people.get_person(feed.person.id, None))
    else:
        raise NotFound(_("This feed has no reader."))
    return replace(found, selection=replace(found.selection, has_cancelled=feed.has_cancelled))


def calendar_if_any(feed: Feed) -> Calendar | None:
    """The same; None when there is nothing behind the feed any more."""
    try:
        return calendar_behind(feed)
    except NotFound:
        return None


def feed_of_user(user: User, kind: FeedKind, target_id: int | None) -> Feed | None:
    """The live feed a user has of a calendar."""
    wanted = _live().where(Feed.user_id == user.id, Feed.kind == kind, Feed.target_id == target_id)
    return db.session.scalars(wanted.order_by(Feed.id.desc()).limit(1)).first()


def feed_of_person(person: Person) -> Feed | None:
    """The live feed of a person's own calendar."""
    return feeds_of_people([person.id]).get(person.id)


def feeds_of_people(person_ids: Collection[int]) -> dict[int, Feed]:
    """The live feed of each of these people, in one query; records merged into them count as theirs."""
    survivor = sa.func.coalesce(Person.merged_into_id, Person.id)
    wanted = sa.select(survivor, Feed).join(Person, Person.id == Feed.person_id)
    rows = db.session.execute(
        wanted.where(survivor.in_(person_ids), Feed.revoked_at.is_(None)).order_by(Feed.id)
    )
    return {row[0]: row[1] for row in rows}


def _live() -> sa.Select[Feed]:
    return sa.select(Feed).where(Feed.revoked_at.is_(None))


class FeedRow(Struct, frozen=True):
    """One line of a list of feeds, with the name of what it shows."""

    feed: Feed
    name: str

    @property
    def id(self) -> int:
        return self.feed.id


def list_own(user: User) -> list[FeedRow]:
    """The live feeds a user reads, the newest first; a fixed number of queries."""
    found = db.session.scalars(_live().where(Feed.user_id == user.id).order_by(Feed.id.desc())).all()
    names = names_of(found)
    return [FeedRow(feed, names.get((feed.kind, feed.target_id), "")) for feed in found]


def list_handed_out(by: User, limit: int = 200) -> list[FeedRow]:
    """Live feeds of people `by` may see, the newest first."""
    seen = people.visible_to(by).with_only_columns(Person.id)
    survivor = sa.func.coalesce(Person.merged_into_id, Person.id)
    wanted = _live().join(Person, Person.id == Feed.person_id).where(survivor.in_(seen))
    loaded = wanted.options(joinedload(Feed.person), joinedload(Feed.made_by))
    found = db.session.scalars(loaded.order_by(Feed.id.desc()).limit(limit)).all()
    return [FeedRow(feed, feed.person.name) for feed in found if feed.person is not None]


def names_of(feeds: Sequence[Feed]) -> dict[tuple[FeedKind, int | None], str]:
    """The names of what feeds show: one query per kind that occurs."""
    found: dict[tuple[FeedKind, int | None], str] = {(FeedKind.MY_WORK, None): _("My work")}
    columns = {
        FeedKind.EVENT: (Event.id, Event.name), FeedKind.COORDINATOR: (Event.id, Event.name),
        FeedKind.PERSON: (Person.id, Person.name),
        FeedKind.EXECUTIVE: (Executive.id, Executive.name), FeedKind.PROGRAM: (Program.id, Program.name),
    }  # fmt: skip
    for kind, (key, name) in columns.items():
        ids = {feed.target_id for feed in feeds if feed.kind is kind}
        if ids:
            rows = db.session.execute(sa.select(key, name).where(key.in_(ids)))
            found |= {(kind, row[0]): row[1] for row in rows}
    return found


def get_feed(id: int, by: User) -> Feed:
    """A live feed `by` reads, or one of a person they may hand feeds to; else NotFound."""
    wanted = _live().where(Feed.id == id).options(joinedload(Feed.person), joinedload(Feed.made_by))
    feed = db.session.scalars(wanted).one_or_none()
    if feed is not None and feed.user_id == by.id:
        return feed
    if feed is not None and feed.person_id is not None and permissions.may(by, "calendars:share"):
        people.get_person(feed.person_id, by)
        return feed
    raise NotFound(_("There is no such feed, or it is not yours."))


def name_of(feed: Feed) -> str:
    """What a feed shows, by name."""
    if feed.person is not None:
        return feed.person.name
    return names_of([feed]).get((feed.kind, feed.target_id), "")


# -- what can be subscribed to -----------------------------------------------------------------------


def list_choices(by: User) -> list[tuple[str, str]]:
    """Calendars a user may choose from a list, as (value, words); people are reached from their own pages."""
    found = [(FeedKind.MY_WORK.value, _("My work"))]
    now = clock.now()
    if policies.may_have(by, FeedKind.EVENT):
        rows = events.list_events(by, events.EventFilter()).rows
        ahead = [row.event for row in rows if row.event.ends_at >= now] or [row.event for row in rows]
        found += [
            (f"{FeedKind.EVENT.value}:{event.id}", _("Event: %(name)s", name=event.name)) for event in ahead
        ]
        if policies.may_have(by, FeedKind.COORDINATOR):
            found += [
                (
                    f"{FeedKind.COORDINATOR.value}:{event.id}",
                    _("Event, for those who run it: %(name)s", name=event.name),
                )
                for event in ahead
                if not policies.has_ended(event.ends_at, now)
            ]
    if policies.may_have(by, FeedKind.EXECUTIVE):
        listed = executives.list_executives(by)
        found += [
            (f"{FeedKind.EXECUTIVE.value}:{one.id}", _("Executive: %(name)s", name=one.name))
            for one in listed
        ]
    if policies.may_have(by, FeedKind.PROGRAM):
        rows_of_programs = programs.list_programs()
        found += [
            (f"{FeedKind.PROGRAM.value}:{row.id}", _("Program: %(name)s", name=row.name))
            for row in rows_of_programs
        ]
    return found
