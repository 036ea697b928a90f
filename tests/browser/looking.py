"""What a look at one page tells, at the desk and on the phone: its width, axe in the light, and its colours again in the dark."""

from collections.abc import Iterable

from axe_playwright_python.base import AXE_SCRIPT
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page

from tests.browser.conftest import SIZES

#: Only violations are wanted, and style sheets are ours: nothing is fetched again.
SPARING = {"resultTypes": ["violations"], "preload": False, "iframes": False}
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
COLOURS = ["color-contrast", "link-in-text-block"]
EVERYTHING = SPARING | {"runOnly": RULES}
SHAPES = EVERYTHING | {"rules": {name: {"enabled": False} for name in COLOURS}}
COLOURS_ONLY = SPARING | {"runOnly": {"type": "rule", "values": COLOURS}}
#: Scheme, size, where, what. Colours do not depend on the size and shapes not on the scheme, so neither is looked at twice: the
#: light ones on the phone, the dark ones at the desk, which between them show everything a page has.
LOOKS = (
    ("light", "phone", "html", EVERYTHING),
    ("light", "wide", "html", SHAPES),
    ("dark", "wide", "main", COLOURS_ONLY),
)
AXE = """([where, options]) => axe.run(where, options).then(
    found => found.violations.map(one => `${one.id} at ${one.nodes[0].target}`))"""
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth + 1"
#: What reaches furthest, so that the complaint says where to look.
WIDEST = """() => [...document.querySelectorAll('body *')].filter(one => one.checkVisibility())
    .map(one => [one.getBoundingClientRect().right, `${one.tagName} ${one.className}`]).sort((a, b) => b[0] - a[0])[0]"""
#: Milliseconds until a page just resized has settled; one that is too wide stays so.
SETTLED, PAUSE = 2_000, 50
#: The rows of a long table are all alike.
SHORTEN = "document.querySelectorAll('tbody > tr:nth-child(n + 7)').forEach(row => row.remove())"


def press(what: Locator) -> None:
    """Press a link or a button and wait for the page it leads to: reading or leaving the old one at once would race with it."""
    with what.page.expect_navigation():
        what.click()


def _resize(page: Page, size: str) -> None:
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})


def _too_wide(page: Page) -> str:
    """What sticks out at the side; empty if the page fits once it has settled.

    Asked again and again from here: `wait_for_function` asks in the page, where our policy allows no such script.
    """
    for _try in range(SETTLED // PAUSE):
        if page.evaluate(FITS):
            return ""
        page.wait_for_timeout(PAUSE)
    return str(page.evaluate(WIDEST))


def complaints(page: Page, address: str) -> list[str]:
    """What is wrong with a page as it stands; its long tables are short afterwards."""
    wrong = []
    sizes = sorted(SIZES, key=lambda one: SIZES[one][0] != page.viewport_size["width"])
    for size in sizes:
        _resize(page, size)
        if sticks_out := _too_wide(page):
            wrong.append(f"{address}: wider than the screen of a {size}: {sticks_out}")
    page.evaluate(SHORTEN)
    page.evaluate(AXE_SCRIPT)
    for scheme, size, where, options in LOOKS:
        _resize(page, size)
        page.emulate_media(color_scheme=scheme)
        wrong += [f"{address}, {scheme}, {size}: {one}" for one in page.evaluate(AXE, [where, options])]
    page.emulate_media(color_scheme="light")
    return wrong


def looked_at(page: Page, addresses: list[str]) -> list[str]:
    """What is wrong with the pages at these addresses."""
    wrong = []
    for address in addresses:
        answer = page.goto(address)
        assert answer is not None
        if answer.status == 200:
            wrong += complaints(page, address)
        else:
            wrong.append(f"{address}: status {answer.status}")
    return wrong


def seen_at_once(page: Page, addresses: Iterable[str]) -> list[str]:
    """What is wrong with pages in the one size and scheme they are open in, with every row and every rule of axe."""
    wrong = []
    for address in addresses:
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
        wrong += [f"{address}: {one['id']} at {one['nodes'][0]['target']}" for one in found]
        if sticks_out := _too_wide(page):
            wrong.append(f"{address}: wider than the screen: {sticks_out}")
    return wrong
