"""Reading the respect checklist of an event: what is expected, who got it, who did not, in one count (E3)."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.core.db import db
from app.core.errors import NotFound
from app.events import queries_comers
from app.events.models import Event
from app.events.models_day import RespectItem, RespectTick
from app.events.models_waves import Comer


class RespectRow(Struct, frozen=True):
    """One guest with a tick, a miss or nothing for each line of the checklist."""

    comer: Comer
    ticks: Mapping[int, RespectTick]


class Respect(Struct, frozen=True):
    """The checklist of an event; expected = kept + missed + open, always."""

    items: Sequence[RespectItem]
    rows: Sequence[RespectRow]

    @property
    def n_expected(self) -> int:
        return len(self.items) * len(self.rows)

    @property
    def n_kept(self) -> int:
        return sum(tick.is_kept for row in self.rows for tick in row.ticks.values())

    @property
    def misses(self) -> list[RespectTick]:
        """What somebody did not get, by guest."""
        return [tick for row in self.rows for tick in row.ticks.values() if not tick.is_kept]

    @property
    def n_open(self) -> int:
        return self.n_expected - self.n_kept - len(self.misses)

    def n_open_of(self, item: RespectItem) -> int:
        """How many guests have neither tick nor miss for a line."""
        return sum(item.id not in row.ticks for row in self.rows)


def respect_of(event: Event, by: User | None = None) -> Respect:
    """THE count of the checklist: over everybody who comes and whom `by` may see; four queries."""
    items = list_items(event)
    coming = queries_comers.list_comers(event, by)
    shown = {item.id for item in items}
    wanted = (
        sa.select(RespectTick)
        .join(RespectItem, RespectItem.id == RespectTick.item_id)
        .where(RespectItem.event_id == event.id)
        .order_by(RespectItem.position)
        .options(joinedload(RespectTick.task), joinedload(RespectTick.item))
    )
    found: dict[tuple[int, int | None], dict[int, RespectTick]] = {}
    for tick in db.session.scalars(wanted):
        if tick.item_id in shown:
            found.setdefault(tick.who, {})[tick.item_id] = tick
    return Respect(items, [RespectRow(one, found.get(one.who, {})) for one in coming])


def list_items(event: Event, *, with_retired: bool = False) -> Sequence[RespectItem]:
    """What every guest of an event can expect, in order."""
    wanted = sa.select(RespectItem).where(RespectItem.event_id == event.id)
    if not with_retired:
        wanted = wanted.where(RespectItem.is_retired.is_(False))
    return db.session.scalars(wanted.order_by(RespectItem.position)).all()


def version_of(event: Event) -> int:
    """The version of the whole list: it grows with each line that comes, goes or comes back; 0 for no list yet."""
    total = sa.select(sa.func.sum(RespectItem.version)).where(RespectItem.event_id == event.id)
    return int(db.session.scalar(total) or 0)


def get_item(id: int) -> RespectItem:
    """A line of a checklist; NotFound when there is none, or it is no longer asked."""
    found = db.session.get(RespectItem, id)
    if found is None or found.is_retired:
        raise NotFound(_("There is no such line on the checklist."))
    return found


def find_tick(item: RespectItem, comer: Comer) -> RespectTick | None:
    """The tick or miss of somebody for a line."""
    invitation_id, guest_id = comer.who
    wanted = sa.select(RespectTick).where(
        RespectTick.item_id == item.id,
        RespectTick.invitation_id == invitation_id,
        RespectTick.guest_id == guest_id,
    )
    return db.session.scalars(wanted.options(joinedload(RespectTick.task))).one_or_none()
