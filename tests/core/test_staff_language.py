"""No sentence of a staff page is past translating: with every translation marked, whatever is left unmarked is data."""

import json
import re
from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

import flask_babel
import html5lib
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from app import demo
from app.accounts import permissions
from app.accounts.access import permission_of
from app.accounts.models import User
from app.core.db import db
from tests import further
from tests.browser.test_pages import NO_PAGES, NOTHING_TO_SHOW, OPEN, READERS
from tests.databases import Databases
from tests.factories import accounts
from tests.portal.test_languages import is_data
from tests.route_map import LED_TO, addresses_of

pytestmark = pytest.mark.looks

#: English on purpose, by the beginning of the endpoint.
ENGLISH = {
    "api.": "for those who write programs",
    "disclosures.starts": "drafts of policies, each in the language of its country, with what their sources say",
}
#: Kept in English where they are kept: what a text was when it was written.
KEPT = re.compile(
    r"Times without a zone of their own|Items outside the event's own times"  # remarks kept with an agenda that was read
    r"|Lines of the book stay"  # the method of a report as it was issued
)
#: Three words in a row that no name has.
SENTENCE = re.compile(r"[A-Za-z’']+(?: [a-z’']{2,}){2,}")


class Marked:
    """Translations that say what they were asked for, between marks."""

    def ugettext(self, sentence: str) -> str:
        return f"⟦{sentence}⟧"

    def ungettext(self, one: str, many: str, n: int) -> str:
        return f"⟦{one if n == 1 else many}⟧"

    def upgettext(self, _context: str, sentence: str) -> str:
        return f"⟦{sentence}⟧"


def words_of(node: Element) -> Iterator[str]:
    """The words of a page but for data."""
    if is_data(node):
        return
    yield from (node.get(name, "") for name in ("title", "aria-label", "placeholder", "alt", "data-label"))
    yield node.text or ""
    for child in node:
        yield from words_of(child)
        yield child.tail or ""


def unmarked(text: str) -> str:
    """What stands outside the marks, which may stand in each other."""
    before = ""
    while before != text:
        before, text = text, re.sub("⟦[^⟦⟧]*⟧", " … ", text)
    return " ".join(text.split())


def data_of() -> list[str]:
    """Every text the database holds, the longest first."""
    found: set[str] = set()
    for table in db.metadata.sorted_tables:
        for row in db.session.execute(sa.select(table)):
            for value in row:
                if isinstance(value, str):
                    found |= {value.strip(), *value.splitlines()}
                elif isinstance(value, dict | list):
                    found |= set(re.findall(r'"((?:[^"\\]|\\.)+)"', json.dumps(value, ensure_ascii=False)))
    return sorted((" ".join(one.split()) for one in found if " " in one), key=len, reverse=True)


@pytest.fixture
def full(databases: Databases) -> Flask:
    def fill() -> None:
        demo.load(lambda _line: None)
        further.add()

    databases.reset_to("further", fill)
    assert databases.app is not None
    return databases.app


def _first_page(app: Flask, rule: Rule, browser_of: Callable[[str], FlaskClient]) -> tuple[str, str] | None:
    """The first page of a rule that a reader with its permission finds: address and text."""
    wanted = permission_of(app.view_functions[rule.endpoint])
    for role, key in READERS.items():
        for address in addresses_of(rule) if wanted in permissions.PERMISSIONS[role] else ():
            answer = browser_of(key).get(address)
            is_page, page = answer.status_code == 200 and answer.mimetype == "text/html", ""
            if is_page:
                page = answer.get_data(as_text=True)
            answer.close()
            if is_page:
                return address, page
    return None


def test_every_sentence_of_a_staff_page_can_be_translated(
    full: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with full.app_context():
        data = data_of()
        browsers = {}
        for key in READERS.values():
            user = db.session.scalars(sa.select(User).filter_by(email=f"{key}@lumen.example")).one()
            browsers[key] = full.test_client()
            accounts.session_in(browsers[key], user)
        db.session.remove()
    monkeypatch.setattr(flask_babel.Domain, "get_translations", lambda _self: Marked())
    # The lines of the rail are kept once said; these marks are for no other test.
    monkeypatch.setitem(full.extensions, "rail", full.extensions["rail"].__wrapped__)
    left, n_pages = {}, 0
    others = (*NO_PAGES, *OPEN, *NOTHING_TO_SHOW, *LED_TO, *ENGLISH)
    for rule in full.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint.startswith(others):
            continue
        found = _first_page(full, rule, browsers.__getitem__)
        if found is None:
            continue
        address, page = found
        n_pages += 1
        for text in {unmarked(one) for one in words_of(html5lib.parse(page, namespaceHTMLElements=False))}:
            if SENTENCE.search(text) and not KEPT.search(text):
                rest = text
                for one in data:
                    rest = rest.replace(one, "…")
                if said := SENTENCE.search(rest):
                    left[address] = said[0]
    assert left == {}
    assert n_pages > 400
