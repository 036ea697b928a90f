"""J8.3, J8.4: Amal reads her lines, says that the car was shared, and on day 6 both lines say the half."""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import AuditEvent, User
from app.core import clock, mail
from app.core.db import db, transaction
from app.core.models import OutboxMail
from app.core.money import Money
from app.ledger import queries as ledger
from app.ledger.models import Category, Entry, EntryKind, Subject
from app.ledger.queries import Scope
from app.notices.models import Notice
from app.people.models import Person
from app.periods import operations, queries, queries_disputes
from app.periods.details import PeriodDetails
from app.periods.models import DisputeState, Period, PeriodKind
from tests.journeys.walking import Walker


def person(key: str) -> Person:
    return db.session.scalars(sa.select(Person).filter_by(email=f"{key}@voices.example")).one()


def rides(key: str) -> list[Entry]:
    """The cars of a person that stand."""
    gone = sa.select(Entry.reverses).where(Entry.reverses.is_not(None))
    wanted = (
        sa.select(Entry)
        .join(Subject, Subject.id == Entry.subject_id)
        .where(
            Subject.person_id == person(key).id, Entry.category == Category.TRAVEL_GROUND, Entry.kind != EntryKind.REVERSAL,
            Entry.source_part.like("transfer%"), Entry.seq.not_in(gone),
        )
    )  # fmt: skip
    return list(db.session.scalars(wanted.order_by(Entry.seq)))


def total(key: str | None = None) -> str:
    scope = Scope(program_id=1, person_id=person(key).id) if key else Scope(program_id=1)
    rows = [row for row in ledger.totals(("leg",), scope) if row["leg"].value == "non_cash"]
    return str(rows[0].received)


@pytest.fixture
def period(london: Flask) -> Period:
    """The quarter of the event, under review; its days are over only afterwards."""
    on = rides("amal")[0].value_on
    assert on is not None
    helga = db.session.scalars(sa.select(User).filter_by(email="helga@lumen.example")).one()
    with transaction():
        made = operations.open_period(
            PeriodDetails(kind=PeriodKind.QUARTER, from_on=date(on.year, (on.month - 1) // 3 * 3 + 1, 1)),
            by=helga,
        )
    with clock.fixed_at(datetime.combine(made.to_on, time(9), ZoneInfo("UTC"))), transaction():
        operations.open_review(made, by=helga)
    return made


def text_of(letter: OutboxMail) -> str:
    """The plain part, as the person reads it."""
    return mail.parts_of(letter.raw).text


def link_to(letter: OutboxMail) -> str:
    found = re.search(r"/p/enter/[A-Za-z0-9_-]+", text_of(letter))
    assert found is not None
    return found.group()


def mails_to(key: str) -> list[OutboxMail]:
    wanted = sa.select(OutboxMail).where(OutboxMail.recipient == f"{key}@voices.example")
    return list(
        db.session.scalars(wanted.where(OutboxMail.kind == "portal_statement").order_by(OutboxMail.id))
    )


def test_amal_disputes_a_shared_car_and_both_are_put_right(
    london: Flask, london_as: Callable[[str], FlaskClient], period: Period
) -> None:
    """J8.3, J8.4: 5,454.12, then 5,384.12; the program 51,972.43, then 51,832.43; old values stay; Hana is told."""
    assert (total("amal"), total("hana"), total()) == ("5,454.12 GBP", "5,812.51 GBP", "51,972.43 GBP")
    (letter,) = mails_to("amal")
    assert letter.language == "ar"
    phone = Walker(london.test_client())
    opening = datetime.combine(period.to_on, time(10), ZoneInfo("UTC"))
    mine, hers = rides("amal"), rides("hana")
    with clock.fixed_at(opening):
        phone.browser.post(link_to(letter))
        given = re.sub("[⁦-⁩‎‏؜]", "", phone.open("/p/given"))
        assert "5,454.12" in given
        assert period.name in given
        assert db.session.scalars(sa.select(AuditEvent).filter_by(action="periods.statement_read")).all()
        phone.press(f"/p/given/{mine[1].seq}", "/confirm")
        phone.fill(
            f"/p/given/{mine[0].seq}", amount="35", reason="I shared the car with Hana, on both rides."
        )
        assert phone.browser.get(f"/p/given/{hers[0].seq}").status_code == 404
    (dispute,) = queries_disputes.list_disputes(period)
    assert (dispute.proposed, dispute.state) == (Money(3_500, "GBP"), DisputeState.OPEN)
    assert db.session.scalars(
        sa.select(Notice).filter_by(source_kind="periods.disputes", source_id=dispute.id)
    ).all()

    with clock.fixed_at(opening + timedelta(days=6)):
        Walker(london_as("mei")).fill(
            f"/periods/disputes/{dispute.id}", action="/decide", outcome="changed", amount="35.00",
            also=[str(entry.seq) for entry in (mine[1], *hers)], answer="You shared the car both ways; all four lines say so now.",
        )  # fmt: skip
    db.session.expire_all()
    assert (total("amal"), total("hana"), total()) == ("5,384.12 GBP", "5,742.51 GBP", "51,832.43 GBP")
    assert [str(entry.reporting) for key in ("amal", "hana") for entry in rides(key)] == ["35.00 GBP"] * 4
    assert (dispute.state, dispute.closed_at) == (DisputeState.RESOLVED_CHANGED, opening + timedelta(days=6))
    for change in queries_disputes.changes_of(dispute):
        assert ledger.get_entry(change.old_seq).reporting == Money(7_000, "GBP")
        assert ledger.get_entry(change.reversal_seq).reverses == change.old_seq
    assert [one.subject for one in mails_to("hana")][-1] == "A line about you was put right"
    assert "all four lines say so now" in text_of(mails_to("amal")[-1])
    with clock.fixed_at(opening + timedelta(days=6, hours=1)):
        assert "أُلغي لاحقًا" in phone.open("/p/given")  # taken back later
        paper = phone.browser.get(f"/p/given/statement.pdf?year={period.to_on.year}")
        assert (paper.status_code, paper.mimetype) == (200, "application/pdf")
    assert ledger.verify().is_ok


def test_a_line_of_somebody_else_is_not_there_whatever_is_pressed(
    london: Flask, london_as: Callable[[str], FlaskClient], period: Period
) -> None:
    """c38: pages and buttons answer 404, as for a number nobody has."""
    phone = london.test_client()
    opening = datetime.combine(period.to_on, time(10), ZoneInfo("UTC"))
    with clock.fixed_at(opening):
        phone.post(link_to(mails_to("amal")[0]))
        hers, own = rides("hana")[0].seq, rides("amal")[0].seq
        sent = Walker(phone).typed(f"/p/given/{own}", action=f"/p/given/{own}")
        for number in (hers, 999_999):
            assert phone.get(f"/p/given/{number}").status_code == 404
            bad = sent | {"reason": "I shared the car with Hana.", "form_key": f"key-{number}"}
            assert phone.post(f"/p/given/{number}", data=bad).status_code == 404
            assert (
                phone.post(f"/p/given/{number}/confirm", data=bad | {"form_key": f"c{number}"}).status_code
                == 404
            )
            assert (
                phone.post(f"/p/given/{number}/withdraw", data=bad | {"form_key": f"w{number}"}).status_code
                == 404
            )
    assert queries_disputes.list_disputes(period) == []
    assert queries.attestations(period) == []


@pytest.mark.parametrize("amount", ["0", "-35", "NaN", "1e400", "35.005", "three", "70.00"])
def test_a_bad_proposal_is_said_at_the_field_and_kept(london: Flask, period: Period, amount: str) -> None:
    """Bad input: 422, nothing written, everything typed is still there."""
    phone = Walker(london.test_client())
    with clock.fixed_at(datetime.combine(period.to_on, time(10), ZoneInfo("UTC"))):
        phone.browser.post(link_to(mails_to("amal")[0]))
        own = rides("amal")[0].seq
        page = phone.fill(
            f"/p/given/{own}", status=422, amount=amount, reason="I shared the car with Hana."
        ).get_data(as_text=True)
    assert 'id="amount-err"' in page
    assert f'value="{amount}"' in page
    assert "I shared the car with Hana." in page
    assert queries_disputes.list_disputes(period) == []
