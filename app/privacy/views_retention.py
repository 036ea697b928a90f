"""Pages of retention: how long each kind is kept, what is due, what was deleted."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts import permissions
from app.accounts.access import acting_user, requires
from app.core import clock
from app.core.forms import page_asked
from app.privacy import operations_retention, queries, queries_retention
from app.privacy.forms import RuleForm, today_for
from app.privacy.retention import POLICIES, WAIT, Kind
from app.privacy.views import bp

#: A room within the room, so that a notice about a report finds its page by name.
retention = Blueprint("retention", __name__, url_prefix="/retention")


@retention.get("/")
@requires("privacy:read")
def index() -> ResponseReturnValue:
    """Every kind of data with its rule, what waits, and the receipts."""
    by = acting_user()
    today = clock.today(by.zone)
    return render_template(
        "privacy/retention.html", kinds=queries_retention.list_standing(today), runs=queries_retention.list_runs(),
        n_wait_days=queries_retention.days_in_force(today)[WAIT], may_set=permissions.may(by, "privacy:approve"),
        counts=queries.count_requests(), wait=WAIT,
    )  # fmt: skip


@retention.get("/due")
@requires("privacy:read")
def due() -> ResponseReturnValue:
    """What waits to be deleted, one by one."""
    page, kind = page_asked(), request.args.get("kind", "")
    days = queries_retention.days_in_force(clock.today(acting_user().zone))
    items = queries_retention.list_items(kind=kind if kind in set(Kind) else "", page=page, is_open=True)
    return render_template(
        "privacy/due.html", items=items, page=page, kind=kind, policies=POLICIES, n_wait_days=days[WAIT],
        n_per_page=queries_retention.N_PER_PAGE, deletes_on=queries_retention.deletes_on, run=None, held=queries.list_held_ids(),
    )  # fmt: skip


@retention.get("/<int:id>")
@requires("privacy:read")
def show(id: int) -> ResponseReturnValue:
    """One day's report and receipt."""
    run, page = queries_retention.get_run(id), page_asked()
    return render_template(
        "privacy/due.html", items=queries_retention.list_items(run=run, page=page), page=page, kind="", policies=POLICIES,
        n_wait_days=run.n_wait_days, n_per_page=queries_retention.N_PER_PAGE, deletes_on=queries_retention.deletes_on, run=run,
        held=queries.list_held_ids(),
    )  # fmt: skip


@retention.route("/rules/<kind>", methods=["GET", "POST"])
@requires("privacy:approve")
def rule(kind: str) -> ResponseReturnValue:
    """Set how long a kind is kept, from a day on."""
    by, found = acting_user(), queries_retention.get_kind(kind)
    today = clock.today(by.zone)
    form = RuleForm(data={"n_days": queries_retention.days_in_force(today)[kind], "from_on": today_for(by)})
    if form.validate_on_submit():
        with form.attempt():
            made = operations_retention.set_rule(form.details(kind), by=by)
            flash(f"From {made.from_on:%-d %b %Y}: {made.n_days:,} days.", "ok")
            return redirect(url_for("privacy.retention.index"), 303)
    earlier = [one for one in queries_retention.list_rules() if one.kind == kind]
    policy = POLICIES[found] if found else None
    return render_template(
        "privacy/rule.html", form=form, kind=kind, policy=policy, earlier=earlier
    ), form.status


bp.register_blueprint(retention)
