"""Pages of seats and of the door."""

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import clock
from app.core.door import let_worker_run
from app.events import agenda as grids
from app.events import (
    operations,
    operations_holds,
    policies_day,
    queries,
    queries_badges,
    queries_comers,
    queries_seats,
)
from app.events.forms import CheckInForm, ReasonForm, SeatForm, SeatsForm
from app.events.forms_day import CodeForm
from app.events.models import Event, Invitation
from app.events.models_day import Seat
from app.events.models_waves import Comer
from app.events.views import bp, event_tabs


@bp.get("/<int:id>/seats")
@requires("events:read")
def seats(id: int) -> ResponseReturnValue:
    by = acting_user()
    event = queries.get_event(id, by)
    coming, seated = queries_comers.list_comers(event, by), queries_seats.labels_of(event)
    return render_template(
        "events/seats.html", event=event, tabs=event_tabs(event), zones=queries_seats.room_of(event),
        visible={seated[one.key] for one in coming if one.key in seated},
        unseated=[one for one in coming if one.key not in seated],
    )  # fmt: skip


@bp.route("/<int:id>/seats/new", methods=["GET", "POST"])
@requires("events:write")
def new_seats(id: int) -> ResponseReturnValue:
    event = queries.get_event(id, acting_user())
    form = SeatsForm()
    if form.validate_on_submit():
        with form.attempt():
            made = operations.add_seats(event, form.details(), by=acting_user())
            flash(_("%(n)s seats set up.", n=len(made)), "ok")
            return redirect(url_for("events.seats", id=event.id), 303)
    return render_template("events/new_seats.html", form=form, event=event), form.status


@bp.route("/seats/<int:id>", methods=["GET", "POST"])
@requires("events:write")
def seat(id: int) -> ResponseReturnValue:
    by = acting_user()
    found = queries.get_seat(id)
    comers = {one.key: one for one in queries_comers.list_comers(found.event, by)}
    there = next(
        (key for key, label in queries_seats.labels_of(found.event).items() if label == found.label), ""
    )
    form = SeatForm(data={"comer_key": there}).offer(list(comers.values()))
    if form.validate_on_submit():
        with form.attempt():
            comer = comers[form.comer_key.data]
            operations.seat_comer(found, comer, by=by)
            is_fine = not isinstance(comer, Invitation) or operations_holds.suits(found, comer.person, by=by)
            flash(*_seated(is_fine, found, comer.called))
            return redirect(url_for("events.seats", id=found.event_id), 303)
    return render_template("events/seat.html", form=form, seat=found), form.status


def _seated(is_fine: bool, seat: Seat, name: str) -> tuple[str, str]:
    """What to say: never what the guest needs, only with whom to talk (R4)."""
    if is_fine:
        return _("%(name)s sits in %(seat)s.", name=name, seat=seat.label), "ok"
    said = _(
        "This seat may not suit them: talk it over with whoever serves guests, or give an accessible seat."
    )
    return f"{name} sits in {seat.label}. {said}", "warn"


@bp.post("/seats/<int:id>/free")
@requires("events:write")
def free_seat(id: int) -> ResponseReturnValue:
    found = operations.free_seat(queries.get_seat(id), by=acting_user())
    flash(_("%(row)s%(found)s is free.", row=found.row, found=found.number), "ok")
    return redirect(url_for("events.seats", id=found.event_id), 303)


@bp.get("/<int:id>/door")
@requires("events:door")
def door(id: int) -> ResponseReturnValue:
    return door_page(queries.get_event(id, acting_user()), CheckInForm())


@bp.post("/invitations/<int:id>/check-in")
@bp.post("/guests/<int:guest_id>/check-in")
@requires("events:door")
def check_in(id: int | None = None, guest_id: int | None = None) -> ResponseReturnValue:
    by, form = acting_user(), CheckInForm()
    found = queries_comers.get_comer(id, guest_id, by)
    if form.validate_on_submit():
        with form.attempt():
            operations.check_in(found, by=by, early_minutes=form.n_early_minutes.data or 0)
            flash(_("%(called)s is here.", called=found.called), "ok")
            return redirect(url_for("events.door", id=found.event_id, q=request.args.get("q") or None), 303)
    return door_page(found.event, form, at=found)


@bp.route("/invitations/<int:id>/undo-check-in", methods=["GET", "POST"])
@bp.route("/guests/<int:guest_id>/undo-check-in", methods=["GET", "POST"])
@requires("events:write")
def undo_check_in(id: int | None = None, guest_id: int | None = None) -> ResponseReturnValue:
    by, form = acting_user(), ReasonForm()
    found = queries_comers.get_comer(id, guest_id, by)
    if form.validate_on_submit():
        with form.attempt():
            operations.undo_check_in(found, form.reason.data or "", by=by)
            flash(_("Taken back, and what it counted with it."), "ok")
            return redirect(url_for("events.door", id=found.event_id), 303)
    return render_template("events/undo_check_in.html", form=form, comer=found), form.status


def door_page(
    event: Event, form: CheckInForm, at: Comer | None = None, code: CodeForm | None = None
) -> ResponseReturnValue:
    """The list at the door; what was typed `at` one of its lines, or as a `code`, stays there. A phone may scan codes here."""
    by = acting_user()
    q = request.args.get("q", "")
    coming = queries_comers.list_comers(event, by)
    early = grids.minutes_early(queries.list_sessions(event), event.zone, clock.now())
    badges = queries_badges.badges_of(event)
    page = render_template(
        "events/door.html", event=event, tabs=event_tabs(event), form=form, q=q, early=early,
        coming=[one for one in coming if q.casefold() in one.called.casefold()], seats=queries_seats.labels_of(event),
        n_here=sum(one.checked_in_at is not None for one in coming), n_coming=len(coming), at=at, badges=badges,
        hash_of=queries_badges.door_hash, reports=queries_badges.list_reports(event),
        code=code or CodeForm(formdata=None),
    )  # fmt: skip
    answer = make_response(page, code.status if code else form.status)
    answer.headers["Permissions-Policy"] = "camera=(self), microphone=(), geolocation=()"
    let_worker_run()
    if not q:  # a phone keeps the whole list, never a narrowed one
        answer.headers["X-Kept-Until"] = str(
            int(policies_day.kept_until(event, clock.now()).timestamp() * 1000)
        )
    return answer
