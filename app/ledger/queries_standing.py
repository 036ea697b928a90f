"""The one place that asks the standing rules: person, employer and office, before anything of value is planned (P2, c20)."""

from collections.abc import Sequence
from datetime import date

from flask_babel import gettext as _
from msgspec import Struct

from app.core import clock
from app.core.i18n import said
from app.core.money import Money
from app.ledger.models import Category, Form, RuleException
from app.ledger.policies_standing import (
    OFFICIAL_TEXT,
    Objection,
    PreApprovalNeeded,
    StandingRule,
    is_official,
    objections,
)
from app.ledger.queries_approvals import asked_for
from app.ledger.queries_exposure import granted_exception
from app.ledger.queries_rates import RateNeeded, frozen_rate
from app.people import queries as people
from app.people.models import Person

#: A record something is planned for: its room and number.
Subject = tuple[str, int]


class Offer(Struct, frozen=True):
    """One piece of value that is to be planned, or was given: what, how, how much, when, and for which records."""

    category: Category
    form: Form
    money: Money | None
    on: date
    subjects: tuple[Subject, ...] = ()


def objections_to(person: Person, offer: Offer) -> list[Objection]:
    """Every standing rule an offer meets, quoted, whether approved or not."""
    answers = people.may_accept(person)
    answer = answers.get(offer.category.value)
    worth = offer.money
    if worth is not None and answer is not None and answer.limit is not None:
        worth = _in_currency(worth, answer.limit.currency, offer.on)
    return objections(
        person, people.employer_of(person, offer.on), answers, offer.category, offer.form, worth
    )


def require_invitable(person: Person, subjects: Sequence[Subject]) -> None:
    """Before an invitation leaves: an official needs the written approval, with local law confirmed (c20)."""
    today = clock.today()
    if not is_official(person, people.employer_of(person, today)):
        return
    approval = approval_of(person, StandingRule.PUBLIC_OFFICIAL, subjects)
    if approval is None:
        raise PreApprovalNeeded(
            _(
                "%(person)s: %(official_text)s Ask for the approval on the invitation's page, then send it.",
                person=person.name,
                official_text=said(OFFICIAL_TEXT),
            )
        )


class PreApproval(Struct, frozen=True):
    """Where the approval stands that an official's invitation needs: held, waiting, or not asked for."""

    approval: RuleException | None
    waiting: RuleException | None


def pre_approval(person: Person, subjects: Sequence[Subject]) -> PreApproval | None:
    """The state of an official's approval; None for everybody else (c20)."""
    if not is_official(person, people.employer_of(person, clock.today())):
        return None
    rule = StandingRule.PUBLIC_OFFICIAL
    return PreApproval(approval_of(person, rule, subjects), asked_for(person, rule, subjects))


def approval_of(
    person: Person, rule: str, subjects: Sequence[Subject] = (), on: date | None = None
) -> RuleException | None:
    """The permission that holds on a day (today) for any of these records, or for the person at large (L8)."""
    day = on or clock.today()
    for kind, number in subjects:
        if (found := granted_exception(person, rule, day, kind, number)) is not None:
            return found
    return granted_exception(person, rule, day)


def _in_currency(money: Money, currency: str, on: date) -> Money | None:
    """An amount in another currency; None when nobody has a rate, for then nothing can be compared."""
    try:
        return frozen_rate(money.currency, currency, min(on, clock.today())).apply(money, currency)
    except RateNeeded:
        return None
