"""Writing what people keep of lists: saved views, chosen columns, the view a list opens with, views on the home page."""

from collections.abc import Sequence

from flask_babel import gettext as _

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import check_version, db
from app.lists import policies, queries
from app.lists.catalogue import Kept, Listing
from app.lists.details import ViewDetails
from app.lists.models import ListChoice, SavedView, Share
from app.lists.policies import ViewRefused


def save_view(listing: Kept, details: ViewDetails, *, by: User) -> SavedView:
    """Keep filters, order and columns under a name. Raises ViewRefused for a second one of this name, or too many."""
    if queries.count_own_views(listing.key, by) >= policies.MOST_VIEWS:
        raise ViewRefused(
            _("You keep %(most_views)s of these already. Remove one first.", most_views=policies.MOST_VIEWS)
        )
    _require_free_name(listing.key, details.name, by, None)
    view = SavedView(listing=listing.key, owner_id=by.id, made_at=clock.now())
    _fill(view, listing, details, by)
    db.session.add(view)
    audit.record("lists.view_saved", view, by=by)
    return view


def edit_view(
    view: SavedView, listing: Kept, details: ViewDetails, *, by: User, seen_version: int | None = None
) -> SavedView:
    """Change a view of one's own; whoever sees it sees the new one. Raises NotYourView, ViewRefused."""
    policies.require_own(view, by)
    check_version(view, seen_version)
    _require_free_name(listing.key, details.name, by, view.id)
    before = audit.snapshot(view)
    _fill(view, listing, details, by)
    audit.record("lists.view_edited", view, by=by, before=before)
    return view


def copy_view(view: SavedView, listing: Kept, *, by: User) -> SavedView:
    """A private view of one's own that shows the same."""
    names = {one.name.casefold() for one in queries.list_views(listing.key, by) if one.owner_id == by.id}
    numbered = (f"{view.name[:70]} ({number})" for number in range(2, policies.MOST_VIEWS + 3))
    name = next(name for name in (view.name, *numbered) if name.casefold() not in names)
    details = ViewDetails(name=name, query=view.query, columns=tuple(view.columns))
    return save_view(listing, details, by=by)


def end_view(view: SavedView, *, by: User) -> SavedView:
    """Give a view of one's own up; lists that opened with it open with everything again. Raises NotYourView."""
    policies.require_own(view, by)
    before = audit.snapshot(view)
    view.ended_at = clock.now()
    audit.record("lists.view_ended", view, by=by, before=before)
    return view


def take_view_back(view: SavedView, *, by: User) -> SavedView:
    """A view that was given up is there again. Raises NotYourView."""
    policies.require_own(view, by)
    before = audit.snapshot(view)
    view.ended_at = None
    audit.record("lists.view_taken_back", view, by=by, before=before)
    return view


def choose_columns(listing: Listing, columns: Sequence[str], *, by: User) -> ListChoice:
    """The columns a user wants to see, in their order. Raises ColumnRefused for one the role may not see (R3)."""
    chosen = list(dict.fromkeys(columns))
    policies.require_columns(chosen, [one.key for one in listing.columns_for(by)])
    row, before = _choice(listing.key, by)
    row.columns, row.set_at = chosen, clock.now()
    audit.record("lists.columns_chosen", row, by=by, before=before)
    return row


def reset_columns(listing: Listing, *, by: User) -> ListChoice:
    """The usual columns again, whatever they will be."""
    row, before = _choice(listing.key, by)
    row.columns, row.set_at = [], clock.now()
    audit.record("lists.columns_reset", row, by=by, before=before)
    return row


def open_with(listing: Listing, view: SavedView | None, *, by: User) -> ListChoice:
    """The view a list opens with for a user; None for everything."""
    row, before = _choice(listing.key, by)
    row.default_view_id, row.set_at = view.id if view else None, clock.now()
    audit.record("lists.default_view_chosen", row, by=by, before=before)
    return row


def pin_view(listing: Listing, view: SavedView, *, is_pinned: bool, by: User) -> ListChoice:
    """Show a view with its number on the home page, or no longer. Raises ViewRefused for too many."""
    row, before = _choice(listing.key, by)
    others = [id for id in row.pinned_ids if id != view.id]
    seen = {one.id for one in queries.list_views(listing.key, by)}
    others = [id for id in others if id in seen]
    if is_pinned and len(others) >= policies.MOST_PINNED:
        raise ViewRefused(
            _(
                "The home page has room for %(most_pinned)s views. Take one off first.",
                most_pinned=policies.MOST_PINNED,
            )
        )
    row.pinned_ids, row.set_at = [*others, view.id] if is_pinned else others, clock.now()
    audit.record("lists.view_pinned", row, by=by, before=before)
    return row


# -- steps -----------------------------------------------------------------------------------------


def _fill(view: SavedView, listing: Kept, details: ViewDetails, by: User) -> None:
    known = listing.names_kept
    allowed = {one.key for one in listing.columns_for(by)}
    view.name, view.share = details.name, details.share
    view.department_id = by.department_id if details.share is Share.DEPARTMENT else None
    view.query = {name: value for name, value in details.query.items() if name in known and value}
    view.columns = [key for key in dict.fromkeys(details.columns) if key in allowed]


def _choice(listing: str, by: User) -> tuple[ListChoice, dict[str, object] | None]:
    row = queries.choice_of(listing, by)
    if row is not None:
        return row, audit.snapshot(row)
    row = ListChoice(user_id=by.id, listing=listing, columns=[], pinned_ids=[], set_at=clock.now())
    db.session.add(row)
    return row, None


def _require_free_name(listing: str, name: str, by: User, own_id: int | None) -> None:
    own = [one for one in queries.list_views(listing, by) if one.owner_id == by.id and one.id != own_id]
    if any(one.name.casefold() == name.casefold() for one in own):
        raise ViewRefused(
            _("You have one called %(name)s already. Choose another name.", name=name), field="name"
        )
