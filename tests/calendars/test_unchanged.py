"""A feed that is served again unchanged is the one that would be made anew: whatever changed, and however (C1)."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import Role, User
from app.calendars import exports
from app.calendars.models import Feed, FeedKind
from app.calendars.operations import NewFeed, keep_cancelled
from app.calendars.policies import RUNS_ON
from app.calendars.shelf import Memory, Shelf
from app.core import clock
from app.core.asking import asking, one_state
from app.core.db import db, transaction
from app.events.models import Event, Invitation, Session
from app.executives.models import Executive, Meeting
from app.people.models import Person
from app.privacy.operations_erasure import forget
from app.privacy.queries_preview import preview_of
from app.travel.models import Leg, Stay, Transfer, Trip
from tests.conftest import fresh
from tests.factories import accounts, calendars, events
from tests.factories.calendars import Show

#: Every table a feed takes something from, also those it only asks whether something is to be shown.
TABLES = (Event, Session, Leg, Stay, Transfer, Meeting, Executive, Person, Invitation, Trip, User)
#: What may stay as it is: keys would break what belongs together, and change nothing that is shown.
LEFT = {"id", "version", "email", "secret_hash", "role", "uid"}


@pytest.fixture(autouse=True)
def empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "memory", Memory())


def feeds(show: Show) -> dict[str, str]:
    """One of every kind, by its address."""
    with clock.fixed_at(calendars.NOW):
        made = _made(show)
    return {name: f"/calendar/{one.secret}.ics" for name, one in made.items()}


def _made(show: Show) -> dict[str, NewFeed]:
    return {
        "event": calendars.feed(FeedKind.EVENT, show.event.id, show.ruth),
        "team": calendars.feed(FeedKind.COORDINATOR, show.event.id, show.ruth),
        "program": calendars.feed(FeedKind.PROGRAM, show.event.program_id, show.ruth),
        "work": calendars.feed(FeedKind.MY_WORK, None, show.ruth),
        "executive": calendars.feed(FeedKind.EXECUTIVE, fresh(show.meeting).executive_id, show.daniel),
        "person": calendars.feed(FeedKind.PERSON, show.jack.id, show.ruth),
        "own": calendars.feed_of(show.jack),
    }


def served(client: FlaskClient, paths: dict[str, str]) -> dict[str, bytes]:
    return {name: client.get(path).data for name, path in paths.items()}


def made_anew(
    client: FlaskClient, paths: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> dict[str, bytes]:
    """As a process answers that has served nothing yet."""
    with monkeypatch.context() as patch:
        patch.setattr(exports, "memory", Memory())
        patch.setattr(exports, "shelf", Shelf())
        return served(client, paths)


def another(value: Any, column: sa.Column[Any]) -> Any:
    """Some other value of the same kind; None when there is none to be had simply."""
    if isinstance(column.type, sa.Enum):
        return next((one for one in column.type.enums if one != str(value)), None)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, datetime):
        return value + timedelta(minutes=7)
    if isinstance(value, date):
        return value + timedelta(days=1)
    if column.name.endswith("zone"):
        return "Asia/Tokyo"
    if isinstance(value, str):
        size = getattr(column.type, "length", None) or 100
        return "FR" if size == 2 else f"{value}x"[-size:]
    return datetime(2026, 9, 1, tzinfo=UTC) if column.name.endswith("_at") else None


def changes(show: Show) -> Iterator[tuple[str, sa.Update]]:
    """Each column of each row the show is made of, changed by itself and past everything that counts versions."""
    for model in TABLES:
        table = model.__table__
        for column in table.c:
            if column.name in LEFT or column.foreign_keys or column.primary_key:
                continue
            row = db.session.execute(sa.select(table.c.id, column).order_by(table.c.id).limit(1)).one()
            other = another(row[1], column)
            if other is not None:
                yield (
                    f"{table.name}.{column.name}",
                    sa.update(table).where(table.c.id == row.id).values({column: other}),
                )


def write(statement: Any) -> None:
    with transaction():
        db.session.connection().execute(statement)


def test_every_value_of_every_row_counts_however_it_is_changed(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No column has to raise a version: each is changed by bare SQL, and every feed is what it would be made anew."""
    show = calendars.show()
    paths = {name: path for name, path in feeds(show).items() if name in ("event", "own")}
    seen: dict[str, set[str]] = {}
    with clock.fixed_at(calendars.NOW):
        before = served(client, paths)
        for what, statement in list(changes(show)):
            write(statement)
            after = served(client, paths)
            assert after == made_anew(client, paths, monkeypatch), what
            seen[what] = {name for name in paths if after[name] != before[name]}
            before = after
    assert len(seen) > 80
    assert seen["session.title"] == {"event", "own"}
    for shown in (
        "session.place",
        "event.city",
        "leg.number",
        "stay.hotel",
        "transfer.destination",
        "executive.name",
    ):
        assert seen[shown], shown


Act = Callable[[Show], object]


def merged(show: Show) -> None:
    double = events.enrolled(show.event, "Ines")
    write(sa.update(Person).where(Person.id == show.jack.id).values(merged_into_id=double.id))


def erased(show: Show) -> None:
    with transaction():
        person = db.session.merge(show.jack)
        forget(person, preview_of(person), None, by=None)


ROWS: list[tuple[str, Act, set[str]]] = [
    ("a session goes", lambda show: write(sa.delete(Session).where(Session.id == show.keynote.id)), {"event", "program", "own"}),
    ("a session comes", lambda show: events.session(show.event, "Late addition"), {"event", "program", "own"}),
    ("a leg changes hands", lambda show: write(sa.update(Trip).values(person_id=show.amal.id)), {"event", "own", "person"}),
    ("one cancels", lambda show: write(sa.update(Invitation).where(Invitation.person_id == show.jack.id).values(state="declined")), {"own", "person"}),
    ("two people become one", merged, {"own", "person"}),
    ("another coordinator", lambda show: write(sa.update(Event).values(coordinator_id=accounts.user().id)), {"work"}),
    ("an executive of somebody else", lambda show: write(sa.update(Executive).values(assistant_id=accounts.user().id)), {"executive"}),
    ("another role", lambda show: write(sa.update(User).where(User.id == show.ruth.id).values(role=Role.ASSISTANT)), {"program"}),
    ("the reader leaves", lambda show: write(sa.update(User).where(User.id == show.ruth.id).values(is_active=False)), {"event", "team", "program", "work", "person"}),
    ("somebody is erased", erased, {"event", "person", "own"}),
    ("another language", lambda show: write(sa.update(User).where(User.id == show.ruth.id).values(locale="ar")), {"work", "team"}),
]  # fmt: skip


@pytest.mark.parametrize(("act", "changed"), [case[1:] for case in ROWS], ids=[case[0] for case in ROWS])
def test_rows_that_come_go_or_change_hands_count(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, act: Act, changed: set[str]
) -> None:
    show = calendars.show()
    paths = feeds(show)
    with clock.fixed_at(calendars.NOW):
        before = served(client, paths)
        act(show)
        after = served(client, paths)
        assert after == made_anew(client, paths, monkeypatch)
    assert {name for name in paths if after[name] != before[name]} >= changed


def test_what_hangs_on_the_clock_alone_changes_without_a_word_written(client: FlaskClient) -> None:
    """The feed of those who run an event ends a week after it."""
    show = calendars.show()
    path = feeds(show)["team"]
    last = fresh(show.event).ends_at + RUNS_ON
    answers = []
    for at in (calendars.NOW, last, last + timedelta(seconds=1)):
        with clock.fixed_at(at):
            answers.append(client.get(path).status_code)
    assert answers == [200, 200, 404]


def test_a_choice_about_the_feed_itself_counts(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    show = calendars.show()
    paths = feeds(show)
    write(sa.update(Session).where(Session.id == show.keynote.id).values(is_cancelled=True))
    before = served(client, paths)
    with transaction():
        [feed] = db.session.scalars(sa.select(Feed).where(Feed.kind == FeedKind.EVENT))
        keep_cancelled(feed, False, by=show.ruth)
    after = served(client, paths)
    assert after["event"] != before["event"]
    assert after == made_anew(client, paths, monkeypatch)


# -- asking again ----------------------------------------------------------------------------------


def test_a_question_about_now_is_asked_about_the_now_of_each_time(app: Flask) -> None:
    event = events.event()
    ends_at = event.ends_at
    db.session.remove()
    with clock.fixed_at(ends_at - timedelta(hours=1)):
        assert one_state()
        with asking() as asked:
            ahead = db.session.scalars(sa.select(Event.id).where(Event.ends_at > clock.now())).all()
        assert len(ahead) == 1
        assert asked.is_repeatable
        assert asked.still_holds()
    with clock.fixed_at(ends_at):
        assert not asked.still_holds()


@pytest.mark.parametrize(
    "question",
    [
        lambda: sa.select(Event.id).where(Event.ends_at > clock.now() - timedelta(days=3)),
        lambda: sa.select(Stay.id).where(Stay.check_in_on == clock.today()),
        lambda: sa.select(Stay.id).where(Stay.check_in_on.in_([clock.today(), date(2026, 1, 1)])),
    ],
    ids=["reckoned from now", "today", "today among days"],
)
def test_what_may_hang_on_the_clock_in_another_way_is_not_asked_again(
    app: Flask, question: Callable[[], Any]
) -> None:
    db.session.remove()
    assert one_state()
    with asking() as asked:
        db.session.execute(question()).all()
    assert not asked.is_repeatable


def test_nothing_is_kept_of_what_was_read_beside_other_things(client: FlaskClient) -> None:
    db.session.scalar(sa.select(Event.id))
    assert not one_state()


def test_memory_gives_up_what_was_served_longest_ago(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    show = calendars.show()
    paths = feeds(show)
    monkeypatch.setattr(exports, "memory", Memory(max_rows=20))
    for path in paths.values():
        client.get(path)
    kept = exports.memory._kept
    assert 0 < len(kept) < len(paths)
    assert sum(one.asked.n_rows for one in kept.values()) <= 20
