"""What those who serve need to know of everybody who comes: counted for the caterer, with names only for them (R4).

The home of diet and access needs is the hospitality profile; nothing is kept here.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _

from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.events import queries as events
from app.events.models import Event, Invitation, InvitationState
from app.people.models import Person
from app.people.models_kept import Hospitality
from app.travel.manifests import Column, Listing, Row
from app.travel.models_documents import DocumentKind


@dataclass(frozen=True, slots=True)
class Need:
    """One guest and what they told us; only for those who serve them."""

    person: Person
    hospitality: Hospitality

    @property
    def id(self) -> int:
        return self.person.id

    @property
    def name(self) -> str:
        return self.person.name


def list_needs(event: Event, by: User | None) -> list[Need]:
    """Guests who have accepted and told us something, by name; two queries. Whoever shows it writes it down (R4)."""
    invited = _guests(event, by)
    rows = {row.person_id: row for row in _profiles([one.person_id for one in invited])}
    found = [Need(one.person, rows[one.person_id]) for one in invited if one.person_id in rows]
    return sorted(found, key=lambda one: (one.person.sort_key, one.id))


def counts(event: Event, by: User | None) -> Listing:
    """How many guests want what, without a name: what a caterer and a house need."""
    invited = _guests(event, by)
    profiles = _profiles([one.person_id for one in invited])
    rows = [
        *_rows(_("Diet"), [row.diet for row in profiles], len(invited)),
        *_rows(_("Access"), [row.access_needs for row in profiles], None),
    ]
    columns = (Column("what", _("What"), 50), Column("n", _("Guests"), 12))
    return Listing(
        DocumentKind.MEALS, event, _("Diet and access"), columns, rows, totals=((_("Guests"), len(invited)),)
    )


def _rows(group: str, said: Sequence[str], n_guests: int | None) -> list[Row]:
    """Equal wishes are one line, however they are spelled; the first spelling is shown."""
    spelled: dict[str, str] = {}
    for text in said:
        plain = " ".join(text.split())
        if plain:
            spelled.setdefault(plain.casefold(), plain)
    numbers = Counter(" ".join(text.split()).casefold() for text in said if text.strip())
    lines = sorted(numbers.items(), key=lambda one: (-one[1], one[0]))
    found = [(spelled[key], n) for key, n in lines]
    if n_guests is not None:
        found.append((_("No special wishes"), n_guests - sum(numbers.values())))
    return [Row(0, 0, group, {"what": what, "n": str(n)}, {}) for what, n in found]


def _guests(event: Event, by: User | None) -> Sequence[Invitation]:
    return events.list_invitations(event, by, state=InvitationState.ACCEPTED)


def _profiles(person_ids: Sequence[int]) -> Sequence[Hospitality]:
    wanted = sa.select(Hospitality).where(
        Hospitality.person_id.in_(person_ids), Hospitality.purge_on > clock.today()
    )
    return db.session.scalars(wanted.order_by(Hospitality.id)).all()
