"""Links of publications: what is taken, what is refused and in which words, and that no server is ever called (D4)."""

import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.core import jobs
from app.core.db import db
from app.disclosures.models import Publication
from app.disclosures.policies_links import is_open_to_all
from tests.factories import people, portal

At = Callable[[datetime], AbstractContextManager[None]]
NOW = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)

NO_ADDRESS = "This is not a web address"
INSIDE = "inside a house or a machine"
REFUSED = {
    "http://127.0.0.1": INSIDE, "http://127.0.0.1:{port}/my-piece": INSIDE, "https://127.1/x": INSIDE, "http://2130706433/": INSIDE,
    "http://0x7f000001/": INSIDE, "http://0x7f.1/": INSIDE, "http://0177.0.0.1/": INSIDE, "http://0.0.0.0/": INSIDE,
    "http://１２７.0.0.1/": INSIDE, "http://127。0。0。1/": INSIDE, "http://169.254.169.254/latest/meta-data/": INSIDE,
    "http://[::1]": INSIDE, "http://[::1]:{port}/": INSIDE, "http://[::]/": INSIDE, "http://[::ffff:127.0.0.1]/": INSIDE,
    "http://[::ffff:a00:1]/": INSIDE, "http://[fe80::1]/": INSIDE, "http://[fd00::1]/": INSIDE, "http://[2002:7f00:1::]/": INSIDE,
    "http://10.0.0.1": INSIDE, "http://172.16.0.1/": INSIDE, "http://192.168.1.1/": INSIDE, "http://100.64.0.1/": INSIDE,
    "http://224.0.0.1/": INSIDE, "http://255.255.255.255/": INSIDE, "http://localhost": INSIDE, "http://localhost.:{port}/": INSIDE,
    "http://LOCALHOST:{port}/": INSIDE, "https://me.localhost/": INSIDE, "https://printer.local/": INSIDE,
    "https://metadata.google.internal/": INSIDE, "https://wiki.intranet/": INSIDE, "https://nas.home.arpa/": INSIDE,
    "https://intranet/": INSIDE, "https://a..example/": INSIDE, "https://a.example:99999/": INSIDE, "https://a%2eexample.org/": INSIDE,
    "https://a b.example/": INSIDE, f"https://{'a' * 64}.example/": INSIDE,
    "javascript:alert(1)": NO_ADDRESS, "JavaScript:alert(1)//https://a.example": NO_ADDRESS, "data:text/html,hello": NO_ADDRESS,
    "file:///etc/passwd": NO_ADDRESS, "ftp://a.example/x": NO_ADDRESS, "gopher://a.example/": NO_ADDRESS, "//a.example/x": NO_ADDRESS,
    "a.example/x": NO_ADDRESS, "https://": NO_ADDRESS, "https://user:password@a.example/": NO_ADDRESS,
    "https://user@a.example/": NO_ADDRESS, "https://a.example\\@127.0.0.1/": NO_ADDRESS, "http://[::1": NO_ADDRESS,
}  # fmt: skip
TAKEN = [
    "https://blog.example/piece", "http://blog.example/piece", "https://blog.example:8443/piece?a=1#top", "https://xn--bcher-kva.example/",
    "https://bücher.example/", "https://例子.example/文章", "https://8.8.8.8/piece", "https://[2606:4700:4700::1111]/piece",
    "https://my_blog.example./piece",
    # What a name leads to is not looked up: it may lead anywhere, and nobody of us goes there.
    "https://127.0.0.1.nip.io/piece", "https://localtest.me/piece",
]  # fmt: skip

_SEEN: list[str] = []
_is_listening = False


def _heard(event: str, arguments: tuple[object, ...]) -> None:
    if _is_listening and event in {"socket.getaddrinfo", "socket.connect", "socket.gethostbyname"}:
        _SEEN.append(f"{event} {arguments}")


sys.addaudithook(_heard)


@contextmanager
def every_call_noted() -> Iterator[list[str]]:
    """What Python itself says of names looked up and connections begun, meanwhile."""
    global _is_listening
    _SEEN.clear()
    _is_listening = True
    try:
        yield _SEEN
    finally:
        _is_listening = False


@pytest.fixture
def house() -> Iterator[tuple[int, list[socket.socket]]]:
    """Something of this machine that listens on one port, on both of its addresses where it has two."""
    first = socket.create_server(("127.0.0.1", 0))
    port, doors = first.getsockname()[1], [first]
    if socket.has_ipv6:
        with suppress(OSError):  # no IPv6 on this machine
            doors.append(socket.create_server(("::1", port), family=socket.AF_INET6))
    yield port, doors
    for door in doors:
        door.close()


@pytest.fixture
def amal(app: Flask, at: At) -> FlaskClient:
    with at(NOW):
        return portal.browser_of(app, people.person("Amal", languages=("en",)))


def add(browser: FlaskClient, url: str) -> tuple[int, str]:
    page = browser.post(
        "/p/links", data={"url": url, "published_on": "2026-09-30", "medium": "text", "opening": "#ad"}
    )
    return page.status_code, page.text


def kept() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(Publication.url).order_by(Publication.id)))


def test_no_link_is_ever_opened(at: At, amal: FlaskClient, house: tuple[int, list[socket.socket]]) -> None:
    """Something listens on this machine while every link is given, shown and worked on: nobody knocks, no name is looked up."""
    port, doors = house
    with at(NOW):
        with every_call_noted() as calls:
            for url in [*REFUSED, *TAKEN]:
                add(amal, url.format(port=port))
            assert amal.get("/p/links").status_code == 200
            jobs.run_due()
        assert [one for one in calls if not _is_database(one)] == []
    for door in doors:
        door.settimeout(0.2)
        with pytest.raises(TimeoutError):
            door.accept()
    # The door does open for whoever knocks: the test could fail.
    with every_call_noted() as calls, socket.create_connection(("127.0.0.1", port), timeout=1):
        doors[0].accept()[0].close()
    assert any("socket.connect" in one for one in calls)


def _is_database(call: str) -> bool:
    return "5432" in call or "postgres" in call


@pytest.mark.parametrize("url", REFUSED, ids=lambda url: ascii(url)[:40])
def test_what_cannot_be_a_publication_is_refused_in_plain_words(at: At, amal: FlaskClient, url: str) -> None:
    """On the field; what was typed stays to be mended, and nothing is kept."""
    with at(NOW):
        status, page = add(amal, url.format(port=8080))
        assert (status, REFUSED[url] in page, 'id="url-err"' in page) == (422, True, True)
        assert kept() == []


@pytest.mark.parametrize("url", TAKEN, ids=lambda url: ascii(url)[:40])
def test_what_everybody_can_open_is_taken(at: At, amal: FlaskClient, url: str) -> None:
    with at(NOW):
        assert add(amal, url)[0] == 303
        assert kept() == [url]


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/" + "x" * 10_000,
        "https://" + "a." * 5_000 + "example",
        "x" * 10_000,
        "https://a.example/\x1b[0m",
        "",
    ],
)
def test_what_is_too_long_or_empty_is_said_at_the_field(at: At, amal: FlaskClient, url: str) -> None:
    with at(NOW):
        status, page = add(amal, url)
        assert (status, 'id="url-err"' in page) == (422, True)
        assert kept() == []


def test_the_page_says_which_links_it_takes(at: At, amal: FlaskClient) -> None:
    with at(NOW):
        assert "our server never opens it" in amal.get("/p/links").text


@pytest.mark.parametrize("url", [*REFUSED, "https://", "", "x"])
def test_the_rule_alone_says_the_same(url: str) -> None:
    assert not is_open_to_all(url.format(port=80))
