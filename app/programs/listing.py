"""What programs add to the list of people: their stages and cohorts as columns and filters, places given and released."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from app.accounts.models import User
from app.core.db import db
from app.core.errors import NotFound
from app.core.forms import BaseForm, choice, line, row_number
from app.core.i18n import marked
from app.core.i18n import words as words_of_code
from app.lists import catalogue
from app.lists.catalogue import Action, Choice, Column, Filter
from app.people import queries as people
from app.people.models import Person
from app.programs import operations, queries
from app.programs.models import Cohort, CohortMember, Enrolment, Program, Stage

_LIST = "people"
_READ = "programs:read"

# -- columns ---------------------------------------------------------------------------------------


def _stages(_by: User, rows: Sequence[Any]) -> dict[int, Any]:
    wanted = sa.select(Enrolment.person_id, Enrolment.stage, Program.name).join(Program)
    held = wanted.where(Enrolment.person_id.in_([row.id for row in rows]))
    return _joined(
        (id, f"{words_of_code(stage)} · {name}")
        for id, stage, name in db.session.execute(held.order_by(Enrolment.id))
    )


def _cohorts(_by: User, rows: Sequence[Any]) -> dict[int, Any]:
    wanted = sa.select(CohortMember.person_id, Cohort.name).join(Cohort)
    held = wanted.where(
        CohortMember.person_id.in_([row.id for row in rows]), CohortMember.released_at.is_(None)
    )
    return _joined((row[0], row[1]) for row in db.session.execute(held.order_by(CohortMember.id)))


def _joined(pairs: Any) -> dict[int, str]:
    found: dict[int, list[str]] = defaultdict(list)
    for id, text in pairs:
        found[id].append(text)
    return {id: ", ".join(texts) for id, texts in found.items()}


# -- filters ---------------------------------------------------------------------------------------


_PROGRAMS = (
    sa.select(Program.id, Program.name)
    .where(Program.is_books_only.is_(False))
    .order_by(sa.func.lower(Program.name), Program.id)
)
_COHORTS = (
    sa.select(Cohort.id, Cohort.name, Program.name)
    .join(Program, Program.id == Cohort.program_id)
    .order_by(sa.func.lower(Cohort.name), Cohort.id)
)


def program_choices(_by: User) -> list[Choice]:
    """The programs of people, by name."""
    return [(str(id), name) for id, name in db.session.execute(_PROGRAMS)]


def _cohort_choices(_by: User) -> list[Choice]:
    return [(str(id), f"{name} · {program}") for id, name, program in db.session.execute(_COHORTS)]


def stage_choices(_by: User) -> list[Choice]:
    """The stages in their order."""
    return [(stage.value, words_of_code(stage)) for stage in Stage]


def _program(by: User, value: str, query: Mapping[str, str]) -> sa.ColumnElement[bool] | None:
    number = row_number(value)
    program = db.session.get(Program, number) if number is not None else None
    if program is None or program.is_books_only:
        return None
    return _enrolled(Enrolment.program_id == program.id)


def _stage(by: User, value: str, query: Mapping[str, str]) -> sa.ColumnElement[bool] | None:
    if value not in set(Stage):
        return None
    number = row_number(query.get("program"))
    of_program = [Enrolment.program_id == number] if number is not None else []
    return _enrolled(Enrolment.stage == Stage(value), *of_program)


def _enrolled(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return Person.id.in_(sa.select(Enrolment.person_id).where(*conditions))


def _cohort(_by: User, value: str, _query: Mapping[str, str]) -> sa.ColumnElement[bool] | None:
    number = row_number(value)
    if number is None or db.session.get(Cohort, number) is None:
        return None
    inside = sa.select(CohortMember.person_id).where(
        CohortMember.cohort_id == number, CohortMember.released_at.is_(None)
    )
    return Person.id.in_(inside)


# -- actions ---------------------------------------------------------------------------------------


class ShortlistForm(BaseForm):
    """Which cohort, and why all the same where its rule says no."""

    cohort_id = choice("Cohort", [])
    override_reason = line(
        "Reason for exceptions",
        required=False,
        description="Only if the rule or the capacity speaks against some of them and you add them all the same.",
    )


class ReleaseForm(BaseForm):
    """Which cohort, and why."""

    cohort_id = choice("Cohort", [])
    reason = line("Why", description="It stays with the cohort.")


def _shortlist_form(by: User) -> ShortlistForm:
    form = ShortlistForm()
    form.cohort_id.choices = _to_choose(by)
    return form


def _release_form(by: User) -> ReleaseForm:
    form = ReleaseForm()
    form.cohort_id.choices = _to_choose(by)
    return form


def _to_choose(by: User) -> list[Choice]:
    return [("", _("Choose a cohort")), *_cohort_choices(by)]


def _place(id: int, values: Mapping[str, Any]) -> dict[str, Any]:
    """The person's place in the cohort, with all that was said when it was given."""
    member = _member(id, values)
    if member is None:
        return {"goal": None, "reason": None}
    return {"goal": member.goal_id, "reason": member.override_reason}


def _member(id: int, values: Mapping[str, Any]) -> CohortMember | None:
    wanted = sa.select(CohortMember).where(
        CohortMember.cohort_id == int(values["cohort_id"]), CohortMember.person_id == id,
        CohortMember.released_at.is_(None),
    )  # fmt: skip
    return db.session.scalars(wanted).one_or_none()


def _shortlist(id: int, values: Mapping[str, Any], by: User) -> None:
    if _member(id, values) is None:
        reason = values.get("override_reason") or ""
        operations.shortlist(_cohort_of(values), people.get_person(id, by), override_reason=reason, by=by)


def _release(id: int, values: Mapping[str, Any], by: User) -> None:
    member = _member(id, values)
    if member is not None:
        people.get_person(id, by)
        operations.release(member, values["reason"], by=by)


def _leave_again(id: int, values: Mapping[str, Any], _before: Mapping[str, Any], by: User) -> None:
    _release(id, {**values, "reason": "The action on many people was undone."}, by)


def _come_back(id: int, values: Mapping[str, Any], before: Mapping[str, Any], by: User) -> None:
    goal = queries.get_goal(before["goal"]) if before["goal"] else None
    reason = before["reason"] or ""
    operations.shortlist(
        _cohort_of(values), people.get_person(id, by), goal=goal, override_reason=reason, by=by
    )


def _cohort_of(values: Mapping[str, Any]) -> Cohort:
    found = db.session.get(Cohort, int(values["cohort_id"]))
    if found is None:
        raise NotFound(_("There is no such cohort."))
    return found


catalogue.offer(
    _LIST,
    Column("stage", marked("Stage"), _stages, _READ),
    Column("cohorts", marked("Cohorts"), _cohorts, _READ),
    Filter("program", marked("Program"), _program, _READ, program_choices),
    Filter("stage", marked("Stage"), _stage, _READ, stage_choices),
    Filter("cohort", marked("Cohort"), _cohort, _READ, _cohort_choices, is_rare=True),
    Action(
        "shortlist", marked("Put into a cohort"), "programs:write", _shortlist_form,
        lambda _by, values: _("Put into the cohort %(name)s", name=_cohort_of(values).name), _place, _shortlist, _leave_again,
    ),
    Action(
        "release", marked("Release from a cohort"), "programs:write", _release_form,
        lambda _by, values: _("Release from the cohort %(name)s", name=_cohort_of(values).name), _place, _release, _come_back,
    ),
)  # fmt: skip
