"""Pages of hand-overs: the list, the steps, what was done, and how much each owner has to look after."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import permissions
from app.accounts import queries as users
from app.accounts.access import acting_user, requires
from app.accounts.models import User
from app.core import clock
from app.core.forms import BaseForm
from app.core.i18n import day
from app.handovers import letters, operations, policies, queries
from app.handovers.forms import DRAFT_WORDS, NOTE_WORDS, BeginForm, PlanForm, kept, seen_of
from app.handovers.models import HandOver
from app.outreach import queries_holdings
from app.people.operations_owners import moment_of
from app.reports import queries_workload

bp = Blueprint("handovers", __name__, url_prefix="/handovers")


@bp.get("/")
@requires("handovers:read")
def index() -> ResponseReturnValue:
    return render_template("handovers/index.html", rows=queries.list_hand_overs(), now=clock.now())


@bp.get("/workload")
@requires("handovers:read")
def workload() -> ResponseReturnValue:
    return render_template("handovers/workload.html", loads=queries_workload.list_loads(clock.now()))


@bp.get("/new")
@requires("handovers:write")
def new() -> ResponseReturnValue:
    """The first step: who, to whom, from when; chosen with everybody's load in sight."""
    by = acting_user()
    leaver = _leaver_asked(by)
    begun = {
        "from_user": str(leaver.id),
        "to_user": request.args.get("to_user", ""),
        "from_on": _day_asked(leaver),
    }
    form = BeginForm(None, data=begun).offer(_leavers(leaver, by), queries.list_candidates(leaver))
    loads = [load for load in queries_workload.list_loads(clock.now()) if load.id != leaver.id]
    held = queries.holdings_of(leaver, clock.now())
    return render_template(
        "handovers/new.html",
        form=form,
        leaver=leaver,
        loads=loads,
        restated=policies.restated(held.moved),
        held=held,
    )


@bp.route("/plan", methods=["GET", "POST"])
@requires("handovers:write")
def plan() -> ResponseReturnValue:
    """The second step: everything that would move, with what is to be decided; the POST is the one confirmation."""
    by, form = acting_user(), _plan_form()
    if form.validate_on_submit():
        with form.attempt():
            step = operations.hand_over(form.details(), by=by)
            said: Any = _done(step)
            flash(said, "ok")
            return redirect(url_for("handovers.show", id=step.id), 303)
    return _plan_page(form, by)


@bp.post("/check")
@requires("handovers:write")
def check() -> ResponseReturnValue:
    """The third step: the numbers restated, by successor, with one button."""
    by, form = acting_user(), _plan_form()
    form.validate()
    page = _about(form, by)
    with form.attempt():
        if not form.errors:
            operations.look_ahead(form.details(is_checked=False), by=by)
    if form.errors or form.form_errors:
        return render_template("handovers/plan.html", form=form, **page), 422
    return render_template("handovers/check.html", form=form, hidden=kept(form, page["held"]), **page)


@bp.get("/<int:id>")
@requires("handovers:read")
def show(id: int) -> ResponseReturnValue:
    by, step = acting_user(), queries.get_hand_over(id)
    written = queries_holdings.list_letters_of(operations.SOURCE, step.id)
    refusal = policies.why_not_undo(step, sum(letter.touch_id is not None for letter in written), by)
    return render_template(
        "handovers/show.html", step=step, moved=queries.list_moved(step), letter_to={row.person_id: row for row in written},
        refusal=refusal, may_undo=permissions.may(by, "handovers:write") and not refusal, words=policies.WORDS,
        batch=letters.batch_of(step), now=clock.now(), form=BaseForm(), restated=policies.restated(step.moved),
        n_sent=sum(row.touch_id is not None for row in written), n_discarded=sum(row.discarded_at is not None for row in written),
    )  # fmt: skip


@bp.post("/<int:id>/undo")
@requires("handovers:write")
def undo(id: int) -> ResponseReturnValue:
    step = queries.get_hand_over(id)
    operations.undo_hand_over(step, by=acting_user())
    flash(
        _(
            "Undone. %(from_user)s looks after everything as before; the letters are discarded.",
            from_user=step.from_user.name,
        ),
        "ok",
    )
    return redirect(url_for("handovers.show", id=step.id), 303)


# -- what the steps need ---------------------------------------------------------------------------


def _done(step: HandOver) -> dict[str, str]:
    """What is said after the confirmation, with the way back."""
    said = policies.restated(step.moved, policies.MOVED)
    names = {"name": step.to_user.name, "what": said, "n": step.moved["letters"]}
    text = (
        _("%(name)s takes over now: %(what)s. Letters in the outbox: %(n)s.", **names)
        if step.from_at <= step.made_at
        else _(
            "%(name)s takes over from %(day)s: %(what)s. Letters in the outbox: %(n)s.",
            day=day(step.from_on),
            **names,
        )
    )
    return {
        "text": text,
        "undo_url": url_for("handovers.undo", id=step.id),
    }


def _leaver_asked(by: User) -> User:
    """Whose things are handed over: one's own unless the address names somebody `by` may hand over for."""
    number = request.args.get("from_user", type=int)
    leaver = users.get_user(number) if number is not None else by
    policies.require_may(by, leaver)
    return leaver


def _leavers(leaver: User, by: User) -> list[User]:
    """Who can be chosen as the one who hands over, whoever was asked for among them."""
    offered = list(queries.list_leavers(by))
    return offered if any(one.id == leaver.id for one in offered) else [*offered, leaver]


def _day_asked(leaver: User) -> date:
    asked = request.args.get("from_on", type=date.fromisoformat)
    return asked or clock.today(leaver.zone)


def _plan_form() -> PlanForm:
    """The form as sent, or begun from the address of the first step."""
    if request.method == "POST":
        return PlanForm()
    by = acting_user()
    leaver = _leaver_asked(by)
    return PlanForm(
        data={
            "from_user": str(leaver.id), "to_user": request.args.get("to_user", ""), "from_on": _day_asked(leaver),
            "has_letters": True,
        }
    )  # fmt: skip


def _about(form: PlanForm, by: User) -> dict[str, Any]:
    """What the second and third step show: holdings, letters, successors."""
    leaver = users.get_user(int(form.from_user.data) if (form.from_user.data or "").isdecimal() else by.id)
    policies.require_may(by, leaver)
    heirs = {str(user.id): user for user in queries.list_candidates(leaver)}
    today = clock.today(leaver.zone)
    is_coming = form.from_on.data is not None and form.from_on.data > today
    at = moment_of(form.from_on.data, leaver.zone) if is_coming else clock.now()
    held = queries.holdings_of(leaver, at)
    decided = form.decisions
    chosen = [
        heirs.get(decided.get(f"heir-{row.person_id}", ""), heirs.get(form.to_user.data))
        for row in held.owned
    ]
    shares = [
        (user, sum(one is user for one in chosen))
        for user in heirs.values()
        if any(one is user for one in chosen)
    ]
    return {
        "leaver": leaver, "heir": heirs.get(form.to_user.data or ""), "heirs": heirs, "held": held, "shares": shares,
        "mailing": queries.mailing_for([row.person for row in held.owned]), "restated": policies.restated(held.moved),
        "moved_words": policies.restated(held.moved, policies.MOVED), "decided": decided, "note_words": NOTE_WORDS,
        "draft_words": DRAFT_WORDS, "seen": seen_of(held), "is_coming": is_coming, "by": by,
        "may_close": permissions.may(by, "accounts:manage") and by.id != leaver.id and not is_coming,
    }  # fmt: skip


def _plan_page(form: PlanForm, by: User) -> ResponseReturnValue:
    page = _about(form, by)
    if page["heir"] is None and request.method == "GET":
        return redirect(url_for("handovers.new", from_user=page["leaver"].id), 303)
    return render_template("handovers/plan.html", form=form, **page), form.status


from app.handovers import views_returns  # noqa: E402, F401 -- it adds its pages to `bp`
