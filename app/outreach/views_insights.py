"""Pages of insights: what people told us, the answer, the thank-you; and which brief they received."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries as accounts
from app.accounts.access import acting_user, requires
from app.core import clock
from app.core.forms import number_asked
from app.outreach import operations_insights as operations
from app.outreach import queries, queries_insights
from app.outreach.forms_insights import BriefReceiptForm, InsightAnswerForm, InsightForm, ToldForm
from app.outreach.views import bp
from app.people import queries as people
from app.programs import queries as programs
from app.programs.queries_initiatives import get_brief_version, list_briefs_of


@bp.get("/insights")
@requires("outreach:read")
def insights() -> ResponseReturnValue:
    by = acting_user()
    is_mine = request.args.get("whose") == "mine"
    shown = request.args.get("state", "open")
    rows = queries_insights.list_insights(
        by, owner=by if is_mine else None, is_open={"open": True, "told": False}.get(shown)
    )
    return render_template(
        "outreach/insights.html",
        rows=rows,
        who=queries_insights.who_answers(rows),
        is_mine=is_mine,
        shown=shown,
        today=clock.today(),
    )


@bp.get("/programs/<int:id>/insights")
@requires("outreach:read")
def insights_of_program(id: int) -> ResponseReturnValue:
    program = programs.get_program(id)
    rows = queries_insights.list_insights(acting_user(), program=program)
    return render_template(
        "outreach/insights_of_program.html",
        program=program,
        rows=rows,
        who=queries_insights.who_answers(rows),
        today=clock.today(),
    )


@bp.route("/person/<int:id>/insights/new", methods=["GET", "POST"])
@requires("outreach:write")
def new_insight(id: int) -> ResponseReturnValue:
    by = acting_user()
    person = people.get_person(id, by)
    entered = [one.program for one in programs.list_enrolments_of(person)]
    form = InsightForm.fresh(clock.today())
    form.offer(entered, queries.list_departments(), accounts.list_users(is_active=True))
    if form.validate_on_submit():
        with form.attempt():
            made = operations.note_insight(form.details(person.id, number_asked("touch")), by=by)
            flash(_("Noted. %(owner)s has been told.", owner=made.owner.name), "ok")
            return redirect(url_for("outreach.insight", id=made.id), 303)
    return render_template(
        "outreach/new_insight.html", form=form, person=person, entered=entered
    ), form.status


@bp.get("/insights/<int:id>")
@requires("outreach:read")
def insight(id: int) -> ResponseReturnValue:
    found = queries_insights.get_insight(id, acting_user())
    who = queries_insights.who_answers([found])[found.id]
    return render_template("outreach/insight.html", insight=found, who=who, today=clock.today())


@bp.route("/insights/<int:id>/answer", methods=["GET", "POST"])
@requires("outreach:write")
def answer_insight(id: int) -> ResponseReturnValue:
    by = acting_user()
    found = queries_insights.get_insight(id, by)
    form = InsightAnswerForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.answer_insight(found, form.details(), by=by)
            flash(_("The answer is kept. Next: tell the person, and thank them."), "ok")
            return redirect(url_for("outreach.insight", id=found.id), 303)
    return render_template("outreach/answer_insight.html", form=form, insight=found), form.status


@bp.route("/insights/<int:id>/told", methods=["GET", "POST"])
@requires("outreach:write")
def told(id: int) -> ResponseReturnValue:
    by = acting_user()
    found = queries_insights.get_insight(id, by)
    form = ToldForm(data={"told_on": clock.today()})
    if form.validate_on_submit():
        with form.attempt():
            operations.note_told(found, form.told_on.data, by=by)
            flash(_("%(person)s has heard what became of it.", person=found.person.name), "ok")
            return redirect(url_for("outreach.insight", id=found.id), 303)
    return render_template("outreach/told.html", form=form, insight=found), form.status


@bp.route("/<int:id>/brief", methods=["GET", "POST"])
@requires("outreach:write")
def brief_received(id: int) -> ResponseReturnValue:
    by = acting_user()
    touch = queries.get_touch(id, by)
    choices = [brief.current for brief in list_briefs_of(touch.person)]
    form = BriefReceiptForm().offer(choices)
    if form.validate_on_submit():
        with form.attempt():
            version = get_brief_version(int(form.version_id.data))
            operations.note_brief_received(touch, version, by=by)
            said = {"person": touch.person.name, "version": version.number}
            flash(_("%(person)s received version %(version)s.", **said), "ok")
            return redirect(url_for("outreach.messages_of", id=touch.person_id), 303)
    return render_template(
        "outreach/brief_received.html", form=form, touch=touch, choices=choices
    ), form.status


@bp.get("/person/<int:id>/messages")
@requires("outreach:read")
def messages_of(id: int) -> ResponseReturnValue:
    by = acting_user()
    person = people.get_person(id, by)
    insights = queries_insights.list_insights(by, person=person)
    return render_template(
        "outreach/messages_of.html", person=person, standings=queries_insights.briefs_of_person(person, by),
        insights=insights, who=queries_insights.who_answers(insights), today=clock.today(),
    )  # fmt: skip
