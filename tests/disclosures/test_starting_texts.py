"""Six texts to begin with: whole enough to publish after reading, in the language of their readers (c26, c28)."""

from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.core.db import db, transaction
from app.disclosures import operations, policies_labels, queries
from app.disclosures.models import Medium, PolicyVersion
from app.disclosures.starting_texts import STARTING_TEXTS
from tests.conftest import fresh
from tests.factories import disclosures as make
from tests.factories import people

pytestmark = pytest.mark.usefixtures("app")
SignIn = Callable[..., FlaskClient]


@pytest.mark.parametrize("place", STARTING_TEXTS)
def test_a_draft_from_a_text_may_be_published_and_its_ready_text_passes(place: str) -> None:
    """c26, D3, D5: what we tell people to say is what we would accept."""
    with transaction():
        version = operations.start_from_text(STARTING_TEXTS[place], by=make.compliance())
        operations.publish_version(version, by=make.compliance())
    person = people.person()
    people.channel(person, audience_countries=("IT" if place == "EU" else place,))
    ready = queries.ready_text(person, "lodging", date(2100, 1, 1), version.language)
    assert [one.jurisdiction for one in ready] == [place]
    judged = policies_labels.judge_label(fresh(version), Medium.VIDEO, ready[0].text, version.language)
    assert (judged.verdict.value, ready[0].statement != "") == ("evidenced", True)


@pytest.mark.parametrize(
    ("place", "text"),
    [("GB", "#gifted London"), ("GB", "#spon London"), ("CN", "#ad 伦敦"), ("US", "x" * 130 + " #ad"), ("DE", "#ad London")],
)  # fmt: skip
def test_the_texts_know_the_labels_that_are_not_enough(place: str, text: str) -> None:
    """c28."""
    with transaction():
        version = operations.start_from_text(STARTING_TEXTS[place], by=make.compliance())
    judged = policies_labels.judge_label(fresh(version), Medium.TEXT, text, version.language)
    assert judged.verdict.value == "deficient"


def test_the_page_makes_a_draft_and_says_it_is_no_advice(signed_in: SignIn) -> None:
    browser = signed_in(Role.COMPLIANCE)
    page = browser.get("/disclosure/starting-texts").text
    assert all(words in page for words in ("not legal advice", "To be verified", "United Kingdom", "广告"))
    answer = browser.post("/disclosure/starting-texts/FR")
    assert (answer.status_code, answer.location) == (303, "/disclosure/versions/1/edit")
    version = db.session.get(PolicyVersion, 1)
    assert version is not None
    assert (version.policy.jurisdiction, version.published_at, version.tie_statements["employee"]) == (
        "FR", None, "Je travaille pour cette entreprise.",
    )  # fmt: skip
    assert "Je travaille" in browser.get(answer.location).text
    assert browser.post("/disclosure/starting-texts/XX").status_code == 404
    assert signed_in(Role.RELATIONS).post("/disclosure/starting-texts/DE").status_code == 403
