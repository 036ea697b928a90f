"""Reading who is missing from a cohort, against the markets of the goals and the audience its program wants."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from msgspec import Struct
from msgspec.structs import replace

from app.accounts.models import User
from app.core import regions
from app.core.db import db
from app.core.errors import NotFound
from app.people import queries as people
from app.people.models import Person
from app.programs import queries, queries_cohorts
from app.programs.models import Cohort, Program
from app.programs.models_cohorts import AudienceWish, WishAbout
from app.programs.policies_missing import (
    FIELDS,
    N_VOICES,
    ORDER,
    Gap,
    Wish,
    closings,
    why_counted,
    words_of_gaps,
)
from app.programs.policies_rules import CohortRule, Facts, explain, fits
from app.programs.queries_facts import facts_of


def get_wish(id: int) -> AudienceWish:
    """The line of a wanted audience with this id, or NotFound."""
    found = db.session.get(AudienceWish, id)
    if found is None:
        raise NotFound(_("There is no such line of the audience."))
    return found


class Wanted(Struct, frozen=True):
    """Everything a program wants of its cohorts, and words in the markets of its goals that name no place."""

    wishes: Sequence[Wish]
    unread: Sequence[str]


def wanted_of(program: Program) -> Wanted:
    """The audience of a program and the markets of its goals; a number given for a market goes before the usual two."""
    rows = db.session.scalars(
        sa.select(AudienceWish)
        .where(AudienceWish.program_id == program.id, AudienceWish.ended_at.is_(None))
        .order_by(AudienceWish.id)
    ).all()
    wishes = [Wish(row.about, tuple(row.values), row.n_wanted, row.label, wish_id=row.id) for row in rows]
    given = {
        value: n for n, wish in enumerate(wishes) if wish.about is WishAbout.MARKET for value in wish.values
    }
    unread: list[str] = []
    for goal in queries.list_goals(program):
        places, unknown = regions.find_places(goal.market)
        unread += [words for words in unknown if words not in unread]
        for words, place in places:
            label = words if place.is_region else ""
            if place.code not in given:
                given[place.code] = len(wishes)
                wishes.append(Wish(WishAbout.MARKET, (place.code,), N_VOICES, label, goal_id=goal.id))
            elif wishes[given[place.code]].values == (place.code,) and not wishes[given[place.code]].label:
                # Called as the goal calls it: "South Asia", where the catalogue says "Southern Asia".
                wishes[given[place.code]] = replace(wishes[given[place.code]], label=label)
    return Wanted(sorted(wishes, key=lambda wish: ORDER.index(wish.about)), unread)


class Missing(Struct, frozen=True):
    """The wanted audience against who is in: line by line, the gaps with who would close them."""

    gaps: Sequence[Gap]
    unread: Sequence[str]

    @property
    def short(self) -> Sequence[Gap]:
        return [gap for gap in self.gaps if gap.is_short]

    @property
    def words(self) -> str:
        return words_of_gaps(self.gaps)


def missing_from(cohort: Cohort, by: User | None) -> Missing:
    """Who is missing from a cohort; a fixed number of queries whatever the number of people and wishes (J1.3)."""
    wanted = wanted_of(cohort.program)
    rule = queries_cohorts.rule_of(cohort)
    everybody = db.session.scalars(
        people.visible_to(by)
        .where(Person.is_pseudonymous.is_(False), Person.is_opted_out.is_(False))
        .order_by(Person.sort_key, Person.id)
    ).all()
    fields = FIELDS | {line.field for line in rule.lines}
    facts = facts_of(everybody, fields, cohort.program_id)
    inside = set(queries_cohorts.member_ids(cohort))
    members = [one for one in everybody if one.id in inside]
    gaps = [Gap(wish, _meeting(wish, members, facts)) for wish in wanted.wishes]
    short = [gap.wish for gap in gaps if gap.is_short]
    outside = [one for one in everybody if one.id not in inside and fits(rule, facts[one.id])]
    met = _closed(short, outside, facts)
    return Missing(
        [Gap(gap.wish, gap.members, closings(met, gap.wish) if gap.is_short else ()) for gap in gaps],
        wanted.unread,
    )


def gaps_among(
    program: Program, members: Sequence[Person], candidates: Sequence[Person]
) -> tuple[list[Gap], dict[int, list[tuple[Wish, str]]]]:
    """What of the wanted audience is short among some people, and which of it each candidate would close, and by what."""
    wishes = wanted_of(program).wishes
    facts = facts_of([*members, *candidates], FIELDS, program.id)
    gaps = [gap for wish in wishes if (gap := Gap(wish, _meeting(wish, members, facts))).is_short]
    met = _closed([gap.wish for gap in gaps], candidates, facts)
    return gaps, {id: closed for id, (_, closed) in met.items()}


def _meeting(wish: Wish, among: Sequence[Person], facts: Mapping[int, Facts]) -> list[tuple[Person, str]]:
    rule = CohortRule(groups=(wish.group,))
    found = ((one, explain(rule, facts[one.id])) for one in among)
    return [(one, why_counted(how)) for one, how in found if how.holds]


def _closed(
    wishes: Sequence[Wish], among: Sequence[Person], facts: Mapping[int, Facts]
) -> dict[int, tuple[Person, list[tuple[Wish, str]]]]:
    met: dict[int, tuple[Person, list[tuple[Wish, str]]]] = {}
    for wish in wishes:
        for person, why in _meeting(wish, among, facts):
            met.setdefault(person.id, (person, []))[1].append((wish, why))
    return met
