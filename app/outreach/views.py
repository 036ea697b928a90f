"""Pages of outreach: what is open, contacts by hand, one contact, what the guard stopped."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import clock, keyset
from app.core.forms import BaseForm, args_without, number_asked
from app.core.i18n import day
from app.outreach import (
    operations,
    policies_inbox,
    queries,
    queries_bounces,
    queries_holdings,
    queries_inbox,
    queries_outbox,
    queries_plans,
    queries_rhythm,
    queries_sent,
    queries_stops,
    queries_wishes,
)
from app.outreach.forms import AnswerForm, ReasonForm, TouchForm, choices_of
from app.outreach.models import Collision, TouchKind
from app.outreach.queries import TouchFilter
from app.people import queries as people
from app.people import queries_listing as people_lists
from app.programs.queries_spans import span_asked

bp = Blueprint("outreach", __name__, url_prefix="/outreach")
bp.add_app_template_filter(policies_inbox.words_of_subject, "subject")


@bp.get("/")
@requires("outreach:read")
def index() -> ResponseReturnValue:
    by, now = acting_user(), clock.now()
    filter, today = _filter_asked(), clock.today(by.zone)
    place, is_lost = keyset.place_asked(queries.TOUCH_ORDER)
    found, asks = queries.list_touches(by, filter, place), queries.list_open_asks(by, limit=20)
    return render_template(
        "outreach/index.html", asks=asks, n_asks=queries.count_open_asks(by), filter=filter, found=found, now=now, today=today,
        voices=queries.voices_of([*found.rows, *asks]), limit=queries.limit_in_force(now),
        args=args_without("page", "after", "before"),
        is_lost=is_lost,
        stops=queries.list_collisions(by, is_open=True), counted=queries_stops.count_collisions(),
        board=queries_plans.board_of(by, today, now), best=queries_rhythm.next_touches(by, now, today, limit=5),
        n_held=queries_outbox.count_held(), departments=choices_of(queries.list_departments()),
    )  # fmt: skip


@bp.route("/touches/new", methods=["GET", "POST"])
@requires("outreach:write")
def new_touch() -> ResponseReturnValue:
    by = acting_user()
    person_id = number_asked("person")
    if person_id is None:
        q = request.args.get("q", "")
        found = people_lists.find_by_name(by, q) if q.strip() else []
        return render_template("outreach/choose_person.html", q=q, found=found)
    person = people.get_person(person_id, by)
    form = TouchForm.begun(subject=request.args.get("subject", "")[:320])
    if form.validate_on_submit():
        with form.attempt():
            made = operations.try_touch(form.details(person.id), by=by)
            return stopped(made) if isinstance(made, Collision) else recorded(made.id, person.name)
    verdict = queries.weigh_contact(person, TouchKind.UNSOLICITED, by.department, clock.now())
    action = url_for(".new_touch", person=person.id)
    return render_template(
        "outreach/new_touch.html", form=form, person=person, verdict=verdict, action=action
    ), form.status


@bp.get("/<int:id>")
@requires("outreach:read")
def show(id: int) -> ResponseReturnValue:
    by = acting_user()
    touch = queries.get_touch(id, by)
    return render_template(
        "outreach/show.html", touch=touch, thread=queries.list_thread(touch), stops=queries.open_collisions_at(touch),
        owner=people.owner_of(touch.person), now=clock.now(), corrections=queries_rhythm.list_corrections(touch),
        message=queries_inbox.message_of(touch),
    )  # fmt: skip


@bp.route("/<int:id>/answer", methods=["GET", "POST"])
@requires("outreach:write")
def answer(id: int) -> ResponseReturnValue:
    by = acting_user()
    touch = queries.get_touch(id, by)
    form = AnswerForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.answer_ask(touch, form.answer.data, by=by)
            flash(_("Answered: %(subject)s.", subject=policies_inbox.words_of_subject(touch)), "ok")
            return redirect(url_for("outreach.show", id=touch.id), 303)
    return render_template("outreach/answer.html", form=form, touch=touch), form.status


@bp.get("/person/<int:id>")
@requires("outreach:read")
def for_person(id: int) -> ResponseReturnValue:
    by = acting_user()
    person = people.get_person(id, by)
    place, is_lost = keyset.place_asked(queries.TOUCH_ORDER)
    found = queries.list_touches(by, TouchFilter(person_id=person.id), place)
    verdict = queries.weigh_contact(person, TouchKind.UNSOLICITED, by.department, clock.now())
    asks, plans = queries.list_open_asks(by, person=person), queries_plans.list_plans_with([person.id])
    return render_template(
        "outreach/for_person.html", person=person, found=found, is_lost=is_lost, verdict=verdict, asks=asks,
        plans=plans, voices=queries.voices_of([*found.rows, *asks]),
        wish=queries_wishes.wish_of(person), channels=queries_wishes.channel_wishes_of(person),
        silence=queries_rhythm.silence_of(person, by, clock.now()), gone=queries_sent.letters_to(person),
        dead=queries_bounces.dead_address(person.email), form=BaseForm(), makers=queries_holdings.makers_of(plans, clock.now()),
    )  # fmt: skip


# -- what the guard stopped ------------------------------------------------------------------------


@bp.get("/stops")
@requires("outreach:read")
def stops() -> ResponseReturnValue:
    """All there were, or exactly those behind a figure of a report: of some days, of those an owner released."""
    by, span, is_released = acting_user(), span_asked(request.args), request.args.get("state") == "released"
    if span.is_all and not is_released:
        found = queries.list_collisions(by, limit=queries_stops.N_SHOWN)
    else:
        found = queries_stops.list_stopped(by, span, is_released=is_released)
    return render_template(
        "outreach/stops.html",
        found=found,
        counted=queries_stops.count_collisions(span),
        span=span,
        is_released=is_released,
    )


@bp.get("/stops/<int:id>")
@requires("outreach:read")
def stop(id: int) -> ResponseReturnValue:
    return _stop_page(queries.get_collision(id, acting_user()), ReasonForm())


@bp.post("/stops/<int:id>/join")
@requires("outreach:write")
def join(id: int) -> ResponseReturnValue:
    by, form = acting_user(), ReasonForm()
    collision = queries.get_collision(id, by)
    if form.validate_on_submit():
        with form.attempt():
            touch = operations.join_other(collision, by=by)
            return recorded(touch.id, collision.person.name)
    return _stop_page(collision, form)


@bp.post("/stops/<int:id>/wait")
@requires("outreach:write")
def wait(id: int) -> ResponseReturnValue:
    by, form = acting_user(), ReasonForm()
    collision = queries.get_collision(id, by)
    if form.validate_on_submit():
        with form.attempt():
            free_from_at = operations.wait_for_window(collision, by=by)
            flash(
                _(
                    "Put off. You get a notice on %(free_from_at)s, when the window is free.",
                    free_from_at=day(free_from_at),
                ),
                "ok",
            )
            return redirect(url_for("outreach.index"), 303)
    return _stop_page(collision, form)


@bp.post("/stops/<int:id>/again")
@requires("outreach:write")
def try_again(id: int) -> ResponseReturnValue:
    by, form = acting_user(), ReasonForm()
    collision = queries.get_collision(id, by)
    if form.validate_on_submit():
        with form.attempt():
            made = operations.try_again(collision, by=by)
            return stopped(made) if isinstance(made, Collision) else recorded(made.id, collision.person.name)
    return _stop_page(collision, form)


@bp.post("/stops/<int:id>/ask-owner")
@requires("outreach:write")
def ask_owner(id: int) -> ResponseReturnValue:
    by, form = acting_user(), ReasonForm()
    collision = queries.get_collision(id, by)
    if form.validate_on_submit():
        with form.attempt():
            operations.ask_owner(collision, by=by)
            flash(_("The owner of the relationship has been asked."), "ok")
            return redirect(url_for("outreach.stop", id=collision.id), 303)
    return _stop_page(collision, form)


@bp.post("/stops/<int:id>/decide")
@requires("outreach:write")
def decide(id: int) -> ResponseReturnValue:
    by, form = acting_user(), ReasonForm()
    collision = queries.get_collision(id, by)
    if form.validate_on_submit():
        with form.attempt():
            if request.form.get("do") == "refuse":
                operations.refuse_collision(collision, form.reason.data, by=by)
                flash(_("Refused; whoever wanted it has been told."), "ok")
                return redirect(url_for("outreach.stop", id=collision.id), 303)
            return recorded(
                operations.release_collision(collision, form.reason.data, by=by).id, collision.person.name
            )
    return _stop_page(collision, form)


def _stop_page(collision: Collision, form: ReasonForm) -> ResponseReturnValue:
    owner = people.owner_of(collision.person)
    is_open = collision.state in queries.OPEN_STATES
    return render_template(
        "outreach/stop.html", stop=collision, form=form, owner=owner, is_open=is_open, now=clock.now()
    ), form.status


def stopped(collision: Collision) -> ResponseReturnValue:
    """Lead whoever was stopped to the choices they have."""
    flash(_("Stopped by the contact guard. What you wrote is kept below."), "warn")
    return redirect(url_for("outreach.stop", id=collision.id), 303)


def recorded(id: int, name: str) -> ResponseReturnValue:
    """Lead to the contact that was written down."""
    flash(_("Contact with %(name)s recorded.", name=name), "ok")
    return redirect(url_for("outreach.show", id=id), 303)


# -- what the URL asks for -------------------------------------------------------------------------


def _filter_asked() -> TouchFilter:
    return TouchFilter(
        q=request.args.get("q", ""), department_id=number_asked("department"),
        is_open_ask=request.args.get("asks") == "open",
    )  # fmt: skip


from app.outreach import (  # noqa: E402 -- they add their pages to `bp`
    listing,  # noqa: F401
    views_agencies,  # noqa: F401
    views_changes,  # noqa: F401
    views_inbox,  # noqa: F401
    views_insights,  # noqa: F401
    views_letters,  # noqa: F401
    views_news,  # noqa: F401
    views_outbox,  # noqa: F401
    views_outcomes,  # noqa: F401
    views_plans,  # noqa: F401
    views_rhythm,  # noqa: F401
    views_touches,  # noqa: F401
)
