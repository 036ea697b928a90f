"""What was entered stays: it is taken back with a reason, and what nobody took stays too (c7, c10, c16)."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.core.append_only import BookIsClosed
from app.core.db import db
from app.ledger import queries
from app.ledger.models import Category, Entry, EntryKind
from app.ledger.queries import Scope
from tests.factories import ledger, people, programs

SignIn = Callable[..., FlaskClient]


@pytest.mark.parametrize("role", [Role.ADMIN, Role.COMPLIANCE, Role.COORDINATOR])
def test_nobody_deletes_an_entry(app: Flask, signed_in: SignIn, role: Role) -> None:
    """c10: there is no address that deletes, and neither the ORM nor its session lets the row go."""
    entry = ledger.post(ledger.stay()).entry
    browser = signed_in(role)
    assert [rule.rule for rule in app.url_map.iter_rules() if "DELETE" in (rule.methods or ())] == []
    for path in (f"/ledger/{entry.seq}/delete", f"/ledger/{entry.seq}/remove", "/ledger/delete"):
        assert browser.post(path).status_code == 404
    assert browser.delete(f"/ledger/{entry.seq}").status_code == 405
    db.session.delete(db.session.get_one(Entry, entry.seq))
    with pytest.raises(BookIsClosed):
        db.session.flush()
    db.session.rollback()
    assert queries.get_entry(1).reporting_minor == 208_000


def test_what_is_taken_back_needs_a_reason_and_stays(signed_in: SignIn) -> None:
    """c10: only a cancellation with a reason is possible; both rows survive and stay readable."""
    entry = ledger.post(ledger.stay()).entry
    helga = signed_in(Role.COMPLIANCE)
    assert helga.post(f"/ledger/{entry.seq}/reverse", data={}).status_code == 422
    assert [row.seq for row in queries.list_entries(Scope()).rows] == [1]
    answer = helga.post(f"/ledger/{entry.seq}/reverse", data={"reason": "entered_twice"})
    assert answer.status_code == 303
    assert [(row.seq, row.kind, row.reporting_minor) for row in queries.list_entries(Scope(), order="seq").rows] == [
        (1, EntryKind.VALUE, 208_000), (2, EntryKind.REVERSAL, -208_000),
    ]  # fmt: skip
    for number in (1, 2):
        assert helga.get(f"/ledger/{number}").status_code == 200


@pytest.mark.parametrize("category", [Category.TRAVEL_AIR, Category.GIFT])
def test_what_was_declined_stays_in_the_register(signed_in: SignIn, category: Category) -> None:
    """c16: a refused flight or gift keeps a row that is marked declined and gives the person nothing."""
    person = people.person("Priya")
    ledger.post(ledger.stay(person, programs.program(), category=category, declined=True))
    (row,) = queries.list_entries(Scope(person_id=person.id, is_declined=True)).rows
    assert (row.kind, row.is_declined, row.reporting_minor, row.quantity) == (EntryKind.DECLINED, True, 0, 0)
    (total,) = queries.totals(scope=Scope(person_id=person.id))
    assert (total.n, total.reporting_minor, total.n_declined, total.declined_minor) == (0, 0, 1, 208_000)
    page = signed_in(Role.COMPLIANCE).get("/ledger/?is_declined=yes").text
    assert "1 of 1 entries" in page
    assert "Declined" in page
