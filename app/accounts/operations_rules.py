"""Writes about the rules of sign-in."""

import sqlalchemy as sa
from flask_babel import gettext as _

from app.accounts import operations_choices, policies_factors, queries_factors
from app.accounts.details_sign_in import SignInRules
from app.accounts.models import User, UserSession
from app.core.db import db
from app.core.errors import DomainError


class DayMissing(DomainError):
    """A rule without its beginning."""


def set_rules(rules: SignInRules, *, by: User, seen_version: int | None = None) -> None:
    """How people sign in from now on; what is open learns from when it must set up a second factor. DayMissing, Overtaken."""
    if rules.factor_roles and rules.factor_from_on is None:
        raise DayMissing(
            _("Say from which day on they need it; today stops whoever has none at once."),
            field="factor_from_on",
        )
    said = rules.model_dump(mode="json") | {"factor_roles": sorted(rules.factor_roles)}
    operations_choices.choose(
        queries_factors.RULES, said, "accounts.sign_in_rules_set", by=by, seen_version=seen_version
    )
    _tell_open_sessions(rules)


def _tell_open_sessions(rules: SignInRules) -> None:
    ready = queries_factors.with_factor()
    for session in db.session.scalars(sa.select(UserSession).where(UserSession.ended_at.is_(None))).all():
        begins = policies_factors.must_set_up_from(rules, session.user.role)
        session.set_up_from_at = None if session.user_id in ready else begins
