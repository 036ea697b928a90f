"""One confirmation of a changed journey: everything that was ticked, in one transaction, or nothing of it (T6)."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import ngettext
from msgspec import Struct

from app.accounts import audit
from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.core.i18n import marked
from app.core.spoken import speaking_to
from app.events import operations_tasks
from app.events.details_day import TaskDetails
from app.events.disruptions import Answer, Area, Effect, Fate, Reader, Wants
from app.events.models_day import TaskOrigin
from app.events.queries_coordinators import coordinator_of
from app.outreach import operations as outreach
from app.outreach.calendar_parts import OwnWords
from app.outreach.details import LetterDetails
from app.outreach.models import Letter, TouchKind
from app.outreach.operations_mail import PersonMail
from app.outreach.policies import ContactStopped, NoMailAddress
from app.outreach.policies_outbox import AddressIsDead
from app.travel import calendar_files, clearance, operations_legs
from app.travel.costing import ROOM
from app.travel.details import LegDetails
from app.travel.disruptions_mails import helper_words, person_words
from app.travel.models import CostStage, Leg, Trip
from app.travel.policies_disruption import Change, RippleStale
from app.travel.queries_disruption import ChangedLeg, Ripple, ripple_of

#: The letter is shown among others by this name.
_KEY = "note"
#: Time with others first: whoever gives a meeting locks the executive before the book, so here it is the same.
_ORDER = (Area.MEETING, Area.AGENDA, Area.SEAT, Area.JOURNEY, Area.TRANSFER, Area.HOTEL, Area.VALUE)


class Settled(Struct, frozen=True):
    """What a confirmation did: what was done, whom it wrote to, and what stays open."""

    done: Sequence[Effect]
    written_to: Sequence[str]
    still_open: Sequence[str]


def change_journey(
    trip: Trip,
    changes: Sequence[Change],
    ticks: set[str],
    seen: Mapping[str, str],
    *,
    by: User,
    answers: Mapping[str, Answer] | None = None,
    reason: str = "",
    connection: int | None = None,
) -> Settled:
    """Give legs other times or call them off, and do everything that is ticked; only those concerned are written to.

    `seen` are the facts of the ripple that was on the screen; `answers`, by key, say which of several ways is taken and
    what is charged all the same. RippleStale when the ripple is another one by now, with nothing done; every refusal of a
    step refuses all of it.
    """
    answers = answers or {}
    _lock(trip)
    ripple = ripple_of(trip, changes, by=by, reason=reason, connection=connection, is_held=True)
    _require_same(ripple, seen)
    before = audit.snapshot(trip)
    done = [
        one.answered(answers.get(one.key, Answer()))
        for one in ripple.effects
        if one.act is not None and (one.wants is Wants.NOTHING or one.key in ticks)
    ]
    _act(ripple, done, answers, reason, by)
    db.session.flush()
    settled = {one.key: one for one in done}
    told = [
        settled.get(one.key, one)
        for one in ripple.effects
        if one.key in settled or one.wants is Wants.NOTHING
    ]
    still_open = [_open_words(one) for one in ripple.open_after(ticks)]
    written_to = [*_tell_person(ripple, told, reason, still_open, by)]
    written_to += _tell_helpers(ripple, done, still_open, by)
    if still_open:
        _ask_coordinator(ripple, still_open, by)
    audit.record("travel.journey_changed", trip, by=by, before=before, reason=_summary(ripple, done, reason))
    return Settled(done, written_to, still_open)


def _lock(trip: Trip) -> None:
    """One change of a trip at a time; what the other one did is seen."""
    db.session.flush()
    db.session.execute(sa.select(Trip.id).where(Trip.id == trip.id).with_for_update())
    db.session.expire_all()
    clearance.require_open(trip)


def _require_same(ripple: Ripple, seen: Mapping[str, str]) -> None:
    now = ripple.facts
    if dict(seen) == now:
        return
    keys = [key for key in {**now, **seen} if now.get(key) != seen.get(key)]
    titles = [(now.get(key) or seen[key]).partition(" ")[2][:80] for key in keys]
    named = "; ".join([one for one in dict.fromkeys(titles) if one][:6]) or _(
        "nothing you saw can be recognised"
    )
    raise RippleStale(
        _(
            "Nothing was changed: since you looked, this is otherwise now: %(named)s. Look it over "
            "and confirm again.",
            named=named,
        )
    )


# -- doing it ------------------------------------------------------------------------------------------


def _act(
    ripple: Ripple, done: Sequence[Effect], answers: Mapping[str, Answer], reason: str, by: User
) -> None:
    """The rooms' own steps first, then the days and what is missed, the legs, and whatever follows them."""
    by_order = sorted(done, key=lambda one: _ORDER.index(one.area))
    following = (Area.TRANSFER, Area.HOTEL, Area.VALUE)
    for effect in (one for one in by_order if one.area not in following):
        _do(effect, answers, by)
    for one in _without_overlap(ripple.changed):
        _change_leg(one, answers.get(one.key, Answer()), reason, by)
    for effect in (one for one in by_order if one.area in following):
        _do(effect, answers, by)


def _do(effect: Effect, answers: Mapping[str, Answer], by: User) -> None:
    if effect.act is not None:
        effect.act(by, answers.get(effect.key, Answer()))


def _without_overlap(changed: Sequence[ChangedLeg]) -> list[ChangedLeg]:
    """Legs in an order in which none stands in the way of another: gone, then later ones backwards, then earlier ones."""
    gone = [one for one in changed if one.change.departs_at is None]
    moved = [one for one in changed if one.change.departs_at is not None]
    later = [one for one in moved if one.change.departs_at and one.change.departs_at >= one.leg.departs_at]
    earlier = [one for one in moved if one not in later]
    later.sort(key=lambda one: one.leg.departs_at, reverse=True)
    earlier.sort(key=lambda one: one.leg.departs_at)
    return [*gone, *later, *earlier]


def _change_leg(one: ChangedLeg, answer: Answer, reason: str, by: User) -> None:
    leg, change = one.leg, one.change
    if change.departs_at is None or change.arrives_at is None:
        operations_legs.cancel_leg(
            leg, reason=reason or marked("It does not take place."), by=by, charged=answer.charged
        )
        return
    details = details_of(leg).model_copy(
        update={"departs_at": change.departs_at, "arrives_at": change.arrives_at}
    )
    operations_legs.edit_leg(leg, details, by=by)


def details_of(leg: Leg) -> LegDetails:
    """A leg as what its operations take."""
    names = set(LegDetails.model_fields) - {"cost", "is_estimate"}
    values = {name: getattr(leg, name) for name in names}
    return LegDetails(**values, cost=leg.cost, is_estimate=leg.cost_stage is CostStage.ESTIMATED)


# -- telling -------------------------------------------------------------------------------------------


def _tell_person(
    ripple: Ripple, told: Sequence[Effect], reason: str, still_open: list[str], by: User
) -> list[str]:
    """The person's one letter, with what it changes in their calendar: necessary news, which passes an opt-out and quiet days.

    (Decision 0009.) Where it cannot be written somebody calls them.
    """
    trip = ripple.trip
    details = LetterDetails(
        person_id=trip.person_id, key=_KEY, kind=TouchKind.TRANSACTIONAL, batch=f"journey-{trip.id}-{clock.now():%Y%m%d%H%M%S%f}",
        batch_title=f"{trip.event.name[:200]}: a journey changed", source_kind=ROOM, source_id=trip.id, user_id=by.id,
    )  # fmt: skip

    moved = [one.key for one in told if one.is_told and one.fate in (Fate.MOVED, Fate.CANCELLED)]
    moved = [key for key in moved if key.startswith("meeting:")] + [one.key for one in ripple.changed] + moved

    def say(letter: Letter) -> OwnWords:
        parts = calendar_files.changed_parts(trip, letter, list(dict.fromkeys(moved)))
        return person_words(letter, ripple, told, reason, parts)

    try:
        with db.session.begin_nested():
            letter = outreach.write_own_words(details, say, by=by)
            outreach.release_letter(letter, by=by)
    except (NoMailAddress, AddressIsDead, ContactStopped) as why:
        still_open.append(
            _("Tell %(person)s, who cannot be written to: %(why)s", person=trip.person.name, why=why)
        )
        return []
    return [trip.person.name]


def _tell_helpers(ripple: Ripple, done: Sequence[Effect], still_open: list[str], by: User) -> list[str]:
    """One mail to each who has a part in what was done, once per change of the legs; who has no address is called."""
    theirs: dict[Reader, list[Effect]] = {}
    for effect in done:
        for reader in effect.readers:
            theirs.setdefault(reader, []).append(effect)
    written = []
    for reader, effects in theirs.items():
        if not reader.address:
            said = f" ({reader.phone})" if reader.phone else ""
            still_open.append(
                _(
                    "Call %(reader)s%(phone)s: %(what)s",
                    reader=reader.name,
                    phone=said,
                    what=", ".join(one.title for one in effects),
                )
            )
            continue
        writer = f"{by.name}\n{by.department.name}"
        subject, text = helper_words(reader.name, ripple, effects, writer)
        legs = "-".join(f"{one.leg.id}.{one.leg.sequence}" for one in ripple.changed)
        mail = PersonMail(
            kind="journey", recipient=reader.address, subject=subject, text=text,
            dedup_key=f"journey:{legs}:{reader.address}",
            sender_name=by.name, reply_to=by.email,
        )  # fmt: skip
        outreach.mail_helper(mail, source=(ROOM, ripple.trip.id))
        written.append(reader.name)
    return written


def _ask_coordinator(ripple: Ripple, still_open: Sequence[str], by: User) -> None:
    event, person = ripple.trip.event, ripple.trip.person
    owner = coordinator_of(event)
    with speaking_to(owner.locale):
        what = ngettext(
            "Journey of %(person)s: %(num)s thing is open", "Journey of %(person)s: %(num)s things are open", len(still_open),
            person=person.name,
        )  # fmt: skip
    details = TaskDetails(
        what=what, cause="\n".join(still_open),
        owner_id=owner.id, due_on=clock.today(event.zone), person_id=person.id,
    )  # fmt: skip
    operations_tasks.add_task(event, details, by=by, origin=TaskOrigin.JOURNEY)


def _open_words(effect: Effect) -> str:
    return f"{effect.title}: {effect.said}"


def _summary(ripple: Ripple, done: Sequence[Effect], reason: str) -> str:
    said = [one.title for one in ripple.changed] + [one.title for one in done]
    return f"{reason} {', '.join(dict.fromkeys(said))}".strip()
