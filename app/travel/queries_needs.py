"""What those who serve need to know of everybody who comes: counted for the caterer, with names only for them (R4).

The home of diet and access needs is the hospitality profile; nothing is kept here.
"""

from collections import Counter
from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import ngettext, pgettext
from msgspec import Struct

from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.events import queries as events
from app.events.models import Event, Invitation, InvitationState
from app.people import queries as people
from app.people.models import Person
from app.people.models_kept import Hospitality
from app.travel.manifests import Column, Listing, Row
from app.travel.models_documents import DocumentKind
from app.travel.queries_meals import Meal, list_meals, meals_of


class Need(Struct, frozen=True):
    """One guest, what they told us, and the meals they are expected at; only for those who serve them."""

    person: Person
    hospitality: Hospitality
    meals: Sequence[Meal] = ()

    @property
    def id(self) -> int:
        return self.person.id

    @property
    def name(self) -> str:
        return self.person.name


def list_needs(event: Event, by: User | None) -> list[Need]:
    """Guests who told us something, by name: who has accepted, and who sits at a table of the event.

    A fixed number of queries. Whoever shows it writes it down (R4).
    """
    known = {one.person_id: one.person for one in _guests(event, by)}
    meals = list_meals(event, known, by)
    others = {id for meal in meals for id in meal.person_ids} - known.keys()
    wanted = people.visible_to(by).where(Person.id.in_(others)).order_by(Person.id)
    known |= {person.id: person for person in db.session.scalars(wanted)}
    found = [
        Need(known[row.person_id], row, meals_of(meals, row.person_id)) for row in _profiles(list(known))
    ]
    return sorted(found, key=lambda one: (one.person.sort_key, one.id))


def counts(event: Event, by: User | None) -> Listing:
    """How many guests want what, without a name, in all and meal by meal: what a caterer and a house need."""
    coming = [one.person_id for one in _guests(event, by)]
    meals = list_meals(event, coming, by)
    profiles = _profiles(list({*coming, *(id for meal in meals for id in meal.person_ids)}))
    own = [row for row in profiles if row.person_id in set(coming)]
    rows = [
        *_rows(_("Diet"), [row.diet for row in own], len(coming)),
        *_rows(pgettext("needs", "Access"), [row.access_needs for row in own], None),
    ]
    for meal in meals:
        rows += _rows_of_meal(meal, [row for row in profiles if row.person_id in meal.person_ids])
    columns = (Column("what", _("What"), 50), Column("n", _("Guests"), 12))
    return Listing(
        DocumentKind.MEALS, event, _("Diet and access"), columns, rows, totals=((_("Guests"), len(coming)),)
    )


def _rows_of_meal(meal: Meal, profiles: Sequence[Hospitality]) -> list[Row]:
    """One meal: its diets, those nobody asked apart, and what its room has to be ready for."""
    label = f"{meal.label} · {ngettext('%(num)s person', '%(num)s people', meal.n_people)}"
    diets = _rows(label, [row.diet for row in profiles], len(meal.person_ids))
    others = [_row(label, _("Hosts and further guests, not asked"), meal.n_others)] if meal.n_others else []
    needs = [
        _row(label, _("Access: %(what)s", what=row.cells["what"]), int(row.cells["n"]))
        for row in _rows("", [row.access_needs for row in profiles], None)
    ]
    return [*diets, *others, *needs]


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
    return [_row(group, what, n) for what, n in found]


def _row(group: str, what: str, n: int) -> Row:
    return Row(0, 0, group, {"what": what, "n": str(n)}, {})


def _guests(event: Event, by: User | None) -> Sequence[Invitation]:
    return events.list_invitations(event, by, state=InvitationState.ACCEPTED)


def _profiles(person_ids: Sequence[int]) -> Sequence[Hospitality]:
    wanted = sa.select(Hospitality).where(
        Hospitality.person_id.in_(person_ids), Hospitality.purge_on > clock.today()
    )
    return db.session.scalars(wanted.order_by(Hospitality.id)).all()
