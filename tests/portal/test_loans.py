"""Lent things: owner and person hear once that one is due and once that it is overdue; pages show it (L6, c14)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.core import clock
from app.core.db import db, transaction
from app.core.models import OutboxMail
from app.ledger import operations, queries
from app.ledger.models import Basis, Category, Form, Loan
from app.notices.models import Notice
from app.people.models import Person
from app.people.queries import owner_of
from app.portal.queries_given import list_given
from tests.conftest import fresh
from tests.factories import accounts, ledger, people, programs

At = Callable[[datetime], AbstractContextManager[None]]
SignIn = Callable[..., FlaskClient]
DUE = date(2026, 12, 3)


def lend(email: str = "amal@experts.example") -> tuple[int, Person]:
    with clock.fixed_at(noon(2, 11)):
        return _lend(email)


def _lend(email: str) -> tuple[int, Person]:
    mei = accounts.user(role=Role.RELATIONS, name="Mei")
    person = people.person("Amal", owner=mei, email=email, languages=("en",))
    details = ledger.stay(
        person, programs.program(), category=Category.PRODUCT_LOAN, form=Form.LOAN, basis=Basis.RENTAL_EQUIVALENT,
        value_on=date(2026, 11, 1), money=ledger.gbp("120"), place="", context="Camera X9", due_on=DUE, grace_days=5,
    )  # fmt: skip
    return ledger.post(details).entry.seq, person


def noon(day: int, month: int = 12) -> datetime:
    return datetime(2026, month, day, 12, 0, tzinfo=UTC)


def told() -> list[str]:
    wanted = sa.select(Notice.message).where(Notice.message.contains("lent to"), Notice.done_at.is_(None))
    return list(db.session.scalars(wanted.order_by(Notice.id)))


def mails() -> list[str]:
    return list(db.session.scalars(sa.select(OutboxMail.subject).order_by(OutboxMail.id)))


def test_both_hear_once_before_the_day_and_once_after_the_grace(app: Flask, at: At) -> None:
    """L6, c14: the worker may look as often as it likes."""
    seq, _person = lend()
    for instant, n_done, n_told in (
        (noon(25, 11), 0, 0), (noon(26, 11), 1, 1), (noon(3), 0, 1), (noon(8), 0, 1), (noon(9), 1, 2), (noon(20), 0, 2),
    ):  # fmt: skip
        with at(instant):
            assert operations.remind_loans() == n_done
            assert len(told()) == n_told
    assert (
        told()[0] == "Due back on 3 Dec 2026: what was lent to Amal (Camera X9). They have been told by mail."
    )
    assert told()[1].startswith("Overdue: what was lent to Amal (Camera X9) was due back on 3 Dec 2026.")
    assert mails() == ["What we lent you is due back", "What we lent you was due back"]
    with at(noon(21)), transaction():
        operations.return_loan(
            queries.get_loan(seq), on=date(2026, 12, 20), by=db.session.merge(ledger.coordinator())
        )
    assert told() == []


def test_what_is_late_at_once_is_said_once(app: Flask, at: At) -> None:
    lend()
    with at(noon(20)):
        assert (operations.remind_loans(), operations.remind_loans()) == (1, 0)
    assert [words.partition(":")[0] for words in told()] == ["Overdue"]


def test_the_owner_hears_where_the_person_cannot_be_reached(app: Flask, at: At) -> None:
    lend(email="")
    with at(noon(1)):
        operations.remind_loans()
    assert "They could not be told by mail: " in told()[0]
    assert mails() == []


@pytest.mark.parametrize("end", ["returned", "taken back"])
def test_what_has_ended_is_not_due(app: Flask, at: At, end: str) -> None:
    seq, _person = lend()
    with transaction():
        by = db.session.merge(ledger.coordinator())
        if end == "returned":
            operations.return_loan(queries.get_loan(seq), on=date(2026, 11, 20), by=by)
        else:
            operations.reverse_entry(queries.get_entry(seq), reason="not_given", by=by)
    with at(noon(20)):
        assert operations.remind_loans() == 0
    assert db.session.get_one(Loan, seq).told_due_at is None


def test_home_pages_show_it(signed_in: SignIn, at: At) -> None:
    """c14: to the owner before its day, to compliance when it is overdue."""
    _seq, person = lend()
    mei = owner_of(fresh(person))
    assert mei is not None
    with at(noon(1)):
        assert "Loan to Amal" in signed_in(mei).get("/").get_data(as_text=True)
        assert "Loan to Amal" not in signed_in(Role.COMPLIANCE).get("/").get_data(as_text=True)
    with at(noon(9)):
        assert "was due back on" in signed_in(Role.COMPLIANCE).get("/").get_data(as_text=True)


def test_the_own_page_says_when_it_is_due(app: Flask) -> None:
    _seq, person = lend()
    assert [line.due_on for line in list_given(fresh(person)).lines] == [DUE]
