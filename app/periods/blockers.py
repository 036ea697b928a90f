"""What is in the way of closing a period: each room says it about its own; the list leads to each thing (L12, c40)."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct, field
from sqlalchemy.orm import joinedload

from app.core import clock, i18n
from app.core.db import db
from app.core.i18n import day, marked
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


class Blocker(Struct, frozen=True):
    """One thing to put right first; `endpoint` is the page where that is done."""

    words: str
    endpoint: str
    arguments: dict[str, Any] = field(default_factory=dict)


class Check(Struct, frozen=True):
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
            _(
                "Entry %(seq)s, %(category)s of %(person)s, %(on)s",
                seq=seq,
                category=_what(category),
                person=name or _("an erased person"),
                on=day(on) if on else "",
            ),
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
            _(
                "Exception for %(person)s, asked on %(asked_at)s",
                person=one.person.name,
                asked_at=day(one.asked_at),
            ),
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
            _(
                "%(category)s for %(person)s, expected on %(expected_on)s",
                category=i18n.words(one.category),
                person=one.person.name,
                expected_on=day(one.expected_on),
            ),
            f"{one.source_kind}.show",
            {"id": one.source_id},
        )
        for one in db.session.scalars(wanted)
    ]


def _receipts(from_on: date, to_on: date) -> list[Blocker]:
    """What needs a receipt has one before the figures are signed."""
    found = ledger.entries_without_receipt(Scope(from_on=from_on, to_on=to_on))
    return [
        _of_entry(entry, _("given on %(value_on)s", value_on=day(entry.value_on) if entry.value_on else ""))
        for entry in found[:MOST]
    ]


def _loans(from_on: date, to_on: date) -> list[Blocker]:
    """A lent thing that was not given back in time is written off or became a gift before anybody signs."""
    found = ledger.loans_overdue(clock.today("UTC"), Scope(from_on=from_on, to_on=to_on))
    return [
        _of_entry(loan.entry, _("due back on %(due_on)s", due_on=day(loan.due_on))) for loan in found[:MOST]
    ]


def _of_entry(entry: Entry, said: str) -> Blocker:
    person = entry.subject.person if entry.subject else None
    name = person.name if person else _("an erased person")
    words = _(
        "Entry %(seq)s, %(what)s of %(person)s, %(said)s",
        seq=entry.seq, what=_what(entry.category), person=name, said=said,
    )  # fmt: skip
    return Blocker(words, "ledger.show", {"id": entry.seq})


def _what(category: Any) -> str:
    said = i18n.words(getattr(category, "value", category))
    return said[:1].lower() + said[1:]


register("estimates", marked("Estimates to replace"), _estimates)
register("exceptions", marked("Exceptions nobody has decided"), _exceptions)
register("unsettled", marked("Booked value that was neither given nor called off"), _unsettled)
register("receipts", marked("Missing receipts"), _receipts)
register("loans", marked("Overdue loans"), _loans)
