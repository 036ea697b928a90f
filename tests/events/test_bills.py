"""Bills that were shared at an event: typed by hand they name it, and its close counts them (L3, J6)."""

from collections.abc import Callable
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.core.db import db, transaction
from app.core.money import Money
from app.events import queries_close
from app.ledger import operations as ledger
from app.ledger import queries_verification
from app.ledger.details import SharedCostDetails
from app.ledger.models import Entry, SharedCost
from app.ledger.policies import SharedCostRefused
from tests.factories import events as make
from tests.factories import programs

SignIn = Callable[..., FlaskClient]


def test_l3_a_bill_typed_by_hand_counts_at_the_close_of_its_event(app: Flask, signed_in: SignIn) -> None:
    """L3, J6: opened from the event, the form holds event, program and day; entries and the close name it."""
    event = make.event()
    make.accepted(event, "Amal")
    make.accepted(event, "Jack")
    browser = signed_in(Role.COORDINATOR)
    assert f'href="/ledger/shared/new?event={event.id}"' in browser.get(f"/events/{event.id}/close").text
    page = browser.get(f"/ledger/shared/new?event={event.id}").text
    assert f'<option selected value="{event.id}">{event.name}, ' in page
    assert f'<option selected value="{event.program_id}">' in page
    values = {
        "title": "Dinner of the first evening", "category": "meal", "program_id": str(event.program_id), "event_id": str(event.id),
        "value_on": "2026-10-14", "amount": "100.00", "currency": "GBP", "people": "Amal\nJack\n", "hosts": "Ruth\nMei",
    }  # fmt: skip
    assert browser.post("/ledger/shared/new", data=values).status_code == 303
    assert db.session.scalars(sa.select(Entry.event_id)).all() == [event.id, event.id]
    (bill,) = queries_close.list_bills(event)
    assert (bill.guests, bill.hosts, str(bill.shared.cost)) == (2, 2, "100.00 GBP")
    found = queries_close.close_of(event, make.ruth())
    assert {line.invitation.person.name: (line.meals, line.non_cash) for line in found.lines} == {
        "Amal": (1, Money(2500, "GBP")),
        "Jack": (1, Money(2500, "GBP")),
    }
    closed = browser.get(f"/events/{event.id}/close").text
    assert "Dinner of the first evening" in closed
    assert f'href="/events/{event.id}"' in browser.get("/ledger/shared/1").text
    assert queries_verification.verify().is_ok


def test_l3_a_bill_without_an_event_stays_without(app: Flask, signed_in: SignIn) -> None:
    """L3: the event is a choice; an address that names none fills nothing in."""
    event = make.event()
    make.accepted(event, "Amal")
    browser = signed_in(Role.COORDINATOR)
    assert f'<option value="{event.id}">{event.name}, ' in browser.get("/ledger/shared/new?event=99999").text
    values = {
        "title": "Lunch", "category": "meal", "program_id": str(event.program_id), "event_id": "", "value_on": "2026-10-14",
        "amount": "10.00", "currency": "GBP", "people": "Amal", "hosts": "",
    }  # fmt: skip
    assert browser.post("/ledger/shared/new", data=values).status_code == 303
    assert db.session.scalars(sa.select(SharedCost.event_id)).all() == [None]
    assert queries_close.list_bills(event) == []


def test_l3_the_event_belongs_to_the_program(app: Flask, signed_in: SignIn) -> None:
    """L3: an event of another program, or none there is, is refused and nothing is written."""
    event = make.event()
    invitation = make.accepted(event, "Amal")
    elsewhere = programs.program("Another one")
    values = {
        "title": "Lunch", "category": "meal", "program_id": str(elsewhere.id), "event_id": str(event.id), "value_on": "2026-10-14",
        "amount": "10.00", "currency": "GBP", "people": "Amal", "hosts": "",
    }  # fmt: skip
    answer = signed_in(Role.COORDINATOR).post("/ledger/shared/new", data=values)
    assert (answer.status_code, "belongs to another program" in answer.text) == (422, True)
    unknown = SharedCostDetails(
        title="Lunch", program_id=elsewhere.id, event_id=99999, value_on=date(2026, 10, 14), money=Money(1000, "GBP"),
        person_ids=(invitation.person_id,),
    )  # fmt: skip
    with pytest.raises(SharedCostRefused, match="another program"), transaction():
        ledger.record_shared_cost(unknown, by=None)
    db.session.rollback()
    assert db.session.scalars(sa.select(SharedCost)).all() == []
