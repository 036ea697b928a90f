"""Offers: planned against every limit, decided by compliance, given, declined or withdrawn; each leaves its line (L5, L7, L8)."""

from datetime import timedelta

from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.core.money import Money
from app.core.spoken import speaking_to
from app.ledger import (
    operations_caps,
    operations_entries,
    operations_exceptions,
    policies,
    policies_offers,
    queries_entries,
    queries_offers,
)
from app.ledger.details import CommitmentDetails, EntryDetails, ExceptionDetails
from app.ledger.details_offers import GivenDetails, OfferDetails
from app.ledger.models import CommitmentStage, Entry, ExceptionState, RuleException
from app.ledger.models_offers import OfferState, PlannedOffer
from app.ledger.queries_offers import SOURCE, Against
from app.notices import operations as notices
from app.people.models import Person
from app.programs.models import Program

_PART = "offer"
#: How long after the planned day a permission for it lasts: a dinner moves by a few days, not by a season.
_LASTS = timedelta(days=30)


def plan_offer(details: OfferDetails, *, by: User) -> PlannedOffer:
    """Plan something of value for a person; where a limit or a rule stands against it, ask compliance first (L7, L8).

    Raises OfferRefused, and ReasonNeeded with every rule quoted while no reason is given.
    """
    policies_offers.check_offer(details, clock.today())
    person, program = db.session.get(Person, details.person_id), db.session.get(Program, details.program_id)
    if person is None or program is None:
        raise NotFound(_("There is no such person or program."))
    person = queries_entries.survivor(person)
    with speaking_to("en"):  # what is asked is kept with its words
        against = queries_offers.standing_against(person, program, details)
    if against and not details.reason.strip():
        against = queries_offers.standing_against(person, program, details)
        raise policies_offers.ReasonNeeded(person.name, [one.words for one in against])
    if against:
        policies.check_reason(details.reason)
    offer = PlannedOffer(
        person=person, program=program, category=details.category, form=details.form, basis=details.basis,
        expected_on=details.expected_on, cost=details.money, provider=details.provider, context=details.context,
        reason=details.reason, state=OfferState.WAITING if against else OfferState.PLANNED, made_by_id=by.id,
        made_at=clock.now(),
    )  # fmt: skip
    db.session.add(offer)
    db.session.flush()
    if not any(one.is_block for one in against):
        # A soft limit warns: it is planned, and everybody's exposure holds it, while compliance thinks.
        operations_caps.plan_value(_commitment(offer), by=by)
    for one in against:
        _ask(offer, one, by)
    audit.record("ledger.offer_planned", offer, by=by)
    return offer


def decide_exception(
    asked: RuleException, *, is_granted: bool, reason: str, by: User, is_law_confirmed: bool = False
) -> RuleException:
    """Grant or refuse what was asked; an offer that waited for it is planned, or is on record as declined (L5, L8)."""
    decided = operations_exceptions.decide_exception(
        asked, is_granted=is_granted, reason=reason, by=by, is_law_confirmed=is_law_confirmed
    )
    offer = _offer_of(decided)
    if offer is None or offer.state is not OfferState.WAITING:
        return decided
    if not is_granted:
        _drop_questions(offer, by)
        _keep_declined(offer, OfferState.REFUSED, f"Refused by compliance: {reason}", by)
    elif not queries_offers.list_open_questions(offer):
        operations_caps.plan_value(_commitment(offer), by=by)
        _become(offer, OfferState.PLANNED, "ledger.offer_allowed", by)
    return decided


def withdraw_exception(asked: RuleException, *, by: User) -> RuleException:
    """The question is taken back, and with it an offer that waited for the answer."""
    withdrawn = operations_exceptions.withdraw_exception(asked, by=by)
    offer = _offer_of(withdrawn)
    if offer is not None and offer.state is OfferState.WAITING:
        withdraw_offer(offer, by=by)
    return withdrawn


def give_offer(offer: PlannedOffer, details: GivenDetails, *, by: User) -> Entry:
    """It was given: the plan becomes a line of the book, and the duties and limits follow from that."""
    policies_offers.check_giving(offer)
    posting = operations_entries.post_entry(_entry(offer, details), by=by)
    offer.entry_seq = posting.entry.seq
    _become(offer, OfferState.GIVEN, "ledger.offer_given", by)
    return posting.entry


def decline_offer(offer: PlannedOffer, *, reason: str, by: User) -> Entry:
    """The person would not have it: the offer stays on record with received value 0 (L5)."""
    policies_offers.check_giving(offer)
    policies.check_reason(reason)
    return _keep_declined(offer, OfferState.DECLINED, reason, by)


def withdraw_offer(
    offer: PlannedOffer, *, by: User, charged: Money | None = None, event_id: int | None = None
) -> PlannedOffer:
    """We do not offer it after all: nothing was offered, so nothing is written into the book.

    What is `charged` all the same, at an event or none, is our own cost: nobody received anything.
    """
    policies_offers.check_live(offer)
    _drop_questions(offer, by)
    operations_caps.release_value(SOURCE, _PART, offer.id, by=by)
    if charged is not None and charged.minor:
        own_cost = {"money": charged, "event_id": event_id, "stage": CommitmentStage.BORNE}
        operations_caps.bear_cost(_commitment(offer).model_copy(update=own_cost), by=by)
    return _become(offer, OfferState.WITHDRAWN, "ledger.offer_withdrawn", by)


# -- steps -----------------------------------------------------------------------------------------


def _ask(offer: PlannedOffer, against: Against, by: User) -> None:
    details = ExceptionDetails(
        person_id=offer.person_id, rule=against.rule, reason=offer.reason, expires_on=offer.expected_on + _LASTS,
        subject_kind=SOURCE, subject_id=offer.id, quoted=f"{against.words.rstrip('.')}.",
    )  # fmt: skip
    operations_exceptions.ask_exception(details, by=by)


def _offer_of(asked: RuleException) -> PlannedOffer | None:
    if asked.subject_kind != SOURCE or asked.subject_id is None:
        return None
    return queries_offers.get_offer(asked.subject_id, None, is_locked=True)


def _drop_questions(offer: PlannedOffer, by: User) -> None:
    """What else was asked about an offer needs no answer any more."""
    for row in queries_offers.list_open_questions(offer):
        before = audit.snapshot(row)
        row.state, row.decided_at = ExceptionState.WITHDRAWN, clock.now()
        notices.finish_about(("ledger.exceptions", row.id), by=by)
        audit.record("ledger.exception_withdrawn", row, by=by, before=before)


def _keep_declined(offer: PlannedOffer, state: OfferState, reason: str, by: User) -> Entry:
    details = _entry(
        offer, GivenDetails(value_on=clock.today(), money=offer.cost, basis=offer.basis), declined=reason
    )
    posting = operations_entries.post_entry(details, by=by)
    # Where only a soft limit stood against it, it was planned already.
    operations_caps.release_value(SOURCE, _PART, offer.id, by=by)
    offer.entry_seq = posting.entry.seq
    _become(offer, state, f"ledger.offer_{state.value}", by)
    return posting.entry


def _become(offer: PlannedOffer, state: OfferState, action: str, by: User) -> PlannedOffer:
    before = audit.snapshot(offer)
    offer.state = state
    audit.record(action, offer, by=by, before=before)
    return offer


def _commitment(offer: PlannedOffer) -> CommitmentDetails:
    return CommitmentDetails(
        person_id=offer.person_id, program_id=offer.program_id, category=offer.category, money=offer.cost,
        expected_on=offer.expected_on, source_kind=SOURCE, source_part=_PART, source_id=offer.id, form=offer.form,
    )  # fmt: skip


def _entry(offer: PlannedOffer, given: GivenDetails, declined: str = "") -> EntryDetails:
    return EntryDetails(
        person_id=offer.person_id, program_id=offer.program_id, category=offer.category, form=offer.form, basis=given.basis,
        value_on=given.value_on, money=given.money, provider=offer.provider, context=offer.context, reason=declined,
        external_ref=given.external_ref or None, source_kind=SOURCE, source_part=_PART, source_id=offer.id,
        declined=bool(declined),
    )  # fmt: skip
