"""The frame around every staff page: rail, New menu, notices; only what the role may open."""

from dataclasses import dataclass, field

from flask import Flask, request, url_for
from flask_login import current_user

from app.accounts.access import may


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


#: (room, label, icon, endpoint, permission): names may point up, imports may not.
_ROOMS = (
    ("reports", "Today", "sun", "reports.today", "reports:home"),
    ("people", "People", "people", "people.index", "people:read"),
    ("programs", "Programs", "bullseye", "programs.index", "programs:read"),
    ("outreach", "Outreach", "chat-dots", "outreach.index", "outreach:read"),
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


def init_app(app: Flask) -> None:
    """Give every page its frame."""
    app.context_processor(lambda: {"frame": build() if current_user.is_authenticated else None})


def build() -> Frame:
    """The frame for the signed-in user."""
    endpoint = request.endpoint or ""
    room = (
        "reports-gallery"
        if endpoint.startswith("reports.") and endpoint != "reports.today"
        else endpoint.split(".")[0]
    )
    nav = [
        NavItem(key, label, icon, url_for(target), is_active=key == room)
        for key, label, icon, target, permission in _ROOMS
        if may(permission)
    ]
    new = [(label, url_for(target)) for label, target, permission in _NEW if may(permission)]
    return Frame(nav=nav, new=new)
