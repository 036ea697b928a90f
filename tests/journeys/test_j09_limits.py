"""J9: the queue of compliance, a stand-in for a week, a cap tried on the past before it is adopted."""

from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core import clock
from app.core.db import db
from app.core.money import Money
from app.ledger import queries
from app.ledger.details import CapDetails
from app.ledger.models import Cap
from app.ledger.policies import Level
from tests.journeys.walking import Walker, last_line

#: A cap as the simulator's address holds it.
TRIED = "/ledger/caps/simulator?leg=non_cash&window=calendar_year&currency=GBP&soft=5,000.00&name=Lower+annual+cap"


def test_a_cap_of_five_thousand_would_have_warned_five(london_as: Callable[[str], FlaskClient]) -> None:
    """O5, J9.5: exactly the five whose trips cost more; each opens its rows; nothing is written by trying."""
    helga = Walker(london_as("helga"))
    line = last_line()
    page = helga.open(TRIED)
    lower = CapDetails(
        name="Lower annual cap", currency="GBP", soft_minor=500_000, effective_from_on=clock.today()
    )
    rows = queries.simulate(lower).rows
    assert {row.person.email.partition("@")[0] for row in rows if row.person} == {
        "amal",
        "nneka",
        "jack",
        "mateus",
        "hana",
    }
    assert [row.level for row in rows] == [Level.WARN] * 5
    for row in rows:
        assert row.person is not None
        assert row.person.name in page
        assert f"{row.over.amount:,.2f}" in page
        received = queries.totals(
            [queries.By.LEG],
            queries.Scope(person_id=row.person.id, year=row.crossing.begins.year, leg=lower.leg),
        )
        assert sum((one.received for one in received), Money(0, "GBP")) == row.exposure
    assert last_line() == line
    assert [cap.soft for cap in db.session.scalars(sa.select(Cap))] == [Money(750_000, "GBP")]


def test_the_cap_is_adopted_in_the_place_of_the_old_one(london_as: Callable[[str], FlaskClient]) -> None:
    """J9.5, L9: the form comes filled; the old cap ends the day before and keeps its limits."""
    helga = Walker(london_as("helga"))
    old = db.session.scalars(sa.select(Cap)).one()
    tried = helga.open(f"{TRIED}&against={old.id}")
    address = next(part for part in tried.split('"') if part.startswith("/ledger/caps/new?"))
    helga.fill(address.replace("&amp;", "&"))
    db.session.rollback()
    new = db.session.scalars(sa.select(Cap).where(Cap.replaces_id == old.id)).one()
    db.session.refresh(old)
    assert (new.soft, new.effective_from_on, old.soft, old.effective_to_on) == (
        Money(500_000, "GBP"), clock.today(), Money(750_000, "GBP"), clock.today() - timedelta(days=1),
    )  # fmt: skip
