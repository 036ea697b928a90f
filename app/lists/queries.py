"""Reading what people keep of lists: views they see, choices they made, receipts of what they did to many rows."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct

from app.accounts import permissions
from app.accounts.models import Role, User
from app.core.db import db
from app.core.errors import NotFound
from app.core.models import Job, JobState
from app.lists import catalogue
from app.lists.catalogue import Listing
from app.lists.models import BulkChange, BulkRun, ChangeState, ListChoice, SavedView, Share

#: Rows of a receipt that are shown.
N_SHOWN = 200


def get_listing(key: str, by: User) -> Listing:
    """The list of this key; NotFound when the role may not open it."""
    found = catalogue.find(key)
    if found is None or not permissions.may(by, found.permission):
        raise NotFound(_("There is no such list, or it is not yours to see."))
    return found


# -- saved views -----------------------------------------------------------------------------------


def _visible_to(by: User) -> sa.Select[SavedView]:
    """Views `by` saved, those shared with their department, and those shared with all; those given up are not there.

    What the house calls its views is no business of an agency: its users share among themselves (R3).
    """
    theirs = sa.and_(SavedView.share == Share.DEPARTMENT, SavedView.department_id == by.department_id)
    shared = sa.or_(SavedView.share == Share.ALL, theirs)
    if by.role is Role.PARTNER:
        shared = sa.and_(shared, SavedView.owner.has(User.organisation_id == by.organisation_id))
    seen = sa.or_(SavedView.owner_id == by.id, shared)
    return sa.select(SavedView).where(seen, SavedView.ended_at.is_(None))


def list_views(listing: str, by: User) -> Sequence[SavedView]:
    """The views of a list that `by` sees: their own first, then by name."""
    is_other = sa.case((SavedView.owner_id == by.id, 0), else_=1)
    wanted = _visible_to(by).where(SavedView.listing == listing)
    return db.session.scalars(wanted.order_by(is_other, sa.func.lower(SavedView.name), SavedView.id)).all()


def list_views_under(prefix: str, by: User) -> Sequence[SavedView]:
    """The views `by` sees of everything whose key begins so: their own first, then by name."""
    is_other = sa.case((SavedView.owner_id == by.id, 0), else_=1)
    wanted = _visible_to(by).where(SavedView.listing.startswith(prefix, autoescape=True))
    return db.session.scalars(wanted.order_by(is_other, sa.func.lower(SavedView.name), SavedView.id)).all()


def get_view(id: int, by: User) -> SavedView:
    """A view `by` sees; NotFound for any other."""
    found = db.session.scalars(_visible_to(by).where(SavedView.id == id)).one_or_none()
    if found is None:
        raise NotFound(_("This saved view does not exist any more, or it is not shared with you."))
    return found


def get_ended_view(id: int, by: User) -> SavedView:
    """A view `by` gave up; NotFound for any other."""
    wanted = sa.select(SavedView).where(
        SavedView.id == id, SavedView.owner_id == by.id, SavedView.ended_at.is_not(None)
    )
    found = db.session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound(_("There is no removed view of yours to take back here."))
    return found


def count_own_views(listing: str, by: User) -> int:
    """How many views of a list `by` keeps."""
    own = sa.select(sa.func.count(SavedView.id)).where(
        SavedView.owner_id == by.id, SavedView.listing == listing, SavedView.ended_at.is_(None)
    )
    return db.session.scalar(own) or 0


_CHOICE = sa.select(ListChoice).where(
    ListChoice.user_id == sa.bindparam("user_id"), ListChoice.listing == sa.bindparam("listing")
)


def choice_of(listing: str, by: User) -> ListChoice | None:
    """What `by` has chosen for a list."""
    return db.session.scalars(_CHOICE, {"user_id": by.id, "listing": listing}).one_or_none()


def list_pinned(by: User) -> Sequence[SavedView]:
    """The views on a user's home page, in the order they were pinned; those that are gone are left out."""
    ids = [
        id
        for pinned in db.session.scalars(
            sa.select(ListChoice.pinned_ids).where(ListChoice.user_id == by.id).order_by(ListChoice.id)
        )
        for id in pinned
    ]
    found = {row.id: row for row in db.session.scalars(_visible_to(by).where(SavedView.id.in_(ids)))}
    return [found[id] for id in ids if id in found]


# -- actions on many rows --------------------------------------------------------------------------


class Receipt(Struct, frozen=True):
    """What became of the rows of an action: how many of each, and the first of those that need to be named."""

    counts: dict[ChangeState, int]
    rows: Sequence[BulkChange]

    def n(self, *states: str) -> int:
        return sum(self.counts.get(ChangeState(state), 0) for state in states)


def get_run(id: int, by: User) -> BulkRun:
    """An action on many rows of the user; who reads the trail sees everybody's. Else NotFound."""
    found = db.session.get(BulkRun, id)
    if found is None or not (found.by_id == by.id or permissions.may(by, "audit:read")):
        raise NotFound(_("There is no such receipt, or it is not yours."))
    return found


def list_runs(by: User, most: int = 50) -> Sequence[BulkRun]:
    """What a user did to many rows, the latest first."""
    wanted = sa.select(BulkRun).where(BulkRun.by_id == by.id)
    return db.session.scalars(wanted.order_by(BulkRun.made_at.desc(), BulkRun.id.desc()).limit(most)).all()


def receipt_of(run: BulkRun) -> Receipt:
    """Counts and rows of an action; what was refused or kept comes first."""
    counted = sa.select(BulkChange.state, sa.func.count()).where(BulkChange.run_id == run.id)
    counts = {row[0]: row[1] for row in db.session.execute(counted.group_by(BulkChange.state))}
    weight = sa.case(
        (BulkChange.state == ChangeState.KEPT, 0), (BulkChange.state == ChangeState.SKIPPED, 1), else_=2
    )
    wanted = sa.select(BulkChange).where(BulkChange.run_id == run.id)
    rows = db.session.scalars(wanted.order_by(weight, BulkChange.id).limit(N_SHOWN)).all()
    return Receipt(counts, rows)


def list_changes(run: BulkRun, state: ChangeState, most: int) -> Sequence[BulkChange]:
    """Some rows of an action in a state, in their order."""
    wanted = sa.select(BulkChange).where(BulkChange.run_id == run.id, BulkChange.state == state)
    return db.session.scalars(wanted.order_by(BulkChange.id).limit(most)).all()


def is_under_way(job: Job | None) -> bool:
    """Whether a job waits or runs."""
    return job is not None and job.state in {JobState.WAITING, JobState.RUNNING}
