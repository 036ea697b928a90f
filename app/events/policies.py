"""Decisions about events: who may be invited, what an answer means, the funnel that adds up, seats, overlaps."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.errors import DomainError
from app.events.models import Event, Invitation, InvitationState, Session
from app.people.models import AcceptAnswer, MayAccept, Organisation, Person

# -- refusals --------------------------------------------------------------------------------------


class NameTaken(DomainError):
    """A second event of the same name."""


class EventIsOver(DomainError):
    """Something that makes no sense once the event was cancelled."""


class OutsideTheEvent(DomainError):
    """E2: a session before the event begins or after it ends."""


class CannotInvite(DomainError):
    """E1: the person may not be invited to this event."""


class CannotSend(DomainError):
    """Letters that cannot be prepared."""


class CannotAnswer(DomainError):
    """E1: an answer to an invitation that was never sent, or was withdrawn."""


class NoPlaceLeft(DomainError):
    """E1: the event is full, or it is somebody else's turn."""


class CannotSeat(DomainError):
    """E3: a seat that is taken, or a person who is not coming."""


class CannotCheckIn(DomainError):
    """E3: somebody who has not accepted, or is here already."""


class ReasonNeeded(DomainError):
    """A step that must say why."""


# -- the funnel (E1) -------------------------------------------------------------------------------

#: States of people who were invited; whoever is in one of them is in exactly one column of the funnel.
INVITED_STATES = (
    InvitationState.INVITED, InvitationState.ACCEPTED, InvitationState.DECLINED, InvitationState.WAITING,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Funnel:
    """invited = accepted + declined + waiting + silent, always (E1); the rest stands beside it."""

    accepted: int = 0
    declined: int = 0
    waiting: int = 0
    silent: int = 0
    drafts: int = 0
    withdrawn: int = 0
    attended: int = 0
    #: Answers given before the event's time or place changed.
    stale: int = 0

    @property
    def invited(self) -> int:
        return self.accepted + self.declined + self.waiting + self.silent


def funnel_of(counts: Mapping[InvitationState, int], n_attended: int, n_stale: int) -> Funnel:
    """The funnel from the number of invitations in each state."""
    return Funnel(
        accepted=counts.get(InvitationState.ACCEPTED, 0), declined=counts.get(InvitationState.DECLINED, 0),
        waiting=counts.get(InvitationState.WAITING, 0), silent=counts.get(InvitationState.INVITED, 0),
        drafts=counts.get(InvitationState.DRAFT, 0), withdrawn=counts.get(InvitationState.WITHDRAWN, 0),
        attended=n_attended, stale=n_stale,
    )  # fmt: skip


def is_stale(invitation: Invitation, event: Event) -> bool:
    """Whether an answer was given before the event's time or place changed."""
    answered = invitation.state in {InvitationState.ACCEPTED, InvitationState.WAITING}
    seen = invitation.sequence_answered
    return answered and seen is not None and seen < event.sequence


# -- what to know before inviting ------------------------------------------------------------------

#: Categories an invitation to an event offers, in plain words.
OFFERED = {"travel_air": "flights", "lodging": "hotel nights", "meal": "meals"}


@dataclass(frozen=True, slots=True)
class Caution:
    """Something to know before a person is invited: `tone` is warn or block."""

    label: str
    text: str
    tone: str = "warn"


def cautions(
    person: Person, employer: Organisation | None, answers: Mapping[str, MayAccept]
) -> list[Caution]:
    """What the person and their employer say about what an invitation offers (P2), the gravest first."""
    found = []
    for category, words in OFFERED.items():
        answer = answers.get(category)
        if answer is not None and answer.answer is AcceptAnswer.NO:
            found.append(Caution(f"Accepts no {words}", f"Said so on {answer.said_on:%-d %b %Y}."))
        elif answer is not None and answer.answer is AcceptAnswer.UP_TO and answer.limit is not None:
            found.append(
                Caution(
                    f"{words.capitalize()} up to {answer.limit}", f"Said so on {answer.said_on:%-d %b %Y}."
                )
            )
    if employer is not None:
        found += _organisation_cautions(employer)
    if person.is_official:
        found.append(
            Caution("Public official", person.official_reason or "Stricter travel and lodging rules apply.")
        )
    if person.has_equity_or_family_tie:
        found.append(
            Caution("Tie to us", "Holds our shares or is family of one of us: needs its own statement.")
        )
    return found


def _organisation_cautions(employer: Organisation) -> list[Caution]:
    quoted = employer.rule_text or "Their rule, as written on the organisation's page."
    labels = []
    if not employer.is_vendor_travel_allowed:
        labels.append("No travel paid by us")
    if not employer.is_gift_allowed:
        labels.append("No gifts")
    if employer.max_class:
        labels.append(f"At most {employer.max_class.replace('_', ' ')}")
    if employer.is_invoice_to_employer_only:
        labels.append("Invoices to the employer only")
    if employer.is_state_body:
        labels.append("Works for a state body")
    return [Caution(label, f"{employer.name}: {quoted}") for label in labels]


# -- agenda ----------------------------------------------------------------------------------------


def overlaps(sessions: Sequence[Session]) -> dict[int, list[Session]]:
    """For each live session, the others that use its room at the same time: shown, never forbidden."""
    live = sorted(
        (one for one in sessions if not one.is_cancelled and one.place),
        key=lambda one: (one.starts_at, one.id),
    )
    found: dict[int, list[Session]] = {}
    for position, one in enumerate(live):
        for other in live[position + 1 :]:
            if other.starts_at >= one.ends_at:
                break
            if other.place.casefold() == one.place.casefold():
                found.setdefault(one.id, []).append(other)
                found.setdefault(other.id, []).append(one)
    return found


def require_inside(event: Event, starts_at: datetime, ends_at: datetime) -> None:
    """Raise OutsideTheEvent unless a session lies within the event."""
    if not (event.starts_at <= starts_at and ends_at <= event.ends_at):
        raise OutsideTheEvent(
            "This lies outside the event. Move the session, or make the event longer first.",
            field="starts_at",
        )


# -- waitlist --------------------------------------------------------------------------------------


def next_place(places: Iterable[int | None]) -> int:
    """The place behind everybody who waits."""
    return max((place for place in places if place is not None), default=0) + 1


def renumbered(ids: Collection[int], moved: int, place: int) -> list[int]:
    """The order of the waitlist after one of them moved to a place, counted from 1."""
    order = [id for id in ids if id != moved]
    order.insert(min(max(place, 1), len(order) + 1) - 1, moved)
    return order
