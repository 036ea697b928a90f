"""Decisions about people: who may own a relationship, who may be the same person, what an official status needs."""

from collections.abc import Iterable
from datetime import date, datetime

from flask_babel import gettext as _
from msgspec import Struct
from rapidfuzz import fuzz

from app.accounts.models import Role, User
from app.core.errors import DomainError
from app.core.i18n import day, marked, said, words
from app.people.models import OwnerRole, Ownership, Person
from app.people.names import bare_words

#: Values of `ledger.models.Category`, which lies above this floor: what a person may or may not accept.
VALUE_CATEGORIES = (
    "travel_air", "travel_ground", "lodging", "meal", "event_pass", "entertainment", "gift", "product_loan",
    "early_access", "exec_access", "media_exposure", "advisory_fee", "speaking_fee", "workshop_fee", "content_fee",
    "research_fee", "honorarium", "fee_expenses", "affiliate_commission", "discount", "donation_for", "other",
)  # fmt: skip

#: Values of `travel.models.TravelClass`, from plain to grand.
MAX_CLASSES = ("standard", "economy", "premium_economy", "business", "first")

#: Roles whose users can look after a relationship; agencies, assistants and auditors cannot.
OWNING_ROLES = frozenset({Role.RELATIONS, Role.COORDINATOR, Role.ADMIN})

#: How alike two folded names must be, of 100, to be shown as possibly the same person (P3).
NEAR_NAME = 88
#: With the same home country, or a handle in common, less likeness is enough.
NEAR_NAME_WITH_LINK = 78


class PossibleDuplicate(DomainError):
    """P3: somebody who may be the same person is already here."""


class CannotOwn(DomainError):
    """P1: the user cannot be owner or deputy."""


class DayIsOver(DomainError):
    """P1: a hand-over from a day that is past."""


class NotAnAgency(DomainError):
    """Somebody who does not represent people."""


class AlreadyEnded(DomainError):
    """An end of what has ended."""


class OwnerNeeded(DomainError):
    """P1: a person without an owner."""


class NotYet(DomainError):
    """Evidence of something that has not happened."""


class Unreasoned(DomainError):
    """An official status without a word on how it is known."""


class NameTaken(DomainError):
    """A second record under a name that must be unique."""


def require_may_own(role: Role, is_active: bool, name: str) -> None:
    """Raise CannotOwn unless this user can look after people (P1)."""
    if not is_active:
        raise CannotOwn(
            _("%(name)s has left. Choose somebody who still works here.", name=name), field="owner_id"
        )
    if role not in OWNING_ROLES:
        raise CannotOwn(
            _(
                "%(name)s cannot look after people: %(role)s is not a role that owns relationships.",
                name=name,
                role=words(role).lower(),
            ),
            field="owner_id",
        )


def require_happened(on: date, today: date, field: str = "on") -> None:
    """Raise NotYet for something dated in the future: evidence, the reading of a size, the end of a channel."""
    if on > today:
        raise NotYet(
            _("Evidence is something that has happened. Give a date up to today.")
            if field == "on"
            else _("This day has not come yet. Give a date up to today."),
            field=field,
        )


class Traits(Struct, frozen=True):
    """What two records are compared by: folded names and handles, e-mail in lower case."""

    name: str
    email: str = ""
    country: str = ""
    handles: frozenset[str] = frozenset()


def require_coming(day: date, today: date) -> None:
    """Raise DayIsOver for a day before today: what was, was."""
    if day < today:
        raise DayIsOver(_("This day is over. A hand-over begins today or later."), field="from_on")


def require_other(
    rows: Iterable[Ownership], to: User, role: OwnerRole, at: datetime, person_name: str
) -> None:
    """Raise CannotOwn when `to` has this part in the relationship already, or owns what they would be deputy of (P1)."""
    parts = {row.role for row in rows if row.user_id == to.id and row.holds_at(at)}
    if OwnerRole.OWNER in parts:
        raise CannotOwn(
            _(
                "%(to)s already owns %(person_name)s. Choose somebody else.",
                to=to.name,
                person_name=person_name,
            ),
            field="owner_id",
        )
    if role in parts:
        raise CannotOwn(
            _(
                "%(to)s is already the deputy for %(person_name)s. Choose somebody else.",
                to=to.name,
                person_name=person_name,
            ),
            field="owner_id",
        )


_SAME_HANDLE = "same handle "


def likeness(new: Traits, known: Traits) -> str:
    """Why two records may be one person, in words; empty when nothing points to it (P3)."""
    if new.email and new.email == known.email:
        return marked("same e-mail")
    if shared := sorted(new.handles & known.handles):
        return _SAME_HANDLE + shared[0]
    if new.name == known.name:
        return marked("same name")
    if not new.name or not known.name:
        return ""
    linked = bool(new.country and new.country == known.country)
    score = fuzz.token_sort_ratio(new.name, known.name)
    if score >= (NEAR_NAME_WITH_LINK if linked else NEAR_NAME):
        return marked("similar name, same country") if linked else marked("similar name")
    if linked and is_short_form(new.name, known.name):
        return marked("same family name and initial, same country")
    return ""


def likeness_words(why: str) -> str:
    """The reason of `likeness` or `pairing.compare`, which is kept and sorted in English, as the reader reads it."""
    if why.startswith(_SAME_HANDLE):
        return str(_("same handle %(handle)s", handle=why.removeprefix(_SAME_HANDLE)))
    return said(why)


def is_short_form(one: str, other: str) -> bool:
    """ "dr i. moreau" and "ines moreau": same last word, one given name an initial of the other."""
    first, second = (bare_words(name) for name in (one, other))
    if len(first) < 2 or len(second) < 2 or first[-1] != second[-1]:
        return False
    given, other_given = first[0], second[0]
    return given[0] == other_given[0] and 1 in {len(given), len(other_given)}


def name_starts(name: str) -> set[str]:
    """First letters of the words of a folded name: what two near names share at least one of."""
    return {word[:2] for word in bare_words(name)}


def in_force(evidence: Iterable[tuple[date, date | None]], on: date) -> int:
    """How many dated (happened, expires) items count on a day."""
    return sum(1 for happened, expires in evidence if happened <= on and (expires is None or expires > on))


class Flag(Struct, frozen=True):
    """Something to know before writing to a person or giving them anything."""

    key: str
    label: str
    tone: str


def flags_of(person: Person, today: date) -> list[Flag]:
    """What must be known at a glance, the gravest first."""
    flags = []
    if person.is_opted_out:
        flags.append(Flag("opted_out", _("Opted out"), "block"))
    if person.quiet_until_on is not None and person.quiet_until_on >= today:
        flags.append(Flag("quiet", _("Quiet until %(day)s", day=day(person.quiet_until_on)), "warn"))
    if person.is_official:
        flags.append(Flag("official", words(person.official_status), "warn"))
    if person.has_equity_or_family_tie:
        flags.append(Flag("tie", _("Tie to us"), "warn"))
    if person.is_pseudonymous:
        flags.append(Flag("pseudonymous", _("Pseudonymous"), "quiet"))
    return flags
