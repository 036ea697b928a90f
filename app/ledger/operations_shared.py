"""One bill for several heads: split over those who took part, and split again when one did not (L3)."""

from collections.abc import Sequence

from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.core.money import Money
from app.ledger import appending, policies, queries_entries, queries_events
from app.ledger.details import EntryDetails, SharedCostDetails
from app.ledger.models import Basis, Form, SharedCost, SharedHead
from app.ledger.operations_entries import post_entry, reverse_entry

#: How entries name the bill they come from: the pages of shared costs are a part of this room.
SOURCE = "ledger.shared"


def record_shared_cost(details: SharedCostDetails, *, by: User | None) -> SharedCost:
    """Split a bill over all heads and post each person's share (L3).

    The share of hosts, and of guests without a record, is on nobody's account.
    """
    event = queries_events.find_event(details.event_id)
    policies.check_shared_cost(details, event.program_id if event else None)
    shared = SharedCost(
        title=details.title, category=details.category, program_id=details.program_id, event_id=details.event_id,
        place=details.place, value_on=details.value_on, cost=details.money, made_at=clock.now(),
        provider=details.provider, external_ref=details.external_ref or "", priced_on=details.priced_on,
    )  # fmt: skip
    db.session.add(shared)
    # Odd minor units go to the first by record id: people before hosts, in the order given.
    for person_id in details.person_ids:
        db.session.add(SharedHead(shared_cost=shared, person_id=person_id))
        db.session.flush()
    for host_name in details.host_names:
        db.session.add(SharedHead(shared_cost=shared, host_name=host_name))
        db.session.flush()
    for guest_name in details.guest_names:
        db.session.add(SharedHead(shared_cost=shared, host_name=guest_name, is_guest=True))
        db.session.flush()
    _share_out(shared, reason="", by=by)
    audit.record("ledger.shared_cost_recorded", shared, by=by)
    return shared


def mark_absent(shared: SharedCost, heads: Sequence[SharedHead], *, by: User | None) -> SharedCost:
    """Heads did not come: every share that changes is reversed and entered anew once, both visible (L3)."""
    if not heads:
        raise policies.SharedCostRefused(_("Tick at least one who did not come."), field="heads")
    if any(head.shared_cost_id != shared.id or not head.took_part for head in heads):
        raise policies.SharedCostRefused(
            _("One of these heads is already marked absent; the shares are right as they stand."),
            field="heads",
        )
    before = [(head, audit.snapshot(head)) for head in heads]
    for head in heads:
        head.took_part = False
    _share_out(shared, reason="no_show", by=by)
    for head, was in before:
        audit.record("ledger.head_marked_absent", head, by=by, before=was)
    return shared


def _share_out(shared: SharedCost, *, reason: str, by: User | None) -> None:
    """Bring the entries of all heads to their present shares."""
    appending.lock_head()
    heads = sorted(shared.heads, key=lambda head: head.id)
    shares = policies.share_out(shared.cost, [head.took_part for head in heads])
    n_heads = sum(head.took_part for head in heads)
    for head, share in zip(heads, shares, strict=True):
        minor = None if share is None else share.minor
        if head.entry_seq is not None and head.share_minor == minor:
            continue
        if head.entry_seq is not None:
            reverse_entry(queries_entries.get_entry(head.entry_seq), reason=reason, by=by)
            head.entry_seq = None
        head.share_minor = minor
        if share is not None and head.person_id is not None:  # hosts are on nobody's account
            head.entry_seq = _post(shared, head, head.person_id, share, n_heads, by)
    db.session.flush()


def _post(
    shared: SharedCost, head: SharedHead, person_id: int, share: Money, n_heads: int, by: User | None
) -> int:
    details = EntryDetails(
        person_id=person_id, program_id=shared.program_id, event_id=shared.event_id, category=shared.category,
        form=Form.IN_KIND_VENDOR, basis=Basis.SHARED_COST, value_on=shared.value_on, money=share, place=shared.place,
        provider=shared.provider, external_ref=shared.external_ref or None, priced_on=shared.priced_on,
        context=f"{shared.title}: {shared.cost} shared by {n_heads}",
        source_kind=SOURCE, source_part="head", source_id=shared.id, idem=f"{SOURCE}/{head.id}/{n_heads}",
    )  # fmt: skip
    return post_entry(details, by=by).entry.seq
