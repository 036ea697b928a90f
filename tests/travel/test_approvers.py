"""Who may approve what a rule of travel reserves: whom the rule names, and nobody else (T2, L8, R1, R2)."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.accounts import operations_successions
from app.accounts.details import AbsenceDetails
from app.accounts.models import Role, User
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import DomainError, NotAllowed
from app.ledger import operations as book
from app.ledger.details import ExceptionDetails
from app.ledger.models import Approver, ExceptionState, RuleException
from app.ledger.policies import ExceptionRefused
from app.notices.models import Notice
from app.people import operations_owners
from app.people.models import OwnerRole, Person
from app.travel import operations, queries_costs
from app.travel.models import TravelClass, TravelRule, Trip
from app.travel.policies import OutsideRule
from tests.conftest import fresh
from tests.factories import accounts, events, ledger
from tests.factories import travel as make

SignIn = Callable[..., FlaskClient]
RULE = "Premium economy; more with the owner's word."


@pytest.fixture(autouse=True)
def booking_day(app: object) -> Iterator[None]:
    with clock.fixed_at(make.BOOKING_DAY):
        yield


def mei() -> User:
    return accounts.user(name="Mei", role=Role.RELATIONS)


def ada() -> User:
    return accounts.user(name="Ada", role=Role.ADMIN, in_department="Administration")


def jack() -> Trip:
    """Jack, whom Mei owns, has accepted."""
    show = events.event()
    who = events.enrolled(show, "Jack", owner=mei())
    return make.trip(events.accepted(show, person=who))


def named(approver: Approver, **changes: Any) -> TravelRule:
    return make.rule(
        text=RULE, min_minutes=0, max_class=TravelClass.PREMIUM_ECONOMY, approver=approver, **changes
    )


def asked(trip: Trip, approver: Approver, *, by: User | None = None) -> RuleException:
    details = ledger_details(trip, approver)
    with transaction():
        return operations.ask_exception(
            db.session.merge(trip), details, by=db.session.merge(by or events.ruth())
        )


def ledger_details(trip: Trip, approver: Approver) -> ExceptionDetails:
    return ExceptionDetails(
        person_id=trip.person_id, rule="travel_class", approver=approver, reason="He works on the flight.",
        expires_on=date(2026, 12, 1), subject_kind="travel", subject_id=trip.id,
    )  # fmt: skip


def decide(row: RuleException, by: User) -> RuleException:
    with transaction():
        return book.decide_exception(
            db.session.merge(row), is_granted=True, reason="Fits the program.", by=db.session.merge(by)
        )


@pytest.mark.parametrize(
    ("approver", "who", "others"),
    [
        (Approver.COMPLIANCE, "Helga", ["Ada", "Mei", "Ruth"]),
        (Approver.OWNER, "Mei", ["Helga", "Ada", "Ruth"]),
        (Approver.ADMIN, "Ada", ["Helga", "Mei", "Ruth"]),
    ],
)
def test_t2_whom_the_rule_names_approves_and_nobody_else(
    app: object, approver: Approver, who: str, others: list[str]
) -> None:
    """T2, L8: the others are refused with the rule quoted; then the flight is booked on the approval."""
    named(approver)
    trip = jack()
    users = {"Helga": ledger.compliance(), "Ada": ada(), "Mei": mei(), "Ruth": events.ruth()}
    with pytest.raises(OutsideRule, match=refusal_of(approver)):
        make.leg(trip)
    row = asked(trip, approver)
    told = db.session.scalars(sa.select(Notice).where(Notice.source_kind == "ledger.exceptions")).one()
    expected = {
        Approver.COMPLIANCE: ("compliance", None),
        Approver.ADMIN: ("admin", None),
        Approver.OWNER: (None, mei().id),
    }
    assert (told.role, told.user_id) == expected[approver]
    for name in others:
        with pytest.raises(DomainError) as refused:
            decide(row, users[name])
        db.session.rollback()
        if isinstance(refused.value, NotAllowed):
            assert RULE in str(refused.value)
    assert fresh(row).state is ExceptionState.ASKED
    with pytest.raises(OutsideRule):
        make.leg(trip)
    assert decide(row, users[who]).state is ExceptionState.GRANTED
    assert "By exception" in make.leg(trip).verdict


def refusal_of(approver: Approver) -> str:
    return {
        Approver.COMPLIANCE: "or ask compliance for an exception",
        Approver.OWNER: "or ask the owner of the relationship for an exception",
        Approver.ADMIN: "or ask an administrator for an exception",
    }[approver]


def test_t2_l8_another_one_s_yes_is_not_enough(app: object) -> None:
    """T2: what compliance granted does not stand in for an administrator, whom the rule names."""
    named(Approver.ADMIN)
    trip = jack()
    decide(asked(trip, Approver.COMPLIANCE), ledger.compliance())
    with pytest.raises(OutsideRule, match="an administrator"):
        make.leg(trip)


def test_l8_an_owner_who_asks_does_not_answer_it(app: object) -> None:
    """L8, R1: then compliance decides, and that is enough."""
    named(Approver.OWNER)
    trip = jack()
    row = asked(trip, Approver.OWNER, by=mei())
    assert row.approver is Approver.COMPLIANCE
    with pytest.raises(ExceptionRefused, match="yourself"):
        decide(row, mei())
    db.session.rollback()
    decide(row, ledger.compliance())
    assert "By exception" in make.leg(trip).verdict


def test_r2_the_deputy_of_an_owner_who_is_away_approves_in_that_name(app: object) -> None:
    """R2: only while the owner is away; both names are kept."""
    named(Approver.OWNER)
    sam = accounts.user(role=Role.RELATIONS, name="Sam")
    trip = jack()
    row = asked(trip, Approver.OWNER)
    with transaction():
        operations_owners.hand_over(
            db.session.get_one(Person, trip.person_id), db.session.merge(sam), by=None, role=OwnerRole.DEPUTY
        )
    with pytest.raises(NotAllowed, match="Only the owner of the relationship"):
        decide(row, sam)
    db.session.rollback()
    with transaction():
        days = AbsenceDetails(from_on=clock.today(), to_on=clock.today() + timedelta(days=5))
        operations_successions.add_absence(days, by=db.session.merge(mei()))
    done = fresh(decide(row, sam))
    assert done.decided_by
    assert done.on_behalf_of
    assert (done.decided_by.name, done.on_behalf_of.name) == ("Sam", "Mei")


def test_t2_what_is_asked_again_goes_to_whom_was_asked(app: object) -> None:
    """T2, c9: a dearer fare voids the owner's yes and asks the owner again."""
    named(Approver.OWNER)
    trip = jack()
    row = decide(asked(trip, Approver.OWNER), mei())
    leg = make.leg(trip)
    with transaction():
        dearer = make.leg_details(cost=ledger.gbp("9000"))
        operations.edit_leg(db.session.merge(leg), dearer, by=events.ruth())
    again = db.session.scalars(sa.select(RuleException).filter_by(earlier_id=row.id)).one()
    assert (again.approver, again.state) == (Approver.OWNER, ExceptionState.ASKED)
    assert "so the owner of the relationship is asked again" in fresh(leg).verdict


def test_t2_pages_say_whose_approval_is_needed(app: object, signed_in: SignIn) -> None:
    """T2: on the rule, the form, the request; whoever is named finds the decision there, others do not."""
    browser = signed_in(accounts.user(role=Role.COMPLIANCE, name="Helga", in_department="Compliance"))
    rule = {
        "place": "10", "text": RULE, "effective_from_on": "2026-09-14", "min_minutes": "0", "max_class": "premium_economy",
        "approver": "owner", "currency": "GBP",
    }  # fmt: skip
    assert browser.post("/travel/rules/new", data=rule).status_code == 303
    assert "more: by the owner of the relationship" in browser.get("/travel/rules").text
    assert browser.post("/travel/rules/new", data=rule | {"approver": "partner"}).status_code == 422
    trip = jack()
    ruth = signed_in(events.ruth())
    value = "travel_class:owner"
    assert f'value="{value}"' in ruth.get(f"/travel/{trip.id}/exception").text
    assert value in [code for code, _ in queries_costs.rules_to_cross(db.session.merge(trip))]
    words = {"rule": value, "reason": "He works on the flight.", "expires_on": "2026-12-01"}
    assert ruth.post(f"/travel/{trip.id}/exception", data=words).status_code == 303
    row = db.session.scalars(sa.select(RuleException)).one()
    assert (row.rule, row.approver) == ("travel_class", Approver.OWNER)
    path, decision = f"/ledger/exceptions/{row.id}", 'name="decision"'
    assert "Needs approval by the owner of the relationship" in browser.get("/ledger/exceptions/").text
    compliance = browser.get(path).text
    assert ("It waits for the owner of the relationship." in compliance, decision in compliance) == (
        True,
        False,
    )
    answer = {"decision": "grant", "reason": "Fits the program."}
    refused = browser.post(path, data=answer)
    assert (refused.status_code, RULE in unescape(refused.text)) == (422, True)
    owner = signed_in(mei())
    assert decision in owner.get(path).text
    assert owner.post(path, data=answer).status_code == 303
    assert fresh(row).state is ExceptionState.GRANTED
