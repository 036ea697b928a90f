"""Pages of parity (E2): what analysts get and our people do not, and how each gap is closed or explained."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.events import operations, queries, queries_parity
from app.events.forms_agenda import ParityForm
from app.events.views import bp, event_tabs


@bp.get("/<int:id>/parity")
@requires("programs:read")
def parity(id: int) -> ResponseReturnValue:
    event = queries.get_event(id, acting_user())
    earlier = [note for note in queries_parity.list_notes(event) if note.withdrawn_at is not None]
    return render_template(
        "events/parity.html",
        event=event,
        tabs=event_tabs(event),
        parity=queries_parity.parity_of(event),
        earlier=earlier,
    )


@bp.route("/sessions/<int:id>/parity", methods=["GET", "POST"])
@requires("events:write")
def settle_gap(id: int) -> ResponseReturnValue:
    session = queries.get_session(id, acting_user())
    form = ParityForm.over(queries_parity.live_note(session), queries_parity.list_closers(session.event))
    if form.validate_on_submit():
        with form.attempt():
            seen = form.seen_version
            note = operations.settle_gap(session, form.details(), by=acting_user(), seen_id=seen)
            flash(_("The gap is closed.") if note.closed_by_id else _("The gap is explained."), "ok")
            return redirect(url_for("events.parity", id=session.event_id), 303)
    page = render_template(
        "events/settle_gap.html", form=form, session=session, event=session.event,
        was_said=queries_parity.live_note(session) is not None,
    )  # fmt: skip
    return page, form.status


@bp.post("/sessions/<int:id>/parity/reopen")
@requires("events:write")
def reopen_gap(id: int) -> ResponseReturnValue:
    session = queries.get_session(id, acting_user())
    operations.reopen_gap(session, by=acting_user())
    flash(_("The gap is open again; what was said stays as history."), "ok")
    return redirect(url_for("events.parity", id=session.event_id), 303)
