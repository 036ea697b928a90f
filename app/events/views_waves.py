"""Pages of waves: the board with its forecast, planning, closing; holds that do not lapse."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import clock
from app.core.forms import BaseForm, number_asked
from app.events import (
    operations,
    policies_waves,
    queries,
    queries_candidates,
    queries_checks,
    queries_substitutes,
    queries_waves,
)
from app.events.forms import InviteForm
from app.events.forms_waves import AgentAnswerForm, HoldForm, ReleaseForm, WaveForm, typed_wave
from app.events.models import Event, Invitation, InvitationState
from app.events.views import bp, event_tabs


@bp.get("/<int:id>/waves")
@requires("events:read")
def waves(id: int) -> ResponseReturnValue:
    by = acting_user()
    event = queries.get_event(id, by)
    return render_template(
        "events/waves.html", event=event, tabs=event_tabs(event), rows=queries_waves.list_wave_rows(event, by),
        rates=queries_waves.past_rates(event), now=clock.now(), silent=len(queries_waves.list_silent(event, by)),
    )  # fmt: skip


@bp.route("/<int:id>/waves/new", methods=["GET", "POST"])
@requires("events:write")
def new_wave(id: int) -> ResponseReturnValue:
    event = queries.get_event(id, acting_user())
    rows, rates = queries_waves.list_wave_rows(event), queries_waves.past_rates(event)
    number = (
        number_asked("number") or max((row.number for row in rows if row.wave is not None), default=0) + 1
    )
    form = WaveForm.of(event, number=number)
    if form.validate_on_submit():
        with form.attempt():
            wave = operations.plan_wave(event, form.details(), by=acting_user())
            flash(_("Wave %(wave)s is planned.", wave=wave.number), "ok")
            return redirect(url_for("events.waves", id=event.id), 303)
    return render_template("events/new_wave.html", form=form, event=event, rates=rates), form.status


@bp.route("/<int:id>/waves/<int:number>/edit", methods=["GET", "POST"])
@requires("events:write")
def edit_wave(id: int, number: int) -> ResponseReturnValue:
    event = queries.get_event(id, acting_user())
    wave = queries_waves.get_wave(event, number)
    form = WaveForm.of(event, **typed_wave(wave, event))
    back = url_for("events.waves", id=id)
    if form.validate_on_submit():
        with form.attempt():
            operations.edit_wave(wave, form.details(), by=acting_user(), seen_version=form.seen_version)
            flash(_("Saved."), "ok")
            return redirect(back, 303)
    page = render_template(
        "events/edit_wave.html", form=form, event=event, wave=wave, rates=queries_waves.past_rates(event)
    )
    return page, form.status


@bp.route("/<int:id>/waves/<int:number>/release", methods=["GET", "POST"])
@requires("events:write")
def release_wave(id: int, number: int) -> ResponseReturnValue:
    event = queries.get_event(id, acting_user())
    wave, form = queries_waves.get_wave(event, number), ReleaseForm()
    if form.validate_on_submit():
        with form.attempt():
            n = operations.release_wave(wave, by=acting_user(), n_seen=int(form.n_seen.data))
            flash(_("Wave %(number)s is closed; %(n)s without an answer lapsed.", number=number, n=n), "ok")
            return redirect(url_for("events.waves", id=event.id), 303)
    return _release_page(event, number, form)


def _release_page(event: Event, number: int, form: ReleaseForm) -> ResponseReturnValue:
    wave = queries_waves.get_wave(event, number)
    counts = queries_waves.counts_by_wave(event).get(number, policies_waves.WaveCounts())
    page = render_template(
        "events/release_wave.html", event=event, wave=wave, form=form, counts=counts,
        n_released=policies_waves.seats_released(wave, counts), after=queries_waves.next_wave(wave),
    )  # fmt: skip
    return page, form.status


@bp.get("/<int:id>/checks")
@requires("events:write")
def checks(id: int) -> ResponseReturnValue:
    """Every draft with what stands against it, before a letter is written."""
    by, wave = acting_user(), number_asked("wave")
    event = queries.get_event(id, by)
    drafts = queries.list_invitations(event, by, state=InvitationState.DRAFT, wave=wave)
    return render_template(
        "events/checks.html", event=event, rows=drafts, checks=queries_checks.checks_of(event, drafts, by), wave=wave,
        form=BaseForm(), held=queries.letters_held(event), unwritten=queries.count_unwritten(event),
    )  # fmt: skip


@bp.get("/<int:id>/substitutes")
@requires("events:write")
def substitutes(id: int) -> ResponseReturnValue:
    """Who could come instead, by the gaps they close; ticked ones are drafted by the page that invites."""
    by = acting_user()
    event = queries.get_event(id, by)
    number = max(queries.list_waves(event), default=0) + 1
    form = InviteForm(data={"wave": number, "worth_currency": event.program.currency})
    found = queries_substitutes.list_substitutes(event, by)
    return render_template("events/substitutes.html", event=event, form=form, found=found)


@bp.route("/<int:id>/remind", methods=["GET", "POST"])
@requires("events:write")
def remind(id: int) -> ResponseReturnValue:
    """Reminders to the silent, into the outbox, after the number was read."""
    by, wave = acting_user(), number_asked("wave")
    event, form = queries.get_event(id, by), BaseForm()
    if form.validate_on_submit():
        with form.attempt():
            prepared = operations.remind_silent(event, by=by, wave=wave)
            flash(
                _("%(n)s reminders wait in the outbox. Read them, then send.", n=len(prepared.letters)), "ok"
            )
            return redirect(url_for("outreach.batch", name=prepared.batch), 303)
    return _asking_page(event, queries_waves.list_silent(event, by, wave=wave), form, "remind", wave)


@bp.route("/<int:id>/ask-again", methods=["GET", "POST"])
@requires("events:write")
def ask_again(id: int) -> ResponseReturnValue:
    """Questions to those who answered before time or place changed, into the outbox."""
    by, form = acting_user(), BaseForm()
    event = queries.get_event(id, by)
    if form.validate_on_submit():
        with form.attempt():
            prepared = operations.ask_again(event, by=by)
            flash(_("%(n)s letters wait in the outbox. Read them, then send.", n=len(prepared.letters)), "ok")
            return redirect(url_for("outreach.batch", name=prepared.batch), 303)
    return _asking_page(event, queries_waves.list_stale(event, by), form, "ask_again", None)


def _asking_page(
    event: Event, rows: Sequence[Invitation], form: BaseForm, endpoint: str, wave: int | None
) -> ResponseReturnValue:
    page = render_template(
        "events/asking.html", event=event, form=form, rows=rows, endpoint=f"events.{endpoint}", wave=wave,
        told=[one for one in rows if one.person.email], verdicts=queries_candidates.weigh_reminders(rows, acting_user()),
    )  # fmt: skip
    return page, form.status


@bp.route("/invitations/<int:id>/hold", methods=["GET", "POST"])
@requires("events:write")
def hold_invitation(id: int) -> ResponseReturnValue:
    by, form = acting_user(), HoldForm()
    found = queries.get_invitation(id, by)
    if form.validate_on_submit():
        with form.attempt():
            operations.hold_invitation(found, not found.is_held, form.reason.data or "", by=by)
            said = _("It does not lapse.") if found.is_held else _("It lapses with its wave again.")
            flash(said, "ok")
            return redirect(url_for("events.invitation", id=found.id), 303)
    return render_template("events/hold.html", form=form, invitation=found), form.status


@bp.route("/invitations/<int:id>/answer-for", methods=["GET", "POST"])
@requires("events:represent")
def answer_for(id: int) -> ResponseReturnValue:
    """An agency answers for somebody it represents: what it may know stands here, nothing else."""
    by = acting_user()
    found, form = queries.get_invitation(id, by), AgentAnswerForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.record_answer(found, form.details(by.name), by=by)
            flash(
                _("Thank you. The answer for %(person)s is with the coordinator.", person=found.person.name),
                "ok",
            )
            return redirect(url_for("events.show", id=found.event_id), 303)
    return render_template("events/answer_for.html", form=form, invitation=found), form.status
