"""The frame around every staff page: rail, New menu, notices; only what the role may open."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup
from msgspec import Struct, field

from app.accounts import permissions, seeing, tabs
from app.accounts.access import acting_user, may, permission_of
from app.accounts.models import User
from app.core import branding, search, sending
from app.core.db import db
from app.core.i18n import locale_tag, marked, said, words
from app.core.models import Setting
from app.core.search import Hit


class NavItem(Struct, frozen=True):
    """One line of the rail."""

    key: str
    label: str
    icon: str
    url: str
    #: Opens it after g.
    letter: str = ""


class Frame(Struct, frozen=True):
    """What templates/base.html shows around a page."""

    nav: list[NavItem] = field(default_factory=list)
    #: The lines of the rail, the dialogs of the keyboard, the search and the New menu of the top bar.
    rooms: Markup = field(default_factory=Markup)
    dialogs: Markup = field(default_factory=Markup)
    searching: Markup = field(default_factory=Markup)
    making: Markup = field(default_factory=Markup)
    settings: NavItem | None = None
    is_in_settings: bool = False
    new: list[tuple[str, str]] = field(default_factory=list)
    n_notices: int = 0
    notices_url: str = "/notices/"
    search_url: str = "/search"
    theme_url: str = "/account/theme"
    account_url: str = "/account/"
    sign_out_url: str = "/sign-out"
    #: This is a copy that was put back: nothing leaves it until somebody says so.
    is_silent: bool = False
    #: The role that an administrator sees as; empty for oneself.
    seen_as: str = ""
    #: What this role may and whoever looks may not.
    hidden_rights: list[str] = field(default_factory=list)
    #: Leads to the same page as another role sees it; empty for who may not.
    see_as_url: str = ""


#: (room, label, icon, endpoint, permission): names may point up, imports may not.
_ROOMS = (
    ("reports", marked("Today"), "sun", "reports.today", "reports:home"),
    ("people", marked("People"), "people", "people.index", "people:read"),
    ("programs", marked("Programs"), "bullseye", "programs.index", "programs:read"),
    ("outreach", marked("Outreach"), "chat-dots", "outreach.index", "outreach:read"),
    ("outreach", marked("Contacts"), "chat-dots", "outreach.agency", "outreach:contact"),
    ("events", marked("Events"), "calendar-event", "events.index", "events:read"),
    ("travel", marked("Travel"), "airplane", "travel.index", "travel:read"),
    ("executives", marked("Executives"), "person-badge", "executives.index", "executives:read"),
    ("disclosures", marked("Disclosure"), "megaphone", "disclosures.index", "disclosures:read"),
    ("ledger", marked("Ledger"), "journal-text", "ledger.index", "ledger:read"),
    ("advisory", marked("Advisory"), "briefcase", "advisory.index", "advisory:read"),
    ("reports-gallery", marked("Reports"), "bar-chart", "reports.index", "reports:read"),
)

#: The letter that opens a room after g.
_LETTERS = {
    "people": "p", "programs": "r", "outreach": "o", "events": "e", "travel": "v", "executives": "x", "disclosures": "d",
    "ledger": "l", "advisory": "a", "reports": "t", "reports-gallery": "s",
}  # fmt: skip

_NEW = (
    (marked("Person"), "people.new", "people:write"),
    (marked("Program"), "programs.new", "programs:write"),
    (marked("Event"), "events.new", "events:write"),
    (marked("Touch"), "outreach.new_touch", "outreach:write"),
    (marked("Need for advice"), "advisory.new_need", "advisory:write"),
    (marked("Import"), "imports.new", "imports:run"),
)


_ADDRESSES = {
    "notices_url": "notices.index", "search_url": "accounts.find", "theme_url": "accounts.choose_theme",
    "account_url": "accounts.account", "sign_out_url": "accounts.sign_out",
}  # fmt: skip

#: Rooms without a line of their own in the rail.
_BELONGS_TO = {"handovers": "people", "privacy": "people", "periods": "ledger"}
#: Tabs of a record that another room offers; a person's are called `for_person` in every room.
_TABS_OF = {
    "outreach.messages_of": "people", "outreach.lead_times": "programs", "outreach.outcomes": "programs",
    "outreach.insights_of_program": "programs", "calendars.industry": "events", "calendars.days_ahead": "events",
    "calendars.other_show": "events",
}  # fmt: skip


#: The number at the bell; set by the room that knows it.
_count_notices: list[Callable[[User], int]] = []


def count_notices_with(count: Callable[[User], int]) -> None:
    """Let a room above say how many notices wait for a user."""
    _count_notices[:] = [count]


def init_app(app: Flask) -> None:
    """Give every page its frame."""
    # For each application its own: which pages there are differs.
    app.extensions["rail"] = lru_cache(maxsize=128)(_rail)
    tabs.init_app(app)
    app.jinja_env.globals.update(brand=branding.brand, brand_logo=branding.logo_data)
    app.context_processor(lambda: {"frame": build() if current_user.is_authenticated else None})


def _room_of(endpoint: str) -> str:
    """Where in the navigation a page stands: with the record it is a tab of, else with its own room."""
    blueprint, _dot, name = endpoint.partition(".")
    if name == "for_person":
        return "people"
    if blueprint == "reports" and name != "today":
        return "reports-gallery"
    return _TABS_OF.get(endpoint) or _BELONGS_TO.get(blueprint, blueprint)


def build() -> Frame:
    """The frame for the signed-in user."""
    me, room = acting_user(), _room_of(request.endpoint or "")
    rail = current_app.extensions["rail"](permissions.rights_of(me), locale_tag(), request.script_root)
    return Frame(
        nav=rail.nav,
        rooms=rail.rooms.get(room, rail.rooms[""]),
        dialogs=rail.dialogs,
        searching=rail.searching,
        making=rail.making,
        new=rail.new,
        settings=rail.settings,
        is_in_settings=request.path.startswith("/settings/"),
        n_notices=sum(count(me) for count in _count_notices),
        is_silent=_is_silent(),
        **rail.addresses,
        **_look(me),
    )


class _Rail(Struct, frozen=True):
    """What is the same on every page."""

    nav: list[NavItem]
    #: The key of the open room, empty for none -> the lines of the rail.
    rooms: dict[str, Markup]
    dialogs: Markup
    searching: Markup
    making: Markup
    new: list[tuple[str, str]]
    settings: NavItem | None
    addresses: dict[str, str]


def _rail(_rights: frozenset[str], _language: str, _mounted_at: str) -> _Rail:
    """For the rights, the language and the address of the request, under which it is kept: drawing it takes a tenth of a page."""
    nav = [
        NavItem(key, said(label), icon, url_for(target), _LETTERS.get(key, ""))
        for key, label, icon, target, permission in _ROOMS
        if _is_open(target, permission)
    ]
    addresses = {name: url_for(target) for name, target in _ADDRESSES.items()}
    has_search, search_url = may("accounts:self"), addresses["search_url"]
    new = [
        (said(label), url_for(target)) for label, target, permission in _NEW if _is_open(target, permission)
    ]
    return _Rail(
        nav=nav,
        rooms={room: _drawn("_rooms", nav=nav, room=room) for room in ("", *(item.key for item in nav))},
        dialogs=_drawn("_frame_dialogs", nav=nav, has_search=has_search, search_url=search_url),
        searching=_drawn("_topsearch", search_url=search_url) if has_search else Markup(),
        making=_drawn("_new_menu", new=new) if new else Markup(),
        new=new,
        settings=NavItem("settings", _("Settings"), "gear", url_for("accounts.settings"))
        if may("audit:read")
        else None,
        addresses=addresses,
    )


def _drawn(name: str, **parts: Any) -> Markup:
    """A part of the frame; the templates escape what they are given."""
    template = current_app.jinja_env.get_template(f"components/{name}.html")
    return Markup(template.render(**parts))  # noqa: S704


#: Asked by every page, so built once.
_CHOICES = sa.select(Setting.name, Setting.value).where(
    sa.or_(Setting.name == branding.CHOICE, Setting.name == sending.SETTING)
)


def _is_silent() -> bool:
    """Whether nothing leaves this house; the brand, which every page shows too, is read in the same query."""
    found = {row[0]: row[1] for row in db.session.execute(_CHOICES)}
    branding.remember(found.get(branding.CHOICE))
    return sending.SETTING in found


def _look(me: User) -> dict[str, Any]:
    """As whom the page is seen, and what of it is not; or how to see it as somebody."""
    if me.own_role is not None:
        return {"seen_as": words(me.role.value), "hidden_rights": seeing.hidden_rights(me)}
    return {"see_as_url": url_for("accounts.see_as", next=request.path) if may(seeing.NEEDED) else ""}


def _is_open(endpoint: str, permission: str) -> bool:
    """Whether the page exists in this installation and the role may open it."""
    return endpoint in current_app.view_functions and may(permission)


#: Pages beyond the rail that the palette leads to: label, endpoint. Their own permission says who may.
_PAGES: tuple[tuple[str, str, dict[str, str]], ...] = (
    (marked("Saved views of people"), "lists.index", {"key": "people"}),
    (marked("Choose columns of the people list"), "lists.columns", {"key": "people"}),
    (marked("What I did to many rows"), "lists.bulks", {}),
    (marked("Organisations"), "people.organisations", {}),
    (marked("Duplicates"), "people.duplicates", {}),
    (marked("Hand-overs"), "handovers.index", {}),
    (marked("Hand people over"), "handovers.new", {}),
    (marked("Workload per owner"), "handovers.workload", {}),
    (marked("Gone quiet"), "outreach.quiet", {}),
    (marked("Next best touches"), "outreach.next_touches", {}),
    (marked("Outbox"), "outreach.outbox", {}),
    (marked("Obligations"), "disclosures.obligations", {}),
    (marked("Publications"), "disclosures.publications", {}),
    (marked("Test a disclosure label"), "disclosures.tester", {}),
    (marked("Caps"), "ledger.caps", {}),
    (marked("Breaches"), "ledger.breaches", {}),
    (marked("Exchange rates"), "ledger.rates", {}),
    (marked("Periods"), "periods.index", {}),
    (marked("Disputes"), "periods.disputes.index", {}),
    (marked("Verify the book"), "ledger.verify", {}),
    (marked("Travel rules"), "travel.rules", {}),
    (marked("Rate cards"), "advisory.rates", {}),
    (marked("Calendars"), "calendars.index", {}),
    (marked("Other shows"), "calendars.industry", {}),
    (marked("Days: events, shows, meetings"), "calendars.days_ahead", {}),
    (marked("Imports"), "imports.index", {}),
    (marked("Settings: users"), "accounts.index", {}),
    (marked("Settings: departments"), "accounts.departments", {}),
    (marked("Settings: roles and rights"), "accounts.roles", {}),
    (marked("Settings: sign-in"), "accounts.sign_in_rules", {}),
    (marked("Settings: groups of your company's sign-in"), "accounts.groups", {}),
    (marked("Second factor"), "accounts.factors", {}),
    (marked("Settings: tokens"), "accounts.tokens", {}),
    (marked("Settings: reporting"), "accounts.reporting", {}),
    (marked("Settings: backups"), "upkeep.backups", {}),
    (marked("Settings: audit trail"), "accounts.audit_trail", {}),
    (marked("Settings: permission X-ray"), "accounts.x_ray_page", {}),
    (marked("Settings: see as a role"), "accounts.see_as", {}),
    (marked("Settings: stand-ins"), "accounts.delegations", {}),
    (marked("Settings: branding"), "accounts.brand", {}),
    (marked("Settings: jobs"), "upkeep.jobs", {}),
    (marked("Settings: all calendar feeds"), "calendars.all_feeds", {}),
    (marked("Settings: contact rule"), "outreach.rule", {}),
    (marked("Change the password"), "accounts.change_password", {}),
)


def _find_pages(_by: User, text: str, limit: int) -> list[Hit]:
    """Pages and things to make whose names hold the text: the "go to" of the palette."""
    frame = build()
    known = [(item.label, item.url) for item in [*frame.nav, *([frame.settings] if frame.settings else [])]]
    known += [(_("New: %(what)s", what=label.lower()), url) for label, url in frame.new]
    known += [(_("Your account"), frame.account_url), (_("Notices"), frame.notices_url)]
    known += [
        (said(label), url_for(endpoint, **dict[str, Any](arguments)))
        for label, endpoint, arguments in _PAGES
        if _is_open(endpoint, permission_of(current_app.view_functions.get(endpoint)) or "")
    ]
    words = text.lower().split()
    return [Hit(label, url) for label, url in known if _begins(label.lower().split(), words)][:limit]


def _begins(parts: list[str], words: list[str]) -> bool:
    """Whether each word begins a part of a label."""
    return all(any(part.startswith(word) for part in parts) for word in words)


search.register(marked("Go to"), _find_pages)
