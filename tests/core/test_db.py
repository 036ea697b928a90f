"""The database: who may write, what is never rewritten, what is committed and what is not."""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from app.accounts import audit
from app.accounts.models import AuditDetail, AuditEvent, Department, User
from app.core.append_only import BookIsClosed
from app.core.db import (
    after_commit,
    check_version,
    db,
    escape_like,
    in_transaction,
    keep_transaction,
    restart_transaction,
    side_transaction,
    transaction,
)
from app.core.errors import Conflict, DomainError
from app.core.models import FormSubmission
from tests.factories import accounts as make

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def add(name: str) -> Department:
    row = Department(name=name)
    db.session.add(row)
    db.session.flush()
    return row


def names() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(Department.name).order_by(Department.name)))


# -- transactions ----------------------------------------------------------------------------------


def test_only_a_writer_holds_a_large_cache(app: Flask) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("a setting of SQLite")
    asked = sa.text("PRAGMA cache_size")
    sizes = [db.session.scalar(asked)]
    with transaction():
        sizes.append(db.session.scalar(asked))
    sizes.append(db.session.scalar(asked))
    assert sizes == [-2_000, -32_000, -2_000]


def test_whoever_waits_in_vain_for_their_turn_to_write_is_told_so_and_writes_later(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("servers have a queue of their own")
    monkeypatch.setattr("app.core.db._PATIENCE", timedelta(milliseconds=20))
    with closing(sqlite3.connect(str(db.engine.url.database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="database is locked"), transaction():
            add("A")
        assert names() == [], "reading goes on"
        other.execute("ROLLBACK")
    with transaction():
        add("B")
    assert names() == ["B"]


def test_what_is_written_outside_a_transaction_is_refused_by_the_database(app: Flask) -> None:
    with pytest.raises(DBAPIError):
        add("A")
    assert names() == []


def test_a_connection_is_read_only_again_after_a_write(app: Flask) -> None:
    with transaction():
        add("A")
    with pytest.raises(DBAPIError):
        add("B")
    assert names() == ["A"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, DomainError("no")])
def test_an_error_rolls_back(app: Flask, error: type[BaseException] | BaseException) -> None:
    with pytest.raises((ValueError, KeyboardInterrupt, DomainError)), transaction():
        add("A")
        raise error
    assert names() == []


def test_undo_rolls_back_and_keep_goes_before_undo(app: Flask) -> None:
    with transaction() as current:
        add("A")
        current.undo()
    with transaction() as current:
        add("B")
        keep_transaction()
        current.undo()
    assert names() == ["B"]


def test_a_kept_refusal_stands_but_a_kept_fault_does_not(app: Flask) -> None:
    for name, error in (("A", DomainError("no")), ("B", ValueError("bug"))):
        with pytest.raises((DomainError, ValueError)), transaction():
            add(name)
            keep_transaction()
            raise error
    assert names() == ["A"]


def test_a_restart_throws_away_what_is_not_kept(app: Flask) -> None:
    with transaction():
        add("A")
        restart_transaction()
        add("B")
        keep_transaction()
        restart_transaction()
        add("C")
    assert names() == ["B", "C"]


def test_afterwards_means_after_the_commit_and_only_then(app: Flask) -> None:
    seen: list[object] = []

    def look() -> None:
        seen.append(names())

    with transaction():
        add("A")
        after_commit(look)
        after_commit(look)
        assert seen == []
    assert seen == [["A"]]
    with transaction() as current:
        after_commit(look)
        current.undo()
    with transaction():
        after_commit(look)
        restart_transaction()
    with pytest.raises(ValueError, match="bug"), transaction():
        after_commit(look)
        raise ValueError("bug")
    assert seen == [["A"]]


@pytest.mark.parametrize("act", [keep_transaction, lambda: after_commit(print)])
def test_what_needs_a_transaction_says_so(app: Flask, act: Callable[[], None]) -> None:
    assert not in_transaction()
    with pytest.raises(RuntimeError):
        act()


def test_writers_that_read_first_lose_no_update(app: Flask) -> None:
    """Four threads read a number and write it back plus one; with the drivers' defaults some of it is lost."""
    with transaction():
        db.session.add(FormSubmission(key="n", path="0", made_at=NOW))

    def count() -> None:
        with app.app_context():
            for _ in range(25):
                with transaction():
                    row = db.session.scalars(sa.select(FormSubmission).with_for_update()).one()
                    row.path = str(int(row.path) + 1)

    counters = [threading.Thread(target=count) for _ in range(4)]
    for counter in counters:
        counter.start()
    for counter in counters:
        counter.join()
    db.session.rollback()
    assert db.session.scalars(sa.select(FormSubmission.path)).one() == "100"


def test_a_side_transaction_writes_during_a_read(app: Flask) -> None:
    assert names() == []
    with side_transaction() as side:
        side.add(Department(name="A"))
    assert names() == ["A"]


# -- optimistic lock -------------------------------------------------------------------------------


def test_a_stale_version_is_a_conflict(app: Flask) -> None:
    user = make.user()
    check_version(user, user.version)
    check_version(user, None)
    with pytest.raises(Conflict):
        check_version(user, user.version - 1)


def test_two_who_save_at_once_do_not_overwrite_each_other(app: Flask) -> None:
    user = make.user()
    with pytest.raises(Conflict), transaction():
        mine = db.session.get_one(User, user.id)
        mine.name = "Mine"
        table = User.__table__
        db.session.connection().execute(
            sa.update(table).where(table.c.id == user.id).values(version=user.version + 1)
        )
        db.session.flush()


# -- books -----------------------------------------------------------------------------------------


def line() -> AuditEvent:
    with transaction():
        return audit.record_event("test.happened", kind="test", ref="1", by=None)


def test_first_lock_the_session_refuses_to_rewrite_the_trail(app: Flask) -> None:
    event = line()
    with pytest.raises(BookIsClosed), transaction():
        event.reason = "other"
        db.session.flush()
    with pytest.raises(BookIsClosed), transaction():
        db.session.delete(db.session.get_one(AuditEvent, event.id))
        db.session.flush()


@pytest.mark.parametrize("statement", [sa.update(AuditEvent).values(reason="x"), sa.delete(AuditEvent)])
@pytest.mark.parametrize("is_audited", [True, False])
def test_second_lock_bulk_statements_refuse_to_rewrite_the_trail(
    app: Flask, statement: sa.Update | sa.Delete, is_audited: bool
) -> None:
    line()
    with pytest.raises(BookIsClosed), transaction():
        db.session.execute(statement, execution_options={"audited": is_audited})


@pytest.mark.parametrize("statement", ["UPDATE audit_event SET reason = 'x'", "DELETE FROM audit_event"])
def test_third_lock_the_database_refuses_to_rewrite_the_trail(app: Flask, statement: str) -> None:
    line()
    with pytest.raises(DBAPIError, match="append-only"), transaction():
        db.session.connection().exec_driver_sql(statement)
    db.session.rollback()
    assert [event.reason for event in db.session.scalars(sa.select(AuditEvent))] == [""]


def test_the_database_refuses_to_empty_the_trail(app: Flask) -> None:
    if db.engine.dialect.name != "postgresql":
        pytest.skip("only PostgreSQL knows TRUNCATE")
    line()
    with pytest.raises(DBAPIError, match="append-only"), transaction():
        db.session.connection().exec_driver_sql("TRUNCATE audit_event CASCADE")


def test_the_values_beside_the_trail_can_be_erased(app: Flask) -> None:
    """P8: the trail names fields for ever, their contents only as long as they may be kept."""
    with transaction():
        audit.record("accounts.department_added", add("A"), by=None)
    with transaction():
        db.session.execute(sa.delete(AuditDetail), execution_options={"audited": True})
    assert db.session.scalars(sa.select(AuditEvent.fields)).one() == ["id", "name"]


@pytest.mark.parametrize("ask", ["execute", "scalar", "scalars"])
def test_bulk_statements_want_to_be_marked_as_audited(app: Flask, ask: str) -> None:
    for statement in (sa.update(Department).values(name="x"), sa.delete(Department)):
        with pytest.raises(BookIsClosed, match="audited=True"), transaction():
            getattr(db.session, ask)(statement.returning(Department.id))
        with pytest.raises(BookIsClosed, match="audited=True"), side_transaction() as side:
            getattr(side, ask)(statement.returning(Department.id))
        with transaction():
            getattr(db.session, ask)(
                statement.returning(Department.id).execution_options(audited=True).where(sa.false())
            )


# -- types and constraints -------------------------------------------------------------------------


def test_instants_go_in_aware_and_come_out_in_utc(app: Flask) -> None:
    with transaction():
        db.session.add(
            FormSubmission(key="k", path="/", made_at=NOW.astimezone(timezone(timedelta(hours=9))))
        )
    db.session.expire_all()
    stored = db.session.get_one(FormSubmission, "k").made_at
    assert (stored, stored.tzinfo) == (NOW, UTC)


def test_a_naive_datetime_is_not_an_instant(app: Flask) -> None:
    with pytest.raises(sa.exc.StatementError, match="naive"), transaction():
        db.session.add(FormSubmission(key="k", path="/", made_at=NOW.replace(tzinfo=None)))
        db.session.flush()


def test_foreign_keys_hold(app: Flask) -> None:
    with pytest.raises(IntegrityError), transaction():
        db.session.add(User(email="x@y.example", name="X", role="admin", department_id=999, made_at=NOW))
        db.session.flush()


@pytest.mark.parametrize(
    ("typed", "found"), [("50%", ["50% off"]), ("a_b", ["a_b"]), ("\\", ["back\\slash"]), ("o", ["50% off"])]
)
def test_wildcards_people_type_are_letters(app: Flask, typed: str, found: list[str]) -> None:
    with transaction():
        for name in ("50% off", "a_b", "axb", "back\\slash"):
            add(name)
    like = Department.name.like(f"%{escape_like(typed)}%", escape="\\")
    assert list(db.session.scalars(sa.select(Department.name).where(like))) == found
