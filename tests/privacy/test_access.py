"""P9: one copy with everything about the person, and nothing about anybody else."""

import io
import json
import re
import zipfile
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts.models import AuditEvent
from app.core.db import db, transaction
from app.people import operations as people_operations
from app.people.details import PersonDetails
from app.people.models import Person
from app.people.names import fold
from app.privacy import operations_access, policies
from app.privacy import words as words_of_copy
from app.privacy.exports import UNSEEN_WORDS
from app.privacy.models import PrivacyRequest, RequestKind, RequestState
from app.privacy.places import PLACES
from app.privacy.reaching import Whose, count_rows
from tests.buckets import content_of
from tests.conftest import fresh
from tests.factories import people
from tests.factories import privacy as make

ONE = ("Inès Quillfeather", "ines@quill.example", "@quillfeather_net", "Inez Oldquill")
TWO = ("Bruno Tannenwald", "bruno@tannen.example", "@tannenwald_tv", "Brunello Tann")


@pytest.fixture
def asked(app: Flask) -> PrivacyRequest:
    """Two people with something in every room; the first asks. Words about the first name the second too."""
    fill = make.Filler()
    one = make.live_everywhere(*ONE[:3], former=ONE[3], fill=fill)
    make.live_everywhere(*TWO[:3], former=TWO[3], fill=fill)
    both = f"{ONE[0]} sat with {TWO[0]} ({TWO[1]}, {TWO[2]}) and Mei; Tannenwald, Bruno paid."
    with transaction():
        for name in ("touch", "insight", "person_note", "evidence", "access_request"):
            fill.row(name, both, person_id=one.id)
    return make.request(one, RequestKind.ACCESS)


def made(asked: PrivacyRequest) -> dict[str, str]:
    """The files in the copy."""
    with transaction():
        stored = operations_access.make_copy(db.session.merge(asked), by=make.helga())
    with zipfile.ZipFile(io.BytesIO(content_of(stored))) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_nothing_of_anybody_else_is_in_it(asked: PrivacyRequest) -> None:
    """P9, c46: neither the name nor the mail, the handle or the number of the second person; users by role."""
    copy = made(asked)
    assert sorted(copy) == ["everything.html", "everything.json", "files/visa-letter-1.pdf"]
    assert (
        copy.pop("files/visa-letter-1.pdf") == ""
    )  # the letter as it was issued, about nobody else; here without a word
    for text in copy.values():
        plain = fold(text)
        assert [word for word in (TWO[0], TWO[1], TWO[2], "Tannenwald", "Bruno") if fold(word) in plain] == []
        assert "another person" in text
        assert re.findall(r".{30}\bMei\b.{10}", text) == []
        assert "mei@lumen.example" not in text
        assert "Relations, Analyst relations" in text


def test_everything_there_is_shows(asked: PrivacyRequest) -> None:
    """P9, c46: every place with rows of the person has them in the copy; what P7 hides says why it is missing."""
    data = json.loads(made(asked)["everything.json"])
    person = fresh(asked).person
    counts = count_rows(Whose((person.id,), (ONE[1],)))
    hidden = {"declaration", "declaration_change"}
    # Making the copy wrote a line about the request into the trail after its rows were read.
    trail = {"audit_event", "audit_detail"}
    shown = {name: len(rows) for name, rows in data["tables"].items() if name not in {"import_line", *trail}}
    assert shown == {name: n for name, n in counts.items() if name not in hidden | trail}
    assert data["declared"] == UNSEEN_WORDS
    assert "declaration" not in data["tables"]
    assert len(data["tables"]["import_line"]) == 1
    assert all(data["tables"][name] for name in trail)
    (entry,) = data["tables"]["ledger_entry"]
    assert (entry["minor"], entry["currency"], entry["words_place"]) == (
        208_000,
        "GBP",
        "London, United Kingdom",
    )


def test_it_can_be_read_and_names_the_person(asked: PrivacyRequest) -> None:
    page = made(asked)["everything.html"]
    for words in (
        "Everything",
        ONE[0],
        ONE[1],
        ONE[3],
        "What you declared of yourself",
        "Entries in the book of value",
    ):
        assert words in page
    assert "secret" not in page.lower()


def test_no_secret_and_no_hash_is_in_it(asked: PrivacyRequest) -> None:
    keys = {
        key
        for rows in json.loads(made(asked)["everything.json"])["tables"].values()
        for row in rows
        for key in row
    }
    assert {
        key for key in keys if "hash" in key or key in {"salt", "sealed", "wrapped_key", "raw", "body"}
    } == set()


def test_a_new_copy_takes_the_place_of_the_old(asked: PrivacyRequest) -> None:
    made(asked)
    first = fresh(asked).file_id
    made(asked)
    assert fresh(asked).file_id != first
    actions = db.session.scalars(
        sa.select(AuditEvent.action).where(AuditEvent.action.like("privacy.copy%"))
    ).all()
    assert actions == ["privacy.copy_made", "privacy.copy_made"]


def test_answered_once(asked: PrivacyRequest) -> None:
    """P9: only with a copy, only once; who and when is kept."""

    def hand_over() -> Any:
        with transaction():
            return operations_access.hand_over_copy(db.session.merge(asked), by=make.helga())

    with pytest.raises(policies.RequestRefused):
        hand_over()
    made(asked)
    hand_over()
    found = fresh(asked)
    assert (found.state, found.done_by_id) == (RequestState.DONE, make.helga().id)
    with pytest.raises(policies.AlreadyAnswered):
        hand_over()


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (date(2026, 1, 31), date(2026, 2, 28)), (date(2024, 1, 31), date(2024, 2, 29)), (date(2026, 3, 31), date(2026, 4, 30)),
        (date(2026, 12, 5), date(2027, 1, 5)), (date(2026, 11, 30), date(2026, 12, 30)), (date(2026, 10, 1), date(2026, 11, 1)),
    ],
)  # fmt: skip
def test_due_a_month_later(received: date, due: date) -> None:
    """P9, Art. 12(3): the same day of the next month, or its last."""
    assert policies.due_on(received) == due


def test_the_same_is_not_asked_twice_at_once(app: Flask) -> None:
    who = people.person("Ada Brandt")
    make.request(who, RequestKind.ACCESS)
    with pytest.raises(policies.RequestRefused, match="waits for its answer"):
        make.request(who, RequestKind.ACCESS)
    make.request(who, RequestKind.ERASURE)


def test_a_later_edit_is_in_the_next_copy(app: Flask) -> None:
    who = people.person("Ada Brandt", email="ada@brandt.example")
    asked = make.request(who, RequestKind.ACCESS)
    assert "Rotterdam" not in made(asked)["everything.json"]
    with transaction():
        person = db.session.get_one(Person, who.id)
        details = PersonDetails(name="Ada Brandt", email="ada@brandt.example", notes="Moved to Rotterdam.")
        people_operations.edit_person(person, details, by=make.mei(), seen_version=None)
    assert "Rotterdam" in made(asked)["everything.json"]


# -- in the person's language ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "direction", "said"),
    [
        ("fr", "ltr", ("Tout ce qui est conservé à votre sujet", "Voyages", "Écritures au registre des valeurs", "Adresse électronique")),
        ("zh", "ltr", ("我们保存的关于您的全部内容", "行程", "价值账簿条目", "电子邮箱")),
        ("ar", "rtl", ("كل ما نحتفظ به عنك", "السفر", "قيود سجل القيمة", "البريد الإلكتروني")),
    ],
)  # fmt: skip
def test_the_page_speaks_the_language_of_its_person(
    asked: PrivacyRequest, language: str, direction: str, said: tuple[str, ...]
) -> None:
    """P9: whoever of us makes the copy; the data for machines stays as it is."""
    with transaction():
        db.session.merge(asked).person.languages = [language, "en"]
    copy = made(asked)
    page = copy["everything.html"]
    assert page.startswith(f'<!doctype html><html lang="{language}" dir="{direction}">')
    assert [words for words in said if words not in page] == []
    heads = re.findall(r"<h[123]>([^<]*)</h[123]>", page)
    assert [one for one in heads if re.fullmatch(r"[A-Za-z ]+", one) and language != "fr"] == []
    assert json.loads(copy["everything.json"])["tables"]["person"][0]["email"] == ONE[1]


def test_every_part_and_every_row_has_words() -> None:
    """A new table with data of people makes this fail until its rows have a name people understand."""
    shown = {
        name: place for name, place in PLACES.items() if name not in {"declaration", "declaration_change"}
    }
    assert (set(words_of_copy.ROWS), set(words_of_copy.PARTS)) == (
        set(shown),
        {place.part for place in shown.values()},
    )
