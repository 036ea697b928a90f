"""What outsiders read is in their language: pages, letters, papers; only data stays as it was written."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale

from app.accounts.models import User
from app.core.db import db, transaction
from app.core.i18n import day, when
from app.disclosures import operations_covenants
from app.events.models import Invitation
from app.people import operations_consents
from app.people.details import ConsentDetails
from app.people.models import Person
from app.people.models_consents import ConsentSource, Purpose
from app.people.policies_consents import ASKED
from app.periods.telling import Message, Occasion
from app.portal import letters, operations, policies
from app.travel import exports_documents, itinerary
from app.travel.models import Trip
from tests.conftest import fresh
from tests.core.test_catalogues import OTHERS, catalogue, extracted
from tests.factories import accounts, calendars, disclosures, portal

At = Callable[[datetime], AbstractContextManager[None]]
NOW = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
#: Names in the cast, which stay as they are written.
NAMES = re.compile(
    r"The Meridian Wharf|Chief Executive Officer|Relations of |Analyst relations|Lumen Networks|Connect London"
)
COVENANT = "Nobody asks to see any work before it is public, and nothing depends on coverage."


def visible(page: str) -> str:
    """The words of a page that are ours: data stands in <bdi>, in elements with a language of their own, or is prose."""
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    return " ".join("".join(_said(tree)).split())


def is_data(node: Element) -> bool:
    """Whether what stands in an element is no sentence of ours: `<bdi>`, another language, prose, code."""
    is_marked = node.tag != "html" and (node.get("lang") or "prose" in node.get("class", "").split())
    return bool(is_marked) or node.tag in {"bdi", "script", "style", "code", "textarea"}


def _said(node: Element) -> Iterator[str]:
    if is_data(node):
        yield " … "
    else:
        yield f" {node.text or ''}"
        for child in node:
            yield from _said(child)
    yield node.tail or ""


def english_in(text: str, language: str) -> list[str]:
    """Sentences of the catalogue that stand there in English, and in other scripts any three Latin words in a row."""
    text = NAMES.sub("…", text)
    same = {one.id for one in catalogue(language) if one.id == one.string}
    pieces = {
        max(re.split(r"%\(\w+\)s", part), key=len).strip()
        for one in extracted() - same
        for part in (one if isinstance(one, tuple) else (one,))
    }
    found = [piece for piece in pieces if " " in piece and len(piece) > 8 and piece in text]
    if language in {"ar", "zh"}:
        found += re.findall(r"[A-Za-z][a-z’']*(?:,? [A-Za-z][a-z’']+){2,}", text)
    return found


def consent(of: Person, purpose: Purpose) -> None:
    details = ConsentDetails(
        purpose=purpose,
        is_given=True,
        said_on=NOW.date(),
        source=ConsentSource.MAIL,
        wording=ASKED[purpose].wording,
    )
    operations_consents.record_consent(of, details, by=accounts.user())


@pytest.fixture
def jack(app: Flask, at: At) -> calendars.Show:
    """Somebody with something on each of his pages."""
    show = calendars.show()
    with at(NOW):
        version = disclosures.version("*")
        with transaction():
            db.session.merge(version).policy.name = "House rules"
            invitation = db.session.query(Invitation).filter_by(person_id=show.jack.id).one()
            invitation.checked_in_at, invitation.promise = NOW, "Front row\nHalf an hour with Grace"
            operations_covenants.offer_text(COVENANT, by=disclosures.compliance())
            for purpose in (Purpose.HOSPITALITY, Purpose.PHOTO):
                consent(db.session.merge(show.jack), purpose)
        disclosures.publication(show.jack, published_on=NOW.date())
    return show


def speaks(person: Person, language: str) -> Person:
    with transaction():
        found = db.session.get_one(Person, person.id)
        found.languages = [language]
    return fresh(found)


def pages_of(browser: FlaskClient) -> list[str]:
    """The addresses of a person's pages: those of the head, and what they lead to."""
    first = ["/p/", "/p/given", "/p/words", "/p/links", "/p/covenant", "/p/calendar", "/p/my-data"]
    led_to = r'href="(/p/(?:invitations|policies|meetings|given)/\d+(?:/kept)?)"'
    further = sorted({path for page in first for path in re.findall(led_to, browser.get(page).text)})
    more = sorted(
        {path for page in further for path in re.findall(led_to, browser.get(page).text)} - set(further)
    )
    return [*first, *further, *more]


def test_every_page_of_a_person_is_in_their_language(app: Flask, at: At, jack: calendars.Show) -> None:
    """J8.1: whatever a person opens, and whatever they are answered."""
    for language, direction in (("fr", "ltr"), ("zh", "ltr"), ("ar", "rtl")):
        person = speaks(jack.jack, language)
        with at(NOW):
            browser = portal.browser_of(app, person)
            paths = pages_of(browser)
            assert {path.split("/")[2] for path in paths} >= {"invitations", "policies", "meetings", "given"}
            for path in paths:
                page = browser.get(path)
                assert (page.status_code, f'<html lang="{language}" dir="{direction}">' in page.text) == (
                    200,
                    True,
                ), path
                assert (path, english_in(visible(page.text), language)) == (path, [])
            refused = browser.post("/p/links", data={"url": "nowhere", "published_on": "soon", "medium": "x"})
            assert (refused.status_code, english_in(visible(refused.text), language)) == (422, [])
            missing = browser.get("/p/invitations/999999")
            main = missing.text.partition("<main")[2].partition("</main>")[0]
            assert (missing.status_code, english_in(visible(main), language)) == (404, [])


def test_pages_without_a_person_follow_the_browser(client: FlaskClient) -> None:
    for language in OTHERS:
        heads = {"Accept-Language": language}
        for path in ("/p/", "/p/verify", "/p/verify?reference=K7QM-3XWD-9TRA", "/p/enter/x"):
            page = client.get(path, headers=heads)
            assert (path, english_in(visible(page.text), language)) == (path, [])


def _link_of(person: Person, by: User) -> tuple[str, str]:
    """Subjects and words of every mail that brings a link."""
    with transaction():
        link, secret = operations.make_link(db.session.merge(person), policies.MAILED_LIFE, by)
        mails = [letters.link_mail(person, by, link, secret, is_asked_for=asked) for asked in (True, False)]
        mails += [
            letters.statement_mail(
                person,
                by,
                link,
                secret,
                Message(occasion=occasion, period="Q3 2026", until_on=NOW.date(), answer=""),
            )
            for occasion in Occasion
        ]
    said = "\n".join(f"{mail.subject}\n{mail.text}" for mail in mails)
    return said, "\n".join(visible(mail.html) for mail in mails)


@pytest.mark.parametrize("language", OTHERS)
def test_letters_and_papers_are_in_the_language_of_the_person(
    app: Flask, at: At, jack: calendars.Show, language: str
) -> None:
    person, by = speaks(jack.jack, language), accounts.user()
    trip = db.session.query(Trip).filter_by(person_id=person.id).one()
    with at(NOW), app.test_request_context():
        for text in _link_of(person, by):
            assert english_in(re.sub(r"https?://\S+", "", text), language) == []
        paper = exports_documents.itinerary_html(itinerary.itinerary_of(fresh(trip), None))
        assert (f'lang="{language}"' in paper, english_in(visible(paper), language)) == (True, [])
        with force_locale(language):
            meeting = fresh(jack.meeting)
            brief = app.jinja_env.get_template("executives/_person_brief.html").render(
                meeting=meeting, question=""
            )
        assert english_in(visible(brief), language) == []


def test_the_itinerary_speaks_arabic(app: Flask, at: At, jack: calendars.Show) -> None:
    """T7: right to left, the words Arabic, the data as it is."""
    trip = db.session.query(Trip).filter_by(person_id=speaks(jack.jack, "ar").id).one()
    with at(NOW), app.test_request_context():
        found = itinerary.itinerary_of(fresh(trip), None)
        paper = exports_documents.itinerary_html(found)
    assert 'dir="rtl"' in paper
    assert "رحلتك إلى Connect London" in paper
    said = [(step.title, [one.what for one in step.moments]) for step in found.steps]
    assert ("رحلة جوية: Sydney (SYD) – London (LHR)", ["المغادرة", "الوصول"]) in said
    assert ("لقاء مع Grace", ["البداية", "النهاية"]) in said


def test_days_are_written_as_their_readers_write_them(app: Flask) -> None:
    said = {}
    for language in ("en", "fr", "zh", "ar"):
        with app.test_request_context(), force_locale(language):
            said[language] = (day(NOW.date()), when(NOW, "Asia/Shanghai"))
    assert said == {
        "en": ("1 Oct 2026", "1 Oct 2026, 17:00 Shanghai"),
        "fr": ("1 oct. 2026", "1 oct. 2026, 17:00 Shanghai"),
        "zh": ("2026年10月1日", "2026年10月1日, 17:00 Shanghai"),
        "ar": ("1 أكتوبر 2026", "1 أكتوبر 2026, 17:00 Shanghai"),
    }
