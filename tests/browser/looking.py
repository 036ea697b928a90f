"""What a look at one page tells, at the desk and on the phone: its width, axe in the light, and its colours again in the dark."""

from collections.abc import Iterable
from itertools import product

from axe_playwright_python.base import AXE_SCRIPT
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import SIZES

#: Only violations are wanted, and style sheets are ours: nothing is fetched again.
SPARING = {"resultTypes": ["violations"], "preload": False, "iframes": False}
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
LIGHT = SPARING | {"runOnly": RULES}
#: Only colours differ in the dark, so only the rules about colours are looked at again.
DARK = SPARING | {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
AXE = """([where, options]) => axe.run(where, options).then(
    found => found.violations.map(one => `${one.id} at ${one.nodes[0].target}`))"""
IS_TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"
#: The rows of a long table are all alike.
SHORTEN = "document.querySelectorAll('tbody > tr:nth-child(n + 7)').forEach(row => row.remove())"


def _resize(page: Page, size: str) -> None:
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})


def complaints(page: Page, address: str) -> list[str]:
    """What is wrong with a page as it stands; its long tables are short afterwards."""
    wrong = []
    sizes = sorted(SIZES, key=lambda one: SIZES[one][0] != page.viewport_size["width"])
    for size in sizes:
        _resize(page, size)
        if page.evaluate(IS_TOO_WIDE):
            wrong.append(f"{address}: wider than the screen of a {size}")
    page.evaluate(SHORTEN)
    page.evaluate(AXE_SCRIPT)
    for (scheme, where, options), size in product((("light", "html", LIGHT), ("dark", "main", DARK)), sizes):
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
        if page.evaluate(IS_TOO_WIDE):
            wrong.append(f"{address}: wider than the screen")
    return wrong
