"""Lists that grow without end are cut in the database, not after they were read whole."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from app.core.db import db
from app.executives.models import Meeting
from app.travel.models import Trip

As = Callable[..., TestResponse]

CUT: list[tuple[str, type[Any]]] = [("/trips", Trip), ("/meetings", Meeting)]


@contextmanager
def _rows_read(model: type[Any]) -> Iterator[list[int]]:
    """The numbers of the rows that came out of the database."""
    seen: list[int] = []

    def note(row: Any, _context: object) -> None:
        seen.append(sa.inspect(row).identity[0])

    sa.event.listen(model, "load", note)
    try:
        yield seen
    finally:
        sa.event.remove(model, "load", note)


@pytest.mark.parametrize(("path", "model"), CUT)
def test_a_page_reads_its_own_rows_and_one_more(as_: As, path: str, model: type[Any]) -> None:
    whole = [row["id"] for row in as_("mei", "GET", f"{path}?limit=200").get_json()["items"]]
    assert len(whole) > 4
    seen: list[int] = []
    after = ""
    while len(seen) < len(whole):
        db.session.expunge_all()
        with _rows_read(model) as read:
            page = as_("mei", "GET", f"{path}?limit=2&after={after}").get_json()
        assert len(set(read)) <= 3, path
        seen += [row["id"] for row in page["items"]]
        after = page["next"]
    assert (seen, after) == (whole, "")
    assert whole == sorted(whole)


@pytest.mark.parametrize(("path", "model"), CUT)
def test_a_page_asks_the_same_number_of_queries_whatever_it_holds(
    as_: As, count_queries_of_london: Callable[[], int], path: str, model: type[Any]
) -> None:
    as_("mei", "GET", path)
    asked = {}
    for limit in (1, 200):
        db.session.expunge_all()
        count_queries_of_london()
        n_rows = len(as_("mei", "GET", f"{path}?limit={limit}").get_json()["items"])
        asked[n_rows] = count_queries_of_london()
    assert len(asked) == 2
    assert len(set(asked.values())) == 1, asked


@pytest.mark.parametrize("path", ["/trips", "/meetings"])
@pytest.mark.parametrize("after", ["x", "WzFd", "WyJhIl0", "W10"])
def test_what_names_no_place_is_not_found_or_begins_there(as_: As, path: str, after: str) -> None:
    answer = as_("mei", "GET", f"{path}?after={after}")
    assert answer.status_code == (200 if after == "WzFd" else 404)
    if answer.status_code == 200:  # [1]: after the first
        assert all(row["id"] > 1 for row in answer.get_json()["items"])


def test_a_list_of_trips_is_narrowed_before_it_is_cut(as_: As) -> None:
    """By event and by person, each page of it."""
    trip = as_("mei", "GET", "/trips?limit=200").get_json()["items"][-1]
    for asked in (f"person_id={trip['person_id']}", f"event_id={trip['event_id']}"):
        name, _, number = asked.partition("=")
        rows = as_("mei", "GET", f"/trips?{asked}&limit=1").get_json()["items"]
        assert [row[name] for row in rows] == [int(number)]
