"""Books are never rewritten: the session, bulk statements and the database each refuse."""

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DBAPIError

from app.accounts import audit
from app.accounts.models import AuditEvent
from app.core.append_only import AppendOnly, BookIsClosed
from app.core.db import Base, db, transaction


def _line() -> AuditEvent:
    with transaction():
        return audit.record_event("test.happened", kind="test", ref="1", by=None)


def test_the_books_are_the_known_ones(app: Flask) -> None:
    books = {
        mapper.class_.__tablename__
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, AppendOnly)
    }
    assert books == {"audit_event", "invitation_step", "ledger_entry"}


def test_the_session_refuses_to_change_a_book(app: Flask) -> None:
    event = _line()
    with pytest.raises(BookIsClosed), transaction():
        event.action = "test.something_else"
        db.session.flush()


def test_the_session_refuses_to_delete_from_a_book(app: Flask) -> None:
    event = _line()
    with pytest.raises(BookIsClosed), transaction():
        db.session.delete(event)
        db.session.flush()


@pytest.mark.parametrize("statement", [sa.update(AuditEvent).values(action="x"), sa.delete(AuditEvent)])
def test_bulk_statements_refuse_to_change_a_book(app: Flask, statement: sa.Update | sa.Delete) -> None:
    _line()
    with pytest.raises(BookIsClosed), transaction():
        db.session.execute(statement, execution_options={"audited": True})


@pytest.mark.parametrize("table", ["audit_event", "invitation_step", "ledger_entry"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_the_database_refuses_to_change_a_book(app: Flask, table: str, verb: str) -> None:
    """Every book has its triggers; a row is put into the trail, the others are asked for their triggers."""
    _line()
    names = _trigger_names(table)
    if table != "audit_event":
        assert names
        return
    with pytest.raises(DBAPIError, match="append-only"), transaction():
        db.session.execute(sa.text(verb.format(table, "action", "'x'")))


def _trigger_names(table: str) -> list[str]:
    if db.engine.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table ORDER BY name"
    else:
        query = (
            "SELECT DISTINCT trigger_name FROM information_schema.triggers WHERE event_object_table = :table"
        )
    return list(db.session.scalars(sa.text(query), {"table": table}))


def test_a_reader_cannot_write(app: Flask) -> None:
    """GET never writes: the database itself refuses in a transaction that did not begin as a writing one."""
    with pytest.raises(DBAPIError):
        db.session.execute(sa.text("DELETE FROM department"))
    db.session.rollback()
