"""Decisions about waves and the waitlist: what past events suggest, what a wave may expect, who is offered a place."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from flask_babel import gettext as _
from msgspec import Struct

from app.core.errors import DomainError
from app.events.models import Event, Invitation, InvitationState
from app.events.models_waves import PlaceOffer, PlaceOfferState, Wave
from app.events.policies import SILENT_STATES

# -- refusals --------------------------------------------------------------------------------------


class WaveTaken(DomainError):
    """A second wave of the same number."""


class CannotRelease(DomainError):
    """A wave that was released, or is not what it was when the button was drawn."""


class CannotOffer(DomainError):
    """E1: a place that is not there, or somebody who is not waiting."""


class OfferIsOver(DomainError):
    """An offer that was taken, refused, taken back, or came to its end."""

    status = 404


class CannotDecide(DomainError):
    """Something that was decided before, or has no place to be admitted to."""


# -- what past events say --------------------------------------------------------------------------


class Rates(Struct, frozen=True):
    """What became of the invitations to past events of the same program; nothing is said when there were none."""

    n_events: int = 0
    n_invited: int = 0
    n_accepted: int = 0
    n_attended: int = 0

    @property
    def is_known(self) -> bool:
        return self.n_events > 0 and self.n_accepted > 0 and self.n_attended > 0

    @property
    def percent_coming(self) -> int:
        """Of 100 who said yes, so many came."""
        return _rounded(100 * self.n_attended, self.n_accepted)

    @property
    def percent_yes(self) -> int:
        """Of 100 invited, so many said yes."""
        return _rounded(100 * self.n_accepted, self.n_invited)

    def yes_for(self, n_seats: int) -> int | None:
        """How many should say yes so that so many seats are filled; None when nothing is known."""
        if not self.is_known:
            return None
        return max(n_seats, -(-n_seats * self.n_accepted // self.n_attended))

    def overbooking_for(self, n_seats: int) -> int | None:
        """Places to give away beyond the seats."""
        wanted = self.yes_for(n_seats)
        return None if wanted is None else wanted - n_seats

    def invitations_for(self, n_seats: int) -> int | None:
        """How many to invite so that so many seats are filled."""
        wanted = self.yes_for(n_seats)
        return None if wanted is None else -(-wanted * self.n_invited // self.n_accepted)

    def yes_among(self, n_silent: int) -> int | None:
        """How many of those who have not answered may still say yes."""
        return _rounded(n_silent * self.n_accepted, self.n_invited) if self.is_known else None

    def coming_of(self, n_yes: int) -> int | None:
        """How many of those who say yes may come."""
        return _rounded(n_yes * self.n_attended, self.n_accepted) if self.is_known else None


def _rounded(part: int, whole: int) -> int:
    """Halves go up; whole numbers only."""
    return (2 * part + whole) // (2 * whole) if whole else 0


# -- a wave ----------------------------------------------------------------------------------------


class WaveCounts(Struct, frozen=True):
    """How the invitations of one wave stand; sent = yes + no + waiting + silent + lapsed."""

    n_drafts: int = 0
    n_yes: int = 0
    n_no: int = 0
    n_waiting: int = 0
    #: No answer yet, "perhaps" among them.
    n_silent: int = 0
    n_tentative: int = 0
    n_lapsed: int = 0
    #: Of the silent: those that do not lapse.
    n_held: int = 0
    #: Seen to have it before them, as far as that is known.
    n_opened: int = 0
    n_guests: int = 0

    @property
    def n_sent(self) -> int:
        return self.n_yes + self.n_no + self.n_waiting + self.n_silent + self.n_lapsed

    @property
    def n_lapsing(self) -> int:
        """Those that lapse when the wave is released."""
        return self.n_silent - self.n_held


def counts_of(
    states: Mapping[InvitationState, int], *, n_held: int, n_opened: int, n_guests: int
) -> WaveCounts:
    """The counts of a wave from the number of its invitations in each state."""

    def of(*wanted: InvitationState) -> int:
        return sum(states.get(state, 0) for state in wanted)

    return WaveCounts(
        n_drafts=of(InvitationState.DRAFT), n_yes=of(InvitationState.ACCEPTED),
        n_no=of(InvitationState.DECLINED, InvitationState.DELEGATED), n_waiting=of(InvitationState.WAITING),
        n_silent=of(*SILENT_STATES), n_tentative=of(InvitationState.TENTATIVE), n_lapsed=of(InvitationState.LAPSED),
        n_held=n_held, n_opened=n_opened, n_guests=n_guests,
    )  # fmt: skip


def seats_left(wave: Wave, counts: WaveCounts) -> int:
    """Places of a wave that nobody has said yes to, those overbooked and carried over included; never below none."""
    places = wave.n_seats + wave.n_overbooked + wave.n_carried - wave.n_released
    return max(0, places - counts.n_yes - counts.n_guests)


def seats_released(wave: Wave, counts: WaveCounts) -> int:
    """Seats that go on when a wave is released: those nobody took and nobody may still take."""
    return max(0, seats_left(wave, counts) - counts.n_held - wave.n_overbooked)


def is_late(wave: Wave | None, now: datetime) -> bool:
    """Whether an answer comes after the deadline of its wave."""
    if wave is None:
        return False
    return wave.released_at is not None or (wave.answer_by_at is not None and now >= wave.answer_by_at)


# -- the waitlist ----------------------------------------------------------------------------------


class Waiting(Struct, frozen=True):
    """Somebody on the waitlist, with why they are or are not the next to be offered a place."""

    invitation: Invitation
    why: str
    offer: PlaceOffer | None = None
    #: The worker may offer them a place.
    is_eligible: bool = False
    is_next: bool = False

    @property
    def id(self) -> int:
        return self.invitation.id

    @property
    def name(self) -> str:
        return self.invitation.person.name


def explained(
    waiting: Sequence[Invitation],
    event: Event,
    offers: Mapping[int, PlaceOffer],
    gave_back: frozenset[int],
    waves: Mapping[int, Wave],
    *,
    n_free: int,
    n_places: int,
    now: datetime,
) -> list[Waiting]:
    """Each place of the waitlist with its reason; `offers` are the latest of each invitation, whatever became of them."""
    rows: list[Waiting] = []
    is_first = True
    for one in waiting:
        offer = offers.get(one.id)
        held = offer if offer is not None and is_open(offer, now) else None
        against = _against(one, event, offer, one.id in gave_back, waves.get(one.wave), now)
        if held is not None:
            rows.append(Waiting(one, _("A place is kept for them until the offer ends."), held))
        elif against:
            rows.append(Waiting(one, against))
        elif is_first:
            why = (
                _("Next: a free place is offered now.")
                if n_free > 0
                else _("Next: all %(n_places)s places are taken.", n_places=n_places)
            )
            rows.append(Waiting(one, why, is_eligible=True, is_next=True))
            is_first = False
        else:
            rows.append(Waiting(one, _("Comes after those before them."), is_eligible=True))
    return rows


def is_open(offer: PlaceOffer, now: datetime) -> bool:
    """Whether an offer can still be taken."""
    return offer.state is PlaceOfferState.OPEN and now < offer.expires_at


def _against(
    one: Invitation,
    event: Event,
    offer: PlaceOffer | None,
    is_given_back: bool,
    wave: Wave | None,
    now: datetime,
) -> str:
    """Why somebody is not offered a place by itself; empty when nothing stands against it."""
    if event.is_cancelled:
        return str(_("The event is cancelled."))
    if now >= event.ends_at:
        return str(_("The event is over."))
    if is_given_back:
        return str(_("Had a place and gave it back: only a person offers it again."))
    if offer is not None and offer.state in {PlaceOfferState.EXPIRED, PlaceOfferState.OPEN}:
        return str(_("Let an offer pass unanswered: only a person offers it again."))
    if wave is not None and wave.released_at is not None and not wave.is_waitlist_carried:
        return str(_("Wave %(wave)s was closed, and its waitlist is not carried over.", wave=wave.number))
    return ""
