"""Reads of disputes and confirmations: whose line it is, what was said about it, what waits for whom."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm import joinedload

from app.core.db import db
from app.core.errors import NotFound
from app.ledger import queries_corrections
from app.ledger.models import Entry, Subject
from app.ledger.queries_totals import is_not_taken_back, subject_ids
from app.people.models import Person
from app.periods import policies
from app.periods.models import RESOLVED, WAITING, Confirmation, Dispute, DisputeChange, DisputeState, Period
from app.programs.queries_spans import EVERYTHING, Span

N_PER_PAGE = 50


def own_line(person: Person, seq: int) -> Entry:
    """A line of this person, or of a record merged into theirs; NotFound for every other, there or not (c38)."""
    wanted = sa.select(Entry).where(
        Entry.seq == seq, Entry.subject_id.in_(subject_ids(person.id)), Entry.category.is_not(None)
    )
    found = db.session.scalars(wanted.options(joinedload(Entry.subject))).one_or_none()
    if found is None:
        raise policies.no_such_line()
    return found


def is_taken_back(entry: Entry) -> bool:
    """Whether a later line takes this one back."""
    return db.session.scalar(sa.select(Entry.seq).where(Entry.reverses == entry.seq)) is not None


def person_of(entry: Entry) -> Person | None:
    """The person a line is about, as they are known today; None when they were erased."""
    subject = db.session.get(Subject, entry.subject_id) if entry.subject_id else None
    if subject is None or subject.person is None or subject.wrapped_key is None:
        return None
    found = subject.person
    return db.session.get(Person, found.merged_into_id) if found.merged_into_id else found


def of_line(seq: int) -> Sequence[Dispute]:
    """What was said against a line, the earliest first."""
    wanted = sa.select(Dispute).where(Dispute.entry_seq == seq).order_by(Dispute.id)
    return db.session.scalars(wanted).unique().all()


def is_theirs(person: Person, dispute: Dispute) -> bool:
    """Whether a person opened a dispute, under this record or one merged into it."""
    return dispute.person_id == person.id or dispute.person.merged_into_id == person.id


def confirmation_of(seq: int) -> Confirmation | None:
    """Whether the person said that a line is right."""
    return db.session.scalars(sa.select(Confirmation).filter_by(entry_seq=seq)).one_or_none()


def get_dispute(id: int) -> Dispute:
    """The dispute with this number, or NotFound."""
    found = db.session.scalars(sa.select(Dispute).where(Dispute.id == id)).unique().one_or_none()
    if found is None:
        raise NotFound(_("There is no such dispute."))
    return found


def changes_of(dispute: Dispute) -> Sequence[DisputeChange]:
    """The lines a dispute changed."""
    wanted = sa.select(DisputeChange).where(DisputeChange.dispute_id == dispute.id)
    return db.session.scalars(wanted.order_by(DisputeChange.id)).all()


class DisputeCount(Struct, frozen=True):
    """Disputes of some days: opened, decided, taken back by the person, waiting; days from opening to decision."""

    n_opened: int
    n_resolved: int
    n_withdrawn: int
    #: Of each decided one, from its day to the day of the decision, the shortest first.
    n_days: tuple[int, ...]

    @property
    def n_waiting(self) -> int:
        return self.n_opened - self.n_resolved - self.n_withdrawn


def count_disputes(span: Span = EVERYTHING) -> DisputeCount:
    """THE count of disputes, for screens and reports (L13, O1, J9.3)."""
    wanted = sa.select(Dispute.state, Dispute.opened_at, Dispute.closed_at).where(*disputes_in(span))
    rows = db.session.execute(wanted).all()
    closed = [row for row in rows if row.closed_at and (span.as_of is None or row.closed_at <= span.as_of)]
    days = [(row.closed_at.date() - row.opened_at.date()).days for row in closed if row.state in RESOLVED]
    n_withdrawn = sum(row.state is DisputeState.WITHDRAWN for row in closed)
    return DisputeCount(len(rows), len(days), n_withdrawn, tuple(sorted(days)))


def count_disputes_of(person: Person, as_of: datetime | None = None) -> int:
    """How many lines a person ever disputed, or had by an instant, under this record or one merged into it (O1)."""
    whose = sa.or_(Person.id == person.id, Person.merged_into_id == person.id)
    wanted = sa.select(sa.func.count(Dispute.id)).join(Person, Person.id == Dispute.person_id).where(whose)
    return db.session.scalar(wanted.where(*Span(as_of=as_of).known(Dispute.opened_at))) or 0


def list_disputes_in(span: Span, *, is_resolved: bool = False) -> Sequence[Dispute]:
    """The disputes behind these figures, by their day; only the decided ones, or all."""
    wanted = sa.select(Dispute).where(*disputes_in(span))
    if is_resolved:
        wanted = wanted.where(Dispute.state.in_(RESOLVED), *span.known(Dispute.closed_at))
    return db.session.scalars(wanted.order_by(Dispute.due_on, Dispute.id).limit(200)).unique().all()


def disputes_in(span: Span) -> list[sa.ColumnElement[bool]]:
    """In whose list a dispute stands: that of its line's days, or of the days it came late."""
    found = [*span.days(Dispute.listed_on), *span.known(Dispute.opened_at)]
    if span.program_id is None:
        return found
    # Asked of each dispute: disputes are few, entries of a program may be a million.
    of_program = sa.exists().where(Entry.seq == Dispute.entry_seq, Entry.program_id == span.program_id)
    return [*found, of_program.correlate(Dispute)]


def list_disputes(
    period: Period | None = None, state: DisputeState | None = None, *, is_waiting: bool = False
) -> Sequence[Dispute]:
    """Disputes of a period's list, or all; those that wait first, by their day; at most 200."""
    wanted = sa.select(Dispute)
    if period is not None:
        wanted = wanted.where(Dispute.listed_on.between(period.from_on, period.to_on))
    if state is not None:
        wanted = wanted.where(Dispute.state == state)
    if is_waiting:
        wanted = wanted.where(Dispute.state.in_(WAITING))
    first = sa.case((Dispute.state.in_(WAITING), 0), else_=1)
    return db.session.scalars(wanted.order_by(first, Dispute.due_on, Dispute.id).limit(200)).unique().all()


def count_overdue(today: date) -> int:
    """Disputes whose day has passed and that still wait."""
    wanted = sa.select(sa.func.count()).select_from(Dispute)
    return db.session.scalar(wanted.where(Dispute.state.in_(WAITING), Dispute.due_on < today)) or 0


def count_waiting(found: Sequence[Period]) -> dict[int, int]:
    """How many disputes of each period's list wait for somebody; one query."""
    days = db.session.execute(sa.select(Dispute.listed_on).where(Dispute.state.in_(WAITING))).scalars().all()
    return {one.id: sum(one.from_on <= day <= one.to_on for day in days) for one in found}


def lines_shared_with(entry: Entry) -> Sequence[Entry]:
    """Lines that may change with this one, of others and of the person: same kind, program and event; at most 60."""
    same_time = Entry.event_id == entry.event_id if entry.event_id else Entry.value_on == entry.value_on
    wanted = sa.select(Entry).where(
        Entry.seq != entry.seq, Entry.kind.in_(policies.LINES), Entry.is_declined.is_(False), Entry.minor > 0,
        Entry.category == entry.category, Entry.program_id == entry.program_id, same_time, Entry.currency == entry.currency,
        is_not_taken_back(),
    )  # fmt: skip
    loaded = joinedload(Entry.subject).joinedload(Subject.person)
    return db.session.scalars(wanted.options(loaded).order_by(Entry.value_on, Entry.seq).limit(60)).all()


def said_about(seqs: Collection[int]) -> tuple[dict[int, Dispute], set[int]]:
    """The latest dispute of each of these lines, and those that were confirmed; two queries."""
    wanted = sa.select(Dispute).where(Dispute.entry_seq.in_(seqs)).order_by(Dispute.id)
    disputes = {one.entry_seq: one for one in db.session.scalars(wanted).unique()}
    confirmed = sa.select(Confirmation.entry_seq).where(Confirmation.entry_seq.in_(seqs))
    return disputes, set(db.session.scalars(confirmed))


def _says_no(entry: Entry) -> str:
    """A line somebody disputes is changed by deciding the dispute, so that they are answered (c39)."""
    waiting = [one for one in of_line(entry.seq) if one.state in WAITING]
    return (
        ""
        if not waiting
        else _(
            "The person disputes this line; dispute %(waiting)s is decided first, and changes it.",
            waiting=waiting[0].id,
        )
    )


queries_corrections.hold_with("periods", _says_no)
