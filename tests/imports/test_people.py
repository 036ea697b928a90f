"""People read in from lists: dry run, run, receipt, undo (P6, P3, P4; J2)."""

import io
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts.models import AuditEvent, Role, User
from app.core import clock
from app.core.db import Base, db, transaction
from app.core.sheets import Column, Sheet, write_xlsx
from app.imports import operations
from app.imports.models import ImportRun, ImportState
from app.imports.operations import PeopleOutcome
from app.imports.policies import CannotUndo, ImportRefused
from app.people import operations as people_operations
from app.people.details import WishDetails
from app.people.models import Channel, Ownership, Person
from tests.factories import accounts
from tests.factories import imports as files
from tests.factories import people as make_people


@pytest.fixture
def mei(app: Flask) -> User:
    return accounts.user(name="Mei")


def _import(data: bytes, by: User | None, *, is_dry: bool = False, **more: Any) -> PeopleOutcome:
    with transaction():
        return operations.import_people(io.BytesIO(data), "list.csv", is_dry=is_dry, by=by, **more)


def _counts() -> dict[str, int]:
    return {
        table.name: db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
    }


def _list(*rows: tuple[str, ...], columns: tuple[str, ...] = ("Name", "E-mail", "Country")) -> bytes:
    return files.csv_bytes(columns, rows)


def _people() -> dict[str, Person]:
    return {person.name: person for person in db.session.scalars(sa.select(Person))}


def test_dry_run_says_what_would_happen_and_writes_nothing(mei: User) -> None:
    """P6, J2.1: the words of the scenario, and every table as it was."""
    files.make_known_people()
    before = _counts()
    outcome = _import(files.pr_list(), mei, is_dry=True)
    assert (
        outcome.summary
        == "create 31, update 6, skip 3 (line 14 no contact route; lines 22 and 37 same person)"
    )
    assert _counts() == before


def test_run_does_what_the_dry_run_said(mei: User) -> None:
    """P6, J2.2: the same numbers, 31 people more, six changed, each step audited."""
    files.make_known_people()
    dry = _import(files.pr_list(), mei, is_dry=True)
    done = _import(files.pr_list(), mei)
    assert (
        done.summary
        == "created 31, updated 6, skipped 3 (line 14 no contact route; lines 22 and 37 same person)"
    )
    assert [(row["line"], row["action"], row["words"]) for row in done.lines] == [
        (row["line"], row["action"], row["words"]) for row in dry.lines
    ]
    assert len(_people()) == 37
    assert _people()["Amal"].known_for == "private 5G"
    actions = [row.action for row in db.session.scalars(sa.select(AuditEvent))]
    assert actions.count("people.person_added") == 6 + 31
    assert actions.count("people.person_edited") == 6
    assert actions.count("imports.people_imported") == 1


def test_a_second_run_finds_nothing_new(mei: User) -> None:
    files.make_known_people()
    _import(files.pr_list(), mei)
    again = _import(files.pr_list(), mei)
    assert (again.n_created, again.n_updated, again.n_skipped) == (0, 0, 40)
    assert len(_people()) == 37


def test_undo_removes_the_new_and_restores_the_updated(mei: User) -> None:
    """P6, J2.2: people, owners and channels are as before; the trail keeps what happened."""
    files.make_known_people()
    before = {name: (person.known_for, person.known_among) for name, person in _people().items()}
    owners = db.session.scalar(sa.select(sa.func.count()).select_from(Ownership))
    run_id = _import(files.pr_list(), mei).run_id
    with transaction():
        said = operations.undo_people(db.session.get_one(ImportRun, run_id), by=mei)
    assert said == ("Undone: 31 people removed, 6 updates taken back.",)
    assert {name: (person.known_for, person.known_among) for name, person in _people().items()} == before
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Channel)) == 0
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Ownership)) == owners
    assert db.session.get_one(ImportRun, run_id).state is ImportState.UNDONE


def test_undo_leaves_what_was_worked_with_since(mei: User) -> None:
    run_id = _import(
        _list(("Ada Abel", "ada@p.example", "FR"), ("Bruno Horn", "bruno@p.example", "FR")), mei
    ).run_id
    make_people.evidence(_people()["Ada Abel"])
    with transaction():
        said = operations.undo_people(db.session.get_one(ImportRun, run_id), by=mei)
    assert said == (
        "Undone: 1 person removed, 0 updates taken back.",
        "line 2 Ada Abel: changed or used since, left as it is",
    )
    assert list(_people()) == ["Ada Abel"]


def test_undo_leaves_an_update_that_somebody_changed_again(mei: User) -> None:
    make_people.person("Amal", email="amal@kol.example", known_for="")
    run_id = _import(
        _list(("Amal", "amal@kol.example", "5G"), columns=("Name", "E-mail", "Known for")), mei
    ).run_id
    with transaction():
        person = _people()["Amal"]
        people_operations.set_wishes(person, WishDetails(is_opted_out=True), by=mei)
    with transaction():
        operations.undo_people(db.session.get_one(ImportRun, run_id), by=mei)
    assert (_people()["Amal"].known_for, _people()["Amal"].is_opted_out) == ("5G", True)


def test_undo_happens_once(mei: User) -> None:
    run_id = _import(_list(("Ada Abel", "ada@p.example", "FR")), mei).run_id
    with transaction():
        operations.undo_people(db.session.get_one(ImportRun, run_id), by=mei)
    with pytest.raises(CannotUndo), transaction():
        operations.undo_people(db.session.get_one(ImportRun, run_id), by=mei)


def test_an_update_never_resets_a_wish_or_a_name(mei: User) -> None:
    """P4: opt-out stays; the name stays as the person writes it."""
    with transaction():
        person = db.session.merge(make_people.person("Ines Moreau", email="ines@p.example", known_for=""))
        people_operations.set_wishes(person, WishDetails(is_opted_out=True), by=mei)
    columns = ("Name", "E-mail", "Known for")
    outcome = _import(_list(("Dr I. Moreau", "INES@p.example", "telecoms"), columns=columns), mei)
    assert (outcome.n_created, outcome.n_updated) == (0, 1)
    person = _people()["Ines Moreau"]
    assert (person.is_opted_out, person.known_for) == (True, "telecoms")


def test_people_who_share_a_mailbox_stay_two(mei: User) -> None:
    """The key is the person, not the address: an agency answers for several."""
    make_people.person("Ada Abel", email="desk@agency.example")
    outcome = _import(_list(("Bruno Horn", "desk@agency.example", "FR")), mei)
    assert outcome.n_created == 1
    assert outcome.lines[0]["words"] == "look: perhaps Ada Abel (same e-mail)"


def test_somebody_alike_is_created_and_pointed_out(mei: User) -> None:
    """P3: a possible duplicate is suggested on import, never merged silently."""
    make_people.person("Ines Moreau", home_country="FR")
    outcome = _import(_list(("Dr I. Moreau", "i.moreau@p.example", "FR")), mei)
    assert outcome.n_created == 1
    assert outcome.notes == [
        "line 2 Dr I. Moreau: perhaps Ines Moreau (same family name and initial, same country)"
    ]


def test_two_people_of_one_name_are_not_chosen_between(mei: User) -> None:
    make_people.person("Ada Abel", home_country="FR")
    make_people.person("Ada Abel", home_country="DE")
    outcome = _import(_list(("Ada Abel", "", "")), mei)
    assert (
        outcome.summary
        == "created 0, updated 0, skipped 1 (line 2 could be any of 2 people here: Ada Abel, Ada Abel)"
    )


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("", "x@p.example", "FR"), "no name"),
        (("Ada Abel", "not-an-address", "FR"), "E-mail: An email address must have an @-sign."),
        (
            ("Ada Abel", "ada@p.example", "Atlantis"),
            "Country: ATLANTIS is not a country code. Use two letters, for example GB.",
        ),
        (("Ada Abel", "", "FR"), "no contact route"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_and_the_others_go_on(
    mei: User, row: tuple[str, ...], reason: str
) -> None:
    outcome = _import(_list(row, ("Bruno Horn", "bruno@p.example", "Germany")), mei)
    assert outcome.summary == f"created 1, updated 0, skipped 1 (line 2 {reason})"
    assert _people()["Bruno Horn"].home_country == "DE"


def test_a_column_nobody_knows_is_refused(mei: User) -> None:
    data = _list(("Ada", "ada@p.example", "7"), columns=("Name", "E-mail", "Shoe size"))
    with pytest.raises(ImportRefused) as refused:
        _import(data, mei)
    assert refused.value.faults == (
        "Line 1: the column “Shoe size” is not known. Rename or remove it, or map the file on the screen once.",
    )
    assert _people() == {}


def test_a_choice_of_columns_is_remembered_for_the_same_headers(mei: User) -> None:
    data = _list(("Ada", "ada@p.example", "7"), columns=("Who", "E-mail", "Shoe size"))
    _import(data, mei, columns={"Who": "name", "E-mail": "email", "Shoe size": ""})
    again = _import(
        _list(("Bruno", "bruno@p.example", "8"), columns=("Who", "E-mail", "Shoe size")),
        mei,
    )
    assert again.n_created == 1


def test_the_system_gives_new_people_to_the_first_user_who_can_own(app: Flask) -> None:
    """P1: nobody is without an owner for a day."""
    accounts.user(role=Role.COMPLIANCE, name="Helga")
    mei = accounts.user(name="Mei")
    outcome = _import(_list(("Ada Abel", "ada@p.example", "FR")), None)
    assert outcome.n_created == 1
    assert db.session.scalars(sa.select(Ownership.user_id)).all() == [mei.id]


def test_a_column_may_name_the_owner(mei: User) -> None:
    omar = accounts.user(name="Omar")
    columns = ("Name", "E-mail", "Owner")
    outcome = _import(
        _list(
            ("Ada Abel", "a@p.example", omar.email),
            ("Bruno Horn", "b@p.example", "x@y.example"),
            columns=columns,
        ),
        mei,
    )
    assert (
        outcome.summary
        == "created 1, updated 0, skipped 1 (line 3 owner: x@y.example is no user who can look after people)"
    )
    assert db.session.scalars(sa.select(Ownership.user_id)).all() == [omar.id]


def test_a_workbook_is_read_like_a_csv_file(mei: User, app: Flask) -> None:
    target = io.BytesIO()
    sheet = Sheet(
        "People", (Column("name", "Name"), Column("mail", "E-mail")), [("Ada Abel", "ada@p.example")]
    )
    write_xlsx(target, [sheet], created=clock.now())
    assert _import(target.getvalue(), mei).n_created == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "The file is empty. Its first line must name the columns."),
        (b"%PDF-1.7 ...", "This is a PDF, not a table. Ask for the same data as CSV or Excel."),
        (b"Name,E-mail\n", "The file names its columns and holds no line below them."),
        (b"Name,Name\nA,B\n", "Line 1: Two columns are called 'Name'. Rename one of them."),
    ],
)
def test_a_file_that_is_no_list_is_refused(mei: User, data: bytes, words: str) -> None:
    with pytest.raises(ImportRefused) as refused:
        _import(data, mei)
    assert refused.value.faults == (words,)


def test_the_number_of_statements_does_not_grow_with_the_people_here(
    mei: User, count_queries: Callable[[], int]
) -> None:
    data = _list(("Ada Abel", "ada@p.example", "FR"))
    count_queries()
    _import(data, mei, is_dry=True)
    few = count_queries()
    for number in range(30):
        make_people.person(f"Somebody {number}", email=f"s{number}@p.example")
    count_queries()
    _import(data, mei, is_dry=True)
    assert count_queries() == few
