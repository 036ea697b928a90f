"""An affiliate share from its draft to its end, and the duties to disclose it opens by itself (A2, A4, A5, D1)."""

from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import audit
from app.accounts.models import Role, User
from app.advisory import policies, policies_gate, queries_gate, queries_shares, wishes
from app.advisory import policies_shares as rules
from app.advisory.details_shares import ShareContractDetails, ShareDetails
from app.advisory.models_shares import AffiliateShare, RateKind, ShareState
from app.advisory.policies_tax import plain
from app.core import clock, waking
from app.core.db import db, transaction
from app.core.errors import DomainError
from app.core.i18n import later, marked
from app.disclosures import operations_standing as duties
from app.ledger.models import Category
from app.notices import operations as notices
from app.notices.models import Urgency
from app.people import queries as people
from app.people.models import Person
from app.programs import queries as programs

#: How an affiliate share is named on notices and duties.
SOURCE = "advisory.share"
COMMISSION = Category.AFFILIATE_COMMISSION


def file_share(details: ShareDetails, *, by: User) -> AffiliateShare:
    """Draft an affiliate share; compliance is asked to approve it. Nothing is counted before its contract (A2, A5)."""
    person = people.get_person(details.person_id, by)
    program = programs.get_program(details.program_id)
    if program.is_books_only:
        raise DomainError(
            _("This program only holds imported books, so nobody is paid under it."), field="program_id"
        )
    rules.check_share(details, clock.today())
    # Two drafts for one person at the same moment must not take one link together.
    db.session.execute(sa.select(Person.id).where(Person.id == person.id).with_for_update())
    rules.require_free_link(
        details.link, queries_shares.shares_of_link(details.link, details.from_on, details.to_on)
    )
    wishes.require_welcome(person, COMMISSION, details.per_sale, field="person_id")
    share = AffiliateShare(
        person_id=person.id, program_id=program.id, covers=details.covers.strip(), link=details.link.strip(), why=details.why,
        rate_kind=RateKind.PERCENT if details.per_sale is None else RateKind.PER_SALE,
        percent="" if details.percent is None else f"{plain(details.percent):f}",
        per_sale_minor=None if details.per_sale is None else details.per_sale.minor, currency=details.currency,
        every=details.every, from_on=details.from_on, to_on=details.to_on, filed_by_id=by.id, filed_at=clock.now(),
    )  # fmt: skip
    db.session.add(share)
    db.session.flush()
    notices.notify(
        _l(
            "%(by)s asks for an affiliate share of %(person)s: %(share)s. It waits for approval.",
            by=by.name,
            person=person.name,
            share=later(rules.words_of_rate, share),
        ),
        role=Role.COMPLIANCE,
        urgency=Urgency.SOON,
        source=(SOURCE, share.id),
        by=by,
    )
    audit.record("advisory.share_filed", share, by=by)
    return share


def approve_share(share: AffiliateShare, *, reason: str = "", by: User) -> AffiliateShare:
    """Let an affiliate share through the objectivity gate, with a written reason where anything is listed (A4, R1).

    Where whoever filed it also hosted or chose the person, the first call keeps it drafted and a second reviewer
    approves it with a call of their own.
    """
    lock(share)
    rules.check_approver(share, by)
    gate = queries_gate.gate_before(share.person, share.from_on)
    ties = queries_gate.ties_among(share.person, gate, [share.filed_by])
    givers = queries_gate.givers_to(share.person_id, gate)
    policies_gate.check_clearing(gate, reason, by, givers, policies.MIN_REASON, what=_("its first day"))
    before = audit.snapshot(share)
    if share.approved_by_id is not None and policies_gate.was_all_seen(share.gate, gate):
        policies_gate.check_second(share.approved_by_id, by)
        share.second_by_id, share.second_at, share.second_reason = by.id, clock.now(), reason.strip()
        share.state = ShareState.APPROVED
    else:
        share.gate, share.approving_reason = gate.stored(), reason.strip()
        share.approved_by_id, share.approved_at = by.id, clock.now()
        share.state = ShareState.DRAFTED if ties else ShareState.APPROVED
    notices.finish_about((SOURCE, share.id), by=by)
    _tell_of_approval(share, ties, by)
    audit.record("advisory.share_approved", share, by=by, before=before, reason=reason)
    return share


def _tell_of_approval(share: AffiliateShare, ties: list[policies_gate.Tie], by: User) -> None:
    if share.state is ShareState.DRAFTED:
        notices.notify(
            _l(
                "%(person)s: %(ties)s. A second approver has to approve the affiliate share.",
                person=share.person.name,
                ties=later(policies_gate.words_of_ties, ties),
            ),
            role=Role.COMPLIANCE,
            urgency=Urgency.NOW,
            source=(SOURCE, share.id),
            by=by,
        )
        return
    notices.notify(
        _l("The affiliate share of %(person)s is approved. Next: the contract, before the first "
           "sale.", person=share.person.name),
        user=queries_shares.holder_of_share(share, clock.now()).user, urgency=Urgency.SOON, source=(SOURCE, share.id), by=by,
    )  # fmt: skip


def contract_share(share: AffiliateShare, details: ShareContractDetails, *, by: User) -> AffiliateShare:
    """Write down the signed contract: the share runs, and from its first day on it has to be disclosed (A5, D1).

    A contract signed after the first day is kept as the fact it is; compliance is told, and paying opens a breach.
    """
    lock(share)
    gate = queries_gate.gate_before(share.person, share.from_on)
    if share.state is ShareState.DRAFTED and share.approved_by_id is not None:
        ties = queries_gate.ties_among(share.person, gate, [share.filed_by])
        policies_gate.require_second(share.second_by_id, ties)
    rules.require_state(share, ShareState.APPROVED)
    policies.check_past(details.signed_on, clock.today(), "signed_on")
    policies_gate.require_same_gate(policies_gate.restore_gate(share.gate), gate)
    before = audit.snapshot(share)
    share.state, share.contracted_on = ShareState.RUNNING, details.signed_on
    share.contract_reference, share.contract_party = details.reference, details.party
    if share.is_contract_late:
        notices.notify(
            _l("%(person)s: the contract %(reference)s was signed after the first day of the "
               "affiliate share. Paying it opens a breach.", person=share.person.name, reference=details.reference),
            role=Role.COMPLIANCE, urgency=Urgency.NOW, source=(SOURCE, share.id), by=by,
        )  # fmt: skip
    audit.record("advisory.share_contracted", share, by=by, before=before)
    _open_duties(share, by)
    return share


def end_share(share: AffiliateShare, *, last_on: date | None, reason: str, by: User) -> AffiliateShare:
    """End it, with a reason and the last day on which sales count; without a contract it never began.

    What was counted until then is still paid.
    """
    lock(share)
    rules.check_end(share, last_on, queries_shares.statements_of(share), clock.today())
    return _end(share, last_on, reason, "advisory.share_ended", by)


def _end(share: AffiliateShare, last_on: date | None, reason: str, action: str, by: User) -> AffiliateShare:
    policies.require_reason(reason)
    before = audit.snapshot(share)
    share.state, share.ended_reason = ShareState.ENDED, reason.strip()
    share.ended_on = last_on if share.contracted_on is not None else None
    share.ended_by_id, share.ended_at = by.id, clock.now()
    duties.close_standing(SOURCE, share.id, by=by)
    notices.finish_about((SOURCE, share.id), by=by)
    audit.record(action, share, by=by, before=before, reason=reason)
    return share


def refuse_share(share: AffiliateShare, *, reason: str, by: User) -> AffiliateShare:
    """Compliance does not approve it; the record stays, with the reason (A4)."""
    lock(share)
    rules.check_approver(share, by)
    return _end(share, None, reason, "advisory.share_refused", by)


def lock(share: AffiliateShare) -> None:
    """Keep a share from others until the end of the transaction; what is known of it is read anew."""
    db.session.refresh(share, with_for_update={"of": AffiliateShare})


# -- duties that begin and end on their day ----------------------------------------------------------

_AT_ONCE = 100


def keep_duties() -> int:
    """Once a day: open the duties of shares that began and of policies in force since; end shares whose time is over.

    How many shares were looked at; the worker calls it until there are none left.
    """
    today = clock.today()
    if not db.session.scalar(sa.select(sa.exists(queries_shares.to_keep(today)))):
        return 0
    with transaction():
        wanted = queries_shares.to_keep(today).limit(_AT_ONCE)
        found = db.session.scalars(wanted.with_for_update(of=AffiliateShare, skip_locked=True)).all()
        for share in found:
            _keep(share, today)
    return len(found)


def _keep(share: AffiliateShare, today: date) -> None:
    if share.to_on is None or today <= share.to_on:
        _open_duties(share, None)
        return
    before = audit.snapshot(share)
    share.state, share.ended_on, share.ended_at = ShareState.ENDED, share.to_on, clock.now()
    share.ended_reason = marked("Its last day has passed.")
    duties.close_standing(SOURCE, share.id, by=None)
    audit.record("advisory.share_ended", share, by=None, before=before)


def _open_duties(share: AffiliateShare, by: User | None) -> None:
    """The policies of the first day, and of every day since on which they are looked at."""
    today = clock.today()
    if share.runs_on(today):
        on = share.from_on if share.duties_on is None else today
        duties.open_standing(share.person, SOURCE, share.id, COMMISSION.value, on, by=by)
        share.duties_on = today


waking.step("affiliate_duties", keep_duties)
