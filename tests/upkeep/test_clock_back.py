"""The clock of the machine goes back an hour: nobody is let in longer, nothing is done twice, nothing waits for ever."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import operations as accounts_operations
from app.accounts import operations_tokens
from app.accounts.models import ApiToken
from app.core import clock, jobs, outbox
from app.core.db import db, transaction
from app.core.models import Job, JobState, MailState
from app.ledger import operations as ledger_operations
from app.ledger import queries as ledger
from app.ledger.models import Entry
from tests.conftest import fresh
from tests.core.test_outbox import Server, queue, server
from tests.factories import accounts, events, people, programs
from tests.factories import ledger as make_value

__all__ = ["server"]

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
BEFORE = NOW - timedelta(hours=1)


def test_who_is_signed_in_stays_so_and_no_longer_than_before(app: Flask, client: FlaskClient) -> None:
    mei = accounts.user(name="Mei", email="mei@lumen.example")
    with transaction():
        accounts_operations.set_password(db.session.merge(mei), "quiet harbour lantern", by=None)
    sent = {"email": "mei@lumen.example", "password": "quiet harbour lantern"}
    with clock.fixed_at(NOW):
        assert client.post("/sign-in", data=sent).status_code == 303
    with clock.fixed_at(BEFORE):
        assert client.get("/account/").status_code == 200
        assert app.test_client().post("/sign-in", data=sent).status_code == 303
    with clock.fixed_at(
        NOW + timedelta(hours=12, seconds=1)
    ):  # idle since NOW, whatever the clock said between
        assert client.get("/account/").status_code == 303


def test_a_token_works_and_ends_on_its_day(app: Flask, client: FlaskClient) -> None:
    mei = accounts.user()
    with clock.fixed_at(NOW), transaction():
        made = operations_tokens.make_token("nightly", by=db.session.merge(mei), ends_on=NOW.date())
    headers = {"Authorization": f"Bearer {made.secret}"}
    statuses = []
    for instant in (NOW, BEFORE, NOW + timedelta(days=2), NOW + timedelta(days=2, hours=-1)):
        with clock.fixed_at(instant):
            statuses.append(client.get("/api/v1/people", headers=headers).status_code)
    assert statuses == [200, 200, 401, 401]
    used = fresh(db.session.get_one(ApiToken, made.token.id)).used_at
    assert used == NOW  # it never goes back


def test_a_job_under_a_lease_is_done_once_and_new_ones_at_once(app: Flask) -> None:
    done: list[str] = []
    jobs.job("test")(lambda run, *, mark: done.append(mark))
    try:
        with clock.fixed_at(NOW):
            with transaction():
                old = jobs.enqueue("test", {"mark": "old"}, by_id=None)
            assert jobs._claim_next() is not None  # and the worker dies here
        with clock.fixed_at(BEFORE):
            with transaction():
                jobs.enqueue("test", {"mark": "new"}, by_id=None)
            assert jobs.work_off() == 1
        # The lease runs by the clock, so what the dead worker held waits an hour more, and no longer.
        with clock.fixed_at(NOW + jobs.LEASE - timedelta(seconds=1)):
            assert jobs.work_off() == 0
        with clock.fixed_at(NOW + jobs.LEASE + timedelta(seconds=1)):
            assert jobs.work_off() == 1
    finally:
        jobs._kinds.pop("test", None)
    assert (done, fresh(db.session.get_one(Job, old.id)).state) == (["new", "old"], JobState.DONE)


def test_a_mail_goes_at_once_and_once(app: Flask, server: Server) -> None:
    with clock.fixed_at(NOW):
        first = queue("letter:1")
    with clock.fixed_at(BEFORE):
        second = queue("letter:2")
        assert outbox.deliver_due() == 2
        assert outbox.deliver_due() == 0
    with clock.fixed_at(NOW):
        assert outbox.deliver_due() == 0
    assert {fresh(one).state for one in (first, second)} == {MailState.SENT}
    assert len(server.mailbox.taken) == 2


def test_the_book_goes_on_in_its_order(app: Flask) -> None:
    """Numbers make the order, not instants; what stands there says what the clock said."""
    person, program = people.person("Jack"), programs.program()
    for number, instant in enumerate((NOW, BEFORE, NOW + timedelta(seconds=1))):
        with clock.fixed_at(instant), transaction():
            details = make_value.stay(person, program, external_ref=f"INV-{number}")
            ledger_operations.post_entry(details, by=None)
    db.session.rollback()
    rows = db.session.execute(sa.select(Entry.seq, Entry.at).order_by(Entry.seq)).all()
    assert [tuple(row) for row in rows] == [(1, NOW), (2, BEFORE), (3, NOW + timedelta(seconds=1))]
    found = ledger.verify([])
    assert (found.is_ok, found.size, found.faults) == (True, 3, ())


def test_calendars_take_the_later_change_for_the_later_one(app: Flask) -> None:
    """SEQUENCE counts and LAST-MODIFIED never goes back, so programs keep the newest of two."""
    with clock.fixed_at(NOW - timedelta(days=1)):
        talk = events.session(events.event())
    seen = []
    for instant in (NOW, BEFORE, BEFORE + timedelta(minutes=1)):
        with clock.fixed_at(instant), transaction():
            row = db.session.merge(talk)
            row.ends_at += timedelta(minutes=5)
        seen.append((fresh(talk).sequence, talk.revised_at))
    assert seen == [(1, NOW), (2, NOW), (3, NOW)]


def test_guesses_are_counted_all_the_same(app: Flask, client: FlaskClient) -> None:
    """Who put the clock back would not get new attempts by it."""
    accounts.user(name="Mei", email="mei@lumen.example")
    sent = {"email": "mei@lumen.example", "password": "wrong"}
    with clock.fixed_at(NOW):
        statuses = [client.post("/sign-in", data=sent).status_code for _ in range(11)]
    with clock.fixed_at(BEFORE):
        statuses.append(client.post("/sign-in", data=sent).status_code)
    assert statuses == [422] * 10 + [429] * 2
