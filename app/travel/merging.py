"""What a merge should be told of trips: one person cannot travel to two events at a time (P3)."""

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.core.db import db
from app.core.i18n import day
from app.people import merging
from app.travel.models import Trip, TripState


def overlap_words(kept_id: int, gone_id: int) -> list[str]:
    """A sentence for each pair of trips to different events whose days overlap; one event is a matter of the merge itself."""
    own, other = aliased(Trip), aliased(Trip)
    wanted = (
        select(own, other)
        .join(other, (own.from_on < other.to_on) & (other.from_on < own.to_on))
        .where(own.person_id == kept_id, other.person_id == gone_id, own.event_id != other.event_id)
        .where(own.state != TripState.CANCELLED, other.state != TripState.CANCELLED)
        .order_by(own.from_on, own.id, other.id)
    )
    return [
        _(
            "Both travel at the same time: %(one)s from %(one_on)s, %(other)s from %(other_on)s.",
            one=one.event.name,
            one_on=day(one.from_on),
            other=two.event.name,
            other_on=day(two.from_on),
        )
        for one, two in db.session.execute(wanted)
    ]


merging.warn_with(overlap_words)
