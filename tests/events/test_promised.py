"""What an invitation promises, in money: planned under every limit until what is booked stands in its place (E4, L7)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db, transaction
from app.events import operations, queries
from app.events.details import InvitationDetails
from app.events.models import Event, Invitation, InvitationState
from app.ledger import operations as ledger_work
from app.ledger import queries_exposure
from app.ledger.models import Cap
from app.ledger.policies import HeadroomRefused
from app.notices.models import Notice
from app.people.models import Person
from tests.conftest import fresh
from tests.factories import events as make
from tests.factories import ledger

At = Callable[[datetime], AbstractContextManager[None]]


def planned(who: Person, on: date = date(2026, 10, 13)) -> int:
    """What of a person's exposure under the one cap is planned, in minor units."""
    (cap,) = db.session.scalars(sa.select(Cap))
    return queries_exposure.exposure(who, cap, on).planned.minor


def promised(event: Event, name: str, pounds: str = "3000") -> Invitation:
    person = make.enrolled(event, name)
    details = InvitationDetails(promise="A flight and three nights.", worth=ledger.gbp(pounds))
    with transaction():
        return operations.invite(db.session.merge(event), db.session.merge(person), details, by=make.ruth())


def test_what_an_invitation_promises_is_planned_until_it_is_booked(app: Flask, at: At) -> None:
    """L7: exposure = actual + committed + planned; what is booked stands in the place of what was promised, once."""
    with at(datetime(2026, 9, 1, 12, tzinfo=UTC)):
        ledger.cap(soft="5000", hard="6000")
        event = make.event()
        one = promised(event, "Amal")
        amal = one.person
        assert planned(amal) == 300_000
        flight = ledger.plan(
            amal, event.program, "2000", event_id=event.id, expected_on=date(2026, 10, 12), source_part="leg"
        )
        with transaction():
            weighed = ledger_work.plan_value(flight, by=make.ruth())
        assert [verdict.exposure.total.minor for verdict in weighed.verdicts] == [300_000]
        assert planned(amal) == 300_000  # 2,000 booked and 1,000 left of the promise
        other = ledger.plan(amal, event.program, "2500", source_id=2, expected_on=date(2026, 11, 1))
        with transaction():
            ledger_work.plan_value(other, by=make.ruth())
        assert planned(amal) == 550_000
    with at(datetime(2026, 10, 20, 12, tzinfo=UTC)):
        assert planned(amal) == 450_000  # the day is over: what was not booked of it is not planned any more


def test_a_promise_over_a_hard_limit_is_not_made_and_a_no_frees_it(app: Flask, at: At) -> None:
    """L7 at the moment of planning; a late yes is a fact, and only said."""
    with at(datetime(2026, 9, 1, 12, tzinfo=UTC)):
        ledger.cap(soft=None, hard="4000")
        event = make.event()
        with pytest.raises(HeadroomRefused):
            promised(event, "Jack", "4001")
        one = promised(event, "Amal", "3900")
        make.send(event, [one])
        make.answer(one, InvitationState.DECLINED, reason="Ill")
        assert planned(one.person) == 0
        with transaction():
            gift = ledger.plan(
                db.session.merge(one.person), event.program, "500", expected_on=date(2026, 10, 13)
            )
            ledger_work.plan_value(gift, by=make.ruth())
        make.answer(one, InvitationState.ACCEPTED)
        assert (fresh(one).state, planned(one.person)) == (InvitationState.ACCEPTED, 50_000)
        said = db.session.scalars(sa.select(Notice.message).order_by(Notice.id.desc())).first()
        assert said is not None
        assert "comes to Connect London after all" in said


def test_the_form_of_a_promise_keeps_what_was_typed(
    app: Flask, signed_in: Callable[..., FlaskClient]
) -> None:
    event = make.event()
    person, ruth = make.enrolled(event, "Amal"), signed_in(make.ruth())
    typed = {"person_ids": str(person.id), "wave": "1", "promise": "A flight."}
    for wrong in ("-1", "a lot", "1.234", "9" * 60):
        answer = ruth.post(f"/events/{event.id}/invite", data=typed | {"worth": wrong})
        assert (answer.status_code, wrong in answer.text) == (422, True)
    assert ruth.post(f"/events/{event.id}/invite", data=typed | {"worth": "3,000"}).status_code in {303, 422}
    assert ruth.post(f"/events/{event.id}/invite", data=typed | {"worth": "3000.50"}).status_code in {
        303,
        422,
    }
    (one,) = queries.list_invitations(event)
    assert str(one.worth).startswith("3,000")
    page = ruth.get(f"/events/invitations/{one.id}/edit").text
    assert 'name="worth"' in page
    assert "3,000" in ruth.get(f"/events/invitations/{one.id}").text
