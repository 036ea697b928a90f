"""Pages of touches are cut at a row: nothing is shown twice or lost, onwards and back, also while more are written down."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import User
from app.core import clock, keyset
from app.core.keyset import Place
from app.outreach import queries
from app.outreach.queries import TOUCH_ORDER, TouchFilter
from tests.factories import outreach, people

BEGIN = datetime(2026, 6, 1, 9, tzinfo=UTC)
PER_PAGE = 3
SignIn = Callable[..., FlaskClient]


@pytest.fixture
def users(app: Flask) -> dict[str, User]:
    return outreach.cast()


@pytest.fixture(autouse=True)
def _short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "N_PER_PAGE", PER_PAGE)


def _write_down(user: User, n: int, *, name: str = "Jack") -> None:
    """So many touches, in pairs of the same instant, so that the id decides."""
    person = people.person(name, owner=user)
    for i in range(n):
        with clock.fixed_at(BEGIN + timedelta(hours=i // 2)):
            outreach.touch(person, user, subject=f"{name} {i}", is_inbound=True)


def _at(word: str, *, is_before: bool = False) -> Place:
    return keyset.place_from(word, TOUCH_ORDER, is_before=is_before)


def _subjects(place: Place | None) -> list[str]:
    return [touch.subject for touch in queries.list_touches(None, TouchFilter(), place).rows]


def test_every_touch_is_on_one_page_newest_first(users: dict[str, User]) -> None:
    _write_down(users["Mei"], 8)
    pages, place = [], None
    while True:
        found = queries.list_touches(None, TouchFilter(), place)
        pages.append([touch.subject for touch in found.rows])
        assert (found.total.number, found.total.is_exact) == (8, True)
        if not found.after:
            break
        place = _at(found.after)
    assert pages == [["Jack 7", "Jack 6", "Jack 5"], ["Jack 4", "Jack 3", "Jack 2"], ["Jack 1", "Jack 0"]]


def test_the_page_before_is_the_one_we_came_from(users: dict[str, User]) -> None:
    _write_down(users["Mei"], 8)
    first = queries.list_touches(None)
    second = queries.list_touches(None, TouchFilter(), _at(first.after))
    assert first.before == ""
    assert _subjects(_at(second.before, is_before=True)) == ["Jack 7", "Jack 6", "Jack 5"]


def test_a_touch_written_meanwhile_shifts_no_page(users: dict[str, User]) -> None:
    _write_down(users["Mei"], 5)
    after = queries.list_touches(None).after
    with clock.fixed_at(BEGIN + timedelta(days=1)):
        outreach.touch(
            people.person("Ravi", owner=users["Mei"]), users["Mei"], subject="New", is_inbound=True
        )
    assert _subjects(_at(after))[0] == "Jack 1"


def test_the_pager_keeps_the_filter_onwards_and_back(signed_in: SignIn, users: dict[str, User]) -> None:
    _write_down(users["Mei"], 5)
    _write_down(users["Mei"], 4, name="Amal")
    client = signed_in(users["Mei"])
    first = client.get("/outreach/?q=jack")
    assert 'rel="next"' in first.text
    assert 'rel="prev"' not in first.text
    word = queries.list_touches(None, TouchFilter(q="jack")).after
    second = client.get(f"/outreach/?q=jack&after={word}").text
    assert "Jack 1" in second
    assert "Jack 4" not in second
    assert "q=jack" in second
    assert 'rel="prev"' in second
    assert 'rel="next"' not in second


@pytest.mark.parametrize("word", ["x", "e30", "W10", "%00", "0" * 3000, "WyJ4IiwgMV0"])
@pytest.mark.parametrize("name", ["after", "before"])
def test_a_place_that_cannot_be_is_the_beginning_and_says_so(
    signed_in: SignIn, users: dict[str, User], name: str, word: str
) -> None:
    _write_down(users["Mei"], 4)
    found = signed_in(users["Mei"]).get(f"/outreach/?{name}={word}")
    assert found.status_code == 200
    assert "so here is its beginning" in found.text
    assert "Jack 3" in found.text


@pytest.mark.parametrize("path", ["/outreach/", "/outreach/person/{id}"])
def test_the_number_of_queries_does_not_grow(
    app: Flask, signed_in: SignIn, users: dict[str, User], count_queries: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch, path: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(queries, "N_PER_PAGE", 50)
    client, numbers = signed_in(users["Mei"]), []
    person = people.person("Jack", owner=users["Mei"])
    for n in (1, 29):
        for _ in range(n):
            outreach.touch(person, users["Mei"], is_inbound=True)
        client.get(path.format(id=person.id))
        count_queries()
        assert client.get(path.format(id=person.id)).status_code == 200
        numbers.append(count_queries())
    assert numbers[0] == numbers[1]
