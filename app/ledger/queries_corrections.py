"""Reading for corrections: what stands in an entry, whether it may be written anew here, what stands instead of it."""

from collections.abc import Callable

import sqlalchemy as sa
from flask_babel import gettext as _

from app.core.db import db
from app.ledger import policies_corrections as policies
from app.ledger.details import EntryDetails
from app.ledger.models import Entry, EntryKind, Loan, Subject
from app.ledger.policies_corrections import CORRECTION, SOURCE
from app.ledger.queries_entries import reversal_of, sealed_words, survivor
from app.ledger.queries_rates import FrozenRate

#: What a room above says against correcting an entry here; an empty text where it says nothing.
Hold = Callable[[Entry], str]

_holds: dict[str, Hold] = {}


def hold_with(room: str, hold: Hold) -> None:
    """Let a room above keep an entry as it is, such as one that a person disputes."""
    _holds[room] = hold


def why_not_corrected(entry: Entry) -> str:
    """Why an entry is not written anew here, or an empty text; where it comes from another record, where that is."""
    if entry.kind is EntryKind.GENERAL:
        return str(
            _(
                "This was open to everybody. If it is wrong, compliance takes it back, and it is recorded again on the event."
            )
        )
    if entry.kind not in (EntryKind.VALUE, EntryKind.DECLINED, EntryKind.LATE):
        return str(_("This entry carries no value of its own, so there is nothing to correct."))
    if (taken_back := reversal_of(entry)) is not None:
        return str(
            _(
                "This was already taken back by entry %(taken_back)s; look at the one that stands instead.",
                taken_back=taken_back.seq,
            )
        )
    if entry.source_kind not in policies.OWN_SOURCES:
        return policies.place_of(entry.source_kind)
    words = sealed_words(entry)
    if words is None or entry.subject is None or entry.subject.person is None:
        return str(
            _(
                "The person or the words of this entry were erased, so nothing can be written for them any more."
            )
        )
    if entry.native_form or (entry.department_id is None and not words.get("provider")):
        return str(policies.FROM_BOOKS)
    return next((said for hold in _holds.values() if (said := hold(entry))), "")


def as_it_stands(entry: Entry) -> EntryDetails:
    """The details an entry was made from, as far as the book still knows them."""
    words, loan = sealed_words(entry) or {}, db.session.get(Loan, entry.seq)
    subject: Subject | None = entry.subject
    if subject is None or subject.person is None or entry.program_id is None:
        raise policies.NotCorrectedHere(why_not_corrected(entry) or policies.ELSEWHERE)
    assert entry.category and entry.form and entry.basis and entry.value_on  # noqa: S101, PT018 -- lines of value have all
    return EntryDetails(
        person_id=survivor(subject.person).id, program_id=entry.program_id, event_id=entry.event_id,
        category=entry.category, form=entry.form, basis=entry.basis, value_on=entry.value_on,
        money=entry.original if entry.minor else None, unit=entry.unit, quantity=_quantity(entry, words),
        line=entry.line, department_id=entry.department_id, place=words.get("place", ""),
        provider=words.get("provider", ""), context=words.get("context", ""), reason=words.get("reason", ""),
        external_ref=words.get("external_ref"), declined=entry.is_declined,
        travel_class=words.get("travel_class", ""), tax=words.get("tax", ""), intermediary=words.get("intermediary", ""),
        on_behalf=words.get("on_behalf", ""), due_on=loan.due_on if loan else None,
        grace_days=loan.grace_days if loan else 0, is_by_hand=True,
    )  # fmt: skip


def _quantity(entry: Entry, words: dict[str, str]) -> int:
    """Of a declined offer the number offered; what was received is 0."""
    offered = words.get("offered", "").partition(" ")[0]
    return (int(offered) if offered.isdecimal() else 1) if entry.is_declined else entry.quantity


def rate_that_stays(
    entry: Entry, before: EntryDetails, after: EntryDetails, currency: str
) -> FrozenRate | None:
    """The frozen rate of an entry, where neither the currency nor a day is corrected (L2)."""
    if after.money is None or after.money.currency != entry.currency or currency != entry.reporting_currency:
        return None
    if after.priced_on is not None or after.value_on != before.value_on:
        return None
    return FrozenRate(entry.rate, entry.rate_on, entry.rate_source)


def replacement_of(entry: Entry) -> Entry | None:
    """The entry that stands instead of this one since it was corrected, if any."""
    wanted = sa.select(Entry).where(
        Entry.source_kind == SOURCE, Entry.source_part == CORRECTION, Entry.source_id == entry.seq,
        Entry.kind != EntryKind.REVERSAL,
    )  # fmt: skip
    return db.session.scalars(wanted.order_by(Entry.seq).limit(1)).first()


def corrected_number(entry: Entry) -> int | None:
    """The number of the entry this one stands instead of."""
    if entry.kind is EntryKind.REVERSAL or (entry.source_kind, entry.source_part) != (SOURCE, CORRECTION):
        return None
    return entry.source_id
