"""Who looks after whom, over time: one owner at every instant, whatever is planned, taken back or done (P1)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.accounts import operations as accounts_operations
from app.accounts.models import User
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import DomainError
from app.people import operations, policies, queries, queries_owners
from app.people.models import OwnerRole, Ownership, Person
from tests.factories import accounts, handovers, people

pytestmark = pytest.mark.usefixtures("app")
At = Callable[[datetime], AbstractContextManager[None]]

BEGIN = datetime(2026, 10, 1, 9, tzinfo=UTC)
#: How far the days are checked.
N_DAYS = 60


def give(person: Person, to: User, by: User, **more: object) -> Ownership:
    with transaction():
        return operations.hand_over(
            db.session.merge(person), db.session.merge(to), by=db.session.merge(by), **more
        )


def require_one_owner_a_day(person: Person, since: datetime) -> None:
    """P1: the owners' times follow each other without a gap, and every day has exactly one owner at every hour."""
    wanted = sa.select(Ownership).where(Ownership.person_id == person.id, Ownership.role == OwnerRole.OWNER)
    rows = [
        row
        for row in db.session.scalars(wanted.order_by(Ownership.from_at, Ownership.id))
        if not row.is_empty
    ]
    assert rows[0].from_at == since
    for one, following in pairwise(rows):
        assert one.to_at == following.from_at, "a gap, or two at once"
    assert rows[-1].to_at is None
    for hours in range(0, N_DAYS * 24, 8):
        instant = since + timedelta(hours=hours)
        assert sum(row.holds_at(instant) for row in rows) == 1, instant
    deputies = [row for row in db.session.scalars(
        sa.select(Ownership).where(Ownership.person_id == person.id, Ownership.role == OwnerRole.DEPUTY)
    ) if not row.is_empty]  # fmt: skip
    for hours in range(0, N_DAYS * 24, 8):
        instant = since + timedelta(hours=hours)
        standing = [row.user_id for row in deputies if row.holds_at(instant)]
        owner = next(row.user_id for row in rows if row.holds_at(instant))
        assert len(standing) <= 1
        assert owner not in standing


def test_a_planned_day_comes_by_itself(at: At) -> None:
    """P1: Omar from 1 November: Mei until the last moment of October, Omar from the first of November, without a job."""
    mei, omar = accounts.user(name="Mei"), accounts.user(name="Omar")
    with at(BEGIN):
        amal = people.person("Amal", owner=mei)
        row = give(amal, omar, mei, from_on=date(2026, 11, 1))
    midnight = datetime(2026, 11, 1, tzinfo=UTC)  # London is on winter time again
    assert (row.from_at, row.from_on) == (midnight, date(2026, 11, 1))
    for instant, owner in ((BEGIN, mei), (midnight - timedelta(microseconds=1), mei), (midnight, omar)):
        assert queries.owner_of(amal, instant) == owner
    require_one_owner_a_day(amal, amal.made_at)


def test_the_day_begins_on_the_clock_of_who_decides(at: At) -> None:
    mei, omar = accounts.user(name="Mei"), accounts.user(name="Omar")
    with transaction():
        db.session.merge(mei).zone = "Asia/Shanghai"
    with at(BEGIN):
        amal = people.person("Amal", owner=mei)
        row = give(amal, omar, mei, from_on=date(2026, 11, 1))
    assert (row.from_at, row.from_on) == (datetime(2026, 10, 31, 16, tzinfo=UTC), date(2026, 11, 1))


def test_a_change_before_a_planned_one_lasts_until_then(at: At) -> None:
    mei, omar, tom = (accounts.user(name=name) for name in ("Mei", "Omar", "Tom"))
    with at(BEGIN):
        amal = people.person("Amal", owner=mei)
        give(amal, omar, mei, from_on=date(2026, 11, 1))
    with at(BEGIN + timedelta(days=3)):
        give(amal, tom, mei)
    days = [date(2026, 10, 2), date(2026, 10, 5), date(2026, 11, 2)]
    owners = [queries.owner_of(amal, clock.start_of(day, "UTC") + timedelta(hours=12)) for day in days]
    assert owners == [mei, tom, omar]
    require_one_owner_a_day(amal, amal.made_at)


def test_deputy_who_is_to_own_is_deputy_until_then(at: At) -> None:
    mei, omar = accounts.user(name="Mei"), accounts.user(name="Omar")
    with at(BEGIN):
        amal = people.person("Amal", owner=mei)
        give(amal, omar, mei, from_on=date(2026, 11, 1))
        give(amal, omar, mei, role=OwnerRole.DEPUTY)
    assert queries.deputy_of(amal, datetime(2026, 10, 31, tzinfo=UTC)) == omar
    assert queries.deputy_of(amal, datetime(2026, 11, 1, tzinfo=UTC)) is None
    require_one_owner_a_day(amal, amal.made_at)


@pytest.mark.parametrize(
    ("from_on", "error"),
    [(date(2026, 9, 30), policies.DayIsOver), (date(1999, 1, 1), policies.DayIsOver)],
)
def test_no_hand_over_begins_in_the_past(at: At, from_on: date, error: type[DomainError]) -> None:
    mei, omar = accounts.user(name="Mei"), accounts.user(name="Omar")
    with at(BEGIN):
        amal = people.person("Amal", owner=mei)
        with pytest.raises(error):
            give(amal, omar, mei, from_on=from_on)
        assert queries.owner_of(amal) == mei


def test_deputy_acts_while_the_owner_is_away(at: At) -> None:
    """R2: on the days the owner is away, both included, the deputy is asked; the owner may still act."""
    mei, omar = accounts.user(name="Mei"), accounts.user(name="Omar")
    with at(BEGIN):
        amal = people.person("Amal", owner=mei)
        give(amal, omar, mei, role=OwnerRole.DEPUTY)
        handovers.absence(mei, date(2026, 10, 5), date(2026, 10, 6))
    asked = {
        day: queries_owners.standing_of(amal, datetime(2026, 10, day, 12, tzinfo=UTC)).acting
        for day in (4, 5, 6, 7)
    }
    assert asked == {4: mei, 5: omar, 6: omar, 7: mei}
    away = queries_owners.standing_of(amal, datetime(2026, 10, 5, 12, tzinfo=UTC))
    assert (away.may_act(mei), away.may_act(omar), away.on_behalf_of(omar), away.on_behalf_of(mei)) == (
        True,
        True,
        mei,
        None,
    )
    assert not queries_owners.standing_of(amal, datetime(2026, 10, 7, 12, tzinfo=UTC)).may_act(omar)


def test_the_history_says_who_stands_as_the_book_of_owners_does(at: At) -> None:
    """P1, R2: before a hand-over, at its instant, while the owner is away, and after."""
    mei, omar, iris = (accounts.user(name=name) for name in ("Mei", "Omar", "Iris"))
    with at(BEGIN):
        amal = people.person("Amal", owner=mei)
        give(amal, omar, mei, role=OwnerRole.DEPUTY)
        give(amal, iris, mei, from_on=date(2026, 10, 8))
        handovers.absence(mei, date(2026, 10, 5), date(2026, 10, 6))
        history = queries_owners.list_history(amal)
    begins = max(row.from_at for row in history)
    instants = [
        BEGIN - timedelta(days=1),
        BEGIN,
        datetime(2026, 10, 5, 12, tzinfo=UTC),
        begins,
        begins + timedelta(days=9),
    ]
    stood = [queries_owners.standing_from(history, instant) for instant in instants]
    assert stood == [queries_owners.standing_of(amal, instant) for instant in instants]
    assert [one.owner for one in stood] == [None, mei, mei, iris, iris]
    assert [one.absence is not None for one in stood] == [False, False, True, False, False]


def test_nobody_leaves_while_people_are_theirs(at: At) -> None:
    """P1: refused while somebody owns people, now or later; their deputyships end with the login."""
    ada, mei, omar = (
        accounts.user(role=accounts.Role.ADMIN),
        accounts.user(name="Mei"),
        accounts.user(name="Omar"),
    )
    with at(BEGIN):
        amal, jack = people.person("Amal", owner=mei), people.person("Jack", owner=omar)
        give(jack, mei, omar, role=OwnerRole.DEPUTY)
        with pytest.raises(DomainError, match="Mei still looks after 1 person"), transaction():
            accounts_operations.deactivate_user(db.session.merge(mei), by=ada)
        give(amal, omar, mei, from_on=date(2026, 11, 1))
        with pytest.raises(DomainError, match="1 person"), transaction():
            accounts_operations.deactivate_user(db.session.merge(mei), by=ada)
        with pytest.raises(DomainError, match="2 people"), transaction():
            accounts_operations.deactivate_user(db.session.merge(omar), by=ada)
    with at(datetime(2026, 11, 1, 8, tzinfo=UTC)):
        with transaction():
            accounts_operations.deactivate_user(db.session.merge(mei), by=ada)
        assert (queries.owner_of(amal), queries.deputy_of(jack)) == (omar, None)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["give", "deputy", "wizard", "undo", "leave", "return"]), st.integers(0, 3), st.integers(0, 3),
        st.integers(0, 12), st.integers(0, 5),
    ),
    min_size=1, max_size=8,
)  # fmt: skip


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_nobody_is_without_an_owner_for_a_day(
    app: Flask, steps: list[tuple[str, int, int, int, int]]
) -> None:
    """P1: over any sequence of hand-overs, planned ones, undone ones, people who leave and come back."""
    ada = accounts.user(role=accounts.Role.ADMIN)
    users = [accounts.user(name=name) for name in ("Mei", "Omar", "Tom", "Vera")]
    _start_afresh(users)
    now = BEGIN
    with clock.fixed_at(now):
        persons = [people.person(f"Guest {number}", owner=users[number]) for number in range(2)]
    made = []
    for what, one, other, days_ahead, days_on in steps:
        now += timedelta(days=days_on, hours=3)
        with clock.fixed_at(now):
            try:
                made += _do(what, persons[one % 2], users[one], users[other], days_ahead, ada, made)
            except (DomainError, ValueError):
                db.session.rollback()  # a refusal leaves everything as it was
    for person in persons:
        require_one_owner_a_day(db.session.merge(person), person.made_at)


def _start_afresh(users: list[User]) -> None:
    """One database serves all examples: people of earlier ones are out of the way."""
    with transaction():
        for user in users:
            db.session.merge(user).is_active = True
        for table in ("succession", "ownership"):
            db.session.execute(sa.text(f"DELETE FROM {table}"), execution_options={"audited": True})


def _do(
    what: str, person: Person, one: User, other: User, n_days: int, ada: User, made: list[object]
) -> list[object]:
    day = clock.today("Europe/London") + timedelta(days=n_days)
    if what == "give":
        give(person, other, one, from_on=day)
    elif what == "deputy":
        give(person, other, one, from_on=day, role=OwnerRole.DEPUTY)
    elif what == "wizard":
        return [handovers.hand_over(one, other, by=ada, from_on=day, has_letters=False)]
    elif what == "undo" and made:
        handovers.undo(made[-1], ada)
    elif what == "leave":
        with transaction():
            accounts_operations.deactivate_user(db.session.merge(one), by=db.session.merge(ada))
    elif what == "return":
        with transaction():
            accounts_operations.reactivate_user(db.session.merge(one), by=db.session.merge(ada))
    return []
