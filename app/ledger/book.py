"""How a line of the book is written: the columns, the canonical body made from them, the chain they join.

Pure: no session. The single posting, the import and the verification share these functions (L1).
"""

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from msgspec import Struct, field

from app.ledger import chain

#: The shape of `body`; raised when a field is added, so that old entries still verify.
BODY_VERSION = 1

#: Columns that stand in the body under their own name.
_SAME = (
    "seq", "prev", "kind", "category", "form", "leg", "line", "basis", "unit", "quantity", "minor", "currency", "rate",
    "rate_source", "reporting_minor", "reporting_currency", "native_nature", "native_form", "rule", "reverses", "reason",
    "source_kind", "source_part", "source_id", "provider_ref", "idem",
)  # fmt: skip


class Keyring(Struct, frozen=True):
    """A subject as the book sees it: row number, random reference, and the key that seals its words."""

    subject_id: int
    ref: str
    key: bytes


def body_of(columns: Mapping[str, Any], subject_ref: str | None, commit: str | None) -> chain.Body:
    """The body that belongs to the columns of an entry: numbers and surrogates, nothing personal.

    A field that is empty (no value, no text) is left out.
    """
    on, rate_on = columns["value_on"], columns["rate_on"]
    body: chain.Body = {
        "v": BODY_VERSION,
        "subject": subject_ref,
        "program": columns["program_id"],
        "event": columns["event_id"],
        "department": columns["department_id"],
        "by": columns["by_id"],
        "on": None if on is None else _day(on),
        "rate_on": None if rate_on is None else _day(rate_on),
        "is_declined": 1 if columns["is_declined"] else None,
        "declined_minor": columns["declined_minor"] or None,
        "at": _instant(columns["at"]),
        "commit": commit,
    }
    for name in _SAME:
        body[name] = columns[name]
    return {name: value for name, value in body.items() if value is not None and value != ""}


# Days and instants repeat a lot within one import.
@lru_cache(maxsize=4096)
def _day(day: date) -> str:
    return day.isoformat()


@lru_cache(maxsize=256)
def _instant(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


class Stencil(Struct, frozen=True):
    """The canonical bytes of all entries that differ only in what varies from row to row.

    The canonical text of a flat object is the canonical texts of its fields, sorted and joined; so those that stay
    alike are written once. Encoding then costs a tenth, which an import of a hundred thousand rows feels.
    """

    template: str

    has_words: bool

    @classmethod
    def of(cls, columns: Mapping[str, Any], *, has_words: bool) -> "Stencil":
        """Made from the columns of any one of these entries; what varies may hold anything."""
        left_open = (
            dict(_LEFT_OPEN)
            if has_words
            else {name: text for name, text in _LEFT_OPEN.items() if name != "commit"}
        )
        body = body_of(
            {**columns, "seq": 0, "prev": "", "idem": "", "minor": 0, "reporting_minor": 0, "value_on": None},
            "",
            "",
        )
        fixed = {
            name: chain.canonical({name: value})[1:-1].decode()
            for name, value in body.items()
            if name not in left_open
        }
        parts = {name: text.replace("%", "%%") for name, text in fixed.items()} | left_open
        return cls("{" + ",".join(parts[name] for name in sorted(parts)) + "}", has_words)

    def fill(
        self,
        commit: str | None,
        idem: str,
        minor: int,
        on: date,
        prev: str,
        reporting_minor: int,
        seq: int,
        subject: str,
    ) -> bytes:
        """The canonical bytes of one entry; the arguments stand in the order of their names in the body."""
        values = (idem, minor, _day(on), prev, reporting_minor, seq, subject)
        return (self.template % ((commit, *values) if self.has_words else values)).encode()


#: The fields a stencil leaves open: integers, and text of hex digits or a date, which JSON writes as it is.
_LEFT_OPEN = {
    **{name: f'"{name}":%d' for name in ("minor", "reporting_minor", "seq")},
    **{name: f'"{name}":"%s"' for name in ("commit", "idem", "on", "prev", "subject")},
}


def differences(columns: Mapping[str, Any], subject_ref: str | None, body: chain.Body) -> list[str]:
    """A sentence for each column of an entry that says something else than its body."""
    commit = body.get("commit")
    expected = body_of(columns, subject_ref, commit if isinstance(commit, str) else None)
    if expected == body:
        return []
    seq = columns["seq"]
    names = sorted(key for key in {*expected, *body} if expected.get(key) != body.get(key))
    return [f"The column {name} of entry {seq} differs from its bytes." for name in names]


def words_of(sealed: bytes, commit: str, key: bytes, salt: bytes) -> dict[str, str]:
    """Open the sealed words; chain.SealBroken when they are not those the entry committed to."""
    detail = chain.open_sealed(key, sealed, commit)
    if chain.commit(detail, salt) != commit:
        raise chain.SealBroken("the words are not those the entry committed to")
    return {name: str(value) for name, value in chain.parse(detail).items()}


@lru_cache(maxsize=4096)
def context_bytes(context: str) -> bytes:
    """The canonical bytes of words that are a context only, which in imported books repeat a lot."""
    return chain.canonical({"context": context})


class Writer(Struct):
    """Adds lines behind the head it was made from and buffers the rows; whoever holds the head's lock has one.

    `prev` is the hash of the last entry, in hex.
    """

    seq: int
    prev: str
    tree: chain.Tree
    entries: list[dict[str, Any]] = field(default_factory=list)
    details: list[dict[str, Any]] = field(default_factory=list)

    def add(self, columns: dict[str, Any], subject: Keyring | None, words: Mapping[str, str]) -> int:
        """Number, seal, hash and buffer one line, given without `seq`, `prev`, `hash` and `body`. Gives its number."""
        columns = columns | {"seq": self.seq + 1, "prev": self.prev}
        commit = self.seal(subject, chain.canonical(words)) if subject is not None and words else None
        body = chain.canonical(body_of(columns, subject.ref if subject else None, commit))
        digests = {name: bytes.fromhex(columns[name]) for name in ("prev", "idem")}
        self.entries.append(columns | digests | {"body": body, "hash": self.link(body)})
        return self.seq

    def seal(self, subject: Keyring, detail: bytes) -> str:
        """Buffer the sealed words of the next entry; gives what its body commits to."""
        salt = chain.new_salt()
        commit = chain.commit(detail, salt)
        sealed = chain.seal(subject.key, detail, commit)
        self.details.append({"entry_seq": self.seq + 1, "sealed": sealed, "salt": salt})
        return commit

    def link(self, body: bytes) -> bytes:
        """Make `body` the next entry of the chain; gives its hash as bytes."""
        leaf = chain.leaf_hash(body)
        self.seq += 1
        self.prev = leaf.hex()
        self.tree.append(leaf)
        return leaf

    def drain(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The rows buffered so far, entries and details; the buffer is empty afterwards."""
        rows = self.entries, self.details
        self.entries, self.details = [], []
        return rows
