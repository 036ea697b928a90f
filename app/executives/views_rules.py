"""Pages about rules of access: an executive's breaks and whom they do not meet, an event's terms and rooms, signatures."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.events import queries as events
from app.executives import operations, queries, queries_access
from app.executives.forms_access import ApartForm, BreakForm, RoomForm, SignatureForm, TermsForm
from app.executives.models import Executive
from app.executives.views import bp
from app.people import queries as people


@bp.get("/<int:id>/rules")
@requires("executives:read")
def rules(id: int) -> ResponseReturnValue:
    """What protects an executive's time, and whom they do not meet."""
    executive = queries.get_executive(id, acting_user())
    return render_template(
        "executives/rules.html", executive=executive, breaks=queries_access.own_breaks_of(executive),
        apart=queries_access.list_kept_apart(executive, acting_user()),
    )  # fmt: skip


@bp.route("/<int:id>/breaks/new", methods=["GET", "POST"])
@requires("executives:write")
def add_break(id: int) -> ResponseReturnValue:
    executive = queries.get_executive(id, acting_user())
    form = BreakForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.add_break(executive, form.details(), by=acting_user())
            flash(_("Kept free every day. Meetings agreed before stay."), "ok")
            return _to_rules(executive)
    return render_template("executives/add_break.html", form=form, executive=executive), form.status


@bp.post("/<int:id>/breaks/<int:break_id>/remove")
@requires("executives:write")
def remove_break(id: int, break_id: int) -> ResponseReturnValue:
    executive = queries.get_executive(id, acting_user())
    operations.remove_break(queries_access.get_break(break_id, executive), by=acting_user())
    flash(_("These minutes can be asked for again."), "ok")
    return _to_rules(executive)


@bp.route("/<int:id>/apart/new", methods=["GET", "POST"])
@requires("executives:write")
def keep_apart(id: int) -> ResponseReturnValue:
    """Somebody this executive does not meet, of those who are invited to events ahead."""
    by = acting_user()
    executive = queries.get_executive(id, by)
    form = ApartForm().offer(queries.list_meetable(by))
    if form.validate_on_submit():
        with form.attempt():
            person = people.get_person(int(form.person_id.data), by)
            operations.keep_apart(person, executive, form.reason.data, by=by)
            flash(_("Noted. No request of theirs is accepted."), "ok")
            return _to_rules(executive)
    return render_template("executives/keep_apart.html", form=form, executive=executive), form.status


@bp.post("/<int:id>/apart/<int:apart_id>/end")
@requires("executives:write")
def end_apart(id: int, apart_id: int) -> ResponseReturnValue:
    by = acting_user()
    executive = queries.get_executive(id, by)
    operations.end_apart(queries_access.get_apart(apart_id, executive, by), by=by)
    flash(_("They may meet again."), "ok")
    return _to_rules(executive)


def _to_rules(executive: Executive) -> ResponseReturnValue:
    return redirect(url_for("executives.rules", id=executive.id), 303)


# -- an event ----------------------------------------------------------------------------------------


@bp.route("/events/<int:id>/terms", methods=["GET", "POST"])
@requires("executives:write")
def terms(id: int) -> ResponseReturnValue:
    """What an event asks to be signed before somebody meets an executive, and its rooms for meetings."""
    event = events.get_event(id, acting_user())
    found = queries_access.terms_of(event)
    form = TermsForm(
        data={
            "needs_nda": found.needs_nda, "needs_embargo": found.needs_embargo, "n_hold_hours": found.n_hold_hours,
            "version": str(found.version or 0),
        }
    )  # fmt: skip
    if form.validate_on_submit():
        with form.attempt():
            operations.set_terms(event, form.details(), by=acting_user(), seen_version=form.seen_version)
            flash(_("Saved. It counts for what is accepted from now on."), "ok")
            return redirect(url_for("executives.terms", id=event.id), 303)
    return render_template(
        "executives/terms.html", form=form, event=event, rooms=queries_access.list_rooms(event)
    ), form.status


@bp.route("/events/<int:id>/rooms/new", methods=["GET", "POST"])
@requires("executives:write")
def add_room(id: int) -> ResponseReturnValue:
    event = events.get_event(id, acting_user())
    form = RoomForm()
    if form.validate_on_submit():
        with form.attempt():
            room = operations.add_room(event, form.name.data, form.building.data or "", by=acting_user())
            flash(_("%(name)s can be used for meetings.", name=room.name), "ok")
            return redirect(url_for("executives.terms", id=event.id), 303)
    return render_template("executives/add_room.html", form=form, event=event), form.status


@bp.post("/events/<int:id>/rooms/<int:room_id>/retire")
@requires("executives:write")
def retire_room(id: int, room_id: int) -> ResponseReturnValue:
    event = events.get_event(id, acting_user())
    operations.retire_room(queries_access.get_room(room_id, event), by=acting_user())
    flash(_("No new meeting takes place there; agreed ones stay."), "ok")
    return redirect(url_for("executives.terms", id=event.id), 303)


# -- a person ----------------------------------------------------------------------------------------


@bp.route("/people/<int:id>/signatures", methods=["GET", "POST"])
@requires("executives:wish")
def signatures(id: int) -> ResponseReturnValue:
    """What a person has signed; the paper itself is kept elsewhere."""
    by = acting_user()
    person = people.get_person(id, by)
    form = SignatureForm().offer(events.list_upcoming(by, 50))
    if form.validate_on_submit():
        with form.attempt():
            operations.record_signature(person, form.details(), by=by)
            flash(_("Recorded."), "ok")
            return redirect(url_for("executives.signatures", id=person.id), 303)
    return render_template(
        "executives/signatures.html", form=form, person=person, rows=queries_access.list_signatures(person)
    ), form.status


@bp.post("/signatures/<int:id>/revoke")
@requires("executives:wish")
def revoke_signature(id: int) -> ResponseReturnValue:
    found = queries_access.get_signature(id, acting_user())
    operations.revoke_signature(found, by=acting_user())
    flash(_("It does not count any more."), "ok")
    return redirect(url_for("executives.signatures", id=found.person_id), 303)
