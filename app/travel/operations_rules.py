"""Putting a travel rule in force, and letting it end; a rule in force is never rewritten (L9)."""

from datetime import date

from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core.db import db
from app.travel import policies_rules
from app.travel.details import TravelRuleDetails
from app.travel.models import TravelRule


def set_travel_rule(details: TravelRuleDetails, *, by: User | None) -> TravelRule:
    """Put a class or lodging rule in force from a day (T2)."""
    policies_rules.check_rule(details)
    night = details.max_night
    rule = TravelRule(
        **details.model_dump(exclude={"max_night"}),
        max_night_minor=night.minor if night else None,
        max_night_currency=night.currency if night else None,
    )
    db.session.add(rule)
    audit.record("travel.rule_set", rule, by=by)
    return rule


def record_simulation_export(format: str, n_rows: int, *, by: User) -> None:
    """Note who took the result of a tried rule away, in which format, and how many rows (R4)."""
    audit.record_event(
        "travel.simulation_exported",
        kind="travel_rule",
        ref="tried",
        by=by,
        reason=f"{format}, {n_rows} rows",
    )


def end_travel_rule(rule: TravelRule, last_on: date, *, by: User | None) -> TravelRule:
    """Let a rule end with a day; bookings of its time keep quoting it (L9)."""
    if last_on < rule.effective_from_on:
        raise policies_rules.RuleRefused(_("The last day lies before the first."), field="last_on")
    before = audit.snapshot(rule)
    rule.effective_to_on = last_on
    audit.record("travel.rule_ended", rule, by=by, before=before)
    return rule
