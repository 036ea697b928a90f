"""Decisions about approvals: what may be asked for and withdrawn, what an approver confirms, how a change reads."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import permissions
from app.accounts.models import Role, User
from app.core.i18n import words
from app.ledger.details import ExceptionDetails
from app.ledger.models import Approver, ExceptionState, RuleException
from app.ledger.policies import ExceptionRefused
from app.ledger.policies_standing import StandingRule

#: An approval that ends within so many days is shown before it does.
ENDING_SOON = timedelta(days=14)


#: Who decides, as sentences name them.
APPROVER_WORDS = {
    Approver.COMPLIANCE: _l("compliance"),
    Approver.OWNER: _l("the owner of the relationship"),
    Approver.ADMIN: _l("an administrator"),
}


def approver_of(named: Approver, owner: User | None, barred: Collection[int]) -> Approver:
    """Whom a question goes to: an owner who asks or hosts cannot answer it, so compliance does (L8)."""
    if named is Approver.OWNER and (owner is None or owner.id in barred):
        return Approver.COMPLIANCE
    return named


def approvers_for(named: Approver) -> frozenset[Approver]:
    """Whose yes is enough where a rule names somebody; compliance stands in for an owner who could not be asked."""
    return frozenset({named, Approver.COMPLIANCE} if named is Approver.OWNER else {named})


def may_approve(approver: Approver, user: User, owner: User | None) -> bool:
    """Whether somebody is whom the rule names."""
    match approver:
        case Approver.OWNER:
            return owner is not None and owner.id == user.id and user.is_active
        case Approver.ADMIN:
            return user.role is Role.ADMIN and user.is_active
    return permissions.may(user, "ledger:approve")


def check_asking(details: ExceptionDetails, today: date) -> None:
    """A permission is about one rule and does not end in the past."""
    if details.expires_on < today:
        raise ExceptionRefused(_("A permission cannot end in the past."), field="expires_on")
    if not details.rule.strip():
        raise ExceptionRefused(_("Say which rule it is about."), field="rule")


def check_law(asked: RuleException, is_law_confirmed: bool) -> None:
    """c20: what is approved for a public official is lawful where they live, and somebody confirms it in writing."""
    if asked.rule == StandingRule.PUBLIC_OFFICIAL and not is_law_confirmed:
        raise ExceptionRefused(
            _(
                "Confirm that the law of the official's country allows it, and say in the reason how this is known."
            ),
            field="is_law_confirmed",
        )


def check_withdrawing(asked: RuleException, by: User, asker: User | None) -> None:
    """Only who asked takes a question back, and only while it waits."""
    if asked.state is not ExceptionState.ASKED:
        raise ExceptionRefused(
            _(
                "This was already %(state)s, so there is nothing to withdraw.",
                state=words(asked.state).lower(),
            )
        )
    if by.id != asked.asked_by_id and (asker is None or asker.id != by.id):
        raise ExceptionRefused(_("Only the one who asked can withdraw the question."))


def change_words(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """ "amount 100.00 GBP → 240.00 GBP; day 1 Dec 2026 → 2 Dec 2026"."""
    names = [name for name in after if before.get(name) != after[name]]
    return "; ".join(f"{name} {before.get(name) or '–'} → {after[name] or '–'}" for name in names)


def is_expired(row: RuleException, today: date) -> bool:
    """Granted, and its last day is over."""
    return row.state is ExceptionState.GRANTED and row.expires_on < today


def is_ending(row: RuleException, today: date) -> bool:
    """Granted, in force, and about to end."""
    return row.state is ExceptionState.GRANTED and today <= row.expires_on <= today + ENDING_SOON
