"""The database: one declarative base, one place that begins and commits a transaction."""

import enum
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

import sqlalchemy as sa
import structlog
from flask_babel import gettext as _
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    declared_attr,
    mapped_column,
)
from sqlalchemy.orm import registry as orm_registry
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.pool import PoolProxiedConnection

from app.core.append_only import GuardedSession
from app.core.errors import DomainError, Outrun
from app.core.versions import check_number

log = structlog.get_logger()

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

#: Fewer come every day, and PostgreSQL notices those soon enough by itself; see `count_anew`.
MANY_ROWS = 1000

Minor = Annotated[int, mapped_column(sa.BigInteger)]
Currency = Annotated[str, mapped_column(sa.String(3))]
#: 320 is the longest e-mail address there is; names and titles stay below it too.
Line = Annotated[str, mapped_column(sa.String(320))]
Prose = Annotated[str, mapped_column(sa.Text)]
Zone = Annotated[str, mapped_column(sa.String(64))]
Country = Annotated[str, mapped_column(sa.String(2))]


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An instant: only aware datetimes go in, UTC comes out, on both engines."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime is not an instant")
        instant = value.astimezone(UTC)
        return instant.replace(tzinfo=None) if dialect.name == "sqlite" else instant

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _values(kind: type[enum.Enum]) -> list[str]:
    return [member.value for member in kind]


_TYPES: dict[Any, Any] = {
    datetime: UtcDateTime(),
    date: sa.Date(),
    str: sa.String(320),
    enum.StrEnum: sa.Enum(
        enum.StrEnum,
        native_enum=False,
        create_constraint=False,
        validate_strings=True,
        length=40,
        values_callable=_values,
    ),
    dict[str, Any]: sa.JSON(),
    list[str]: sa.JSON(),
}


class Base(DeclarativeBase):
    """Every table; singular names, `_at` instants, `_on` dates, `is_` booleans, `n_` counts."""

    registry = orm_registry(metadata=sa.MetaData(naming_convention=NAMING), type_annotation_map=_TYPES)


class Versioned:
    """Optimistic lock: the version a form was rendered from must still be the row's (see `check_version`)."""

    version: Mapped[int] = mapped_column(sa.Integer, default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 -- SQLAlchemy hands the class
        return {"version_id_col": cls.version}


db = SQLAlchemy(model_class=Base, session_options={"autoflush": True, "class_": GuardedSession})

_MILLISECOND = timedelta(milliseconds=1)
#: How long a writer on SQLite waits for its turn, and how often it looks.
_PATIENCE = timedelta(seconds=10)
_LOOK_EVERY = _MILLISECOND

_begins_writing: ContextVar[bool] = ContextVar("begins_writing", default=False)


class Transaction:
    """What the open transaction will do at its end."""

    def __init__(self) -> None:
        self.is_kept = False
        self.is_undone = False
        #: Called once it is committed; forgotten when it is rolled back.
        self.afterwards: list[Callable[[], None]] = []

    def undo(self) -> None:
        """Keep nothing (a refused request)."""
        self.is_undone = not self.is_kept

    def keep(self) -> None:
        """Commit even if the request is refused: the refusal itself is a fact (a failed sign-in)."""
        self.is_kept = True


@contextmanager
def writing_connections() -> Iterator[None]:
    """Connections that begin inside may write; all others are read-only in the database itself."""
    token = _begins_writing.set(True)
    try:
        yield
    finally:
        _begins_writing.reset(token)


@contextmanager
def transaction() -> Iterator[Transaction]:
    """The only place that commits. Nested calls join the outer transaction."""
    session = db.session()
    outer = _open_transaction(session)
    if outer is not None:
        yield outer
        return
    session.rollback()
    with writing_connections():
        session.connection()
    current = session.info["transaction"] = Transaction()
    try:
        yield current
        _end(session, current, is_good=not current.is_undone)
    except StaleDataError:
        session.rollback()
        raise Outrun(
            _("Somebody else saved this in the meantime. Reload it, then make your change again.")
        ) from None
    except DomainError:
        _end(session, current, is_good=current.is_kept)
        raise
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop("transaction", None)
    for act in current.afterwards:
        act()


def _end(session: Session, current: Transaction, *, is_good: bool) -> None:
    if is_good:
        session.commit()
    else:
        session.rollback()
        current.afterwards.clear()


def _open_transaction(session: Session) -> Transaction | None:
    current: Transaction | None = session.info.get("transaction")
    return current


def in_transaction() -> bool:
    """Whether somebody further out has entered `transaction()`."""
    return _open_transaction(db.session()) is not None


def keep_transaction() -> None:
    """Let what was written so far stand even if the request is refused afterwards: call it before refusing.

    It survives both `form.attempt()` and an error page. RuntimeError outside `transaction()`.
    """
    _required_transaction().keep()


def after_commit(act: Callable[[], None]) -> None:
    """Call `act` after the open transaction is committed, never if it is not; the same `act` is called once.

    RuntimeError outside `transaction()`.
    """
    afterwards = _required_transaction().afterwards
    if act not in afterwards:
        afterwards.append(act)


def _required_transaction() -> Transaction:
    current = _open_transaction(db.session())
    if current is None:
        raise RuntimeError("this must happen inside core.db.transaction()")
    return current


def restart_transaction() -> None:
    """Throw away what was done so far, unless it is to be kept, and go on writing in a fresh transaction."""
    session = db.session()
    current = _open_transaction(session)
    if current is not None:
        _end(session, current, is_good=current.is_kept)
    else:
        session.rollback()
    with writing_connections():
        session.connection()


@contextmanager
def side_transaction() -> Iterator[Session]:
    """A short transaction of its own for bookkeeping during a read ("token last used")."""
    made = db.session.session_factory(expire_on_commit=False)
    with writing_connections(), made as session, session.begin():
        yield session


def is_sqlite() -> bool:
    """Whether the session speaks to SQLite."""
    return db.session.get_bind().dialect.name == "sqlite"


def overwrite_traces() -> None:
    """Empty the write-ahead log of SQLite, where old pages lie until then; whoever reads meanwhile puts it off.

    PostgreSQL does the like by itself (autovacuum, recycled log). Never call it inside a transaction.
    """
    if is_sqlite():
        with db.engine.connect() as aside:
            aside.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")


def count_anew_after(n_rows: int) -> None:
    """Once this is committed, if so many rows are many."""
    if n_rows >= MANY_ROWS:
        after_commit(count_anew)


def count_anew() -> None:
    """Let PostgreSQL estimate its tables again after many rows came at once; never call it inside a transaction.

    Its own look comes a minute later or more, and until then a join of 126,084 entries was planned row by row: it ran
    into the limit of two minutes instead of taking a tenth of a second. SQLite keeps no such figures here.
    """
    if is_sqlite():
        return
    try:
        with writing_connections(), db.engine.connect() as aside, aside.begin():
            aside.execute(sa.text("ANALYZE"))
    except OperationalError:
        # Somebody tidies these very tables up, and counts them with it; what came is in either way.
        log.info("tables were not counted anew", exc_info=True)


def check_version(row: Versioned, seen: int | None) -> None:
    """Refuse to save over somebody else's change: `seen` is the version the form was rendered from, 0 for no record yet."""
    check_number(row, row.version, seen)


def escape_like(text: str) -> str:
    """Quote the LIKE wildcards in text a person typed; use with `escape="\\\\"`."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


# -- engines ---------------------------------------------------------------------------------------


def engine_options(url: str) -> dict[str, Any]:
    """Engine settings per database: waits are bounded on both."""
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": 10}}
    settings = "-c lock_timeout=3s -c statement_timeout=120s -c idle_in_transaction_session_timeout=120s"
    return {"pool_pre_ping": True, "connect_args": {"options": settings}}


def prepare_engine(engine: Engine) -> None:
    """Make readers read-only and writers take their place in the queue at BEGIN, not at COMMIT.

    Not by the event "begin": once one of them is listened for, SQLAlchemy looks for listeners six times with every statement.
    """
    is_file = engine.dialect.name == "sqlite"
    engine.dialect.do_begin = _begin_sqlite if is_file else _begin_postgresql  # type: ignore[method-assign, assignment]
    if is_file:
        event.listen(engine, "connect", _prepare_sqlite)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transaction handling starts too late and loses updates (measured: 346 of 600).
    connection.isolation_level = None
    # What is deleted is overwritten in the file: an erased person must not be readable there (P8).
    pragmas = (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={_PATIENCE // _MILLISECOND}",
        "secure_delete=ON",
    )
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: PoolProxiedConnection) -> None:
    writes = _begins_writing.get()
    driver: sqlite3.Connection = connection.dbapi_connection  # type: ignore[assignment]
    # Said only when it changes: after it SQLite prepares every statement anew. `info` lives as long as the connection.
    if connection.info.pop("writes", None) is not writes:
        driver.execute(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
        # One writer at a time may hold this much; readers keep SQLite's own two megabytes each.
        driver.execute(f"PRAGMA cache_size={-32_000 if writes else -2_000}")
    connection.info["writes"] = writes
    if writes:
        _wait_to_write(driver)
    else:
        driver.execute("BEGIN")


def _wait_to_write(driver: sqlite3.Connection) -> None:
    """BEGIN IMMEDIATE as soon as whoever writes has finished.

    SQLite's own waiting sleeps up to a tenth of a second between looks, so that with eight writers nobody writes most
    of the time (bench/writers.py).
    """
    ends = time.monotonic() + _PATIENCE.total_seconds()
    driver.execute("PRAGMA busy_timeout=0")
    try:
        while not _has_begun(driver, is_last=time.monotonic() >= ends):
            time.sleep(_LOOK_EVERY.total_seconds() * random.uniform(0.5, 1.5))  # noqa: S311 -- no secret
    finally:
        driver.execute(f"PRAGMA busy_timeout={_PATIENCE // _MILLISECOND}")


def _has_begun(driver: sqlite3.Connection, *, is_last: bool) -> bool:
    """Whether it is our turn to write; while somebody else writes, an error only with the last look."""
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as trouble:
        if is_last or trouble.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


def _begin_postgresql(connection: PoolProxiedConnection) -> None:
    if not _begins_writing.get():
        with closing(connection.cursor()) as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
