"""The changes of a merge as values: read from every table that names a person, applied and taken back exactly (P3)."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct, field

from app.core import clock
from app.core.db import Base, UtcDateTime, db
from app.core.i18n import colon, counted, said
from app.people.merging import DECISIONS, Moves, Tie, words_of_refusal
from app.people.models import AcceptAnswer, Person

#: From strict to generous.
_STRICTNESS = {AcceptAnswer.NO: 0, AcceptAnswer.UP_TO: 1, AcceptAnswer.YES: 2}
_CHUNK = 500


class Change(Struct, frozen=True):
    """One value of one row, before and after, as plain JSON values."""

    table: str
    row_id: int
    column: str
    before: Any
    after: Any

    @property
    def reversed(self) -> "Change":
        return Change(self.table, self.row_id, self.column, self.after, self.before)


class Clash(Struct, frozen=True):
    """Both records have a row where one person may have one: whoever merges says which counts."""

    key: str
    label: str
    kept_words: str
    gone_words: str
    chosen: str  # "kept", "gone", or empty while nobody has chosen


class Plan(Struct):
    """What a merge of two records will do to the rows of every room."""

    changes: list[Change] = field(default_factory=list)
    #: Rows that give way, for the rooms that write that down.
    set_aside: list[tuple[str, int]] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    #: Rows that follow, by decision, in the order of the rooms.
    counts: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    @property
    def lines(self) -> list[str]:
        """What moves, room by room: "3 touches"."""
        found = []
        for key, n in self.counts.items():
            decision = DECISIONS[key]
            if isinstance(decision, Moves) and n and not decision.is_quiet:
                found.append(counted(n, decision.one, decision.many))
        return found


def plan_moves(kept_id: int, gone_id: int, chosen: Mapping[str, str]) -> Plan:
    """Read every table that names `gone`; `chosen` says by key of a clash which row counts."""
    plan = Plan()
    plan.refusals += words_of_refusal(kept_id, gone_id)
    for (table_name, column), decision in DECISIONS.items():
        if not isinstance(decision, Moves):
            continue
        gone_rows = _rows(table_name, column, gone_id, decision)
        theirs = _rows(table_name, column, kept_id, decision) if decision.once_per and gone_rows else []
        # A cancelled trip, too, is the person's one trip to that event; a place given back is no place.
        counts_over = decision.tie is Tie.ONE_LIVE
        known = {_key(row, decision): row for row in theirs if counts_over or not _is_over(row, decision)}
        for row in gone_rows:
            rival = known.get(_key(row, decision)) if counts_over or not _is_over(row, decision) else None
            _plan_row(plan, (table_name, column), decision, (row, rival), (kept_id, gone_id), chosen)
    return plan


def _plan_row(
    plan: Plan, at: tuple[str, str], decision: Moves, rows: tuple[Any, Any], ids: tuple[int, int], chosen: Mapping[str, str]
) -> None:  # fmt: skip
    """Decide one row of the record that goes, against the survivor's of the same kind, if any."""
    row, rival = rows
    if rival is None:
        _move(plan, at, row, ids)
    elif decision.tie is Tie.RELEASE:
        _give_way(plan, at, decision, row, {"released_at": clock.now()})
    elif decision.tie is Tie.STRICTER:
        plan.changes += _stricter(at[0], row, rival)
    elif decision.tie is Tie.ONE_LIVE:
        _keep_live(plan, at, decision, rows, ids)
    elif decision.tie is Tie.ASK:
        _ask(plan, at, decision, rows, ids, chosen)


def _move(plan: Plan, at: tuple[str, str], row: Any, ids: tuple[int, int]) -> None:
    kept_id, gone_id = ids
    plan.changes.append(Change(at[0], row.id, at[1], gone_id, kept_id))
    plan.counts[at] += 1


def _give_way(plan: Plan, at: tuple[str, str], decision: Moves, row: Any, more: Mapping[str, Any]) -> None:
    for name, value in {**decision.set_aside, **more}.items():
        if _plain(row._mapping[name]) != _plain(value):
            plan.changes.append(Change(at[0], row.id, name, _plain(row._mapping[name]), _plain(value)))
    plan.set_aside.append((at[0], row.id))


def _ask(
    plan: Plan, at: tuple[str, str], decision: Moves, rows: tuple[Any, Any], ids: tuple[int, int], chosen: Mapping[str, str]
) -> None:  # fmt: skip
    row, rival = rows
    key = f"{at[0]}-{row.id}"
    choice = chosen.get(key, "")
    choice = choice if choice in {"kept", "gone"} else ""
    label = f"{said(decision.one.capitalize())}{colon()}{_place(at[0], decision, row)}"
    plan.clashes.append(Clash(key, label, _words(rival, decision), _words(row, decision), choice))
    if choice == "gone":
        _swap(plan, at, decision, rows, ids)
        _give_way(plan, at, decision, rival, {})
    else:
        _give_way(plan, at, decision, row, {})


def _keep_live(
    plan: Plan, at: tuple[str, str], decision: Moves, rows: tuple[Any, Any], ids: tuple[int, int]
) -> None:
    row, rival = rows
    if not _is_over(row, decision) and not _is_over(rival, decision):
        place = _place(at[0], decision, row)
        plan.refusals.append(
            str(
                _(
                    "Both records have a %(what)s to %(place)s. Cancel one of them first.",
                    what=said(decision.one),
                    place=place,
                )
            )
        )
    elif not _is_over(row, decision):
        _swap(plan, at, decision, rows, ids)


def _swap(
    plan: Plan, at: tuple[str, str], decision: Moves, rows: tuple[Any, Any], ids: tuple[int, int]
) -> None:
    """The row of the record that goes counts; the survivor's is kept with the other record."""
    row, rival = rows
    kept_id, gone_id = ids
    _move(plan, at, row, ids)
    if at[1] not in decision.set_aside:
        plan.changes.append(Change(at[0], rival.id, at[1], kept_id, gone_id))


def _stricter(table: str, row: Any, rival: Any) -> list[Change]:
    """The survivor's answer takes the stricter words; both rows stay where they are."""

    def rank(one: Any) -> tuple[int, int]:
        return _STRICTNESS[one.answer], one.limit_minor or 0

    different = row.limit_currency and rival.limit_currency and row.limit_currency != rival.limit_currency
    if different or rank(row) >= rank(rival):
        return []
    names = ("answer", "limit_minor", "limit_currency", "said_on", "source")
    pairs = [(name, _plain(rival._mapping[name]), _plain(row._mapping[name])) for name in names]
    return [Change(table, rival.id, name, old, new) for name, old, new in pairs if old != new]


# -- reading -----------------------------------------------------------------------------------------------------


def _rows(table_name: str, column: str, person_id: int, decision: Moves) -> Sequence[Any]:
    table = Base.metadata.tables[table_name]
    names = {"id", column, *decision.once_per, *decision.set_aside, *decision.shown, *decision.only}
    names |= {decision.over[0]} if decision.over else set()
    names |= (
        {"answer", "limit_minor", "limit_currency", "said_on", "source"}
        if decision.tie is Tie.STRICTER
        else set()
    )
    wanted = sa.select(*(table.c[name] for name in sorted(names))).where(table.c[column] == person_id)
    wanted = wanted.where(*(table.c[name] == value for name, value in decision.only.items()))
    return db.session.execute(wanted.order_by(table.c.id)).all()


def _key(row: Any, decision: Moves) -> tuple[Any, ...]:
    values = (row._mapping[name] for name in decision.once_per)
    return tuple(value.casefold() if isinstance(value, str) else value for value in values)


def _is_over(row: Any, decision: Moves) -> bool:
    if decision.over is None:
        return False
    name, values = decision.over
    return row._mapping[name] in values if values else row._mapping[name] is not None


def _place(table_name: str, decision: Moves, row: Any) -> str:
    """The name of the event, program or version the two rows are about."""
    column = Base.metadata.tables[table_name].c[decision.once_per[0]]
    target = next(iter(column.foreign_keys)).column.table
    return db.session.scalar(sa.select(target.c.name).where(target.c.id == row._mapping[column.name])) or ""


def _words(row: Any, decision: Moves) -> str:
    """ "active: Reaches the planners", "A 12"."""
    shown = [str(_plain(row._mapping[name])).replace("_", " ") for name in decision.shown]
    first, rest = shown[0], " ".join(one for one in shown[1:] if one)
    return f"{first}: {rest}"[:200] if rest and len(first) > 3 else f"{first} {rest}".strip()[:200]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value.value if hasattr(value, "value") else value


def as_text(value: Any) -> str:
    """A value as the journal keeps it."""
    return json.dumps(_plain(value), ensure_ascii=False, sort_keys=True)


def typed(column: sa.Column[Any], value: Any) -> Any:
    """A plain value as the column takes it."""
    if isinstance(value, str) and isinstance(column.type, UtcDateTime):
        return datetime.fromisoformat(value)
    if isinstance(value, str) and isinstance(column.type, sa.Date):
        return date.fromisoformat(value)
    return value


# -- writing -----------------------------------------------------------------------------------------------------


def current_values(changes: Sequence[Change]) -> dict[tuple[str, str, int], Any]:
    """What the rows hold now, as plain values by table, column and row; one query per table and column."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for one in changes:
        groups[one.table, one.column].append(one.row_id)
    found: dict[tuple[str, str, int], Any] = {}
    for (name, column), ids in groups.items():
        table = Base.metadata.tables[name]
        for start in range(0, len(ids), _CHUNK):
            wanted = sa.select(table.c.id, table.c[column]).where(table.c.id.in_(ids[start : start + _CHUNK]))
            found |= {(name, column, id): _plain(value) for id, value in db.session.execute(wanted)}
    return found


def apply(changes: Sequence[Change]) -> None:
    """Write the changes in an order that no unique constraint notices; rows keep their versions.

    Where two rows change places, one of them waits with a record that exists only meanwhile.
    """
    pointers = {(name, column) for name, column in DECISIONS}
    ours = [one for one in changes if (one.table, one.column) in pointers]
    freed, taken = [one for one in ours if one.after is None], [one for one in ours if one.before is None]
    moved = [one for one in ours if one.before is not None and one.after is not None]
    _write([one for one in changes if (one.table, one.column) not in pointers] + freed)
    for table, column in dict.fromkeys((one.table, one.column) for one in moved):
        _move_pointers([one for one in moved if (one.table, one.column) == (table, column)])
    _write(taken)
    db.session.expire_all()


def _move_pointers(changes: Sequence[Change]) -> None:
    first = changes[0]
    back = [one for one in changes if one.after == first.before]
    if not back:
        _write(changes)
        return
    waiting = _waiting_room()
    _write([Change(one.table, one.row_id, one.column, one.before, waiting) for one in back])
    _write([one for one in changes if one not in back])
    _write([Change(one.table, one.row_id, one.column, waiting, one.after) for one in back])
    table = Base.metadata.tables[Person.__tablename__]
    db.session.execute(sa.delete(table).where(table.c.id == waiting), execution_options={"audited": True})


def _waiting_room() -> int:
    table = Base.metadata.tables[Person.__tablename__]
    row = sa.insert(table).values(name="–", sort_name="–", is_pseudonymous=True, made_at=clock.now())
    return int(db.session.execute(row.returning(table.c.id)).scalar_one())


def _write(changes: Sequence[Change]) -> None:
    groups: dict[tuple[str, str, str], list[Change]] = defaultdict(list)
    for one in changes:
        groups[one.table, one.column, as_text(one.after)].append(one)
    for (table_name, column, _value), group in groups.items():
        table = Base.metadata.tables[table_name]
        value = typed(table.c[column], group[0].after)
        for start in range(0, len(group), _CHUNK):
            ids = [one.row_id for one in group[start : start + _CHUNK]]
            update = sa.update(table).where(table.c.id.in_(ids)).values({column: value})
            db.session.execute(update, execution_options={"audited": True})
