"""Every page of the story: no accessibility violation, nothing wider than the screen."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

#: Who looks at what; the first page of a list stands for its records, opened through their first link.
PAGES = {
    "mei": ["/", "/people/", "/people/new", "/people/1", "/programs/", "/programs/1", "/outreach/", "/events/", "/reports/"],
    "ruth": ["/", "/events/1", "/travel/", "/executives/", "/outreach/outbox", "/calendars/"],
    "helga": ["/", "/ledger/", "/ledger/1", "/ledger/caps", "/ledger/verify", "/disclosure/", "/advisory/", "/reports/", "/reports/value/1"],
    "daniel": ["/", "/executives/"],
    "paula": ["/", "/people/"],
    "iris": ["/", "/ledger/", "/settings/audit"],
    "ada": ["/", "/settings/"],
}  # fmt: skip
LOOKS = [("wide", "light")]


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
@pytest.mark.parametrize("key", PAGES)
def test_pages_are_accessible_and_fit_the_screen(
    page_of: Callable[..., Page], key: str, size: str, scheme: str
) -> None:
    page = page_of(key, size=size, scheme=scheme)
    wrong = []
    for path in PAGES[key]:
        answer = page.goto(path)
        assert answer is not None
        if answer.status != 200:
            wrong.append(f"{path}: status {answer.status}")
            continue
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
        wrong += [
            f"{path}: {item['id']} at {item['nodes'][0]['target']}" for item in found.response["violations"]
        ]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"):
            wrong.append(f"{path}: wider than the screen")
    assert wrong == []
