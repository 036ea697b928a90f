"""Words anywhere in the house that name a person: finding them, and writing the surrogate in their place."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from flask import current_app
from msgspec import Struct

from app.core import mail
from app.core.db import db
from app.core.models import OutboxMail
from app.core.sealed_columns import SealedText
from app.privacy.mentions import Marks
from app.privacy.places import PLACES
from app.privacy.places_nobody import NOBODY
from app.privacy.reaching import key_of, table_of

#: Identities of other people: nobody's name is changed because another one is erased.
_IDENTITIES = {
    "person": frozenset(
        {"name", "sort_name", "sort_key", "search_text", "surrogate", "email", "phone", "zone"}
    ),
    "channel": frozenset({"platform", "handle", "url", "language"}),
    "person_identifier": frozenset({"scheme", "value_hash"}),
    "outbox_mail": frozenset({"message_id", "dedup_key", "recipient", "batch"}),
    "audit_event": frozenset({"action", "subject_kind", "subject_id", "request_ref", "fields"}),
}
#: Books: their words can be taken out, not written anew.
_TAKEN_OUT = frozenset({"audit_event", "invitation_step"})


class Mention(Struct, frozen=True):
    """A row that names the person, with the values that would be written."""

    table: str
    key: Any
    values: dict[str, Any]


def text_columns(table: sa.Table) -> list[sa.Column[Any]]:
    """Columns that hold free words: text, sealed text and JSON; never codes of an enum."""
    return [
        column
        for column in table.columns
        if isinstance(column.type, sa.JSON | SealedText)
        or (isinstance(column.type, sa.String) and not isinstance(column.type, sa.Enum))
    ]


def swept_columns(name: str) -> list[sa.Column[Any]]:
    """The columns of a table that are searched."""
    if name == "ledger_entry":
        return []  # codes and numbers; its words are sealed elsewhere
    untouched = _IDENTITIES.get(name, frozenset())
    if name in NOBODY:
        untouched |= NOBODY[name].untouched
    return [column for column in text_columns(table_of(name)) if column.name not in untouched]


def find_mentions(marks: Marks, surrogate: str) -> Iterator[Mention]:
    """Every row of every table that names the person in words."""
    if not marks.words:
        return
    for name in sorted({*PLACES, *NOBODY}):
        columns = swept_columns(name)
        if not columns:
            continue
        table = table_of(name)
        wanted = sa.select(key_of(table), *columns)
        if not any(
            isinstance(column.type, SealedText) for column in columns
        ):  # sealed words are read one by one
            wanted = wanted.where(marks.hints(columns))
        for row in db.session.execute(wanted.order_by(key_of(table))).mappings():
            hits = {column.name: row[column.name] for column in columns if marks.are_in(row[column.name])}
            if hits:
                yield Mention(
                    name, row[key_of(table).name],
                    {column: "" if name in _TAKEN_OUT else _fitting(table.c[column], marks.replaced(value, surrogate))
                     for column, value in hits.items()},
                )  # fmt: skip


def _fitting(column: sa.Column[Any], value: Any) -> Any:
    length = getattr(column.type, "length", None)
    return value[:length] if isinstance(value, str) and length else value


def count_mentions(marks: Marks, surrogate: str, leaving: dict[str, set[Any]]) -> dict[str, int]:
    """How many rows of each table name the person, besides those that are theirs anyway."""
    found: dict[str, int] = {}
    for mention in find_mentions(marks, surrogate):
        if mention.key not in leaving.get(mention.table, set()):
            found[mention.table] = found.get(mention.table, 0) + 1
    return found


def write_mentions(marks: Marks, surrogate: str) -> dict[str, int]:
    """Write the surrogate wherever the person is named; how many rows of each table."""
    found: dict[str, int] = {}
    for mention in list(find_mentions(marks, surrogate)):
        table = table_of(mention.table)
        change = sa.update(table).where(key_of(table) == mention.key).values(mention.values)
        db.session.execute(change, execution_options={"audited": True})
        found[mention.table] = found.get(mention.table, 0) + 1
    return found


# -- mail ------------------------------------------------------------------------------------------


def find_mails(marks: Marks) -> list[int]:
    """Mails whose text or head names the person; their bytes are encoded, so each is read."""
    if not marks.words:
        return []
    wanted = sa.select(OutboxMail.id, OutboxMail.raw).order_by(OutboxMail.id)
    rows = db.session.execute(wanted.execution_options(yield_per=200))
    return [id for id, raw in rows if _reads(raw, marks)]


def _reads(raw: bytes, marks: Marks) -> bool:
    parts = mail.parts_of(raw)
    calendar = (parts.calendar or b"").decode(errors="replace")
    return marks.are_in([parts.text, parts.html or "", parts.subject, parts.recipient, calendar])


def rewrite_mails(marks: Marks, surrogate: str) -> int:
    """Write the surrogate into mails to others that name the person; how many."""
    ids = find_mails(marks)
    for id in ids:
        row = db.session.get_one(OutboxMail, id)
        parts = mail.parts_of(row.raw)
        calendar = parts.calendar.decode(errors="replace") if parts.calendar else None
        letter = mail.Letter(
            message_id=row.message_id, written_at=parts.date, sender=current_app.config["MAIL_FROM"], recipient=row.recipient,
            subject=marks.replaced(parts.subject, surrogate), text=marks.replaced(parts.text, surrogate),
            html=marks.replaced(parts.html, surrogate) or None, language=row.language, reply_to=parts.reply_to,
            sender_name=parts.sender_name,
            is_automatic=parts.is_automatic, calendar_method=parts.calendar_method or "REQUEST",
            calendar=marks.replaced(calendar, surrogate).encode() if calendar else None,
            # Lists of travellers are found by their lines; the mail of one that names the person is emptied as theirs.
            attachments=parts.attachments,
        )  # fmt: skip
        row.raw, row.subject = mail.compose(letter), marks.replaced(row.subject, surrogate)
    db.session.flush()
    return len(ids)
