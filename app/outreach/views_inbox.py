"""Pages of the mailbox: one's logging address and what is shared, and messages nobody was recognised in."""

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core.forms import BaseForm, row_number
from app.outreach import operations, queries, queries_inbox
from app.outreach.forms_inbox import SharingForm
from app.outreach.views import bp
from app.people import queries as people
from app.people import queries_listing as people_lists


@bp.route("/inbox", methods=["GET", "POST"])
@requires("outreach:write")
def inbox() -> ResponseReturnValue:
    by = acting_user()
    form = SharingForm.of(queries_inbox.level_of(by))
    if form.validate_on_submit():
        with form.attempt():
            operations.set_sharing_level(form.chosen, by=by)
            flash(_("Kept. It holds for messages from now on."), "ok")
            return redirect(url_for("outreach.inbox"), 303)
    return render_template(
        "outreach/inbox.html", form=form, address=queries_inbox.logging_address(by), waiting=queries_inbox.list_waiting(by),
        is_read=bool(current_app.config["INBOX_URL"]), key=BaseForm().form_key.data,
    ), form.status  # fmt: skip


@bp.post("/inbox/address")
@requires("outreach:write")
def renew_address() -> ResponseReturnValue:
    if BaseForm().validate_on_submit():
        operations.renew_logging_address(by=acting_user())
        flash(
            _("You have a new address. The old one leads nowhere now: change it in your mail program."), "ok"
        )
    return redirect(url_for("outreach.inbox"), 303)


@bp.route("/inbox/<int:id>/assign", methods=["GET", "POST"])
@requires("outreach:write")
def assign_message(id: int) -> ResponseReturnValue:
    """Say whom a message was with."""
    by, form = acting_user(), BaseForm()
    message, q = queries_inbox.get_waiting(id, by), request.args.get("q", "")
    person_id = row_number(request.form.get("person"))
    if form.validate_on_submit() and person_id is not None:
        with form.attempt():
            person = people.get_person(person_id, by)
            touch = operations.assign_message(message, person, by=by)
            flash(_("Recorded as a contact with %(person)s.", person=person.name), "ok")
            return redirect(url_for("outreach.show", id=touch.id), 303)
    elif form.is_submitted():
        form.refuse(_("Choose the person whom the message was with."))
    found = people_lists.find_by_name(by, q) if q.strip() else []
    return render_template(
        "outreach/assign_message.html", message=message, form=form, q=q, found=found
    ), form.status


@bp.post("/inbox/<int:id>/drop")
@requires("outreach:write")
def drop_message(id: int) -> ResponseReturnValue:
    by = acting_user()
    message = queries_inbox.get_waiting(id, by)
    if BaseForm().validate_on_submit():
        operations.drop_message(message, by=by)
        flash(_("Dropped; its headers are gone."), "ok")
    return redirect(url_for("outreach.inbox"), 303)


@bp.route("/<int:id>/shared", methods=["GET", "POST"])
@requires("outreach:write")
def share_less(id: int) -> ResponseReturnValue:
    """Take words of a logged message back."""
    by = acting_user()
    touch = queries.get_touch(id, by)
    message = queries_inbox.get_message_of(touch)
    form = SharingForm.of(message.level or queries_inbox.level_of(by))
    if form.validate_on_submit():
        with form.attempt():
            operations.share_less(message, form.chosen, by=by)
            flash(_("Done. What is no longer shared is gone."), "ok")
            return redirect(url_for("outreach.show", id=touch.id), 303)
    return render_template("outreach/share_less.html", form=form, touch=touch, message=message), form.status
