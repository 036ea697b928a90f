"""Fields of this room that some roles may not see."""

from flask_babel import lazy_gettext as _l

from app.accounts.guarded import guard

guard(
    "executives.told",
    _l("What was told in a meeting"),
    _l("whoever may see time with executives"),
    screen="executives:read",
)
guard(
    "executives.question",
    _l("Questions for an executive"),
    _l("whoever may see time with executives"),
    screen="executives:read",
    list="executives:write",
    api="executives:read",
)
guard(
    "executives.apart",
    _l("Why a pair is kept apart"),
    _l("whoever may see time with executives"),
    screen="executives:read",
)
