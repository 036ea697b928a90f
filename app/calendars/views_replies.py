"""Pages of what calendar programs answered to invitations."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.calendars import operations_replies, queries_replies
from app.calendars.forms import EmptyForm, InviteeForm
from app.calendars.models_replies import CalendarReply
from app.calendars.views import bp
from app.core.forms import row_number
from app.events import queries as events


@bp.get("/calendars/replies")
@requires("events:write")
def replies() -> ResponseReturnValue:
    """Answers that came from calendars; `?event=3` shows those of one event."""
    me, id = acting_user(), row_number(request.args.get("event"))
    event = events.get_event(id, me) if id is not None else None
    return render_template(
        "calendars/replies.html", replies=queries_replies.list_replies(event), event=event, zone=me.zone,
        n_dropped=queries_replies.count_dropped(),
    )  # fmt: skip


@bp.route("/calendars/replies/<int:id>", methods=["GET", "POST"])
@requires("events:write")
def reply(id: int) -> ResponseReturnValue:
    """One answer; when it is not plain whose it is, somebody says."""
    me, found = acting_user(), queries_replies.get_reply(id)
    form = InviteeForm().offer(_choices(found))
    if form.validate_on_submit():
        with form.attempt():
            invitation = events.get_invitation(int(form.invitation.data), me)
            operations_replies.assign_reply(found, invitation, by=me)
            flash(_("Recorded as the answer of %(name)s.", name=invitation.person.name), "ok")
            return redirect(url_for("calendars.reply", id=found.id), 303)
    return render_template("calendars/reply.html", reply=found, form=form, zone=me.zone), form.status


@bp.post("/calendars/replies/<int:id>/settle")
@requires("events:write")
def settle_reply(id: int) -> ResponseReturnValue:
    """Somebody has dealt with it."""
    me, found, form = acting_user(), queries_replies.get_reply(id), EmptyForm()
    if form.validate_on_submit():
        with form.attempt():
            operations_replies.settle_reply(found, by=me)
            flash(_("Done. Its addresses and words are gone."), "ok")
            return redirect(url_for("calendars.replies", event=found.event_id), 303)
    return _refused(found, form)


@bp.post("/calendars/replies/<int:id>/ask")
@requires("events:write")
def ask_again(id: int) -> ResponseReturnValue:
    """Write to somebody whose answer was to an earlier time or place."""
    me, found, form = acting_user(), queries_replies.get_reply(id), EmptyForm()
    if form.validate_on_submit():
        with form.attempt():
            operations_replies.ask_again(found, by=me)
            flash(_("A letter waits in the outbox. Read it, then send."), "ok")
            return redirect(url_for("outreach.outbox"), 303)
    return _refused(found, form)


def _choices(reply: CalendarReply) -> list[tuple[str, str]]:
    if reply.event is None:
        return []
    return [(str(one.id), one.person.name) for one in queries_replies.list_invited(reply.event)]


def _refused(reply: CalendarReply, form: EmptyForm) -> ResponseReturnValue:
    """The page of the answer again, with why nothing was done."""
    choosing = InviteeForm(formdata=None).offer(_choices(reply))
    page = render_template(
        "calendars/reply.html", reply=reply, form=choosing, refusal=form, zone=acting_user().zone
    )
    return page, form.status
