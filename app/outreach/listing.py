"""What contacts add to the list of people: last touch and cadence as columns, silence as filters, a cadence for many."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from app.accounts.models import User
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.core.forms import BaseForm, choice, line, row_number, whole
from app.core.i18n import marked
from app.core.wall_times import day_in
from app.lists import catalogue
from app.lists.catalogue import Action, Choice, Column, Filter, Tag
from app.outreach import operations_rhythm, queries, queries_rhythm, queries_silence
from app.outreach.details_rhythm import PersonCadenceDetails
from app.outreach.policies_rhythm import CannotPlan
from app.outreach.queries_rhythm import SilenceFilter
from app.people import queries as people
from app.programs.models import Program

_LIST = "people"
_READ = "outreach:read"
_MOST_DAYS = 3_650

# -- columns ---------------------------------------------------------------------------------------


def _last_touches(by: User, rows: Sequence[Any]) -> dict[int, Any]:
    found = queries.last_touches({row.id for row in rows})
    return {id: day_in(at, by.zone) for id, at in found.items()}


def _cadences(by: User, rows: Sequence[Any]) -> dict[int, Any]:
    found = queries_rhythm.list_silences(
        by, clock.now(), SilenceFilter(person_ids=frozenset(row.id for row in rows))
    )
    return {
        one.id: [Tag("over", _("%(n)s days, %(over)s over", n=one.n_days, over=one.n_over), "warn")]
        if one.is_too_long
        else [Tag("within", _("%(n)s of %(all)s days", n=one.n_days, all=one.n_cadence), "ok")]
        for one in found
    }


# -- filters ---------------------------------------------------------------------------------------


def _silent(_by: User, value: str, _query: Mapping[str, str]) -> sa.ColumnElement[bool] | None:
    n_days = row_number(value)
    if n_days is None or n_days > _MOST_DAYS:
        return None
    return queries_silence.silent_longer_than(n_days, clock.now())


def _cadence(_by: User, value: str, _query: Mapping[str, str]) -> sa.ColumnElement[bool] | None:
    known = {"over": True, "within": False}
    if value not in known:
        return None
    return queries_silence.beyond_cadence(clock.now(), is_beyond=known[value])


def _cadence_choices(_by: User) -> list[Choice]:
    return [("over", _("gone quiet")), ("within", _("within the cadence"))]


# -- actions ---------------------------------------------------------------------------------------


class CadenceForm(BaseForm):
    """A tier of a program, or a number of days, for all of them."""

    program_id = choice("Program", [])
    tier = line("Tier", required=False, longest=80, description="As the program's cadence rules call it.")
    n_days = whole(
        "Days between contacts", least=1, most=730, required=False, description="Goes before the tier."
    )


def _form(_by: User) -> CadenceForm:
    form = CadenceForm()
    wanted = sa.select(Program.id, Program.name).where(Program.is_books_only.is_(False))
    rows = db.session.execute(wanted.order_by(sa.func.lower(Program.name), Program.id))
    form.program_id.choices = [("", _("Choose a program")), *((str(id), name) for id, name in rows)]
    return form


def _words(_by: User, values: Mapping[str, Any]) -> str:
    if not values.get("tier") and values.get("n_days") is None:
        raise CannotPlan(_("Give a tier, or a number of days."), field="tier")
    name = _program(values).name
    if values.get("n_days") is not None:
        return str(_("Set the cadence in %(program)s: %(n)s days", program=name, n=values["n_days"]))
    return str(_("Set the cadence in %(program)s: tier %(tier)s", program=name, tier=values["tier"]))


def _state(id: int, values: Mapping[str, Any]) -> dict[str, Any]:
    row = queries_rhythm.person_cadence_of_id(id, int(values["program_id"]))
    return {"tier": row.tier if row else "", "n_days": row.n_days if row else None}


def _act(id: int, values: Mapping[str, Any], by: User) -> None:
    _set(id, values, {"tier": values.get("tier") or "", "n_days": values.get("n_days")}, by)


def _set(id: int, values: Mapping[str, Any], wanted: Mapping[str, Any], by: User) -> None:
    if _state(id, values) == dict(wanted):
        return
    person = people.get_person(id, by)
    details = PersonCadenceDetails(tier=wanted["tier"], n_days=wanted["n_days"])
    operations_rhythm.set_person_cadence(person, _program(values), details, by=by)


def _program(values: Mapping[str, Any]) -> Program:
    found = db.session.get(Program, int(values["program_id"]))
    if found is None:
        raise NotFound(_("There is no such program."))
    return found


catalogue.offer(
    _LIST,
    Column("last_touch", marked("Last touch"), _last_touches, _READ, kind="date"),
    Column("cadence", marked("Cadence"), _cadences, _READ, kind="tags"),
    Filter("silent", marked("Silent over"), _silent, _READ, words=marked("{} days")),
    Filter("cadence", marked("Cadence"), _cadence, _READ, _cadence_choices, is_rare=True),
    Action("cadence", marked("Set the cadence"), "outreach:write", _form, _words, _state, _act, _set),
)
