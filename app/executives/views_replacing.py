"""The page on which another executive steps in: what would change first, then all at once."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.accounts.access import acting_user, requires
from app.core import clock
from app.core.errors import NotFound
from app.events.models import Event
from app.executives import operations, queries, queries_cards
from app.executives.forms import ReasonForm
from app.executives.forms_access import ReplaceForm
from app.executives.models import Executive
from app.executives.operations_replacing import changes_of
from app.executives.views import bp, event_shown


@bp.route("/<int:id>/replace", methods=["GET", "POST"])
@requires("executives:write")
def replace(id: int) -> ResponseReturnValue:
    """Choose who steps in, see what stands against it, and change all meetings of an event at once."""
    by = acting_user()
    old = queries.get_executive(id, by)
    event = _event_of(old)
    others = [one for one in queries.list_executives(by) if one.id != old.id and one.is_active]
    form = ReplaceForm(data={"executive_id": request.args.get("by", "")}).offer(others)
    if form.validate_on_submit():
        with form.attempt():
            new = queries.get_executive(int(form.executive_id.data), by)
            meetings = operations.replace_executive(old, new, event, reason=form.reason.data, by=by)
            flash(_replaced(len(meetings), new.name), "ok")
            return redirect(url_for("executives.show", id=new.id, event=event.id), 303)
    chosen = next((one for one in others if str(one.id) == form.executive_id.data), None)
    return render_template(
        "executives/replace.html", form=form, executive=old, event=event, others=others, chosen=chosen,
        changes=changes_of(old, chosen, event) if chosen else [],
        meetings=queries.list_meetings(by, executive=old, event=event, is_live=True),
    ), form.status  # fmt: skip


@bp.route("/<int:id>/call-off", methods=["GET", "POST"])
@requires("executives:write")
def call_off(id: int) -> ResponseReturnValue:
    """They do not come, and nobody steps in: everything at an event is called off, with proposals."""
    by = acting_user()
    old = queries.get_executive(id, by)
    event = _event_of(old)
    form = ReasonForm()
    if form.validate_on_submit():
        with form.attempt():
            meetings = operations.call_off(old, event, reason=form.reason.data, by=by)
            flash(_called_off(len(meetings)), "ok")
            return redirect(url_for("executives.show", id=old.id, event=event.id), 303)
    rows = queries.list_meetings(by, executive=old, event=event, from_at=clock.now(), is_live=True)
    return render_template(
        "executives/call_off.html", form=form, executive=old, event=event, rows=rows
    ), form.status


def _event_of(executive: Executive) -> Event:
    """The event in the address, or the next one at which they offer time; NotFound where there is none."""
    event = event_shown(queries_cards.events_of(executive))
    if event is None:
        raise NotFound(_("This executive offers no time at any event, so there is nothing to change."))
    return event


def _replaced(n: int, name: str) -> str:
    said = ngettext(
        "%(num)s meeting is with %(name)s now. The person has been told.",
        "%(num)s meetings are with %(name)s now. Each person has been told.",
        n,
        name=name,
    )
    return str(said)


def _called_off(n: int) -> str:
    said = ngettext(
        "%(num)s meeting is called off. Whoever asked has proposals.",
        "%(num)s meetings are called off. Whoever asked has proposals.",
        n,
    )
    return str(said)
