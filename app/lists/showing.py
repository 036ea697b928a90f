"""What a list shows for an address: the view, the filters with their chips, the columns, and what of it is unknown."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from msgspec import Struct, field

from app.accounts.models import User
from app.core.addresses import unknown_in
from app.core.forms import row_number
from app.core.i18n import said
from app.lists import queries
from app.lists.catalogue import Choice, Column, Filter, Listing
from app.lists.models import ListChoice, SavedView


class Widget(Struct, frozen=True):
    """A filter as the page offers it."""

    filter: Filter
    choices: Sequence[Choice]
    value: str


class Shown(Struct):
    """An address, understood."""

    listing: Listing
    views: Sequence[SavedView]
    choice: ListChoice | None
    view: SavedView | None
    columns: list[Column]
    widgets: list[Widget]
    #: Name of the filter -> what it narrows to.
    narrowed: dict[str, Any]
    chips: list[dict[str, str]]
    #: What the address asks for and nobody knows (any more), in sentences.
    unknown: list[str] = field(default_factory=list)

    @property
    def query(self) -> dict[str, str]:
        """The filters and the order, as a saved view keeps them."""
        return query_asked(self.listing)

    @property
    def args(self) -> dict[str, Any]:
        """The address without the place in the list, for links beside it; words it does not know are left out."""
        known = ("view", "columns", *self.query)
        return {name: request.args[name] for name in known if name in request.args}

    @property
    def is_changed(self) -> bool:
        """Whether more or less is shown than the view says."""
        if self.view is None:
            return False
        has_columns = "columns" in request.args and [one.key for one in self.columns] != self.view.columns
        return self.query != dict(self.view.query) or has_columns

    @property
    def opening_url(self) -> str | None:
        """Where a bare address leads: to the view the user opens the list with, if it is still there."""
        usual = self.choice.default_view_id if self.choice is not None and not request.args else None
        view = next((one for one in self.views if one.id == usual), None)
        return url_of(self.listing, view) if view is not None else None

    @property
    def is_default(self) -> bool:
        return (
            self.view is not None and self.choice is not None and self.choice.default_view_id == self.view.id
        )


def query_asked(listing: Listing) -> dict[str, str]:
    """What this request's address narrows a list to, less what belongs to the place in it."""
    known = ("q", "order", *listing.filters)
    return {name: value for name in known if (value := _printable(request.args.get(name, "")[:400]))}


def url_of(listing: Listing, view: SavedView) -> str:
    """The address of a view: all it says, and its number."""
    return url_for(listing.endpoint, view=view.id, **view.query)


def show(listing: Listing, by: User) -> Shown:
    """Understand this request's address; what it asks for in vain is said, not guessed."""
    views = queries.list_views(listing.key, by)
    choice = queries.choice_of(listing.key, by)
    asked = request.args.get("view", "")
    view = next((one for one in views if one.id == row_number(asked)), None)
    unknown = []
    if asked not in {"", "all"} and view is None:
        unknown.append(_("This saved view does not exist any more, or it is not shared with you."))
    shown = Shown(
        listing, views, choice, view, _columns(listing, by, view, choice, unknown), [], {}, [], unknown
    )
    _read_filters(shown, by)
    return shown


def narrowed_by(listing: Listing, by: User, query: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """What a query narrows a list to, by filter, and the sentences for what is unknown in it."""
    narrowed: dict[str, Any] = {}
    unknown = []
    for one in listing.filters_for(by):
        if not (value := str(query.get(one.name, "")).strip()):
            continue
        found = one.apply(by, value, query)
        if found is None:
            unknown.append(unknown_in(said(one.label)))
        else:
            narrowed[one.name] = found
    return narrowed, unknown


# -- steps -----------------------------------------------------------------------------------------


def _columns(
    listing: Listing, by: User, view: SavedView | None, choice: ListChoice | None, unknown: list[str]
) -> list[Column]:
    """Those of the address, else of the view, else of the user, else the usual; only what the role may see (R3)."""
    allowed = {one.key: one for one in listing.columns_for(by)}
    asked = [key for key in request.args.get("columns", "")[:1000].split(",") if key]
    if refused := [key for key in asked if key not in allowed]:
        unknown.append(_("There is no column %(names)s for you here.", names=", ".join(refused)[:100]))
    usual = [key for key in listing.default_columns if key in allowed]
    for keys in (asked, view.columns if view else [], choice.columns if choice else [], usual):
        if known := [allowed[key] for key in dict.fromkeys(keys) if key in allowed]:
            return known
    return list(allowed.values())


def _read_filters(shown: Shown, by: User) -> None:
    query = shown.query
    shown.narrowed, unknown = narrowed_by(shown.listing, by, query)
    shown.unknown += unknown
    if query.get("q"):
        shown.chips.append(_chip(shown.listing, "q", _("Search"), query["q"]))
    for one in shown.listing.filters_for(by):
        value = query.get(one.name, "").strip()
        choices = list(one.choices(by)) if one.choices else []
        shown.widgets.append(Widget(one, choices, value))
        if one.name in shown.narrowed:
            words = dict(choices).get(value) or said(one.words).format(value)
            shown.chips.append(_chip(shown.listing, one.name, said(one.label), words))


def _printable(text: str) -> str:
    """Without what no page can show; it stays a value nobody knows."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def _chip(listing: Listing, name: str, label: str, value: str) -> dict[str, str]:
    query = {other: value for other, value in query_asked(listing).items() if other != name}
    kept = {word: request.args[word] for word in ("view", "columns") if word in request.args}
    left: dict[str, Any] = {**kept, **query} or {"view": "all"}  # a bare address may lead to a view
    return {"label": label, "value": value, "url": url_for(listing.endpoint, **left)}
