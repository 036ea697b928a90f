"""Reading what people want of contact, records merged into them included (P3, P4)."""

from collections.abc import Mapping

import sqlalchemy as sa
from msgspec import Struct, field

from app.core.db import db
from app.outreach.models import TouchChannel
from app.outreach.models_wishes import ChannelWish, ContactWish
from app.outreach.policies import WEEKDAYS, ChannelLimit
from app.people.models import Person


class Wishes(Struct):
    """Quiet days of the week (Monday is 0), and limits by channel."""

    quiet_weekdays: set[int] = field(default_factory=set)
    channels: dict[TouchChannel, ChannelLimit] = field(default_factory=dict)


def wishes_of(whose: Mapping[int, int]) -> dict[int, Wishes]:
    """The wishes of people, given as record id -> survivor's id; of two wishes the stricter holds. Two queries."""
    found: dict[int, Wishes] = {survivor: Wishes() for survivor in whose.values()}
    days = sa.select(ContactWish.person_id, ContactWish.quiet_weekdays).where(
        ContactWish.person_id.in_(list(whose))
    )
    for id, weekdays in db.session.execute(days):
        found[whose[id]].quiet_weekdays |= {WEEKDAYS.index(day) for day in weekdays}
    for row in db.session.scalars(sa.select(ChannelWish).where(ChannelWish.person_id.in_(list(whose)))):
        channels = found[whose[row.person_id]].channels
        one = ChannelLimit(row.is_closed, row.n_most, row.n_days)
        channels[row.channel] = _stricter(channels.get(row.channel), one)
    return found


def _stricter(known: ChannelLimit | None, new: ChannelLimit) -> ChannelLimit:
    if known is None:
        return new
    is_closed = known.is_closed or new.is_closed
    numbers = [
        (one.n_most, one.n_days) for one in (known, new) if one.n_most is not None and one.n_days is not None
    ]
    # Fewer contacts a day is stricter: compared without dividing.
    best = min(numbers, key=lambda pair: (pair[0] * 366 // pair[1], pair[0]), default=(None, None))
    return ChannelLimit(is_closed, *best)


def wish_of(person: Person) -> ContactWish | None:
    """The quiet days a person's own record holds, for the form."""
    return db.session.scalars(sa.select(ContactWish).where(ContactWish.person_id == person.id)).one_or_none()


def channel_wishes_of(person: Person) -> dict[TouchChannel, ChannelWish]:
    """The limits a person's own record holds, by channel, for the form."""
    rows = db.session.scalars(sa.select(ChannelWish).where(ChannelWish.person_id == person.id))
    return {row.channel: row for row in rows}
