"""Tabs of a person: whatever room offers one, the navigation says that one is with people."""

import re
from collections.abc import Callable

from flask.testing import FlaskClient

from app.accounts.models import Role
from app.core.db import db, transaction
from tests.factories import accounts, people


def test_every_tab_of_a_person_stands_under_people(signed_in: Callable[..., FlaskClient]) -> None:
    amal = people.person("Amal")
    browser = signed_in(Role.COMPLIANCE)
    first = browser.get(f"/people/{amal.id}").text
    strip = first[first.index('class="tabs"') :]
    tabs = re.findall(r'href="([^"]+)"', strip[: strip.index("</nav>")])
    assert len(tabs) > 10
    for tab in tabs:
        assert '<a href="/people/" aria-current="page" data-go=' in browser.get(tab).text, tab


def _rail(page: str) -> list[tuple[str, bool]]:
    """The lines of the rail, and whether each is the open one."""
    rail = page[page.index('<nav class="rail"') : page.index("</nav>")]
    lines = re.findall(r"<li><a href=\"[^\"]+\"( aria-current=\"page\")?[^>]*>.*?<span>(.*?)</span>", rail)
    return [(label, bool(is_open)) for is_open, label in lines]


def test_the_rail_is_kept_for_those_who_see_the_same(signed_in: Callable[..., FlaskClient]) -> None:
    """It is drawn once, and yet each role, language and room has its own; so has the help of the keyboard."""
    mei, carla = accounts.user(name="Mei"), accounts.user(name="Carla")
    with transaction():
        db.session.merge(carla).locale = "fr"
    english, french, assistant = signed_in(mei), signed_in(carla), signed_in(Role.ASSISTANT)
    for _again in range(2):
        people_page, programs_page = english.get("/people/").text, english.get("/programs/").text
        assert [line for line in _rail(people_page) if line[1]] == [("People", True)]
        assert [line for line in _rail(programs_page) if line[1]] == [("Programs", True)]
        assert ("Programmes", False) in _rail(french.get("/people/").text)
        assert "Go to Programs" in people_page
        assert "Aller à" in french.get("/people/").text
        assert len(_rail(assistant.get("/people/").text)) < len(_rail(people_page))
