"""Pages of influence and popularity on two axes: of a cohort, and of everybody in a program."""

from collections.abc import Sequence

from flask import render_template
from flask.typing import ResponseReturnValue

from app.accounts.access import acting_user, requires
from app.core import clock
from app.people.charts import axes_of_many, largest_audience
from app.people.models import Person
from app.programs import queries, queries_influence
from app.programs.models import Cohort, Program
from app.programs.views import bp


@bp.get("/cohorts/<int:id>/influence")
@requires("programs:read")
def influence(id: int) -> ResponseReturnValue:
    found = queries.get_cohort(id)
    return _page(queries_influence.list_of_cohort(found, acting_user()), found.program, found)


@bp.get("/<int:id>/influence")
@requires("programs:read")
def influence_of_program(id: int) -> ResponseReturnValue:
    program = queries.get_program(id)
    return _page(queries_influence.list_of_program(program, acting_user()), program)


def _page(people: Sequence[Person], program: Program, cohort: Cohort | None = None) -> str:
    today = clock.today()
    axes = axes_of_many(people, today)
    rows = [
        {
            "id": person.id,
            "name": person.name,
            "person": person,
            "n": point.up,
            "channel": largest_audience(person, today),
        }
        for person, point in zip(people, axes.points, strict=True)
    ]
    return render_template("programs/influence.html", rows=rows, axes=axes, program=program, cohort=cohort)
