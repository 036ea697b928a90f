"""News goes only to those who agreed to it: the others are seen and counted in the batch, and nothing is sent (P4, G5)."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.core import clock
from app.core.db import db, transaction
from app.outreach import operations, operations_news, policies_outbox, queries_news, queries_outbox
from app.people import operations_consents
from app.people.details import ConsentDetails
from app.people.models import Person
from app.people.models_consents import ConsentSource, Purpose
from app.people.policies_consents import ASKED
from app.programs import operations as program_operations
from tests.factories import accounts, people
from tests.factories import outreach as make
from tests.factories import programs as make_programs

pytestmark = pytest.mark.usefixtures("app")
SignIn = Callable[..., FlaskClient]
BODY = "{message} {owner}, {department}, {company}. Check it: {verify_link} {reference}"


def agree(who: Person, *, is_given: bool = True) -> None:
    asked = ASKED[Purpose.NEWS]
    details = ConsentDetails(
        purpose=Purpose.NEWS, is_given=is_given, said_on=clock.today(), source=ConsentSource.MAIL,
        wording=asked.wording if is_given else "",
    )  # fmt: skip
    with transaction():
        operations_consents.record_consent(db.session.get_one(Person, who.id), details, by=accounts.user())


def audience(*names: str) -> tuple[int, dict[str, Person]]:
    program = make_programs.program()
    cohort = make_programs.cohort(program)
    found = {
        name: people.person(name, email=f"{name.lower()}@voices.example", languages=("en",)) for name in names
    }
    with transaction():
        for one in found.values():
            program_operations.shortlist(
                db.session.merge(cohort), db.session.merge(one), by=db.session.merge(accounts.user())
            )
    return cohort.id, found


def written(cohort_id: int) -> str:
    with transaction():
        by = accounts.user()
        return operations_news.write_news(
            queries_news.audience_of(cohort_id, by), "Autumn news", "We opened a laboratory.", by=by
        )


def test_only_those_who_agreed_get_news_and_the_others_are_counted() -> None:
    """P4: never asked and taken back are alike; the preview says how many and whom."""
    make.letter_template(key="news", subject="News of {company}", body=BODY)
    cohort_id, found = audience("Amal", "Jack", "Nneka")
    for name in ("Amal", "Jack"):
        agree(found[name])
    agree(found["Jack"], is_given=False)
    name = written(cohort_id)
    batch = queries_outbox.get_batch(name)
    assert (batch.n_unwanted, batch.n_ready, batch.restated) == (
        2, 1, "3 mails, 1 language, 2 without consent to news",
    )  # fmt: skip
    with transaction():
        sending = operations.release_batch(name, by=accounts.user())
    assert sending.n_sent == 1
    assert sorted(letter.person.name for letter, _why in sending.stopped) == ["Jack", "Nneka"]
    assert all(isinstance(why, policies_outbox.NewsUnwanted) for _letter, why in sending.stopped)
    # Who agrees later gets it; the choice is asked at the moment of sending.
    agree(found["Nneka"])
    with transaction():
        assert operations.release_batch(name, by=accounts.user()).n_sent == 1


def test_one_letter_alone_is_stopped_too_and_other_letters_are_not() -> None:
    """P4: a personal note needs no consent to news."""
    make.letter_template(key="news", subject="News", body=BODY)
    cohort_id, _found = audience("Amal")
    [row] = queries_outbox.get_batch(written(cohort_id)).rows
    assert row.letter is not None
    with pytest.raises(policies_outbox.NewsUnwanted, match="has not agreed to news"), transaction():
        operations.release_letter(db.session.merge(row.letter), by=accounts.user())
    row.letter.key = "note"
    assert queries_news.unwanted_news([row.letter]) == set()


def test_the_page_writes_news_into_the_outbox(signed_in: SignIn) -> None:
    browser = signed_in(Role.RELATIONS)
    cohort_id, _found = audience("Amal")
    values = {"cohort_id": str(cohort_id), "title": "Autumn news", "message": "Typed with care"}
    early = browser.post("/outreach/news/new", data=values)
    assert (early.status_code, "not written in any language" in early.text) == (422, True)
    make.letter_template(key="news", subject="News", body=BODY)
    for changes in ({"cohort_id": "999"}, {"cohort_id": ""}, {"message": ""}, {"title": "x" * 400}):
        answer = browser.post("/outreach/news/new", data=values | changes)
        assert (answer.status_code, "Write news" in answer.text) == (422, True), changes
    made = browser.post("/outreach/news/new", data=values)
    assert made.status_code == 303
    assert "No consent to news" in browser.get(made.location).text
    assert signed_in(Role.AUDITOR).get("/outreach/news/new").status_code == 403
