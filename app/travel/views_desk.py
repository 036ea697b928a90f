"""Pages beside the desk: the visa of a trip, and how long things take."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries_choices
from app.accounts.access import acting_user, requires
from app.travel import operations, queries
from app.travel.forms_desk import TimingsForm, VisaForm
from app.travel.models import Trip
from app.travel.queries_timings import SETTING
from app.travel.queries_timings import timings as timings_in_force
from app.travel.views import bp


@bp.route("/<int:id>/visa", methods=["GET", "POST"])
@requires("travel:write")
def visa(id: int) -> ResponseReturnValue:
    """How far the visa has got; the last safe date follows (T4)."""
    trip = queries.get_trip(id, acting_user())
    form = VisaForm(data=_typed(trip))
    if form.validate_on_submit():
        with form.attempt():
            operations.note_visa(trip, form.details(), by=acting_user(), seen_version=form.seen_version)
            flash(_("Saved."), "ok")
            return redirect(url_for("travel.show", id=trip.id), 303)
    return render_template("travel/visa.html", form=form, trip=trip), form.status


def _typed(trip: Trip) -> dict[str, object]:
    return {"state": trip.visa_state.value, "lead_days": trip.visa_lead_days, "version": str(trip.version)}


@bp.route("/timings", methods=["GET", "POST"])
@requires("travel:write")
def timings() -> ResponseReturnValue:
    """Minimum connections, the buffer before a first duty, usual pick-ups."""
    known = timings_in_force().model_dump()
    form = TimingsForm(data=known | {"version": str(queries_choices.version_of(SETTING))})
    if form.validate_on_submit():
        with form.attempt():
            operations.set_timings(form.details(), by=acting_user(), seen_version=form.seen_version)
            flash(_("From now on the desk reckons with these."), "ok")
            return redirect(url_for("travel.index"), 303)
    return render_template("travel/timings.html", form=form), form.status
