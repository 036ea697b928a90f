"""Decisions about correcting an entry in one step: what may be, what is put right elsewhere, what counts as a change (L1)."""

from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.errors import DomainError
from app.core.i18n import day
from app.ledger.details import EntryDetails
from app.ledger.models import Loan

#: How the entry that stands instead names the one it replaces: its source is that entry.
SOURCE, CORRECTION = "ledger", "correction"

#: Entries of these are put right in the book itself; all others where they come from.
OWN_SOURCES = frozenset({"", SOURCE, "periods.disputes"})

#: Where an entry of a room is put right, in words.
PLACES = {
    "travel": _l(
        "This comes from a trip. Compliance takes it back here; then the true cost is entered on the trip."
    ),
    "ledger.shared": _l(
        "This is a share of a bill. Who took part is put right on the bill, which then shares it anew."
    ),
    "advisory": _l(
        "This was paid under a contract. What was agreed and paid is put right on the engagement; compliance "
        "can take this entry back."
    ),
    "advisory.payout": _l(
        "This was paid for an affiliate share. A wrong statement is taken back there, and the next payout makes "
        "up for it; compliance can take this entry back."
    ),
    "executives": _l(
        "This comes from a meeting. Compliance takes it back here; then the minutes are recorded again there."
    ),
    "events": _l("This comes from a check-in at an event. It is undone and done again there."),
}
ELSEWHERE = _l("This comes from a record of its own. It is put right there, and the book follows.")
FROM_BOOKS = _l("This was taken over from other books. It is put right there, or taken back here.")


class NotCorrectedHere(DomainError):
    """An entry that is not put right by writing it anew in the book."""


class NothingChanged(DomainError):
    """A correction that would write the same once more."""

    def __init__(self) -> None:
        super().__init__(_("Nothing is different from what stands. Change what is wrong, then save."))


class ReferenceIsTaken(DomainError):
    """The reference belongs to another entry that stands (L11)."""

    def __init__(self, reference: str, seq: int) -> None:
        super().__init__(
            _(
                "%(reference)s stands in the book already, as entry %(seq)s. If both are the same, "
                "take this one back instead.",
                reference=reference,
                seq=seq,
            ),
            field="external_ref",
        )


def place_of(source_kind: str) -> str:
    """Where an entry of a room is put right."""
    return str(PLACES.get(source_kind, ELSEWHERE))


def check_changed(before: EntryDetails, after: EntryDetails) -> None:
    """NothingChanged where the replacement would say the same."""
    if before == after.model_copy(update={"late_reason": before.late_reason}):
        raise NothingChanged


def check_loan(loan: Loan | None, details: EntryDetails) -> None:
    """What became of a lent thing stays true of the corrected entry."""
    if loan is None:
        return
    if loan.gift_seq is not None and details.due_on is None:
        raise NotCorrectedHere(
            _(
                "This was lent and became a gift by entry %(gift_seq)s, so it stays a loan with a day on "
                "which it was due.",
                gift_seq=loan.gift_seq,
            ),
            field="due_on",
        )
    if loan.ended_on is not None and details.value_on > loan.ended_on:
        raise NotCorrectedHere(
            _("It came back on %(ended_on)s, which is earlier.", ended_on=_day(loan.ended_on)),
            field="value_on",
        )


def _day(on: date) -> str:
    return day(on)
