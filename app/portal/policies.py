"""Decisions at the person's door: how long a link and a visit last, what may still be answered."""

import hashlib
import re
import unicodedata
from datetime import date, datetime, timedelta

from flask_babel import gettext as _

from app.accounts.models import Role, User
from app.core.errors import DomainError, NotFound
from app.events.models import Invitation, InvitationState
from app.events.policies import INVITED_STATES
from app.people.models import Person
from app.portal.models import PersonLink, PersonSession

#: A link that was mailed to somebody who did not ask for it. ASVS 5.0 6.5.5 allows ten minutes for a code that the
#: reader waits for; nobody waits for an invitation, and a mail may take hours and a weekend. This is the written
#: exception, with these controls instead: 256 random bits, only their hash stored, one use, redeemed by POST after a
#: page that says nothing (mail scanners open links), a newer link ends the older ones, the owner of the relationship is
#: told of every entry, staff see and end the visits, and whoever comes too late gets a new link of ten minutes mailed to
#: the address we know.
MAILED_LIFE = timedelta(hours=72)
#: A link that somebody waits for: shown to a colleague who hands it over, or asked for with an older link.
AWAITED_LIFE = timedelta(minutes=10)
#: A browser in which a person is at home; ended earlier by signing out or by staff. It is never prolonged.
VISIT_LIFE = timedelta(days=14)
#: An old link may bring a new one for so long.
RENEWABLE = timedelta(days=180)
#: At most one new link in so much time, and so many a day, whoever presses the button.
RENEWAL_PAUSE = timedelta(minutes=5)
RENEWALS_PER_DAY = 5
#: A browser that asked for a link is known for so long; another one has to be told the code, and may be wrong so often.
ASKED_LIFE = timedelta(minutes=15)
WRONG_CODES = 5
MINUTE = timedelta(minutes=1)
#: So many wishes for a link by address are taken in a minute, from everybody together: the rest is dropped in silence.
ASKED_PER_MINUTE = 60
#: Nobody is left in peace by a day for longer; for good there is a box of its own.
QUIET_AT_MOST = timedelta(days=731)
#: What those who serve need to know goes so long after the last event, or so long after it was said if none lies ahead.
NEEDED_AFTER_EVENT = timedelta(days=14)
NEEDED_WITHOUT_EVENT = timedelta(days=90)
NEEDED_AT_MOST = timedelta(days=360)


class LinkIsDead(DomainError):
    """A link that is used, too old, replaced, cut off or guessed: all alike."""

    status = 404


class CannotEnter(DomainError):
    """Somebody who can have no page of their own."""


class CannotAnswer(DomainError):
    """An invitation whose time is over."""


class PasskeyRefused(DomainError):
    """A passkey that proves nothing, or one too many."""


class CannotCorrect(DomainError):
    """Something about oneself that cannot be kept as it is written."""


class CannotTravel(DomainError):
    """Days or wishes for a journey that do not go."""


class AnswerNeeded(DomainError):
    """A form sent without choosing."""


def is_live_link(link: PersonLink, now: datetime) -> bool:
    """Whether a link still opens the door."""
    return link.redeemed_at is None and link.revoked_at is None and now < link.expires_at


def is_live_visit(visit: PersonSession, now: datetime) -> bool:
    """Whether a browser is still at home."""
    return visit.ended_at is None and now < visit.expires_at


def is_agent(user: User) -> bool:
    """Whether a user may have a door of their own here: an active one of an agency; whom they see is asked each time (R3)."""
    return user.is_active and user.role is Role.PARTNER and user.organisation_id is not None


def may_renew(made_at: list[datetime], now: datetime) -> bool:
    """Whether one more link may be mailed to a person who got links at these instants."""
    recent = [at for at in made_at if now - at < timedelta(days=1)]
    return len(recent) < RENEWALS_PER_DAY and all(now - at >= RENEWAL_PAUSE for at in recent)


def code_of(secret: str) -> str:
    """The six digits that a browser shows which asked for a link: whoever opens it elsewhere has to be told them."""
    return f"{int(hashlib.sha256(f'code:{secret}'.encode()).hexdigest(), 16) % 1_000_000:06d}"


def hash_code(code: str, asker_hash: str) -> str:
    """What is kept of a code; digits only, whatever stands between them."""
    digits = "".join(str(unicodedata.decimal(sign)) for sign in code if sign.isdecimal())
    return hashlib.sha256(f"{digits}:{asker_hash}".encode()).hexdigest()


def device_of(user_agent: str) -> str:
    """ "Firefox, Android": enough for somebody to recognise a browser of theirs; empty for what calls itself nothing known."""
    browsers = {
        "Firefox": "Firefox",
        "Edg": "Edge",
        "SamsungBrowser": "Samsung",
        "OPR": "Opera",
        "Chrome": "Chrome",
        "Safari": "Safari",
    }
    systems = {
        "Android": "Android",
        "iPhone": "iPhone",
        "iPad": "iPad",
        "Windows": "Windows",
        "Macintosh": "Mac",
        "Linux": "Linux",
    }
    found = [
        next((said for sign, said in one.items() if sign in user_agent), "") for one in (browsers, systems)
    ]
    return ", ".join(filter(None, found))


def check_has_page(person: Person) -> None:
    """Raise CannotEnter for recipients of imported books and for records that were merged away."""
    if person.is_pseudonymous:
        raise CannotEnter(
            _("%(person)s stands in imported books and has no identity here.", person=person.name)
        )
    if person.merged_into_id is not None:
        raise CannotEnter(_("This record was merged into another. Invite the person from there."))


def check_mail(person: Person) -> None:
    """Raise CannotEnter when no link can be mailed."""
    if not person.email:
        raise CannotEnter(
            _(
                "%(person)s has no mail address. Add one, or show the link and hand it over yourself.",
                person=person.name,
            )
        )


# -- invitations -------------------------------------------------------------------------------------


def is_shown(state: InvitationState) -> bool:
    """Drafts and withdrawn invitations are ours; a person sees what was sent to them."""
    return state in INVITED_STATES


def may_answer(state: InvitationState, is_cancelled: bool, ends_at: datetime, now: datetime) -> bool:
    """Whether a person may say yes or no, or change their mind: as long as the event lies ahead."""
    return is_shown(state) and not is_cancelled and now < ends_at


def check_was_there(invitation: Invitation) -> None:
    """Raise NotFound unless the person was at the event and was promised something (E4)."""
    if invitation.checked_in_at is None or not invitation.promise.strip():
        raise NotFound(_("There is nothing to say about this invitation."))


#: So long after an event the first page asks whether promises were kept; the page itself stays open.
ASKED_FOR = timedelta(days=90)


def delete_after(last_day: date | None, today: date) -> date:
    """From which day on nobody needs any more what a person told those who serve them; `last_day`: of their last event."""
    if last_day is None or last_day < today:
        return today + NEEDED_WITHOUT_EVENT
    return min(last_day + NEEDED_AFTER_EVENT, today + NEEDED_AT_MOST)


# -- references (G6) ---------------------------------------------------------------------------------


def reference_in(text: str) -> str:
    """What somebody typed as a reference of ours writes it, K7QM-3XWD-9TRA; empty when it is none."""
    plain = re.sub(r"[^0-9A-Z]", "", text.upper())
    return "-".join((plain[:4], plain[4:8], plain[8:])) if len(plain) == 12 else ""
