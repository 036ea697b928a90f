"""What the page of an event shows of travel: who is not covered yet, and what it costs."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import permissions
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.core.money import Money
from app.events import overview
from app.events.clashes import Clash, Plan, find_all
from app.events.models import Event
from app.events.overview import Panel, PanelFigure
from app.ledger.models import Commitment, CommitmentStage
from app.ledger.models_limits import PROMISE
from app.travel import queries_desk
from app.travel.models import Trip
from app.travel.policies_gaps import Gap

_COVERED = {
    Gap.NO_FLIGHT: _l("Without flight"), Gap.NO_NIGHT: _l("Hotel night missing"), Gap.NO_TRANSFER: _l("Flight without transfer"),
}  # fmt: skip


def panels_of_event(event: Event, by: User) -> Sequence[Panel]:
    """Coverage of those who have accepted, and planned, committed and given amounts where the reader may see them."""
    if not permissions.may(by, "travel:read"):
        return []
    sees_amounts = permissions.may(by, "amounts:read")
    desk = queries_desk.desk(event, by, clock.now(), with_amounts=sees_amounts)
    if not desk.rows:
        return []
    coverage = [
        PanelFigure(
            str(label), n := desk.count(gap), _("to arrange") if n else _("none"), "warn" if n else "ok"
        )
        for gap, label in _COVERED.items()
    ]
    panels = [Panel(_("Travel"), coverage, "travel.index")]
    if sees_amounts:
        panels.append(_budget(event, desk))
    return panels


def _budget(event: Event, desk: queries_desk.Desk) -> Panel:
    wanted = (
        sa.select(Commitment.stage, sa.func.sum(Commitment.__table__.c.reporting_minor))
        .where(Commitment.event_id == event.id, Commitment.source_part.not_like(f"{PROMISE}%"))
        .group_by(Commitment.stage)
    )
    sums = {stage: int(minor or 0) for stage, minor in db.session.execute(wanted)}
    currency = event.program.currency
    figures = [
        PanelFigure(_("Planned"), Money(sums.get(CommitmentStage.PLANNED, 0), currency)),
        PanelFigure(_("Committed"), Money(sums.get(CommitmentStage.COMMITTED, 0), currency)),
        PanelFigure(
            _("Given"), desk.received or Money(0, currency), _("non-cash, in the book"), kind="non_cash"
        ),
    ]
    if borne := sums.get(CommitmentStage.BORNE, 0):
        figures.append(
            PanelFigure(_("Charged for nothing"), Money(borne, currency), _("no-shows, late cancellations"))
        )
    return Panel(_("Money"), figures)


def clashes_of_trip(trip: Trip, by: User) -> list[Clash]:
    """What else is on for somebody while they travel, each once; nothing of a trip that is off or over."""
    legs = [leg for leg in trip.legs if leg.takes_place and leg.arrives_at > clock.now()]
    plans = [
        Plan(
            starts_at=leg.departs_at, ends_at=leg.arrives_at, zone=leg.departs_zone,
            person_ids=frozenset({trip.person_id}), event_id=trip.event_id,
        )
        for leg in legs
    ]  # fmt: skip
    found = [clash for clashes in find_all(plans, by) for clash in clashes]
    return list({(one.entry.layer, one.entry.id): one for one in found}.values())


overview.offer("travel", panels_of_event)
