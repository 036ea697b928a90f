"""Handing out, replacing and taking back feeds; noting who fetched."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts import operations as login
from app.accounts.models import AuditEvent, Role
from app.accounts.signing_in import hash_secret
from app.calendars import operations, queries
from app.calendars.models import Feed, FeedKind
from app.calendars.policies import AlreadyShared, CannotShare, FeedIsGone
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import NotFound
from app.people import operations as people_operations
from tests.conftest import fresh
from tests.factories import accounts, calendars, events, people

NOW = datetime(2026, 10, 1, 9, 0, 0, 250_000, tzinfo=UTC)


def actions() -> list[str]:
    rows = db.session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id))
    return [action for action in rows if action.startswith("calendars.")]


def test_shared_feed_keeps_only_the_hash_of_its_secret(app: Flask) -> None:
    """C1, ASVS 11.5.1: 256 random bits, hashed at rest, written into the trail without the hash."""
    made = calendars.feed(FeedKind.MY_WORK, None, events.ruth())
    feed = fresh(made.feed)
    assert (len(made.secret), feed.secret_hash) == (43, hash_secret(made.secret))
    assert (feed.user_id, feed.person_id, feed.target_id) == (events.ruth().id, None, None)
    [line] = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "calendars.feed_shared"))
    assert "secret_hash" not in line.fields


def test_second_feed_of_the_same_calendar_is_refused(app: Flask) -> None:
    ruth = events.ruth()
    calendars.feed(FeedKind.MY_WORK, None, ruth)
    with pytest.raises(AlreadyShared):
        calendars.feed(FeedKind.MY_WORK, None, ruth)
    amal = people.person()
    calendars.feed_of(amal)
    with pytest.raises(AlreadyShared):
        calendars.feed_of(amal)


@pytest.mark.parametrize(
    ("role", "kind"),
    [(Role.PARTNER, FeedKind.MY_WORK), (Role.PARTNER, FeedKind.EVENT), (Role.ASSISTANT, FeedKind.PROGRAM)],
)
def test_feed_without_the_right_is_refused(app: Flask, role: Role, kind: FeedKind) -> None:
    """R3."""
    event = events.event()
    with pytest.raises(NotFound):
        calendars.feed(kind, event.id, accounts.user(role=role))
    assert db.session.scalars(sa.select(Feed)).all() == []


def test_nobody_behind_imported_books_gets_a_feed(app: Flask) -> None:
    with transaction():
        found = people_operations.add_pseudonymous("npi", ["1"], by=None)["1"]
    with pytest.raises(CannotShare):
        calendars.feed_of(found)


def test_sharing_an_event_gives_everybody_who_comes_one_feed(app: Flask) -> None:
    """J4.5: one feed per person and the coordinator's own; who has one keeps it."""
    show = calendars.show()
    calendars.feed_of(show.amal)
    with transaction():
        made = operations.share_event(db.session.merge(show.event), by=show.ruth)
    assert [person.name for person, _new in made.people] == ["Jack"]
    assert made.own is not None
    assert (made.own.feed.kind, made.own.feed.target_id, made.own.feed.user_id) == (
        FeedKind.EVENT, show.event.id, show.ruth.id,
    )  # fmt: skip
    with transaction():
        again = operations.share_event(db.session.merge(show.event), by=show.ruth)
    assert (list(again.people), again.own) == ([], None)


def test_rotating_ends_the_old_address_and_keeps_the_reader(app: Flask) -> None:
    old = calendars.feed(FeedKind.MY_WORK, None, events.ruth())
    with transaction():
        new = operations.rotate_feed(db.session.merge(old.feed), by=events.ruth())
    assert queries.find_feed(old.secret) is None
    found = queries.find_feed(new.secret)
    assert found is not None
    assert (found.kind, found.user_id) == (FeedKind.MY_WORK, events.ruth().id)
    assert actions() == ["calendars.feed_shared", "calendars.feed_revoked", "calendars.feed_rotated"]


def test_revoked_feed_is_gone_at_once_and_only_once(app: Flask) -> None:
    """C1."""
    made = calendars.feed_of(people.person())
    with transaction():
        operations.revoke_feed(db.session.merge(made.feed), by=events.ruth())
    assert queries.find_feed(made.secret) is None
    with pytest.raises(FeedIsGone), transaction():
        operations.revoke_feed(db.session.merge(made.feed), by=events.ruth())


def test_feed_ends_with_the_rights_of_its_reader(app: Flask) -> None:
    """C1: tied to the reader's rights at each fetch, and alive again with them."""
    show = calendars.show()
    made = calendars.feed(FeedKind.PROGRAM, show.event.program_id, show.ruth)

    def is_there() -> bool:
        found = queries.find_feed(made.secret)
        return found is not None and queries.calendar_if_any(found) is not None

    with transaction():
        db.session.merge(show.ruth).role = Role.ASSISTANT  # may not read programs
    assert not is_there()
    with transaction():
        db.session.merge(show.ruth).role = Role.COORDINATOR
    assert is_there()
    with transaction():
        db.session.merge(show.ruth).is_active = False
    assert not is_there()


def test_feeds_end_with_the_login_and_do_not_come_back(app: Flask) -> None:
    """ASVS 7.4.2: whoever is deactivated reads nothing any more, and reactivating brings no old address back."""
    ruth, admin = events.ruth(), accounts.user(role=Role.ADMIN)
    made = calendars.feed(FeedKind.MY_WORK, None, ruth)
    others = calendars.feed(FeedKind.MY_WORK, None, accounts.user(role=Role.RELATIONS, name="Omar"))
    with transaction():
        login.deactivate_user(ruth, by=admin)
    with transaction():
        login.reactivate_user(ruth, by=admin)
    assert (fresh(made.feed).revoked_at is None, fresh(others.feed).revoked_at is None) == (False, True)
    assert queries.find_feed(made.secret) is None
    assert actions()[-1] == "calendars.feed_revoked"


def test_fetches_are_noted_every_five_minutes_and_at_each_change(app: Flask) -> None:
    feed = calendars.feed(FeedKind.MY_WORK, None, events.ruth()).feed
    steps = [
        # seconds later, client, digest -> noted at, client, changed at
        (0, "Apple\r\nX: y", "a", 0, "Apple X: y", 0),
        (299, "Google", "a", 0, "Apple X: y", 0),
        (300, "Google", "a", 300, "Google", 0),
        (301, "Outlook", "b", 301, "Outlook", 301),
        (301, "Outlook", "c", 301, "Outlook", 302),
    ]
    whole = NOW.replace(microsecond=0)
    for later, client, digest, noted, by, changed in steps:
        with clock.fixed_at(NOW + timedelta(seconds=later)):
            told = operations.note_fetch(fresh(feed), client, digest)
        row = fresh(feed)
        assert told == row.changed_at == whole + timedelta(seconds=changed)
        assert (row.fetched_at, row.fetched_by) == (NOW + timedelta(seconds=noted), by)
