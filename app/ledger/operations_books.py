"""Taking over books kept elsewhere: many entries in one go, through the same body and chain as any other (c12, c13)."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from itertools import islice
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct, field

from app.accounts import audit
from app.accounts.models import Role, User
from app.core import clock
from app.core.bulk import Plan, insert_rows, plan_of
from app.core.db import db
from app.core.i18n import marked
from app.core.money import MAX_MINOR
from app.ledger import appending, book, keys, policies, queries_locks, queries_rates, summing
from app.ledger.book import Keyring, Stencil, Writer
from app.ledger.details import BookRow
from app.ledger.models import (
    EVERYBODY,
    Basis,
    Breach,
    BreachLevel,
    Entry,
    EntryKind,
    Form,
    LedgerHead,
    LockedDays,
    Rollup,
    Subject,
    Unit,
    leg_of,
)
from app.ledger.policies_locks import LATE_REASON, lock_over
from app.ledger.queries_provenance import list_origins
from app.ledger.queries_rates import FrozenRate
from app.notices import operations as notices
from app.notices.models import Urgency
from app.programs.models import Program

#: Rows written at once.
BATCH = 2000

#: What a breach names when somebody else's books show shares or options.
EQUITY_RULE = marked("Shares and options are never given (c3)")

#: The columns that vary from row to row; all others are alike for thousands of rows.
VARYING = ("seq", "prev", "hash", "body", "idem", "subject_id", "value_on", "minor", "reporting_minor")
COLUMNS = tuple(column.name for column in sa.inspect(Entry).columns)
ALIKE = tuple(name for name in COLUMNS if name not in VARYING)

Progress = Callable[[int], None]


class BookPosting(Struct, frozen=True):
    """What taking over books did. A group is duplicate rows under different references: both stay (L11)."""

    n_added: int
    n_known: int
    n_zero: int
    n_equity: int
    n_duplicate_groups: int
    n_duplicate_rows: int
    first_seq: int
    last_seq: int


class _Shape(Struct, frozen=True):
    """What thousands of rows have in common: their columns, bound and not, the stencils of their bodies, cell and look."""

    columns: dict[str, Any]
    alike: tuple[Any, ...]  # the bound values of ALIKE
    rate: FrozenRate
    cell: int  # place in _Take.cells
    look: int
    stencils: dict[bool, Stencil] = field(default_factory=dict)  # by whether there are words

    def stencil(self, *, has_words: bool) -> Stencil:
        """Cut on first use: many shapes meet only rows with words, or only rows without."""
        found = self.stencils.get(has_words)
        if found is None:
            found = self.stencils[has_words] = Stencil.of(self.columns, has_words=has_words)
        return found


class _Take(Struct):
    """The state of one take-over: the writer, shapes met, sums, references seen, and look-alikes."""

    program: Program
    writer: Writer
    plan: Plan
    program_id: int
    currency: str
    bind_day: Callable[[date], Any]
    #: Puts the values of VARYING and ALIKE, one behind the other, into the order of the statement.
    arrange: Callable[[tuple[Any, ...]], tuple[Any, ...]]
    by_id: int | None
    at: datetime
    is_fresh: bool  # nothing of this program in the book yet
    first_seq: int
    locks: Sequence[LockedDays]
    subjects: dict[int, Keyring] = field(default_factory=dict)
    shapes: dict[tuple[Any, ...], _Shape] = field(default_factory=dict)
    cells: dict[tuple[Any, ...], int] = field(default_factory=dict)
    looks: dict[tuple[Any, ...], int] = field(default_factory=dict)
    sums: dict[tuple[int, int, int], list[int]] = field(default_factory=dict)  # subject, year, cell
    seen: set[bytes] = field(default_factory=set)
    #: How many entries look alike, by a key that is only compared inside this process.
    alike: dict[int, int] = field(default_factory=dict)
    #: Those of them that a new row has joined.
    groups: set[int] = field(default_factory=set)
    equity: list[tuple[int, int]] = field(default_factory=list)  # person, seq
    n_known: int = 0
    n_zero: int = 0


def post_many(
    program: Program, rows: Iterable[BookRow], *, by: User | None, progress: Progress | None = None
) -> BookPosting:
    """Post the rows of other books into a program, under one lock and in one transaction.

    A reference that is already there adds nothing. Zero amounts are kept as not valued, equity opens a breach;
    caps and disclosure duties are not weighed, because these books tell of value that others gave.
    `progress(n)` hears how many rows were read so far.
    """
    head = appending.lock_head()
    take = _begin(program, head, by)
    source, n_read = iter(rows), 0
    while batch := list(islice(source, BATCH)):
        take.plan.insert([_take_row(take, row, idem) for row, idem in _unknown(take, batch)])
        appending.save(take.writer, head)
        n_read += len(batch)
        if progress is not None:
            progress(n_read)
    done = _finish(take, head)
    audit.record_event(
        "ledger.books_taken_over", kind="program", ref=str(program.id), by=by,
        reason=f"{done.n_added} entries added behind number {done.first_seq - 1}; {done.n_known} known",
    )  # fmt: skip
    return done


def _begin(program: Program, head: LedgerHead, by: User | None) -> _Take:
    plan = plan_of(Entry, COLUMNS)
    is_fresh = db.session.scalar(sa.select(Entry.seq).where(Entry.program_id == program.id).limit(1)) is None
    order = [(*VARYING, *ALIKE).index(name) for name in plan.names]
    take = _Take(
        program, appending.writer_at(head), plan, program.id, program.currency,
        plan.binders["value_on"] or (lambda day: day), itemgetter(*order), by.id if by else None,
        clock.now(), is_fresh, head.seq + 1, queries_locks.list_locks(),
    )  # fmt: skip
    if not is_fresh:
        _remember_alike(take)
    return take


def _unknown(take: _Take, batch: list[BookRow]) -> list[tuple[BookRow, bytes]]:
    """The rows whose reference is new, each with its key (L11); people met for the first time get a subject."""
    _meet(take, {row.person_id for row in batch} - take.subjects.keys())
    name = keys.keyer()
    idems = [bytes.fromhex(name("book", take.program_id, row.external_ref)) for row in batch]
    known = set() if take.is_fresh else _known(idems)
    found = []
    for row, idem in zip(batch, idems, strict=True):
        if idem in known or idem in take.seen:
            take.n_known += 1
            continue
        take.seen.add(idem)
        found.append((row, idem))
    return found


def _known(idems: list[bytes]) -> set[bytes]:
    return set(db.session.scalars(sa.select(Entry.idem_bytes).where(Entry.idem_bytes.in_(idems))))


def _take_row(take: _Take, row: BookRow, idem: bytes) -> tuple[Any, ...]:
    """Chain one row and count it; gives the line to insert."""
    shape, subject, writer, minor = _shape_of(take, row), take.subjects[row.person_id], take.writer, row.minor
    if not 0 <= minor <= MAX_MINOR:
        raise policies.EntryIncomplete(
            _(
                "An amount in these books is negative or too large to be true: %(minor)s in minor units.",
                minor=minor,
            )
        )
    value_on, context = row.value_on, row.context
    reporting = (
        shape.rate.convert(minor, row.currency, take.currency) if row.currency != take.currency else minor
    )
    commit = writer.seal(subject, book.context_bytes(context)) if context else None
    seq, prev = writer.seq + 1, writer.prev
    body = shape.stencil(has_words=bool(context)).fill(
        commit, idem.hex(), minor, value_on, prev, reporting, seq, subject.ref
    )
    digest = writer.link(body)
    _count(take, row, shape, subject, reporting, seq)
    varying = (
        seq, bytes.fromhex(prev), digest, body, idem, subject.subject_id, take.bind_day(value_on), minor, reporting,
    )  # fmt: skip
    return take.arrange(varying + shape.alike)


def _count(take: _Take, row: BookRow, shape: _Shape, subject: Keyring, reporting: int, seq: int) -> None:
    """Add one row to the sums, the look-alikes and what compliance is told."""
    cell = take.sums.setdefault((subject.subject_id, row.value_on.year, shape.cell), [0, 0, 0])
    cell[0] += 1
    cell[1] += row.quantity
    cell[2] += reporting
    look = hash((subject.subject_id, row.value_on, row.minor, shape.look))
    take.alike[look] = n_alike = take.alike.get(look, 0) + 1
    if n_alike > 1:
        take.groups.add(look)
    if not row.minor:
        take.n_zero += 1
    if row.form is Form.EQUITY:
        take.equity.append((row.person_id, seq))


def _shape_of(take: _Take, row: BookRow) -> _Shape:
    is_foreign = row.currency != take.currency
    key = (
        row.category, row.form, row.native_nature, row.native_form, row.provider_ref, row.currency, row.quantity, row.line,
        row.event_id, not row.minor, row.value_on if is_foreign else None, lock_over(take.locks, row.value_on) is not None,
    )  # fmt: skip
    shape = take.shapes.get(key)
    if shape is None:
        shape = take.shapes[key] = _new_shape(take, row)
    return shape


def _new_shape(take: _Take, row: BookRow) -> _Shape:
    rate = queries_rates.frozen_rate(row.currency, take.currency, row.value_on)
    columns = _columns(take, row, rate)
    cell = (
        tuple(columns[name] or 0 for name in ("program_id", "event_id")),
        tuple(columns[name] for name in appending.CELL[4:]),
    )
    look = (row.provider_ref, row.currency, row.category, row.native_nature)
    bound = dict(zip(take.plan.names, take.plan.bind(columns), strict=True))
    return _Shape(
        columns,
        tuple(bound[name] for name in ALIKE),
        rate,
        take.cells.setdefault(cell, len(take.cells)),
        take.looks.setdefault(look, len(take.looks)),
    )


def _columns(take: _Take, row: BookRow, rate: FrozenRate) -> dict[str, Any]:
    """All columns of an entry; those that vary from row to row are filled in later."""
    is_late = lock_over(take.locks, row.value_on) is not None
    return dict.fromkeys(VARYING) | {
        "kind": EntryKind.LATE if is_late else EntryKind.VALUE,
        "program_id": take.program_id,
        "event_id": row.event_id,
        "department_id": None,
        "category": row.category,
        "form": row.form,
        "leg": leg_of(row.form),
        "line": row.line or policies.line_of(row.category),
        "basis": Basis.ACTUAL_COST if row.minor else Basis.NOT_VALUED,
        "unit": Unit.ITEM,
        "quantity": row.quantity,
        "currency": row.currency,
        "rate": rate.text,
        "rate_on": rate.on,
        "rate_source": rate.source,
        "reporting_currency": take.currency,
        "is_declined": False,
        "declined_minor": 0,
        "native_nature": row.native_nature,
        "native_form": row.native_form,
        "rule": "",
        "reverses": None,
        "reason": LATE_REASON if is_late else "",
        "source_kind": "",
        "source_part": "",
        "source_id": None,
        "provider_ref": row.provider_ref,
        "by_id": take.by_id,
        "at": take.at,
    }


def _meet(take: _Take, person_ids: set[int]) -> None:
    """Load the subjects of people not met before; those who have none get one."""
    if not person_ids:
        return
    found = {
        subject.person_id: subject
        for subject in db.session.scalars(
            sa.select(Subject).where(Subject.person_id.in_(person_ids)).order_by(Subject.id.desc())
        )
        if subject.person_id is not None
    }
    fresh = [appending.new_subject(person_id) for person_id in sorted(person_ids - found.keys())]
    db.session.add_all(fresh)
    db.session.flush()
    found |= {subject.person_id: subject for subject in fresh if subject.person_id is not None}
    for person_id, subject in found.items():
        take.subjects[person_id] = appending.keyring(subject)
        db.session.expunge(subject)


def _remember_alike(take: _Take) -> None:
    """What of this program is in the book already may look like what comes (L11)."""
    wanted = (
        sa.select(
            Entry.provider_ref,
            Entry.currency,
            Entry.category,
            Entry.native_nature,
            Entry.subject_id,
            Entry.value_on,
            Entry.minor,
        )
        .where(Entry.program_id == take.program_id, Entry.kind.in_((EntryKind.VALUE, EntryKind.LATE)))
        .execution_options(yield_per=BATCH)
    )
    for *alike, subject_id, value_on, minor in db.session.execute(wanted):
        look = hash((subject_id, value_on, minor, take.looks.setdefault(tuple(alike), len(take.looks))))
        take.alike[look] = take.alike.get(look, 0) + 1


# -- the end ------------------------------------------------------------------------------------------


def _finish(take: _Take, head: LedgerHead) -> BookPosting:
    db.session.flush()
    _write_sums(take)
    summing.count_from(take.first_seq)
    added = sa.select(Entry).where(Entry.seq >= take.first_seq)
    appending.add_origins(take.program_id, list_origins(added, by_month=True))
    _tell_equity(take)
    groups = [take.alike[look] for look in take.groups]
    n_added = head.seq - take.first_seq + 1
    return BookPosting(
        n_added,
        take.n_known,
        take.n_zero,
        len(take.equity),
        len(groups),
        sum(groups),
        take.first_seq,
        head.seq,
    )


def _write_sums(take: _Take) -> None:
    """Add the collected sums to the cells that exist, and write the others."""
    kinds = list(take.cells)
    left: dict[tuple[Any, ...], tuple[int, ...]] = {}
    for (subject_id, year, cell), (n, quantity, reporting) in take.sums.items():
        place, what = kinds[cell]
        left[(*place, subject_id, year, *what)] = (n, quantity, reporting, 0, 0)
        everybody = (*place, EVERYBODY, year, *what)
        sums = left.get(everybody, (0,) * 5)
        left[everybody] = (sums[0] + n, sums[1] + quantity, sums[2] + reporting, 0, 0)
    if not take.is_fresh:
        known = sa.select(Rollup).where(Rollup.program_id == take.program_id)
        for row in db.session.scalars(known.execution_options(populate_existing=True)):
            more = left.pop(tuple(getattr(row, name) for name in appending.CELL), None)
            for name, value in zip(appending.SUMS, more or (), strict=False):
                setattr(row, name, getattr(row, name) + value)
    names = (*appending.CELL, *appending.SUMS)
    cells = (dict(zip(names, (*cell, *sums), strict=True)) for cell, sums in left.items())
    while batch := list(islice(cells, BATCH)):
        insert_rows(Rollup, batch)


def _tell_equity(take: _Take) -> None:
    """Shares in other books are a fact; each opens a breach, and compliance is told once."""
    if not take.equity:
        return
    for person_id, seq in take.equity:
        db.session.add(
            Breach(
                person_id=person_id,
                entry_seq=seq,
                level=BreachLevel.BLOCK,
                rule=EQUITY_RULE,
                opened_at=take.at,
            )
        )
    db.session.flush()
    n = len(take.equity)
    notices.notify(
        f"The books taken over into {take.program.name} hold {n} {'entry' if n == 1 else 'entries'} of shares or options. "
        "They were kept; decide what follows.",
        role=Role.COMPLIANCE, urgency=Urgency.SOON, source=("ledger", take.equity[0][1]),
    )  # fmt: skip
