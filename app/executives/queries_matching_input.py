"""Reading everything a matching run needs, in a constant number of queries; no declared facet is among it (X2, X3, P7)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.core.db import db
from app.core.wall_times import day_in
from app.events import layers, presence
from app.events.layers import Layer, Window
from app.events.models import Event, Invitation, Session
from app.events.models_agenda import Appearance
from app.events.policies import MAY_COME
from app.events.presence import Presence
from app.executives import policies_access, queries_access
from app.executives.details_matching import MatchingDetails
from app.executives.matching import Host, Stretch, Why
from app.executives.matching_input import REQUEST_RANK, PersonFacts, RunFacts, SlotFacts, WishFacts, stretch
from app.executives.models import AccessRequest, Executive, Meeting, RequestState, Slot
from app.executives.models_access import (
    KeptApart,
    MeetingWish,
    ProtectedBreak,
    SlotHold,
    UndertakingKind,
    WishSide,
)
from app.executives.models_matching import MatchingMeeting
from app.executives.policies import LIVE
from app.executives.queries import visible_executives
from app.executives.queries_minutes import minutes_by_person
from app.people import queries as people
from app.people.models import Person
from app.programs.models import CohortMember, Enrolment

#: As good as for ever, around an event.
_LONG = timedelta(days=30)
_SIGNED = {UndertakingKind.NDA: Why.NO_NDA, UndertakingKind.EMBARGO: Why.NO_EMBARGO}


class _Read(Struct, frozen=True):
    """What is known before the people are looked at one by one."""

    event: Event
    executives: Sequence[Executive]
    slots: Sequence[Slot]
    meetings: Sequence[Meeting]
    details: MatchingDetails
    now: datetime

    @property
    def slot_ids(self) -> frozenset[int]:
        return frozenset(slot.id for slot in self.slots)

    @property
    def host_ids(self) -> frozenset[int]:
        return frozenset(one.id for one in self.executives)


def list_planned(event: Event, by: User | None, now: datetime) -> Sequence[Executive]:
    """The executives `by` may see who offer time at an event that lies ahead, or whom somebody there wishes to meet."""
    offered = sa.select(Slot.executive_id).where(
        Slot.event_id == event.id, Slot.withdrawn_at.is_(None), Slot.starts_at > now
    )
    wished = sa.select(MeetingWish.executive_id).where(MeetingWish.event_id == event.id)
    wanted = visible_executives(by).where(Executive.id.in_(offered.union(wished)))
    return db.session.scalars(wanted.order_by(Executive.name, Executive.id)).all()


def facts_of(
    event: Event, executive_ids: Collection[int], details: MatchingDetails, now: datetime, *, by: User | None,
    after_id: int | None = None,
) -> RunFacts:  # fmt: skip
    """The facts of a run over these executives, about the people `by` may see."""
    slots = _slots(event, executive_ids, now)
    executives = db.session.scalars(
        sa.select(Executive).where(Executive.id.in_(executive_ids)).order_by(Executive.id)
    ).all()
    read = _Read(event, executives, slots, _meetings(event, slots), details, now)
    wishes, pairs = _wishes(event, executive_ids)
    planned = {row.person_id for row in read.meetings if row.slot_id in read.slot_ids}
    coming = _coming(event, {person_id for person_id, _ in wishes} | planned, by)
    everybody = [person for person in coming if person[0].id in planned or person[1]]
    before = _before(after_id)
    return RunFacts(
        people=tuple(_people(read, [person for person, _ in everybody])), hosts=tuple(_hosts(read)),
        slots=tuple(_slot_facts(read)), wishes=tuple(wishes[pair] for pair in sorted(pairs)),
        apart=_apart(read), pinned=tuple(row[:3] for row in before if row[3]), proposed=tuple(row[:3] for row in before),
    )  # fmt: skip


# -- windows and meetings ------------------------------------------------------------------------------------


def _slots(event: Event, executive_ids: Collection[int], now: datetime) -> Sequence[Slot]:
    """Windows ahead, and those in which somebody is met whatever became of them."""
    agreed = sa.select(Meeting.slot_id).where(Meeting.event_id == event.id, Meeting.state.in_(LIVE))
    is_ahead = sa.and_(Slot.withdrawn_at.is_(None), Slot.starts_at > now)
    wanted = sa.select(Slot).where(
        Slot.event_id == event.id, Slot.executive_id.in_(executive_ids), sa.or_(is_ahead, Slot.id.in_(agreed))
    )
    return db.session.scalars(wanted.options(joinedload(Slot.room)).order_by(Slot.starts_at, Slot.id)).all()


def _meetings(event: Event, slots: Sequence[Slot]) -> Sequence[Meeting]:
    """Everything agreed in the days of these windows, here and elsewhere: people, executives and rooms are taken by it."""
    if not slots:
        return []
    first, last = min(one.starts_at for one in slots), max(one.ends_at for one in slots)
    wanted = sa.select(Meeting).where(
        Meeting.state.in_(LIVE),
        sa.or_(
            Meeting.event_id == event.id,
            sa.and_(
                Meeting.starts_at < last + timedelta(days=1), Meeting.ends_at > first - timedelta(days=1)
            ),
        ),
    )
    return db.session.scalars(wanted.order_by(Meeting.starts_at, Meeting.id)).all()


def _slot_facts(read: _Read) -> list[SlotFacts]:
    agreed: dict[int, dict[int, int]] = defaultdict(dict)
    for row in read.meetings:
        agreed[row.slot_id][row.chair] = row.person_id
    holds = queries_access.live_holds_of(read.slot_ids)
    held = {
        slot_id: tuple(one.person_id for one in ones if one.expires_at > read.now)
        for slot_id, ones in holds.items()
    }
    zone = ZoneInfo(read.event.zone)
    return [
        SlotFacts(
            slot.id, slot.executive_id, slot.starts_at, slot.ends_at, day_in(slot.starts_at, read.event.zone),
            slot.starts_at.astimezone(zone).hour, _place_of(slot), f"room {slot.room_id}" if slot.room_id else "",
            slot.capacity, slot.n_preparation_minutes, slot.n_wrap_up_minutes, agreed.get(slot.id, {}),
            held.get(slot.id, ()),
        )
        for slot in read.slots
    ]  # fmt: skip


def _place_of(slot: Slot) -> str:
    """Where one walks to: the building, where rooms have one."""
    return (slot.room.building or slot.room.name) if slot.room is not None else slot.place


# -- executives ----------------------------------------------------------------------------------------------


def _hosts(read: _Read) -> list[Host]:
    breaks = db.session.scalars(
        sa.select(ProtectedBreak).where(
            sa.or_(ProtectedBreak.executive_id.is_(None), ProtectedBreak.executive_id.in_(read.host_ids)),
            sa.or_(ProtectedBreak.event_id.is_(None), ProtectedBreak.event_id == read.event.id),
        )
    ).all()
    rooms = _rooms_taken(read)
    return [
        Host(
            one.id, one.n_most_a_day if one.n_most_a_day is not None else 99,
            one.n_most_in_a_row if one.n_most_in_a_row is not None else 99, one.n_pause_minutes, one.n_buffer_minutes,
            (
                *_breaks_of(one.id, read, breaks),
                *(stretch(row.starts_at, row.ends_at) for row in read.meetings if _is_elsewhere(row, one.id, read)),
                *(taken for slot in read.slots if slot.executive_id == one.id for taken in rooms.get(slot.id, ())),
            ),
        )
        for one in read.executives
    ]  # fmt: skip


def _is_elsewhere(row: Meeting, executive_id: int, read: _Read) -> bool:
    return row.executive_id == executive_id and row.slot_id not in read.slot_ids


def _breaks_of(executive_id: int, read: _Read, breaks: Iterable[ProtectedBreak]) -> list[Stretch]:
    """Protected wall times on each day of the executive's windows, on the clock of the window."""
    days = {
        (day_in(one.starts_at, one.zone), one.zone) for one in read.slots if one.executive_id == executive_id
    }
    return [
        stretch(
            datetime.combine(day, one.begins, ZoneInfo(zone)), datetime.combine(day, one.ends, ZoneInfo(zone))
        )
        for one in breaks
        if one.executive_id in (None, executive_id)
        for day, zone in sorted(days)
    ]


def _rooms_taken(read: _Read) -> dict[int, list[Stretch]]:
    """Windows whose room is taken by a session, or by a meeting that is not planned here."""
    rooms = {slot.room.id: slot.room for slot in read.slots if slot.room is not None}
    taken = queries_access.spans_in_rooms(read.event, rooms.values())
    return {
        slot.id: [
            stretch(slot.starts_at, slot.ends_at, Why.NO_ROOM)
            for slot_id, span in taken[slot.room_id]
            if slot_id not in read.slot_ids
            and span.starts_at < slot.ends_at
            and slot.starts_at < span.ends_at
        ]
        for slot in read.slots
        if slot.room_id is not None
    }


# -- people --------------------------------------------------------------------------------------------------


def _coming(event: Event, person_ids: Collection[int], by: User | None) -> list[tuple[Person, bool]]:
    """The people `by` may see among these, and whether their invitation still stands."""
    state = sa.select(Invitation.state).where(
        Invitation.event_id == event.id, Invitation.person_id == Person.id
    )
    wanted = people.visible_to(by).where(Person.id.in_(person_ids)).add_columns(state.scalar_subquery())
    return [(person, state in MAY_COME) for person, state in db.session.execute(wanted.order_by(Person.id))]


def _people(read: _Read, found: Sequence[Person]) -> list[PersonFacts]:
    ids = frozenset(person.id for person in found)
    tiers, with_goal = _weights(read, ids)
    minutes = minutes_by_person(year=read.event.starts_at.astimezone(ZoneInfo(read.event.zone)).year)
    busy = _busy(read, ids)
    return [
        PersonFacts(
            person.id, person.home_country or "", minutes.get(person.id, 0), tiers.get(person.id, 1), person.id in with_goal,
            tuple(busy[person.id]),
        )
        for person in found
    ]  # fmt: skip


def _weights(read: _Read, ids: Collection[int]) -> tuple[dict[int, int], set[int]]:
    """The tier of people in the cohorts that count more, and those enrolled for a goal that does."""
    tiers: dict[int, int] = {}
    cohorts = dict.fromkeys(read.details.second_cohort_ids, 2) | dict.fromkeys(
        read.details.first_cohort_ids, 3
    )
    members = sa.select(CohortMember.person_id, CohortMember.cohort_id).where(
        CohortMember.cohort_id.in_(cohorts),
        CohortMember.person_id.in_(ids),
        CohortMember.released_at.is_(None),
    )
    for person_id, cohort_id in db.session.execute(members):
        tiers[person_id] = max(tiers.get(person_id, 1), cohorts[cohort_id])
    enrolled = sa.select(Enrolment.person_id).where(
        Enrolment.goal_id.in_(read.details.goal_ids), Enrolment.person_id.in_(ids)
    )
    return tiers, set(db.session.scalars(enrolled))


def _busy(read: _Read, ids: frozenset[int]) -> dict[int, list[Stretch]]:
    """When each person cannot be met, the reasons that nobody can change first."""
    busy: dict[int, list[Stretch]] = {id: [] for id in ids}
    _add_unsigned(read, busy)
    for id, one in presence.presence_at(read.event, ids).items():
        busy[id] += _away(one, read)
    on_stage = sa.select(Appearance.person_id, Session).join(Session, Session.id == Appearance.session_id)
    on_stage = on_stage.where(
        Session.event_id == read.event.id, Appearance.person_id.in_(ids), Session.is_cancelled.is_(False)
    )
    for person_id, session in db.session.execute(on_stage.order_by(Session.starts_at, Session.id)):
        busy[person_id].append(
            stretch(session.starts_at, session.ends_at, place=session.place, words=session.title)
        )
    for row in read.meetings:
        if row.person_id in busy and row.slot_id not in read.slot_ids:
            busy[row.person_id].append(stretch(row.starts_at, row.ends_at, place=row.place))
    if read.slots and ids:
        window = Window(
            from_at=read.slots[0].starts_at - timedelta(days=1), to_at=max(one.ends_at for one in read.slots), by=None,
            person_ids=ids, zone=read.event.zone,
        )  # fmt: skip
        for entry in layers.list_entries(window, (Layer.BLOCKS,)):
            for who in entry.people:
                busy[who.id].append(stretch(entry.starts_at, entry.ends_at))
    return busy


def _away(one: Presence, read: _Read) -> list[Stretch]:
    """Before landing and the way from there, after a long flight, and before leaving."""
    details, away = read.details, []
    first, last = read.event.starts_at - _LONG, read.event.ends_at + _LONG
    if one.lands_at is not None:
        ready = one.lands_at + timedelta(minutes=details.landing_minutes)
        away.append(stretch(min(first, one.lands_at), ready, Why.NOT_THERE))
        if one.n_flight_minutes >= details.long_flight_hours * 60:
            rested = one.lands_at + timedelta(hours=details.jet_lag_hours)
            if rested > ready:
                away.append(stretch(ready, rested, Why.JET_LAG))
    if one.leaves_at is not None:
        goes = one.leaves_at - timedelta(minutes=details.leaving_minutes)
        away.append(stretch(goes, max(last, one.leaves_at), Why.NOT_THERE))
    return away


def _add_unsigned(read: _Read, busy: dict[int, list[Stretch]]) -> None:
    """Whole days for which somebody has not signed what the event asks for."""
    needed = queries_access.needed_by(queries_access.terms_of(read.event))
    if not needed:
        return
    signed = queries_access.signed_by(busy, read.event.id)
    for day, zone in sorted({(day_in(slot.starts_at, slot.zone), slot.zone) for slot in read.slots}):
        midnight, next_ = (datetime.combine(day + timedelta(days=n), time(), ZoneInfo(zone)) for n in (0, 1))
        for id, stretches in busy.items():
            missing = policies_access.missing_signatures(needed, signed.get(id, ()), day)
            stretches += [stretch(midnight, next_, _SIGNED[kind]) for kind in missing]


# -- wishes --------------------------------------------------------------------------------------------------


def _wishes(
    event: Event, executive_ids: Collection[int]
) -> tuple[dict[tuple[int, int], WishFacts], set[tuple[int, int]]]:
    """Wishes of both sides in one row per pair; an open request or a hold is a wish of the person, too."""
    ranks: dict[tuple[int, int], dict[WishSide, int]] = defaultdict(dict)
    must: set[tuple[int, int]] = set()
    for row in queries_access.list_wishes(event):
        pair = row.person_id, row.executive_id
        if row.executive_id not in executive_ids:
            continue
        ranks[pair][row.side] = row.rank
        if row.is_must:
            must.add(pair)
    at_event = Slot.event_id == event.id, Slot.executive_id.in_(executive_ids)
    asked = sa.select(AccessRequest.person_id, Slot.executive_id).join(Slot, Slot.id == AccessRequest.slot_id)
    asked = asked.where(*at_event, AccessRequest.state.in_((RequestState.OPEN, RequestState.WAITING)))
    held = sa.select(SlotHold.person_id, Slot.executive_id).join(Slot, Slot.id == SlotHold.slot_id)
    held = held.where(*at_event, SlotHold.ended_at.is_(None))
    for person_id, executive_id in db.session.execute(asked.union(held)):
        ranks[person_id, executive_id].setdefault(WishSide.PERSON, REQUEST_RANK)
    facts = {
        pair: WishFacts(*pair, sides.get(WishSide.PERSON), sides.get(WishSide.EXECUTIVE), pair in must)
        for pair, sides in ranks.items()
    }
    return facts, set(facts)


def _apart(read: _Read) -> frozenset[tuple[int, int]]:
    wanted = sa.select(KeptApart.person_id, KeptApart.executive_id).where(
        KeptApart.ended_at.is_(None),
        sa.or_(KeptApart.executive_id.is_(None), KeptApart.executive_id.in_(read.host_ids)),
    )
    return frozenset(
        (person_id, id)
        for person_id, executive_id in db.session.execute(wanted)
        for id in ([executive_id] if executive_id is not None else read.host_ids)
    )


def _before(after_id: int | None) -> list[tuple[int, int, int, bool]]:
    """What the run before proposed: slot, chair, person, and whether somebody wants it just so."""
    wanted = sa.select(
        MatchingMeeting.slot_id, MatchingMeeting.chair, MatchingMeeting.person_id, MatchingMeeting.is_pinned
    ).where(MatchingMeeting.run_id == after_id, MatchingMeeting.is_agreed.is_(False))
    if after_id is None:
        return []
    rows = db.session.execute(wanted.order_by(MatchingMeeting.id))
    return [(slot_id, chair, person_id, is_pinned) for slot_id, chair, person_id, is_pinned in rows]
