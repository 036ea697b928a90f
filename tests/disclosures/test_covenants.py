"""The covenant: one edit proposed, both sides sign, nothing changes after, the certificate is checked (D4, J8.2)."""

from collections.abc import Callable
from io import BytesIO

import pypdf
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.core import clock
from app.core.db import db, transaction
from app.disclosures import exports, operations_covenants, queries_covenants
from app.disclosures.differences import MOST_WORDS, Piece, word_difference
from app.disclosures.models_covenants import Covenant
from app.disclosures.policies_covenants import CovenantRefused
from app.people import operations_consents
from app.people.details import ConsentDetails
from app.people.models import Person
from app.people.models_consents import ConsentSource, Purpose
from tests.conftest import fresh
from tests.factories import accounts, people, portal
from tests.factories import disclosures as make

pytestmark = pytest.mark.usefixtures("app")
SignIn = Callable[..., FlaskClient]
TEXT = "We will not ask to see your work before you publish; you say who paid for the trip."


def offer(text: str = TEXT) -> None:
    with transaction():
        operations_covenants.offer_text(text, by=make.compliance())


def sealed(person: Person, *, is_named: bool = True, is_company_named: bool = True) -> Covenant:
    with transaction():
        text = queries_covenants.offered_to(person)
        assert text is not None
        signed = operations_covenants.sign_as_person(
            db.session.merge(person), text, is_named=is_named, by=None
        )
        operations_covenants.countersign(signed, is_company_named=is_company_named, by=make.compliance())
    return fresh(signed)


def test_one_edit_and_both_sign(app: Flask, signed_in: SignIn) -> None:
    """J8.2, D4: version 2 of the house, an edit of hers, version 3 signed by both, and a code that anybody may check."""
    offer("The first words of the house, which promise less than those after.")
    offer()
    amal = people.person("Amal", languages=("en",))
    hers, ours = portal.browser_of(app, amal), signed_in(Role.COMPLIANCE)
    assert "Version 2" in hers.get("/p/covenant").text
    wanted = TEXT.replace("the trip", "the trip and the hotel")
    assert hers.post("/p/covenant/propose", data={"text": wanted}).status_code == 303
    page = ours.get("/disclosure/covenant/proposals/3").text
    assert all(words in page for words in ("<ins>", "hotel"))
    assert ours.post("/disclosure/covenant/proposals/3").status_code == 303
    assert "Version 3" in hers.get("/p/covenant").text
    assert hers.post("/p/covenant", data={"text_id": "3", "is_named": "y"}).status_code == 303
    assert ours.post("/disclosure/covenant/1/sign", data={"is_company_named": "y"}).status_code == 303
    covenant = db.session.get(Covenant, 1)
    assert covenant is not None
    assert covenant.code is not None
    checked = app.test_client().get(f"/p/verify?reference={covenant.code.lower()}").text
    assert ("both sides signed this covenant" in checked, "Amal" in checked) == (True, True)
    pdf = hers.get("/p/covenant/1/certificate.pdf")
    assert (pdf.status_code, pdf.data[:5]) == (200, b"%PDF-")


def test_who_took_back_being_named_is_named_nowhere_outside(app: Flask) -> None:
    """P4: the certificate and the public page fall silent, whatever was ticked when it was signed."""
    offer()
    amal = people.person("Amal")
    covenant = sealed(amal)
    assert "Amal" in exports.certificate_html(covenant)
    details = ConsentDetails(
        purpose=Purpose.NAMING, is_given=False, said_on=clock.today(), source=ConsentSource.MAIL
    )
    with transaction():
        operations_consents.record_consent(db.session.merge(amal), details, by=accounts.user())
    covenant = fresh(covenant)
    assert "Amal" not in exports.certificate_html(covenant)
    page = app.test_client().get(f"/p/verify?reference={covenant.code}").text
    assert ("both sides signed this covenant" in page, "Amal" in page) == (True, False)


def test_what_both_signed_never_changes() -> None:
    offer()
    covenant = sealed(people.person())
    with pytest.raises(CovenantRefused, match="does not change any more"), transaction():
        operations_covenants.countersign(covenant, is_company_named=False, by=make.compliance())


def test_a_new_text_of_the_house_asks_again_and_the_old_signature_stays() -> None:
    """D2, D4."""
    offer()
    amal = people.person("Amal")
    covenant = sealed(amal)
    offer(TEXT + " And nothing depends on it.")
    text = queries_covenants.offered_to(amal)
    assert text is not None
    assert (text.number, queries_covenants.signed_of(amal, text)) == (2, None)
    assert fresh(covenant).covenant_text.text == TEXT


@pytest.mark.parametrize(
    "text", ["", "   ", "short", TEXT, f"  {TEXT}\n", "x" * 10_001], ids=lambda text: str(len(text))
)
def test_bad_proposals(app: Flask, text: str) -> None:
    offer()
    answer = portal.browser_of(app, people.person()).post("/p/covenant/propose", data={"text": text})
    assert answer.status_code == 422


def test_a_second_proposal_waits_for_the_answer_to_the_first(app: Flask) -> None:
    offer()
    browser = portal.browser_of(app, people.person())
    for number, status in ((1, 303), (2, 422)):
        assert browser.post("/p/covenant/propose", data={"text": f"{TEXT} {number}"}).status_code == status


@pytest.mark.parametrize("text_id", ["", "1", "99", "x", "-1", "9" * 20])
def test_only_the_text_shown_is_signed(app: Flask, text_id: str) -> None:
    offer()
    offer(TEXT + " More.")
    assert portal.browser_of(app, people.person()).post(
        "/p/covenant", data={"text_id": text_id}
    ).status_code in {404, 422}


def test_nobody_sees_the_certificate_of_another(app: Flask) -> None:
    offer()
    sealed(people.person("Amal"))
    other = portal.browser_of(app, people.person("Kerem"))
    assert other.get("/p/covenant/1/certificate.pdf").status_code == 404


@pytest.mark.parametrize(
    ("is_named", "is_company_named"), [(True, True), (False, True), (True, False), (False, False)]
)
def test_the_certificate_names_each_side_only_as_it_allows(
    app: Flask, is_named: bool, is_company_named: bool
) -> None:
    """D4: what is promised is always there, a name only with consent; the page of verification says no more."""
    offer()
    covenant = sealed(people.person("Amal Haddad"), is_named=is_named, is_company_named=is_company_named)
    pages = pypdf.PdfReader(BytesIO(exports.certificate(covenant))).pages
    text = " ".join("".join(page.extract_text() for page in pages).split())
    assert "depends on favourable coverage" in text
    assert (covenant.code or "?") in text
    assert ("Amal Haddad" in text) is is_named
    assert (app.config["COMPANY"] in text) is is_company_named
    shown = app.test_client().get(f"/p/verify?reference={covenant.code}").text
    assert ("Amal Haddad" in shown) is is_named


def test_there_is_no_certificate_before_both_signed(app: Flask, signed_in: SignIn) -> None:
    offer()
    hers = portal.browser_of(app, people.person())
    hers.post("/p/covenant", data={"text_id": "1"})
    assert hers.get("/p/covenant/1/certificate.pdf").status_code == 404
    assert signed_in(Role.COMPLIANCE).get("/disclosure/covenant/1/certificate.pdf").status_code == 404


DIFFERENCES = {
    "one word": ("say it late", "say it first", [("same", "say it "), ("gone", "late"), ("new", "first")]),
    "nothing": ("same", "same", [("same", "same")]),
    "from nothing": ("", "new", [("new", "new")]),
    "Chinese, sign by sign": ("标明广告", "标明推广", [("same", "标明"), ("gone", "广告"), ("new", "推广")]),
}  # fmt: skip


@pytest.mark.parametrize("case", ["one word", "nothing", "from nothing"])
def test_word_difference(case: str) -> None:
    before, after, pieces = DIFFERENCES[case]
    assert word_difference(before, after) == [Piece(kind, text) for kind, text in pieces]  # type: ignore[arg-type]


@pytest.mark.parametrize(("before", "after"), [(one[0], one[1]) for one in DIFFERENCES.values()])
def test_word_difference_loses_nothing(before: str, after: str) -> None:
    pieces = word_difference(before, after)
    assert "".join(one.text for one in pieces if one.kind != "new") == before
    assert "".join(one.text for one in pieces if one.kind != "gone") == after


def test_word_difference_of_enormous_texts_is_one_exchange() -> None:
    assert len(word_difference("a " * (MOST_WORDS + 1), "b " * (MOST_WORDS + 1))) == 2
