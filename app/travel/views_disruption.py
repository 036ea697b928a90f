"""Pages of a changed journey: what happened, what it touches, and the one confirmation."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from msgspec import Struct

from app.accounts.access import acting_user, requires
from app.core.db import restart_transaction
from app.core.errors import DomainError
from app.core.forms import number_asked
from app.core.ics_clocks import clean
from app.travel import queries, queries_disruption, queries_history
from app.travel.forms_disruption import (
    ChangeForm,
    ConfirmForm,
    asked_form,
    change_args,
    changes_asked,
    legs_of,
)
from app.travel.models import Trip
from app.travel.operations_disruption import Settled, change_journey
from app.travel.policies_disruption import LEAST_CONNECTION, MOST_CONNECTION, Change
from app.travel.views import bp


class _Asked(Struct, frozen=True):
    """What the address asks: changes, the usual pause between two ways if it is another one, and a word why."""

    changes: list[Change]
    connection: int | None
    reason: str


@bp.get("/<int:id>/change")
@requires("travel:write")
def change(id: int) -> ResponseReturnValue:
    """Somebody comes later, or not: ask what it touches. Nothing is written."""
    trip = queries.get_trip(id, acting_user())
    form = asked_form(trip)
    try:
        asked = _asked(trip, form)
        ripple = _ripple(trip, asked) if asked.changes else None
    except DomainError as error:
        form.refuse(error.message, field=error.field)
        return render_template("travel/change.html", trip=trip, form=form, ripple=None), 422
    if form.errors:
        return render_template("travel/change.html", trip=trip, form=form, ripple=None), 422
    return _page(trip, form, asked, ripple)


@bp.post("/<int:id>/change")
@requires("travel:write")
def confirm_change(id: int) -> ResponseReturnValue:
    """Everything that is ticked, at once, or nothing."""
    by = acting_user()
    trip = queries.get_trip(id, by)
    form, confirm = asked_form(trip), ConfirmForm.sent()
    asked = _asked(trip, form)
    if wrong := confirm.wrong_amounts():
        return _amounts_refused(trip, form, asked, confirm, wrong)
    try:
        settled = change_journey(
            trip, asked.changes, confirm.chosen, confirm.facts, by=by, answers=confirm.answers, reason=asked.reason,
            connection=asked.connection,
        )  # fmt: skip
    except DomainError as error:
        restart_transaction()
        return _refused(id, error, confirm)
    _say(settled)
    return redirect(url_for("travel.show", id=id), 303)


def _amounts_refused(
    trip: Trip, form: ChangeForm, asked: _Asked, confirm: ConfirmForm, wrong: list[tuple[str, str]]
) -> ResponseReturnValue:
    """The ripple with everything as it was sent, and what is wrong at its place."""
    ripple = _ripple(trip, asked)
    for key, said in wrong:
        form.refuse(f"{ripple.charges[key][0]}: {said}" if key in ripple.charges else said)
    page, _status = _page(trip, form, asked, ripple, sent=confirm)
    return page, 422


def _refused(id: int, error: DomainError, confirm: ConfirmForm) -> ResponseReturnValue:
    """The ripple as it is now, and why nothing was done."""
    trip = queries.get_trip(id, acting_user())
    form = asked_form(trip)
    form.refuse(error.message)
    last = queries_history.list_changes(trip, limit=1)
    try:
        asked = _asked(trip, form)
        ripple = _ripple(trip, asked)
    except DomainError as now:
        if now.message != error.message:
            form.refuse(now.message)
        return render_template(
            "travel/change.html", trip=trip, form=form, ripple=None, last=last
        ), error.status
    page, _status = _page(trip, form, asked, ripple, sent=confirm, last=last)
    return page, error.status


def _asked(trip: Trip, form: ChangeForm) -> _Asked:
    changes = changes_asked()
    if not changes and "late" in request.args and form.validate():
        changes = [form.change(legs_of(trip))]
    connection = number_asked("connection")
    is_usable = connection is not None and LEAST_CONNECTION <= connection <= MOST_CONNECTION
    return _Asked(changes, connection if is_usable else None, clean(request.args.get("reason", "")))


def _ripple(trip: Trip, asked: _Asked) -> queries_disruption.Ripple:
    return queries_disruption.ripple_of(
        trip, asked.changes, by=acting_user(), reason=asked.reason, connection=asked.connection
    )


def _page(
    trip: Trip,
    form: ChangeForm,
    asked: _Asked,
    ripple: queries_disruption.Ripple | None,
    *,
    sent: ConfirmForm | None = None,
    **more: object,
) -> tuple[str, int]:
    """The question, and under it what it touches; the confirmation carries absolute times, so that "+6 h" never adds up."""
    confirm = ConfirmForm.of(ripple, sent) if ripple else None
    address = url_for(
        "travel.confirm_change", id=trip.id, change=change_args(asked.changes), connection=asked.connection or None,
        reason=asked.reason or None,
    )  # fmt: skip
    page = render_template(
        "travel/change.html",
        trip=trip,
        form=form,
        ripple=ripple,
        confirm=confirm,
        address=address,
        reason=asked.reason,
        **more,
    )
    return page, 200


def _say(settled: Settled) -> None:
    who = ", ".join(settled.written_to)
    n = len(settled.done)
    said = ngettext("Done, with %(num)s thing that followed.", "Done, with %(num)s things that followed.", n)
    flash(
        _("%(said)s Written to: %(who)s.", said=said, who=who)
        if who
        else _("%(said)s Nobody could be written to.", said=said),
        "ok" if who else "warn",
    )
    if settled.still_open:
        n = len(settled.still_open)
        flash(
            ngettext(
                "%(num)s thing is still open; the coordinator has a task.",
                "%(num)s things are still open; the coordinator has a task.",
                n,
            ),
            "warn",
        )
