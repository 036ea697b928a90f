"""An event at its close: who came, what they were given, what was promised; one counting function per figure (J6, O6)."""

from collections.abc import Sequence
from statistics import median

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import selectinload

from app.accounts.models import User
from app.core.db import db
from app.core.money import Money
from app.events import queries, queries_promises, queries_respect, queries_tasks
from app.events.models import Event, Invitation
from app.events.policies import Funnel
from app.events.queries_promises import Promised
from app.events.queries_respect import Respect
from app.ledger.models import Category, Form, Leg, SharedCost, Unit
from app.ledger.queries import Scope, totals
from app.ledger.queries_totals import By
from app.programs.queries_spans import Span


class Spread(Struct, frozen=True):
    """How a number of units lies over people."""

    n_pieces: int
    n_people: int
    total: int
    least: int
    most: int
    middle: float


class Bill(Struct, frozen=True):
    """One shared bill of the event: who was to share it, and who did (L3)."""

    shared: SharedCost

    @property
    def guests(self) -> int:
        """Outside experts who took part."""
        return sum(head.took_part for head in self.shared.heads if head.person_id is not None)

    @property
    def booked(self) -> int:
        """Outside experts it was booked for."""
        return sum(head.person_id is not None for head in self.shared.heads)

    @property
    def hosts(self) -> int:
        """People of the house who took part."""
        return sum(
            head.took_part for head in self.shared.heads if head.person_id is None and not head.is_guest
        )

    @property
    def others(self) -> int:
        """Guests without a record who took part."""
        return sum(head.took_part for head in self.shared.heads if head.is_guest)


class GuestLine(Struct, frozen=True):
    """One guest at the close; amounts in minor units are kept as money."""

    invitation: Invitation
    non_cash: Money | None
    front_seats: int
    early_minutes: int
    executive_minutes: int
    meals: int

    @property
    def id(self) -> int:
        return self.invitation.id


class Close(Struct, frozen=True):
    """One page of an event that is over."""

    funnel: Funnel
    bills: Sequence[Bill]
    non_cash: Sequence[Money]
    cash: Sequence[Money]
    front_seats: int
    early_minutes: int
    minutes: Spread
    respect: Respect
    promised: Promised
    n_tasks: int
    lines: Sequence[GuestLine]

    @property
    def dinner(self) -> int:
        """Outside experts at the meals of the event, heads counted."""
        return sum(bill.guests for bill in self.bills if bill.shared.category is Category.MEAL)


def close_of(event: Event, by: User) -> Close:
    """Every figure of an event's close, each from the counting function its own page uses."""
    legs = totals([By.LEG], Scope(event_id=event.id))
    units = {row.keys["unit"]: row.quantity for row in totals([By.UNIT], access_scope(event))}
    bills = list_bills(event)
    return Close(
        funnel=queries.funnel(event, by), bills=bills,
        non_cash=[row.received for row in legs if row.keys["leg"] is Leg.NON_CASH],
        cash=[row.received for row in legs if row.keys["leg"] is Leg.CASH and row.reporting_minor],
        front_seats=units.get(Unit.FRONT_SEAT, 0), early_minutes=units.get(Unit.EARLY_MINUTE, 0),
        minutes=spread_of(event, Unit.EXECUTIVE_MINUTE), respect=queries_respect.respect_of(event, by),
        promised=queries_promises.promised_of(event, by), n_tasks=queries_tasks.count_open(event, by),
        lines=_lines(event, by, bills),
    )  # fmt: skip


def access_scope(event: Event, unit: Unit | None = None) -> Scope:
    """What is counted in units at an event, never priced (L4)."""
    return Scope(event_id=event.id, form=Form.ACCESS, unit=unit)


def spread_of(event: Event, unit: Unit) -> Spread:
    """How many units there were, and how they lie over those who got any."""
    rows = [row for row in totals([By.PERSON], access_scope(event, unit)) if row.quantity]
    amounts = [row.quantity for row in rows]
    if not amounts:
        return Spread(0, 0, 0, 0, 0, 0)
    n_pieces = sum(row.n for row in rows)
    return Spread(n_pieces, len(amounts), sum(amounts), min(amounts), max(amounts), median(amounts))


def list_bills(event: Event) -> list[Bill]:
    """The shared bills of an event with their heads, by day; two queries."""
    wanted = sa.select(SharedCost).where(SharedCost.event_id == event.id)
    ordered = wanted.order_by(SharedCost.value_on, SharedCost.id).options(selectinload(SharedCost.heads))
    return [Bill(shared) for shared in db.session.scalars(ordered)]


def _lines(event: Event, by: User, bills: Sequence[Bill]) -> list[GuestLine]:
    """Who accepted, each with what stands in the book for them; three sums, whatever the guests."""
    values = {
        row.keys["person"]: row.received
        for row in totals([By.PERSON], Scope(event_id=event.id, leg=Leg.NON_CASH))
    }
    counted = {
        (row.keys["person"], row.keys["unit"]): row.quantity
        for row in totals([By.PERSON, By.UNIT], access_scope(event))
    }
    meals: dict[int, int] = {}
    for bill in bills:
        if bill.shared.category is Category.MEAL:
            for head in bill.shared.heads:
                if head.took_part and head.person_id is not None:
                    meals[head.person_id] = meals.get(head.person_id, 0) + 1
    return [
        GuestLine(
            one, values.get(one.person_id), counted.get((one.person_id, Unit.FRONT_SEAT), 0),
            counted.get((one.person_id, Unit.EARLY_MINUTE), 0),
            counted.get((one.person_id, Unit.EXECUTIVE_MINUTE), 0), meals.get(one.person_id, 0),
        )
        for one in queries.list_accepted(event, by)
    ]  # fmt: skip


# -- which ---------------------------------------------------------------------------------------------------------


def list_latest(by: User | None, limit: int) -> Sequence[Event]:
    """Events by begin, the latest first, those to come among them."""
    wanted = queries.seen_events(by).order_by(Event.starts_at.desc(), Event.id.desc())
    return db.session.scalars(wanted.limit(limit)).all()


def list_in(span: Span) -> Sequence[Event]:
    """The events of a program that began in some days, by begin, those called off left out."""
    wanted = sa.select(Event).where(*span.instants(Event.starts_at), Event.is_cancelled.is_(False))
    if span.program_id is not None:
        wanted = wanted.where(Event.program_id == span.program_id)
    return db.session.scalars(wanted.order_by(Event.starts_at, Event.id)).all()
