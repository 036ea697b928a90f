"""Pages of the respect checklist: everybody at a glance, one guest on a phone, a miss with its cause (E3)."""

from datetime import timedelta

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import clock
from app.core.forms import BaseForm
from app.events import (
    operations_respect,
    policies_day,
    queries,
    queries_comers,
    queries_respect,
    queries_tasks,
)
from app.events.forms_day import ItemsForm, MissForm
from app.events.queries_coordinators import coordinator_of
from app.events.views import bp, event_tabs


@bp.get("/<int:id>/respect")
@requires("events:read")
def respect(id: int) -> ResponseReturnValue:
    by = acting_user()
    event = queries.get_event(id, by)
    return render_template(
        "events/respect.html", event=event, tabs=event_tabs(event), found=queries_respect.respect_of(event, by),
        form=BaseForm(), usual=policies_day.USUAL_ITEMS,
    )  # fmt: skip


@bp.route("/<int:id>/respect/items", methods=["GET", "POST"])
@requires("events:write")
def respect_items(id: int) -> ResponseReturnValue:
    """What every guest of this event can expect."""
    event = queries.get_event(id, acting_user())
    lines = [item.label for item in queries_respect.list_items(event)] or policies_day.USUAL_ITEMS
    version = str(queries_respect.version_of(event))
    form = ItemsForm(data={"items": "\n".join(lines), "version": version})
    if form.validate_on_submit():
        with form.attempt():
            seen = form.seen_version
            operations_respect.set_items(event, form.labels(), by=acting_user(), seen_version=seen)
            flash(_("This is what every guest can expect."), "ok")
            return redirect(url_for("events.respect", id=event.id), 303)
    return render_template("events/respect_items.html", form=form, event=event), form.status


@bp.post("/respect/items/<int:id>/all")
@requires("events:write")
def tick_all(id: int) -> ResponseReturnValue:
    by = acting_user()
    item = queries_respect.get_item(id)
    n = operations_respect.tick_all(item, queries.get_event(item.event_id, by), by=by)
    flash(_("%(item)s: ticked for %(n)s.", item=item.label, n=n), "ok")
    return redirect(url_for("events.respect", id=item.event_id), 303)


@bp.get("/invitations/<int:id>/respect")
@bp.get("/guests/<int:guest_id>/respect")
@requires("events:write")
def respect_of(id: int | None = None, guest_id: int | None = None) -> ResponseReturnValue:
    """One guest, on a phone."""
    found = queries_comers.get_comer(id, guest_id, acting_user())
    items = queries_respect.list_items(found.event)
    ticks = {item.id: queries_respect.find_tick(item, found) for item in items}
    return render_template("events/respect_of.html", comer=found, items=items, ticks=ticks, form=BaseForm())


@bp.post("/invitations/<int:id>/respect/<int:item_id>")
@bp.post("/guests/<int:guest_id>/respect/<int:item_id>")
@requires("events:write")
def tick(item_id: int, id: int | None = None, guest_id: int | None = None) -> ResponseReturnValue:
    by = acting_user()
    comer = queries_comers.get_comer(id, guest_id, by)
    operations_respect.tick(queries_respect.get_item(item_id), comer, by=by)
    return redirect(url_for("events.respect_of", **comer.at), 303)


@bp.post("/invitations/<int:id>/respect/<int:item_id>/undo")
@bp.post("/guests/<int:guest_id>/respect/<int:item_id>/undo")
@requires("events:write")
def undo_tick(item_id: int, id: int | None = None, guest_id: int | None = None) -> ResponseReturnValue:
    by = acting_user()
    comer = queries_comers.get_comer(id, guest_id, by)
    found = queries_respect.find_tick(queries_respect.get_item(item_id), comer)
    if found is not None:
        operations_respect.undo_tick(found, by=by)
        flash(_("Taken back."), "ok")
    return redirect(url_for("events.respect_of", **comer.at), 303)


@bp.route("/invitations/<int:id>/respect/<int:item_id>/miss", methods=["GET", "POST"])
@bp.route("/guests/<int:guest_id>/respect/<int:item_id>/miss", methods=["GET", "POST"])
@requires("events:write")
def miss(item_id: int, id: int | None = None, guest_id: int | None = None) -> ResponseReturnValue:
    by = acting_user()
    comer, item = queries_comers.get_comer(id, guest_id, by), queries_respect.get_item(item_id)
    owner, due = coordinator_of(comer.event), clock.today(comer.event.zone) + timedelta(days=7)
    form = MissForm(data={"owner_id": str(owner.id), "due_on": due})
    form.offer(queries_tasks.list_possible_owners())
    if form.validate_on_submit():
        with form.attempt():
            made = operations_respect.miss(item, comer, form.details(), by=by)
            flash(
                _("Noted. %(owner)s makes it good.", owner=made.task.owner.name if made.task else ""), "warn"
            )
            return redirect(url_for("events.respect_of", **comer.at), 303)
    return render_template("events/miss.html", form=form, comer=comer, item=item), form.status
