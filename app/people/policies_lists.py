"""Decisions about the lists of kinds and platforms: which word is meant, which is still offered, which may go."""

from collections.abc import Iterable
from typing import TypeVar

from flask_babel import gettext as _

from app.core.errors import DomainError
from app.core.i18n import plural, said
from app.people.models import PersonKind, Platform

#: A word of one of the lists.
Word = PersonKind | Platform
W = TypeVar("W", PersonKind, Platform)


class WordUnknown(DomainError):
    """A kind or platform nobody has put on the list."""


class WordRetired(DomainError):
    """A kind or platform that stays on old records only."""


class WordInUse(DomainError):
    """Deleting what records name."""


def word_meant(text: str, words: Iterable[W]) -> W | None:
    """The word of this name or code, whatever its case; a name goes before a code."""
    wanted, rows = text.strip().casefold(), list(words)
    by_name = [row for row in rows if row.name.casefold() == wanted]
    by_code = [row for row in rows if row.code.casefold() == wanted]
    return next(iter(by_name + by_code), None)


def require_offered(text: str, words: Iterable[W], *, what: str, field: str, kept: str | None = None) -> W:
    """The word that is meant; WordUnknown names the known ones, WordRetired unless the record has it already."""
    rows = list(words)
    found = word_meant(text, rows)
    offered = ", ".join(row.name for row in rows if not row.is_retired)
    if found is None:
        raise WordUnknown(
            _(
                "“%(strip)s” is not a %(what)s on the list. Known are: %(offered)s.",
                strip=text.strip()[:40],
                what=what,
                offered=offered,
            ),
            field=field,
        )
    if found.is_retired and found.code != kept:
        raise WordRetired(
            _(
                "%(found)s is no longer offered as a %(what)s. Choose one of: %(offered)s.",
                found=found.name,
                what=what,
                offered=offered,
            ),
            field=field,
        )
    return found


#: The platform of an address that belongs to no other.
FALLBACK = "Web"


def require_other_than_fallback(code: str, name: str) -> None:
    """Raise WordInUse for the platform that stands for every address of no other."""
    if code == FALLBACK:
        raise WordInUse(
            _("%(name)s stays: it stands for every address that belongs to no other platform.", name=name)
        )


def require_unused(name: str, n_uses: int, what: str) -> None:
    """Raise WordInUse for a word that records name: it can be retired."""
    if n_uses:
        raise WordInUse(
            plural(
                "%(name)s cannot be deleted: %(num)s record names it. Retire the %(what)s, then it stays there only.",
                "%(name)s cannot be deleted: %(num)s records name it. Retire the %(what)s, then it stays there only.",
                n_uses,
                name=name,
                what=said(what),
            )
        )
