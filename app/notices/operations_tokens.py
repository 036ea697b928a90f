"""Telling people that a token of theirs ends soon, before the script that uses it stops."""

from app.accounts.operations_tokens import note_warned
from app.accounts.queries import list_ending_tokens
from app.core import clock, waking
from app.core.db import db, transaction
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
            f"Your token “{token.name}” ends after {token.ends_on:%-d %B %Y}. Make another one before then, or what uses it "
            "will stop.",
            user=token.user, urgency=Urgency.SOON, source=(_ACCOUNT, token.id),
        )  # fmt: skip
        note_warned(token, by=None)
    return len(ending)


_wake = waking.step("tokens", run_daily)
