"""Reading executives, their windows, requests and meetings; an assistant sees the calendars entrusted to them."""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from app.accounts import queries_successions
from app.accounts.models import Absence, Role, User
from app.accounts.queries_successions import answering
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.events.models import Event, Invitation, InvitationState
from app.events.policies import MAY_COME
from app.executives.models import AccessRequest, Executive, Meeting, RequestState, Slot
from app.executives.policies import LIVE, UNDECIDED, Span, span_of
from app.people import queries as people
from app.people.models import Person

#: Requests, meetings and people are read together: pages show the names.
_OF_MEETING = (joinedload(Meeting.person), joinedload(Meeting.event), joinedload(Meeting.slot))
_OF_REQUEST = (
    joinedload(AccessRequest.slot).joinedload(Slot.event),
    joinedload(AccessRequest.person),
    joinedload(AccessRequest.asked_by),
)


def visible_executives(by: User | None) -> sa.Select[Executive]:
    """The executives `by` may see: an assistant those entrusted to them or to nobody, everybody else all (R3).

    While an assistant is away, and once one has left, every other assistant stands in: what cannot wait is decided, under
    their own name.
    """
    found = sa.select(Executive)
    if by is not None and by.role is Role.ASSISTANT:
        now = clock.now()
        keeper = answering(Executive, Executive.assistant_id, now)
        away = sa.select(Absence.user_id).where(Absence.from_at <= now, Absence.to_at > now)
        gone = sa.select(User.id).where(User.is_active.is_(False))
        found = found.where(sa.or_(keeper == by.id, keeper.is_(None), keeper.in_(away), keeper.in_(gone)))
    return found


def keeper_of(executive: Executive) -> User | None:
    """The assistant who keeps a calendar now; None where nobody does, or who does is away: then all assistants do."""
    if executive.assistant_id is None:
        return None
    now = clock.now()
    keeper = queries_successions.answerer_of(executive, executive.assistant_id, now)
    return None if queries_successions.is_away(keeper, now) or not keeper.is_active else keeper


def list_executives(by: User | None) -> Sequence[Executive]:
    """Executives by name, those who are not active any more last."""
    wanted = visible_executives(by).options(joinedload(Executive.assistant))
    return db.session.scalars(wanted.order_by(Executive.is_active.desc(), Executive.name, Executive.id)).all()


def get_executive(id: int, by: User | None) -> Executive:
    """The executive with this id, or NotFound when `by` may not see them."""
    wanted = visible_executives(by).where(Executive.id == id).options(joinedload(Executive.assistant))
    found = db.session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound(_("There is no such executive, or their calendar is not yours to see."))
    return found


def _seen(by: User | None) -> tuple[sa.Select[int], sa.Select[int]]:
    """Ids of the executives and of the people `by` may see, merged records of theirs included."""
    seen = people.visible_to(by).with_only_columns(Person.id)
    survivor = sa.func.coalesce(Person.merged_into_id, Person.id)
    return (
        visible_executives(by).with_only_columns(Executive.id),
        sa.select(Person.id).where(survivor.in_(seen)),
    )


def get_slot(id: int, by: User | None) -> Slot:
    """A window of an executive `by` may see, or NotFound."""
    wanted = sa.select(Slot).where(Slot.id == id, Slot.executive_id.in_(_seen(by)[0]))
    found = db.session.scalars(wanted.options(joinedload(Slot.event))).one_or_none()
    if found is None:
        raise NotFound(_("There is no such window, or it is not yours to see."))
    return found


def list_slots(
    executive: Executive,
    *,
    event: Event | None = None,
    from_at: datetime | None = None,
    is_withdrawn: bool = False,
) -> Sequence[Slot]:
    """The windows of an executive in order of time, with their events."""
    wanted = slots_matching(executive, event=event, from_at=from_at, is_withdrawn=is_withdrawn)
    ordered = wanted.options(joinedload(Slot.event)).order_by(Slot.starts_at, Slot.id)
    return db.session.scalars(ordered).all()


def slots_matching(
    executive: Executive, *, event: Event | None = None, from_at: datetime | None = None, is_withdrawn: bool = False
) -> sa.Select[Slot]:  # fmt: skip
    """The same by themselves, in no order."""
    wanted = sa.select(Slot).where(Slot.executive_id == executive.id)
    if event is not None:
        wanted = wanted.where(Slot.event_id == event.id)
    if from_at is not None:
        wanted = wanted.where(Slot.ends_at > from_at)
    return wanted if is_withdrawn else wanted.where(Slot.withdrawn_at.is_(None))


def slot_at(executive: Executive, starts_at: datetime) -> Slot | None:
    """The window that begins at an instant, the one that is offered before one that was withdrawn."""
    wanted = sa.select(Slot).filter_by(executive_id=executive.id, starts_at=starts_at)
    return db.session.scalars(wanted.order_by(Slot.withdrawn_at.is_not(None), Slot.id).limit(1)).first()


def get_request(id: int, by: User | None) -> AccessRequest:
    """A request for an executive and a person `by` may see, or NotFound."""
    executives, seen = _seen(by)
    wanted = (
        sa.select(AccessRequest)
        .join(Slot, Slot.id == AccessRequest.slot_id)
        .where(AccessRequest.id == id, Slot.executive_id.in_(executives), AccessRequest.person_id.in_(seen))
    )
    found = db.session.scalars(wanted.options(*_OF_REQUEST)).one_or_none()
    if found is None:
        raise NotFound(_("There is no such request, or it is not yours to see."))
    return found


def list_requests(
    by: User | None,
    *,
    executive: Executive | None = None,
    person: Person | None = None,
    state: RequestState | None = RequestState.OPEN,
    is_undecided: bool = False,
) -> Sequence[AccessRequest]:
    """Requests in order of the window and of asking; open ones unless asked otherwise.

    `is_undecided`: those kept waiting, too.
    """
    wanted = requests_matching(by, executive=executive, person=person, state=state, is_undecided=is_undecided)
    ordered = wanted.order_by(Slot.starts_at, Slot.id, AccessRequest.asked_at, AccessRequest.id)
    return db.session.scalars(ordered).all()


def requests_matching(
    by: User | None, *, executive: Executive | None = None, person: Person | None = None,
    state: RequestState | None = RequestState.OPEN, is_undecided: bool = False,
) -> sa.Select[AccessRequest]:  # fmt: skip
    """The same with window, person and who asked, in no order."""
    executives, seen = _seen(by)
    wanted = (
        sa.select(AccessRequest)
        .join(Slot, Slot.id == AccessRequest.slot_id)
        .where(Slot.executive_id.in_(executives), AccessRequest.person_id.in_(seen))
        .options(*_OF_REQUEST)
    )
    if executive is not None:
        wanted = wanted.where(Slot.executive_id == executive.id)
    if person is not None:
        wanted = wanted.where(AccessRequest.person_id.in_(people.records_of(person)))
    if is_undecided:
        wanted = wanted.where(AccessRequest.state.in_(UNDECIDED))
    elif state is not None:
        wanted = wanted.where(AccessRequest.state == state)
    return wanted


def rivals_of(request: AccessRequest) -> Sequence[AccessRequest]:
    """The other requests for the same window that are not decided, or kept waiting."""
    wanted = sa.select(AccessRequest).where(
        AccessRequest.slot_id == request.slot_id,
        AccessRequest.id != request.id,
        AccessRequest.state.in_(UNDECIDED),
    )
    return db.session.scalars(
        wanted.options(*_OF_REQUEST).order_by(AccessRequest.asked_at, AccessRequest.id)
    ).all()


def waiting_for(slot: Slot) -> AccessRequest | None:
    """The request that was kept waiting for a window, the first of them."""
    wanted = sa.select(AccessRequest).filter_by(slot_id=slot.id, state=RequestState.WAITING)
    return db.session.scalars(
        wanted.options(*_OF_REQUEST).order_by(AccessRequest.asked_at, AccessRequest.id).limit(1)
    ).first()


def waiting_at(slot: Slot) -> Sequence[AccessRequest]:
    """All requests for a window that are not decided, or kept waiting, in order of asking."""
    wanted = sa.select(AccessRequest).where(
        AccessRequest.slot_id == slot.id, AccessRequest.state.in_(UNDECIDED)
    )
    return db.session.scalars(
        wanted.options(*_OF_REQUEST).order_by(AccessRequest.asked_at, AccessRequest.id)
    ).all()


def open_request(slot: Slot, person: Person) -> AccessRequest | None:
    """The request of a person for a window that waits for a decision, if there is one."""
    wanted = sa.select(AccessRequest).filter_by(slot_id=slot.id, person_id=person.id)
    wanted = wanted.where(AccessRequest.state.in_(UNDECIDED))
    return db.session.scalars(wanted.order_by(AccessRequest.id).limit(1)).first()


def asker_of(meeting: Meeting) -> User | None:
    """Who asked for the meeting: the last accepted request of its person with its executive."""
    wanted = (
        sa.select(User)
        .join(AccessRequest, AccessRequest.asked_by_id == User.id)
        .join(Slot, Slot.id == AccessRequest.slot_id)
        .where(
            AccessRequest.person_id == meeting.person_id,
            AccessRequest.state == RequestState.ACCEPTED,
            Slot.executive_id == meeting.executive_id,
            Slot.event_id == meeting.event_id,
        )
        .order_by(AccessRequest.decided_at.desc(), AccessRequest.id.desc())
    )
    return db.session.scalars(wanted.limit(1)).first()


def question_of(meeting: Meeting) -> str:
    """What the person wanted to ask, from the request that was accepted."""
    wanted = (
        sa.select(AccessRequest.question)
        .join(Slot, Slot.id == AccessRequest.slot_id)
        .where(
            AccessRequest.person_id == meeting.person_id,
            AccessRequest.state == RequestState.ACCEPTED,
            Slot.executive_id == meeting.executive_id,
            Slot.event_id == meeting.event_id,
        )
        .order_by(AccessRequest.decided_at.desc(), AccessRequest.id.desc())
    )
    return db.session.scalar(wanted.limit(1)) or ""


def count_open_requests(by: User | None) -> int:
    """How many requests wait for a decision."""
    executives, _ = _seen(by)
    wanted = (
        sa.select(sa.func.count(AccessRequest.id))
        .join(Slot, Slot.id == AccessRequest.slot_id)
        .where(Slot.executive_id.in_(executives), AccessRequest.state == RequestState.OPEN)
    )
    return db.session.scalar(wanted) or 0


def get_meeting(id: int, by: User | None) -> Meeting:
    """A meeting of an executive and a person `by` may see, or NotFound."""
    executives, seen = _seen(by)
    wanted = sa.select(Meeting).where(
        Meeting.id == id, Meeting.executive_id.in_(executives), Meeting.person_id.in_(seen)
    )
    found = db.session.scalars(wanted.options(*_OF_MEETING)).one_or_none()
    if found is None:
        raise NotFound(_("There is no such meeting, or it is not yours to see."))
    return found


def list_meetings(
    by: User | None,
    *,
    executive: Executive | None = None,
    person: Person | None = None,
    event: Event | None = None,
    from_at: datetime | None = None,
    to_at: datetime | None = None,
    is_live: bool = False,
) -> Sequence[Meeting]:
    """Meetings in order of time, with person, event and window."""
    wanted = meetings_matching(
        by, executive=executive, person=person, event=event, from_at=from_at, to_at=to_at
    )
    if is_live:
        wanted = wanted.where(Meeting.state.in_(LIVE))
    return db.session.scalars(wanted.order_by(Meeting.starts_at, Meeting.id)).all()


def meetings_matching(
    by: User | None, *, executive: Executive | None = None, person: Person | None = None, event: Event | None = None,
    from_at: datetime | None = None, to_at: datetime | None = None,
) -> sa.Select[Meeting]:  # fmt: skip
    """The same, live or not, in no order."""
    executives, seen = _seen(by)
    wanted = sa.select(Meeting).where(Meeting.executive_id.in_(executives), Meeting.person_id.in_(seen))
    if executive is not None:
        wanted = wanted.where(Meeting.executive_id == executive.id)
    if person is not None:
        wanted = wanted.where(Meeting.person_id.in_(people.records_of(person)))
    if event is not None:
        wanted = wanted.where(Meeting.event_id == event.id)
    if from_at is not None:
        wanted = wanted.where(Meeting.ends_at > from_at)
    if to_at is not None:
        wanted = wanted.where(Meeting.starts_at < to_at)
    return wanted.options(*_OF_MEETING)


def live_meeting_of(slot: Slot) -> Meeting | None:
    """The meeting on the first taken chair of a window, if there is one."""
    return next(iter(live_meetings_of([slot.id]).get(slot.id, ())), None)


def live_meetings_of(slot_ids: Collection[int]) -> dict[int, list[Meeting]]:
    """The meetings that take each of these windows, by chair, in one query."""
    wanted = sa.select(Meeting).where(Meeting.slot_id.in_(slot_ids), Meeting.state.in_(LIVE))
    found: dict[int, list[Meeting]] = {}
    for row in db.session.scalars(wanted.options(*_OF_MEETING).order_by(Meeting.chair, Meeting.id)):
        found.setdefault(row.slot_id, []).append(row)
    return found


def spans_of_person(person_id: int, but: Meeting | None = None) -> list[Span]:
    """When a person is taken by meetings, and with whom."""
    wanted = sa.select(Meeting).where(Meeting.person_id == person_id, Meeting.state.in_(LIVE))
    rows = db.session.scalars(wanted.order_by(Meeting.starts_at, Meeting.id))
    return [span_of(row, row.executive.name) for row in rows if row is not but]


def invitation_state(event_id: int, person_id: int) -> InvitationState | None:
    """Where a person's invitation to an event stands."""
    return db.session.scalar(sa.select(Invitation.state).filter_by(event_id=event_id, person_id=person_id))


def list_askable(event: Event, by: User | None) -> Sequence[Person]:
    """The people time can be asked for at an event: invited and not declined, by name."""
    states = MAY_COME
    wanted = people.visible_to(by).join(Invitation, Invitation.person_id == Person.id)
    wanted = wanted.where(Invitation.event_id == event.id, Invitation.state.in_(states))
    return db.session.scalars(wanted.order_by(Person.sort_key, Person.id)).all()


def list_meetable(by: User | None) -> Sequence[Person]:
    """The people `by` may see who are invited to an event that is not over, by name."""
    wanted = people.visible_to(by).where(
        Person.id.in_(
            sa.select(Invitation.person_id)
            .join(Event, Event.id == Invitation.event_id)
            .where(Event.ends_at > clock.now(), Invitation.state.in_(MAY_COME))
        )
    )
    return db.session.scalars(wanted.order_by(Person.sort_key, Person.id)).all()


def list_assistants() -> Sequence[User]:
    """Users who keep calendars, by name."""
    wanted = sa.select(User).where(User.role == Role.ASSISTANT, User.is_active.is_(True))
    return db.session.scalars(wanted.order_by(User.name, User.id)).all()
