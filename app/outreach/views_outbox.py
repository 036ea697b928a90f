"""Pages of the outbox: what waits with its numbers restated, one mail, what has left (G5)."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.accounts.access import acting_user, requires
from app.core import keyset
from app.core.forms import BaseForm
from app.core.models import MailState, OutboxMail
from app.outreach import operations, queries_bounces, queries_changes, queries_outbox, queries_sent
from app.outreach.forms import HoldForm, MailForm
from app.outreach.models import Letter
from app.outreach.policies import ContactStopped
from app.outreach.views import bp


@bp.get("/outbox")
@requires("outreach:read")
def outbox() -> ResponseReturnValue:
    return _outbox_page(BaseForm())


@bp.get("/outbox/batch")
@requires("outreach:read")
def batch() -> ResponseReturnValue:
    found = queries_outbox.get_batch(request.args.get("name", ""))
    return render_template("outreach/batch.html", batch=found, form=BaseForm())


@bp.post("/outbox/batch")
@requires("outreach:write")
def send_batch() -> ResponseReturnValue:
    form, name = BaseForm(), request.form.get("batch", "")
    if form.validate_on_submit():
        with form.attempt():
            sending = operations.release_batch(name, by=acting_user())
            flash(ngettext("%(num)s mail sent.", "%(num)s mails sent.", sending.n_sent), "ok")
            for letter, stop in sending.stopped:
                flash(
                    _(
                        "%(person)s's letter stays here. %(message)s",
                        person=letter.person.name,
                        message=stop.message,
                    ),
                    "warn",
                )
            return redirect(url_for("outreach.outbox"), 303)
    return _outbox_page(form)


@bp.get("/outbox/<int:id>")
@requires("outreach:read")
def mail(id: int) -> ResponseReturnValue:
    return _mail_page(queries_outbox.get_mail(id), BaseForm())


@bp.route("/outbox/<int:id>/edit", methods=["GET", "POST"])
@requires("outreach:write")
def edit_mail(id: int) -> ResponseReturnValue:
    row = queries_outbox.get_mail(id)
    words = queries_outbox.words_of(row)
    form = MailForm(data={"subject": words.subject, "text": words.text, "version": str(row.version)})
    if form.validate_on_submit():
        with form.attempt():
            said = {"subject": form.subject.data, "text": form.text.data}
            operations.rewrite_mail(row, **said, by=acting_user(), seen_version=form.seen_version)
            flash(_("Changed. This is what will be sent."), "ok")
            return redirect(url_for("outreach.mail", id=row.id), 303)
    return render_template("outreach/edit_mail.html", form=form, mail=row), form.status


@bp.post("/outbox/<int:id>/send")
@requires("outreach:write")
def send_mail(id: int) -> ResponseReturnValue:
    row, form = queries_outbox.get_mail(id), BaseForm()
    letter = queries_outbox.letter_of_mail(row)
    if form.validate_on_submit():
        with form.attempt():
            if letter is not None and row.state is MailState.HELD:
                return _sent(row, letter)
            operations.release_mail(row, by=acting_user())
            flash(_("Sent."), "ok")
            return redirect(url_for("outreach.outbox"), 303)
    return _mail_page(row, form)


@bp.post("/outbox/<int:id>/discard")
@requires("outreach:write")
def discard_mail(id: int) -> ResponseReturnValue:
    row, form = queries_outbox.get_mail(id), BaseForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.discard_mail(row, by=acting_user())
            flash(_("Discarded; it stays on record among what left."), "ok")
            return redirect(url_for("outreach.outbox"), 303)
    return _mail_page(row, form)


@bp.route("/outbox/letters/<int:id>/hold", methods=["GET", "POST"])
@requires("outreach:write")
def hold_letter(id: int) -> ResponseReturnValue:
    """Let one letter stay behind when the others leave."""
    letter, form = queries_outbox.get_letter(id), HoldForm()
    after = queries_outbox.place_of(letter.mail) if letter.mail else None
    if form.validate_on_submit():
        with form.attempt():
            operations.hold_letter(letter, form.reason.data, by=acting_user())
            flash(
                _("The letter to %(person)s stays behind when the batch is sent.", person=letter.person.name),
                "ok",
            )
            if after is not None and after.after_id is not None:
                return redirect(url_for("outreach.mail", id=after.after_id), 303)
            return redirect(url_for("outreach.batch", name=letter.batch), 303)
    return render_template("outreach/hold_letter.html", form=form, letter=letter), form.status


@bp.post("/outbox/letters/<int:id>/off-hold")
@requires("outreach:write")
def take_off_hold(id: int) -> ResponseReturnValue:
    letter, form = queries_outbox.get_letter(id), BaseForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.take_off_hold(letter, by=acting_user())
            flash(_("The letter to %(person)s leaves with its batch.", person=letter.person.name), "ok")
            return redirect(url_for("outreach.batch", name=letter.batch), 303)
    return _outbox_page(form)


@bp.post("/outbox/untranslated/<int:id>/discard")
@requires("outreach:write")
def discard_letter(id: int) -> ResponseReturnValue:
    form = BaseForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.discard_letter(queries_outbox.get_letter(id), by=acting_user())
            flash(_("Discarded."), "ok")
            return redirect(url_for("outreach.outbox"), 303)
    return _outbox_page(form)


@bp.get("/sent")
@requires("outreach:read")
def sent() -> ResponseReturnValue:
    wanted = request.args.get("state", "")
    state = MailState(wanted) if wanted in set(MailState) else None
    place, is_lost = keyset.place_asked(queries_sent.SENT_ORDER)
    found = queries_sent.list_departed(state, place, is_bounced=wanted == "bounced")
    return render_template(
        "outreach/sent.html", found=found, states=list(MailState), wanted=state.value if state else
        "bounced" if wanted == "bounced" else None, is_lost=is_lost,
    )  # fmt: skip


def _sent(row: OutboxMail, letter: Letter) -> ResponseReturnValue:
    by = acting_user()
    try:
        operations.release_letter(letter, by=by)
    except ContactStopped as stop:
        collision = operations.note_stopped_letter(letter, stop, by=by)
        flash(_("Stopped by the contact guard. The letter stays in the outbox."), "warn")
        return redirect(url_for("outreach.stop", id=collision.id), 303)
    flash(_("Sent to %(recipient)s.", recipient=row.recipient), "ok")
    return redirect(url_for("outreach.outbox"), 303)


def _outbox_page(form: BaseForm) -> ResponseReturnValue:
    return render_template(
        "outreach/outbox.html", batches=queries_outbox.list_batches(), told=queries_changes.list_batches_outdated(),
        form=form,
    ), form.status  # fmt: skip


def _mail_page(row: OutboxMail, form: BaseForm) -> ResponseReturnValue:
    letter = queries_outbox.letter_of_mail(row)
    verdict = queries_outbox.verdict_of(letter) if letter and row.state is MailState.HELD else None
    return render_template(
        "outreach/mail.html", mail=row, words=queries_outbox.words_of(row), letter=letter, verdict=verdict, form=form,
        hold=queries_outbox.hold_of(letter) if letter else None, place=queries_outbox.place_of(row),
        bounce=queries_bounces.bounces_of([row.id]).get(row.id),
        dead=queries_bounces.dead_address(letter.person.email) if letter and row.state is MailState.HELD else None,
    ), form.status  # fmt: skip
