"""Fields of this room that some roles may not see."""

from flask_babel import lazy_gettext as _l

from app.accounts.guarded import guard

guard(
    "programs.declaration",
    _l("What somebody declared about themselves"),
    _l("only counts of whole cohorts are shown, to nobody whose it is"),
)
