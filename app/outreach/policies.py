"""Decisions about contact: what the guard says, what a letter may hold, which of its languages a person reads."""

import enum
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from app.core.errors import DomainError
from app.outreach.models import Touch, TouchKind

# -- the contact guard (G3) ------------------------------------------------------------------------

#: What the guard counts and stops; replies and transactional mail are exempt by kind.
GUARDED = frozenset({TouchKind.UNSOLICITED, TouchKind.INVITATION})


class ContactLevel(enum.StrEnum):
    FREE = "free"
    SOFT = "soft"  # join, wait, or ask the owner
    HARD = "hard"  # only the owner releases it


@dataclass(frozen=True, slots=True)
class ContactLimit:
    """The contact rule in force."""

    n_touches: int
    n_days: int
    n_open_asks: int = 1


#: Holds until somebody sets a rule.
DEFAULT_LIMIT = ContactLimit(n_touches=2, n_days=14)


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """What is known about one person when the guard weighs: guarded touches in the window and open asks, oldest first."""

    is_opted_out: bool = False
    quiet_until_on: date | None = None
    recent: Sequence[Touch] = ()
    open_asks: Sequence[Touch] = ()


@dataclass(frozen=True, slots=True)
class ContactVerdict:
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
) -> ContactVerdict:
    """Whether one more contact by a department is free, soft or hard (G3).

    The person's own wish wins over everything, also over exempt kinds. Then: over the number of the window is hard;
    another department in the window, or an ask that is still open, is soft.
    """
    n_used = len(facts.recent)
    if wish := _wish(facts, now):
        return ContactVerdict(
            ContactLevel.HARD, wish[0], None, n_used, limit.n_touches, wish[1], is_releasable=False
        )
    if kind not in GUARDED:
        return ContactVerdict(
            ContactLevel.FREE, "Answers and necessary news are always free.", None, n_used, limit.n_touches
        )
    window = timedelta(days=limit.n_days)
    count = (
        f"This would be touch {n_used + 1} of {limit.n_touches} in {limit.n_days} days over all departments"
    )
    if n_used >= limit.n_touches:
        newest = facts.recent[-1]
        again_from = facts.recent[n_used - limit.n_touches].at + window
        return ContactVerdict(
            ContactLevel.HARD, f"{count}; the last was {_named(newest)}. Only the owner releases it, with a reason.",
            newest, n_used, limit.n_touches, again_from,
        )  # fmt: skip
    others = [touch for touch in facts.recent if touch.department_id != department_id]
    foreign_asks = [touch for touch in facts.open_asks if touch.department_id != department_id]
    asks = facts.open_asks if is_ask and len(facts.open_asks) >= limit.n_open_asks else foreign_asks
    if not others and not asks:
        return ContactVerdict(ContactLevel.FREE, f"{count}.", None, n_used, limit.n_touches)
    other = asks[-1] if asks else others[-1]
    said = f"{_named(other)} is still open" if asks else f"{_named(other)} was sent"
    # Waiting helps against the window only; an ask is open until it is answered.
    free_from = max((touch.at + window for touch in others), default=None)
    return ContactVerdict(
        ContactLevel.SOFT, f"{count}, and {said}.", other, n_used, limit.n_touches, free_from
    )


def _wish(facts: ContactFacts, now: datetime) -> tuple[str, datetime | None] | None:
    """What the person asked for, and until when."""
    if facts.is_opted_out:
        return "They asked not to be contacted. Nobody can release that; they can change it themselves.", None
    if facts.quiet_until_on is not None and facts.quiet_until_on >= now.date():
        ends = datetime.combine(facts.quiet_until_on + timedelta(days=1), time(), UTC)
        return f"They asked for quiet until {facts.quiet_until_on:%-d %b %Y}. Nobody can release that.", ends
    return None


def _named(touch: Touch) -> str:
    """ "the ask “Interview” by Mei (Analyst relations) of 3 Sep 2026"."""
    what = "the ask" if touch.is_ask else "the message"
    return f"{what} “{touch.subject}” by {touch.user.name} ({touch.department.name}) of {touch.at:%-d %b %Y}"


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

#: The letters there are, with what they are for.
KEYS: Mapping[str, str] = {
    "invitation": "Invitation to an event",
    "change": "News of a change, such as another time or place",
    "thank_you": "Thank-you after an event",
    "hand_over": "Somebody else looks after the relationship",
    "note": "Any other letter",
}

#: What may stand in braces in a letter.
PLACEHOLDERS: Mapping[str, str] = {
    "person": "the name of the person, as they write it",
    "owner": "who writes",
    "department": "the department of who writes",
    "company": "our company",
    "reference": "the reference of this letter",
    "verify_link": "the page where the person can check the letter",
    "event": "the name of the event",
    "place": "the venue",
    "city": "the city",
    "dates": "the days of the event, in the language of the letter",
    "program": "the program",
    "predecessor": "who looked after the relationship until now",
    "from_day": "the day somebody else takes over, in the language of the letter",
    "promise": "what we promise",
    "message": "a paragraph of your own",
}

#: G6: every outgoing letter names the owner and the department, and how to check them.
NEEDED = ("owner", "department", "verify_link")

#: Single words in braces, nothing else: stored text is never code.
_PLACEHOLDER = re.compile(r"\{([a-z_]{1,40})\}")


class MissingTranslation(DomainError):
    """G5: the letter has no text in a language the person reads."""


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
            f"This letter needs {words}, which is not known here. Change the text or fill it in."
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
