"""Finding people: any script, handles, organisations, topics; in step with the records; nothing found by signs."""

from datetime import date

import pytest
import sqlalchemy as sa

from app.accounts.models import Role
from app.core import fulltext, jobs
from app.core.db import db, is_sqlite, transaction
from app.core.fulltext import stored_text
from app.core.models import Job, JobState
from app.people import operations, operations_search, queries_listing
from app.people import queries as people_queries
from app.people.details import OrganisationDetails
from app.people.models import Organisation, OrganisationKind, Person
from app.people.names import fold
from app.people.queries_listing import PersonFilter
from tests.conftest import fresh
from tests.factories import accounts, people

pytestmark = pytest.mark.usefixtures("app")


def found(text: str) -> list[str]:
    """By the list and while typing: both must say the same."""
    listed = [row.name for row in queries_listing.list_people(None, PersonFilter(q=text)).rows]
    assert sorted(one.name for one in queries_listing.find_by_name(None, text)) == sorted(listed)
    return listed


NAMES = (
    "Inès Moreau", "Jean-Luc Godard", "Łukasz Żółć", "أَمَل الفارسي", "김민준", "王小明", "Дмитрий Ёлкин", "अनुष्का शर्मा", "สมชาย ใจดี", "さくら 田中",
    "will.i.am", "Ke$ha", "Seán O'Neil",
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ines", "Inès Moreau"), ("ore", "Inès Moreau"), ("mo", "Inès Moreau"), ("moreau i", "Inès Moreau"), ("INÈS", "Inès Moreau"),
        ("jean luc", "Jean-Luc Godard"), ("jeanluc", "Jean-Luc Godard"), ("jean-l", "Jean-Luc Godard"), ("luc", "Jean-Luc Godard"),
        ("lukasz zolc", "Łukasz Żółć"), ("ŻÓŁĆ", "Łukasz Żółć"), ("امل", "أَمَل الفارسي"), ("الفارسي", "أَمَل الفارسي"), ("ال", "أَمَل الفارسي"),
        ("김", "김민준"), ("민준", "김민준"), ("준", "김민준"), ("기", "김민준"), ("王", "王小明"), ("小", "王小明"), ("小明", "王小明"), ("王小明", "王小明"),
        ("елк", "Дмитрий Ёлкин"), ("Ёлкин", "Дмитрий Ёлкин"), ("अनुष्का", "अनुष्का शर्मा"), ("शर्", "अनुष्का शर्मा"), ("ใจดี", "สมชาย ใจดี"),
        ("ชาย", "สมชาย ใจดี"), ("さく", "さくら 田中"), ("田中", "さくら 田中"), ("will.i.am", "will.i.am"), ("will i", "will.i.am"),
        ("william", "will.i.am"), ("Ke$ha", "Ke$ha"), ("o'neil", "Seán O'Neil"), ("oneil", "Seán O'Neil"),
    ],
)  # fmt: skip
def test_a_name_is_found_by_its_parts_in_any_script(text: str, name: str) -> None:
    for one in NAMES:
        people.person(one, known_for="", known_among="")
    assert found(text) == [name]


#: What a language of questions might understand, and what no keyboard has.
BAD = (
    '"', "'", '""', '"a', "*", "a*", "^a", "NEAR", "NEAR(a b)", "a NEAR b", "a AND b", "a OR", "NOT", "-", "-a", ":", "search_doc:a",
    "{search_doc}:a", "(", "a)", "+a", "%", "_", "\\", "\\%", "&", "a & !b", "a:*", "<->", "!", "|", "\0", "a\0b", "\ud7ff", "🎉", "👩‍👩‍👧", "…", "؟",
    "، ، ،", "x" * 1_000, "x " * 1_000, "王" * 1_000, "' OR 1=1 --", "'; DROP TABLE person; --", "${7*7}", "\u202e", "\ufeff", "\t\n",
)  # fmt: skip


@pytest.mark.parametrize("text", BAD)
def test_signs_and_odd_words_find_nobody_and_break_nothing(text: str) -> None:
    people.person("Inès Moreau")
    by_list = queries_listing.list_people(None, PersonFilter(q=text))
    assert [row.name for row in by_list.rows] == (["Inès Moreau"] if not text.strip() else [])
    assert queries_listing.find_by_name(None, text) == []
    asked = fulltext.Asked("person", Person.id, Person.search_doc, fold(text))
    assert (asked.count(5), db.session.scalars(sa.select(Person.id).where(asked.held_slowly())).all()) == (
        0,
        [],
    )


def test_people_are_found_by_handle_mail_organisation_agency_and_topic() -> None:
    agency = people.organisation("Voz Agency", kind=OrganisationKind.AGENCY)
    amal = people.person(
        "Amal", email="amal@voices.example", agency_id=agency.id, known_for="open radio networks"
    )
    people.channel(amal, handle="@desert_signal")
    people.employment(amal, people.organisation("Institute of Spectrum"))
    people.person("Jack")
    for text in (
        "desert",
        "signal",
        "@desert_signal",
        "voices.example",
        "amal@voices",
        "voz",
        "spectrum inst",
        "open radio",
    ):
        assert found(text) == ["Amal"], text
    assert found("network engineers") == ["Amal", "Jack"]


def test_the_search_follows_every_change_at_once() -> None:
    amal = people.person("Amal", known_for="antennas")
    firm = people.organisation("Gamma")
    assert (found("gamma"), found("antenna")) == ([], ["Amal"])
    people.employment(amal, firm, from_on=date(2024, 1, 1))
    assert found("gamma") == ["Amal"]
    with transaction():
        details = OrganisationDetails(name="Delta", kind=OrganisationKind.ANALYST_FIRM)
        operations.edit_organisation(db.session.get_one(Organisation, firm.id), details, by=accounts.user())
    assert (found("gamma"), found("delta")) == ([], ["Amal"])
    with transaction():
        row = db.session.get_one(Person, amal.id)
        row.search_text = row.search_doc = row.sort_key = ""
    assert (found("amal"), found("delta")) == ([], [])


def test_what_is_rolled_back_is_not_found() -> None:
    with pytest.raises(ZeroDivisionError), transaction():
        operations.add_person(people.PersonDetails(name="Nobody"), by=accounts.user())
        raise ZeroDivisionError
    assert found("nobody") == []


def test_removed_and_merged_records_leave_no_words_behind() -> None:
    gone, stayed = people.person("Zacharias"), people.person("Ines")
    with transaction():
        db.session.get_one(Person, gone.id).merged_into_id = stayed.id
    assert found("zachar") == []
    if is_sqlite():
        with transaction():
            db.session.execute(sa.text("DELETE FROM ownership WHERE person_id = :id"), {"id": gone.id})
            db.session.execute(sa.text("DELETE FROM person WHERE id = :id"), {"id": gone.id})
            check = "INSERT INTO person_search(person_search, rank) VALUES ('integrity-check', 1)"
            db.session.execute(sa.text(check))


def test_whose_name_begins_with_the_words_comes_first() -> None:
    people.person("Zoe Marin")
    people.person("Aaron Zed", known_for="marine radio")
    people.person("Marin Adler")
    people.person("Bob Aquamarin")
    names = [one.name for one in queries_listing.find_by_name(None, "marin")]
    assert names == ["Marin Adler", "Zoe Marin", "Bob Aquamarin", "Aaron Zed"]


def test_agencies_find_their_own_people_only() -> None:
    """R3."""
    ours = people.organisation("Voz", kind=OrganisationKind.AGENCY)
    people.person("Mateus Silva", agency_id=ours.id)
    people.person("Maria Silva")
    partner = accounts.user(role=Role.PARTNER, organisation_id=ours.id)
    assert [one.name for one in queries_listing.find_by_name(partner, "silva")] == ["Mateus Silva"]
    assert [row.name for row in queries_listing.list_people(partner, PersonFilter(q="silva")).rows] == [
        "Mateus Silva"
    ]


@pytest.mark.parametrize("text", ["person", "rson 1", "1", "nobody"])
def test_large_answers_are_read_another_way_and_say_the_same(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mei = accounts.user(name="Mei")
    for number in range(12):
        people.person(f"Person {number}", owner=mei)
    filters = [
        PersonFilter(q=text),
        PersonFilter(q=text, owner_id=mei.id),
        PersonFilter(q=text, country="FR"),
    ]
    small = [[row.name for row in queries_listing.list_people(None, one).rows] for one in filters]
    monkeypatch.setattr("app.core.keyset.MOST_COUNTED", 3)
    monkeypatch.setattr("app.core.keyset.count_rows.__defaults__", (3,))
    assert [[row.name for row in queries_listing.list_people(None, one).rows] for one in filters] == small


def test_the_search_can_be_made_anew() -> None:
    amal = people.person("Amal")
    version = amal.version
    with transaction():
        db.session.execute(sa.text("UPDATE person SET search_doc = '  wrong', search_text = 'wrong'"))
    assert found("wrong") == ["Amal"]
    with transaction():
        job_id = operations_search.rebuild_search(by=accounts.user()).id
    jobs.work_off()
    job = db.session.get_one(Job, job_id)
    assert (job.state, job.receipt) == (JobState.DONE, {"people": 1})
    assert (found("amal"), found("wrong"), fresh(amal).version) == (["Amal"], [], version)


def test_stored_text_says_each_word_once_and_ends() -> None:
    assert stored_text(["jean-luc godard", "godard"]) == "  jean  luc  godard  jeanluc"
    assert stored_text([fold("王小明")]) == "  王小明  小明  明"
    assert len(stored_text([" ".join(str(number) for number in range(9_999))])) == fulltext.LONGEST_TEXT


def test_organisations_are_found_by_part_of_their_name() -> None:
    for name in ("Orbit Analysts", "Institut für Funk", "Second Orbit"):
        people.organisation(name)
    found_names = lambda text: [name for _id, name, _kind in people_queries.find_organisations(text, 6)]  # noqa: E731
    assert (found_names("orbit"), found_names("fur"), found_names("%"), found_names("")) == (
        ["Orbit Analysts", "Second Orbit"],
        ["Institut für Funk"],
        [],
        [],
    )
