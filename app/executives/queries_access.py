"""Reading what stands between a wish and a meeting: rooms, breaks, terms of an event, holds, signatures, wishes."""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.core.db import db
from app.core.errors import NotFound
from app.events.models import Event, Session
from app.executives import queries
from app.executives.models import Availability, Executive, Meeting, MeetingRoom, Slot
from app.executives.models_access import (
    AccessTerms,
    KeptApart,
    MeetingWish,
    ProtectedBreak,
    SlotHold,
    Undertaking,
    UndertakingKind,
)
from app.executives.policies import LIVE, Span
from app.people import queries as people
from app.people.models import Person

_OF_HOLD = (
    joinedload(SlotHold.person),
    joinedload(SlotHold.slot).joinedload(Slot.event),
    joinedload(SlotHold.request),
)


def terms_of(event: Event) -> AccessTerms:
    """What an event asks before somebody meets an executive; the usual terms, not stored, where nobody has said."""
    found = db.session.get(AccessTerms, event.id)
    return found or AccessTerms(event_id=event.id, needs_nda=False, needs_embargo=False, n_hold_hours=24)


def needed_by(terms: AccessTerms) -> list[UndertakingKind]:
    """The signatures these terms ask for."""
    asked = ((UndertakingKind.NDA, terms.needs_nda), (UndertakingKind.EMBARGO, terms.needs_embargo))
    return [kind for kind, is_needed in asked if is_needed]


def list_rooms(event: Event, *, is_retired: bool = False) -> Sequence[MeetingRoom]:
    """The rooms of an event for meetings, by name; those no longer used only when asked for."""
    wanted = sa.select(MeetingRoom).where(MeetingRoom.event_id == event.id)
    if not is_retired:
        wanted = wanted.where(MeetingRoom.is_retired.is_(False))
    return db.session.scalars(wanted.order_by(MeetingRoom.name, MeetingRoom.id)).all()


def get_room(id: int, event: Event) -> MeetingRoom:
    """A room of this event, or NotFound."""
    found = db.session.get(MeetingRoom, id)
    if found is None or found.event_id != event.id:
        raise NotFound(_("There is no such room at this event."), field="room_id")
    return found


def spans_in_rooms(
    event: Event, rooms: Collection[MeetingRoom], but: Meeting | None = None
) -> dict[int, list[tuple[int, Span]]]:
    """When each room is taken, with the slot (0 for a session) that takes it; two queries whatever the rooms."""
    names = {room.name: room.id for room in rooms}
    found: dict[int, list[tuple[int, Span]]] = {room.id: [] for room in rooms}
    wanted = sa.select(Meeting).where(Meeting.room_id.in_(found), Meeting.state.in_(LIVE))
    for row in db.session.scalars(wanted.options(joinedload(Meeting.person)).order_by(Meeting.id)):
        if row is not but and row.room_id is not None:
            who = _("%(executive)s and %(person)s", executive=row.executive.name, person=row.person.name)
            found[row.room_id].append((row.slot_id, Span(row.starts_at, row.ends_at, who)))
    held = sa.select(Session).where(
        Session.event_id == event.id, Session.place.in_(names), Session.is_cancelled.is_(False)
    )
    for one in db.session.scalars(held.order_by(Session.starts_at, Session.id)) if names else ():
        found[names[one.place]].append((0, Span(one.starts_at, one.ends_at, one.title)))
    return found


def breaks_of(executive: Executive, event_ids: Collection[int]) -> Sequence[ProtectedBreak]:
    """The breaks that protect an executive at these events: their own, and those of the events for everybody."""
    own = sa.and_(
        ProtectedBreak.executive_id == executive.id,
        sa.or_(ProtectedBreak.event_id.is_(None), ProtectedBreak.event_id.in_(event_ids)),
    )
    all_ = sa.and_(ProtectedBreak.executive_id.is_(None), ProtectedBreak.event_id.in_(event_ids))
    wanted = sa.select(ProtectedBreak).where(sa.or_(own, all_))
    return db.session.scalars(wanted.order_by(ProtectedBreak.begins, ProtectedBreak.id)).all()


def own_breaks_of(executive: Executive) -> Sequence[ProtectedBreak]:
    """An executive's own breaks, at every event or at one."""
    wanted = sa.select(ProtectedBreak).where(ProtectedBreak.executive_id == executive.id)
    return db.session.scalars(wanted.order_by(ProtectedBreak.begins, ProtectedBreak.id)).all()


def get_break(id: int, executive: Executive) -> ProtectedBreak:
    """A break of this executive's, or NotFound."""
    found = db.session.get(ProtectedBreak, id)
    if found is None or found.executive_id != executive.id:
        raise NotFound(_("There is no such break."))
    return found


def list_availability(executive: Executive, event: Event) -> Sequence[Availability]:
    """The stretches an executive offers at an event, in order of time."""
    wanted = sa.select(Availability).where(
        Availability.executive_id == executive.id, Availability.event_id == event.id,
        Availability.withdrawn_at.is_(None),
    )  # fmt: skip
    return db.session.scalars(
        wanted.options(joinedload(Availability.room)).order_by(Availability.starts_at, Availability.id)
    ).all()


def get_availability(id: int, by: User | None) -> Availability:
    """A stretch of an executive `by` may see, or NotFound."""
    found = db.session.get(Availability, id, options=(joinedload(Availability.event),))
    if found is None or found.withdrawn_at is not None:
        raise NotFound(_("There is no such stretch, or it was withdrawn."))
    queries.get_executive(found.executive_id, by)
    return found


# -- people ------------------------------------------------------------------------------------------


def kept_apart(person: Person, executive_id: int) -> KeptApart | None:
    """Why a person does not meet an executive, if somebody has written that down."""
    wanted = sa.select(KeptApart).where(
        KeptApart.person_id.in_(people.records_of(person)), KeptApart.ended_at.is_(None),
        sa.or_(KeptApart.executive_id == executive_id, KeptApart.executive_id.is_(None)),
    )  # fmt: skip
    return db.session.scalars(wanted.order_by(KeptApart.id).limit(1)).first()


def list_kept_apart(executive: Executive, by: User | None) -> Sequence[KeptApart]:
    """Whom an executive does not meet, of the people `by` may see."""
    seen = people.visible_to(by).with_only_columns(Person.id)
    wanted = sa.select(KeptApart).join(Person, Person.id == KeptApart.person_id)
    wanted = wanted.where(
        sa.or_(KeptApart.executive_id == executive.id, KeptApart.executive_id.is_(None)),
        KeptApart.ended_at.is_(None), sa.func.coalesce(Person.merged_into_id, Person.id).in_(seen),
    )  # fmt: skip
    return db.session.scalars(
        wanted.options(joinedload(KeptApart.person), joinedload(KeptApart.made_by)).order_by(KeptApart.id)
    ).all()


def signed_by(person_ids: Collection[int], event_id: int) -> dict[int, list[Undertaking]]:
    """What each of these people has signed that holds at an event; by the number of the record that signed."""
    wanted = sa.select(Undertaking).where(
        Undertaking.person_id.in_(person_ids), Undertaking.revoked_at.is_(None),
        sa.or_(Undertaking.event_id == event_id, Undertaking.event_id.is_(None)),
    )  # fmt: skip
    found: dict[int, list[Undertaking]] = {}
    for row in db.session.scalars(wanted.order_by(Undertaking.signed_on, Undertaking.id)):
        found.setdefault(row.person_id, []).append(row)
    return found


def signatures_of(person: Person, event_id: int) -> list[Undertaking]:
    """What a person has signed, under any record of theirs, that holds at an event."""
    ids = db.session.scalars(people.records_of(person)).all()
    return [row for rows in signed_by(ids, event_id).values() for row in rows]


def list_wishes(event: Event, executive: Executive | None = None) -> Sequence[MeetingWish]:
    """Ranked wishes of both sides at an event, the most wished first."""
    wanted = sa.select(MeetingWish).where(MeetingWish.event_id == event.id)
    if executive is not None:
        wanted = wanted.where(MeetingWish.executive_id == executive.id)
    return db.session.scalars(
        wanted.options(joinedload(MeetingWish.person), joinedload(MeetingWish.executive)).order_by(
            MeetingWish.rank, MeetingWish.side, MeetingWish.id
        )
    ).all()


def list_seen_wishes(event: Event, by: User | None) -> Sequence[MeetingWish]:
    """The wishes at an event about executives and people `by` may see, by executive and rank."""
    wanted = _seen_wishes(by).where(MeetingWish.event_id == event.id)
    return db.session.scalars(
        wanted.order_by(MeetingWish.executive_id, MeetingWish.side, MeetingWish.rank, MeetingWish.id)
    ).all()


def get_wish(id: int, by: User | None) -> MeetingWish:
    """A wish about an executive and a person `by` may see, or NotFound."""
    found = db.session.scalars(_seen_wishes(by).where(MeetingWish.id == id)).one_or_none()
    if found is None:
        raise NotFound(_("There is no such wish."))
    return found


def _seen_wishes(by: User | None) -> sa.Select[MeetingWish]:
    seen = people.visible_to(by).with_only_columns(Person.id)
    wanted = sa.select(MeetingWish).join(Person, Person.id == MeetingWish.person_id)
    wanted = wanted.where(
        MeetingWish.executive_id.in_(queries.visible_executives(by).with_only_columns(Executive.id)),
        sa.func.coalesce(Person.merged_into_id, Person.id).in_(seen),
    )
    return wanted.options(joinedload(MeetingWish.person), joinedload(MeetingWish.executive))


def get_apart(id: int, executive: Executive, by: User | None) -> KeptApart:
    """A pair of this executive's that is kept apart, of a person `by` may see; else NotFound."""
    found = next((one for one in list_kept_apart(executive, by) if one.id == id), None)
    if found is None:
        raise NotFound(_("There is no such pair."))
    return found


def list_signatures(person: Person) -> Sequence[Undertaking]:
    """What a person has signed, the latest first; what was revoked, too."""
    wanted = sa.select(Undertaking).where(Undertaking.person_id.in_(people.records_of(person)))
    return db.session.scalars(
        wanted.options(joinedload(Undertaking.event), joinedload(Undertaking.made_by)).order_by(
            Undertaking.signed_on.desc(), Undertaking.id.desc()
        )
    ).all()


def get_signature(id: int, by: User | None) -> Undertaking:
    """What somebody `by` may see has signed and not revoked; else NotFound."""
    found = db.session.get(Undertaking, id)
    if found is None or found.revoked_at is not None:
        raise NotFound(_("There is no such signature."))
    people.get_person(found.person_id, by)
    return found


# -- holds -------------------------------------------------------------------------------------------


def live_holds_of(slot_ids: Collection[int]) -> dict[int, list[SlotHold]]:
    """The holds on each of these slots that have not ended; one that is due has not, until it is noted."""
    wanted = sa.select(SlotHold).where(SlotHold.slot_id.in_(slot_ids), SlotHold.ended_at.is_(None))
    found: dict[int, list[SlotHold]] = {}
    for row in db.session.scalars(wanted.options(*_OF_HOLD).order_by(SlotHold.id)):
        found.setdefault(row.slot_id, []).append(row)
    return found


def get_hold(id: int, by: User | None) -> SlotHold:
    """A hold on a slot of an executive `by` may see, or NotFound."""
    found = db.session.get(SlotHold, id, options=_OF_HOLD)
    if found is None:
        raise NotFound(_("There is no such hold."))
    queries.get_slot(found.slot_id, by)
    return found


def due_holds(now: datetime, limit: int) -> Sequence[int]:
    """The numbers of holds whose time is over."""
    wanted = sa.select(SlotHold.id).where(SlotHold.ended_at.is_(None), SlotHold.expires_at <= now)
    return db.session.scalars(wanted.order_by(SlotHold.expires_at, SlotHold.id).limit(limit)).all()
