"""Decisions about events: who may be invited, what an answer means, the funnel that adds up, seats."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from msgspec import Struct

from app.core.errors import DomainError
from app.core.i18n import day
from app.core.spoken import within
from app.events.models import Event, Invitation, InvitationState
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
    InvitationState.TENTATIVE, InvitationState.DELEGATED, InvitationState.LAPSED,
)  # fmt: skip
#: Who comes, or may still come.
MAY_COME = (
    InvitationState.INVITED, InvitationState.ACCEPTED, InvitationState.WAITING, InvitationState.TENTATIVE,
)  # fmt: skip
#: Who still owes an answer and may give one at any time.
SILENT_STATES = (InvitationState.INVITED, InvitationState.TENTATIVE)


class Funnel(Struct, frozen=True):
    """invited = accepted + declined + waiting + silent, always (E1); the rest stands beside it.

    Who sends a colleague has declined themselves; "perhaps" and what lapsed are no answer. Both are said beside.
    """

    accepted: int = 0
    declined: int = 0
    waiting: int = 0
    silent: int = 0
    #: Of the declined: those who send a colleague.
    delegated: int = 0
    #: Of those without an answer: who said perhaps, and whose deadline passed.
    tentative: int = 0
    lapsed: int = 0
    #: Guests who were admitted; they take places and are nobody's invitation.
    guests: int = 0
    drafts: int = 0
    withdrawn: int = 0
    attended: int = 0
    #: Answers given before the event's time or place changed.
    stale: int = 0

    @property
    def invited(self) -> int:
        return self.accepted + self.declined + self.waiting + self.silent


#: Which column of the funnel each state counts in.
FUNNEL: Mapping[InvitationState, str] = {
    InvitationState.ACCEPTED: "accepted", InvitationState.DECLINED: "declined", InvitationState.DELEGATED: "declined",
    InvitationState.WAITING: "waiting", InvitationState.INVITED: "silent", InvitationState.TENTATIVE: "silent",
    InvitationState.LAPSED: "silent",
}  # fmt: skip


def funnel_of(
    counts: Mapping[InvitationState, int], n_attended: int, n_stale: int, n_guests: int = 0
) -> Funnel:
    """The funnel from the number of invitations in each state."""

    def column(name: str) -> int:
        return sum(counts.get(state, 0) for state in INVITED_STATES if FUNNEL[state] == name)

    return Funnel(
        accepted=column("accepted"), declined=column("declined"), waiting=column("waiting"), silent=column("silent"),
        delegated=counts.get(InvitationState.DELEGATED, 0), tentative=counts.get(InvitationState.TENTATIVE, 0),
        lapsed=counts.get(InvitationState.LAPSED, 0), guests=n_guests, drafts=counts.get(InvitationState.DRAFT, 0),
        withdrawn=counts.get(InvitationState.WITHDRAWN, 0), attended=n_attended, stale=n_stale,
    )  # fmt: skip


def require_open_agenda(event: Event) -> None:
    """Raise EventIsOver when the event was called off, and its agenda with it."""
    if event.is_cancelled:
        raise EventIsOver(_("This event is cancelled, so its agenda is closed."))


def sequence_for(invitation: Invitation, event: Event) -> int:
    """The SEQUENCE by which one person's calendar is asked: that of the event, above a CANCEL they got alone (C1)."""
    withdrawn = invitation.sequence_withdrawn
    return event.sequence if withdrawn is None else max(event.sequence, withdrawn + 1)


def sequence_of_cancel(invitation: Invitation, event: Event) -> int:
    """The SEQUENCE of the CANCEL for one person alone, also when the event moved after it was written (C1)."""
    return max(event.sequence + 1, invitation.sequence_withdrawn or 0)


def require_live(event: Event, so: str = "") -> None:
    """Raise EventIsOver for an event that was called off; `so` says what cannot be done."""
    if event.is_cancelled:
        if so:
            raise EventIsOver(_("%(event)s is cancelled, so %(so)s.", event=event.name, so=so))
        raise EventIsOver(_("%(event)s is cancelled.", event=event.name))


def is_stale(invitation: Invitation, event: Event) -> bool:
    """Whether an answer was given before the event's time or place changed."""
    answered = invitation.state in {InvitationState.ACCEPTED, InvitationState.WAITING}
    seen = invitation.sequence_answered
    return answered and seen is not None and seen < event.sequence


# -- what to know before inviting ------------------------------------------------------------------

#: Categories an invitation to an event offers, in plain words.
OFFERED = {"travel_air": _l("flights"), "lodging": _l("hotel nights"), "meal": _l("meals")}


class Caution(Struct, frozen=True):
    """Something to know before a person is invited: `tone` is warn or block."""

    label: str
    text: str
    tone: str = "warn"


def cautions(
    person: Person,
    employer: Organisation | None,
    answers: Mapping[str, MayAccept],
    n_unlabelled: int = 0,
) -> list[Caution]:
    """What the person and their employer say about what an invitation offers (P2), the gravest first.

    `n_unlabelled` is how often a label of theirs was wrong or missing: it is shown before they are invited again (D5).
    """
    found = [_repeats(n_unlabelled)] if n_unlabelled else []
    for category, words in OFFERED.items():
        answer = answers.get(category)
        if answer is not None and answer.answer is AcceptAnswer.NO:
            found.append(
                Caution(
                    _("Accepts no %(words)s", words=words),
                    _("Said so on %(said_on)s.", said_on=day(answer.said_on)),
                )
            )
        elif answer is not None and answer.answer is AcceptAnswer.UP_TO and answer.limit is not None:
            found.append(
                Caution(
                    _("%(words)s up to %(limit)s", words=words[0].upper() + words[1:], limit=answer.limit),
                    _("Said so on %(said_on)s.", said_on=day(answer.said_on)),
                )
            )
    if employer is not None:
        found += _organisation_cautions(employer)
    if person.is_official:
        # How this is known is for compliance alone.
        found.append(Caution(_("Public official"), _("Stricter travel and lodging rules apply.")))
    if person.has_equity_or_family_tie:
        found.append(
            Caution(_("Tie to us"), _("Holds our shares or is family of one of us: needs its own statement."))
        )
    return found


def _repeats(n: int) -> Caution:
    label = ngettext("%(num)s label wrong or missing", "%(num)s labels wrong or missing", n)
    return Caution(
        label, _("In what they published after they were our guest. Speak about it before inviting again.")
    )


def _organisation_cautions(employer: Organisation) -> list[Caution]:
    quoted = employer.rule_text or _("Their rule, as written on the organisation's page.")
    labels = []
    if not employer.is_vendor_travel_allowed:
        labels.append(_("No travel paid by us"))
    if not employer.is_gift_allowed:
        labels.append("No gifts")
    if employer.max_class:
        labels.append(_("At most %(highest)s", highest=within(employer.max_class)))
    if employer.is_invoice_to_employer_only:
        labels.append(_("Invoices to the employer only"))
    if employer.is_state_body:
        labels.append(_("Works for a state body"))
    return [Caution(label, f"{employer.name}: {quoted}") for label in labels]


# -- agenda ----------------------------------------------------------------------------------------


def require_inside(event: Event, starts_at: datetime, ends_at: datetime) -> None:
    """Raise OutsideTheEvent unless a session lies within the event."""
    if not (event.starts_at <= starts_at and ends_at <= event.ends_at):
        raise OutsideTheEvent(
            _("This lies outside the event. Move the session, or make the event longer first."),
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
