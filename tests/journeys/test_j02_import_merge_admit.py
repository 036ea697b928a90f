"""J2: import, merge, admit, as Mei walks it through the pages."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.accounts.models import User
from app.core import clock
from app.core.db import db, transaction
from app.ledger.models import Basis, Category, Form
from app.ledger.queries import By, Scope, totals
from app.outreach import queries as contacts
from app.outreach.models import TouchKind
from app.people import operations, queries_merges
from app.people.details import WishDetails
from app.people.models import Person
from app.programs import queries as programs
from tests.factories import ledger, outreach, people
from tests.journeys.walking import Walker

# -- J2.3: duplicates and merge ----------------------------------------------------------------------------------


@pytest.fixture
def moreau(london_as: Callable[[str], FlaskClient]) -> tuple[Walker, int, int]:
    """Mei's browser, Ines Moreau, and the record another department had of her: 3 touches, 1 opt-out, 85.00."""
    mei = Walker(london_as("mei"))
    mail = {
        name: db.session.scalars(sa.select(User).filter_by(email=f"{name}@lumen.example")).one()
        for name in ("mei", "tom")
    }
    ines = people.person("Ines Moreau", owner=mail["mei"], email="ines@voices.example", home_country="FR")
    double = people.person(
        "Dr I. Moreau", owner=mail["tom"], email="i.moreau@press.example", home_country="FR"
    )
    for kind in (TouchKind.REPLY, TouchKind.TRANSACTIONAL, TouchKind.REPLY):
        outreach.touch(double, mail["tom"], kind=kind)
    program = programs.find_program("Global KOL")
    assert program is not None
    ledger.post(
        ledger.stay(double, program, money=ledger.gbp("85"), category=Category.GIFT, form=Form.IN_KIND_VENDOR,
                    basis=Basis.ACTUAL_COST, value_on=date(2026, 9, 1), external_ref="R-85")
    )  # fmt: skip
    with transaction():
        operations.set_wishes(db.session.get_one(Person, double.id), WishDetails(is_opted_out=True), by=None)
    return mei, ines.id, double.id


def figures(*ids: int) -> dict[str, Any]:
    """Value per program and overall, touches and opt-outs, of the records that stand for themselves."""
    db.session.rollback()
    alive = [id for id in ids if db.session.get_one(Person, id).merged_into_id is None]
    facts = contacts.contact_facts(alive, contacts.limit_in_force(clock.now()), clock.now())
    return {
        "programs": [(row.keys, row.currency, row.n, row.quantity, row.reporting_minor) for row in totals([By.PROGRAM, By.LEG, By.UNIT])],
        "value": sum(row.reporting_minor for id in alive for row in totals([], Scope(person_id=id))),
        "touches": sum(contacts.list_touches(None, contacts.TouchFilter(person_id=id)).total for id in alive),
        "opt-outs": sum(facts[id].is_opted_out for id in alive),
    }  # fmt: skip


def test_the_pair_is_suggested_with_its_reason(moreau: tuple[Walker, int, int]) -> None:
    """J2.3: People > Duplicates."""
    mei, ines, double = moreau
    mei.press("/people/duplicates", "/look")
    page = mei.follow()
    assert f'href="/people/{ines}/merge/{double}"' in page
    assert "same family name and initial, same country" in page


def test_side_by_side_says_what_moves(moreau: tuple[Walker, int, int]) -> None:
    """J2.3: "3 touches, 1 opt-out, 1 value entry 85.00 kept"."""
    mei, ines, double = moreau
    page = mei.open(f"/people/{ines}/merge/{double}")
    lines = re.findall(r"<li>([^<]*)</li>", page)
    said = [line for line in lines if line in {"3 touches", "1 opt-out", "1 value entry 85.00 GBP kept"}]
    assert said == ["3 touches", "1 opt-out", "1 value entry 85.00 GBP kept"]


def test_merge_undo_and_merge_again_have_the_same_totals(moreau: tuple[Walker, int, int]) -> None:
    """J2.3: same totals each time."""
    mei, ines, double = moreau
    before = figures(ines, double)
    assert (before["value"], before["touches"], before["opt-outs"]) == (8_500, 3, 1)
    page = f"/people/{ines}/merge/{double}"
    mei.fill(page, reason="She told us at the congress.", action=page)
    record = mei.number()
    assert figures(ines, double) == before
    assert "Dr I. Moreau was merged into Ines Moreau" in _landing(mei, double)
    mei.fill(f"/people/merges/{record}", reason="To be sure.", action=f"/people/merges/{record}")
    assert figures(ines, double) == before
    assert db.session.get_one(Person, double).merged_into_id is None
    mei.fill(page, reason="It is her.", action=page)
    assert figures(ines, double) == before
    assert queries_merges.merge_of(double) is not None


def _landing(mei: Walker, old: int) -> str:
    """The page the old address leads to."""
    mei.at = mei.browser.get(f"/people/{old}")
    assert mei.at.status_code == 303
    return mei.follow()
