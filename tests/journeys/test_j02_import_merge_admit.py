"""J2: import, merge, admit, as Mei walks it through the pages."""

import io
import re
from collections.abc import Callable
from datetime import date
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role, User
from app.core import clock
from app.core.db import db, transaction
from app.ledger.models import Basis, Category, Form
from app.ledger.queries import By, Scope, totals
from app.notices.models import Notice
from app.outreach import queries as contacts
from app.outreach.models import TouchKind
from app.people import operations, queries_merges
from app.people.details import WishDetails
from app.people.models import Person
from app.programs import queries as programs
from tests.factories import accounts, ledger, outreach, people
from tests.factories import imports as files
from tests.factories import programs as make_programs
from tests.journeys.walking import Walker

# -- J2.1, J2.2: the list of another department ------------------------------------------------------------------

#: What the nine columns of the list are called there, and what each is.
THEIR_COLUMNS = {
    "Wer": "name", "Post": "email", "Ruf": "phone", "Wo": "home_country", "Spricht": "languages", "Art": "kind", "Kennt": "known_for",
    "Bei": "known_among", "Konto": "handle",
}  # fmt: skip
SAID = ("line 14 no contact route", "lines 22 and 37 same person")


@pytest.fixture
def importer(app: Flask, signed_in: Callable[..., FlaskClient]) -> Walker:
    """Mei's browser, in a house where six of the forty are known."""
    files.make_known_people()
    return Walker(signed_in(accounts.user(name="Mei")))


def upload(mei: Walker) -> str:
    """The list of forty lines under the names its department gives the columns; the page it leads to."""
    head, _, lines = files.pr_list().partition(b"\r\n")
    assert len(head.split(b",")) == len(THEIR_COLUMNS) == 9
    data = ",".join(THEIR_COLUMNS).encode() + b"\r\n" + lines
    file = {"file": (io.BytesIO(data), "pr.csv")}
    mei.at = mei.browser.post("/imports/new", data=file, content_type="multipart/form-data")
    assert mei.at.status_code == 303
    return mei.follow()


def count_people() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count(Person.id))) or 0


def known_for() -> dict[str, str]:
    """What the six are known for by name; the list says more of them than we knew."""
    rows = sa.select(Person.name, Person.known_for).where(Person.name.in_(files.KNOWN_LINES.values()))
    return {row.name: row.known_for for row in db.session.execute(rows)}


def test_nine_columns_are_mapped_and_the_dry_run_writes_nothing(importer: Walker) -> None:
    """J2.1: "create 31, update 6, skip 3 (line 14 no contact route; lines 22 and 37 same person)"."""
    assert "Say which column is what" in upload(importer)
    number = importer.at.request.path.split("/")[2]  # type: ignore[union-attr]
    chosen = {f"column_{at}": field for at, field in enumerate(THEIR_COLUMNS.values())}
    importer.fill(f"/imports/{number}/preview", action="preview", **chosen)
    page = importer.follow()
    assert "Import 37 people" in page
    assert re.findall(r"<li>(lines? [^<]*)</li>", page) == list(SAID)
    assert [f">{number}<" in page for number in (31, 6, 3)] == [True, True, True]
    assert (count_people(), set(known_for().values())) == (6, {""})
    again = upload(importer)
    assert ("Import 37 people" in again, count_people()) == (True, 6)  # the choice is remembered


def test_run_leaves_a_receipt_and_undo_takes_the_updates_back_too(importer: Walker) -> None:
    """J2.2: 31/6/3, and undo also for the 6."""
    upload(importer)
    chosen = {f"column_{at}": field for at, field in enumerate(THEIR_COLUMNS.values())}
    importer.fill("/imports/1/preview", action="preview", **chosen)
    importer.press("/imports/1/preview", "run")
    page = importer.follow()
    assert "Created 31, updated 6, skipped 3." in page
    assert all(said in page for said in SAID)
    assert (count_people(), set(known_for().values())) == (37, {"private 5G"})
    importer.press("/imports/1", "undo")
    assert "Undone: 31 people removed, 6 updates taken back." in importer.follow()
    assert (count_people(), set(known_for().values())) == (6, {""})


# -- J2.4, J2.5: admission ---------------------------------------------------------------------------------------


@pytest.fixture
def admitting(app: Flask, signed_in: Callable[..., FlaskClient]) -> tuple[Walker, int]:
    """Mei's browser, and a program that has its goal."""
    mei = accounts.user(name="Mei")
    program = make_programs.program(by=mei)
    make_programs.goal(program, by=mei)
    return Walker(signed_in(mei)), program.id


def admit(mei: Walker, program: int, number: int, **more: object) -> None:
    mei.fill(
        f"/programs/{program}/admit/{number}", goal_id=1, fit_risk="low", fit_rationale="Tests what she films.", **more
    )  # fmt: skip


def test_amal_is_admitted_by_what_she_is_known_for(admitting: tuple[Walker, int]) -> None:
    """J2.4: kind, known for among whom, goal, two dated pieces of evidence, fit, languages, a channel; no follower number."""
    mei, program = admitting
    mei.fill(
        "/people/new", name="Amal", home_country="AE", zone="Asia/Dubai", languages="ar, en", kind="Video blogger",
        email="amal@voices.example", known_for="5G home tests", known_among="buyers in the Gulf",
    )  # fmt: skip
    number = mei.number()
    mei.fill(
        f"/people/{number}/channels/new", platform="YouTube", handle="@amal", audience_countries="AE, SA"
    )
    for day, what in (("2026-03-02", "Talk at a congress"), ("2026-05-09", "Cited by the regulator")):
        assert "disabled" in mei.open(f"/programs/{program}/admit/{number}")
        mei.fill(f"/people/{number}/evidence/new", summary=what, on=day)
    admit(mei, program, number)
    amal = db.session.get_one(Person, number)
    assert [(one.goal_id, one.fit_rationale) for one in programs.list_enrolments_of(amal)] == [
        (1, "Tests what she films.")
    ]
    channel = amal.channels[0]
    assert (channel.handle, channel.audience_size, amal.languages) == ("@amal", None, ["ar", "en"])
    page = mei.open(f"/people/{number}")
    assert ("5G home tests" in page, "buyers in the Gulf" in page) == (True, True)
    assert "audience" not in mei.open("/people/").split("<thead", 1)[1].split("</thead", 1)[0].lower()


def test_kerem_of_a_state_university_brings_compliance_a_task(
    admitting: tuple[Walker, int], signed_in: Callable[..., FlaskClient]
) -> None:
    """J2.5: the rule for public officials is attached, compliance is told what to do."""
    mei, program = admitting
    helga = accounts.user(name="Helga", role=Role.COMPLIANCE)
    kerem = people.admissible("Kerem", email="kerem@uni.example")
    admit(
        mei, program, kerem.id, is_state="y", official_reason="Professor at a state university"
    )  # fmt: skip
    db.session.rollback()
    kerem = db.session.get_one(Person, kerem.id)
    assert (kerem.is_official, kerem.official_reason) == (True, "Professor at a state university")
    told = db.session.scalars(sa.select(Notice).where(Notice.role == Role.COMPLIANCE)).all()
    assert [(one.source_kind, one.source_id) for one in told] == [("people", kerem.id)]
    assert told[0].message in unescape(Walker(signed_in(helga)).open("/"))
    assert "state body" in mei.open(f"/people/{kerem.id}").lower()


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
        "touches": sum(contacts.list_touches(None, contacts.TouchFilter(person_id=id)).total.number for id in alive),
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
