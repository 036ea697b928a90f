"""Approvals: asked for with a reason, decided by somebody else, asked anew when what they cover is changed (L8, R1, R2, c9)."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import audit
from app.accounts.models import Role, User
from app.accounts.queries_successions import answerer_of
from app.core import clock
from app.core.db import db
from app.core.errors import NotAllowed, NotFound
from app.core.i18n import later
from app.core.spoken import speaking_to, within
from app.ledger import policies, policies_approvals, queries_approvals
from app.ledger.details import ExceptionDetails
from app.ledger.models import Approver, ExceptionState, RuleException
from app.notices import operations as notices
from app.notices.models import Urgency
from app.people import queries as people
from app.people.models import Person

#: What stands on an approval: amount, day, category, recipient, class, in words.
Terms = dict[str, str]


def ask_exception(details: ExceptionDetails, *, by: User) -> RuleException:
    """Ask whom a rule names to approve for one person, until a day, what it forbids or reserves; the rule is quoted (L8)."""
    policies.check_reason(details.reason)
    policies_approvals.check_asking(details, clock.today())
    person = db.session.get(Person, details.person_id)
    if person is None:
        raise NotFound(_("There is no such person."))
    owner = people.owner_of(person)
    with speaking_to("en"):  # it is kept with the question
        quoted = queries_approvals.quote(details.rule, person)
    asked = RuleException(
        approver=policies_approvals.approver_of(details.approver, owner, {by.id, *details.host_ids}),
        person=person, rule=details.rule, subject_kind=details.subject_kind, subject_id=details.subject_id,
        host_ids=list(details.host_ids), reason=details.reason, asked_by_id=by.id, asked_at=clock.now(),
        expires_on=details.expires_on, state=ExceptionState.ASKED, terms={},
        quoted=details.quoted or quoted,
    )  # fmt: skip
    db.session.add(asked)
    db.session.flush()
    _tell_approver(
        asked,
        owner,
        _l(
            "%(by)s asks for an exception for %(person)s: %(reason)s",
            by=by.name,
            person=person.name,
            reason=details.reason,
        ),
    )
    audit.record("ledger.exception_asked", asked, by=by)
    return asked


def decide_exception(
    asked: RuleException, *, is_granted: bool, reason: str, by: User, is_law_confirmed: bool = False
) -> RuleException:
    """Grant or refuse, by whom the rule names; never by the one who asked or a host, nor by an owner it does not name (L8, R1).

    A delegate decides in the name of the absent approver, and both names are kept (R2). For a public official the
    approver confirms that local law allows it (c20).
    """
    policies.check_reason(reason)
    # Two who decide at the same moment: the second sees what the first said.
    db.session.refresh(asked, with_for_update=True)
    owner = people.owner_of(asked.person)
    policies.check_decision(asked, by, owner, clock.today())
    name_giver = _in_whose_name(asked, by, owner)
    if is_granted:
        policies_approvals.check_law(asked, is_law_confirmed)
    before = audit.snapshot(asked)
    asked.state = ExceptionState.GRANTED if is_granted else ExceptionState.REFUSED
    asked.is_law_confirmed = is_granted and is_law_confirmed
    asked.decided_by_id, asked.decided_at, asked.decision_reason = by.id, clock.now(), reason
    asked.on_behalf_of_id = name_giver.id if name_giver else None
    notices.finish_about(("ledger.exceptions", asked.id), by=by)
    notices.notify(
        _l(
            "The exception for %(person)s was %(state)s by %(by)s: %(reason)s",
            person=asked.person.name,
            state=later(within, asked.state),
            by=by.name,
            reason=reason,
        ),
        user=answerer_of(asked, asked.asked_by_id, clock.now()),
        urgency=Urgency.INFO,
        source=("ledger.exceptions", asked.id),
    )
    audit.record("ledger.exception_decided", asked, by=by, before=before, on_behalf_of=name_giver)
    return asked


def withdraw_exception(asked: RuleException, *, by: User) -> RuleException:
    """The one who asked, or whoever took over from them, no longer needs an answer; the question stays readable."""
    db.session.refresh(asked, with_for_update=True)
    policies_approvals.check_withdrawing(asked, by, answerer_of(asked, asked.asked_by_id, clock.now()))
    before = audit.snapshot(asked)
    asked.state, asked.decided_at = ExceptionState.WITHDRAWN, clock.now()
    notices.finish_about(("ledger.exceptions", asked.id), by=by)
    audit.record("ledger.exception_withdrawn", asked, by=by, before=before)
    return asked


def hold_to_terms(
    approval: RuleException, source: str, terms: Terms, *, by: User | None
) -> RuleException | None:
    """Note what stands on an approval. Where that was changed, the approval is void and asked for again (c9).

    Gives the new request, or None while the approval holds.
    """
    known = approval.terms.get(source)
    if known == terms:
        return None
    before = audit.snapshot(approval)
    if known is None:
        approval.terms = {**approval.terms, source: terms}
        audit.record("ledger.exception_used", approval, by=by, before=before)
        return None
    approval.state = ExceptionState.VOID
    owner = people.owner_of(approval.person)
    barred = {by.id if by else approval.asked_by_id, *approval.host_ids}
    again = RuleException(
        approver=policies_approvals.approver_of(approval.approver, owner, barred),
        person=approval.person, rule=approval.rule, subject_kind=approval.subject_kind, subject_id=approval.subject_id,
        host_ids=list(approval.host_ids), reason=approval.reason, asked_by_id=by.id if by else approval.asked_by_id,
        asked_at=clock.now(), expires_on=approval.expires_on, state=ExceptionState.ASKED,
        quoted=approval.quoted, terms={**approval.terms, source: terms}, earlier_id=approval.id,
    )  # fmt: skip
    db.session.add(again)
    db.session.flush()
    changed = policies_approvals.change_words(known, terms)
    _tell_approver(
        again,
        owner,
        _l(
            "What was approved for %(person)s was changed, so it is asked again: %(changed)s",
            person=approval.person.name,
            changed=changed,
        ),
    )
    audit.record("ledger.exception_voided", approval, by=by, before=before)
    audit.record("ledger.exception_asked", again, by=by)
    return again


def record_register_export(format: str, n_rows: int, *, by: User) -> None:
    """Note who took the register of exceptions away, in which format, and how many rows (R4)."""
    audit.record_event(
        "ledger.register_exported",
        kind="rule_exception",
        ref="register",
        by=by,
        reason=f"{format}, {n_rows} rows",
    )


def record_simulation_export(format: str, n_rows: int, *, by: User) -> None:
    """Note who took the result of a tried cap away, in which format, and how many rows (R4)."""
    audit.record_event(
        "ledger.simulation_exported", kind="cap", ref="tried", by=by, reason=f"{format}, {n_rows} rows"
    )


def _tell_approver(asked: RuleException, owner: User | None, words: str) -> None:
    source = ("ledger.exceptions", asked.id)
    if asked.approver is Approver.OWNER and owner is not None:
        notices.notify(words, user=owner, urgency=Urgency.SOON, source=source)
    else:
        role = Role.ADMIN if asked.approver is Approver.ADMIN else Role.COMPLIANCE
        notices.notify(words, role=role, urgency=Urgency.SOON, source=source)


def _in_whose_name(asked: RuleException, by: User, owner: User | None) -> User | None:
    """The approver who delegated to `by` today, if any (R2); None when `by` decides in his own right."""
    others = queries_approvals.names_lent(asked, by, owner)
    if not others and not policies_approvals.may_approve(asked.approver, by, owner):
        who = policies_approvals.APPROVER_WORDS[asked.approver]
        quoted = _(" The rule: %(quoted)s", quoted=asked.quoted) if asked.quoted else ""
        raise NotAllowed(
            _(
                "Only %(who)s, or a delegate for these days, decides about this exception.%(quoted)s",
                who=who,
                quoted=quoted,
            )
        )
    return others[0] if others else None
