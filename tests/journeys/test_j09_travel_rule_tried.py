"""J9: a changed rule of travel tried on the trips to London before it is in force (O5)."""

from collections.abc import Callable
from datetime import date

import sqlalchemy as sa
from flask.testing import FlaskClient

from app.accounts.models import AuditEvent
from app.core.db import db
from app.core.money import Money
from app.travel import queries
from app.travel.details import TravelRuleDetails
from app.travel.models import TravelClass, TravelRule
from app.travel.queries_simulator import simulate_rule
from tests.journeys.walking import Walker, last_line

PAGE = "/travel/rules/simulator"
#: A night for everybody as for officials.
NIGHTS = "place=1&amount=250.00&currency=GBP&min_minutes=0"
WHO_FLEW_BUSINESS = {"amal", "nneka", "jack", "lerato", "mateus", "bilal", "hana"}


def thought_of(**changes: object) -> TravelRuleDetails:
    values: dict[str, object] = {"place": 1, "text": "Tried.", "effective_from_on": date(2026, 1, 1)}
    return TravelRuleDetails.model_validate(values | changes)


def test_premium_economy_for_everybody_would_have_concerned_seven(
    london_as: Callable[[str], FlaskClient],
) -> None:
    """O5, T2: whoever flew in business, with the sum of their fares; the train and the declined flight are not asked."""
    business = next(rule for rule in queries.list_rules() if rule.max_class is TravelClass.BUSINESS)
    found = simulate_rule(thought_of(max_class=TravelClass.PREMIUM_ECONOMY), None, against=business)
    assert {row.person.email.partition("@")[0] for row in found.rows} == WHO_FLEW_BUSINESS
    assert (found.n_people, found.n_new, found.sums) == (7, len(found.rows), (Money(2_356_480, "GBP"),))
    # The rule as it stands, tried on its own trips, says nothing new.
    same = thought_of(
        place=business.place, text=business.text, max_class=business.max_class, min_minutes=business.min_minutes,
        mode=business.mode,
    )  # fmt: skip
    assert [row for row in simulate_rule(same, None, against=business).rows if row.is_new] == []


def test_a_night_of_250_for_everybody_would_have_concerned_ten(
    london_as: Callable[[str], FlaskClient],
) -> None:
    """O5, O6: page, figures and file agree; each opens its trip; trying writes nothing but who took the file away."""
    found = simulate_rule(thought_of(max_night=Money(25_000, "GBP")), None)
    assert (found.n_people, len(found.rows), found.sums) == (10, 10, (Money(2_080_000, "GBP"),))
    helga, before = Walker(london_as("helga")), last_line()
    page = helga.open(f"{PAGE}?{NIGHTS}")
    assert "GBP 20,800.00" in page
    for row in found.rows:
        assert row.person.name in page
        assert f"/travel/{row.trip.id}" in page
    assert last_line() == before
    csv = helga.open(f"{PAGE.replace('simulator', 'simulator.csv')}?{NIGHTS}")
    assert csv.count("needed an exception") == 10
    db.session.rollback()
    assert db.session.scalars(sa.select(AuditEvent.action).where(AuditEvent.id > before)).all() == [
        "travel.simulation_exported"
    ]
    assert db.session.scalar(sa.select(sa.func.count(TravelRule.id))) == len(queries.list_rules())


def test_what_was_tried_is_put_in_force(london_as: Callable[[str], FlaskClient]) -> None:
    """O5, L9: the form comes filled; nothing is in force before it is sent."""
    helga = Walker(london_as("helga"))
    page = helga.open(f"{PAGE}?{NIGHTS}&text=A+night+costs+at+most+250.00.")
    address = next(part for part in page.split('"') if part.startswith("/travel/rules/new?"))
    helga.fill(address.replace("&amp;", "&"))
    db.session.rollback()
    rule = db.session.scalars(sa.select(TravelRule).order_by(TravelRule.id.desc()).limit(1)).one()
    assert (rule.text, rule.max_night_minor, rule.place) == ("A night costs at most 250.00.", 25_000, 1)


def test_what_cannot_be_tried_is_said(london_as: Callable[[str], FlaskClient]) -> None:
    helga, daniel = london_as("helga"), london_as("daniel")
    for bad in (
        "place=1", "place=0&max_class=economy", "place=1&max_class=first", "place=1&amount=NaN&currency=GBP", "place=x",
        "place=1&max_class=economy&from_on=2026-05-02&to_on=2026-05-01", "place=1&max_class=economy&against=999",
    ):  # fmt: skip
        answer = helga.get(f"{PAGE}?{bad}")
        assert (answer.status_code, "Nothing was tried" in answer.text) == (422, True), bad
    assert helga.get(f"{PAGE}.csv").status_code == 404
    assert daniel.get(PAGE).status_code == 403


def test_the_result_of_a_tried_cap_can_be_taken_away(london_as: Callable[[str], FlaskClient]) -> None:
    """O5, R4, J9.5: the same five as on the page, in both formats, and a line in the trail."""
    helga = london_as("helga")
    asked = "leg=non_cash&window=calendar_year&currency=GBP&soft=5,000.00"
    csv = helga.get(f"/ledger/caps/simulator.csv?{asked}")
    assert (csv.status_code, csv.text.partition("\n")[2].count(",warned,")) == (200, 5)
    assert helga.get(f"/ledger/caps/simulator.xlsx?{asked}").data[:2] == b"PK"
    assert helga.get("/ledger/caps/simulator.csv").status_code == 404
    latest = sa.select(AuditEvent.action).order_by(AuditEvent.id.desc()).limit(2)
    assert set(db.session.scalars(latest)) == {"ledger.simulation_exported"}
