"""Pages of the travel rules: the list in the order they are asked, a new one, ending one."""

import calendar

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import clock
from app.ledger.policies_approvals import APPROVER_WORDS
from app.people import queries as people
from app.programs import queries as programs
from app.travel import operations, queries
from app.travel.forms_rules import EndRuleForm, RuleForm
from app.travel.forms_simulator import asked_of_rule
from app.travel.policies import night_limit
from app.travel.views import bp


@bp.get("/rules")
@requires("amounts:read")
def rules() -> ResponseReturnValue:
    """Every travel rule, in the order they are asked; they name prices, so only for readers of amounts."""
    return render_template(
        "travel/rules.html",
        rules=queries.list_rules(),
        today=clock.today(),
        night_limit=night_limit,
        asked_of=asked_of_rule,
        months=calendar.month_name,
        approvers=APPROVER_WORDS,
    )


@bp.route("/rules/new", methods=["GET", "POST"])
@requires("ledger:rules")
def new_rule() -> ResponseReturnValue:
    """Put a rule in force; compliance does."""
    # What the simulator hands over stands in the address and is weighed like anything typed.
    tried = request.args if request.method == "GET" and "place" in request.args else None
    begun = {"effective_from_on": clock.today(), "place": queries.next_place(), "min_minutes": 0}
    form = RuleForm(tried, data=begun) if tried else RuleForm(data=begun)
    form.offer([row.program for row in programs.list_programs()], people.list_organisations())
    if form.validate_on_submit():
        with form.attempt():
            operations.set_travel_rule(form.details(), by=acting_user())
            flash(_("The rule is in force from its day on."), "ok")
            return redirect(url_for("travel.rules"), 303)
    return render_template("travel/new_rule.html", form=form), form.status


@bp.route("/rules/<int:id>/end", methods=["GET", "POST"])
@requires("ledger:rules")
def end_rule(id: int) -> ResponseReturnValue:
    """Let a rule end with a day."""
    rule = queries.get_rule(id)
    form = EndRuleForm(data={"last_on": clock.today()})
    if form.validate_on_submit():
        with form.attempt():
            operations.end_travel_rule(rule, form.last_on.data, by=acting_user())
            flash(_("The rule ends with that day."), "ok")
            return redirect(url_for("travel.rules"), 303)
    return render_template("travel/end_rule.html", form=form, rule=rule), form.status
