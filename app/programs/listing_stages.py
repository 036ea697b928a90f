"""Moving many people to another stage of a program from the list of people: each by its entry tests, with the way back."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from app.accounts.models import User
from app.core.db import db
from app.core.errors import NotFound
from app.core.forms import BaseForm, choice, line
from app.core.i18n import marked
from app.core.i18n import words as words_of_code
from app.lists import catalogue
from app.lists.catalogue import Action
from app.people import queries as people
from app.programs import operations
from app.programs.listing import program_choices, stage_choices
from app.programs.models import Enrolment, Program, Stage
from app.programs.policies import NotAdmitted

_LIST = "people"


class StageForm(BaseForm):
    """Which program, which stage, and why."""

    program_id = choice("Program", [])
    stage = choice(
        "Stage",
        [],
        description="What the stage asks for is read from each record when it is done; who lacks it stays.",
    )
    reason = line("Why", required=False, description="Needed for dormant, alumni and declined.")


def _form(by: User) -> StageForm:
    form = StageForm()
    form.program_id.choices = [("", _("Choose a program")), *program_choices(by)]
    form.stage.choices = [("", _("Choose a stage")), *stage_choices(by)]
    return form


def _words(_by: User, values: Mapping[str, Any]) -> str:
    program = db.session.get(Program, int(values["program_id"]))
    if program is None:
        raise NotFound(_("There is no such program."))
    stage = words_of_code(Stage(values["stage"])).lower()
    return str(_("Move to %(stage)s in %(program)s", stage=stage, program=program.name))


def _enrolment(id: int, values: Mapping[str, Any]) -> Enrolment | None:
    wanted = sa.select(Enrolment).where(
        Enrolment.program_id == int(values["program_id"]), Enrolment.person_id == id
    )
    return db.session.scalars(wanted).one_or_none()


def _stage(id: int, values: Mapping[str, Any]) -> dict[str, Any]:
    found = _enrolment(id, values)
    return {"stage": found.stage.value if found is not None else None}


def _move(id: int, values: Mapping[str, Any], by: User) -> None:
    person, found = people.get_person(id, by), _enrolment(id, values)
    if found is None:
        raise NotAdmitted(
            _("%(person)s is not in this program. Admit them for a goal first.", person=person.name)
        )
    if found.stage.value != values["stage"]:
        operations.move_stage(found, Stage(values["stage"]), by=by, reason=values.get("reason") or "")


def _move_back(id: int, values: Mapping[str, Any], before: Mapping[str, Any], by: User) -> None:
    people.get_person(id, by)
    found = _enrolment(id, values)
    if found is not None:
        operations.take_back_stage(found, Stage(before["stage"]), by=by)


catalogue.offer(
    _LIST,
    Action("stage", marked("Change the stage"), "programs:write", _form, _words, _stage, _move, _move_back),
)
