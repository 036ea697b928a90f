"""Decisions of the covenant: which words may be proposed, and that what both signed stays as it is (D4); pure."""

from typing import Final

from flask_babel import gettext as _

from app.core.errors import DomainError
from app.disclosures.models_covenants import Covenant, CovenantText

LONGEST: Final = 10_000

#: What every certificate promises, whatever the words of the covenant itself.
PROMISES: Final = (
    "The company does not ask to see any work before it is public, and approves nothing.",
    "Nothing that was given, and no invitation to come, depends on favourable coverage or on any coverage at all.",
    "Whoever received something says so, where their audience meets it.",
)


class CovenantRefused(DomainError):
    """Words or a signature that cannot be taken."""


def check_text(text: str) -> None:
    """Refuse an empty text, and one nobody would read."""
    if len(text.strip()) < 40:
        raise CovenantRefused(_("A covenant needs at least 40 characters."), field="text")
    if len(text) > LONGEST:
        raise CovenantRefused(_("At most %(n)s characters.", n=f"{LONGEST:,}"), field="text")


def check_is_different(before: CovenantText, text: str) -> None:
    """Refuse a proposal that proposes nothing."""
    if before.text.split() == text.split():
        raise CovenantRefused(
            _("These are the words as they stand; change something, or sign them."), field="text"
        )


def check_not_sealed(covenant: Covenant) -> None:
    """Refuse to touch what both sides signed."""
    if covenant.signed_by_user_at is not None:
        raise CovenantRefused(_("Both sides have signed this text; it does not change any more."))
