"""Decisions about handing over: who may, whether what was looked at is still so, until when it can be undone."""

from collections.abc import Mapping
from datetime import datetime

from flask_babel import gettext as _

from app.accounts import permissions
from app.accounts.models import Role, User
from app.core.errors import DomainError, NotAllowed
from app.core.i18n import counted, nouns
from app.handovers.models import HandOver
from app.people.policies import OWNING_ROLES, require_may_own

#: What is counted and restated, in the order of the page: singular and plural.
WORDS: Mapping[str, tuple[str, str]] = {
    "people": nouns("person", "people"),
    "asks": nouns("open ask", "open asks"),
    "approvals": nouns("approval", "approvals"),
    "deputies": nouns("deputyship", "deputyships"),
    "planned": nouns("planned touch", "planned touches"),
    "drafts": nouns("draft in the outbox", "drafts in the outbox"),
    "insights": nouns("insight to answer", "insights to answer"),
    "goals": nouns("goal, program or initiative", "goals, programs and initiatives"),
    "advice": nouns("need, engagement or affiliate share", "needs, engagements and affiliate shares"),
    "disputes": nouns("dispute to answer", "disputes to answer"),
    "events": nouns("event to run", "events to run"),
    "policies": nouns("disclosure policy", "disclosure policies"),
    "requests": nouns("request about own data", "requests about own data"),
    "notices": nouns("notice", "notices"),
    "notes": nouns("private note", "private notes"),
}

#: Without these handed over nobody's login is closed: others wait for what becomes of them.
TIED = ("planned", "goals", "advice", "disputes", "events", "policies", "requests")

#: What asks for a right of its own, which not everybody who looks after people has.
NEEDS: Mapping[str, str] = {"policies": "disclosures:write", "requests": "privacy:approve"}
#: What goes along with either.
_FREE = frozenset({"notices", *NEEDS})

#: These move; notes are decided one by one.
MOVED = tuple(key for key in WORDS if key != "notes")


class NothingToHandOver(DomainError):
    """Somebody who holds nothing."""


class HeirUnfit(DomainError):
    """Somebody who may not do what they would take over."""


class PlanChanged(DomainError):
    """What was restated is not what would move now."""


class NoteUndecided(DomainError):
    """A private note nobody has decided about."""


class CannotUndo(DomainError):
    """Too late, or done already."""


class NotNow(DomainError):
    """A login that is needed until the day of the hand-over."""


def restated(moved: Mapping[str, int], keys: tuple[str, ...] = tuple(WORDS)) -> str:
    """ "38 people, 5 open asks, 2 approvals"; what is none is not said."""
    parts = [counted(moved[key], *WORDS[key]) for key in keys if moved.get(key)]
    return ", ".join(parts) or str(_("nothing"))


def may_hand_over(by: User, of: User) -> bool:
    """One's own: whoever hands over at all. Somebody else's: administrators."""
    return permissions.may(by, "handovers:write") and (
        by.id == of.id or permissions.may(by, "accounts:manage")
    )


def require_may(by: User, of: User) -> None:
    """Raise NotAllowed unless `by` may hand over what `of` holds."""
    if not may_hand_over(by, of):
        raise NotAllowed(_("Only %(of)s or an administrator can hand over what %(of)s holds.", of=of.name))


def roles_for(key: str) -> frozenset[Role]:
    """The roles that may hold what is counted under a key."""
    right = NEEDS.get(key)
    if right is None:
        return OWNING_ROLES
    return frozenset(role for role, rights in permissions.PERMISSIONS.items() if right in rights)


def require_fit(heir: User, moved: Mapping[str, int]) -> None:
    """Raise CannotOwn or HeirUnfit unless somebody may hold everything that would become theirs."""
    if any(number for key, number in moved.items() if key not in _FREE) or not any(map(moved.get, NEEDS)):
        require_may_own(heir.role, heir.is_active, heir.name)
    for key, right in NEEDS.items():
        if moved.get(key) and not permissions.may(heir, right):
            what = restated({key: moved[key]})
            raise HeirUnfit(
                _(
                    "%(heir)s may not look after %(what)s. Choose somebody who may.",
                    heir=heir.name,
                    what=what,
                ),
                field="to_user",
            )


def require_unchanged(seen: Mapping[str, int] | None, moved: Mapping[str, int]) -> None:
    """Raise PlanChanged when the numbers that were confirmed are not those of this moment."""
    if seen is not None and any(seen.get(key, 0) != moved.get(key, 0) for key in WORDS):
        raise PlanChanged(
            _(
                "It has changed since you looked: %(moved)s now, %(seen)s before. Look again, then confirm.",
                moved=restated(moved),
                seen=restated(seen),
            )
        )


def require_close(is_login_closed: bool, by: User, of: User, at: datetime, now: datetime) -> None:
    """Raise NotNow or NotAllowed when the login cannot be closed in the same step."""
    if not is_login_closed:
        return
    if not permissions.may(by, "accounts:manage") or by.id == of.id:
        raise NotAllowed(_("Only another administrator can close a login."))
    if at > now:
        raise NotNow(
            _(
                "%(of)s holds all this until then, so the login stays open. Close it once the day has come.",
                of=of.name,
            ),
            field="is_login_closed",
        )


def why_not_undo(hand_over: HandOver, n_sent: int, by: User) -> str:
    """Why it cannot be taken back any more, in words; empty while it can."""
    if hand_over.is_undone:
        return str(_("This hand-over was undone already."))
    if n_sent:
        return str(_("A letter has left, so people have been told. Hand over again to change it."))
    if hand_over.is_login_closed and not permissions.may(by, "accounts:manage"):
        name = hand_over.from_user.name
        return str(_("The login of %(name)s was closed with it; an administrator can undo it.", name=name))
    if by.id != hand_over.made_by_id and not may_hand_over(by, hand_over.from_user):
        names = dict.fromkeys((hand_over.made_by.name, hand_over.from_user.name))
        return str(_("Only %(names)s or an administrator can undo it.", names=", ".join(names)))
    return ""
