"""What an assistant sees of a request and of a calendar: cards, the grid of windows, counts; no amount, no private note."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.core.db import db
from app.core.wall_times import day_in
from app.events.models import Event
from app.executives.models import AccessRequest, Executive, Meeting, MeetingState, RequestState, Slot
from app.executives.models_access import SlotHold, UndertakingKind
from app.executives.policies import LIVE, span_of, span_words
from app.executives.policies_access import missing_signatures
from app.executives.queries import list_executives, list_requests, live_meetings_of, visible_executives
from app.executives.queries_access import live_holds_of, needed_by, signed_by, terms_of
from app.executives.queries_minutes import minutes_by_person
from app.people.models import Person
from app.programs.models import Enrolment


class Card(Struct, frozen=True):
    """A request as it is decided: who, for which goal, the question, minutes this year, rivals for the same window."""

    request: AccessRequest
    goal: str
    n_minutes: int
    n_rivals: int
    #: What the event asks to be signed, and what of it is missing.
    needed: Sequence[UndertakingKind] = ()
    missing: Sequence[UndertakingKind] = ()
    #: The slot is held for them until then.
    hold: SlotHold | None = None

    @property
    def slot(self) -> Slot:
        return self.request.slot

    @property
    def person(self) -> Person:
        return self.request.person

    @property
    def window(self) -> str:
        """The heading under which requests for the same window stand together."""
        return f"{span_words(span_of(self.slot), self.slot.zone)} · {self.slot.event.name}"


def cards(requests: Collection[AccessRequest], year: int) -> list[Card]:
    """The cards of requests; a fixed number of queries for each event, whatever their number."""
    minutes = minutes_by_person(year=year)
    goals, signed = _goals(requests), _signatures(requests)
    holds = live_holds_of({request.slot_id for request in requests})
    per_slot: dict[int, int] = {}
    for request in requests:
        per_slot[request.slot_id] = per_slot.get(request.slot_id, 0) + 1
    return [
        Card(
            request, goals.get((request.slot.event.program_id, request.person_id), ""),
            minutes.get(request.person.merged_into_id or request.person_id, 0), per_slot[request.slot_id] - 1,
            *signed[request.id],
            next((one for one in holds.get(request.slot_id, ()) if one.person_id == request.person_id), None),
        )
        for request in requests
    ]  # fmt: skip


def card_of(request: AccessRequest, by: User | None, year: int) -> Card:
    """The card of one request, its rivals among the open ones counted."""
    waiting = [
        row
        for row in list_requests(by, executive=request.slot.executive, is_undecided=True)
        if row.slot_id == request.slot_id
    ]
    return next(
        (card for card in cards(waiting, year) if card.request.id == request.id), Card(request, "", 0, 0)
    )


def _signatures(
    requests: Collection[AccessRequest],
) -> dict[int, tuple[list[UndertakingKind], list[UndertakingKind]]]:
    """By request: what its event asks to be signed, and what is missing on the day of the slot."""
    found: dict[int, tuple[list[UndertakingKind], list[UndertakingKind]]] = {}
    for event in {request.slot.event for request in requests}:
        own = [request for request in requests if request.slot.event is event]
        needed = needed_by(terms_of(event))
        signed = signed_by({request.person_id for request in own}, event.id) if needed else {}
        for one in own:
            on = day_in(one.slot.starts_at, one.slot.zone)
            found[one.id] = needed, missing_signatures(needed, signed.get(one.person_id, ()), on)
    return found


def _goals(requests: Collection[AccessRequest]) -> dict[tuple[int, int], str]:
    wanted = sa.select(Enrolment).where(Enrolment.person_id.in_({request.person_id for request in requests}))
    found = db.session.scalars(wanted.options(joinedload(Enrolment.goal)))
    return {(row.program_id, row.person_id): row.goal.statement for row in found}


class Cell(Struct, frozen=True):
    """One window in the grid: free with so many requests, held, or taken by meetings."""

    slot: Slot
    meetings: Sequence[Meeting]
    n_requests: int
    held_for: Sequence[Person]

    @property
    def is_full(self) -> bool:
        """Taken, or held for somebody, on every chair."""
        return len(self.meetings) + len(self.held_for) >= self.slot.capacity


class GridRow(Struct, frozen=True):
    """One line of the grid: a wall time, and the window that begins then on each day."""

    at: time
    cells: dict[date, Cell]

    @property
    def id(self) -> str:
        return f"{self.at:%H%M}"


class Grid(Struct, frozen=True):
    """The windows of an executive at an event: days across, times down, on the clock of the event."""

    days: Sequence[date]
    rows: Sequence[GridRow]
    n_free: int


def grid_of(slots: Sequence[Slot], requests: Collection[AccessRequest], zone: str) -> Grid:
    """Lay windows out by day and time; two queries, for the meetings and the holds."""
    ids = [slot.id for slot in slots]
    meetings, holds = live_meetings_of(ids), live_holds_of(ids)
    waiting: dict[int, int] = {}
    for request in requests:
        waiting[request.slot_id] = waiting.get(request.slot_id, 0) + 1
    rows: dict[time, dict[date, Cell]] = {}
    for slot in slots:
        wall = slot.starts_at.astimezone(ZoneInfo(zone))
        cell = Cell(
            slot,
            meetings.get(slot.id, []),
            waiting.get(slot.id, 0),
            [one.person for one in holds.get(slot.id, ())],
        )
        rows.setdefault(wall.time(), {})[wall.date()] = cell
    days = sorted({day_in(slot.starts_at, zone) for slot in slots})
    lines = [GridRow(at, cells) for at, cells in sorted(rows.items())]
    return Grid(days, lines, sum(1 for slot in slots if len(meetings.get(slot.id, ())) < slot.capacity))


class ExecutiveRow(Struct, frozen=True):
    """One line of the list of executives."""

    executive: Executive
    n_requests: int
    n_free: int
    next_meeting: datetime | None
    next_zone: str

    @property
    def id(self) -> int:
        return self.executive.id

    @property
    def name(self) -> str:
        return self.executive.name


def list_rows(by: User | None, now: datetime) -> list[ExecutiveRow]:
    """Executives with what waits for a decision, what is free, and the next meeting; four queries whatever the rows."""
    requests = _counts(
        sa.select(Slot.executive_id, sa.func.count(AccessRequest.id))
        .join(AccessRequest, AccessRequest.slot_id == Slot.id)
        .where(AccessRequest.state == RequestState.OPEN)
        .group_by(Slot.executive_id)
    )
    taken = sa.select(Meeting.slot_id).where(Meeting.state.in_(LIVE))
    free = _counts(
        sa.select(Slot.executive_id, sa.func.count(Slot.id))
        .where(Slot.withdrawn_at.is_(None), Slot.starts_at > now, Slot.id.not_in(taken))
        .group_by(Slot.executive_id)
    )
    ahead = _next_meetings(by, now)
    rows = []
    for executive in list_executives(by):
        meeting = ahead.get(executive.id)
        rows.append(
            ExecutiveRow(
                executive, requests.get(executive.id, 0), free.get(executive.id, 0),
                meeting.starts_at if meeting else None, meeting.zone if meeting else "",
            )
        )  # fmt: skip
    return rows


def _counts(wanted: sa.Select[int, int]) -> dict[int, int]:
    return {row[0]: row[1] for row in db.session.execute(wanted)}


def _next_meetings(by: User | None, now: datetime) -> dict[int, Meeting]:
    """The next agreed meeting of each executive."""
    wanted = (
        sa.select(Meeting)
        .where(
            Meeting.executive_id.in_(visible_executives(by).with_only_columns(Executive.id)),
            Meeting.state == MeetingState.CONFIRMED,
            Meeting.ends_at > now,
        )
        .order_by(Meeting.starts_at.desc(), Meeting.id.desc())
    )
    return {meeting.executive_id: meeting for meeting in db.session.scalars(wanted)}


def events_of(executive: Executive) -> Sequence[Event]:
    """The events at which an executive offers or offered time, the latest first."""
    wanted = sa.select(Event).where(
        Event.id.in_(sa.select(Slot.event_id).where(Slot.executive_id == executive.id))
    )
    return db.session.scalars(wanted.order_by(Event.starts_at.desc(), Event.id.desc())).all()
