"""Verifying the book against tampering, counting, exposure, rates, permissions of readers."""

from collections.abc import Callable
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.db import db, transaction
from app.core.errors import NotFound
from app.core.money import Money
from app.ledger import operations, queries
from app.ledger.checkpoint import CheckpointError, State
from app.ledger.details import ExceptionDetails
from app.ledger.models import Category, Unit
from app.ledger.queries import By, Scope
from tests.factories import accounts, ledger, people, programs

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def tamper(app: Flask) -> Callable[..., None]:
    """Run statements as somebody who owns the database: without its triggers."""

    def run(*statements: str, **values: object) -> None:
        with transaction():
            if db.engine.dialect.name == "sqlite":
                db.session.execute(sa.text("DROP TRIGGER IF EXISTS ledger_entry_no_update"))
                db.session.execute(sa.text("DROP TRIGGER IF EXISTS ledger_entry_no_delete"))
                db.session.execute(sa.text("PRAGMA defer_foreign_keys = ON"))
            else:
                db.session.execute(sa.text("SET LOCAL session_replication_role = replica"))
            for statement in statements:
                db.session.execute(sa.text(statement), values)

    return run


def three_entries() -> None:
    program = programs.program()
    for number, name in enumerate(("Amal", "Jack", "Ines")):
        ledger.post(
            ledger.stay(
                people.person(name), program, money=Money(10000 + number, "GBP"), context=f"Note {number}"
            )
        )


# -- verification (L1, c11) ---------------------------------------------------------------------------


def test_verify_finds_a_whole_book_whole() -> None:
    three_entries()
    found = queries.verify()
    assert (found.is_ok, found.size, found.message) == (True, 3, "All 3 entries are whole and in order.")
    assert found.root == queries.current_checkpoint().root


def test_verify_of_an_empty_book_is_ok() -> None:
    assert queries.verify().is_ok


def test_verify_names_the_entry_whose_bytes_were_changed(tamper: Callable[..., None]) -> None:
    """c11: one byte in the database."""
    three_entries()
    body = queries.get_entry(2).body.replace(b'"minor":10001', b'"minor":90001')
    tamper("UPDATE ledger_entry SET body = :body WHERE seq = 2", body=body)
    found = queries.verify()
    assert (found.state, found.first_broken) == (State.BROKEN, 2)
    assert found.message.startswith("The book is broken at entry 2.")


def test_verify_names_the_entry_whose_column_was_changed(tamper: Callable[..., None]) -> None:
    three_entries()
    tamper("UPDATE ledger_entry SET reporting_minor = 1 WHERE seq = 3")
    found = queries.verify()
    assert (found.first_broken, found.faults) == (
        3,
        ("The column reporting_minor of entry 3 differs from its bytes.",),
    )


def test_verify_names_a_missing_entry(tamper: Callable[..., None]) -> None:
    three_entries()
    tamper(
        "DELETE FROM ledger_detail WHERE entry_seq = 2",
        "DELETE FROM obligation",
        "DELETE FROM ledger_entry WHERE seq = 2",
    )
    found = queries.verify()
    assert (found.first_broken, found.faults[0]) == (2, "Entry 2 is missing.")


def test_verify_notices_a_cut_off_end(tamper: Callable[..., None]) -> None:
    three_entries()
    tamper("DELETE FROM ledger_detail WHERE entry_seq = 3", "DELETE FROM ledger_entry WHERE seq = 3")
    found = queries.verify()
    assert (found.first_broken, found.message) == (
        3,
        "The head counts 3 entries, but only 2 are here: the end was cut off.",
    )


def test_verify_against_a_checkpoint_notices_a_rolled_back_book(tamper: Callable[..., None]) -> None:
    """A restored older copy is whole in itself; only a signed head kept elsewhere tells."""
    three_entries()
    note = queries.current_checkpoint().note
    with transaction():
        peaks = queries.head().peaks  # type: ignore[union-attr]
    assert len(peaks) == 2
    two = three_peaks_of_two()
    tamper(
        "DELETE FROM ledger_detail WHERE entry_seq = 3", "DELETE FROM ledger_entry WHERE seq = 3",
        "UPDATE ledger_head SET seq = 2, hash = :hash, peaks = :peaks", hash=queries.get_entry(2).hash, peaks=two,
    )  # fmt: skip
    found = queries.verify([note])
    assert (found.state, found.message) == (
        State.ROLLED_BACK,
        "The book was rolled back: 3 entries were signed, 2 are here.",
    )


def three_peaks_of_two() -> str:
    """The peaks of the tree over the first two entries, as JSON."""
    head = queries.head()
    assert head is not None
    return f'["{head.peaks[0]}"]'


def test_verify_against_a_checkpoint_of_the_same_book_is_ok() -> None:
    three_entries()
    note = queries.current_checkpoint().note
    ledger.post(ledger.stay(people.person("Nneka"), db.session.merge(queries.list_programs()[0])))
    assert queries.verify([note]).is_ok


def test_verify_takes_only_checkpoints_of_this_installation() -> None:
    note = queries.current_checkpoint().note
    with pytest.raises(CheckpointError):
        queries.verify([note.replace("\n0\n", "\n7\n")])


def test_verify_notices_changed_words(tamper: Callable[..., None]) -> None:
    three_entries()
    tamper(
        "UPDATE ledger_detail SET sealed = (SELECT sealed FROM ledger_detail WHERE entry_seq = 1) WHERE entry_seq = 2"
    )
    found = queries.verify()
    assert (found.first_broken, found.message.startswith("The words of entry 2 cannot be trusted")) == (
        2,
        True,
    )


def test_verify_notices_changed_sums(tamper: Callable[..., None]) -> None:
    three_entries()
    tamper("UPDATE ledger_rollup SET reporting_minor = reporting_minor + 1")
    assert queries.verify().message.startswith("The sums kept for reports differ from the entries")
    tamper("DELETE FROM ledger_rollup")
    assert queries.verify().message.startswith("Sums are missing for some entries")


def test_verify_notices_an_entry_behind_the_head(tamper: Callable[..., None]) -> None:
    three_entries()
    tamper("UPDATE ledger_head SET seq = 2, peaks = :peaks", peaks=three_peaks_of_two())
    assert queries.verify().message == "Entry 3 lies behind the head, so it was not posted by this program."


def test_verify_after_erasing_a_subject_is_ok(tamper: Callable[..., None]) -> None:
    """P8: mapping, key and salt go; the chain still holds."""
    three_entries()
    before = queries.totals()
    tamper(
        "UPDATE ledger_subject SET person_id = NULL, wrapped_key = NULL WHERE id = 2",
        "UPDATE ledger_detail SET salt = NULL WHERE entry_seq = 2",
    )
    assert queries.verify().is_ok
    assert queries.sealed_words(queries.get_entry(2)) is None
    assert queries.totals() == before


# -- counting --------------------------------------------------------------------------------------------


def test_totals_follow_a_merged_person() -> None:
    """P3: totals are equal before and after a merge, and stand under the one that stayed."""
    stays, goes, program = people.person("Ines Moreau"), people.person("Dr I. Moreau"), programs.program()
    ledger.post(ledger.stay(stays, program, money=ledger.gbp("100")))
    ledger.post(ledger.stay(goes, program, money=ledger.gbp("85")))
    with transaction():
        db.session.merge(goes).merged_into_id = stays.id
    (total,) = queries.totals([By.PERSON])
    assert (total["person"], total.received) == (stays.id, ledger.gbp("185"))
    assert queries.totals(scope=Scope(person_id=stays.id)) == queries.totals()
    assert queries.list_entries(Scope(person_id=stays.id)).total.number == 2


def test_posting_for_a_merged_person_lands_on_the_one_that_stayed() -> None:
    stays, goes = people.person("Ines Moreau"), people.person("Dr I. Moreau")
    with transaction():
        db.session.merge(goes).merged_into_id = stays.id
    ledger.post(ledger.stay(goes))
    (total,) = queries.totals([By.PERSON])
    assert total["person"] == stays.id


@pytest.mark.parametrize(
    "scope", [Scope(category=Category.MEAL), Scope(year=2025), Scope(unit=Unit.NIGHT), Scope(event_id=9)]
)
def test_totals_of_nothing_are_no_rows(scope: Scope) -> None:
    ledger.post(ledger.stay())
    assert queries.totals([By.CATEGORY], scope) == []


def test_get_entry_that_is_not_there() -> None:
    with pytest.raises(NotFound):
        queries.get_entry(1)


# -- exposure (L7) ---------------------------------------------------------------------------------------


def test_exposure_adds_what_was_given_booked_and_planned() -> None:
    person, program, cap = people.person("Jack"), programs.program(), ledger.cap()
    ledger.post(ledger.stay(person, program, money=ledger.gbp("7383.80")))
    with transaction():
        operations.plan_value(ledger.plan(person, program, "240", 1), by=ledger.coordinator())
        operations.plan_value(
            ledger.plan(person, program, "100", 2, stage="committed"), by=ledger.coordinator()
        )
    found = queries.exposure(person, cap, date(2026, 12, 1))
    assert (found.actual, found.committed, found.planned, found.total) == (
        ledger.gbp("7383.80"), ledger.gbp("100"), ledger.gbp("240"), ledger.gbp("7723.80"),
    )  # fmt: skip


def test_exposure_converts_other_programs() -> None:
    """Over all departments and programs, each in its own currency."""
    person, cap = people.person("Jack"), ledger.cap()
    ledger.treasury_rates()
    ledger.post(ledger.stay(person, programs.program(), money=ledger.gbp("100")))
    ledger.post(ledger.stay(person, programs.program("Boston", currency="USD"), money=Money(10000, "USD")))
    assert queries.exposure(person, cap, date(2026, 10, 20)).actual == ledger.gbp("174.80")


def test_exposure_leaves_out_cash_and_other_categories() -> None:
    person, program = people.person("Jack"), programs.program()
    cap = ledger.cap(name="Gifts", category=Category.GIFT, soft=None, hard="100")
    ledger.post(ledger.stay(person, program))
    with transaction():
        operations.plan_value(
            ledger.plan(person, program, "500", category=Category.WORKSHOP_FEE), by=ledger.coordinator()
        )
    assert queries.exposure(person, cap, date(2026, 10, 20)).total == ledger.gbp("0")


def test_officials_have_their_own_caps() -> None:
    from_university = people.person("Kerem", official_status="state_body", official_reason="state university")
    cap = ledger.cap(name="Officials", is_for_officials=True, soft=None, hard="1000")
    found = [
        [one.id for one in queries.caps_in_force(person, 1, Category.GIFT, cap.leg, date(2026, 10, 1))]
        for person in (from_university, people.person("Jack"))
    ]
    assert found == [[cap.id], []]


def test_an_exception_holds_for_its_thing_until_its_day() -> None:
    """L8."""
    person = people.person("Jack", owner=accounts.user(name="Mei"))
    details = ExceptionDetails(
        person_id=person.id, rule="travel_class", reason="Two metres tall, eleven hours", expires_on=date(2099, 6, 30),
        subject_kind="travel", subject_id=4,
    )  # fmt: skip
    with transaction():
        asked = operations.ask_exception(details, by=ledger.coordinator())
        assert queries.granted_exception(person, "travel_class", date(2099, 1, 1), "travel", 4) is None
    with transaction():
        asked = queries.get_exception(asked.id)
        operations.decide_exception(asked, is_granted=True, reason="Reported openly", by=ledger.compliance())
    found = [
        queries.granted_exception(person, rule, on, "travel", subject) is not None
        for rule, on, subject in [
            ("travel_class", date(2099, 6, 30), 4), ("travel_class", date(2099, 7, 1), 4), ("travel_class", date(2099, 1, 1), 5),
            ("cooling_off", date(2099, 1, 1), 4),
        ]
    ]  # fmt: skip
    assert found == [True, False, False, False]
