"""The page of a letter's text: where each version is used, how it reads for somebody invented, bringing one back."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import AuditEvent, Role
from app.core.db import db, transaction
from app.outreach import policies, queries_templates
from app.outreach.models import LetterTemplate
from tests.factories import accounts, handovers
from tests.factories import outreach as make

SignIn = Callable[..., FlaskClient]
WORDS = "Dear {person},\n\n{message}\n\n{owner}, {department}\n{verify_link}"


@pytest.fixture
def versions() -> list[LetterTemplate]:
    """Two of a note in English; the second is in force."""
    for subject in ("First words", "Second words"):
        make.letter_template("en", "note", subject=subject, body=WORDS)
    return list(
        db.session.scalars(sa.select(LetterTemplate).filter_by(key="note").order_by(LetterTemplate.number))
    )


def test_a_version_is_shown_as_somebody_invented_would_read_it(
    signed_in: SignIn, versions: list[LetterTemplate]
) -> None:
    page = signed_in(accounts.user(name="Mei")).get(f"/outreach/letters/{versions[0].id}").text
    assert all(words in page for words in ("Dear Amina Okafor-Lindqvist,", "A paragraph of your own.", "Mei, Analyst relations"))  # fmt: skip
    assert "Put version 1 in force again" in page
    current = signed_in(Role.RELATIONS).get(f"/outreach/letters/{versions[1].id}").text
    assert "in force again" not in current


def test_there_is_an_example_for_every_word_that_may_stand_in_braces(app: Flask) -> None:
    assert set(queries_templates.example_for("fr", accounts.user())) == set(policies.PLACEHOLDERS)


def test_an_earlier_version_is_brought_back_as_a_new_one(
    signed_in: SignIn, versions: list[LetterTemplate]
) -> None:
    mei = signed_in(Role.RELATIONS)
    assert mei.post(f"/outreach/letters/{versions[0].id}/restore").status_code == 303
    rows = db.session.scalars(
        sa.select(LetterTemplate).filter_by(key="note").order_by(LetterTemplate.number)
    ).all()
    assert [row.subject for row in rows] == ["First words", "Second words", "First words"]
    assert db.session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id.desc())).first() == "outreach.letter_template_written"  # fmt: skip
    assert mei.post(f"/outreach/letters/{versions[0].id}/restore").status_code == 422
    assert mei.post("/outreach/letters/999/restore").status_code == 404


def test_words_that_would_be_refused_today_are_not_brought_back(signed_in: SignIn) -> None:
    with transaction():
        for number, body in ((1, "Dear {nobody}, {owner} {department} {verify_link}"), (2, WORDS)):
            row = LetterTemplate(key="note", language="en", number=number, subject="Hello", body=body, made_at=accounts.user().made_at)  # fmt: skip
            db.session.add(row)
    first = db.session.scalars(sa.select(LetterTemplate).filter_by(number=1, key="note")).one()
    answer = signed_in(Role.RELATIONS).post(f"/outreach/letters/{first.id}/restore")
    assert (answer.status_code, "{nobody}" in answer.text) == (422, True)


@pytest.mark.parametrize(
    "role", [Role.ADMIN, Role.COMPLIANCE, Role.AUDITOR, Role.PARTNER, Role.ASSISTANT, Role.DOOR]
)
def test_who_does_not_write_letters_brings_none_back(
    signed_in: SignIn, versions: list[LetterTemplate], role: Role
) -> None:
    assert signed_in(role).post(f"/outreach/letters/{versions[0].id}/restore").status_code == 403


def test_letters_are_counted_by_version(signed_in: SignIn) -> None:
    handovers.letter_text()
    template = db.session.scalars(sa.select(LetterTemplate).filter_by(key="hand_over")).one()
    assert queries_templates.uses_of([template]) == {}
    page = signed_in(Role.RELATIONS).get(f"/outreach/letters/{template.id}").text
    assert page.count('data-label="Letters">0<') == 1
