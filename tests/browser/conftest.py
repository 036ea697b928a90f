"""A real browser before the real server, on the London demo."""

import contextlib
import functools
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from app.core.db import db
from app.core.mail import parts_of
from app.core.models import OutboxMail
from app.demo import cast
from tests import further
from tests.databases import Databases, free_port, wants_postgresql

#: What a browser does with a page does not depend on the database, and the journeys over HTTP are walked on both. All is looked at
#: on SQLite; on PostgreSQL a short walk shows that pages are served, so neither run collects the other's.
_WALK = "test_walk.py"
collect_ignore = [
    one.name
    for one in Path(__file__).parent.glob("test_*.py")
    if (one.name == _WALK) is not wants_postgresql()
]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
#: Chromium has no sandbox for root and looks up its maker's hosts at every start unless told not to.
SWITCHES = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
SIZES = {"wide": (1440, 900), "phone": (390, 844)}


@contextlib.contextmanager
def served(databases: Databases, name: str, host: str = "127.0.0.1") -> Iterator[str]:
    """The address of a server, in a process of its own, before a copy of the database as it stands.

    Browsers make passkeys for a name only: `host="localhost"`.
    """
    url = databases.fork(name)
    port = free_port()
    environment = os.environ | {
        "DATABASE_URL": url, "RAPPORT_INSTANCE": str(databases.folder), "RAPPORT_BASE_URL": f"http://{host}:{port}",
    }  # fmt: skip
    command = [str(Path(sys.executable).with_name("rapport")), "serve", "--port", str(port), "--no-worker"]
    log = databases.folder / f"{name}.log"
    with log.open("wb") as said:
        server = subprocess.Popen(command, env=environment, stdout=said, stderr=subprocess.STDOUT)
    address = f"http://{host}:{port}"
    try:
        _wait_for(address, server, log)
        yield address
    finally:
        server.terminate()
        server.wait(60)


@pytest.fixture(scope="session")
def mails(databases: Databases) -> str:
    """The demo with one of each thing it holds none of; the words of all its mails."""
    databases.reset_to_demo()
    assert databases.app is not None
    with databases.app.app_context():
        further.add()
        return "\n".join(parts_of(row.raw).text for row in db.session.scalars(sa.select(OutboxMail)))


@pytest.fixture(scope="session")
def site(mails: str, databases: Databases) -> Iterator[str]:
    """The address of that demo, served."""
    with served(databases, "browser") as address:
        yield address


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _attempt in range(600):
        if server.poll() is not None:
            raise RuntimeError(log.read_text())
        try:
            urllib.request.urlopen(f"{address}/sign-in", timeout=2).close()
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the server did not answer")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    if CHROMIUM is None:
        message = "no Chromium here: apt-get install chromium"
        if os.environ.get("RAPPORT_TEST_REQUIRE_ALL"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        browser.close()


def sign_in(browser: Browser, site: str, key: str) -> dict[str, object]:
    """The cookies of a user, fetched through the sign-in page."""
    context = browser.new_context(base_url=site)
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(f"{key}@lumen.example")
    page.get_by_label("Password", exact=True).fill(cast.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{site}/")
    state: dict[str, object] = context.storage_state()
    context.close()
    return state


@pytest.fixture(scope="session")
def signed_in_states(chromium: Browser, site: str) -> Callable[[str], dict[str, object]]:
    """The cookies of a demo user, fetched once."""
    return functools.cache(functools.partial(sign_in, chromium, site))


@pytest.fixture
def page_of(chromium: Browser, site: str, signed_in_states) -> Iterator[Callable[..., Page]]:
    """`page_of("mei", size="phone", scheme="dark")`: a page of that user that fails on console errors.

    `may_complain` is for pages that are refused on purpose: Chromium notes a status of 400 and more on the console.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(key: str, *, size: str = "wide", scheme: str = "light", may_complain: bool = False) -> Page:
        width, height = SIZES[size]
        context = chromium.new_context(
            base_url=site,
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            storage_state=signed_in_states(key),
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        if may_complain:
            return page
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
