"""What a person can be recognised by in plain words, and finding it in text of any kind."""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from app.core.db import db, escape_like
from app.people.models import Channel, Person
from app.people.names import fold
from app.privacy.reaching import Whose, records_of, rows_of, table_of

#: Shorter words mean too many other things to be looked for.
LEAST_LETTERS = 4
_FIELDS = ("name", "sort_name", "email", "phone")


@dataclass(frozen=True)
class Marks:
    """The spellings to look for; `shared` are names that somebody else bears too, which nobody can tell apart."""

    words: tuple[str, ...]
    shared: tuple[str, ...] = ()
    short: tuple[str, ...] = ()

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        if not self.words:
            return None
        spelled = {form for word in self.words for form in (word, unicodedata.normalize("NFD", word))}
        parts = [
            r"\s+".join(map(re.escape, word.split())) for word in sorted(spelled, key=lambda w: (-len(w), w))
        ]
        return re.compile(r"(?<!\w)(?:" + "|".join(parts) + r")(?!\w)", re.IGNORECASE)

    def are_in(self, value: Any) -> bool:
        """Whether any of them stands in a text, or anywhere in a JSON value."""
        return any(self._pattern.search(text) for text in _texts(value)) if self._pattern else False

    def replaced(self, value: Any, by: str) -> Any:
        """The same value with `by` in place of each."""
        if isinstance(value, str):
            return self._pattern.sub(by, value) if self._pattern else value
        if isinstance(value, list):
            return [self.replaced(one, by) for one in value]
        if isinstance(value, Mapping):
            return {self.replaced(key, by): self.replaced(one, by) for key, one in value.items()}
        return value

    def hints(self, columns: Iterable[sa.ColumnElement[Any]]) -> sa.ColumnElement[bool]:
        """A condition that holds for every row that may name the person in these columns; `are_in` decides."""
        joined: sa.ColumnElement[Any] = sa.literal("", sa.Text)
        for column in columns:
            joined = joined.concat(sa.func.coalesce(sa.cast(column, sa.Text), ""))
        text = sa.func.lower(joined)
        return sa.or_(
            sa.false(), *(text.like(f"%{escape_like(form)}%", escape="\\") for form in self._searched)
        )

    @cached_property
    def _searched(self) -> list[str]:
        """The longest piece of each word as it may stand in a column.

        JSON may write a letter as an escape, and SQLite makes only plain letters small.
        """
        forms: dict[str, None] = {}
        for word in self.words:
            for one in (word, unicodedata.normalize("NFD", word), word.upper(), word.lower()):
                piece = max(one.split(), key=len)
                for form in (piece, json.dumps(piece)[1:-1]):
                    forms["".join(char.lower() if char.isascii() else char for char in form)] = None
        return sorted(forms)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield str(key)
            yield from _texts(one)


def marks_of(person: Person) -> Marks:
    """Names, mail, phone and handles of all records that are this person, as they are and as they once were."""
    ids = records_of(person)
    now = db.session.execute(
        sa.select(Person.name, Person.sort_name, Person.email, Person.phone).where(Person.id.in_(ids))
    )
    found = [part for row in now for part in row]
    handles = db.session.scalars(sa.select(Channel.handle).where(Channel.person_id.in_(ids))).all()
    found += [form for handle in [*handles, *_former(ids, "channel", ("handle",))] for form in _forms(handle)]
    found += _former(ids, "person", _FIELDS)
    names = [name for name in found if name.strip()]
    names += [_turned(name) for name in names if name.count(",") == 1]
    words = [" ".join(word.split()) for word in dict.fromkeys(names)]
    others = _borne_by_others(ids)
    folded = {word: fold(word) for word in words}
    return Marks(
        words=tuple(word for word in words if len(word) >= LEAST_LETTERS and folded[word] not in others),
        shared=tuple(word for word in words if folded[word] in others),
        short=tuple(word for word in words if len(word) < LEAST_LETTERS and folded[word] not in others),
    )


def _turned(sort_name: str) -> str:
    family, _, given = sort_name.partition(",")
    return f"{given.strip()} {family.strip()}"


def _forms(handle: str) -> list[str]:
    """A handle as it is written; its bare name only where that is no common word: "@jack" yes, "jack" no."""
    bare = handle.removeprefix("@")
    is_telling = len(bare) >= 8 or not bare.isalpha()
    return [f"@{bare}", *([bare] if is_telling else [])]


def _former(ids: Iterable[int], kind: str, fields: Iterable[str]) -> list[str]:
    """Values the trail holds of what was changed or removed since."""
    whose = Whose(tuple(ids))
    events, details = table_of("audit_event"), table_of("audit_detail")
    wanted = (
        sa.select(details.c.changes)
        .join(events, details.c.event_id == events.c.id)
        .where(events.c.subject_kind == kind, rows_of("audit_event", whose))
    )
    rows = db.session.scalars(wanted).all()
    values = [value for changes in rows for field in fields for value in changes.get(field) or ()]
    return [value for value in values if isinstance(value, str)]


def _borne_by_others(ids: tuple[int, ...]) -> set[str]:
    """Folded names, mail addresses and handles of everybody else, users of the house too."""
    users = table_of("user")
    lists: list[Any] = [
        sa.select(Person.name, Person.sort_name, Person.email, Person.phone).where(
            Person.id.not_in(ids), Person.is_pseudonymous.is_(False)
        ),
        sa.select(Channel.handle).where(Channel.person_id.not_in(ids)),
        sa.select(users.c.name, users.c.email),
    ]
    return {fold(part) for wanted in lists for row in db.session.execute(wanted) for part in row if part}


def whose(person: Person, marks: Marks) -> Whose:
    """All records of a person, and the addresses among their marks."""
    return Whose(records_of(person), tuple(sorted({word.lower() for word in marks.words if "@" in word[1:]})))
