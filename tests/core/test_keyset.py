"""Pages of long lists: every row once and in order, from either side, and no address that breaks anything."""

import base64
import json
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from app.accounts.models import SignInAttempt
from app.core import keyset
from app.core.db import db, transaction
from app.core.keyset import BrokenPlace, Count, Order, Place
from app.ledger.models import Entry

pytestmark = pytest.mark.usefixtures("app")

BY_ADDRESS = Order((SignInAttempt.address, SignInAttempt.id))
DAY = datetime(2026, 3, 2, 12, tzinfo=UTC)


def attempts(n: int, address: str = "192.0.2.1") -> None:
    with transaction():
        db.session.add_all(
            [SignInAttempt(email_hash="x", address=address, made_at=DAY) for _number in range(n)]
        )


def page(order: Order, place: Place | None = None, size: int = 3) -> keyset.Page[SignInAttempt]:
    rows = db.session.scalars(keyset.cut(sa.select(SignInAttempt), order, place, size)).all()
    return keyset.page_of(rows, place, size, lambda row: [row.address, row.id])


@pytest.mark.parametrize("n_rows", [0, 1, 3, 4, 10])
@pytest.mark.parametrize("is_descending", [False, True])
def test_pages_cover_every_row_once_forwards_and_backwards(n_rows: int, is_descending: bool) -> None:
    attempts(n_rows)  # all alike: the id alone keeps them apart
    order = Order(BY_ADDRESS.columns, is_descending)
    forwards, token = [page(order)], ""
    while token := forwards[-1].after:
        forwards.append(page(order, keyset.place_from(token, order)))
    ids = [row.id for one in forwards for row in one.rows]
    assert ids == sorted(ids, reverse=is_descending)
    assert (len(ids), len(set(ids)), forwards[0].before) == (n_rows, n_rows, "")
    backwards = [forwards[-1]]
    while token := backwards[-1].before:
        backwards.append(page(order, keyset.place_from(token, order, is_before=True)))
    seen = [row.id for one in reversed(backwards) for row in one.rows]
    assert seen == ids


def test_a_row_that_goes_away_takes_no_other_with_it() -> None:
    attempts(6)
    first = page(BY_ADDRESS)
    with transaction():
        db.session.delete(first.rows[-1])
    after = page(BY_ADDRESS, keyset.place_from(first.after, BY_ADDRESS))
    assert len(after.rows) == 3


@pytest.mark.parametrize(
    ("n_rows", "most", "count"), [(0, 3, Count(0)), (3, 3, Count(3)), (4, 3, Count(3, is_exact=False))]
)
def test_counting_ends(n_rows: int, most: int, count: Count) -> None:
    attempts(n_rows)
    assert keyset.count_rows(sa.select(SignInAttempt.id), most) == count


def test_a_place_is_read_back_as_it_was_written() -> None:
    order = Order((SignInAttempt.address, SignInAttempt.made_at, SignInAttempt.id))
    values = ('王 "%_\\ ü', DAY, 7)
    assert keyset.place_from(keyset.token_of(values), order) == Place(values)


@pytest.mark.parametrize("minor", [0, -1, -(2**31) - 1, 2**31, 10**15, -(10**15), 2**63 - 1, -(2**63)])
def test_amounts_may_be_wide_and_negative(minor: int) -> None:
    """A reversal takes money off, and minor units outgrow the numbers of rows."""
    order = Order((Entry.reporting_minor, Entry.seq))
    assert keyset.place_from(keyset.token_of([minor, 7]), order) == Place((minor, 7))
    assert db.session.scalars(keyset.cut(sa.select(Entry), order, Place((minor, 7)), 3)).all() == []


@pytest.mark.parametrize("minor", [2**63, -(2**63) - 1, 10**400, 1.5, True, "5"])
def test_no_amount_outgrows_its_column(minor: object) -> None:
    with pytest.raises(BrokenPlace):
        keyset.place_from(token([minor, 7]), Order((Entry.reporting_minor, Entry.seq)))


def token(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "broken",
    [
        "", "x", "é", "====", "\0", "A" * 100_000, "W10", token({}), token([]), token(["a"]), token(["a", 1, 2]), token([1, "a"]),
        token(["a", True]), token(["a", -(2**31) - 1]), token(["a", 2**31]), token(["a", 1.5]), token(["a", None]), token([None, 1]),
        token(["a" * 401, 1]), token(["a\0", 1]), token(["\ud800", 1]), token([["a"], 1]), token("a"), token(1), "[" * 2000,
        base64.urlsafe_b64encode(b"[" * 1400).decode(),
    ],
)  # fmt: skip
def test_a_place_that_cannot_be_is_refused_before_the_database_sees_it(broken: str) -> None:
    with pytest.raises(BrokenPlace):
        keyset.place_from(broken, BY_ADDRESS)


@pytest.mark.parametrize(
    "text", ["", "x", "2026", "2026-03-02", "2026-03-02T12:00:00", "0001-01-01T00:00:00+14:00", 5, None]
)
def test_an_instant_that_cannot_be_is_refused(text: object) -> None:
    with pytest.raises(BrokenPlace):
        keyset.place_from(token([text]), Order((SignInAttempt.made_at,)))
