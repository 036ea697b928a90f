"""Fields of this room that some roles may not see."""

from flask_babel import lazy_gettext as _l

from app.accounts.guarded import guard

guard(
    "advisory.fee",
    _l("Fees of paid work"),
    _l("cash to people"),
    screen="advisory:read",
    list="advisory:read",
    api="advisory:read",
)
