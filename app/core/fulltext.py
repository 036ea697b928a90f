"""Finding words in any script: what is stored of a text, and what is asked of the database, the same on both engines.

A stored text is a run of words, two blanks before each, so that three characters in a row (a trigram) tell the beginning
of a word from its middle: one or two typed letters find beginnings, three and more find any part of a word. Scripts that
write no blanks between words count every letter as a beginning. SQLite keeps the trigrams in an FTS5 table beside the
text (`<table>_search`, kept by triggers), PostgreSQL in a GIN index over `search_grams(text)`: its own pg_trgm forgets
every letter that is not ASCII where the database has the C locale.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import ColumnElement

from app.core.db import db, is_sqlite

#: More words than this, or longer ones, narrow nothing further.
MOST_WORDS = 8
LONGEST_WORD = 60
#: A stored text ends here; a record has names, handles and a few sentences.
LONGEST_TEXT = 4_000

_GRAM = 3
#: Words of more parts than this (addresses) are not found in one.
_MOST_JOINED = 3
_PAD = "  "
_FENCE = "\ue000"
#: First and last character of the scripts without blanks: Thai to Tibetan, Myanmar, Hangul letters, Khmer, kana, Han.
_UNSPACED = (
    (0x0E00, 0x0FFF), (0x1000, 0x109F), (0x1100, 0x11FF), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x3100, 0x31BF),
    (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xA960, 0xA97F), (0xD7B0, 0xD7FF), (0x20000, 0x3FFFF),
)  # fmt: skip


class _Signs(dict[int, str | int]):
    """A blank for every character that is no letter, digit or mark, looked up when it is first met; rare ones are not kept."""

    def __missing__(self, code: int) -> str | int:
        found = code if _is_letter(chr(code)) else " "
        if code < _COMMON:
            self[code] = found
        return found


#: Characters of the scripts in use come before this one.
_COMMON = 0x10000
_SIGNS = _Signs()


def stored_text(folded: Iterable[str], marks: Iterable[str] = ()) -> str:
    """What is kept of some folded texts: every word once, in order and without signs, two blanks before each; then the
    words that signs part, in one ("jeanluc"), and what begins inside words of scripts without blanks. `marks` are found
    only by who asks for just that mark, never by words.
    """
    given = [word for text in folded for word in text.split()]
    words = dict.fromkeys(_letters(" ".join(given)))
    signed = (_letters(word) for word in given if not word.isalnum())
    words |= dict.fromkeys("".join(parts) for parts in signed if 1 < len(parts) <= _MOST_JOINED)
    words |= dict.fromkeys(
        start for word in list(words) if not word.isascii() for start in _inner_starts(word)
    )
    text = "".join(f"{_PAD}{word[:LONGEST_WORD]}" for word in words)[:LONGEST_TEXT]
    return text + "".join(_mark(word) for word in dict.fromkeys(marks))


def asked_words(folded: str) -> list[str]:
    """The words of a folded question; signs part them and are forgotten, so no sign means anything to a database."""
    return [word[:LONGEST_WORD] for word in _letters(folded)[:MOST_WORDS]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A folded question to the stored texts of a table, or to their marks. Signs alone are found nowhere."""

    table: str
    id: InstrumentedAttribute[int]
    text: InstrumentedAttribute[str]
    folded: str
    marks: tuple[str, ...] = ()

    @property
    def _patterns(self) -> list[str]:
        return [*patterns(self.folded), *(_mark(mark) for mark in self.marks)]

    @property
    def is_empty(self) -> bool:
        return not self._patterns

    def count(self, most: int) -> int:
        """How many rows hold every word, counted no further than `most` + 1."""
        if self.is_empty:
            return 0
        found = (
            self._matching(_all_of(self._patterns)) if is_sqlite() else sa.select(self.id).where(self.held())
        )
        return (
            db.session.scalar(sa.select(sa.func.count()).select_from(found.limit(most + 1).subquery())) or 0
        )

    def held(self) -> ColumnElement[bool]:
        """Rows that hold every word, by the index: for questions that few rows answer."""
        parts = self._patterns
        if not parts:
            return sa.false()
        if is_sqlite():
            return self.id.in_(self._matching(_all_of(self._patterns)))
        return sa.and_(self._grams(parts), *(self.text.like(f"%{part}%") for part in parts))

    def held_slowly(self) -> ColumnElement[bool]:
        """The same, read row by row: quicker where most rows hold the words, or few rows are asked."""
        parts = self._patterns
        return sa.and_(*(self.text.like(f"%{part}%") for part in parts)) if parts else sa.false()

    def begun_slowly(self) -> ColumnElement[bool]:
        """Rows whose text begins with the question, read row by row."""
        return sa.false() if self.is_empty else self.text.like(f"{_start_of(self.folded)}%")

    def first_of(self, wanted: sa.Select[int], most: int) -> sa.Select[int]:
        """Some of the wanted rows that hold every word, the first the index comes upon."""
        if self.is_empty or not is_sqlite():
            return wanted.where(self.held()).limit(most)
        return self._met(wanted, _all_of(self._patterns)).limit(most)

    def first_begun(self, wanted: sa.Select[int], most: int) -> sa.Select[int]:
        """Some of the wanted rows whose text begins with the question."""
        if self.is_empty or not is_sqlite():
            return wanted.where(self._grams([_start_of(self.folded)]), self.begun_slowly()).limit(most)
        return self._met(wanted, f'^"{_start_of(self.folded)}"').limit(most)

    def _met(self, wanted: sa.Select[int], question: str) -> sa.Select[int]:
        index = self._index
        return wanted.join(index, index.c.rowid == self.id).where(self._is_match(question))

    def _matching(self, question: str) -> sa.Select[int]:
        return sa.select(self._index.c.rowid).where(self._is_match(question))

    @property
    def _index(self) -> sa.TableClause:
        return sa.table(f"{self.table}_search", sa.column("rowid", sa.Integer))

    def _is_match(self, question: str) -> ColumnElement[bool]:
        """SQLite: the question is made here, never by whoever typed."""
        return sa.literal_column(f"{self.table}_search").op("MATCH", is_comparison=True)(question)

    def _grams(self, parts: Iterable[str]) -> ColumnElement[bool]:
        grams = sorted({part[at : at + _GRAM] for part in parts for at in range(len(part) - _GRAM + 1)})
        wanted: ColumnElement[Any] = sa.cast(postgresql.array(grams), postgresql.ARRAY(sa.Text))
        return sa.func.search_grams(self.text).op("@>", is_comparison=True)(wanted)


def patterns(folded: str) -> list[str]:
    """The words of a folded question as they are looked for, three characters or more: short ones with the blanks before a
    beginning.
    """
    return [(_PAD + word)[-max(_GRAM, len(word)) :] for word in asked_words(folded)]


def starts(column: InstrumentedAttribute[str], text: str) -> ColumnElement[bool]:
    """Rows whose column begins with a text, by an index of the column."""
    if is_sqlite():
        return sa.and_(column >= text, column < f"{text}{chr(0x10FFFF)}")
    return column.startswith(text, autoescape=True)


def rebuild_index(table: str) -> None:
    """Make the index anew from the stored texts; PostgreSQL's cannot differ from them and is packed again."""
    statement = (
        f"INSERT INTO {table}_search({table}_search) VALUES ('rebuild')"  # noqa: S608 -- a name of ours
        if is_sqlite()
        else f"REINDEX INDEX x_{table}_grams"
    )
    db.session.execute(sa.text(statement))


def forget_removed(table: str) -> None:
    """Take the words of removed rows out of the index itself; until then SQLite only marks them as gone."""
    if is_sqlite():
        statement = f"INSERT INTO {table}_search({table}_search) VALUES ('optimize')"  # noqa: S608 -- a name of ours
        db.session.execute(sa.text(statement))


# -- steps -----------------------------------------------------------------------------------------


def _letters(text: str) -> list[str]:
    """The words of a text, parted by blanks and signs."""
    return text.translate(_SIGNS).split()


def _inner_starts(word: str) -> Iterable[str]:
    return (word[at : at + _GRAM - 1] for at, char in enumerate(word) if at and _is_unspaced(char))


def _all_of(parts: Iterable[str]) -> str:
    return " ".join(f'"{part}"' for part in parts)


def _mark(word: str) -> str:
    """A mark between two characters that no keyboard has."""
    return f"{_FENCE}{''.join(char for char in word if _is_letter(char))}{_FENCE}"


def _start_of(folded: str) -> str:
    return "".join(f"{_PAD}{word}" for word in asked_words(folded))


def _is_letter(char: str) -> bool:
    return unicodedata.category(char)[0] in "LNM"


def _is_unspaced(char: str) -> bool:
    code = ord(char)
    return code >= _UNSPACED[0][0] and any(first <= code <= last for first, last in _UNSPACED)
