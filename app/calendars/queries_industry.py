"""Reading other shows, the times people are not free, and the calendars both come from."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm import joinedload

from app.accounts import permissions
from app.accounts.models import User
from app.calendars.models_industry import BusyBlock, CalendarSource, OtherShow, ShowKind, SourceKind
from app.core import clock
from app.core.db import db, escape_like
from app.core.errors import NotFound
from app.core.vtimezone import get_zone
from app.events import layers
from app.events.layers import Entry, Layer, Who, Window
from app.people import queries as people
from app.people.models import Person

N_PER_PAGE = 50

# -- other shows ------------------------------------------------------------------------------------


class ShowFilter(Struct, frozen=True):
    """What the list of shows is narrowed to; `when` is "past", "gone" or empty for what lies ahead."""

    q: str = ""
    country: str = ""
    kind: str = ""
    when: str = ""


class ShowPage(Struct, frozen=True):
    """One page of shows and the count of the whole."""

    rows: Sequence[OtherShow]
    total: int
    page: int

    @property
    def has_next(self) -> bool:
        return self.page * N_PER_PAGE < self.total


def list_shows(filter: ShowFilter = ShowFilter(), page: int = 1) -> ShowPage:
    """A page of 50: what lies ahead by begin, what is over the latest first; two queries."""
    wanted = _narrowed(filter, clock.today())
    total = db.session.scalar(sa.select(sa.func.count()).select_from(wanted.subquery())) or 0
    page = max(1, min(page, -(-total // N_PER_PAGE) or 1))
    order = OtherShow.from_on.desc() if filter.when == "past" else OtherShow.from_on
    ordered = wanted.order_by(order, OtherShow.id).offset((page - 1) * N_PER_PAGE).limit(N_PER_PAGE)
    return ShowPage(db.session.scalars(ordered.options(joinedload(OtherShow.source))).all(), total, page)


def _narrowed(filter: ShowFilter, today: date) -> sa.Select[OtherShow]:
    wanted = sa.select(OtherShow)
    for word in filter.q.lower().split()[:8]:
        like = f"%{escape_like(word)}%"
        columns = (OtherShow.name, OtherShow.place)
        wanted = wanted.where(sa.or_(*(sa.func.lower(column).like(like, escape="\\") for column in columns)))
    if filter.country:
        wanted = wanted.where(OtherShow.country == filter.country)
    if filter.kind in list(ShowKind):
        wanted = wanted.where(OtherShow.kind == filter.kind)
    if filter.when == "gone":
        return wanted.where(OtherShow.gone_at.is_not(None))
    wanted = wanted.where(OtherShow.gone_at.is_(None))
    return wanted.where(OtherShow.to_on < today if filter.when == "past" else OtherShow.to_on >= today)


def list_show_countries() -> Sequence[str]:
    """The countries in which there are shows."""
    wanted = sa.select(OtherShow.country).where(OtherShow.country != "").distinct()
    return db.session.scalars(wanted.order_by(OtherShow.country)).all()


def get_show(id: int) -> OtherShow:
    """The show with this id, or NotFound."""
    wanted = sa.select(OtherShow).where(OtherShow.id == id).options(joinedload(OtherShow.source))
    found = db.session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound(_("There is no such show."))
    return found


def rows_of(source: CalendarSource) -> Sequence[OtherShow] | Sequence[BusyBlock]:
    """Everything that came from a calendar."""
    if source.kind is SourceKind.SHOWS:
        return db.session.scalars(sa.select(OtherShow).where(OtherShow.source_id == source.id)).all()
    return db.session.scalars(sa.select(BusyBlock).where(BusyBlock.source_id == source.id)).all()


# -- calendars of others ------------------------------------------------------------------------------


def list_sources() -> Sequence[CalendarSource]:
    """Calendars of shows that are read, by name."""
    wanted = sa.select(CalendarSource).where(
        CalendarSource.kind == SourceKind.SHOWS, CalendarSource.ended_at.is_(None)
    )
    return db.session.scalars(wanted.order_by(sa.func.lower(CalendarSource.name), CalendarSource.id)).all()


def list_sources_of(person: Person) -> Sequence[CalendarSource]:
    """A person's own calendars that are read."""
    wanted = sa.select(CalendarSource).where(
        CalendarSource.person_id.in_(people.records_of(person)), CalendarSource.ended_at.is_(None)
    )
    return db.session.scalars(wanted.order_by(CalendarSource.id)).all()


def get_source(id: int, by: User) -> CalendarSource:
    """A calendar `by` may see: that of a person only with the person. NotFound."""
    wanted = (
        sa.select(CalendarSource).where(CalendarSource.id == id).options(joinedload(CalendarSource.person))
    )
    found = db.session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound(_("There is no such calendar."))
    if found.person_id is not None:
        people.get_person(found.person_id, by)
    return found


# -- when people are not free -------------------------------------------------------------------------


def list_blocks(person: Person, from_at: datetime | None = None) -> Sequence[BusyBlock]:
    """When somebody is not free from now on, by begin."""
    wanted = sa.select(BusyBlock).where(
        BusyBlock.person_id.in_(people.records_of(person)), BusyBlock.ends_at > (from_at or clock.now())
    )
    ordered = wanted.order_by(BusyBlock.starts_at, BusyBlock.id).limit(500)
    return db.session.scalars(ordered.options(joinedload(BusyBlock.source))).all()


def get_block(id: int, by: User) -> BusyBlock:
    """A block of a person `by` may see, or NotFound."""
    found = db.session.get(BusyBlock, id, options=[joinedload(BusyBlock.person)])
    if found is None:
        raise NotFound(_("There is no such entry."))
    people.get_person(found.person_id, by)
    return found


# -- layers -------------------------------------------------------------------------------------------


def list_show_entries(window: Window) -> list[Entry]:
    """Other shows in the window; one query. Those that are off are left out."""
    if window.by is not None and not permissions.may(window.by, "calendars:read"):
        return []
    # A day is 26 hours long around the world.
    wanted = sa.select(OtherShow).where(
        OtherShow.gone_at.is_(None),
        OtherShow.from_on <= (window.to_at + timedelta(days=1)).date(),
        OtherShow.to_on >= (window.from_at - timedelta(days=1)).date(),
    )
    rows = db.session.scalars(wanted.order_by(OtherShow.from_on, OtherShow.id))
    return [show_entry(row) for row in rows]


def show_entry(row: OtherShow) -> Entry:
    """A show as it stands in its layer."""
    tz = get_zone(row.zone)
    begins, ends = (
        datetime.combine(on, time(), tz).astimezone(UTC)
        for on in (row.from_on, row.to_on + timedelta(days=1))
    )
    return Entry(
        layer=Layer.SHOWS, id=row.id, title=row.name, starts_at=begins, ends_at=ends, zone=row.zone, is_all_day=True,
        place=row.place, country=row.country, audiences=frozenset(row.audiences), endpoint="calendars.other_show",
        target_id=row.id,
    )  # fmt: skip


def list_block_entries(window: Window) -> list[Entry]:
    """When the people asked about are not free, of those the reader may see; one query."""
    if not window.person_ids or (window.by is not None and not permissions.may(window.by, "calendars:read")):
        return []
    visible = people.visible_to(window.by).with_only_columns(Person.id)
    wanted = (
        sa.select(BusyBlock)
        .where(
            BusyBlock.person_id.in_(window.person_ids), BusyBlock.person_id.in_(visible),
            BusyBlock.starts_at < window.to_at, BusyBlock.ends_at > window.from_at,
        )
        .options(joinedload(BusyBlock.person))
        .order_by(BusyBlock.starts_at, BusyBlock.id)
    )  # fmt: skip
    return [
        Entry(
            layer=Layer.BLOCKS, id=row.id, title=row.title, starts_at=row.starts_at, ends_at=row.ends_at, zone=row.zone,
            is_all_day=row.is_all_day, people=(Who(row.person_id, row.person.name),), endpoint="calendars.for_person",
            target_id=row.person_id,
        )
        for row in db.session.scalars(wanted)
    ]  # fmt: skip


layers.offer(Layer.SHOWS, list_show_entries)
layers.offer(Layer.BLOCKS, list_block_entries)
