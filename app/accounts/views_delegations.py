"""Settings, Stand-ins: who acts for whom, and what was done in somebody's name."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app.accounts import queries_delegations
from app.accounts.access import acting_user, requires
from app.accounts.views import bp
from app.core import clock


@bp.get("/settings/delegations")
@requires("audit:read")
def delegations() -> ResponseReturnValue:
    """Everybody's delegations and absences; they are given and taken back on the account page of who gives them."""
    today = clock.today(acting_user().zone)
    return render_template(
        "accounts/delegations.html", rows=queries_delegations.list_stand_ins(today),
        away=queries_delegations.list_away(today), today=today, n_days=queries_delegations.SHOWN_AFTER.days,
    )  # fmt: skip
