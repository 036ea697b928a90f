"""Decisions about what is open to everybody at a large event: how large, what it may be (c8, 42 CFR 403.904(g)(2))."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _

from app.core.errors import DomainError
from app.core.i18n import number
from app.ledger.details import GeneralDetails
from app.ledger.models import Category

#: Where nobody has said anything else, an event is large from one attendee more than this.
USUAL_SIZE = 100
#: Only what cannot be told apart by head is everybody's: food and drink, a shuttle, and the like.
CATEGORIES = (Category.MEAL, Category.TRAVEL_GROUND, Category.OTHER)


class NotGeneral(DomainError):
    """Value that is not open to everybody at a large event, and so belongs to persons (c8)."""


def size_on(sizes: Iterable[Mapping[str, Any]], on: date) -> int:
    """The size in force on a day: an event is large with more attendees than it (L9)."""
    begun = [one for one in sizes if date.fromisoformat(one["from_on"]) <= on]
    return int(max(begun, key=lambda one: str(one["from_on"]))["size"]) if begun else USUAL_SIZE


def rule_words(size: int) -> str:
    """The rule as the entry names it."""
    return f"Open to all attendees of an event of more than {size:,} (c8)"


def check_item(details: GeneralDetails, size: int) -> None:
    """Refuse what has a price per head only for some, and events that are not large."""
    if details.category not in CATEGORIES:
        raise NotGeneral(
            _("Only food and drink, shuttles and the like can be open to everybody."), field="category"
        )
    if details.money.minor <= 0:
        raise NotGeneral(_("Say what it cost."), field="amount")
    if details.n_attendees <= size:
        raise NotGeneral(
            _(
                "%(n_attendees)s attended. Something is open to everybody only at an event of more than "
                "%(size)s; below that it is shared: enter the bill under “Share a bill”, with who took "
                "part.",
                n_attendees=number(details.n_attendees),
                size=number(size),
            ),
            field="n_attendees",
        )
