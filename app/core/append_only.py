"""Books: tables whose rows stay as they are. The first two of three locks; the third is a trigger of the database."""

from functools import cached_property
from typing import Any

import sqlalchemy as sa
from flask_sqlalchemy.session import Session as BoundSession
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session, UOWTransaction


class AppendOnly:
    """A book: rows are added, never changed or removed. The database has a trigger that says the same."""


class BookIsClosed(RuntimeError):
    """Somebody tried to rewrite a book; this is a bug in our code, never a user's mistake."""


@event.listens_for(Session, "before_flush")
def _refuse_rewriting(session: Session, _context: UOWTransaction, _instances: object) -> None:
    for row in session.deleted:
        if isinstance(row, AppendOnly):
            raise BookIsClosed(f"{type(row).__name__} rows are never deleted")
    for row in session.dirty:
        if isinstance(row, AppendOnly) and session.is_modified(row):
            raise BookIsClosed(f"{type(row).__name__} rows are never changed")


class GuardedSession(BoundSession):
    """Bulk UPDATE and DELETE pass no flush: books refuse them, other tables want them marked as audited.

    An event of the ORM could say the same, but for it the ORM prepares every read twice.
    """

    def get_bind(self, *_of: Any, bind: Any = None, **_more: Any) -> Engine | Connection:
        """There is one database; Flask-SQLAlchemy would look for that of each table, with every question."""
        return bind or self._engine

    @cached_property
    def _engine(self) -> Engine:
        return self._db.engine

    def execute(self, statement: Any, params: Any = None, **options: Any) -> Any:
        _refuse_bulk_rewriting(statement, options)
        return super().execute(statement, params, **options)

    def scalar(self, statement: Any, params: Any = None, **options: Any) -> Any:
        _refuse_bulk_rewriting(statement, options)
        return super().scalar(statement, params, **options)

    def scalars(self, statement: Any, params: Any = None, **options: Any) -> Any:
        _refuse_bulk_rewriting(statement, options)
        return super().scalars(statement, params, **options)


def _refuse_bulk_rewriting(statement: Any, options: dict[str, Any]) -> None:
    if not isinstance(statement, sa.Update | sa.Delete):
        return
    changed = statement.entity_description.get("entity")
    if isinstance(changed, type) and issubclass(changed, AppendOnly):
        raise BookIsClosed(f"{changed.__name__} is append-only")
    if not {**statement.get_execution_options(), **(options.get("execution_options") or {})}.get("audited"):
        raise BookIsClosed("a bulk UPDATE or DELETE needs execution_options(audited=True) and an audit line")
