"""Fields of this room that some roles may not see."""

from flask_babel import lazy_gettext as _l

from app.accounts.guarded import guard

guard(
    "outreach.summary",
    _l("What was said in a contact"),
    _l("whoever may read contacts"),
    screen="outreach:read",
    api="outreach:read",
)
guard(
    "outreach.inbox",
    _l("Mail that came in"),
    _l("whoever writes to people, each their own"),
    screen="outreach:write",
)
