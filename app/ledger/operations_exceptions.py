"""Exceptions: asked for with a reason, decided by somebody else, both names kept (L8, R1, R2)."""

from app.accounts import audit, permissions
from app.accounts import queries as accounts
from app.accounts.models import Role, User
from app.accounts.queries_successions import answerer_of
from app.core import clock
from app.core.db import db
from app.core.errors import NotAllowed, NotFound
from app.ledger import policies
from app.ledger.details import ExceptionDetails
from app.ledger.models import ExceptionState, RuleException
from app.notices import operations as notices
from app.notices.models import Urgency
from app.people import queries as people
from app.people.models import Person

_DECIDES = "ledger:approve"


def ask_exception(details: ExceptionDetails, *, by: User) -> RuleException:
    """Ask compliance to let one person cross one rule until a day, with a reason (L8)."""
    policies.check_reason(details.reason)
    if details.expires_on < clock.today():
        raise policies.ExceptionRefused("A permission cannot end in the past.", field="expires_on")
    person = db.session.get(Person, details.person_id)
    if person is None:
        raise NotFound("There is no such person.")
    asked = RuleException(
        person_id=person.id, rule=details.rule, subject_kind=details.subject_kind, subject_id=details.subject_id,
        host_ids=list(details.host_ids), reason=details.reason, asked_by_id=by.id, asked_at=clock.now(),
        expires_on=details.expires_on,
    )  # fmt: skip
    db.session.add(asked)
    db.session.flush()
    notices.notify(
        f"{by.name} asks for an exception for {person.name}: {details.reason}",
        role=Role.COMPLIANCE, urgency=Urgency.SOON, source=("ledger.exceptions", asked.id),
    )  # fmt: skip
    audit.record("ledger.exception_asked", asked, by=by)
    return asked


def decide_exception(asked: RuleException, *, is_granted: bool, reason: str, by: User) -> RuleException:
    """Grant or refuse; never by the one who asked, a host, or the owner of the relationship (L8, R1).

    A delegate decides in the name of the absent approver, and both names are kept (R2).
    """
    policies.check_reason(reason)
    policies.check_decision(asked, by, people.owner_of(asked.person), clock.today())
    name_giver = _in_whose_name(asked, by)
    before = audit.snapshot(asked)
    asked.state = ExceptionState.GRANTED if is_granted else ExceptionState.REFUSED
    asked.decided_by_id, asked.decided_at, asked.decision_reason = by.id, clock.now(), reason
    asked.on_behalf_of_id = name_giver.id if name_giver else None
    notices.finish_about(("ledger.exceptions", asked.id), by=by)
    notices.notify(
        f"The exception for {asked.person.name} was {asked.state.value} by {by.name}: {reason}",
        user=answerer_of(asked, asked.asked_by_id, clock.now()), urgency=Urgency.INFO, source=("ledger.exceptions", asked.id),
    )  # fmt: skip
    audit.record("ledger.exception_decided", asked, by=by, before=before, on_behalf_of=name_giver)
    return asked


def _in_whose_name(asked: RuleException, by: User) -> User | None:
    """The approver who delegated to `by` today, if any (R2); None when `by` decides in his own right.

    Nobody can decide in the name of the one who asked.
    """
    absent = [user for user in accounts.delegators_of(by, clock.today()) if permissions.may(user, _DECIDES)]
    others = [user for user in absent if user.id != asked.asked_by_id]
    if not others and not permissions.may(by, _DECIDES):
        raise NotAllowed("Only compliance, or a delegate for these days, decides about exceptions.")
    return others[0] if others else None
