"""Tabs of a person: whatever room offers one, the navigation says that one is with people."""

import re
from collections.abc import Callable

from flask.testing import FlaskClient

from app.accounts.models import Role
from tests.factories import people


def test_every_tab_of_a_person_stands_under_people(signed_in: Callable[..., FlaskClient]) -> None:
    amal = people.person("Amal")
    browser = signed_in(Role.COMPLIANCE)
    first = browser.get(f"/people/{amal.id}").text
    strip = first[first.index('class="tabs"') :]
    tabs = re.findall(r'href="([^"]+)"', strip[: strip.index("</nav>")])
    assert len(tabs) > 10
    for tab in tabs:
        assert '<a href="/people/" aria-current="page" data-go=' in browser.get(tab).text, tab
