"""Addresses that users typed: https only, nothing of our own network, bounds on size, time and redirects."""

from collections.abc import Iterator

import pytest

from app.core.fetching import BadAddress, Door, FetchFailed, checked_address, fetch, is_public
from tests.web import NAME, calendar_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Door]]:
    with calendar_server(tmp_path_factory.mktemp("tls")) as found:
        yield found


def test_a_calendar_is_fetched_once_and_asked_about_after_that(server: tuple[str, Door]) -> None:
    base, door = server
    first = fetch(f"{base}/a.ics", door=door)
    assert (first.content, first.etag) == (b"BEGIN:VCALENDAR", '"one"')
    assert fetch(f"{base}/a.ics", etag=first.etag, door=door).content is None
    assert fetch(f"{base}/moved.ics", door=door).content == b"BEGIN:VCALENDAR"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/gone.ics", "not there any more, or no longer open to us (the server said 410)"),
        ("/large.ics", "larger than 5 MB"),
        ("/round.ics", "from one address to the next without end"),
        ("/down.ics", "begins with https://"),
        ("/inside.ics", "an address that is not read"),
    ],
)
def test_what_a_server_does_wrong_is_said_in_words(server: tuple[str, Door], path: str, words: str) -> None:
    base, door = server
    with pytest.raises(FetchFailed) as refused:
        fetch(f"{base}{path}?key=s3cret", door=door)
    assert words in str(refused.value)
    assert "s3cret" not in str(refused.value)


def test_nothing_of_our_own_network_is_read(server: tuple[str, Door]) -> None:
    """A name that leads inside is refused before anything is sent, whatever else it leads to."""
    base, door = server
    inside = Door(
        resolve=lambda _h, _p: ["93.184.216.34", "10.0.0.7"], ports=door.ports, ca_file=door.ca_file
    )
    with pytest.raises(FetchFailed, match="leads into a private network"):
        fetch(f"{base}/a.ics", door=inside)


def test_a_certificate_of_somebody_else_is_not_believed(server: tuple[str, Door]) -> None:
    base, door = server
    with pytest.raises(FetchFailed, match="does not prove who it is"):
        fetch(base.replace(NAME, "other.example.org") + "/a.ics", door=door)


@pytest.mark.parametrize(
    ("address", "is_on_the_internet"),
    [
        ("93.184.216.34", True), ("2606:4700::6810:1", True), ("127.0.0.1", False), ("10.1.2.3", False), ("172.16.0.1", False),
        ("192.168.1.1", False), ("169.254.169.254", False), ("100.64.0.1", False), ("0.0.0.0", False), ("224.0.0.1", False),
        ("::1", False), ("fe80::1%eth0", False), ("fd00::1", False), ("::ffff:10.0.0.1", False), ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
    ],
)  # fmt: skip
def test_addresses_of_networks(address: str, is_on_the_internet: bool) -> None:
    assert is_public(address) is is_on_the_internet


@pytest.mark.parametrize(
    "text",
    [
        "", "ftp://calendar.example.org/a.ics", "http://calendar.example.org/a.ics", "https://127.0.0.1/a.ics",
        "https://2130706433/a.ics", "https://0x7f.1/a.ics", "https://[::1]/a.ics", "https://localhost/a.ics",
        "https://me:pw@calendar.example.org/a.ics", "https://calendar.example.org:8443/a.ics", "https://a.example/\r\nX: y",
        "https://a b.example/", "https://calendar.example.org/" + "x" * 2000, "https://[::1", "file:///etc/passwd",
    ],
)  # fmt: skip
def test_addresses_that_are_not_kept(text: str) -> None:
    with pytest.raises(BadAddress):
        checked_address(text)


def test_webcal_is_https() -> None:
    assert (
        checked_address(" webcal://calendar.example.org/a.ics?key=1 ")
        == "https://calendar.example.org/a.ics?key=1"
    )
