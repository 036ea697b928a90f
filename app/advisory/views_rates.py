"""Pages of rate cards and of the cooling-off time (A3, A4)."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries_choices
from app.accounts.access import acting_user, requires
from app.advisory import operations, queries
from app.advisory.forms import N_BANDS, CoolingOffForm, RateCardForm, typed_card
from app.advisory.models import RateCard
from app.advisory.views import bp
from app.core import clock
from app.core.forms import number_asked
from app.core.i18n import day


@bp.get("/rates")
@requires("advisory:read")
def rates() -> ResponseReturnValue:
    """Every version of every card, and the days between hospitality and a fee."""
    form = _cooling_off_form()
    return render_template("advisory/rates.html", cards=queries.list_cards(), form=form, today=clock.today())


@bp.route("/rates/new", methods=["GET", "POST"])
@requires("advisory:approve")
def new_rate_card() -> ResponseReturnValue:
    """A new card, or the next version of one (?of=)."""
    base = number_asked("of")
    form = RateCardForm(data=_begun(queries.get_card(base)) if base else {})
    if form.validate_on_submit():
        with form.attempt():
            seen = form.number_seen(form.name.data)
            card = operations.set_rate_card(form.details(), by=acting_user(), seen_number=seen)
            said = {"card": card.name, "version": card.number, "day": day(card.effective_from_on)}
            flash(_("%(card)s, version %(version)s, holds from %(day)s.", **said), "ok")
            return redirect(url_for("advisory.rates"), 303)
    return render_template(
        "advisory/new_rate_card.html", form=form, places=range(1, N_BANDS + 1), base=base
    ), form.status


def _begun(card: RateCard) -> dict[str, Any]:
    """The next version begins with the words of the last, whichever was named."""
    last = queries.versions_of(card.name)[-1]
    return typed_card(last) | {"version": str(last.number)}


def _cooling_off_form() -> CoolingOffForm:
    version = str(queries_choices.version_of(queries.COOLING_OFF))
    return CoolingOffForm(data={"n_days": queries.cooling_off_days(), "version": version})


@bp.post("/rates/cooling-off")
@requires("advisory:approve")
def set_cooling_off() -> ResponseReturnValue:
    form = _cooling_off_form()
    if form.validate_on_submit():
        with form.attempt():
            n_days = form.n_days.data
            operations.set_cooling_off(n_days, by=acting_user(), seen_version=form.seen_version)
            flash(_("%(data)s days from now on; what is cleared already keeps its gate.", data=n_days), "ok")
            return redirect(url_for("advisory.rates"), 303)
    return render_template(
        "advisory/rates.html", cards=queries.list_cards(), form=form, today=clock.today()
    ), form.status
