"""Pages of what limits the book: caps, breaches, treasury rates."""

from typing import TypeVar

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import clock
from app.core.forms import number_asked
from app.core.i18n import day
from app.ledger import operations, policies, queries
from app.ledger.forms import CapForm, CloseBreachForm, EndCapForm, TreasuryRateForm
from app.ledger.forms_limits import asked_of
from app.ledger.views import bp

AnyCapForm = TypeVar("AnyCapForm", bound=CapForm)


@bp.get("/caps")
@requires("ledger:read")
def caps() -> ResponseReturnValue:
    return render_template(
        "ledger/caps.html",
        caps=queries.list_caps(),
        today=clock.today(),
        programs={row.id: row for row in queries.list_programs()},
        asked_of=asked_of,
        kinds={row.code: row.name for row in queries.list_kinds()},
    )


@bp.route("/caps/new", methods=["GET", "POST"])
@requires("ledger:rules")
def new_cap() -> ResponseReturnValue:
    """A new cap, or one in the place of another; the simulator hands its values over in the address."""
    form = cap_form(CapForm)
    number = number_asked("replaces")
    old = queries.get_cap(number) if number else None
    if form.validate_on_submit():
        with form.attempt():
            cap = operations.set_cap(form.details(), by=acting_user(), replaces=old)
            flash(
                _(
                    "%(cap)s is in force from %(effective_from_on)s.",
                    cap=policies.cap_rule(cap),
                    effective_from_on=day(cap.effective_from_on),
                ),
                "ok",
            )
            return redirect(url_for("ledger.caps"), 303)
    return render_template("ledger/new_cap.html", form=form, old=old), form.status


def cap_form(kind: type[AnyCapForm]) -> AnyCapForm:
    """A form of a cap with its choices; on the way in, filled from the address where that holds a cap."""
    is_handed_over = request.method == "GET" and "window" in request.args
    form = kind(formdata=request.args) if is_handed_over else kind()
    form.offer(queries.list_programs(), queries.list_kinds())
    return form


@bp.route("/caps/<int:id>/end", methods=["GET", "POST"])
@requires("ledger:rules")
def end_cap(id: int) -> ResponseReturnValue:
    cap = queries.get_cap(id)
    form = EndCapForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.end_cap(cap, form.effective_to_on.data, by=acting_user())
            flash(_("%(cap)s ends with that day. Entries of its time keep naming it.", cap=cap.name), "ok")
            return redirect(url_for("ledger.caps"), 303)
    return render_template("ledger/end_cap.html", form=form, cap=queries.get_cap(id)), form.status


@bp.get("/breaches")
@requires("ledger:read")
def breaches() -> ResponseReturnValue:
    return render_template(
        "ledger/breaches.html", open=queries.list_breaches(), closed=queries.list_breaches(is_open=False)
    )


@bp.route("/breaches/<int:id>/close", methods=["GET", "POST"])
@requires("ledger:approve")
def close_breach(id: int) -> ResponseReturnValue:
    breach = queries.get_breach(id)
    form = CloseBreachForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.close_breach(breach, outcome=form.outcome.data, by=acting_user())
            flash(_("The breach is closed; what was done stays in the record."), "ok")
            return redirect(url_for("ledger.breaches"), 303)
    return render_template("ledger/close_breach.html", form=form, breach=queries.get_breach(id)), form.status


@bp.get("/rates")
@requires("ledger:read")
def rates() -> ResponseReturnValue:
    return render_template("ledger/rates.html", rates=queries.list_treasury_rates())


@bp.route("/rates/new", methods=["GET", "POST"])
@requires("ledger:rules")
def new_rate() -> ResponseReturnValue:
    form = TreasuryRateForm()
    if form.validate_on_submit():
        with form.attempt():
            rate = operations.set_treasury_rate(form.details(), by=acting_user())
            flash(
                _(
                    "1 %(from_currency)s is %(rate)s %(to_currency)s for these days.",
                    from_currency=rate.from_currency,
                    rate=rate.rate,
                    to_currency=rate.to_currency,
                ),
                "ok",
            )
            return redirect(url_for("ledger.rates"), 303)
    return render_template("ledger/new_rate.html", form=form), form.status
