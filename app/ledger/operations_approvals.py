"""Which approvals a plan stands on: caps and standing rules alike; a changed plan asks again (L8, c9, c20)."""

from collections.abc import Iterable

from flask_babel import gettext as _
from msgspec import Struct

from app.accounts.models import User
from app.core.errors import DomainError
from app.core.i18n import day
from app.ledger import policies, queries_approvals, queries_standing
from app.ledger.details import CommitmentDetails
from app.ledger.models import RuleException
from app.ledger.operations_exceptions import Terms, hold_to_terms
from app.ledger.policies import Level
from app.ledger.policies_standing import NotAcceptable, StandingRule
from app.ledger.queries_exposure import Weighing
from app.ledger.queries_standing import Offer
from app.people.models import Person


class Standing(Struct, frozen=True):
    """What a plan stands on, in words; `waiting` is the question that is asked again while a changed one waits."""

    words: tuple[str, ...] = ()
    waiting: RuleException | None = None


def approved(
    person: Person, details: CommitmentDetails, found: Weighing, *, is_new: bool, by: User | None
) -> Standing:
    """The approvals a plan stands on; HeadroomRefused or NotAcceptable, with the rule quoted, where one is missing."""
    subjects = _subjects(details)
    source, terms = source_of(details), terms_of(person, details)
    used, waiting = list[RuleException](), list[RuleException]()
    for rule, refusal in _asked(person, details, found, subjects, is_new=is_new):
        approval = queries_standing.approval_of(person, rule, subjects)
        if approval is not None:
            used.append(approval)
        elif (again := queries_approvals.reopened(person, rule, source)) is not None:
            again.terms = {**again.terms, source: _of_rule(rule, terms)}
            waiting.append(again)
        else:
            raise refusal
    held = list[RuleException]()
    for row in used:
        again = hold_to_terms(row, source, _of_rule(row.rule, terms), by=by)
        if again is None:
            held.append(row)
        else:
            waiting.append(again)
    words = [
        _("Allowed by exception %(row)s until %(expires_on)s.", row=row.id, expires_on=day(row.expires_on))
        for row in held
    ]
    if waiting:
        words.append(
            _(
                "What was approved has been changed: compliance is asked again, and it is only planned until then."
            )
        )
    return Standing(tuple(words), waiting[0] if waiting else None)


def _asked(
    person: Person,
    details: CommitmentDetails,
    found: Weighing,
    subjects: tuple[queries_standing.Subject, ...],
    *,
    is_new: bool,
) -> Iterable[tuple[str, DomainError]]:
    """Every rule that says no, with its refusal."""
    for verdict in found.verdicts:
        if verdict.level is Level.BLOCK:
            yield f"cap:{verdict.cap_id}", policies.HeadroomRefused(person.name, verdict)
    if not is_new:
        return
    offer = Offer(details.category, details.form, details.money, details.expected_on, subjects)
    for objection in queries_standing.objections_to(person, offer):
        yield objection.rule.value, NotAcceptable(person.name, objection)


def _subjects(details: CommitmentDetails) -> tuple[queries_standing.Subject, ...]:
    own = (details.source_kind, details.source_id)
    return (own, ("events", details.event_id)) if details.event_id is not None else (own,)


def source_of(details: CommitmentDetails) -> str:
    """ "travel:leg:3:7": how an approval names what stands on it."""
    return f"{details.source_kind}:{details.source_part}:{details.source_id}"


def terms_of(person: Person, details: CommitmentDetails) -> Terms:
    """What is approved: a change of any of it asks again (c9)."""
    return {
        "amount": str(details.money), "day": f"{details.expected_on:%-d %b %Y}", "category": details.category.value,
        "recipient": str(person.id), "class": details.grade,
    }  # fmt: skip


def _of_rule(rule: str, terms: Terms) -> Terms:
    """An official's approval is for the person and the occasion, whatever a fare comes to; others are for all of it."""
    return {"recipient": terms["recipient"]} if rule == StandingRule.PUBLIC_OFFICIAL else terms
