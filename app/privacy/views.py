"""Pages of requests about one's own data: the list, taking one, looking at what an erasure does, the answer."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import permissions
from app.accounts.access import acting_user, requires
from app.core import clock
from app.core.forms import BaseForm, page_asked
from app.core.i18n import all_marked, day
from app.privacy import answers, operations, operations_erasure, queries, queries_owners
from app.privacy.forms import KIND_WORDS, ConfirmForm, MaybeReasonForm, ReasonForm, RequestForm, today_for
from app.privacy.models import PrivacyRequest, RequestKind, RequestState
from app.privacy.queries_preview import preview_of

bp = Blueprint("privacy", __name__, url_prefix="/privacy")
bp.add_app_template_filter(lambda row: queries_owners.handlers_of([row], clock.now())[row.id], "handler")
KINDS = dict(KIND_WORDS) | all_marked({"access": "Copy", "erasure": "Erasure"})


@bp.get("/")
@requires("privacy:read")
def index() -> ResponseReturnValue:
    """What waits for an answer, or what was answered."""
    is_open = request.args.get("state") != "done"
    page = page_asked()
    rows = queries.list_requests(is_open=is_open, page=page)
    return render_template(
        "privacy/index.html", rows=rows, handlers=queries_owners.handlers_of(rows, clock.now()), counts=queries.count_requests(),
        is_open=is_open, page=page, n_per_page=queries.N_PER_PAGE, today=clock.today(acting_user().zone), kinds=KINDS,
    )  # fmt: skip


@bp.route("/of/<int:person_id>/new", methods=["GET", "POST"])
@requires("privacy:write")
def new(person_id: int) -> ResponseReturnValue:
    """Write a request down."""
    by = acting_user()
    person = queries.person_asked(person_id, by)
    handlers = queries.list_handlers()
    me = str(by.id) if by.id in {user.id for user in handlers} else ""
    begun = {
        "received_on": today_for(by),
        "handler_id": me,
        "channel": "mail",
        "kind": request.args.get("kind", ""),
    }
    form = RequestForm(data=begun).offer(handlers)
    if form.validate_on_submit():
        with form.attempt():
            made = operations.take_request(form.details(person.id), by=by)
            flash(_("Written down. The answer is due on %(due_on)s.", due_on=day(made.due_on)), "ok")
            return redirect(url_for("privacy.show", id=made.id), 303)
    return render_template("privacy/new.html", form=form, person=person), form.status


@bp.get("/<int:id>")
@requires("privacy:read")
def show(id: int) -> ResponseReturnValue:
    """One request, and its answer once there is one."""
    found = queries.get_request(id)
    erased, kept = answers.parts_of(found.found)
    return render_template(
        "privacy/show.html", asked=found, today=clock.today(acting_user().zone), erased=erased, kept=kept, kinds=KINDS,
        letter=answers.letter_of(found) if _is_erased(found) else "", doomed=queries.list_doomed(found),
        form=BaseForm(), may_answer=permissions.may(acting_user(), "privacy:approve"),
    )  # fmt: skip


@bp.route("/<int:id>/erase", methods=["GET", "POST"])
@requires("privacy:approve")
def erase(id: int) -> ResponseReturnValue:
    """Exactly what would go and what stays; a second user's confirmation."""
    by, found, form = acting_user(), queries.get_request(id), ConfirmForm()
    if found.state is not RequestState.OPEN or found.kind is not RequestKind.ERASURE:
        return redirect(url_for("privacy.show", id=id), 303)
    if form.validate_on_submit():
        with form.attempt():
            operations_erasure.erase(found, form.details(), by=by)
            flash(
                _("Erased. The record is called %(surrogate)s from now on.", surrogate=found.surrogate), "ok"
            )
            return redirect(url_for("privacy.show", id=id), 303)
    found = queries.get_request(id)
    looked = preview_of(found.person, but_request=id)
    form.seen.data = looked.fingerprint
    return render_template("privacy/erase.html", form=form, asked=found, looked=looked, by=by), form.status


@bp.route("/<int:id>/refuse", methods=["GET", "POST"])
@requires("privacy:approve")
def refuse(id: int) -> ResponseReturnValue:
    """Say no, with the reason."""
    found, form = queries.get_request(id), ReasonForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.refuse_request(found, form.reason.data, by=acting_user())
            flash(_("Refused. Tell the person the reason, and that they can complain."), "ok")
            return redirect(url_for("privacy.show", id=id), 303)
    return _end_page(form, id, _("Refuse"), _("The person is told this reason."))


@bp.route("/<int:id>/withdraw", methods=["GET", "POST"])
@requires("privacy:write")
def withdraw(id: int) -> ResponseReturnValue:
    """The person no longer asks."""
    found, form = queries.get_request(id), MaybeReasonForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.withdraw_request(found, form.reason.data or "", by=acting_user())
            flash(_("Withdrawn."), "ok")
            return redirect(url_for("privacy.show", id=id), 303)
    return _end_page(form, id, _("Withdraw"), _("The person no longer asks for it."))


def _end_page(form: Any, id: int, verb: str, lead: str) -> ResponseReturnValue:
    page = render_template(
        "privacy/end.html", form=form, asked=queries.get_request(id), verb=verb, lead=lead, kinds=KINDS
    )
    return page, form.status


def _is_erased(found: PrivacyRequest) -> bool:
    return found.kind is RequestKind.ERASURE and found.state is RequestState.DONE


from app.privacy import views_access, views_people, views_retention  # noqa: E402, F401 -- they add their pages to `bp`
