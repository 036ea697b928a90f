"""Reads of periods: the list, the lines of one as they stood at any report, who attested, what is due."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm import aliased, joinedload

from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.ledger import queries as ledger
from app.ledger.models import Entry, EntryKind, Subject
from app.ledger.policies_corrections import CORRECTION, SOURCE
from app.ledger.queries_totals import VALUE_KINDS
from app.people.models import Person
from app.periods import policies
from app.periods.models import (
    Attestation,
    Dispute,
    DisputeChange,
    DisputeState,
    Issue,
    Period,
    PeriodKind,
)
from app.periods.rows import Line, Row, Sums, compare, content_hash, standing, sums_of

# -- periods ------------------------------------------------------------------------------------------------


def list_periods() -> Sequence[Period]:
    """All periods, the latest first, a year before its quarters."""
    return db.session.scalars(
        sa.select(Period).order_by(Period.to_on.desc(), Period.from_on, Period.id)
    ).all()


def get_period(id: int, *, is_locked: bool = False) -> Period:
    """The period with this id, or NotFound; `is_locked`: its row is ours until the transaction ends."""
    wanted = sa.select(Period).where(Period.id == id)
    if is_locked:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound(_("There is no such period."))
    return found


def period_of(on: date) -> Period | None:
    """The quarter that holds a day, else the year; None when nobody opened one."""
    wanted = sa.select(Period).where(Period.from_on <= on, Period.to_on >= on)
    found = db.session.scalars(wanted.order_by(Period.to_on, Period.id)).all()
    return next((one for one in found if one.kind is PeriodKind.QUARTER), found[0] if found else None)


def earlier_than(period: Period) -> Sequence[Period]:
    """What is locked before this one: earlier periods of its kind, and the quarters of a year."""
    same = sa.and_(Period.kind == period.kind, Period.to_on < period.from_on)
    inside = sa.and_(
        Period.kind == PeriodKind.QUARTER, Period.from_on >= period.from_on, Period.to_on <= period.to_on
    )
    wanted = sa.select(Period).where(sa.or_(same, inside) if period.kind is PeriodKind.YEAR else same)
    return db.session.scalars(wanted.order_by(Period.from_on, Period.id)).all()


def due_for_review(today: date) -> Sequence[Period]:
    """Periods whose review may be opened and is not."""
    return [one for one in list_periods() if one.state.value == "open" and policies.review_from(one) <= today]


# -- lines -----------------------------------------------------------------------------------------------------


def lines_of(from_on: date, to_on: date, subjects: sa.Select[int] | None = None) -> list[Line]:
    """Every line of the book with a value date in these days, taken back or not; of some subjects or of all."""
    columns = [getattr(Entry, name) for name in (*_COLUMNS, "source_kind", "source_part", "source_id", "at")]
    wanted = sa.select(*columns, Entry.hash_bytes.label("hash"))
    wanted = wanted.where(Entry.value_on.between(from_on, to_on), Entry.kind.in_(VALUE_KINDS))
    if subjects is not None:
        wanted = wanted.where(Entry.subject_id.in_(subjects))
    return [_line(row) for row in db.session.execute(wanted.order_by(Entry.seq)).mappings()]


def _line(row: sa.RowMapping) -> Line:
    columns = {name: row[name] for name in _COLUMNS}
    own = (row["subject_id"], row["category"], row["unit"], row["is_declined"])
    source = (
        None if row["source_id"] is None else (row["source_kind"], row["source_part"], row["source_id"], *own)
    )
    return Line(**columns, hash=row["hash"].hex(), source=source, entered_on=row["at"].date())


_COLUMNS = (
    "seq", "kind", "subject_id", "value_on", "category", "form", "leg", "basis", "unit", "quantity", "minor", "currency",
    "reporting_minor", "reporting_currency", "declined_minor", "is_declined", "reverses",
)  # fmt: skip


def roots() -> dict[int, int]:
    """Lines that stand instead of disputed or corrected ones, each with the first line of its history."""
    wanted = sa.select(DisputeChange.old_seq, DisputeChange.new_seq)
    found: dict[int, int] = {}
    for old, new in sorted(
        [*db.session.execute(wanted), *db.session.execute(_corrections())], key=lambda pair: pair[1]
    ):
        found[new] = found.get(old, old)
    return found


def _corrections() -> sa.Select[int, int]:
    """Lines and what stands instead of them since they were corrected; for another person it is another line."""
    old = aliased(Entry)
    return (
        sa.select(old.seq, Entry.seq)
        .join(old, sa.and_(old.seq == Entry.source_id, old.subject_id == Entry.subject_id))
        .where(Entry.source_kind == SOURCE, Entry.source_part == CORRECTION, Entry.kind != EntryKind.REVERSAL)
    )


def disputes_at(as_of: datetime | None = None) -> dict[int, str]:
    """The state of the dispute of each line, now or at an instant; the latest of a line counts, withdrawn ones too."""
    changed = sa.and_(DisputeChange.dispute_id == Dispute.id, DisputeChange.old_seq == Dispute.entry_seq)
    wanted = (
        sa.select(
            Dispute.entry_seq, Dispute.state, Dispute.opened_at, Dispute.closed_at, DisputeChange.new_seq
        )
        .outerjoin(DisputeChange, changed)
        .order_by(Dispute.id)
    )
    found: dict[int, str] = {}
    for seq, state, opened_at, closed_at, new_seq in db.session.execute(wanted):
        if as_of is not None and opened_at > as_of:
            continue
        was_open = as_of is not None and (closed_at or as_of) > as_of
        found[seq] = DisputeState.OPEN.value if was_open else state.value
        if new_seq and not was_open:
            found[new_seq] = state.value  # the line that stands instead of the disputed one
    return found


def last_seq(as_of: datetime | None = None) -> int:
    """The number of the last entry of the book, now or at an instant."""
    wanted = sa.select(sa.func.max(Entry.seq))
    if as_of is not None:
        wanted = wanted.where(Entry.at <= as_of)
    return db.session.scalar(wanted) or 0


class Standing(Struct, frozen=True):
    """The lines of a period at a moment, and the hash of them."""

    rows: dict[int, Row]
    content_hash: str
    last_seq: int
    disputes: dict[int, str]


def stands(period: Period, *, as_of: datetime | None = None) -> Standing:
    """The lines of a period as they stand now, or stood at an instant (L14)."""
    return _standing(period, _lines_in(period), last_seq(as_of), disputes_at(as_of))


def stood_at(issue: Issue) -> Standing:
    """The lines as a report told them, made again from the book; its hash proves that they are the same (L14)."""
    return _told_by(issue, _lines_in(issue.period))


def _lines_in(period: Period) -> list[Line]:
    return lines_of(period.from_on, period.to_on)


def _told_by(issue: Issue, lines: Sequence[Line]) -> Standing:
    told = {int(seq): str(state) for seq, state in issue.disputes.items()}
    return _standing(issue.period, lines, issue.last_seq, told)


def _standing(period: Period, lines: Sequence[Line], end: int, disputes: dict[int, str]) -> Standing:
    rows = standing(lines, end, disputes, roots())
    own = {row.seq: row.dispute for row in rows.values() if row.dispute}
    return Standing(rows, content_hash(period.name, rows.values()), end, own)


# -- reports ---------------------------------------------------------------------------------------------------


def list_issues(period: Period) -> Sequence[Issue]:
    """The reports of a period, the latest first."""
    wanted = sa.select(Issue).where(Issue.period_id == period.id).order_by(Issue.number.desc())
    return db.session.scalars(wanted).all()


def get_issue(period: Period, number: int) -> Issue:
    """One report of a period, or NotFound."""
    found = db.session.scalars(sa.select(Issue).filter_by(period_id=period.id, number=number)).one_or_none()
    if found is None:
        raise NotFound(_("There is no such report of this period."))
    return found


class Report(Struct, frozen=True):
    """The lines of a period with their marks: of a report that was issued, or as they stand."""

    period: Period
    issue: Issue | None
    previous: Issue | None
    rows: Sequence[Row]
    names: dict[int, str]
    people: dict[int, int]
    content_hash: str
    as_of: datetime

    @property
    def sums(self) -> Sums:
        return sums_of(self.rows, self.people)

    @property
    def is_true(self) -> bool:
        """The book still gives the lines that were reported."""
        return self.issue is None or self.issue.content_hash == self.content_hash


def report_of(period: Period, issue: Issue | None, *, as_of: datetime | None = None) -> Report:
    """A report as it was issued, or without one the lines as they stand (or stood), against the last that was issued."""
    issues, lines = list_issues(period), _lines_in(period)
    if issue is None:
        now = _standing(period, lines, last_seq(as_of), disputes_at(as_of))
        before = next((one for one in issues if as_of is None or one.issued_at <= as_of), None)
    else:
        now = _told_by(issue, lines)
        before = next((one for one in issues if one.number == issue.number - 1), None)
    rows = compare(now.rows, _told_by(before, lines).rows if before else None)
    moment = issue.issued_at if issue else as_of or clock.now()
    names, people = people_behind(row.line.subject_id for row in rows)
    return Report(period, issue, before, rows, names, people, now.content_hash, moment)


def people_behind(subject_ids: Iterable[int]) -> tuple[dict[int, str], dict[int, int]]:
    """The names and the numbers of the people behind the subjects of lines, of the record that stayed; one query."""
    survivor = aliased(Person)
    wanted = (
        sa.select(
            Subject.id, sa.func.coalesce(survivor.name, Person.name), sa.func.coalesce(survivor.id, Person.id)
        )
        .join(Person, Person.id == Subject.person_id)
        .outerjoin(survivor, survivor.id == Person.merged_into_id)
    )
    asked = set(subject_ids)
    if len(asked) <= 500:
        wanted = wanted.where(Subject.id.in_(asked))
    found = [row for row in db.session.execute(wanted) if row[0] in asked]
    return {row[0]: row[1] for row in found}, {row[0]: row[2] for row in found}


def has_news(period: Period, now: Standing) -> bool:
    """Whether the lines say something else than the last report."""
    last = next(iter(list_issues(period)), None)
    return last is None or last.content_hash != now.content_hash


# -- attestations ------------------------------------------------------------------------------------------------


def attestations(period: Period, content: str | None = None) -> Sequence[Attestation]:
    """Who attested a period, or these very lines of it."""
    wanted = sa.select(Attestation).where(Attestation.period_id == period.id)
    if content is not None:
        wanted = wanted.where(Attestation.content_hash == content)
    return db.session.scalars(wanted.order_by(Attestation.id)).unique().all()


# -- adjustments ---------------------------------------------------------------------------------------------------


def adjustments_in(period: Period) -> Sequence[Entry]:
    """What was entered in the days of this period for days that were closed by then (c41)."""
    from_at, to_at = clock.start_of(period.from_on, "UTC"), clock.end_of(period.to_on, "UTC")
    late = [
        sa.and_(
            Entry.value_on.between(lock.from_on, lock.to_on),
            Entry.seq > lock.last_seq,
            Entry.value_on < period.from_on,
        )
        for lock in ledger.list_locks()
    ]
    if not late:
        return []
    wanted = (
        sa.select(Entry)
        .where(Entry.at >= from_at, Entry.at < to_at, Entry.kind.in_(VALUE_KINDS), sa.or_(*late))
        .options(joinedload(Entry.subject))
    )
    return db.session.scalars(wanted.order_by(Entry.seq).limit(200)).all()
