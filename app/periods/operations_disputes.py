"""What people say about their lines, and what is decided: a changed line is a reversal and a new entry (L13, c39)."""

from datetime import timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import audit
from app.accounts.models import Role, User
from app.core import clock
from app.core.db import db
from app.core.i18n import day, later
from app.ledger import appending
from app.ledger import operations as ledger
from app.ledger import queries as ledger_reads
from app.ledger.details import EntryDetails
from app.ledger.models import Entry, SharedHead
from app.notices import operations as notices
from app.notices.models import Urgency
from app.people import queries as people
from app.people.models import Person
from app.periods import policies, queries_disputes, telling
from app.periods.details import ChangeDetails, DisputeDetails, LineChange
from app.periods.models import (
    WAITING,
    Confirmation,
    Dispute,
    DisputeChange,
    DisputeState,
)
from app.periods.telling import Message, Occasion

#: How notices name disputes: their pages are a part of this room.
SOURCE = "periods.disputes"
#: Why a line is taken back, as the book names it.
REVERSAL_REASON = "dispute_resolved"


def confirm_line(person: Person, entry_seq: int) -> Confirmation:
    """The person says that a line of theirs is right; a second time changes nothing. NotFound for other lines."""
    appending.lock_head()
    entry = queries_disputes.own_line(person, entry_seq)
    if queries_disputes.is_taken_back(entry):
        raise policies.DisputeRefused(_("This line was taken back, so there is nothing to confirm."))
    if any(one.state in WAITING for one in queries_disputes.of_line(entry_seq)):
        raise policies.DisputeRefused(_("You have said that this line is wrong. Take that back first."))
    known = queries_disputes.confirmation_of(entry_seq)
    if known is not None:
        return known
    said = Confirmation(person_id=person.id, entry_seq=entry.seq, at=clock.now())
    db.session.add(said)
    audit.record("periods.line_confirmed", said, by=None)
    return said


def dispute_line(person: Person, details: DisputeDetails) -> Dispute:
    """The person says that a line of theirs is wrong; it goes to whoever looks after them, with a day.

    When its period is locked it is taken all the same: it stands in the list of the period that is open, and what
    comes of it is an adjustment there. NotFound for lines of others, DisputeRefused.
    """
    appending.lock_head()
    entry, today = queries_disputes.own_line(person, details.entry_seq), clock.today()
    policies.check_dispute(
        entry, queries_disputes.of_line(entry.seq), details.proposed, details.reason,
        is_taken_back=queries_disputes.is_taken_back(entry),
    )  # fmt: skip
    assert entry.value_on is not None  # noqa: S101 -- lines of value have a day
    is_late = ledger_reads.lock_on(entry.value_on) is not None
    owner = people.owner_of(person)
    dispute = Dispute(
        person=person, entry_seq=entry.seq, reason=details.reason.strip(), proposed=details.proposed,
        owner_id=owner.id if owner else None, due_on=today + timedelta(days=policies.ANSWER_DAYS),
        listed_on=today if is_late else entry.value_on, is_late=is_late, opened_at=clock.now(),
    )  # fmt: skip
    db.session.add(dispute)
    audit.record("periods.dispute_opened", dispute, by=None)
    _tell_house(
        dispute,
        _l(
            "%(person)s says that entry %(entry)s is wrong; answer by %(due_on)s.",
            person=person.name,
            entry=entry.seq,
            due_on=later(day, dispute.due_on),
        ),
    )
    return dispute


def _tell_house(dispute: Dispute, words: str) -> None:
    """Whoever answers for it, and compliance."""
    source = (SOURCE, dispute.id)
    if dispute.owner_id is not None:
        owner = db.session.get_one(User, dispute.owner_id)
        notices.notify(words, user=owner, urgency=Urgency.SOON, source=source)
    notices.notify(words, role=Role.COMPLIANCE, urgency=Urgency.INFO, source=source)


def withdraw_dispute(person: Person, dispute: Dispute) -> Dispute:
    """The person takes it back; the line stays as it is. NotFound for a dispute of somebody else."""
    appending.lock_head()
    if not queries_disputes.is_theirs(person, dispute):
        raise policies.no_such_line()
    if dispute.state not in WAITING:
        raise policies.DisputeRefused(_("This is decided already."))
    before = audit.snapshot(dispute)
    dispute.state, dispute.closed_at = DisputeState.WITHDRAWN, clock.now()
    notices.finish_about((SOURCE, dispute.id), by=None)
    audit.record("periods.dispute_withdrawn", dispute, by=None, before=before)
    return dispute


def keep_line(dispute: Dispute, *, answer: str, by: User) -> Dispute:
    """Resolved, no change: the line is right, and the person is told why."""
    appending.lock_head()
    entry = ledger_reads.get_entry(dispute.entry_seq)
    policies.check_decides(dispute, entry.by_id, by)
    policies.check_reason(answer, "answer")
    _close(dispute, DisputeState.RESOLVED_NO_CHANGE, answer, by)
    telling.tell(dispute.person, Message(Occasion.ANSWERED, answer=answer.strip()), by=by)
    return dispute


def change_lines(dispute: Dispute, details: ChangeDetails, *, by: User) -> Dispute:
    """Resolved, changed: each line is taken back and entered anew with its new amount; everybody concerned is told.

    Other people's lines that share the cost change with it. What was attested counts no longer: the lines are others.
    """
    appending.lock_head()
    policies.check_decides(dispute, ledger_reads.get_entry(dispute.entry_seq).by_id, by)
    policies.check_reason(details.answer, "answer")
    _check_changes(dispute, details)
    concerned: dict[int, Person] = {}
    for change in details.changes:
        entry = ledger_reads.get_entry(change.entry_seq)
        _replace(dispute, entry, change, by)
        person = queries_disputes.person_of(entry)
        if person is not None:
            concerned[person.id] = person
    _close(dispute, DisputeState.RESOLVED_CHANGED, details.answer, by)
    telling.tell(dispute.person, Message(Occasion.ANSWERED, answer=details.answer.strip()), by=by)
    for person in concerned.values():
        if person.id != dispute.person_id:
            telling.tell(person, Message(Occasion.CORRECTED), by=by)
            _tell_owner(person, dispute)
    return dispute


def _check_changes(dispute: Dispute, details: ChangeDetails) -> None:
    numbers = [change.entry_seq for change in details.changes]
    if numbers[:1] != [dispute.entry_seq] or len(set(numbers)) != len(numbers):
        raise policies.DisputeRefused(_("Change the disputed line, and every other line once."))
    for change in details.changes:
        entry = ledger_reads.get_entry(change.entry_seq)
        if entry.kind not in policies.LINES or entry.is_declined or queries_disputes.is_taken_back(entry):
            raise policies.DisputeRefused(
                _("Entry %(seq)s holds no value that could be changed.", seq=entry.seq), field="also"
            )
        field = "amount" if entry.seq == dispute.entry_seq else "also"
        policies.check_amount(change.money, entry.currency, field)
        if change.money.minor == entry.minor:
            raise policies.DisputeRefused(
                _("Entry %(seq)s says %(original)s already.", seq=entry.seq, original=entry.original),
                field=field,
            )


def _replace(dispute: Dispute, entry: Entry, change: LineChange, by: User) -> None:
    """Both stay visible: the reversal, and the line that stands instead, of the same source."""
    reversal = ledger.reverse_entry(entry, reason=REVERSAL_REASON, by=by)
    posting = ledger.post_entry(_again(dispute, entry, change), by=by)
    db.session.add(
        DisputeChange(
            dispute_id=dispute.id, old_seq=entry.seq, reversal_seq=reversal.seq, new_seq=posting.entry.seq
        )
    )
    for head in db.session.scalars(sa.select(SharedHead).filter_by(entry_seq=entry.seq)):
        head.entry_seq, head.share_minor = posting.entry.seq, change.money.minor
    db.session.flush()


def _again(dispute: Dispute, entry: Entry, change: LineChange) -> EntryDetails:
    """The same fact with another amount; its day, source, rate and words stay."""
    said = ledger_reads.sealed_words(entry) or {}
    person = queries_disputes.person_of(entry)
    if person is None or entry.program_id is None:
        raise policies.DisputeRefused(_("This person was erased; nothing can be entered for them any more."))
    assert entry.category and entry.form and entry.basis and entry.value_on  # noqa: S101, PT018 -- lines of value have all
    return EntryDetails(
        person_id=person.id, program_id=entry.program_id, event_id=entry.event_id, category=entry.category, form=entry.form,
        basis=entry.basis, value_on=entry.value_on, money=change.money, unit=entry.unit, quantity=entry.quantity,
        line=entry.line, department_id=entry.department_id, place=said.get("place", ""), provider=said.get("provider", ""),
        context=said.get("context", ""), reason=said.get("reason", ""), external_ref=said.get("external_ref"),
        source_kind=entry.source_kind or SOURCE, source_part=entry.source_part,
        source_id=entry.source_id if entry.source_kind else dispute.id, priced_on=entry.rate_on,
        # A record that posts again finds this line as its own; what was typed by hand has nothing else to be known by.
        idem=None if entry.source_kind else f"{SOURCE}/{dispute.id}/{entry.seq}",
        late_reason=f"dispute {dispute.id} was resolved, changed",
    )  # fmt: skip


def _close(dispute: Dispute, state: DisputeState, answer: str, by: User) -> None:
    before = audit.snapshot(dispute)
    dispute.state, dispute.closed_at = state, clock.now()
    dispute.closed_by_id, dispute.answer = by.id, answer.strip()
    notices.finish_about((SOURCE, dispute.id), by=by)
    audit.record("periods.dispute_decided", dispute, by=by, before=before)


def _tell_owner(person: Person, dispute: Dispute) -> None:
    """Whoever looks after somebody else whose line changed with it."""
    owner = people.owner_of(person)
    if owner is not None:
        words = _l(
            "A line of %(person)s was corrected together with a disputed one; %(person)s was told.",
            person=person.name,
        )
        notices.notify(words, user=owner, urgency=Urgency.INFO, source=(SOURCE, dispute.id))
