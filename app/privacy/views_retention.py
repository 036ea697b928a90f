"""Pages of retention: how long each kind is kept, what is due, what was deleted."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.accounts import permissions
from app.accounts.access import acting_user, requires
from app.core import clock
from app.core.forms import page_asked
from app.core.i18n import day, number
from app.privacy import operations_retention, queries, queries_retention
from app.privacy.forms import ApprovalForm, RuleForm, today_for
from app.privacy.retention import POLICIES
from app.privacy.retention_kinds import WAIT, Kind
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
        "privacy/due.html", items=items, page=page, kind=kind, n_wait_days=days[WAIT], run=None, **_told(kind)
    )


def _told(kind: str = "") -> dict[str, object]:
    """What a list of items is told with: how much of it waits for a yes, how much has it."""
    today = clock.today(acting_user().zone)
    return {
        "policies": POLICIES, "n_per_page": queries_retention.N_PER_PAGE, "deletes_on": queries_retention.deletes_on,
        "held": queries.list_held_ids(), "asked": queries_retention.asked_kinds(today),
        "n_unapproved": sum(queries_retention.count_by_kind(queries_retention.unapproved(kind)).values()),
        "n_approved": sum(queries_retention.count_by_kind(queries_retention.approved(kind)).values()),
        "may_approve": permissions.may(acting_user(), "privacy:approve"),
    }  # fmt: skip


@retention.get("/<int:id>")
@requires("privacy:read")
def show(id: int) -> ResponseReturnValue:
    """One day's report and receipt."""
    run, page = queries_retention.get_run(id), page_asked()
    return render_template(
        "privacy/due.html", items=queries_retention.list_items(run=run, page=page), page=page, kind="",
        n_wait_days=run.n_wait_days, run=run, **_told(),
    )  # fmt: skip


@retention.route("/approve", methods=["GET", "POST"])
@requires("privacy:approve")
def approve() -> ResponseReturnValue:
    """Say yes to the deletion of what was reported (c48)."""
    return _decide(is_yes=True)


@retention.route("/withdraw", methods=["GET", "POST"])
@requires("privacy:approve")
def withdraw() -> ResponseReturnValue:
    """Take that yes back, as long as nothing has gone."""
    return _decide(is_yes=False)


def _decide(*, is_yes: bool) -> ResponseReturnValue:
    kind = request.args.get("kind", "")
    kind = kind if kind in set(Kind) else ""
    waiting = queries_retention.unapproved(kind) if is_yes else queries_retention.approved(kind)
    form, act = (
        ApprovalForm(),
        operations_retention.approve if is_yes else operations_retention.withdraw_approval,
    )
    if form.validate_on_submit():
        with form.attempt():
            n = act(kind, form.n, by=acting_user())
            flash(_said(n, is_yes), "ok")
            return redirect(url_for("privacy.retention.due", kind=kind or None), 303)
    return render_template(
        "privacy/approve.html",
        form=form,
        kind=kind,
        is_yes=is_yes,
        counts=queries_retention.count_by_kind(waiting),
        policies=POLICIES,
    ), form.status


@retention.route("/rules/<kind>", methods=["GET", "POST"])
@requires("privacy:approve")
def rule(kind: str) -> ResponseReturnValue:
    """Set how long a kind is kept, from a day on."""
    by, found = acting_user(), queries_retention.get_kind(kind)
    today = clock.today(by.zone)
    form = RuleForm(data=_in_force(kind, today) | {"from_on": today_for(by)})
    if form.validate_on_submit():
        with form.attempt():
            made = operations_retention.set_rule(form.details(kind), by=by, seen_id=form.seen_version)
            said = {"from_on": day(made.from_on), "n_days": number(made.n_days)}
            flash(_("From %(from_on)s: %(n_days)s days.", **said), "ok")
            return redirect(url_for("privacy.retention.index"), 303)
    earlier = [one for one in queries_retention.list_rules() if one.kind == kind]
    policy = POLICIES[found] if found else None
    page = render_template("privacy/rule.html", form=form, kind=kind, policy=policy, earlier=earlier)
    return page, form.status


def _in_force(kind: str, today: date) -> dict[str, Any]:
    newest = queries_retention.newest_rule(kind)
    return {
        "n_days": queries_retention.days_in_force(today)[kind], "is_asked": kind in queries_retention.asked_kinds(today),
        "version": str(newest.id if newest is not None else 0),
    }  # fmt: skip


bp.register_blueprint(retention)


def _said(n: int, is_yes: bool) -> str:
    if is_yes:
        said = ngettext(
            "%(num)s thing may be deleted when its day comes.",
            "%(num)s things may be deleted when their day comes.",
            n,
        )
    else:
        said = ngettext("%(num)s thing waits for a yes again.", "%(num)s things wait for a yes again.", n)
    return str(said)
