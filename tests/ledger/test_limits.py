"""Rules of their day: a changed cap, whom a cap is for, two who decide at once (L7, L8, L9, c21)."""

import threading
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts.models import User
from app.core import clock
from app.core.db import db, transaction
from app.ledger import operations, policies, queries
from app.ledger.details import CapDetails
from app.ledger.models import Breach, Cap, CapWindow, Category, ExceptionState, RuleException
from app.people.models import OrganisationKind, Person, PersonKind
from tests.conftest import fresh
from tests.factories import accounts, ledger, people, programs

pytestmark = pytest.mark.usefixtures("app")


def lower(**changes: object) -> CapDetails:
    values: dict[str, object] = {
        "name": "Annual non-cash cap", "currency": "GBP", "soft_minor": 100_000, "effective_from_on": clock.today(),
    }  # fmt: skip
    return CapDetails.model_validate(values | changes)


def replace_cap(old: Cap, details: CapDetails) -> Cap:
    with transaction():
        return operations.set_cap(details, by=ledger.compliance(), replaces=db.session.merge(old))


def test_what_is_entered_late_has_the_limit_of_its_day() -> None:
    """L9, c21: a limit changed today; value of yesterday, taken back and entered anew, names the old one."""
    jack, program, yesterday = people.person("Jack"), programs.program(), clock.today() - timedelta(days=1)
    old = ledger.cap(soft="7500", hard=None)
    first = ledger.post(ledger.stay(jack, program, value_on=yesterday))
    new = replace_cap(old, lower())
    with transaction():
        operations.reverse_entry(
            queries.get_entry(first.entry.seq), reason="wrong_amount", by=ledger.compliance()
        )
    again = ledger.post(ledger.stay(jack, program, value_on=yesterday, money=ledger.gbp("2100")))
    assert queries.get_entry(again.entry.seq).rule == "Annual non-cash cap: 7,500.00 GBP soft"
    assert db.session.scalars(sa.select(Breach)).all() == []
    today = ledger.post(ledger.stay(jack, program, value_on=clock.today(), money=ledger.gbp("1")))
    (breach,) = today.breaches
    assert (breach.cap_id, breach.rule, queries.get_entry(today.entry.seq).rule) == (
        new.id, "Annual non-cash cap: 1,000.00 GBP soft", "Annual non-cash cap: 1,000.00 GBP soft",
    )  # fmt: skip


BAD_CHANGES = {
    "in the past": ({"effective_from_on": date(2026, 3, 1)}, "from today at the earliest"),
    "no limit": ({"soft_minor": None}, "needs a soft limit"),
    "negative": ({"soft_minor": -1}, "from 0"),
    "astronomic": ({"soft_minor": 10**16}, "astronomic"),
    "no such money": ({"currency": "XQQ"}, "XQQ"),
    "no days": ({"window": CapWindow.ROLLING_DAYS, "n_days": -1}, "from 1"),
    "days for ever": ({"window": CapWindow.ROLLING_DAYS, "n_days": 10**9}, "3660"),
    "ends before it begins": ({"effective_to_on": date(2026, 1, 1)}, "last day lies before"),
}


@pytest.mark.parametrize(("changes", "words"), BAD_CHANGES.values(), ids=BAD_CHANGES)
def test_changing_a_cap_refuses(changes: dict[str, object], words: str) -> None:
    """L9: history is not rewritten."""
    old = ledger.cap()
    with pytest.raises(policies.CapRefused, match=words):
        replace_cap(old, lower(**changes))
    assert [(cap.id, cap.effective_to_on) for cap in db.session.scalars(sa.select(Cap))] == [(old.id, None)]


def test_a_cap_that_has_not_begun_or_has_ended_is_not_changed() -> None:
    ahead = ledger.cap(effective_from_on=clock.today() + timedelta(days=9))
    with pytest.raises(policies.CapRefused, match="Choose a later day"):
        replace_cap(ahead, lower())
    over = ledger.cap(name="Over", effective_to_on=date(2026, 2, 1))
    with pytest.raises(policies.CapRefused, match="has ended by then"):
        replace_cap(over, lower())


def test_a_cap_for_the_staff_of_analyst_firms_and_one_for_a_kind() -> None:
    """L7: role flags and kinds; all that is set must hold on the value date."""
    firm = people.organisation("Saffron Ridge", kind=OrganisationKind.ANALYST_FIRM)
    priya, jack = people.person("Priya", kind="Analyst"), people.person("Jack", kind="Podcaster")
    people.employment(priya, firm, from_on=date(2026, 9, 1))
    program = programs.program()
    podcaster = db.session.scalars(sa.select(PersonKind).filter_by(name="Podcaster")).one()
    of_firm = ledger.cap(name="Firms", employer_kind=OrganisationKind.ANALYST_FIRM)
    of_kind = ledger.cap(name="Podcasters", kind_code=podcaster.code)
    of_staff = ledger.cap(name="Employed", is_for_employed=True)
    both = ledger.cap(name="Employed podcasters", kind_code=podcaster.code, is_for_employed=True)
    everybody = ledger.cap(name="Everybody")

    def named(person: Person, on: date) -> list[str]:
        found = queries.caps_in_force(person, program.id, Category.LODGING, everybody.leg, on)
        return [cap.name for cap in found]

    assert named(priya, date(2026, 10, 1)) == [of_firm.name, of_staff.name, everybody.name]
    assert named(priya, date(2026, 8, 1)) == [everybody.name]
    assert named(jack, date(2026, 10, 1)) == [of_kind.name, everybody.name]
    assert both.name not in named(jack, date(2026, 10, 1))


def test_of_two_who_decide_at_once_one_is_told(app: Flask) -> None:
    """L8: the second sees what the first said."""
    asked = ledger.asked(people.person("Jack"), "travel_class")
    deciders = [ledger.compliance().id, accounts.user(name="Sam", role=ledger.compliance().role).id]
    number, ready, said = asked.id, threading.Barrier(2), list[str]()
    db.session.remove()

    def decide(user_id: int, is_granted: bool) -> None:
        with app.app_context():
            ready.wait()
            try:
                with transaction():
                    by = db.session.get_one(User, user_id)
                    operations.decide_exception(
                        queries.get_exception(number),
                        is_granted=is_granted,
                        reason="Looked at carefully.",
                        by=by,
                    )
                said.append("decided")
            except policies.ExceptionRefused as error:
                said.append(error.message)
            finally:
                db.session.remove()

    threads = [
        threading.Thread(target=decide, args=pair) for pair in zip(deciders, (True, False), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    row = db.session.get(RuleException, number)
    assert row is not None
    assert sorted(said) == sorted(
        ["decided", f"This was already {row.state.value}; a new question needs a new request."]
    )
    assert fresh(row).state in (ExceptionState.GRANTED, ExceptionState.REFUSED)
