"""Pages of disclosure: what they show and to whom, what a form refuses, what it keeps of what was typed."""

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.core.db import db
from app.disclosures.models import (
    Acknowledgement,
    LabelVerdict,
    Obligation,
    ObligationState,
    Policy,
    PolicyVersion,
    Publication,
)
from app.disclosures.policies import KINDS_OF_VALUE
from app.ledger.models import Category
from tests.conftest import fresh
from tests.factories import accounts, ledger, people
from tests.factories import disclosures as make

SignIn = Callable[..., FlaskClient]

VERSION = {
    "language": "en", "effective_from_on": "2026-01-01", "review_on": "2027-01-01", "text": "Say who paid, first.",
    "triggers": ["lodging", "gift"], "accepted_labels": "#ad, Ad", "rejected_labels": "#gifted", "in_text": "first_words",
    "statements": "lodging: Lumen Networks paid for my hotel.", "sources": "https://www.asa.org.uk/",
}  # fmt: skip


def test_kinds_of_value_are_the_ledgers() -> None:
    assert [kind for kind, _ in KINDS_OF_VALUE] == [category.value for category in Category]


def test_a_policy_is_opened_written_and_published(signed_in: SignIn) -> None:
    browser = signed_in(Role.COMPLIANCE)
    opened = browser.post("/disclosure/new", data={"name": "Disclosure in the UK", "jurisdiction": "gb"})
    assert (opened.status_code, opened.location) == (303, "/disclosure/1/versions/new")
    drafted = browser.post(opened.location, data=VERSION)
    assert (drafted.status_code, drafted.location) == (303, "/disclosure/versions/1")
    assert "Publish this version?" in browser.get(drafted.location).text
    assert browser.post("/disclosure/versions/1/publish").status_code == 303
    version = db.session.get(PolicyVersion, 1)
    assert version is not None
    assert (version.policy.jurisdiction, version.triggers) == ("GB", ["lodging", "gift"])
    assert version.placement == {"text": "first_words"}
    assert version.statements == {"lodging": "Lumen Networks paid for my hotel."}
    assert version.published_at is not None
    for path in ("/disclosure/", "/disclosure/1", "/disclosure/versions/1"):
        assert "Disclosure in the UK" in browser.get(path).text
    # A new version begins with the words of the last and is compared with it.
    assert "Say who paid, first." in browser.get("/disclosure/1/versions/new").text
    browser.post("/disclosure/1/versions/new", data=VERSION | {"text": "Say who paid, at once."})
    assert "Against version 1" in browser.get("/disclosure/versions/2").text


def test_publishing_what_is_not_whole_says_what_is_missing(signed_in: SignIn) -> None:
    """c26."""
    version = make.version("GB", is_published=False, accepted_labels=(), sources=())
    response = signed_in(Role.COMPLIANCE).post(f"/disclosure/versions/{version.id}/publish")
    assert response.status_code == 422
    assert "It lacks accepted labels; a source." in response.text
    assert fresh(version).published_at is None


def _sent_with(page: str) -> dict[str, str]:
    """What the button to publish sends along."""
    form = page[page.index('id="publish"') :]
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[: form.index("</form>")]))


def test_only_the_draft_that_was_read_is_published(signed_in: SignIn) -> None:
    """c26: it never changes afterwards, so nobody publishes words they have not seen."""
    version = make.version("GB", is_published=False, text="Say who paid.")
    browser, path = signed_in(Role.COMPLIANCE), f"/disclosure/versions/{version.id}"
    read = _sent_with(browser.get(path).text)
    helga = signed_in(accounts.user(name="Helga", role=Role.COMPLIANCE))
    assert helga.post(f"{path}/edit", data=VERSION | {"text": "Say nothing."}).status_code == 303
    refused = browser.post(f"{path}/publish", data=read)
    assert (refused.status_code, fresh(version).published_at) == (409, None)
    assert "Helga changed the draft after you opened it." in refused.text
    assert "Say nothing." in refused.text
    assert browser.post(f"{path}/publish", data=_sent_with(refused.text)).status_code == 303
    assert fresh(version).published_at is not None


def test_a_published_version_is_not_changed_by_the_form(signed_in: SignIn) -> None:
    """c26."""
    version = make.version("GB")
    response = signed_in(Role.COMPLIANCE).post(
        f"/disclosure/versions/{version.id}/edit", data=VERSION | {"text": "Else"}
    )
    assert (response.status_code, "Make a new version instead" in response.text) == (422, True)
    assert fresh(version).text == "Say who paid for the trip, before anything else."


BAD = {
    "no text": ({"text": ""}, "This is needed"),
    "no day": ({"effective_from_on": ""}, "This is needed"),
    "no such day": ({"review_on": "2027-02-30"}, "Not a valid date value"),
    "ends before it begins": ({"effective_to_on": "2025-01-01"}, "The last day lies before the first"),
    "a source that is no address": ({"sources": "javascript:alert(1)"}, "is not a web address"),
    "an unknown kind of value": ({"triggers": ["bribe"]}, "bribe"),
    "an unknown place": ({"in_text": "anywhere you like"}, "Not a valid choice"),
}


@pytest.mark.parametrize(("changes", "message"), BAD.values(), ids=BAD)
def test_a_draft_refuses_bad_input_and_keeps_what_was_typed(
    signed_in: SignIn, changes: dict[str, object], message: str
) -> None:
    policy = make.version("GB").policy
    values = VERSION | {"rejected_labels": "#typed-with-care"} | changes
    response = signed_in(Role.COMPLIANCE).post(f"/disclosure/{policy.id}/versions/new", data=values)
    assert (response.status_code, message in response.text, "#typed-with-care" in response.text) == (
        422,
        True,
        True,
    )
    assert len(db.session.scalars(sa.select(PolicyVersion)).all()) == 1


def test_only_compliance_writes_policies(signed_in: SignIn) -> None:
    policy = make.version("GB").policy
    for role in (Role.RELATIONS, Role.COORDINATOR, Role.AUDITOR):
        browser = signed_in(role)
        assert browser.get("/disclosure/").status_code == 200
        assert browser.post(f"/disclosure/{policy.id}/versions/new", data=VERSION).status_code == 403
    assert db.session.scalars(sa.select(Policy)).all() == [db.session.get(Policy, policy.id)]


def test_the_tester_judges_a_pasted_post(signed_in: SignIn) -> None:
    """D5, c28."""
    make.version("GB")
    make.version("CN")
    browser = signed_in(Role.RELATIONS)
    pasted = {"version_id": "all", "medium": "text", "language": "en", "text": "#ad London"}
    page = browser.post("/disclosure/tester", data=pasted).text
    assert ("The label is not good enough" in page, "stands where it must" in page) == (True, True)
    empty = browser.post("/disclosure/tester", data=pasted | {"text": ""})
    assert (empty.status_code, "This is needed" in empty.text) == (422, True)
    assert db.session.scalars(sa.select(Publication)).all() == []


def test_an_acceptance_is_recorded(signed_in: SignIn) -> None:
    """D2."""
    person, version = people.person("Amal"), make.version("*")
    browser = signed_in(Role.COORDINATOR)
    assert "Not accepted yet" in browser.get(f"/disclosure/people/{person.id}").text
    values = {"version_id": str(version.id), "how": "signed_paper", "language": "ar"}
    assert browser.post(f"/disclosure/people/{person.id}/acknowledge", data=values).status_code == 303
    accepted = db.session.scalars(sa.select(Acknowledgement)).one()
    assert (accepted.language, accepted.recorded_by_id is None) == ("ar", False)
    assert "Not accepted yet" not in browser.get(f"/disclosure/people/{person.id}").text
    assert browser.get(f"/disclosure/people/{person.id}/acknowledge").status_code == 404


def test_staff_do_not_accept_for_the_portal(signed_in: SignIn) -> None:
    person, version = people.person("Amal"), make.version("*")
    values = {"version_id": str(version.id), "how": "portal", "language": "en"}
    assert (
        signed_in(Role.COORDINATOR)
        .post(f"/disclosure/people/{person.id}/acknowledge", data=values)
        .status_code
        == 422
    )


def test_a_publication_is_filed_without_its_words(signed_in: SignIn) -> None:
    """D4."""
    make.version("*", accepted_labels=("#ad",))
    person = people.person("Amal", owner=accounts.user(name="Mei"))
    browser = signed_in(Role.RELATIONS)
    values = {
        "person_id": str(person.id), "url": "https://video.example/watch?v=1", "published_on": "2026-10-20", "medium": "video",
        "language": "en", "opening": "My four days in London, unlabelled",
    }  # fmt: skip
    response = browser.post("/disclosure/publications/new", data=values)
    assert (response.status_code, response.location) == (303, f"/disclosure/people/{person.id}")
    filed = db.session.scalars(sa.select(Publication)).one()
    assert (filed.verdict, filed.label_text) == (LabelVerdict.MISSING, "")
    assert "1 publication without a good label" in browser.get(response.location).text
    assert "video.example/watch" in browser.get("/disclosure/publications").text


BAD_PUBLICATIONS = {
    "no address": ({"url": "my channel"}, "This is not a web address"),
    "a script": ({"url": "javascript:alert(1)"}, "This is not a web address"),
    "tomorrow": ({"published_on": "2099-01-01"}, "this day lies ahead"),
    "nobody": ({"person_id": ""}, "This is needed"),
    "an unknown medium": ({"medium": "smoke"}, "Not a valid choice"),
}


@pytest.mark.parametrize(("changes", "message"), BAD_PUBLICATIONS.values(), ids=BAD_PUBLICATIONS)
def test_filing_a_publication_refuses(signed_in: SignIn, changes: dict[str, str], message: str) -> None:
    values = {
        "person_id": str(people.person("Amal").id), "url": "https://video.example/", "published_on": "2026-10-20",
        "medium": "text", "language": "en", "opening": "Typed with care",
    }  # fmt: skip
    response = signed_in(Role.RELATIONS).post("/disclosure/publications/new", data=values | changes)
    assert (response.status_code, message in response.text, "Typed with care" in response.text) == (
        422,
        True,
        True,
    )
    assert db.session.scalars(sa.select(Publication)).all() == []


def test_duties_are_listed_filtered_and_let_go(signed_in: SignIn) -> None:
    make.version("*")
    person = people.person("Amal")
    ledger.post(ledger.stay(person))
    browser = signed_in(Role.COMPLIANCE)
    assert "Lodging" in browser.get("/disclosure/obligations?state=pending_ack&jurisdiction=*").text
    assert "No duty here" in browser.get("/disclosure/obligations?state=due").text
    assert (
        browser.get("/disclosure/obligations?state=nonsense&page=x&jurisdiction=%F0%9F%92%A9").status_code
        == 200
    )
    duty = db.session.scalars(sa.select(Obligation)).one()
    short = browser.post(f"/disclosure/obligations/{duty.id}/waive", data={"reason": "no"})
    assert (short.status_code, "at least 10 characters" in short.text) == (422, True)
    browser.post(f"/disclosure/obligations/{duty.id}/waive", data={"reason": "Nothing was ever published"})
    assert fresh(duty).state is ObligationState.WAIVED


def test_duties_ask_the_same_number_of_queries_for_1_and_30_rows(
    signed_in: SignIn, count_queries: Callable[[], int]
) -> None:
    make.version("*")
    browser, details = signed_in(Role.COMPLIANCE), ledger.stay(people.person("Amal"))
    ledger.post(details)
    count_queries()
    assert browser.get("/disclosure/obligations").status_code == 200
    with_one = count_queries()
    for number in range(29):
        ledger.post(details.model_copy(update={"person_id": people.person(f"Person {number}").id}))
    count_queries()
    assert browser.get("/disclosure/obligations").status_code == 200
    assert count_queries() == with_one


def test_ready_text_can_be_asked_for_each_kind_of_value(signed_in: SignIn) -> None:
    """D3."""
    make.version("*")
    person = people.person("Amal")
    page = signed_in(Role.RELATIONS).get(f"/disclosure/people/{person.id}?kind=travel_air").text
    assert "Ad Lumen Networks paid for my flight." in page


def test_partners_see_no_disclosure(signed_in: SignIn) -> None:
    assert signed_in(Role.PARTNER).get("/disclosure/").status_code == 403


def test_what_is_not_there_is_404(signed_in: SignIn) -> None:
    browser = signed_in(Role.COMPLIANCE)
    paths = (
        "/disclosure/9",
        "/disclosure/versions/9",
        "/disclosure/people/9",
        "/disclosure/obligations/9/waive",
    )
    assert [browser.get(path).status_code for path in paths] == [404] * 4
