"""Writing down what was open to everybody at a large event: a line of the chain without a person (c8)."""

import secrets
from datetime import date
from typing import Any

from flask_babel import gettext as _

from app.accounts import audit, operations_choices
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.core.models import Setting
from app.ledger import (
    appending,
    keys,
    policies,
    queries_entries,
    queries_general,
    queries_locks,
    queries_rates,
)
from app.ledger import policies_general as rules
from app.ledger.details import GeneralDetails
from app.ledger.models import Basis, Entry, EntryKind, Form, GeneralItem, Unit, leg_of
from app.ledger.operations_entries import is_code, minus_of, reverse_entry
from app.ledger.policies_locks import LATE_REASON, check_general_late
from app.programs.models import Program


def record_general(details: GeneralDetails, *, by: User) -> tuple[GeneralItem, bool]:
    """Keep it once, with event, cost and number of attendees; in no person's total and under no cap (c8).

    Gives the item, and whether it was in the book already under the same reference (L11). NotGeneral below the size in
    force on the day, DaysAreLocked without a reason in closed days (L12).
    """
    rules.check_item(details, size := queries_general.size_on(details.value_on))
    program = db.session.get(Program, details.program_id)
    if program is None:
        raise NotFound(_("There is no such program."))
    head = appending.lock_head()
    lock = queries_locks.lock_on(details.value_on)
    check_general_late(details, lock)
    idem = _idem(details)
    known = queries_entries.entry_of_idem(idem)
    if known is not None and (item := queries_general.find_item(known)) is not None:
        return item, True
    rate = queries_rates.frozen_rate(details.money.currency, program.currency, details.value_on)
    writer = appending.writer_at(head)
    seq = writer.add(_columns(details, program, rate, size, idem, by) | _late(lock is not None), None, {})
    appending.save(writer, head)
    item = GeneralItem(
        entry_seq=seq, title=details.title, provider=details.provider, external_ref=details.external_ref,
        late_reason=details.late_reason if lock is not None else "",
    )  # fmt: skip
    db.session.add(item)
    audit.record("ledger.general_recorded", item, by=by)
    return item, False


def take_back(entry: Entry, *, reason: str, by: User) -> Entry:
    """Take back an entry of any kind: a piece of value, or what was open to everybody (L1)."""
    if entry.kind is not EntryKind.GENERAL:
        return reverse_entry(entry, reason=reason, by=by)
    head = appending.lock_head()
    if entry.reverses is not None:
        raise policies.ReversalStands(
            _("This is itself a reversal. If it was there after all, record it again.")
        )
    earlier = queries_entries.reversal_of(entry)
    if earlier is not None:
        raise policies.AlreadyReversed(_("This was already taken back by entry %(seq)s.", seq=earlier.seq))
    writer = appending.writer_at(head)
    code = reason if is_code(reason) else "other"
    seq = writer.add(minus_of(entry, code, by) | {"kind": EntryKind.GENERAL}, None, {})
    appending.save(writer, head)
    db.session.flush()
    reversal = queries_entries.get_entry(seq)
    audit.record("ledger.general_taken_back", reversal, by=by, reason=reason)
    return reversal


def set_general_size(size: int, from_on: date, *, by: User, seen_version: int | None = None) -> Setting:
    """From a day on, an event of more attendees than this is large; earlier days keep their size (L9). Raises Overtaken."""
    if from_on < clock.today():
        raise rules.NotGeneral(
            _("A size holds from today or a later day; what was decided before stays."), field="from_on"
        )
    row = operations_choices.locked(queries_general.SETTING)
    sizes = row.value["sizes"] if row is not None else []
    kept = [one for one in sizes if one["from_on"] != from_on.isoformat()]
    said = {"sizes": [*kept, {"from_on": from_on.isoformat(), "size": size}]}
    return operations_choices.choose(
        queries_general.SETTING, said, "ledger.general_size_set", by=by, seen_version=seen_version
    )


def _idem(details: GeneralDetails) -> str:
    if not details.external_ref:
        return secrets.token_hex(32)
    return keys.keyed("general", details.event_id, details.provider.casefold(), details.external_ref)


def _late(is_late: bool) -> dict[str, str]:
    return {"reason": LATE_REASON} if is_late else {}


def _columns(
    details: GeneralDetails, program: Program, rate: queries_rates.FrozenRate, size: int, idem: str, by: User
) -> dict[str, Any]:
    """The line of the chain: nobody's, so it stands in no sum; `quantity` is how many attended."""
    blank = dict.fromkeys(("native_nature", "native_form", "reason"), "")
    return blank | {
        "kind": EntryKind.GENERAL, "subject_id": None, "program_id": program.id, "event_id": details.event_id,
        "department_id": by.department_id, "category": details.category, "form": Form.IN_KIND_VENDOR,
        "leg": leg_of(Form.IN_KIND_VENDOR), "line": policies.line_of(details.category), "basis": Basis.ACTUAL_COST,
        "value_on": details.value_on, "unit": Unit.ITEM, "quantity": details.n_attendees, "minor": details.money.minor,
        "currency": details.money.currency, "rate": rate.text, "rate_on": rate.on, "rate_source": rate.source,
        "reporting_minor": rate.apply(details.money, program.currency).minor, "reporting_currency": program.currency,
        "is_declined": False, "declined_minor": 0, "rule": rules.rule_words(size), "reverses": None,
        "source_kind": "events", "source_part": "general", "source_id": details.event_id,
        "provider_ref": keys.keyed("provider", details.provider.casefold())[:40] if details.provider else "",
        "idem": idem, "by_id": by.id, "at": clock.now(),
    }  # fmt: skip
