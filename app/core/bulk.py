"""Many rows at once: bound once, inserted by the driver, with numbers known beforehand."""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from app.core.db import Base, UtcDateTime, db, is_sqlite


class Plan:
    """How rows of one table, all with the same columns, are bound and inserted.

    The statement is compiled once and values are bound here: the general path of SQLAlchemy takes three times as
    long for a hundred thousand rows.
    """

    def __init__(self, model: type[Base], columns: Iterable[str], dialect: Dialect) -> None:
        table = cast("sa.Table", model.__table__)
        keys = list(columns)
        compiled = sa.insert(table).compile(dialect=dialect, column_keys=keys)
        self.names: list[str] = compiled.positiontup or keys
        self.binders = {name: _bind(table.c[name].type, dialect) for name in self.names}
        self._statement = compiled.string
        self._is_positional = compiled.positional
        self._pick = itemgetter(*self.names)
        self._bound = [(place, bind) for place, bind in enumerate(self.binders.values()) if bind is not None]

    def bind(self, row: Mapping[str, Any]) -> list[Any]:
        """The values of a row as the driver takes them, in the order of `names`."""
        line = list(self._pick(row))
        for place, bind in self._bound:
            line[place] = bind(line[place])
        return line

    def insert(self, lines: Sequence[Sequence[Any]]) -> None:
        """Write rows that are bound already."""
        rows: Any = (
            lines if self._is_positional else [dict(zip(self.names, line, strict=True)) for line in lines]
        )
        if rows:
            db.session.connection().exec_driver_sql(self._statement, rows)


def plan_of(model: type[Base], columns: Iterable[str]) -> Plan:
    """The plan for rows with these columns; made once for each database that is spoken to."""
    return _made(model, tuple(columns), db.session.connection().dialect)


@lru_cache(maxsize=256)
def _made(model: type[Base], columns: tuple[str, ...], dialect: Dialect) -> Plan:
    return Plan(model, columns, dialect)


def insert_rows(model: type[Base], rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert plain rows that all have the same columns; each is bound as it comes, so that they need not all be held."""
    coming = iter(rows)
    first = next(coming, None)
    if first is not None:
        plan = plan_of(model, first)
        plan.insert([tuple(plan.bind(row)) for row in itertools.chain([first], coming)])


def _bind(kind: sa.types.TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """How a column's values are handed to the driver; None for as they are. Days and codes repeat, so they are kept."""
    if isinstance(kind, sa.LargeBinary):
        return None  # both drivers take bytes, and wrapping them costs more than hashing them
    bind = kind.dialect_impl(dialect).bind_processor(dialect)
    if bind is None or not isinstance(kind, (sa.Enum, sa.Date, UtcDateTime)):
        return bind
    return lru_cache(maxsize=4096)(bind)


def reserve_ids(model: type[Base], n: int) -> Sequence[int]:
    """Numbers for `n` rows about to be inserted; needs an open writing transaction.

    On SQLite the one writer counts on from the last row; on PostgreSQL the numbers are drawn from the table's sequence.
    """
    table = cast("sa.Table", model.__table__)
    if is_sqlite():
        last = db.session.scalar(sa.select(sa.func.max(table.c.id))) or 0
        return range(last + 1, last + 1 + n)
    drawn = sa.text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :n)")
    return db.session.scalars(drawn, {"name": f'"{table.name}"', "n": n}).all()
