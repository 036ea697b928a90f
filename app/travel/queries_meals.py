"""The meals of an event and who is expected at each: agenda items that name one, and tables that were planned or billed.

Who is expected is told as numbers of records, for counting; names are for those who serve (R4).
"""

import re
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct

from app.accounts.models import User
from app.core.db import db
from app.core.i18n import day
from app.core.wall_times import day_in
from app.events import presence, queries, queries_agenda, queries_places
from app.events.models import Event, Session
from app.events.models_waves import GuestState
from app.events.presence import Presence
from app.events.queries_close import list_bills
from app.events.queries_parity import is_ours
from app.ledger.models import Category
from app.ledger.models_offers import OfferState, PlannedOffer
from app.travel.manifests import clock_of

#: An agenda item is a meal when its title says so, as agendas in these languages do.
NAMES_A_MEAL: Final = re.compile(
    r"\b(breakfast|brunch|lunch|luncheon|dinner|supper|banquet|buffet|barbecue|d[ée]jeuner|d[îi]ner|souper|"
    r"fr[üu]hst[üu]ck|mittagessen|abendessen|desayuno|almuerzo|cena)(?:e?s)?\b|[早午晚][餐饭宴飯]|فطور|إفطار|غداء|عشاء",
    re.IGNORECASE,
)


class Meal(Struct, frozen=True):
    """One meal: its day and hours, which one, whose needs count, and how many more nobody asked (hosts, their guests)."""

    at: tuple[str, str]
    hours: str
    title: str
    person_ids: frozenset[int]
    n_others: int

    @property
    def n_people(self) -> int:
        return len(self.person_ids) + self.n_others

    @property
    def label(self) -> str:
        """ "14 Oct 2026, 12:30–13:30 · Lunch"."""
        return f"{self.hours} · {self.title}"


def list_meals(event: Event, person_ids: Collection[int], by: User | None) -> list[Meal]:
    """The meals of an event in order, those at which somebody is expected; a fixed number of queries.

    `person_ids`: who has accepted. An agenda item is for those it is open to who have landed and not left yet.
    """
    sessions = [one for one in queries.list_sessions(event) if not one.is_cancelled and _is_meal(one)]
    stage = queries_agenda.appearances_of(event)
    there = presence.presence_at(event, person_ids)
    n_guests = len(queries_places.list_guests(event, by, state=GuestState.ADMITTED))
    found = [
        _served(one, person_ids, {who.person_id for who in stage.get(one.id, [])}, there, n_guests)
        for one in sessions
    ]
    meals = [*found, *_billed(event), *_planned(event)]
    return sorted((one for one in meals if one.n_people), key=lambda one: (one.at, one.title))


def _is_meal(session: Session) -> bool:
    return NAMES_A_MEAL.search(session.title) is not None


def _served(
    session: Session, coming: Collection[int], on_stage: Collection[int], there: dict[int, Presence], n_guests: int
) -> Meal:  # fmt: skip
    is_open = is_ours(session)
    expected = {
        id for id in coming if (is_open or id in on_stage) and not _is_away(there.get(id), session)
    }  # fmt: skip
    begins, ends = (clock_of(at, session.zone) for at in (session.starts_at, session.ends_at))
    on = day_in(session.starts_at, session.zone)
    return Meal(
        (on.isoformat(), begins), f"{day(on)}, {begins}–{ends}", session.title, frozenset(expected), n_guests if is_open else 0
    )  # fmt: skip


def _is_away(known: Presence | None, session: Session) -> bool:
    """Lands when it is over, or has left before it begins; of whom nothing is known is expected."""
    if known is None:
        return False
    return _is_past(known.lands_at, session.ends_at) or _is_past(session.starts_at, known.leaves_at)


def _is_past(at: datetime | None, limit: datetime | None) -> bool:
    return at is not None and limit is not None and at >= limit


def _billed(event: Event) -> list[Meal]:
    """Tables with a bill, by those who sit at it (L3). The title of a bill may name somebody: it stays here."""
    return [
        Meal(
            (bill.shared.value_on.isoformat(), ""), day(bill.shared.value_on), bill.shared.provider or _("Shared table"),
            frozenset(head.person_id for head in bill.shared.heads if head.took_part and head.person_id is not None),
            sum(head.took_part for head in bill.shared.heads if head.person_id is None),
        )
        for bill in list_bills(event)
        if bill.shared.category is Category.MEAL
    ]  # fmt: skip


def _planned(event: Event) -> list[Meal]:
    """Meals that are planned for people of the program on days of the event: one table per day and house."""
    first, last = (day_in(at, event.zone) for at in (event.starts_at, event.ends_at))
    wanted = sa.select(PlannedOffer.expected_on, PlannedOffer.provider, PlannedOffer.person_id).where(
        PlannedOffer.program_id == event.program_id, PlannedOffer.category == Category.MEAL,
        PlannedOffer.state == OfferState.PLANNED, PlannedOffer.expected_on.between(first, last),
    )  # fmt: skip
    tables: dict[tuple[str, str, str], set[int]] = {}
    for on, house, person_id in db.session.execute(wanted):
        tables.setdefault((on.isoformat(), day(on), house or _("Planned meal")), set()).add(person_id)
    return [Meal((at, ""), said, house, frozenset(ids), 0) for (at, said, house), ids in tables.items()]


def meals_of(meals: Sequence[Meal], person_id: int) -> list[Meal]:
    """The meals at which one person is expected."""
    return [meal for meal in meals if person_id in meal.person_ids]
