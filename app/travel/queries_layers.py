"""Arrivals as a layer of time."""

from datetime import timedelta

from app.accounts import permissions
from app.events import layers
from app.events.layers import Entry, Layer, Who, Window
from app.travel import queries
from app.travel.airports import place_words


def list_arrival_entries(window: Window) -> list[Entry]:
    """Who lands in the window, as far as the reader may see their travel; one query. No booking code, no class."""
    if window.by is not None and not permissions.may(window.by, "travel:read"):
        return []
    legs = queries.list_arrivals(window.by, window.from_at, window.to_at)
    return [
        Entry(
            layer=Layer.ARRIVALS, id=leg.id, title=f"{leg.carrier} {leg.number}".strip() or place_words(leg.origin),
            starts_at=leg.arrives_at, ends_at=leg.arrives_at + timedelta(minutes=1), zone=leg.arrives_zone,
            place=place_words(leg.destination), people=(Who(leg.trip.person_id, leg.trip.person.name),),
            event_id=leg.trip.event_id, endpoint="travel.show", target_id=leg.trip_id, second_zone=leg.trip.person.zone,
        )
        for leg in legs
    ]  # fmt: skip


layers.offer(Layer.ARRIVALS, list_arrival_entries)
