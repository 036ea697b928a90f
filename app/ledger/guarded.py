"""Fields of this room that some roles may not see."""

from flask_babel import lazy_gettext as _l

from app.accounts.guarded import guard

guard(
    "ledger.amount",
    _l("Amounts in the book"),
    _l("value given to people"),
    screen="ledger:read",
    list="ledger:read",
    api="ledger:read",
)
