"""All calendar feeds of the house, for whoever answers for it: whose, of what, when last asked for; never an address."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.calendars.models import Feed, FeedKind
from app.calendars.queries import FeedRow, names_of
from app.core import keyset
from app.core.db import db
from app.core.errors import NotFound
from app.core.keyset import Count, Order, Page, Place
from app.people import queries as people
from app.people.models import Person

PAGE_SIZE = 50
ORDER = Order((Feed.id,), is_descending=True)
#: A feed nobody asked for in this time is perhaps forgotten.
QUIET = timedelta(days=60)


class FeedFilter(Struct, frozen=True):
    """What to show; None and False mean any. `quiet_since`: not asked for since then, or never."""

    kind: FeedKind | None = None
    is_of_people: bool = False
    quiet_since: datetime | None = None


def list_all(by: User, wanted: FeedFilter, place: Place | None = None) -> Page[FeedRow]:
    """A page of live feeds, the newest first; people `by` may not see have none here. A fixed number of queries."""
    rows = _wanted(by, wanted).options(
        joinedload(Feed.user), joinedload(Feed.person), joinedload(Feed.made_by)
    )

    def read(at: Place | None) -> Sequence[FeedRow]:
        found = db.session.scalars(keyset.cut(rows, ORDER, at, PAGE_SIZE)).all()
        names = names_of(found)
        return [FeedRow(one, names.get((one.kind, one.target_id), "")) for one in found]

    return keyset.turn_to(place, PAGE_SIZE, read, lambda row: [row.feed.id])


def count_all(by: User, wanted: FeedFilter) -> Count:
    """How many feeds a filter leaves, exactly up to 10,000."""
    return keyset.count_rows(_wanted(by, wanted).with_only_columns(Feed.id))


def get_any(id: int, by: User) -> Feed:
    """A live feed of anybody, or NotFound."""
    found = db.session.scalars(_wanted(by, FeedFilter()).where(Feed.id == id)).one_or_none()
    if found is None:
        raise NotFound(_("There is no such feed, or it is taken back already."))
    return found


def _wanted(by: User, wanted: FeedFilter) -> sa.Select[Feed]:
    seen = people.visible_to(by).with_only_columns(Person.id)
    survivor = sa.func.coalesce(Person.merged_into_id, Person.id)
    rows = sa.select(Feed).outerjoin(Person, Person.id == Feed.person_id)
    rows = rows.where(Feed.revoked_at.is_(None), sa.or_(Feed.person_id.is_(None), survivor.in_(seen)))
    if wanted.kind is not None:
        rows = rows.where(Feed.kind == wanted.kind)
    if wanted.is_of_people:
        rows = rows.where(Feed.person_id.is_not(None))
    if wanted.quiet_since is not None:
        last = sa.func.coalesce(Feed.fetched_at, Feed.made_at)
        rows = rows.where(last < wanted.quiet_since)
    return rows
