"""Suggesting duplicates over the whole list: why, how fast, what is remembered, who may see it (P3)."""

import io
import random
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import AuditEvent, Role
from app.core import jobs
from app.core.db import db, transaction
from app.imports import operations as imports
from app.imports.models import ImportRun
from app.people import operations, operations_duplicates, operations_merges, pairing, queries_merges
from app.people.details import MergeDetails, PersonDetails
from app.people.models import Person
from app.people.models_merges import DuplicatePair, PersonMerge
from app.people.names import bare_words, fold
from app.people.policies import Traits
from tests.factories import accounts, people
from tests.factories import imports as files

SignIn = Callable[..., FlaskClient]


def look() -> int | None:
    with transaction():
        return operations_duplicates.look_for_duplicates(by=accounts.user())


def suggested() -> list[tuple[str, str, str]]:
    rows = queries_merges.list_pairs(None, is_dismissed=False).rows
    return [(row.pair.one.name, row.pair.other.name, row.pair.why) for row in rows]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Dr I. Moreau", ("i", "moreau")),
        ("Moreau, Ines, PhD", ("ines", "moreau")),
        ("Prof. Dr. Ines Moreau", ("ines", "moreau")),
        ("Prof", ("prof",)),
        ("Null", ("null",)),
        ("J.R. Tolkien", ("jr", "tolkien")),
        ("王芳", ("王芳",)),
        ("X", ("x",)),
        (".,", ()),
    ],
)
def test_bare_words_leave_titles_and_degrees_out(name: str, words: tuple[str, ...]) -> None:
    assert bare_words(fold(name)) == words


def _traits(name: str, mail: str = "", country: str = "", *handles: str) -> Traits:
    return Traits(fold(name), mail, country, frozenset(handles))


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        (_traits("Dr I. Moreau"), _traits("Ines Moreau"), "same family name and initial"),
        (_traits("Dr I. Moreau", country="FR"), _traits("Ines Moreau"), "same family name and initial"),
        (_traits("I. Moreau", country="FR"), _traits("Ines Moreau", country="CA"), None),
        (_traits("Moreau, Ines"), _traits("Ines Moreau"), "same name but for title or order"),
        (_traits("Inès Moreau"), _traits("Ines Moreau"), "same name"),
        (_traits("Ines Moreau"), _traits("Ines Moreaux"), "similar name"),
        (_traits("أمل الحداد"), _traits("أَمَل الحداد"), "same name"),
        (_traits("王芳"), _traits("王芳"), "same name"),
        (_traits("김하나"), _traits("Hana Kim"), None),
        (_traits("Amal", "a@x.example"), _traits("Somebody", "a@x.example"), "same e-mail"),
        (_traits("Amal", "", "", "@a"), _traits("Somebody", "", "", "@a"), "same handle @a"),
        (_traits("Amal"), _traits("Kerem"), None),
    ],
)
def test_pairs_come_with_their_reason(one: Traits, other: Traits, why: str | None) -> None:
    """P3: by name in any script, mail and handle."""
    found = pairing.pairs_in({1: one, 2: other})
    assert [alike.why for alike in found.values()] == ([why] if why else [])


def _crowd(n: int) -> dict[int, Traits]:
    chance = random.Random(7)
    syllables = ["ka", "mo", "ri", "te", "su", "la", "ne", "vi", "do", "ba"]

    def word(length: int) -> str:
        return "".join(chance.choice(syllables) for _ in range(length))

    return {
        id: _traits(f"{word(2)} {word(3)}", f"{id}@x.example", chance.choice(["FR", "DE", "NG"]))
        for id in range(n)
    }


def test_work_grows_with_the_number_of_people_not_with_its_square(monkeypatch: pytest.MonkeyPatch) -> None:
    """P3: ten times the people are compared at most some fifteen times as often, whatever their names."""
    compared = 0
    first_look = pairing.is_worth_it

    def counting(*names: Any) -> bool:
        nonlocal compared
        compared += 1
        return first_look(*names)

    monkeypatch.setattr(pairing, "is_worth_it", counting)
    for n in (4_000, 20_000):
        compared = 0
        pairing.pairs_in(_crowd(n))
        assert n < compared <= 2 * n * 30
    compared = 0
    pairing.pairs_in({id: _traits("Ines Moreau", "agency@x.example") for id in range(5_000)})
    assert compared <= 2 * 5_000 * 30


def test_a_look_keeps_pairs_and_drops_those_that_are_over(app: Flask) -> None:
    """P3: edited apart, a pair is no pair any more; one that was turned down stays turned down."""
    people.person("Ines Moreau")
    other = people.person("Dr I. Moreau")
    people.person("Kerem")
    assert look() == 1
    assert suggested() == [("Ines Moreau", "Dr I. Moreau", "same family name and initial")]
    with transaction():
        details = PersonDetails(name="Olga Petrov")
        operations.edit_person(db.session.get_one(Person, other.id), details, by=accounts.user())
    assert look() == 0
    assert suggested() == []


def test_not_the_same_is_remembered_and_reversible(app: Flask) -> None:
    """P3: never suggested again, until somebody takes it back; each with a line in the trail."""
    for name in ("Ines Moreau", "Dr I. Moreau"):
        people.person(name)
    look()
    pair = db.session.scalars(sa.select(DuplicatePair)).one()
    with transaction():
        operations_duplicates.dismiss_pair(db.session.merge(pair), by=accounts.user())
    look()
    assert suggested() == []
    assert queries_merges.list_pairs(None, is_dismissed=True).total == 1
    with transaction():
        operations_duplicates.suggest_again(db.session.get_one(DuplicatePair, pair.id), by=accounts.user())
    assert len(suggested()) == 1
    actions = db.session.scalars(
        sa.select(AuditEvent.action)
        .where(AuditEvent.subject_kind == "duplicate_pair")
        .order_by(AuditEvent.id)
    )
    assert list(actions) == ["people.duplicate_dismissed", "people.duplicate_suggested_again"]


def test_many_people_are_left_to_the_worker(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """P3: one look waits at a time, and the worker finds the same pairs."""
    monkeypatch.setattr(operations_duplicates, "MOST_AT_ONCE", 1)
    for name in ("Ines Moreau", "Dr I. Moreau"):
        people.person(name)
    assert (look(), look()) == (None, None)
    db.session.rollback()
    assert jobs.work_off() == 1
    assert len(suggested()) == 1


def test_adding_a_person_on_the_screen_suggests_the_pair(signed_in: SignIn) -> None:
    """P3: on create, without a look through everybody."""
    people.person("Ines Moreau", home_country="FR")
    mei = signed_in(Role.RELATIONS)
    mei.post(
        "/people/new",
        data={
            "name": "Dr I. Moreau",
            "home_country": "FR",
            "zone": "Europe/Paris",
            "name_order": "given_first",
            "is_checked": "y",
            "official_status": "none",
        },
    )
    assert [pair[:2] for pair in suggested()] == [("Ines Moreau", "Dr I. Moreau")]


# -- screens -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.RELATIONS])
def test_only_who_owns_people_may_merge(signed_in: SignIn, role: Role) -> None:
    """P3, R3: partners and everybody else without the permission are refused on every page."""
    one, other = people.person("Ines Moreau"), people.person("Dr I. Moreau")
    look()
    browser = signed_in(role)
    for path in (
        "/people/duplicates",
        "/people/merges",
        f"/people/{one.id}/merge",
        f"/people/{one.id}/merge/{other.id}",
    ):
        assert browser.get(path).status_code == 403
    for path in (
        "/people/duplicates/look",
        "/people/duplicates/1/not-the-same",
        f"/people/{one.id}/merge/{other.id}",
    ):
        assert browser.post(path).status_code == 403


def test_lists_take_the_same_number_of_queries_with_1_and_30_rows(
    signed_in: SignIn, count_queries: Callable[[], int]
) -> None:
    browser = signed_in(Role.RELATIONS)

    def cost(path: str) -> int:
        browser.get(path)
        count_queries()
        assert browser.get(path).status_code == 200
        return count_queries()

    def fill(n: int) -> None:
        for number in range(n):
            mail = f"{number}-{n}@x.example"
            pair = [people.person(f"{name}{number} Person{n}", email=mail) for name in ("Aa", "Zz")]
            gone = people.person(f"Gone{number}{n}")
            with transaction():
                operations_merges.merge_people(
                    db.session.get_one(Person, pair[0].id),
                    db.session.get_one(Person, gone.id),
                    MergeDetails(reason="Same."),
                    by=accounts.user(),
                )
        look()

    fill(1)
    few = {path: cost(path) for path in ("/people/duplicates", "/people/merges", "/people/")}
    fill(29)
    assert {path: cost(path) for path in few} == few


def test_merge_page_refuses_and_keeps_what_was_typed(signed_in: SignIn) -> None:
    """P3: without a reason 422, with the choice of fields kept; with one it leads to the record of the merge."""
    kept = people.person("Ines Moreau", home_country="FR")
    gone = people.person("Dr I. Moreau", home_country="CA")
    mei = signed_in(Role.RELATIONS)
    path = f"/people/{kept.id}/merge/{gone.id}"
    data = {"version": kept.version, "gone_version": gone.version, "field-home_country": "1", "reason": ""}
    refused = mei.post(path, data=data)
    assert refused.status_code == 422
    assert 'name="field-home_country" value="1" checked' in refused.text
    done = mei.post(path, data=data | {"reason": "They told us."})
    merge = db.session.scalars(sa.select(PersonMerge)).one()
    assert (done.status_code, done.location) == (303, f"/people/merges/{merge.id}")
    assert db.session.get_one(Person, kept.id).home_country == "CA"


def test_the_old_address_leads_to_the_survivor_with_a_notice(signed_in: SignIn) -> None:
    """P3: also from the edit page, so that nobody saves the old words over the survivor; and back after undo."""
    kept, gone = people.person("Ines Moreau"), people.person("Dr I. Moreau")
    mei = signed_in(Role.RELATIONS)
    mei.post(f"/people/{kept.id}/merge/{gone.id}", data={"reason": "They told us."})
    for path in (f"/people/{gone.id}", f"/people/{gone.id}/edit"):
        answer = mei.get(path)
        assert (answer.status_code, answer.location) == (303, f"/people/{kept.id}")
    assert "Dr I. Moreau was merged into Ines Moreau" in mei.get(f"/people/{kept.id}").text
    saved = mei.post(f"/people/{gone.id}/edit", data={"name": "Old words", "version": "1"})
    assert saved.location == f"/people/{kept.id}"
    assert db.session.get_one(Person, kept.id).name == "Ines Moreau"
    again = mei.get(f"/people/{kept.id}/merge/{gone.id}")
    assert (again.status_code, again.location) == (303, f"/people/{kept.id}")
    undone = mei.post("/people/merges/1", data={"reason": "Sisters."})
    assert undone.status_code == 303
    assert mei.get(f"/people/{gone.id}").status_code == 200


def test_a_stale_page_gets_a_conflict(signed_in: SignIn) -> None:
    """P3: two users at the same pair: the second is told, and nothing is merged twice."""
    kept, gone, third = (
        people.person("Ines Moreau"),
        people.person("Dr I. Moreau"),
        people.person("Inès Moreau"),
    )
    mei = signed_in(Role.RELATIONS)
    stale = {"reason": "They told us.", "version": kept.version, "gone_version": gone.version}
    assert mei.post(f"/people/{kept.id}/merge/{third.id}", data={"reason": "Same."}).status_code == 303
    assert mei.post(f"/people/{kept.id}/merge/{gone.id}", data=stale).status_code == 409
    assert db.session.scalar(sa.select(sa.func.count(PersonMerge.id))) == 1


BAD: list[tuple[str, dict[str, Any], int]] = [
    ("/people/1/merge/1", {"reason": "x"}, 303),  # to choose the other one
    ("/people/1/merge/999", {"reason": "x"}, 404),
    ("/people/1/merge/2", {"reason": " "}, 422),
    ("/people/1/merge/2", {"reason": "x" * 2_001}, 422),
    ("/people/1/merge/2", {"reason": "a\x00b"}, 422),
    (
        "/people/1/merge/2",
        {"reason": "x", "gone_version": "9" * 30, "field-nonsense": "1", "clash-x": "7"},
        303,
    ),
    ("/people/merges/999", {"reason": "x"}, 404),
    ("/people/duplicates/999/not-the-same", {}, 404),
]


@pytest.mark.parametrize(("path", "data", "status"), BAD)
def test_bad_input(signed_in: SignIn, path: str, data: dict[str, Any], status: int) -> None:
    for name in ("Ines Moreau", "Dr I. Moreau"):
        people.person(name)
    assert signed_in(Role.RELATIONS).post(path, data=data).status_code == status


# -- imports -----------------------------------------------------------------------------------------------------


def _import(*rows: tuple[str, ...]) -> imports.PeopleOutcome:
    data = files.csv_bytes(("Name", "E-mail", "Country"), rows)
    with transaction():
        return imports.import_people(io.BytesIO(data), "list.csv", is_dry=False, by=accounts.user())


def test_an_import_suggests_pairs_and_can_still_be_undone(app: Flask) -> None:
    """P3, P6: a suggestion is no reason to keep a person whom nobody has worked with."""
    people.person("Ines Moreau", home_country="FR")
    outcome = _import(("Dr I. Moreau", "i.moreau@press.example", "FR"))
    assert [pair[:2] for pair in suggested()] == [("Ines Moreau", "Dr I. Moreau")]
    with transaction():
        imports.undo_people(db.session.get_one(ImportRun, outcome.run_id), by=accounts.user())
    assert suggested() == []
    assert list(db.session.scalars(sa.select(Person.name))) == ["Ines Moreau"]


def test_no_file_brings_a_merged_record_back(app: Flask) -> None:
    """P3, P6: the mail of the record that went is the survivor's now."""
    kept, gone = people.person("Ines Moreau"), people.person("Dr I. Moreau", email="i.moreau@press.example")
    with transaction():
        operations_merges.merge_people(
            db.session.get_one(Person, kept.id), db.session.get_one(Person, gone.id),
            MergeDetails(reason="Same."), by=accounts.user(),
        )  # fmt: skip
    outcome = _import(("Dr I. Moreau", "i.moreau@press.example", "FR"))
    assert (outcome.n_created, outcome.n_updated) == (0, 1)
    assert db.session.get_one(Person, kept.id).home_country == "FR"
