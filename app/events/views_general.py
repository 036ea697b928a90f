"""The page on which what was open to everybody at an event is recorded, once and in nobody's total (c8)."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core.forms import wall_time
from app.events import queries
from app.events.views import bp
from app.ledger import operations as ledger
from app.ledger import queries_general
from app.ledger.forms_general import GeneralForm
from app.ledger.models import GeneralItem


@bp.route("/<int:id>/general", methods=["GET", "POST"])
@requires("ledger:record")
def new_general(id: int) -> ResponseReturnValue:
    by = acting_user()
    event = queries.get_event(id, by)
    first_on = wall_time(event.starts_at, event.zone).date()
    form = GeneralForm(data={"value_on": first_on, "currency": event.program.currency})
    if form.validate_on_submit():
        with form.attempt():
            item, was_known = ledger.record_general(form.details(event.id, event.program_id), by=by)
            flash(_recorded(item, was_known), "info" if was_known else "ok")
            return redirect(url_for("events.show", id=event.id), 303)
    event = queries.get_event(id, by)
    return render_template(
        "events/new_general.html", form=form, event=event, size=queries_general.size_on(first_on)
    ), form.status


def _recorded(item: GeneralItem, was_known: bool) -> str:
    named = {"item": item.title, "entry_seq": item.entry_seq}
    return str(
        _("%(item)s stands in the book already, as entry %(entry_seq)s; it is in nobody's total.", **named)
        if was_known
        else _("%(item)s is in the book, as entry %(entry_seq)s; it is in nobody's total.", **named)
    )
