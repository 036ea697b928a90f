"""Reading events: lists, the agenda, the funnel, invitations, seats, histories."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm import joinedload

from app.accounts.models import Department, Role, User
from app.core import clock
from app.core.db import db, escape_like
from app.core.errors import NotFound
from app.events import policies, policies_day
from app.events.models import Event, Invitation, InvitationState, InvitationStep, Session
from app.events.models_day import Seat
from app.events.models_waves import Guest, GuestState
from app.events.policies import INVITED_STATES, SILENT_STATES, Funnel
from app.outreach import queries_outbox
from app.outreach.models import Letter, TouchKind
from app.people import queries as people
from app.people.models import Person

N_PER_PAGE = 50

# -- events ----------------------------------------------------------------------------------------


def _seen(by: User | None) -> sa.Select[Event]:
    """The events `by` may see (R3): a partner those its own people are invited to, who stands at the door those whose door is
    open now, everybody else all."""
    wanted = sa.select(Event)
    if by is not None and by.role is Role.DOOR:
        now = clock.now()
        return wanted.where(
            Event.starts_at <= now + policies_day.DOOR_BEFORE, Event.ends_at >= now - policies_day.DOOR_AFTER,
            Event.is_cancelled.is_(False),
        )  # fmt: skip
    if by is not None and by.role is Role.PARTNER:
        wanted = wanted.where(Event.id.in_(invited_people(by).with_only_columns(Invitation.event_id)))
    return wanted


def seen_events(by: User | None) -> sa.Select[Event]:
    """The events `by` may see, to narrow further."""
    return _seen(by)


def invited_people(by: User | None) -> sa.Select[Invitation]:
    """Invitations of people `by` may see, also those made before a merge; at an open door of whoever may come through it."""
    if by is not None and by.role is Role.DOOR:  # their records stay closed
        wanted = sa.select(Invitation).join(Person, Person.id == Invitation.person_id)
        open_now = _seen(by).with_only_columns(Event.id)
        return wanted.where(Invitation.event_id.in_(open_now), Invitation.state.in_(INVITED_STATES))
    ids = people.visible_to(by).with_only_columns(Person.id)
    survivor = sa.func.coalesce(Person.merged_into_id, Person.id)
    wanted = sa.select(Invitation).join(Person, Person.id == Invitation.person_id).where(survivor.in_(ids))
    if by is not None and by.role is Role.PARTNER:  # drafts are nobody's business yet
        wanted = wanted.where(Invitation.state.in_(INVITED_STATES))
    return wanted


def get_event(id: int, by: User | None = None) -> Event:
    """The event with this id; NotFound when `by` may not see it."""
    wanted = _seen(by).where(Event.id == id).options(joinedload(Event.program), joinedload(Event.coordinator))
    found = db.session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound(_("There is no such event, or it is not yours to see."))
    return found


def find_event(name: str) -> Event | None:
    """The event of this name, whatever its case."""
    wanted = sa.select(Event).where(sa.func.lower(Event.name) == name.strip().lower()).order_by(Event.id)
    return db.session.scalars(wanted.limit(1)).first()


class EventFilter(Struct, frozen=True):
    """What a list of events is narrowed to; `when` is "ahead", "past" or empty for all."""

    q: str = ""
    program_id: int | None = None
    when: str = ""


class EventRow(Struct, frozen=True):
    """One line of the list of events."""

    event: Event
    funnel: Funnel

    @property
    def id(self) -> int:
        return self.event.id

    @property
    def name(self) -> str:
        return self.event.name


class EventPage(Struct, frozen=True):
    """One page of events and the count of the whole."""

    rows: Sequence[EventRow]
    total: int
    page: int

    @property
    def has_next(self) -> bool:
        return self.page * N_PER_PAGE < self.total


def list_events(by: User | None, filter: EventFilter = EventFilter(), page: int = 1) -> EventPage:
    """A page of 50 with their funnels, what lies ahead first; four queries whatever the rows."""
    wanted = events_matching(by, filter)
    total = db.session.scalar(sa.select(sa.func.count()).select_from(wanted.subquery())) or 0
    page = max(1, min(page, -(-total // N_PER_PAGE) or 1))
    is_past = Event.ends_at < clock.now()
    # Ahead: the nearest first; past: the latest first.
    order = (
        sa.case((is_past, 1), else_=0),
        sa.case((is_past, None), else_=Event.starts_at),
        Event.starts_at.desc(),
        Event.id,
    )
    ordered = wanted.order_by(*order).offset((page - 1) * N_PER_PAGE).limit(N_PER_PAGE)
    found = db.session.scalars(
        ordered.options(joinedload(Event.program), joinedload(Event.coordinator))
    ).all()
    funnels = funnels_of([event.id for event in found], by)
    return EventPage([EventRow(event, funnels[event.id]) for event in found], total, page)


def events_matching(by: User | None, filter: EventFilter) -> sa.Select[Event]:
    """The events `by` may see that a filter finds, in no order."""
    wanted = _seen(by)
    for word in filter.q.lower().split()[:8]:
        like = f"%{escape_like(word)}%"
        columns = (Event.name, Event.place, Event.city)
        wanted = wanted.where(sa.or_(*(sa.func.lower(column).like(like, escape="\\") for column in columns)))
    if filter.program_id is not None:
        wanted = wanted.where(Event.program_id == filter.program_id)
    if filter.when == "ahead":
        wanted = wanted.where(Event.ends_at >= clock.now())
    elif filter.when == "past":
        wanted = wanted.where(Event.ends_at < clock.now())
    return wanted


def list_month(by: User | None, first: date) -> Sequence[Event]:
    """Events that touch a month, by begin; a day wider on both sides, because each has its own zone."""
    begins = datetime.combine(first, time(), ZoneInfo("UTC")) - timedelta(days=8)
    wanted = _seen(by).where(Event.starts_at < begins + timedelta(days=47), Event.ends_at >= begins)
    return db.session.scalars(wanted.order_by(Event.starts_at, Event.id)).all()


def list_upcoming(by: User | None, limit: int = 20) -> Sequence[Event]:
    """Events that are not over, the nearest first."""
    wanted = _seen(by).where(Event.ends_at >= clock.now(), Event.is_cancelled.is_(False))
    return db.session.scalars(wanted.order_by(Event.starts_at, Event.id).limit(limit)).all()


# -- the funnel (E1) -------------------------------------------------------------------------------


def funnel(event: Event, by: User | None = None) -> Funnel:
    """THE count of an event's invitations: invited = accepted + declined + waiting + silent, always (E1)."""
    return funnels_of([event.id], by)[event.id]


def funnels_of(event_ids: Sequence[int], by: User | None = None) -> dict[int, Funnel]:
    """The funnels of several events in two queries, over the people `by` may see."""
    answered = Invitation.state.in_((InvitationState.ACCEPTED, InvitationState.WAITING))
    stale = sa.and_(
        answered, Invitation.sequence_answered.is_not(None), Invitation.sequence_answered < Event.sequence
    )
    wanted = (
        invited_people(by)
        .join(Event, Event.id == Invitation.event_id)
        .where(Invitation.event_id.in_(event_ids))
    )
    counted = wanted.with_only_columns(
        Invitation.event_id,
        Invitation.state,
        sa.func.count(Invitation.id),
        sa.func.count(Invitation.checked_in_at),
        sa.func.count(sa.case((stale, Invitation.id))),
    ).group_by(Invitation.event_id, Invitation.state)
    rows = db.session.execute(counted).all()
    admitted = wanted.join(Guest, Guest.invitation_id == Invitation.id).where(
        Guest.state == GuestState.ADMITTED
    )
    by_event = admitted.with_only_columns(Invitation.event_id, sa.func.count(Guest.id))
    guests = {row[0]: row[1] for row in db.session.execute(by_event.group_by(Invitation.event_id))}
    return {
        id: policies.funnel_of(
            {state: n for event_id, state, n, _in, _stale in rows if event_id == id},
            sum(n_in for event_id, _state, _n, n_in, _stale in rows if event_id == id),
            sum(n_stale for event_id, _state, _n, _in, n_stale in rows if event_id == id),
            guests.get(id, 0),
        )
        for id in event_ids
    }


def count_silent(by: User | None = None) -> int:
    """Invitations to events ahead that nobody has answered."""
    wanted = invited_people(by).join(Event, Event.id == Invitation.event_id)
    wanted = wanted.where(
        Invitation.state.in_(SILENT_STATES),
        Event.ends_at >= clock.now(),
        Event.is_cancelled.is_(False),
    )
    return db.session.scalar(wanted.with_only_columns(sa.func.count(Invitation.id))) or 0


# -- invitations -----------------------------------------------------------------------------------


def is_seen(person: Person, by: User) -> bool:
    """Whether `by` may see a person now."""
    return bool(db.session.scalar(sa.select(sa.exists(people.visible_to(by).where(Person.id == person.id)))))


def get_invitation(id: int, by: User | None = None) -> Invitation:
    """The invitation with this id; NotFound when `by` may not see its person."""
    wanted = invited_people(by).where(Invitation.id == id)
    found = db.session.scalars(
        wanted.options(joinedload(Invitation.event), joinedload(Invitation.person))
    ).one_or_none()
    if found is None:
        raise NotFound(_("There is no such invitation, or it is not yours to see."))
    return found


def invitation_of(event: Event, person: Person) -> Invitation | None:
    """The person's invitation to the event, in whatever state."""
    wanted = sa.select(Invitation).where(Invitation.event_id == event.id, Invitation.person_id == person.id)
    return db.session.scalars(wanted).one_or_none()


def invitation_told(letter: Letter) -> Invitation | None:
    """The invitation a letter of this room is about."""
    wanted = sa.select(Invitation).where(
        Invitation.event_id == letter.source_id, Invitation.person_id == letter.person_id
    )
    return db.session.scalars(wanted).one_or_none()


def list_invitations(
    event: Event, by: User | None = None, *, state: InvitationState | None = None, wave: int | None = None
) -> Sequence[Invitation]:
    """Who is invited to an event, by name, with their people; one query."""
    wanted = invitations_matching(event, by, state=state, wave=wave)
    return db.session.scalars(wanted.order_by(Person.sort_key, Person.id)).all()


def invitations_matching(
    event: Event, by: User | None = None, *, state: InvitationState | None = None, wave: int | None = None
) -> sa.Select[Invitation]:
    """The same, in no order."""
    wanted = invited_people(by).where(Invitation.event_id == event.id)
    if state is not None:
        wanted = wanted.where(Invitation.state == state)
    if wave is not None:
        wanted = wanted.where(Invitation.wave == wave)
    return wanted.options(joinedload(Invitation.person))


def list_waitlist(event: Event, by: User | None = None) -> Sequence[Invitation]:
    """Who waits for a place, in order."""
    wanted = invitations_matching(event, by, state=InvitationState.WAITING)
    return db.session.scalars(wanted.order_by(Invitation.waitlist_place, Invitation.id)).all()


def list_invitations_of(person: Person, by: User | None = None) -> Sequence[Invitation]:
    """Every event a person was invited to, the latest first."""
    wanted = invited_people(by).join(Event, Event.id == Invitation.event_id)
    wanted = wanted.where(sa.or_(Person.id == person.id, Person.merged_into_id == person.id))
    ordered = wanted.order_by(Event.starts_at.desc(), Invitation.id.desc())
    return db.session.scalars(ordered.options(joinedload(Invitation.event))).all()


def list_accepted(event: Event, by: User | None = None) -> Sequence[Invitation]:
    """Who comes, by name."""
    return list_invitations(event, by, state=InvitationState.ACCEPTED)


def list_steps(invitation: Invitation) -> Sequence[tuple[InvitationStep, User | None]]:
    """The history of an invitation with who did each step, newest first."""
    wanted = sa.select(InvitationStep, User).outerjoin(User, User.id == InvitationStep.by_id)
    wanted = wanted.where(InvitationStep.invitation_id == invitation.id).order_by(InvitationStep.id.desc())
    return [(row[0], row[1]) for row in db.session.execute(wanted)]


def count_accepted(event: Event) -> int:
    """How many places are taken."""
    wanted = sa.select(sa.func.count(Invitation.id)).where(
        Invitation.event_id == event.id, Invitation.state == InvitationState.ACCEPTED
    )
    return db.session.scalar(wanted) or 0


def count_unwritten(event: Event) -> dict[int, int]:
    """How many drafts of each wave have no letter in the outbox yet; waves without one are left out."""
    has_letter = sa.exists().where(
        Letter.person_id == Invitation.person_id, Letter.key == "invitation", Letter.source_kind == "events",
        Letter.source_id == event.id, Letter.discarded_at.is_(None), Letter.touch_id.is_(None),
    )  # fmt: skip
    wanted = sa.select(Invitation.wave, sa.func.count(Invitation.id)).where(
        Invitation.event_id == event.id, Invitation.state == InvitationState.DRAFT, ~has_letter
    )
    rows = db.session.execute(wanted.group_by(Invitation.wave).order_by(Invitation.wave))
    return {row[0]: row[1] for row in rows}


def letters_held(event: Event) -> dict[int, Letter]:
    """Letters of invitations that wait in the outbox, by person."""
    found = queries_outbox.letters_of("events", event.id, "invitation")
    return {person_id: letter for person_id, letter in found.items() if letter.touch_id is None}


def guard_of(person: Person, by: User) -> tuple[TouchKind, Department, datetime, bool]:
    """What an invitation to a person is weighed as: it speaks for the owner's department, and asks for an answer."""
    owner = people.owner_of(person)
    return TouchKind.INVITATION, (owner or by).department, clock.now(), True


def list_waves(event: Event) -> Sequence[int]:
    """The numbers of the waves there are."""
    wanted = sa.select(Invitation.wave).where(Invitation.event_id == event.id).distinct()
    return db.session.scalars(wanted.order_by(Invitation.wave)).all()


# -- agenda and seats ------------------------------------------------------------------------------


def list_sessions(event: Event) -> Sequence[Session]:
    """The agenda by begin, cancelled sessions included."""
    wanted = sa.select(Session).where(Session.event_id == event.id)
    return db.session.scalars(wanted.order_by(Session.starts_at, Session.place, Session.id)).all()


def get_session(id: int, by: User | None = None) -> Session:
    """A session of an event `by` may see; else NotFound."""
    wanted = sa.select(Session).where(
        Session.id == id, Session.event_id.in_(_seen(by).with_only_columns(Event.id))
    )
    found = db.session.scalars(wanted.options(joinedload(Session.event))).one_or_none()
    if found is None:
        raise NotFound(_("There is no such session, or it is not yours to see."))
    return found


def list_seats(event: Event) -> Sequence[Seat]:
    """Every chair, by row and number, with who sits there."""
    wanted = sa.select(Seat).where(Seat.event_id == event.id)
    return db.session.scalars(
        wanted.order_by(Seat.row, Seat.number).options(joinedload(Seat.person), joinedload(Seat.guest))
    ).all()


class SeatRow(Struct, frozen=True):
    """One row of chairs."""

    row: str
    seats: Sequence[Seat]


def count_seats(event: Event) -> int:
    """How many chairs are set up."""
    return db.session.scalar(sa.select(sa.func.count(Seat.id)).where(Seat.event_id == event.id)) or 0


def get_seat(id: int) -> Seat:
    """The chair with this id, or NotFound."""
    found = db.session.scalars(
        sa.select(Seat).where(Seat.id == id).options(joinedload(Seat.event))
    ).one_or_none()
    if found is None:
        raise NotFound(_("There is no such seat."))
    return found


def seat_of(event: Event, person_id: int) -> Seat | None:
    """Where a person sits at an event."""
    wanted = sa.select(Seat).where(Seat.event_id == event.id, Seat.person_id == person_id)
    return db.session.scalars(wanted).one_or_none()


def seats_of(event: Event) -> dict[int, Seat]:
    """The chairs that are taken, by person."""
    wanted = sa.select(Seat).where(Seat.event_id == event.id, Seat.person_id.is_not(None))
    return {seat.person_id: seat for seat in db.session.scalars(wanted.order_by(Seat.id)) if seat.person_id}
