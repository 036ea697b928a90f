"""Pages of outcomes by market and of lead times before launches."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import clock
from app.outreach import operations_insights as operations
from app.outreach import queries, queries_insights
from app.outreach.forms_insights import OutcomeForm
from app.outreach.queries import TouchFilter
from app.outreach.views import bp
from app.people import queries as people
from app.programs import policies_initiatives, queries_initiatives
from app.programs import queries as programs


@bp.get("/programs/<int:id>/outcomes")
@requires("outreach:read")
def outcomes(id: int) -> ResponseReturnValue:
    by = acting_user()
    program = programs.get_program(id)
    country = request.args.get("market", "")[:2]
    return render_template(
        "outreach/outcomes.html", program=program, markets=queries_insights.outcomes_by_market(by, program),
        rows=queries_insights.list_outcomes(by, program, country), country=country,
    )  # fmt: skip


@bp.route("/programs/<int:id>/outcomes/new/<int:person_id>", methods=["GET", "POST"])
@requires("outreach:write")
def new_outcome(id: int, person_id: int) -> ResponseReturnValue:
    by = acting_user()
    program, person = programs.get_program(id), people.get_person(person_id, by)
    touches = queries.list_touches(by, TouchFilter(person_id=person.id)).rows
    form = OutcomeForm(data={"on": clock.today(), "country": person.home_country})
    form.offer(touches, programs.list_goals(program))
    if form.validate_on_submit():
        with form.attempt():
            made = operations.record_outcome(form.details(program.id), by=by)
            flash(_("The outcome is recorded."), "ok")
            return redirect(url_for("outreach.outcome", id=made.id), 303)
    return render_template(
        "outreach/new_outcome.html", form=form, program=program, person=person, touches=touches
    ), form.status


@bp.get("/programs/<int:id>/outcomes/new")
@requires("outreach:write")
def choose_outcome_person(id: int) -> ResponseReturnValue:
    by = acting_user()
    program = programs.get_program(id)
    return render_template(
        "outreach/choose_outcome_person.html", program=program, rows=programs.list_enrolments(program, by)
    )


@bp.get("/outcomes/<int:id>")
@requires("outreach:read")
def outcome(id: int) -> ResponseReturnValue:
    return render_template("outreach/outcome.html", outcome=queries_insights.get_outcome(id, acting_user()))


@bp.get("/programs/<int:id>/lead-times")
@requires("outreach:read")
def lead_times(id: int) -> ResponseReturnValue:
    by = acting_user()
    program = programs.get_program(id)
    return render_template(
        "outreach/lead_times.html", program=program, launches=queries_insights.lead_times(by, program),
        goal=policies_initiatives.LEAD_GOAL.days, least=policies_initiatives.LEAD_LEAST.days, today=clock.today(),
    )  # fmt: skip


@bp.get("/briefs/<int:id>/received")
@requires("outreach:read")
def brief_receipts(id: int) -> ResponseReturnValue:
    brief = queries_initiatives.get_brief(id)
    return render_template(
        "outreach/brief_receipts.html",
        brief=brief,
        rows=queries_insights.list_receipts([brief], acting_user()),
    )
