"""Telling people that a token of theirs ends soon, before the script that uses it stops."""

from flask_babel import lazy_gettext as _l

from app.accounts.operations_tokens import note_warned
from app.accounts.queries import list_ending_tokens
from app.core import clock, waking
from app.core.db import db, transaction
from app.core.i18n import day_in_full, later
from app.notices.models import Urgency
from app.notices.operations import notify

#: The page that is named: one's own account.
_ACCOUNT = "accounts.account"


def run_daily() -> int:
    """Tell the owners of tokens that end within a week; a reader looks first, so that nothing is written where nothing is due."""
    is_due = bool(list_ending_tokens(clock.today()))
    db.session.rollback()
    if not is_due:
        return 0
    with transaction():
        return _tell_owners()


def _tell_owners() -> int:
    ending = list_ending_tokens(clock.today())
    for token in ending:
        notify(
            _l(
                "Your token “%(name)s” ends after %(day)s. Make another one before then, or what uses it will stop.",
                name=token.name, day=later(day_in_full, token.ends_on),
            ),
            user=token.user, urgency=Urgency.SOON, source=(_ACCOUNT, token.id),
        )  # fmt: skip
        note_warned(token, by=None)
    return len(ending)


_wake = waking.step("tokens", run_daily)
