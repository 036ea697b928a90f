"""Waves of invitations: planned, changed, released at their deadline; holds that do not lapse (E1)."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import check_version, db
from app.core.i18n import day
from app.events import policies, policies_waves, queries, queries_places, queries_waves
from app.events.details import WaveDetails
from app.events.models import Event, Invitation, InvitationState
from app.events.models_waves import Wave
from app.events.operations_invitations import note_step
from app.events.operations_places import lock_event, offer_free_places
from app.events.operations_promised import settle_promise
from app.events.policies import SILENT_STATES
from app.events.queries_coordinators import coordinator_of
from app.notices import operations as notices
from app.notices.models import Urgency
from app.outreach import operations as outreach
from app.outreach import queries as contacts


def plan_wave(event: Event, details: WaveDetails, *, by: User) -> Wave:
    """Plan a wave of an event; invitations belong to it by its number, also those drafted before. WaveTaken."""
    policies.require_live(event)
    if any(one.number == details.number for one in queries_places.list_waves(event)):
        raise policies_waves.WaveTaken(
            _("There is a wave %(details)s already.", details=details.number), field="number"
        )
    _check_deadline(event, details)
    wave = Wave(
        event_id=event.id, event=event, made_at=clock.now(), n_carried=0, n_released=0, **details.model_dump()
    )
    db.session.add(wave)
    db.session.flush()
    audit.record("events.wave_planned", wave, by=by)
    _offer_if_room(event, by)
    return wave


def edit_wave(wave: Wave, details: WaveDetails, *, by: User, seen_version: int | None = None) -> Wave:
    """Change a wave that was not released; its number stays."""
    check_version(wave, seen_version)
    _require_open(wave)
    if details.number != wave.number:
        raise policies_waves.WaveTaken(_("A wave keeps its number; the invitations name it."), field="number")
    _check_deadline(wave.event, details)
    before = audit.snapshot(wave)
    for field, value in details.model_dump(exclude={"number"}).items():
        setattr(wave, field, value)
    db.session.flush()
    audit.record("events.wave_edited", wave, by=by, before=before)
    _offer_if_room(wave.event, by)
    return wave


def release_wave(wave: Wave, *, by: User | None, n_seen: int | None = None) -> int:
    """At the deadline: unanswered invitations lapse, but for those held, and seats nobody took go to the next wave.

    `by` is None when the worker does it. `n_seen` is the number the button restated; CannotRelease when it is another
    by now, or the wave was released. Returns how many lapsed. Whoever waits moves on if the wave says so.
    """
    event = lock_event(wave.event_id)
    db.session.refresh(wave)
    _require_open(wave)
    counts = queries_waves.counts_by_wave(event).get(wave.number, policies_waves.WaveCounts())
    if n_seen is not None and n_seen != counts.n_lapsing:
        raise policies_waves.CannotRelease(
            _(
                "It was %(n_seen)s when you looked; now %(n_lapsing)s have not answered. Look again, then"
                " release.",
                n_seen=n_seen,
                n_lapsing=counts.n_lapsing,
            )
        )
    before = audit.snapshot(wave)
    wave.released_at = clock.now()
    wave.n_released = policies_waves.seats_released(wave, counts)
    after = queries_waves.next_wave(wave)
    _lapse(event, wave, by)
    if after is not None:
        _carry(event, wave, after, by)
    db.session.flush()
    _tell(event, wave, after, counts.n_lapsing)
    audit.record("events.wave_released", wave, by=by, before=before)
    offer_free_places(event, by=by)
    return counts.n_lapsing


def hold_invitation(invitation: Invitation, is_held: bool, reason: str, *, by: User) -> Invitation:
    """Keep an invitation from lapsing, or let it lapse with its wave again; why stands in its history."""
    if not reason.strip():
        raise policies.ReasonNeeded(_("Say why; it stands in the history of the invitation."), field="reason")
    before = audit.snapshot(invitation)
    invitation.is_held = is_held
    said = "Does not lapse: " if is_held else "Lapses with its wave again: "
    note_step(invitation, by, reason=said + reason.strip())
    audit.record("events.invitation_held", invitation, by=by, before=before, reason=reason.strip())
    return invitation


def _lapse(event: Event, wave: Wave, by: User | None) -> None:
    for one in queries.list_invitations(event, wave=wave.number):
        if one.state not in SILENT_STATES or one.is_held:
            continue
        before, was = audit.snapshot(one), one.state
        one.state = InvitationState.LAPSED
        settle_promise(one, was, event)
        note_step(one, by, reason=f"No answer by the deadline of wave {wave.number}.")
        ask = contacts.open_ask_of(one.person, "events", event.id)
        if ask is not None:
            outreach.answer_ask(ask, "No answer by the deadline.", by=by)
        audit.record("events.invitation_lapsed", one, by=by, before=before)


def _carry(event: Event, wave: Wave, after: Wave, by: User | None) -> None:
    """Seats and, if the wave says so, its waitlist go to the next wave, in their order and before whoever waits there."""
    before = audit.snapshot(after)
    after.n_carried += wave.n_released
    audit.record("events.seats_carried", after, by=by, before=before)
    if not wave.is_waitlist_carried:
        return
    waiting = queries.list_waitlist(event)
    moved = [one for one in waiting if one.wave == wave.number]
    for one in moved:
        one.wave = after.number
        note_step(one, by, reason=f"Waits on in wave {after.number}.")
    ahead = [one for one in waiting if one in moved or one.wave < after.number]
    for number, one in enumerate([*ahead, *(one for one in waiting if one not in ahead)], 1):
        one.waitlist_place = number


def _tell(event: Event, wave: Wave, after: Wave | None, n_lapsed: int) -> None:
    said = _l(
        "Wave %(wave)s of %(event)s is closed: %(n_lapsed)s without an answer lapsed.",
        wave=wave.number,
        event=event.name,
        n_lapsed=n_lapsed,
    )
    if after is not None and wave.n_released:
        said = _l(
            "%(said)s %(n)s seats went to wave %(wave)s.", said=said, n=wave.n_released, wave=after.number
        )
    notices.notify(said, user=coordinator_of(event), urgency=Urgency.SOON, source=("events", event.id))


def _offer_if_room(event: Event, by: User) -> None:
    """More places than before go to whoever waits."""
    offer_free_places(lock_event(event.id), by=by)


def _check_deadline(event: Event, details: WaveDetails) -> None:
    if details.answer_by_at is not None and details.answer_by_at > event.starts_at:
        raise policies.OutsideTheEvent(_("People answer before the event begins."), field="answer_by_at")


def _require_open(wave: Wave) -> None:
    if wave.released_at is not None:
        raise policies_waves.CannotRelease(
            _(
                "Wave %(wave)s was closed on %(released_at)s.",
                wave=wave.number,
                released_at=day(wave.released_at),
            )
        )
