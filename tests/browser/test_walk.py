"""A short walk through the rooms in a browser, for the database the pages are not all looked at on."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def test_every_room_opens_from_the_rail(page_of: Callable[..., Page]) -> None:
    page = page_of("mei")
    page.goto("/")
    rooms = page.eval_on_selector_all(".rail li a", "links => links.map(link => link.getAttribute('href'))")
    assert len(rooms) > 5
    for room in rooms:
        answer = page.goto(room)
        assert answer is not None
        assert answer.status == 200
        assert page.locator("h1").count() == 1
