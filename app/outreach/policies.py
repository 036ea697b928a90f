"""Decisions about contact: what the guard says, what a letter may hold, which of its languages a person reads."""

import enum
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from msgspec import Struct, field
from msgspec.structs import replace

from app.core.errors import DomainError
from app.core.i18n import day, marked, said
from app.core.i18n import words as words_of_code
from app.outreach.models import Touch, TouchChannel, TouchKind
from app.outreach.models_rhythm import PlannedTouch
from app.outreach.policies_inbox import words_of_subject
from app.outreach.words_letters import PLACEHOLDERS

# -- the contact guard (G3) ------------------------------------------------------------------------

#: What the guard counts and stops; replies, courtesies and transactional mail are exempt by kind.
GUARDED = frozenset({TouchKind.UNSOLICITED, TouchKind.INVITATION})


class ContactLevel(enum.StrEnum):
    FREE = "free"
    SOFT = "soft"  # join, wait, or ask the owner
    HARD = "hard"  # only the owner releases it


class ContactLimit(Struct, frozen=True):
    """The contact rule in force."""

    n_touches: int
    n_days: int
    n_open_asks: int = 1


#: Holds until somebody sets a rule.
DEFAULT_LIMIT = ContactLimit(n_touches=2, n_days=14)


class ChannelLimit(Struct, frozen=True):
    """What a person wants of one channel: nothing, or at most `n_most` contacts in `n_days`."""

    is_closed: bool = False
    n_most: int | None = None
    n_days: int | None = None


#: A contact that was made, or one that is planned: the guard weighs both alike.
Contact = Touch | PlannedTouch


class ContactFacts(Struct, frozen=True):
    """What is known about one person when the guard weighs, oldest first: guarded touches in the window, open asks.

    `on_channels` holds guarded touches for the limits of channels, which may reach further back than the window.
    """

    is_opted_out: bool = False
    quiet_until_on: date | None = None
    recent: Sequence[Contact] = ()
    open_asks: Sequence[Touch] = ()
    zone: str = "UTC"
    quiet_weekdays: Collection[int] = ()  # Monday is 0
    channels: Mapping[TouchChannel, ChannelLimit] = field(default_factory=dict)
    on_channels: Sequence[Contact] = ()


class ContactVerdict(Struct, frozen=True):
    """What the guard says to one more contact.

    `n_touches` counts the window without the new one; `other` is the message it would run into; `free_from` is when
    waiting would help, if it ever does.
    """

    level: ContactLevel
    reason: str
    other: Touch | None
    n_touches: int
    n_limit: int
    free_from: datetime | None = None
    #: False when the person asked for quiet: that is nobody's to release.
    is_releasable: bool = True

    @property
    def is_free(self) -> bool:
        return self.level is ContactLevel.FREE


def weigh(
    facts: ContactFacts,
    limit: ContactLimit,
    *,
    kind: TouchKind,
    department_id: int,
    now: datetime,
    is_ask: bool,
    channel: TouchChannel | None = None,
) -> ContactVerdict:
    """Whether one more contact by a department is free, soft or hard (G3); a contact without a channel is weighed in general.

    What the person wished wins over every kind of outreach and over a release (P4). Then: over the number of the
    window is hard; another department in the window, or an ask that is still open, is soft.
    """
    verdict = _weigh_departments(facts, limit, kind=kind, department_id=department_id, now=now, is_ask=is_ask)
    wish = wish_against(facts, kind=kind, channel=channel, now=now)
    if wish is not None:
        until = max(filter(None, (wish.until, verdict.free_from)), default=None) if wish.until else None
        return replace(
            verdict, level=ContactLevel.HARD, reason=wish.words, other=None, is_releasable=False,
            free_from=next_open(facts, until) if until else None,
        )  # fmt: skip
    if verdict.free_from is not None:
        return replace(verdict, free_from=next_open(facts, verdict.free_from))
    return verdict


def _weigh_departments(
    facts: ContactFacts,
    limit: ContactLimit,
    *,
    kind: TouchKind,
    department_id: int,
    now: datetime,
    is_ask: bool,
) -> ContactVerdict:
    n_used = len(facts.recent)
    if kind not in GUARDED:
        words = _("They asked for exactly this.") if kind is TouchKind.ASKED_FOR else said(EXEMPT_WORDS)
        return ContactVerdict(ContactLevel.FREE, words, None, n_used, limit.n_touches)
    window = timedelta(days=limit.n_days)
    count = _("This would be touch %(n)s of %(most)s", n=n_used + 1, most=limit.n_touches)
    rule = _(
        "at most %(most)s unsolicited in %(n_days)s days over all departments",
        most=limit.n_touches,
        n_days=limit.n_days,
    )
    if n_used >= limit.n_touches:
        newest = facts.recent[-1]
        again_from = facts.recent[n_used - limit.n_touches].at + window
        return ContactVerdict(
            ContactLevel.HARD,
            _(
                "%(count)s; %(whose)s was the last. Only the owner releases it, with a reason. (%(details)s; %(rule)s.)",
                count=count, whose=_whose(newest), details=_details(newest), rule=rule,
            ),
            _made(newest), n_used, limit.n_touches, again_from,
        )  # fmt: skip
    others = [touch for touch in facts.recent if touch.department_id != department_id]
    foreign_asks = [touch for touch in facts.open_asks if touch.department_id != department_id]
    asks = facts.open_asks if is_ask and len(facts.open_asks) >= limit.n_open_asks else foreign_asks
    if not others and not asks:
        return ContactVerdict(ContactLevel.FREE, f"{count}; {rule}.", None, n_used, limit.n_touches)
    other: Contact = asks[-1] if asks else others[-1]
    whose = _whose(other)
    state = _("%(whose)s is open", whose=whose) if asks else _("%(whose)s is in the window", whose=whose)
    # Waiting helps against the window only; an ask is open until it is answered.
    free_from = max((touch.at + window for touch in others), default=None)
    return ContactVerdict(
        ContactLevel.SOFT, f"{count}; {state}. ({_details(other)}; {rule}.)", _made(other), n_used, limit.n_touches,
        free_from,
    )  # fmt: skip


EXEMPT_WORDS = marked("Answers and necessary news are always free.")


def _made(contact: Contact) -> Touch | None:
    return contact if isinstance(contact, Touch) else None


def _whose(contact: Contact) -> str:
    """ "Mei's ask", "Tom's plan"."""
    name = contact.user.name
    if isinstance(contact, PlannedTouch):
        return str(_("%(name)s's plan", name=name))
    return str(_("%(name)s's ask", name=name) if contact.is_ask else _("%(name)s's message", name=name))


def _details(contact: Contact) -> str:
    """ "“Interview”, Analyst relations, 3 Sep 2026"."""
    return f"“{words_of_subject(contact)}”, {contact.department.name}, {day(contact.at.date())}"


# -- what the person wished (P4) -------------------------------------------------------------------

#: Everybody who is stopped by a wish reads this, the owner too.
_NOBODY = _l("This is their own wish: nobody can release it, not even the owner of the relationship.")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_NAMES = (
    _l("Mondays"), _l("Tuesdays"), _l("Wednesdays"), _l("Thursdays"), _l("Fridays"), _l("Saturdays"), _l("Sundays"),
)  # fmt: skip


class Wish(Struct, frozen=True):
    """What a person asked for that stands against a contact, in words, and until when (None: until they say so)."""

    words: str
    until: datetime | None = None


def wish_against(
    facts: ContactFacts, *, kind: TouchKind, channel: TouchChannel | None, now: datetime
) -> Wish | None:
    """The wish that stands against a contact, if any: no contact, quiet until a day, quiet days, limits of the channel.

    Somebody who wants quiet still wants to know that the flight was moved: necessary news passes every wish but a
    closed channel, where another one is open. Against what the person asked for a moment ago no wish stands.
    """
    if kind is TouchKind.ASKED_FOR:
        return None
    limit = facts.channels.get(channel) if channel is not None else None
    if limit is not None and limit.is_closed and channel is not None:
        return Wish(
            _(
                "They want nothing by %(channel)s. %(wish)s Another channel is open.",
                channel=_by(channel),
                wish=_NOBODY,
            )
        )
    if kind is TouchKind.TRANSACTIONAL:
        return None
    if facts.is_opted_out:
        return Wish(_("They asked not to be contacted. %(wish)s", wish=_NOBODY))
    today = now.astimezone(ZoneInfo(facts.zone)).date()
    if facts.quiet_until_on is not None and facts.quiet_until_on >= today:
        words = _("They asked for quiet until %(day)s. %(wish)s", day=day(facts.quiet_until_on), wish=_NOBODY)
        return Wish(words, _begin_of(facts.quiet_until_on + timedelta(days=1), facts.zone))
    if today.weekday() in facts.quiet_weekdays:
        words = _("They want quiet on %(days)s. %(wish)s", days=_DAY_NAMES[today.weekday()], wish=_NOBODY)
        return Wish(words, _begin_of(today + timedelta(days=1), facts.zone))
    if limit is None or channel is None:
        return None
    return _over_limit(facts, limit, channel, now)


def _over_limit(
    facts: ContactFacts, limit: ChannelLimit, channel: TouchChannel, now: datetime
) -> Wish | None:
    if limit.n_most is None or limit.n_days is None:
        return None
    window = timedelta(days=limit.n_days)
    used = [one for one in facts.on_channels if one.channel is channel and now - window < one.at]
    if len(used) < limit.n_most:
        return None
    words = _(
        "They want at most %(n)s by %(channel)s in %(n_days)s days. %(wish)s",
        n=limit.n_most,
        channel=_by(channel),
        n_days=limit.n_days,
        wish=_NOBODY,
    )
    return Wish(words, used[len(used) - limit.n_most].at + window)


def next_open(facts: ContactFacts, at: datetime) -> datetime:
    """The first instant from `at` on that is on none of the person's quiet days, on the person's own calendar."""
    zone = ZoneInfo(facts.zone)
    if len(set(facts.quiet_weekdays)) >= len(WEEKDAYS):
        return at
    if facts.quiet_until_on is not None and at.astimezone(zone).date() <= facts.quiet_until_on:
        at = _begin_of(facts.quiet_until_on + timedelta(days=1), facts.zone)
    while at.astimezone(zone).weekday() in facts.quiet_weekdays:
        at = _begin_of(at.astimezone(zone).date() + timedelta(days=1), facts.zone)
    return at


def _begin_of(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def _by(channel: TouchChannel) -> str:
    return words_of_code(channel).lower()


class ContactStopped(DomainError):
    """G3: the guard says no; `verdict` holds why, and what it ran into."""

    def __init__(self, verdict: ContactVerdict) -> None:
        super().__init__(verdict.reason)
        self.verdict = verdict


class NotTheOwner(DomainError):
    """G3: only the owner of the relationship releases a stop."""


class ReasonNeeded(DomainError):
    """A release without a word on why."""


class CannotJoin(DomainError):
    """There is no thread to join."""


class NotOpen(DomainError):
    """An answer to something that waits for none, or a decision that was taken before."""


class NotYet(DomainError):
    """A contact dated in the future."""


# -- letters (G4 to G6) ----------------------------------------------------------------------------

#: G6: every outgoing letter names the owner and the department, and how to check them.
NEEDED = ("owner", "department", "verify_link")

#: Single words in braces, nothing else: stored text is never code.
_PLACEHOLDER = re.compile(r"\{([a-z_]{1,40})\}")


class MissingTranslation(DomainError):
    """G5: the letter has no text in a language the person reads."""


class AlreadyInForce(DomainError):
    """A version that is brought back though it never went."""


class LetterIncomplete(DomainError):
    """A letter without something it must say."""


class NothingToSend(DomainError):
    """A batch in which nothing waits."""


class NoMailAddress(DomainError):
    """Somebody who cannot be reached by mail."""


def unknown_placeholders(text: str) -> list[str]:
    """Words in braces that nothing stands in for."""
    return sorted({f"{{{name}}}" for name in _PLACEHOLDER.findall(text) if name not in PLACEHOLDERS})


def missing_placeholders(body: str) -> list[str]:
    """What G6 wants in every letter and is not there."""
    found = set(_PLACEHOLDER.findall(body))
    return [f"{{{name}}}" for name in NEEDED if name not in found]


def fill(text: str, fields: Mapping[str, str]) -> str:
    """Replace the words in braces; LetterIncomplete names those that nothing was given for.

    Done in one pass, so that what a person is called can never bring in another placeholder.
    """
    missing = sorted({name for name in _PLACEHOLDER.findall(text) if name not in fields})
    if missing:
        words = ", ".join(f"{{{name}}}" for name in missing)
        raise LetterIncomplete(
            _(
                "This letter needs %(words)s, which is not known here. Change the text or fill it in.",
                words=words,
            )
        )
    return _PLACEHOLDER.sub(lambda match: fields[match[1]], text)


def language_for(reads: Sequence[str], written: Collection[str]) -> tuple[str, bool]:
    """The language of a letter, and whether there is a text in it.

    The first of the person's languages that the letter is written in ("ar" serves "ar-AE"); if there is none, their
    first language, untranslated. Somebody whose languages are unknown is written to in English.
    """
    wanted = list(reads) or ["en"]
    for tag in wanted:
        for candidate in _wider(tag):
            if candidate in written:
                return candidate, True
    return wanted[0].split("-")[0], False


def _wider(tag: str) -> list[str]:
    """zh-Hans-CN -> zh-Hans-CN, zh-Hans, zh."""
    parts = tag.split("-")
    return ["-".join(parts[:n]) for n in range(len(parts), 0, -1)]
