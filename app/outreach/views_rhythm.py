"""Pages of rhythm: who has gone quiet, the next best touch and its reasons, cadences, reminders put off."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.accounts.models import User
from app.core import clock
from app.core.forms import BaseForm, args_without
from app.core.i18n import day
from app.outreach import operations, queries_rhythm
from app.outreach.forms import choices_of
from app.outreach.forms_rhythm import CadenceRuleForm, PersonCadenceForm, ReminderForm, SnoozeForm
from app.outreach.policies_rhythm import REASON_WORDS, Reason
from app.outreach.queries_rhythm import SilenceFilter
from app.outreach.views import bp
from app.people import queries as people
from app.programs import queries as programs

#: Rows of the list of silences on one page.
_N_PER_PAGE = 50


@bp.get("/quiet")
@requires("outreach:read")
def quiet() -> ResponseReturnValue:
    """Who has gone quiet, and for how long; the longest beyond the cadence first."""
    by, asked = acting_user(), request.args
    rows = queries_rhythm.list_silences(by, clock.now(), _filter_asked(by))
    page = max(1, min(asked.get("page", 1, type=int), -(-len(rows) // _N_PER_PAGE) or 1))
    shown = rows[(page - 1) * _N_PER_PAGE : page * _N_PER_PAGE]
    return render_template(
        "outreach/quiet.html", rows=shown, total=len(rows), page=page, args=args_without("page"),
        owners=people.owners_of([row.id for row in shown]),
        programs=choices_of([row.program for row in programs.list_programs()]),
        has_next=page * _N_PER_PAGE < len(rows),
    )  # fmt: skip


def _filter_asked(by: User) -> SilenceFilter:
    n_days = request.args.get("days", type=int)
    whose = request.args.get("whose", "mine")
    return SilenceFilter(
        n_days=n_days if n_days is not None and 0 <= n_days < 10_000 else None,
        owner_id=by.id if whose == "mine" else None, program_id=request.args.get("program", type=int),
        is_too_long=request.args.get("cadence") == "over",
    )  # fmt: skip


@bp.get("/next")
@requires("outreach:read")
def next_touches() -> ResponseReturnValue:
    """Whom to contact next and why, how the order comes about, what is switched off or put off."""
    by, today = acting_user(), clock.today(acting_user().zone)
    return render_template(
        "outreach/next.html", rows=queries_rhythm.next_touches(by, clock.now(), today), today=today, words=REASON_WORDS,
        off=queries_rhythm.reasons_off(by), snoozes=queries_rhythm.list_snoozes(by, today), form=BaseForm(),
    )  # fmt: skip


@bp.route("/next/reasons", methods=["GET", "POST"])
@requires("outreach:write")
def reminders() -> ResponseReturnValue:
    by = acting_user()
    off = queries_rhythm.reasons_off(by)
    form = ReminderForm(data={"reasons": [reason.value for reason in Reason if reason not in off]})
    if form.validate_on_submit():
        with form.attempt():
            operations.choose_reminders(form.details(), by=by)
            flash(_("Noted. The list is in your order now."), "ok")
            return redirect(url_for("outreach.next_touches"), 303)
    return render_template("outreach/reminders.html", form=form), form.status


@bp.route("/next/<int:id>/snooze", methods=["GET", "POST"])
@requires("outreach:write")
def snooze(id: int) -> ResponseReturnValue:
    by = acting_user()
    person = people.get_person(id, by)
    form = SnoozeForm()
    if form.validate_on_submit():
        with form.attempt():
            row = operations.snooze(person, form.n_days.data, by=by)
            flash(
                _(
                    "Nothing about %(person)s before %(until_on)s.",
                    person=person.name,
                    until_on=day(row.until_on),
                ),
                "ok",
            )
            return redirect(url_for("outreach.next_touches"), 303)
    return render_template("outreach/snooze.html", form=form, person=person), form.status


@bp.route("/cadence/<int:id>", methods=["GET", "POST"])
@requires("outreach:write")
def cadence(id: int) -> ResponseReturnValue:
    """The cadences of a program: its own, by tier, by stage."""
    program = programs.get_program(id)
    form = CadenceRuleForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.set_cadence_rule(program, form.details(), by=acting_user())
            flash(_("The cadence holds from now on."), "ok")
            return redirect(url_for("outreach.cadence", id=program.id), 303)
    rules = queries_rhythm.list_cadence_rules(program)
    return render_template("outreach/cadence.html", program=program, form=form, rules=rules), form.status


@bp.route("/cadence/<int:id>/person/<int:person_id>", methods=["GET", "POST"])
@requires("outreach:write")
def person_cadence(id: int, person_id: int) -> ResponseReturnValue:
    by = acting_user()
    program, person = programs.get_program(id), people.get_person(person_id, by)
    form = PersonCadenceForm.of(queries_rhythm.person_cadence_of(person, program))
    if form.validate_on_submit():
        with form.attempt():
            seen = form.seen_version
            operations.set_person_cadence(person, program, form.details(), by=by, seen_version=seen)
            flash(_("The cadence for %(person)s holds from now on.", person=person.name), "ok")
            return redirect(url_for("outreach.for_person", id=person.id), 303)
    rules = queries_rhythm.list_cadence_rules(program)
    return render_template(
        "outreach/person_cadence.html", form=form, program=program, person=person, rules=rules
    ), form.status
