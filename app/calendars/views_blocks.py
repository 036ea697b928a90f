"""The tab of a person that says when they are not free, and the forms for it."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.calendars import operations_industry as operations
from app.calendars import queries_industry as queries
from app.calendars.forms import EmptyForm
from app.calendars.forms_industry import BlockForm, typed_block
from app.calendars.views import bp
from app.core.forms import now_wall
from app.core.wall_times import said_twice
from app.people import queries as people
from app.people.zones import zone_names


@bp.get("/calendars/people/<int:id>")
@requires("calendars:read")
def for_person(id: int) -> ResponseReturnValue:
    """When somebody is not free, for those who may see the person."""
    by = acting_user()
    person = people.get_person(id, by)
    return render_template(
        "calendars/for_person.html", person=person, rows=queries.list_blocks(person),
        sources=queries.list_sources_of(person), zone=by.zone,
    )  # fmt: skip


@bp.route("/calendars/people/<int:id>/blocks/new", methods=["GET", "POST"])
@requires("events:write")
def new_block(id: int) -> ResponseReturnValue:
    person = people.get_person(id, acting_user())
    begins = now_wall(person.zone).replace(hour=9, minute=0, second=0, microsecond=0)
    form = BlockForm(
        data={
            "zone": person.zone,
            "starts_at": begins,
            "ends_at": begins.replace(hour=17),
            "is_all_day": True,
        }
    )
    if form.validate_on_submit():
        with form.attempt():
            operations.add_block(person, form.details(), by=acting_user())
            _say(form)
            return redirect(url_for("calendars.for_person", id=person.id), 303)
    return render_template(
        "calendars/new_block.html", form=form, person=person, zones=zone_names()
    ), form.status


@bp.route("/calendars/blocks/<int:id>/edit", methods=["GET", "POST"])
@requires("events:write")
def edit_block(id: int) -> ResponseReturnValue:
    block = queries.get_block(id, acting_user())
    back, form = url_for("calendars.for_person", id=block.person_id), BlockForm(data=typed_block(block))
    if form.validate_on_submit():
        with form.attempt():
            operations.edit_block(block, form.details(), by=acting_user(), seen_version=form.seen_version)
            _say(form)
            return redirect(back, 303)
    return render_template(
        "calendars/edit_block.html", form=form, block=block, zones=zone_names()
    ), form.status


@bp.route("/calendars/blocks/<int:id>/remove", methods=["GET", "POST"])
@requires("events:write")
def remove_block(id: int) -> ResponseReturnValue:
    block, form = queries.get_block(id, acting_user()), EmptyForm()
    if form.validate_on_submit():
        with form.attempt():
            back = url_for("calendars.for_person", id=block.person_id)
            operations.remove_block(block, by=acting_user())
            flash(_("Removed."), "ok")
            return redirect(back, 303)
    return render_template(
        "calendars/remove_block.html", form=form, block=block, zone=acting_user().zone
    ), form.status


def _say(form: BlockForm) -> None:
    flash(_("Saved."), "ok")
    for words in said_twice(form.zone.data, form.starts_at.data, form.ends_at.data):
        if not form.is_all_day.data:
            flash(words, "info")
