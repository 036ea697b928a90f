"""Pages of planned contacts: plan one, look at it, carry it out, give it up."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import clock
from app.core.i18n import day
from app.outreach import operations, queries, queries_holdings, queries_plans
from app.outreach.forms import TouchForm
from app.outreach.forms_rhythm import CancelForm, PlanForm, first_day
from app.outreach.models import Collision, TouchKind
from app.outreach.models_rhythm import PlannedTouch, PlanState
from app.outreach.views import bp, recorded, stopped
from app.people import queries as people


@bp.route("/person/<int:id>/plan", methods=["GET", "POST"])
@requires("outreach:write")
def new_plan(id: int) -> ResponseReturnValue:
    by = acting_user()
    person = people.get_person(id, by)
    form = PlanForm()
    if form.validate_on_submit():
        with form.attempt():
            plan = operations.plan_touch(form.details(person.id), by=by)
            flash(_("Planned for %(planned_on)s.", planned_on=day(plan.planned_on)), "ok")
            if plan.level != "free":
                flash(_("It collides as things stand: %(reason)s", reason=plan.reason), "warn")
            return redirect(url_for("outreach.plan", id=plan.id), 303)
    verdict = queries.weigh_contact(person, TouchKind.UNSOLICITED, by.department, clock.now())
    plans = queries_plans.list_plans_with([person.id])
    return render_template(
        "outreach/new_plan.html", form=form, person=person, verdict=verdict, plans=plans, first_day=first_day(),
        makers=queries_holdings.makers_of(plans, clock.now()),
    ), form.status  # fmt: skip


@bp.get("/plans/<int:id>")
@requires("outreach:read")
def plan(id: int) -> ResponseReturnValue:
    return _plan_page(queries_plans.get_plan(id, acting_user()), CancelForm())


@bp.route("/plans/<int:id>/make", methods=["GET", "POST"])
@requires("outreach:write")
def make_plan(id: int) -> ResponseReturnValue:
    """Carry a plan out: the form of a contact, filled in."""
    by = acting_user()
    plan = queries_plans.get_plan(id, by)
    person = plan.person
    form = TouchForm.begun(**_known(plan))
    if form.validate_on_submit():
        with form.attempt():
            made = operations.make_planned(plan, form.details(person.id), by=by)
            return stopped(made) if isinstance(made, Collision) else recorded(made.id, person.name)
    verdict = queries.weigh_contact(person, plan.kind, by.department, clock.now(), plan.is_ask, plan.channel)
    return render_template(
        "outreach/new_touch.html", form=form, person=person, verdict=verdict,
        action=url_for("outreach.make_plan", id=id),
    ), form.status  # fmt: skip


@bp.post("/plans/<int:id>/cancel")
@requires("outreach:write")
def cancel_plan(id: int) -> ResponseReturnValue:
    by, form = acting_user(), CancelForm()
    plan = queries_plans.get_plan(id, by)
    if form.validate_on_submit():
        with form.attempt():
            operations.cancel_plan(plan, form.reason.data or "", by=by)
            flash(_("Given up; it stays on record."), "ok")
            return redirect(url_for("outreach.index"), 303)
    return _plan_page(plan, form)


def _known(plan: PlannedTouch) -> dict[str, object]:
    """What the form of a contact begins with."""
    return {
        "channel": plan.channel.value,
        "subject": plan.subject,
        "summary": plan.summary,
        "is_ask": plan.is_ask,
    }


def _plan_page(plan: PlannedTouch, form: CancelForm) -> ResponseReturnValue:
    is_open = plan.state is PlanState.PLANNED
    verdict = None
    if is_open:
        with_them = queries_plans.list_plans_with([plan.person_id])
        verdict = queries_plans.weigh_plans(with_them, clock.now())[plan.id]
    return render_template(
        "outreach/plan.html", plan=plan, verdict=verdict, is_open=is_open, form=form,
        maker=queries_holdings.makers_of([plan], clock.now())[plan.id],
    ), form.status  # fmt: skip
