"""Pages of exceptions: the queue, asking, deciding (L8)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.access import acting_user, requires
from app.core import clock
from app.ledger import operations, policies, queries
from app.ledger.forms import DecisionForm, ExceptionForm
from app.ledger.models import ExceptionState

bp = Blueprint("exceptions", __name__, url_prefix="/exceptions")


@bp.get("/")
@requires("ledger:read")
def index() -> ResponseReturnValue:
    rows = queries.list_exceptions()
    asked = [row for row in rows if row.state is ExceptionState.ASKED]
    decided = [row for row in rows if row.state is not ExceptionState.ASKED]
    return render_template(
        "ledger/exceptions/index.html",
        asked=asked,
        decided=decided,
        rules=queries.rule_words(),
        today=clock.today(),
    )


@bp.route("/new", methods=["GET", "POST"])
@requires("ledger:record")
def new() -> ResponseReturnValue:
    by = acting_user()
    asked = {"person_id": request.args.get("person", ""), "rule": request.args.get("rule", "")}
    form = ExceptionForm(data=asked).offer(queries.list_recipients(by), _caps().items())
    if form.validate_on_submit():
        with form.attempt():
            made = operations.ask_exception(form.details(), by=by)
            flash("Compliance has been asked. Nothing may be booked before the answer.", "ok")
            return redirect(url_for("ledger.exceptions.show", id=made.id), 303)
    return render_template("ledger/exceptions/new.html", form=form), form.status


@bp.route("/<int:id>", methods=["GET", "POST"])
@requires("ledger:read")
def show(id: int) -> ResponseReturnValue:
    """One request with its answer; the form decides, and the operation knows who may (L8, R2)."""
    asked = queries.get_exception(id)
    form = DecisionForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.decide_exception(
                asked, is_granted=form.is_granted, reason=form.reason.data, by=acting_user()
            )
            flash("Decided; the one who asked has been told.", "ok")
            return redirect(url_for("ledger.exceptions.index"), 303)
    page = render_template(
        "ledger/exceptions/show.html",
        asked=queries.get_exception(id),
        form=form,
        rules=queries.rule_words(),
        today=clock.today(),
    )
    return page, form.status


def _caps() -> dict[int, str]:
    return {cap.id: policies.cap_rule(cap) for cap in queries.list_caps()}
