"""Lines corrected in the book, as the reports of a period and the people in dispute see them (L12, c39, c41)."""

import pytest
import sqlalchemy as sa

from app.core.db import db, transaction
from app.ledger import operations as books
from app.ledger import queries as ledger_reads
from app.ledger.models import Entry, Unit
from app.ledger.policies_corrections import NotCorrectedHere
from app.people.models import Person
from app.periods import queries
from tests.factories import ledger, people, periods

pytestmark = pytest.mark.usefixtures("app")


def typed(**changes: object) -> Entry:
    return ledger_reads.get_entry(ledger.post(periods.stay(people.person("Amal"), **changes)).entry.seq)


def correct(entry: Entry, pounds: str) -> Entry:
    details = ledger_reads.as_it_stands(entry).model_copy(
        update={"money": ledger.gbp(pounds), "unit": Unit.NIGHT, "quantity": 4}
    )
    with transaction():
        by = db.session.merge(ledger.coordinator())
        return books.correct_entry(entry, details, reason="wrong_amount", by=by).entry


def test_a_corrected_line_keeps_its_place_in_the_report() -> None:
    """c41: it is CHANGED, not one removed and one added."""
    old = typed()
    period = periods.review()
    new = correct(ledger_reads.get_entry(old.seq), "70")
    newest = correct(new, "60")
    assert queries.roots() == {new.seq: old.seq, newest.seq: old.seq}
    rows = {row.key: row.seq for row in queries.report_of(period, None).rows}
    assert rows == {old.seq: newest.seq}


def test_a_line_in_dispute_is_changed_by_deciding_the_dispute() -> None:
    """c39"""
    old = typed()
    periods.review()
    dispute = periods.dispute(db.session.scalars(sa.select(Person).filter_by(name="Amal")).one(), old)
    with pytest.raises(NotCorrectedHere, match=f"dispute {dispute.id} is decided first"):
        correct(ledger_reads.get_entry(old.seq), "70")
