"""What was made from the database stays right while the same questions get the same answers: they are asked again here.

The questions are those of the first time, in the database's own words, so asking again costs what the database needs and
little more. Nothing is guessed about what changed: every value that was read then is compared with what stands there now.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from msgspec import Struct, field
from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from app.core import clock
from app.core.db import UtcDateTime, db, is_sqlite

_INSTANT = UtcDateTime()


class _Question(Struct, frozen=True):
    """A statement with its values; those in `at_now` are the instant at which it is asked."""

    text: str
    values: tuple[Any, ...] | dict[str, Any]
    at_now: tuple[Any, ...]

    def ask(self, connection: Connection, now: Any) -> Sequence[Any]:
        values = self.values
        if isinstance(values, dict):
            values = values | dict.fromkeys(self.at_now, now)
        elif self.at_now:
            values = tuple(now if place in self.at_now else value for place, value in enumerate(values))
        # Past SQLAlchemy, whose preparing of a result takes longer than a small question.
        cursor = connection.connection.cursor()
        try:
            cursor.execute(self.text, values)
            return cursor.fetchall()
        except connection.dialect.loaded_dbapi.Error as trouble:
            raise OperationalError(self.text, None, trouble) from trouble
        finally:
            cursor.close()


class Asked(Struct):
    """The questions something was made from, and their answers as the driver gave them."""

    #: False when they cannot be asked again: something else than a read, or a day reckoned from the current instant.
    is_repeatable: bool
    now: datetime
    questions: list[_Question] = field(default_factory=list)
    answers: list[Sequence[Any]] = field(default_factory=list)

    @property
    def n_rows(self) -> int:
        return sum(len(rows) for rows in self.answers)

    def still_holds(self) -> bool:
        """Whether each question, asked at this moment, gets the answer it got."""
        connection = db.session.connection()
        now = _bound(connection, clock.now())
        return all(
            question.ask(connection, now) == answer
            for question, answer in zip(self.questions, self.answers, strict=True)
        )

    def _note(
        self, connection: Connection, _cursor: Any, text: str, values: Any, context: Any, is_many: bool
    ) -> None:
        if is_many or context is None or context.compiled is None or not text.startswith("SELECT"):
            self.is_repeatable = False
            return
        now, plain = _bound(connection, self.now), [*_flat(context.compiled_parameters[0].values())]
        if any(isinstance(value, date) and value != self.now for value in plain):
            self.is_repeatable = False  # an instant or a day that may follow from the current one
        pairs = values.items() if isinstance(values, dict) else enumerate(values)
        self.questions.append(_Question(text, values, tuple(name for name, value in pairs if value == now)))


def _bound(connection: Connection, instant: datetime) -> Any:
    """An instant as the driver takes it."""
    bind = _INSTANT.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    return bind(instant) if bind is not None else instant


def _flat(values: Any) -> Iterator[Any]:
    for value in values:
        yield from value if isinstance(value, list | tuple) else (value,)


@contextmanager
def asking() -> Iterator[Asked]:
    """Note what is read inside, at one instant and from one state of the database; for reads only.

    What the session had read before is not read again and would be missing in the notes: begin with `one_state`.
    """
    connection, asked = db.session.connection(), Asked(True, clock.now())
    event.listen(connection, "before_cursor_execute", asked._note)
    try:
        with clock.fixed_at(asked.now):
            yield asked
    finally:
        event.remove(connection, "before_cursor_execute", asked._note)
    if asked.is_repeatable:
        now = _bound(connection, asked.now)
        asked.answers = [question.ask(connection, now) for question in asked.questions]


def one_state() -> bool:
    """Let everything that is read from now on be of one moment; False when something was read before.

    SQLite's readers see one state anyhow; PostgreSQL shows each statement the newest unless told otherwise.
    """
    if db.session().in_transaction():
        return False
    if not is_sqlite():
        db.session.connection().exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    return True
