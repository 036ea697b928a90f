"""J8: Amal opens her link, in Arabic; she reads what she was given, and nobody else's lines."""

import re
from collections.abc import Callable

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db
from app.disclosures.models import Acknowledgement
from app.people.models import Person
from tests.journeys.walking import Walker, last_line, trail_since


def _person(key: str) -> Person:
    return db.session.scalars(sa.select(Person).filter_by(email=f"{key}@voices.example")).one()


def _link(london_as: Callable[[str], FlaskClient], key: str) -> str:
    """The personal link as the staff page shows it, once."""
    mei = Walker(london_as("mei"))
    answer = mei.fill(f"/p/invite/{_person(key).id}", status=200, how="show")
    found = re.search(r"/p/enter/[A-Za-z0-9_-]+", answer.get_data(as_text=True))
    assert found is not None
    return found.group()


def test_a_scanner_cannot_eat_the_link_and_it_opens_once(
    london: Flask, london_as: Callable[[str], FlaskClient]
) -> None:
    """HEAD, GET, GET, then POST; the second POST finds it used."""
    link = _link(london_as, "amal")
    phone = london.test_client()
    assert phone.head(link).status_code == 200
    assert phone.get(link).status_code == 200
    assert phone.get(link).status_code == 200
    assert phone.post(link).status_code == 303
    assert london.test_client().post(link).status_code != 303


def test_she_sees_her_lines_in_her_language_and_nobody_elses(
    london: Flask, london_as: Callable[[str], FlaskClient]
) -> None:
    """L13, R3: four kinds of lines, 5,454.12 in all; right to left; Jack's numbers are nowhere."""
    phone = london.test_client()
    phone.post(_link(london_as, "amal"))
    home = phone.get("/p/").get_data(as_text=True)
    assert 'dir="rtl"' in home
    given = phone.get("/p/given").get_data(as_text=True)
    plain = re.sub(r"[\u200e\u200f\u061c\u2066-\u2069]", "", given)
    for amount in ("3,108.40", "2,080.00", "125.72", "5,454.12"):
        assert amount in plain or amount.replace(",", "٬").replace(".", "٫") in plain
    assert "5,038.08" not in plain
    for path in ("/people/", "/ledger/", "/reports/value/1"):
        assert phone.get(path).status_code == 303  # to the sign-in of the house


def test_she_acknowledges_the_policy_herself(london: Flask, london_as: Callable[[str], FlaskClient]) -> None:
    """D2: somebody who has not yet, reads and accepts; nobody of the company signs for her."""
    yusra = _person("yusra")
    assert db.session.scalars(sa.select(Acknowledgement).filter_by(person_id=yusra.id)).all() == []
    phone = Walker(london.test_client())
    phone.browser.post(_link(london_as, "yusra"))
    before = last_line()
    home = phone.open("/p/")
    policy = re.search(r"/p/policies/\d+", home)
    assert policy is not None
    phone.press(policy.group(), policy.group())
    db.session.rollback()
    accepted = db.session.scalars(sa.select(Acknowledgement).filter_by(person_id=yusra.id)).one()
    assert (accepted.how.value, accepted.recorded_by_id, accepted.policy_version.number) == (
        "portal",
        None,
        3,
    )
    assert trail_since(before, "disclosures") == [("disclosures.policy_acknowledged", "")]


def test_a_signed_paper_is_written_down_by_staff(london_as: Callable[[str], FlaskClient]) -> None:
    """D2: who wrote it down stands beside it; travel may be committed from then on; it is accepted once."""
    yusra, mei, before = _person("yusra"), Walker(london_as("mei")), last_line()
    mei.fill(f"/disclosure/people/{yusra.id}/acknowledge", how="signed_paper", language="sw")
    accepted = db.session.scalars(sa.select(Acknowledgement).filter_by(person_id=yusra.id)).one()
    assert (accepted.how.value, accepted.language, accepted.policy_version.number) == (
        "signed_paper",
        "sw",
        3,
    )
    assert trail_since(before) == [("disclosures.policy_acknowledged", "mei")]
    assert mei.browser.get(f"/disclosure/people/{yusra.id}/acknowledge").status_code == 404
