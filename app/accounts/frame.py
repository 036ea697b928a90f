"""The frame around every staff page: rail, New menu, notices; only what the role may open."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, current_app, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.accounts import seeing
from app.accounts.access import acting_user, may, permission_of
from app.accounts.models import User
from app.core import branding, search, sending
from app.core.i18n import words
from app.core.search import Hit


@dataclass(frozen=True)
class NavItem:
    """One line of the rail."""

    key: str
    label: str
    icon: str
    url: str
    is_active: bool = False
    count: int | None = None


@dataclass(frozen=True)
class Frame:
    """What templates/base.html shows around a page."""

    nav: list[NavItem] = field(default_factory=list)
    settings: NavItem | None = None
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
    ("reports", "Today", "sun", "reports.today", "reports:home"),
    ("people", "People", "people", "people.index", "people:read"),
    ("programs", "Programs", "bullseye", "programs.index", "programs:read"),
    ("outreach", "Outreach", "chat-dots", "outreach.index", "outreach:read"),
    ("outreach", "Contacts", "chat-dots", "outreach.agency", "outreach:contact"),
    ("events", "Events", "calendar-event", "events.index", "events:read"),
    ("travel", "Travel", "airplane", "travel.index", "travel:read"),
    ("executives", "Executives", "person-badge", "executives.index", "executives:read"),
    ("disclosures", "Disclosure", "megaphone", "disclosures.index", "disclosures:read"),
    ("ledger", "Ledger", "journal-text", "ledger.index", "ledger:read"),
    ("advisory", "Advisory", "briefcase", "advisory.index", "advisory:read"),
    ("reports-gallery", "Reports", "bar-chart", "reports.index", "reports:read"),
)

_NEW = (
    ("Person", "people.new", "people:write"),
    ("Program", "programs.new", "programs:write"),
    ("Event", "events.new", "events:write"),
    ("Touch", "outreach.new_touch", "outreach:write"),
    ("Need for advice", "advisory.new_need", "advisory:write"),
    ("Import", "imports.new", "imports:run"),
)


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
    room = _room_of(request.endpoint or "")
    nav = [
        NavItem(key, label, icon, url_for(target), is_active=key == room)
        for key, label, icon, target, permission in _ROOMS
        if _is_open(target, permission)
    ]
    new = [(label, url_for(target)) for label, target, permission in _NEW if _is_open(target, permission)]
    settings = NavItem(
        "settings",
        _("Settings"),
        "gear",
        url_for("accounts.settings"),
        is_active=request.path.startswith("/settings/"),
    )
    return Frame(
        nav=nav,
        new=new,
        settings=settings if may("audit:read") else None,
        n_notices=sum(count(acting_user()) for count in _count_notices),
        notices_url=url_for("notices.index"),
        search_url=url_for("accounts.find"),
        theme_url=url_for("accounts.choose_theme"),
        account_url=url_for("accounts.account"),
        sign_out_url=url_for("accounts.sign_out"),
        is_silent=sending.is_held(),
        **_look(),
    )


def _look() -> dict[str, Any]:
    """As whom the page is seen, and what of it is not; or how to see it as somebody."""
    me = acting_user()
    if me.own_role is not None:
        return {"seen_as": words(me.role.value), "hidden_rights": seeing.hidden_rights(me)}
    return {"see_as_url": url_for("accounts.see_as", next=request.path) if may(seeing.NEEDED) else ""}


def _is_open(endpoint: str, permission: str) -> bool:
    """Whether the page exists in this installation and the role may open it."""
    return endpoint in current_app.view_functions and may(permission)


#: Pages beyond the rail that the palette leads to: label, endpoint. Their own permission says who may.
_PAGES: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("Saved views of people", "lists.index", {"key": "people"}),
    ("Choose columns of the people list", "lists.columns", {"key": "people"}),
    ("What I did to many rows", "lists.bulks", {}),
    ("Organisations", "people.organisations", {}),
    ("Duplicates", "people.duplicates", {}),
    ("Hand-overs", "handovers.index", {}),
    ("Hand people over", "handovers.new", {}),
    ("Workload per owner", "handovers.workload", {}),
    ("Gone quiet", "outreach.quiet", {}),
    ("Next best touches", "outreach.next_touches", {}),
    ("Outbox", "outreach.outbox", {}),
    ("Obligations", "disclosures.obligations", {}),
    ("Publications", "disclosures.publications", {}),
    ("Test a disclosure label", "disclosures.tester", {}),
    ("Caps", "ledger.caps", {}),
    ("Breaches", "ledger.breaches", {}),
    ("Exchange rates", "ledger.rates", {}),
    ("Periods", "periods.index", {}),
    ("Disputes", "periods.disputes.index", {}),
    ("Verify the book", "ledger.verify", {}),
    ("Travel rules", "travel.rules", {}),
    ("Rate cards", "advisory.rates", {}),
    ("Calendars", "calendars.index", {}),
    ("Other shows", "calendars.industry", {}),
    ("Days: events, shows, meetings", "calendars.days_ahead", {}),
    ("Imports", "imports.index", {}),
    ("Settings: users", "accounts.index", {}),
    ("Settings: departments", "accounts.departments", {}),
    ("Settings: roles and rights", "accounts.roles", {}),
    ("Settings: sign-in", "accounts.sign_in_rules", {}),
    ("Settings: groups of your company's sign-in", "accounts.groups", {}),
    ("Second factor", "accounts.factors", {}),
    ("Settings: tokens", "accounts.tokens", {}),
    ("Settings: reporting", "accounts.reporting", {}),
    ("Settings: backups", "upkeep.backups", {}),
    ("Settings: audit trail", "accounts.audit_trail", {}),
    ("Settings: permission X-ray", "accounts.x_ray_page", {}),
    ("Settings: see as a role", "accounts.see_as", {}),
    ("Settings: stand-ins", "accounts.delegations", {}),
    ("Settings: branding", "accounts.brand", {}),
    ("Settings: jobs", "upkeep.jobs", {}),
    ("Settings: all calendar feeds", "calendars.all_feeds", {}),
    ("Settings: contact rule", "outreach.rule", {}),
    ("Change the password", "accounts.change_password", {}),
)


def _find_pages(_by: User, text: str, limit: int) -> list[Hit]:
    """Pages and things to make whose names hold the text: the "go to" of the palette."""
    frame = build()
    known = [(item.label, item.url) for item in [*frame.nav, *([frame.settings] if frame.settings else [])]]
    known += [(_("New: %(what)s", what=label.lower()), url) for label, url in frame.new]
    known += [(_("Your account"), frame.account_url), (_("Notices"), frame.notices_url)]
    known += [
        (_(label), url_for(endpoint, **dict[str, Any](arguments)))
        for label, endpoint, arguments in _PAGES
        if _is_open(endpoint, permission_of(current_app.view_functions.get(endpoint)) or "")
    ]
    words = text.lower().split()
    return [Hit(label, url) for label, url in known if _begins(label.lower().split(), words)][:limit]


def _begins(parts: list[str], words: list[str]) -> bool:
    """Whether each word begins a part of a label."""
    return all(any(part.startswith(word) for part in parts) for word in words)


search.register("Go to", _find_pages)
