"""What became of a part: taken without a bill of its own, or missed by somebody who did not come (T1)."""

from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.i18n import day, words
from app.core.money import Money
from app.travel import clearance, costing, policies_costs
from app.travel.models import Outcome
from app.travel.queries import Part


def note_missed(part: Part, *, reason: str, by: User | None, charged: Money | None = None) -> Part:
    """A no-show. What was charged all the same is our own cost: no value of the person, nothing to disclose."""
    clearance.require_open(part.trip)
    if len(reason.strip()) < 3:
        raise policies_costs.CostRefused(_("Say what happened."), field="reason")
    before = audit.snapshot(part)
    costing.miss(part, by=by, charged=charged)
    audit.record(f"travel.{part.__tablename__}_missed", part, by=by, before=before, reason=reason)
    return part


def note_taken(part: Part, *, by: User | None) -> Part:
    """Flown, slept in or driven, under the fare or the bill of another one; a part with a cost is settled instead."""
    clearance.require_open(part.trip)
    if not part.takes_place or part.outcome is not None:
        raise policies_costs.CostRefused(_("This is %(status)s already.", status=words(part.status).lower()))
    if part.cost is not None:
        raise policies_costs.CostRefused(_("This has a cost of its own: enter what was paid."))
    if costing.begins_on(part) > clock.today(costing.worth_of(part).zone):
        raise policies_costs.CostRefused(_("%(part)s lies ahead.", part=day(costing.begins_on(part))))
    before = audit.snapshot(part)
    part.outcome = Outcome.TAKEN
    audit.record(f"travel.{part.__tablename__}_taken", part, by=by, before=before)
    return part
