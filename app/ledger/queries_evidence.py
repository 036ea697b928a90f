"""Reading what lies beside the book: files of an entry, entries that lack one, loans and how late they are."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.core.models import StoredFile
from app.ledger import policies_evidence as policies
from app.ledger.models import OPEN_LOANS, Entry, EntryFile, Loan, Subject
from app.ledger.policies_corrections import CORRECTION, SOURCE
from app.ledger.queries_totals import Scope, entries_in, is_standing
from app.people.queries_owners import owned_by

EVERYTHING = Scope()

_LOADED = (
    joinedload(Entry.subject).joinedload(Subject.person),
    joinedload(Entry.program),
    joinedload(Entry.department),
)


def evidence_of(entry: Entry) -> Sequence[EntryFile]:
    """The files of an entry, the first added first."""
    wanted = sa.select(EntryFile).where(EntryFile.entry_seq == entry.seq).order_by(EntryFile.id)
    return db.session.scalars(wanted).all()


def get_evidence(id: int) -> tuple[EntryFile, StoredFile]:
    """One file of an entry with its content; NotFound if there is none, EvidenceIsGone if it had to be erased."""
    found = db.session.get(EntryFile, id)
    if found is None:
        raise NotFound(_("There is no such file."))
    if found.file is None:
        raise policies.EvidenceIsGone(_("This file was erased with the person it named."))
    return found, found.file


def find_same(entry: Entry, stored: StoredFile) -> EntryFile | None:
    """The same content with the same entry."""
    wanted = (
        sa.select(EntryFile)
        .join(StoredFile, StoredFile.id == EntryFile.file_id)
        .where(EntryFile.entry_seq == entry.seq, StoredFile.sha256 == stored.sha256)
    )
    return db.session.scalars(wanted.limit(1)).first()


def lacks_receipt() -> sa.ColumnElement[bool]:
    """Entries made by hand that need a receipt and have no file.

    What comes from a page of its own (travel, a dinner, an engagement) or from other books has its proof there.
    """
    proved = sa.select(EntryFile.entry_seq)
    needs = sa.or_(
        Entry.form.in_(sorted(policies.RECEIPT_FORMS)), Entry.basis.in_(sorted(policies.RECEIPT_BASES))
    )
    is_typed = sa.or_(
        Entry.source_kind == "", sa.and_(Entry.source_kind == SOURCE, Entry.source_part == CORRECTION)
    )
    by_hand = sa.and_(is_typed, Entry.native_form == "", Entry.reporting_minor > 0)
    return sa.and_(is_standing(), needs, by_hand, Entry.seq.not_in(proved))


def entries_without_receipt(scope: Scope = EVERYTHING) -> Sequence[Entry]:
    """Entries of a scope that need a receipt and have none, the oldest first; a period does not close with one (L12)."""
    wanted = entries_in(scope).where(lacks_receipt()).options(*_LOADED)
    return db.session.scalars(wanted.order_by(Entry.value_on, Entry.seq)).all()


# -- loans -------------------------------------------------------------------------------------------


def find_loan(entry: Entry) -> Loan | None:
    """What is known of a lent thing, if the entry is one."""
    return db.session.get(Loan, entry.seq)


def get_loan(seq: int) -> Loan:
    """The loan of an entry, or NotFound."""
    found = db.session.get(Loan, seq)
    if found is None:
        raise NotFound(_("This entry is not a loan with a day on which it is due."))
    return found


def list_loans(*, is_open: bool = True) -> Sequence[Loan]:
    """Loans that are out, or those that ended; the one due first comes first. A loan taken back is neither."""
    wanted = _standing_loans().where(Loan.state.in_(OPEN_LOANS) if is_open else Loan.state.not_in(OPEN_LOANS))
    return db.session.scalars(wanted.order_by(Loan.due_on, Loan.entry_seq)).all()


def loans_overdue(today: date, scope: Scope = EVERYTHING) -> Sequence[Loan]:
    """Loans of a scope that are out after their due day and its grace, the longest first (L6, L12)."""
    # Asked of each loan: loans are few, entries of a scope may be a million.
    inside = entries_in(scope).where(Entry.seq == Loan.entry_seq).correlate(Loan).exists()
    wanted = _standing_loans().where(Loan.state.in_(OPEN_LOANS), Loan.due_on < today, inside)
    rows = db.session.scalars(wanted.order_by(Loan.due_on, Loan.entry_seq)).all()
    return [loan for loan in rows if loan.last_day < today]


def due_days(seqs: Collection[int]) -> dict[int, date]:
    """When the lent things among these entries that are still out are due back; one query."""
    wanted = sa.select(Loan.entry_seq, Loan.due_on).where(
        Loan.entry_seq.in_(seqs), Loan.state.in_(OPEN_LOANS)
    )
    return dict(db.session.execute(wanted).all())


def loans_due(today: date, n_days: int, *, of: User | None = None) -> Sequence[Loan]:
    """Loans out that are due within so many days or were; of the people somebody looks after, if asked so."""
    wanted = _standing_loans().where(
        Loan.state.in_(OPEN_LOANS), Loan.due_on <= today + timedelta(days=n_days)
    )
    if of is not None:
        mine = sa.select(Subject.id).where(Subject.person_id.in_(owned_by(of, clock.now())))
        wanted = wanted.where(Entry.subject_id.in_(mine))
    return db.session.scalars(wanted.order_by(Loan.due_on, Loan.entry_seq)).all()


def _standing_loans() -> sa.Select[Loan]:
    loaded = joinedload(Loan.entry).options(*_LOADED)
    return sa.select(Loan).join(Entry, Entry.seq == Loan.entry_seq).where(is_standing()).options(loaded)
