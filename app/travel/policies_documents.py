"""Decisions about documents: the marks of a list against the one that was last sent, and who may be sent what (T5)."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from msgspec import Struct
from msgspec.structs import replace

from app.core.errors import DomainError
from app.travel.manifests import Listing, Mark, Row, said_words
from app.travel.models_documents import DocumentKind, SentHow


class CannotSend(DomainError):
    """A document that cannot leave now, or not in this way."""


class Before(Struct, frozen=True):
    """One line of the list that was last sent; `name` as the person is called today."""

    part_id: int
    trip_id: int
    fingerprint: str
    said: Mapping[str, Any]
    name: str


def marked(listing: Listing, before: Sequence[Before] | None) -> Listing:
    """The list with NEW, AMENDED and CANCELLED against what was last sent; a first list bears no marks (None)."""
    if before is None:
        return listing
    known = {line.part_id: line for line in before}
    rows = [_marked(row, known.get(row.part_id)) for row in listing.rows]
    there = {row.part_id for row in listing.rows}
    gone = [_cancelled(line) for line in before if line.part_id not in there]
    return replace(listing, rows=[*rows, *gone])


def _marked(row: Row, before: Before | None) -> Row:
    if before is None:
        return replace(row, mark=Mark.NEW)
    if before.fingerprint == row.fingerprint:
        return row
    has_moved = dict(before.said) != dict(row.said)
    return replace(row, mark=Mark.AMENDED, was=said_words(before.said) if has_moved else "")


def _cancelled(line: Before) -> Row:
    cells = {"person": line.name}
    return Row(
        line.part_id, line.trip_id, _("Cancelled"), cells, line.said, Mark.CANCELLED, said_words(line.said)
    )


#: What may be mailed. A letter that says what a passport says is handed over: a mail would outlive its day.
MAILED = frozenset(DocumentKind) - {DocumentKind.VISA_LETTER}


def require_way(kind: DocumentKind, how: SentHow, address: str) -> None:
    """Raise CannotSend for a letter by mail, and for a mail without an address."""
    if how is SentHow.MAIL and kind not in MAILED:
        raise CannotSend(
            _(
                "A letter with passport data is handed over, not mailed: a mail would be kept longer than the letter."
            ),
            field="how",
        )
    if how is SentHow.MAIL and not address:
        raise CannotSend(_("A mail needs an address."), field="address")


def require_rows(listing: Listing) -> None:
    """Raise CannotSend for an empty list: nobody is told of nothing."""
    if not listing.rows:
        raise CannotSend(_("There is nothing on this list yet, so there is nothing to send."))
