"""What each subject has of a program over all days, by year and by month: counted with each entry, or from many at once."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from app.core.db import Base, db
from app.ledger.looks import VALUE_KINDS
from app.ledger.models import ALL_DAYS, Entry, Summary
from app.ledger.queries_totals import SUMS, entry_sums, month_number, month_of_entry, year_of_entry

KEYS: Final = ("program_id", "span", "unit", "subject_id", "leg")
_INSERTS: Final = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def spans_of(value_on: date) -> tuple[int, int, int]:
    """The spans an entry counts in: 0, 2026 and 202607."""
    return ALL_DAYS, value_on.year, month_number(value_on)


def count_in(columns: dict[str, Any], sums: tuple[int, ...]) -> None:
    """Add one entry, which has these sums; the head's lock makes this safe."""
    row = {name: columns[name] for name in ("program_id", "unit", "subject_id", "leg")}
    row |= dict(zip(SUMS, sums, strict=True))
    db.session.execute(
        adding_sums(Summary, KEYS, dialect()),
        [row | {"span": span} for span in spans_of(columns["value_on"])],
    )


def count_from(first_seq: int) -> None:
    """Add every entry from this one on, a statement for each span; the head's lock makes this safe."""
    for counted in counts(Entry.seq >= first_seq):
        adding = inserting(Summary, dialect()).from_select([*KEYS, *SUMS], counted)
        db.session.execute(_on_top(adding, Summary, KEYS))


def counts(*conditions: sa.ColumnElement[bool]) -> Iterator[sa.Select[Any]]:
    """The rows as the entries give them, a question for each span: program, span, unit, subject, leg, then the sums."""
    year, month = year_of_entry(), month_of_entry()
    for span, groups in ((sa.literal(ALL_DAYS), ()), (year, (year,)), (month, (month,))):
        found = sa.select(
            Entry.program_id,
            span.label("span"),
            Entry.unit,
            Entry.subject_id,
            Entry.leg,
            *_named(entry_sums()),
        )
        found = found.where(Entry.kind.in_(VALUE_KINDS), *conditions)
        yield found.group_by(Entry.program_id, *groups, Entry.unit, Entry.subject_id, Entry.leg)


def are_true() -> bool:
    """Whether the rows are what the entries give: both laid on top of each other with opposite signs leave nothing."""
    taken_off = [(-getattr(Summary, name)).label(name) for name in SUMS]
    kept = sa.select(*(getattr(Summary, name) for name in KEYS), *taken_off)
    both = sa.union_all(kept, *counts()).subquery()
    left = [sa.func.sum(both.c[name]) != 0 for name in SUMS]
    wrong = (
        sa.select(sa.literal(1))
        .select_from(both)
        .group_by(*(both.c[name] for name in KEYS))
        .having(sa.or_(*left))
    )
    return db.session.scalar(wrong.limit(1)) is None


def _named(sums: list[sa.SQLColumnExpression[Any]]) -> list[sa.Label[Any]]:
    return [each.label(name) for each, name in zip(sums, SUMS, strict=True)]


# -- tables kept beside the book: a row is made, or what is new is added to what stands there, in either dialect ----


def dialect() -> str:
    """Whose words the database understands."""
    return db.session.get_bind().dialect.name


def inserting(model: type[Base], dialect: str) -> Any:
    """An INSERT that may be told what to do with a row that is there."""
    return _INSERTS[dialect](cast("sa.Table", model.__table__))


@cache
def adding_sums(model: type[Base], keys: tuple[str, ...], dialect: str) -> Any:
    """The statement that adds `SUMS` to the row with these keys; built once."""
    return _on_top(inserting(model, dialect), model, keys)


def _on_top(adding: Any, model: type[Base], keys: tuple[str, ...]) -> Any:
    kept = model.__table__.c
    return adding.on_conflict_do_update(
        index_elements=keys, set_={name: kept[name] + adding.excluded[name] for name in SUMS}
    )
