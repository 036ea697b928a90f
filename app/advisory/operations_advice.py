"""The advice log: what was asked, advised and decided, and that the person was told (G9)."""

from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.advisory import policies
from app.advisory.details import AdviceDetails
from app.advisory.models import Advice, Engagement
from app.core import clock
from app.core.db import check_version, db


def record_advice(engagement: Engagement, details: AdviceDetails, *, by: User) -> Advice:
    """Write down one recommendation, and what became of it if that is known already (G9)."""
    _check(details)
    advice = Advice(engagement_id=engagement.id, made_at=clock.now(), **details.model_dump())
    db.session.add(advice)
    audit.record("advisory.advice_recorded", advice, by=by)
    return advice


def answer_advice(
    advice: Advice, details: AdviceDetails, *, by: User, seen_version: int | None = None
) -> Advice:
    """Write down what was decided about a recommendation, and when the person was told (G9). Raises Overtaken."""
    check_version(advice, seen_version)
    _check(details)
    before = audit.snapshot(advice)
    for name, value in details.model_dump().items():
        setattr(advice, name, value)
    audit.record("advisory.advice_answered", advice, by=by, before=before)
    return advice


def _check(details: AdviceDetails) -> None:
    if details.told_on is not None:
        policies.check_past(details.told_on, clock.today(), "told_on")
    if details.is_adopted is not None and not details.decision.strip():
        raise policies.ReasonNeeded(_("Say what was decided."), field="decision")
