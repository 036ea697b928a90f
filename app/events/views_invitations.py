"""Pages of invitations: the board, inviting, one invitation, its answer."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, may, requires
from app.core.forms import BaseForm, number_asked, row_number
from app.core.i18n import colon
from app.core.spoken import within
from app.events import operations, policies, queries, queries_candidates, queries_places
from app.events.forms import (
    AnswerForm,
    ByHandForm,
    InviteForm,
    PlaceForm,
    ReasonForm,
    ThanksForm,
    typed_invitation,
)
from app.events.models import Event, Invitation, InvitationState
from app.events.views import bp, event_tabs
from app.ledger import queries as ledger
from app.outreach import queries as contacts
from app.outreach import queries_outbox
from app.outreach.models import TouchChannel
from app.people import queries as people


@bp.get("/<int:id>/invitations")
@requires("events:read")
def invitations(id: int) -> ResponseReturnValue:
    by = acting_user()
    event = queries.get_event(id, by)
    wanted, wave = request.args.get("state", ""), number_asked("wave")
    state = InvitationState(wanted) if wanted in set(InvitationState) else None
    return render_template(
        "events/invitations.html", event=event, tabs=event_tabs(event), funnel=queries.funnel(event, by),
        rows=queries.list_invitations(event, by, state=state, wave=wave), state=state, wave=wave,
        waves=queries.list_waves(event), states=list(InvitationState), seats=queries.seats_of(event),
        held=queries.letters_held(event), unwritten=queries.count_unwritten(event), form=ReasonForm(), is_stale=policies.is_stale,
    )  # fmt: skip


@bp.route("/<int:id>/invite", methods=["GET", "POST"])
@requires("events:write")
def invite(id: int) -> ResponseReturnValue:
    by, cohort_id = acting_user(), number_asked("cohort")
    event = queries.get_event(id, by)
    form, ticked = InviteForm(data={"worth_currency": event.program.currency}), _ticked()
    if form.validate_on_submit():
        with form.attempt():
            if not ticked:
                raise policies.CannotInvite(_("Tick at least one person in the list above."))
            made = [
                operations.invite(event, people.get_person(int(one), by), form.details(), by=by)
                for one in ticked
            ]
            flash(_("%(n)s drafted. Nothing has been sent yet: write their letters next.", n=len(made)), "ok")
            return redirect(url_for("events.invitations", id=event.id), 303)
    found = queries_candidates.list_candidates(event, by, cohort_id=cohort_id)
    cohorts = [(str(one.id), one.name) for one in queries_candidates.list_cohorts(event)]
    page = render_template(
        "events/invite.html", event=event, form=form, found=found, cohorts=cohorts, cohort_id=cohort_id, ticked=ticked,
    )  # fmt: skip
    return page, form.status


def _ticked() -> list[str]:
    """The people ticked in the list, by number."""
    return [text for text in request.form.getlist("person_ids") if row_number(text)]


@bp.post("/<int:id>/letters")
@requires("events:write")
def write_letters(id: int) -> ResponseReturnValue:
    by, form = acting_user(), ReasonForm()
    event = queries.get_event(id, by)
    wave = row_number(request.form.get("wave"))
    if form.validate_on_submit():
        with form.attempt():
            drafts = queries.list_invitations(event, by, state=InvitationState.DRAFT, wave=wave)
            prepared = operations.send_invitations(event, drafts, by=by)
            flash(_("%(n)s letters wait in the outbox. Read them, then send.", n=len(prepared.letters)), "ok")
            for one, words in prepared.stopped:
                flash(
                    _(
                        "Not written, %(person)s stays a draft. %(words)s",
                        person=one.person.name,
                        words=words,
                    ),
                    "warn",
                )
            return redirect(url_for("outreach.batch", name=prepared.batch), 303)
    return _refused(event, form)


@bp.route("/<int:id>/thanks", methods=["GET", "POST"])
@requires("events:write")
def thanks(id: int) -> ResponseReturnValue:
    by, form = acting_user(), ThanksForm()
    event = queries.get_event(id, by)
    if form.validate_on_submit():
        with form.attempt():
            prepared = operations.send_thanks(event, form.message.data, by=by)
            flash(_("%(n)s thank-you letters wait in the outbox.", n=len(prepared.letters)), "ok")
            return redirect(url_for("outreach.batch", name=prepared.batch), 303)
    return render_template(
        "events/thanks.html", form=form, event=event, funnel=queries.funnel(event)
    ), form.status


@bp.get("/invitations/<int:id>")
@requires("events:read")
def invitation(id: int) -> ResponseReturnValue:
    return _invitation_page(queries.get_invitation(id, acting_user()), ReasonForm())


@bp.route("/invitations/<int:id>/answer", methods=["GET", "POST"])
@requires("events:write")
def answer(id: int) -> ResponseReturnValue:
    by = acting_user()
    found = queries.get_invitation(id, by)
    form = AnswerForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.record_answer(found, form.details(), by=by)
            _say_answer(found)
            return redirect(url_for("events.invitation", id=found.id), 303)
    return render_template("events/answer.html", form=form, invitation=found), form.status


@bp.route("/invitations/<int:id>/edit", methods=["GET", "POST"])
@requires("events:write")
def edit_invitation(id: int) -> ResponseReturnValue:
    found = queries.get_invitation(id, acting_user())
    form = InviteForm(data=typed_invitation(found))
    if form.validate_on_submit():
        with form.attempt():
            operations.edit_invitation(
                found, form.details(), by=acting_user(), seen_version=form.seen_version
            )
            flash(_("Saved."), "ok")
            return redirect(url_for("events.invitation", id=found.id), 303)
    return _form_page("edit_invitation", found, form)


@bp.route("/invitations/<int:id>/by-hand", methods=["GET", "POST"])
@requires("events:write")
def by_hand(id: int) -> ResponseReturnValue:
    by = acting_user()
    found = queries.get_invitation(id, by)
    form = ByHandForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.invite_by_hand(found, TouchChannel(form.channel.data), by=by)
            flash(_("%(person)s is invited.", person=found.person.name), "ok")
            return redirect(url_for("events.invitation", id=found.id), 303)
    return _form_page("by_hand", found, form)


@bp.route("/invitations/<int:id>/withdraw", methods=["GET", "POST"])
@requires("events:write")
def withdraw(id: int) -> ResponseReturnValue:
    by, form = acting_user(), ReasonForm()
    found = queries.get_invitation(id, by)
    if form.validate_on_submit():
        with form.attempt():
            operations.withdraw(found, form.reason.data or "", by=by)
            flash(_("Withdrawn. The invitation stays on record."), "ok")
            return redirect(url_for("events.invitation", id=found.id), 303)
    return render_template("events/withdraw.html", form=form, invitation=found), form.status


@bp.post("/invitations/<int:id>/promote")
@requires("events:write")
def promote(id: int) -> ResponseReturnValue:
    by, form = acting_user(), ReasonForm()
    found = queries.get_invitation(id, by)
    if form.validate_on_submit():
        with form.attempt():
            operations.promote(found, by=by, reason=form.reason.data or "")
            flash(_("%(person)s has a place now. Tell them.", person=found.person.name), "ok")
            return redirect(url_for("events.invitation", id=found.id), 303)
    return _invitation_page(found, form)


@bp.route("/invitations/<int:id>/move", methods=["GET", "POST"])
@requires("events:write")
def move(id: int) -> ResponseReturnValue:
    by = acting_user()
    found = queries.get_invitation(id, by)
    form = PlaceForm(data={"place": found.waitlist_place, "version": str(found.version)})
    if form.validate_on_submit():
        with form.attempt():
            said, seen = (form.place.data, form.reason.data or ""), form.seen_version
            operations.move_on_waitlist(found, *said, by=by, seen_version=seen)
            flash(_("Moved on the waitlist."), "ok")
            return redirect(url_for("events.invitation", id=found.id), 303)
    return render_template("events/move.html", form=form, invitation=found), form.status


def _form_page(name: str, found: Invitation, form: BaseForm) -> ResponseReturnValue:
    """A form about one invitation, with what to know about the person above it."""
    cautions = queries_candidates.cautions_of(found.person) if may("amounts:read") else []
    page = render_template(f"events/{name}.html", form=form, invitation=found, cautions=cautions)
    return page, form.status


def _invitation_page(found: Invitation, form: ReasonForm) -> ResponseReturnValue:
    by = acting_user()
    may_see_words = may("notes:read")
    page = render_template(
        "events/invitation.html", invitation=found, event=found.event, form=form, steps=queries.list_steps(found),
        seat=queries.seat_of(found.event, found.person_id), may_see_words=may_see_words,
        is_stale=policies.is_stale(found, found.event), pending=queries_places.pending_answer_of(found),
        letter=queries_outbox.pending_letter(found.person, "invitation", "events", found.event_id),
        verdict=contacts.weigh_contact(found.person, *queries.guard_of(found.person, by)),
        cautions=queries_candidates.cautions_of(found.person) if may("amounts:read") else [],
        needed=ledger.pre_approval(found.person, [("events", found.event_id)]) if may("ledger:read") else None,
    )  # fmt: skip
    return page, form.status


def _say_answer(found: Invitation) -> None:
    if found.state is InvitationState.WAITING and found.waitlist_place:
        flash(
            _(
                "All places are taken: %(person)s is number %(waitlist_place)s on the waitlist.",
                person=found.person.name,
                waitlist_place=found.waitlist_place,
            ),
            "warn",
        )
    else:
        flash(f"{found.person.name}{colon()}{within(found.state.value)}.", "ok")


def _refused(event: Event, form: ReasonForm) -> ResponseReturnValue:
    """What could not be done, on the page it was asked from."""
    for errors in form.errors.values():
        for said in errors:
            flash(said, "block")
    page = render_template(
        "events/refused.html",
        event=event,
        tabs=event_tabs(event),
        back=url_for("events.invitations", id=event.id),
    )
    return page, form.status
