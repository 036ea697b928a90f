"""Fields of this room that some roles may not see."""

from flask_babel import lazy_gettext as _l

from app.accounts.guarded import guard

guard(
    "travel.papers",
    _l("Travel papers"),
    _l("masked until somebody says why they look"),
    screen="travel:identity",
)
guard(
    "travel.wish",
    _l("Wishes for a journey"),
    _l("people write there what they need"),
    screen="travel:read notes:read",
    list="travel:read notes:read",
)
guard(
    "travel.driver",
    _l("Address of a driver"),
    _l("whoever arranges the ride"),
    screen="travel:write",
)
guard(
    "travel.cost",
    _l("What a journey costs"),
    _l("it is an amount"),
    screen="travel:read amounts:read",
    api="travel:read amounts:read",
)
