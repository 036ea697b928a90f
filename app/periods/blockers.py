"""What is in the way of closing a period: each room says it about its own; the list leads to each thing (L12, c40)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.core import clock
from app.core.db import db
from app.ledger import queries as ledger
from app.ledger.models import (
    Basis,
    Commitment,
    CommitmentStage,
    Entry,
    ExceptionState,
    RuleException,
    Subject,
)
from app.ledger.models_limits import PROMISE
from app.ledger.queries import Scope
from app.ledger.queries_totals import is_not_taken_back
from app.people.models import Person
from app.periods import policies

#: A list of more is not read; the number says the rest.
MOST = 50


@dataclass(frozen=True, slots=True)
class Blocker:
    """One thing to put right first; `endpoint` is the page where that is done."""

    words: str
    endpoint: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of thing that must not be left: how it is headed, and what is left of it."""

    key: str
    label: str
    found: Sequence[Blocker]

    @property
    def is_clear(self) -> bool:
        return not self.found


#: First and last day -> what of it is in the way.
Finder = Callable[[date, date], Sequence[Blocker]]

_finders: dict[str, tuple[str, Finder]] = {}


def register(key: str, label: str, find: Finder) -> None:
    """Let a room say what of its own must not be left when a period closes; the same key again replaces it."""
    _finders[key] = (label, find)


def unregister(key: str) -> None:
    """Take a kind out of the list again."""
    _finders.pop(key, None)


def checks(from_on: date, to_on: date) -> list[Check]:
    """Every kind of thing that must not be left, with what is left of it, in the order the rooms came."""
    return [Check(key, label, find(from_on, to_on)) for key, (label, find) in _finders.items()]


def left_over(from_on: date, to_on: date) -> list[Check]:
    """The kinds of which something is left."""
    return [check for check in checks(from_on, to_on) if not check.is_clear]


# -- what the book itself knows ----------------------------------------------------------------------


def _estimates(from_on: date, to_on: date) -> list[Blocker]:
    """An estimate is replaced by what it was before anybody signs it."""
    wanted = (
        sa.select(Entry.seq, Entry.value_on, Entry.category, Person.name)
        .outerjoin(Subject, Subject.id == Entry.subject_id)
        .outerjoin(Person, Person.id == Subject.person_id)
        .where(
            Entry.basis == Basis.ESTIMATE,
            Entry.kind.in_(policies.LINES),
            Entry.is_declined.is_(False),
            Entry.value_on.between(from_on, to_on),
            is_not_taken_back(),
        )
        .order_by(Entry.seq)
        .limit(MOST)
    )
    return [
        Blocker(
            f"Entry {seq}, {_what(category)} of {name or 'an erased person'}, {on:%-d %b %Y}",
            "ledger.show",
            {"id": seq},
        )
        for seq, on, category, name in db.session.execute(wanted)
    ]


def _exceptions(_from_on: date, to_on: date) -> list[Blocker]:
    """A question that was asked before the period ended is answered before it closes."""
    wanted = (
        sa.select(RuleException)
        .where(
            RuleException.state == ExceptionState.ASKED, RuleException.asked_at < clock.end_of(to_on, "UTC")
        )
        .options(joinedload(RuleException.person))
        .order_by(RuleException.id)
        .limit(MOST)
    )
    return [
        Blocker(
            f"Exception for {one.person.name}, asked on {one.asked_at:%-d %b %Y}",
            "ledger.exceptions.show",
            {"id": one.id},
        )
        for one in db.session.scalars(wanted)
    ]


def _unsettled(from_on: date, to_on: date) -> list[Blocker]:
    """What was booked or planned for these days was either given or called off."""
    wanted = (
        sa.select(Commitment)
        .where(
            Commitment.stage.in_((CommitmentStage.PLANNED, CommitmentStage.COMMITTED)),
            Commitment.expected_on.between(from_on, to_on),
            Commitment.source_part.not_like(f"{PROMISE}%"),  # what became of it has lines of its own
        )
        .options(joinedload(Commitment.person))
        .order_by(Commitment.expected_on, Commitment.id)
        .limit(MOST)
    )
    return [
        Blocker(
            f"{_what(one.category).capitalize()} for {one.person.name}, expected on {one.expected_on:%-d %b %Y}",
            f"{one.source_kind}.show", {"id": one.source_id},
        )
        for one in db.session.scalars(wanted)
    ]  # fmt: skip


def _receipts(from_on: date, to_on: date) -> list[Blocker]:
    """What needs a receipt has one before the figures are signed."""
    found = ledger.entries_without_receipt(Scope(from_on=from_on, to_on=to_on))
    return [_of_entry(entry, f"given on {entry.value_on:%-d %b %Y}") for entry in found[:MOST]]


def _loans(from_on: date, to_on: date) -> list[Blocker]:
    """A lent thing that was not given back in time is written off or became a gift before anybody signs."""
    found = ledger.loans_overdue(clock.today("UTC"), Scope(from_on=from_on, to_on=to_on))
    return [_of_entry(loan.entry, f"due back on {loan.due_on:%-d %b %Y}") for loan in found[:MOST]]


def _of_entry(entry: Entry, said: str) -> Blocker:
    person = entry.subject.person if entry.subject else None
    words = f"Entry {entry.seq}, {_what(entry.category)} of {person.name if person else 'an erased person'}, {said}"
    return Blocker(words, "ledger.show", {"id": entry.seq})


def _what(category: Any) -> str:
    return str(getattr(category, "value", category)).replace("_", " ")


register("estimates", "Estimates to replace", _estimates)
register("exceptions", "Exceptions nobody has decided", _exceptions)
register("unsettled", "Booked value that was neither given nor called off", _unsettled)
register("receipts", "Missing receipts", _receipts)
register("loans", "Overdue loans", _loans)
