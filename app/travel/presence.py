"""Flights and trains, told to those who plan with people's time: when somebody lands, after how long, and when they leave."""

from collections.abc import Collection
from datetime import timedelta

import sqlalchemy as sa

from app.core.db import db
from app.events import presence
from app.events.models import Event
from app.events.presence import Presence
from app.travel.models import CostStage, Leg, LegMode, Trip, TripState
from app.travel.policies_gaps import Journey, inbound_of, outbound_of


def presence_of(event: Event, person_ids: Collection[int]) -> list[Presence]:
    """The way there and back of these people, from legs that are not called off; one query."""
    wanted = (
        sa.select(Trip.person_id, Leg)
        .join(Leg, Leg.trip_id == Trip.id)
        .where(
            Trip.event_id == event.id,
            Trip.person_id.in_(person_ids),
            Trip.state != TripState.CANCELLED,
            Leg.is_cancelled.is_(False),
            Leg.cost_stage != CostStage.DECLINED,
        )
        .order_by(Trip.person_id, Leg.departs_at, Leg.id)
    )
    legs: dict[int, list[Leg]] = {}
    for person_id, leg in db.session.execute(wanted):
        legs.setdefault(person_id, []).append(leg)
    return [_presence(event, person_id, own) for person_id, own in legs.items()]


def _presence(event: Event, person_id: int, legs: list[Leg]) -> Presence:
    journey = Journey([(leg.departs_at, leg.arrives_at, leg.id) for leg in legs], (), ())
    arrival = inbound_of(journey, event.starts_at)
    if arrival is None or arrival[1] >= event.ends_at:  # only the way home is booked
        return Presence(person_id, leaves_at=legs[0].departs_at)
    departure = outbound_of(journey, arrival)
    flights = [
        leg.arrives_at - leg.departs_at
        for leg in legs
        if leg.mode is LegMode.AIR and leg.arrives_at <= arrival[1]
    ]
    n_minutes = int(max(flights, default=timedelta()).total_seconds() // 60)
    return Presence(person_id, arrival[1], n_minutes, departure[0] if departure else None)


presence.hear_from(presence_of)
