"""Requests about one's own data, and a person of whom something is kept in every room there is."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.accounts.models import Role, User
from app.core import clock, files, outbox
from app.core.db import Base, UtcDateTime, db, transaction
from app.imports.models import ImportKind, ImportRun
from app.ledger.models import Entry
from app.people import operations as people_operations
from app.people.details import PersonDetails
from app.people.models import Person
from app.privacy import operations, operations_erasure
from app.privacy.details import ErasureDetails, RequestDetails
from app.privacy.models import PrivacyRequest, RequestChannel, RequestKind
from app.privacy.places import PLACES
from app.privacy.queries_preview import Preview, preview_of
from app.privacy.registry import About, Of, Under
from app.privacy.sweeping import text_columns
from tests.factories import accounts, advisory, people, programs

#: Made by operations of their own, or filled by what others do.
_NOT_FILLED = frozenset(
    {"person", "channel", "ownership", "ledger_subject", "ledger_entry", "ledger_detail", "audit_event", "audit_detail", "outbox_mail", "letter",
     "privacy_request", "privacy_hold", "retention_item"}
)  # fmt: skip
#: What a constraint of the table asks for besides.
_ASKED: dict[str, dict[str, Any]] = {"notice": {"role": "compliance"}}
NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)


def mei() -> User:
    return accounts.user(name="Mei", in_department="Analyst relations")


def helga() -> User:
    return accounts.user(role=Role.COMPLIANCE, name="Helga", in_department="Compliance")


def ada() -> User:
    return accounts.user(role=Role.ADMIN, name="Ada", in_department="Administration")


def request(
    who: Person, kind: RequestKind = RequestKind.ERASURE, *, by: User | None = None, **changes: Any
) -> PrivacyRequest:
    """A request that came in by mail today."""
    details = {
        "kind": kind, "person_id": who.id, "received_on": clock.today(), "channel": RequestChannel.MAIL,
        "handler_id": helga().id, "words": "Please.", "identity": "Wrote from the address we know.",
    } | changes  # fmt: skip
    with transaction():
        return operations.take_request(RequestDetails(**details), by=by or mei())


def look(of: PrivacyRequest) -> Preview:
    found = db.session.merge(of)
    return preview_of(found.person, but_request=found.id)


def erase(
    who: Person, *, by: User | None = None, reason: str = "They asked for it all the same."
) -> PrivacyRequest:
    """Asked for by Mei, confirmed by Helga who looked at it."""
    asked = request(who)
    seen = look(asked).fingerprint
    with transaction():
        here = db.session.merge(asked)
        operations_erasure.erase(here, ErasureDetails(seen=seen, reason=reason), by=by or helga())
    return here


# -- somebody in every room ------------------------------------------------------------------------


class Filler:
    """Makes rows with the least a table asks for, and the given words wherever words may stand."""

    def __init__(self) -> None:
        self.n = 0
        #: The row of the person at hand, by table: what points to one of theirs points to their own.
        self.own: dict[str, int] = {}

    def row(self, name: str, words: str, **given: Any) -> int:
        table = Base.metadata.tables[name]
        values = {column.name: self.value(column) for column in table.columns if _is_needed(column)}
        if words:
            values |= {column.name: _said(column, words) for column in wordy_columns(name)}
        made = db.session.execute(
            sa.insert(table).values(values | given).returning(*table.primary_key.columns)
        )
        return int(made.scalar_one())

    def value(self, column: sa.Column[Any]) -> Any:
        self.n += 1
        for key in column.foreign_keys:
            if key.column.table.name in self.own:
                return self.own[key.column.table.name]
            if _is_alone(column):
                return self.row(key.column.table.name, "")
            known = db.session.scalar(sa.select(key.column).order_by(key.column).limit(1))
            return known if known is not None else self.row(key.column.table.name, "")
        if isinstance(column.type, sa.Enum) and column.type.enum_class is not None:
            return next(iter(column.type.enum_class))
        if isinstance(column.type, sa.JSON):
            return {}
        if isinstance(column.type, UtcDateTime):
            return NOW + timedelta(minutes=self.n)
        if column.name.endswith("currency"):
            return "GBP"
        kind = column.type.python_type
        length = min(getattr(column.type, "length", None) or 4, 4)
        plain = {
            datetime: NOW, date: NOW.date(), bool: False, bytes: self.n.to_bytes(32, "big"), int: self.n,
            str: f"{self.n:x}".rjust(length, "0")[-length:],
        }  # fmt: skip
        return plain[kind]


def _is_alone(column: sa.Column[Any]) -> bool:
    """Whether no two rows may point to the same; what has a default is the same in all rows made here."""
    table = column.table
    rules = [rule.columns.keys() for rule in table.constraints if isinstance(rule, sa.UniqueConstraint)]
    rules += [index.columns.keys() for index in table.indexes if index.unique]
    given = [
        [name for name in rule if name == column.name or table.c[name].default is None] for rule in rules
    ]
    return bool(column.unique) or [column.name] in given


def _is_needed(column: sa.Column[Any]) -> bool:
    is_key = column.primary_key and column.autoincrement is not False
    return not column.nullable and column.default is None and not is_key


def wordy_columns(name: str) -> list[sa.Column[Any]]:
    """Columns of a place that may hold words about the person."""
    place = PLACES.get(name)
    plain = place.plain if place else frozenset()
    return [
        column
        for column in text_columns(Base.metadata.tables[name])
        if column.name not in plain
        and (getattr(column.type, "length", None) or 320) >= 300
        and not column.unique
    ]


def _said(column: sa.Column[Any], words: str) -> Any:
    return {"said": words} if isinstance(column.type, sa.JSON) else words


def live_everywhere(name: str, email: str, handle: str, *, former: str, fill: Filler) -> Person:
    """A person with a row, full of their name, in each place there is; once called `former`."""
    who = people.person(former, email=email, country="FR")
    people.channel(who, handle=handle)
    with transaction():
        person = db.session.merge(who)
        details = PersonDetails(
            name=name, email=email, home_country="FR", phone="+33 6 98 76 54 32", notes=f"{name} is shy."
        )
        people_operations.edit_person(person, details, by=mei(), seen_version=None)
    words = f"About {name}, once {former}, {email}, {handle}."
    advisory.hospitality(
        who,
        programs.program(f"Program of record {who.id}"),
        on=date(2026, 3, 2),
        external_ref=f"INV-{who.id}",
        provider=f"Host of {name}",
    )
    with transaction():
        mail = outbox.queue_mail(
            kind="letter",
            recipient=email,
            subject=words,
            text=words,
            dedup_key=f"everywhere:{who.id}",
            is_held=True,
        )
        fill.own = {}
        letter = fill.row("letter", words, person_id=who.id, mail_id=mail.id)
        seq = db.session.scalar(sa.select(sa.func.max(Entry.seq))) or 0
        made = fill.own = {"person": who.id, "letter": letter, "outbox_mail": mail.id, "ledger_entry": seq}
        for table in Base.metadata.sorted_tables:
            if table.name in PLACES and table.name not in _NOT_FILLED:
                made[table.name] = fill.row(
                    table.name, words, **_pointers(table, made), **_ASKED.get(table.name, {})
                )
        _receive(who, words)
    return who


def _pointers(table: sa.Table, made: dict[str, int]) -> dict[str, Any]:
    first = PLACES[table.name].reach[0]
    if isinstance(first, Under) and first.column not in table.c:
        return {}  # the pointer is the other way round, and made with the row that holds it
    if isinstance(first, Of):
        return {first.column: made["person"]}
    if isinstance(first, Under):
        return {first.column: made[first.table]}
    assert isinstance(first, About)
    return {first.kind_column: first.kind, first.column: made[first.table]}


def _receive(who: Person, words: str) -> None:
    """A list that was read in, with its file, names them."""
    stored = files.store(f"Name,Note\n{who.name},{words}\n".encode(), "list.csv", mei().id)
    lines = [{"line": 2, "name": who.name, "action": "create", "words": words, "person_id": who.id}]
    run = ImportRun(
        kind=ImportKind.PEOPLE, file_name="list.csv", file_sha256=stored.sha256, file_id=stored.id, at=NOW, lines=lines,
        messages=[f"line 2 {who.name} has no country"], faults=[], by_id=mei().id,
    )  # fmt: skip
    db.session.add(run)
