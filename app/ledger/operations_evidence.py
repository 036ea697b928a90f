"""What is added beside the book: files that prove an entry, and how a loan ends (L1, L6)."""

from datetime import date
from typing import IO

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import audit
from app.accounts.models import Role, User
from app.core import clock, files
from app.core.db import db, side_transaction
from app.core.money import Money
from app.ledger import policies_evidence as policies
from app.ledger import queries_evidence as queries
from app.ledger.details import EntryDetails
from app.ledger.models import Basis, Category, Entry, EntryFile, Form, Loan, LoanState
from app.ledger.operations_entries import Posting, post_entry
from app.ledger.queries_entries import get_entry
from app.notices import operations as notices


def add_evidence(
    entry: Entry, stream: bytes | IO[bytes], name: str, *, note: str = "", by: User
) -> EntryFile:
    """Keep a file with an entry; the entry stays as it is. EvidenceIsHere for the same content, and what `files` refuses."""
    stored = files.store(stream, name, by.id, most=policies.MOST_BYTES, field="file", kinds=files.DOCUMENTS)
    same = queries.find_same(entry, stored)
    if same is not None and same.file is not None:
        raise policies.EvidenceIsHere(
            _("Exactly this content is kept here already as %(file)s.", file=same.file.name), field="file"
        )
    row = EntryFile(entry_seq=entry.seq, file_id=stored.id, note=note, by_id=by.id, added_at=clock.now())
    db.session.add(row)
    db.session.flush()
    audit.record("ledger.evidence_added", row, by=by)
    return row


def note_opening(row: EntryFile, *, by: User) -> None:
    """Write down that somebody opened a file, beside the reading itself."""
    with side_transaction() as side:
        audit.record_event(
            "ledger.evidence_opened", kind="ledger_evidence", ref=str(row.id), by=by, session=side
        )


# -- how a loan ends ---------------------------------------------------------------------------------


def return_loan(loan: Loan, *, on: date, by: User) -> Loan:
    """It came back on a day (L6)."""
    policies.check_ends(loan, on, clock.today())
    return _end(loan, LoanState.RETURNED, on, "ledger.loan_returned", by)


def ask_write_off(loan: Loan, *, reason: str, by: User) -> Loan:
    """It will not come back: ask compliance, with a reason, to stop waiting for it (L6)."""
    policies.require_open(loan)
    policies.check_reason(reason)
    before = audit.snapshot(loan)
    loan.state, loan.reason, loan.asked_by_id = LoanState.WRITE_OFF_ASKED, reason, by.id
    notices.notify(
        _l("%(by)s asks to write off the loan of entry %(entry_seq)s.", by=by.name, entry_seq=loan.entry_seq),
        role=Role.COMPLIANCE,
        source=("ledger", loan.entry_seq),
        by=by,
    )
    audit.record("ledger.loan_write_off_asked", loan, by=by, before=before)
    return loan


def decide_write_off(loan: Loan, *, is_granted: bool, by: User) -> Loan:
    """Somebody else writes it off, or says that it is still to come back (L6, R1)."""
    policies.check_approves(loan, by)
    if is_granted:
        return _end(loan, LoanState.WRITTEN_OFF, clock.today(), "ledger.loan_written_off", by)
    before = audit.snapshot(loan)
    loan.state = LoanState.OUT
    audit.record("ledger.loan_write_off_refused", loan, by=by, before=before)
    return loan


def convert_loan(loan: Loan, *, residual: Money, by: User) -> Posting:
    """They keep it: a gift at what it is still worth is entered beside the loan, each naming the other (L6, c14)."""
    entry, today = get_entry(loan.entry_seq), clock.today()
    policies.require_open(loan)
    if residual.minor <= 0:
        raise policies.LoanRefused(_("Say what it is still worth; a gift has a value."), field="amount")
    subject, program = entry.subject, entry.program
    if subject is None or subject.person_id is None or program is None:
        raise policies.LoanRefused(_("The person was erased, so nothing can be given to them."))
    posting = post_entry(
        EntryDetails(
            person_id=subject.person_id, program_id=program.id, event_id=entry.event_id, category=Category.GIFT,
            form=Form.IN_KIND_OWN, basis=Basis.LIST_PRICE, value_on=today, money=residual,
            department_id=entry.department_id or by.department_id, source_kind="ledger", source_part="loan",
            source_id=entry.seq, context=f"Lent by entry {entry.seq}, kept at its residual value",
        ),
        by=by,
    )  # fmt: skip
    loan.gift_seq = posting.entry.seq
    _end(loan, LoanState.CONVERTED, today, "ledger.loan_converted", by)
    return posting


def _end(loan: Loan, state: LoanState, on: date, action: str, by: User) -> Loan:
    before = audit.snapshot(loan)
    loan.state, loan.ended_on, loan.ended_by_id = state, on, by.id
    notices.finish_about(("ledger", loan.entry_seq), by=by)
    audit.record(action, loan, by=by, before=before)
    return loan
