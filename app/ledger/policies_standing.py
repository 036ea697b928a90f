"""Decisions about standing rules: what a person, their employer and an official's position allow, quoted (P2, c20, c24)."""

from collections.abc import Mapping
from enum import StrEnum

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from msgspec import Struct

from app.core.errors import DomainError
from app.core.i18n import day, marked, said
from app.core.money import Money
from app.core.spoken import within
from app.ledger.models import Category, Form
from app.people.models import AcceptAnswer, MayAccept, Organisation, Person

#: What an employer's travel rule is about; a shared car from the station is not.
_TRAVEL = frozenset({Category.TRAVEL_AIR, Category.LODGING})
_GIFTS = frozenset({Category.GIFT, Category.PRODUCT_LOAN})
#: Paid to the person after the fact; an official's travel and meals are paid to the vendor instead.
_THROUGH_THE_PERSON = frozenset({Form.REIMBURSEMENT, Form.CASH_EQUIVALENT})
_HOSPITALITY = (
    _TRAVEL | _GIFTS | {Category.TRAVEL_GROUND, Category.MEAL, Category.ENTERTAINMENT, Category.EVENT_PASS}
)


class StandingRule(StrEnum):
    """Rules that stand for a person whatever the amounts; compliance may approve what they reserve (L8)."""

    PUBLIC_OFFICIAL = "public_official"
    OFFICIAL_PAYMENT = "official_payment"
    EMPLOYER_GIFT = "employer_gift"
    ORGANISATION_TRAVEL = "organisation_travel"
    MAY_ACCEPT = "may_accept"


STANDING_WORDS = {
    StandingRule.PUBLIC_OFFICIAL: _l("Anything of value for a public official (T2)"),
    StandingRule.OFFICIAL_PAYMENT: _l("Money through the hands of a public official (T2)"),
    StandingRule.EMPLOYER_GIFT: _l("A gift or loan that the employer does not allow (P2)"),
    StandingRule.ORGANISATION_TRAVEL: _l("Travel that the employer does not allow (P2)"),
    StandingRule.MAY_ACCEPT: _l("More than the person said they may accept"),
}


class Objection(Struct, frozen=True):
    """One rule that says no unless compliance approves: its code, and the rule quoted."""

    rule: StandingRule
    text: str


class NotAcceptable(DomainError):
    """A plan that the person, their employer or their office does not allow, and nobody has approved."""

    def __init__(self, name: str, objection: Objection) -> None:
        super().__init__(
            _(
                "%(name)s: %(text)s Choose something else, note the offer as declined, or ask "
                "compliance for an approval with a reason.",
                name=name,
                text=objection.text,
            ),
            field="category",
        )
        self.objection = objection


class PreApprovalNeeded(DomainError):
    """An invitation to a public official before compliance approved it in writing (c20)."""


OFFICIAL_TEXT = marked(
    "a public official is offered something of value only after compliance has approved it in writing and confirmed that "
    "local law allows it."
)
OFFICIAL_RULE = marked(
    "A public official is offered something of value only after compliance has approved it in writing and confirmed that "
    "local law allows it."
)


def is_official(person: Person, employer: Organisation | None) -> bool:
    """Flagged, or employed by a state body (c20)."""
    return person.is_official or (employer is not None and employer.is_state_body)


def objections(
    person: Person,
    employer: Organisation | None,
    answers: Mapping[str, MayAccept],
    category: Category,
    form: Form,
    worth: Money | None,
) -> list[Objection]:
    """Every standing rule one piece of value meets; `worth` is in the currency of the person's own limit, if there is one."""
    found = []
    if is_official(person, employer):
        found.append(Objection(StandingRule.PUBLIC_OFFICIAL, said(OFFICIAL_RULE)))
        if form in _THROUGH_THE_PERSON and category in _HOSPITALITY:
            text = _(
                "Travel and meals of a public official are paid to the vendor, never through the person."
            )
            found.append(Objection(StandingRule.OFFICIAL_PAYMENT, text))
    if employer is not None:
        found += _of_employer(employer, category, form)
    answer = answers.get(category.value)
    if answer is not None and (own := _of_answer(answer, category, worth)):
        found.append(Objection(StandingRule.MAY_ACCEPT, own))
    return found


def _of_employer(employer: Organisation, category: Category, form: Form) -> list[Objection]:
    quoted = _(" Its rule: “%(rule_text)s”", rule_text=employer.rule_text) if employer.rule_text else ""
    if category in _GIFTS and not employer.is_gift_allowed:
        return [
            Objection(
                StandingRule.EMPLOYER_GIFT,
                _(
                    "%(employer)s does not let its people accept gifts.%(quoted)s",
                    employer=employer.name,
                    quoted=quoted,
                ),
            )
        ]
    if category not in _TRAVEL:
        return []
    if not employer.is_vendor_travel_allowed:
        text = _(
            "%(employer)s does not let its people accept travel that we pay.%(quoted)s",
            employer=employer.name,
            quoted=quoted,
        )
        return [Objection(StandingRule.ORGANISATION_TRAVEL, text)]
    if employer.is_invoice_to_employer_only and form in (Form.IN_KIND_VENDOR, Form.IN_KIND_OWN):
        text = _(
            "%(employer)s takes travel only through its own invoice, so nothing is bought "
            "directly.%(quoted)s",
            employer=employer.name,
            quoted=quoted,
        )
        return [Objection(StandingRule.ORGANISATION_TRAVEL, text)]
    return []


def _of_answer(answer: MayAccept, category: Category, worth: Money | None) -> str:
    what, on = (
        within(category),
        _("as they said on %(said_on)s", said_on=day(answer.said_on)),
    )
    source = f" ({answer.source})" if answer.source else ""
    if answer.answer is AcceptAnswer.NO:
        return str(_("Accepts no %(what)s, %(said)s%(source)s.", what=what, said=on, source=source))
    limit = answer.limit
    if answer.answer is AcceptAnswer.UP_TO and limit is not None and worth is not None and limit < worth:
        return str(
            _(
                "Accepts %(what)s up to %(limit)s, %(said)s%(source)s; this is %(worth)s.",
                what=what,
                limit=limit,
                said=on,
                source=source,
                worth=worth,
            )
        )
    return ""
