"""Settings, Webhooks: who is told of what, how that fares, and sending once more."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.accounts import queries as accounts
from app.accounts.access import acting_user, requires
from app.accounts.models import User
from app.core import clock, keyset
from app.core.forms import args_without, number_asked
from app.webhooks import noting, operations, policies, queries
from app.webhooks.catalogue import known_kind
from app.webhooks.forms import AgainForm, WebhookForm
from app.webhooks.models import DeliveryState, Webhook

#: What makes events of lines of the trail; naming it here makes it listen.
LISTENER = noting.note

bp = Blueprint("webhooks", __name__, url_prefix="/settings/webhooks")


@bp.get("/")
@requires("webhooks:read")
def index() -> ResponseReturnValue:
    """All webhooks, or one's own."""
    return render_template("webhooks/index.html", rows=queries.list_webhooks(acting_user()), why_not=_why_not)


@bp.get("/<int:id>")
@requires("webhooks:read")
def show(id: int) -> ResponseReturnValue:
    """One webhook with what it was told."""
    hook, state = queries.get_webhook(id, acting_user()), _state()
    place, _is_lost = keyset.place_asked(queries.DELIVERY_ORDER)
    return render_template(
        "webhooks/show.html", hook=hook, state=state, page=queries.list_deliveries(hook, state, place), why_not=_why_not(hook),
        n_deliveries=queries.count_deliveries(hook, state), args=args_without("after", "before"), known_kind=known_kind,
        states=DeliveryState, now=clock.now(),
    )  # fmt: skip


@bp.route("/new", methods=["GET", "POST"])
@requires("webhooks:write")
def new() -> ResponseReturnValue:
    """Tell another program of what happens."""
    owner = _owner(acting_user())
    form = WebhookForm().offer(owner)
    if form.validate_on_submit():
        with form.attempt():
            made = operations.make_webhook(form.details(), owner, by=acting_user())
            return render_template("webhooks/secret.html", made=made)
    return render_template(
        "webhooks/new.html", form=form, owner=owner, owners=queries.list_owners()
    ), form.status


@bp.route("/<int:id>/edit", methods=["GET", "POST"])
@requires("webhooks:write")
def edit(id: int) -> ResponseReturnValue:
    """Another name, address or owner, or other kinds."""
    hook = queries.get_webhook(id, acting_user())
    owner = _owner(hook.owner)
    form = WebhookForm.about(hook).offer(owner)
    if form.validate_on_submit():
        with form.attempt():
            seen = form.seen_version
            operations.edit_webhook(hook, form.details(), owner, by=acting_user(), seen_version=seen)
            flash(_("%(name)s is saved.", name=hook.name), "ok")
            return redirect(url_for("webhooks.show", id=id), 303)
    page = render_template(
        "webhooks/edit.html", form=form, hook=hook, owner=owner, owners=queries.list_owners()
    )
    return page, form.status


@bp.get("/<int:id>/secret")
@requires("webhooks:write")
def ask_secret(id: int) -> ResponseReturnValue:
    """Whether really."""
    hook = queries.get_webhook(id, acting_user())
    return render_template(
        "webhooks/confirm.html", hook=hook, verb=_("Make a new secret"), action=url_for("webhooks.renew_secret", id=id),
        title=_("Make a new secret for %(name)s?", name=hook.name), tone="warn",
        restate=_("For 24 hours messages are signed with both, so that the other side can change over. It is shown once."),
    )  # fmt: skip


@bp.post("/<int:id>/secret")
@requires("webhooks:write")
def renew_secret(id: int) -> ResponseReturnValue:
    """Make a new secret; it is shown in the answer and never again."""
    made = operations.renew_secret(queries.get_webhook(id, acting_user()), by=acting_user())
    return render_template("webhooks/secret.html", made=made)


@bp.get("/<int:id>/end")
@requires("webhooks:write")
def ask_end(id: int) -> ResponseReturnValue:
    """Whether really."""
    hook = queries.get_webhook(id, acting_user())
    return render_template(
        "webhooks/confirm.html", hook=hook, verb=_("End it"), action=url_for("webhooks.end", id=id), tone="block",
        title=_("End %(name)s?", name=hook.name),
        restate=_("It is told nothing any more, and what waits for it is not sent. Its address and secret are forgotten."),
    )  # fmt: skip


@bp.post("/<int:id>/end")
@requires("webhooks:write")
def end(id: int) -> ResponseReturnValue:
    """Tell it nothing any more."""
    hook = operations.end_webhook(queries.get_webhook(id, acting_user()), by=acting_user())
    flash(_("%(name)s is told nothing any more.", name=hook.name), "ok")
    return redirect(url_for("webhooks.show", id=id), 303)


@bp.post("/<int:id>/pause")
@requires("webhooks:write")
def pause(id: int) -> ResponseReturnValue:
    """Send nothing for now."""
    operations.pause_webhook(queries.get_webhook(id, acting_user()), by=acting_user())
    flash(_("It is paused. What happens meanwhile waits."), "ok")
    return redirect(url_for("webhooks.show", id=id), 303)


@bp.post("/<int:id>/resume")
@requires("webhooks:write")
def resume(id: int) -> ResponseReturnValue:
    """Send again."""
    operations.resume_webhook(queries.get_webhook(id, acting_user()), by=acting_user())
    flash(_("It goes on. What waited leaves first."), "ok")
    return redirect(url_for("webhooks.show", id=id), 303)


@bp.post("/<int:id>/test")
@requires("webhooks:write")
def ping(id: int) -> ResponseReturnValue:
    """Send a test."""
    operations.ping(queries.get_webhook(id, acting_user()), by=acting_user())
    flash(_("A test is on its way. Load this page again in a moment to see what came of it."), "ok")
    return redirect(url_for("webhooks.show", id=id), 303)


@bp.route("/<int:id>/again", methods=["GET", "POST"])
@requires("webhooks:write")
def again(id: int) -> ResponseReturnValue:
    """Send the events of a span of time once more."""
    me = acting_user()
    hook, form = queries.get_webhook(id, me), AgainForm.of_yesterday(me.zone)
    if form.validate_on_submit():
        with form.attempt():
            n = operations.send_span_again(hook, form.details(me.zone), by=me)
            said = ngettext("%(num)s event is sent again.", "%(num)s events are sent again.", n)
            flash(said, "ok")
            return redirect(url_for("webhooks.show", id=id), 303)
    return render_template("webhooks/again.html", form=form, hook=hook), form.status


@bp.post("/events/<int:id>/again")
@requires("webhooks:write")
def send_again(id: int) -> ResponseReturnValue:
    """Send one event once more."""
    sent = operations.send_again(queries.get_delivery(id, acting_user()), by=acting_user())
    flash(_("It is sent again, under the id it had."), "ok")
    return redirect(url_for("webhooks.show", id=sent.webhook_id), 303)


def _state() -> DeliveryState | None:
    """The state in the address; what is none filters nothing."""
    asked = request.args.get("state", "")
    return DeliveryState(asked) if asked in set(DeliveryState) else None


def _owner(usual: User) -> User:
    """Whose rights the form is about: as the address says, or as it was."""
    number = number_asked("owner")
    return usual if number is None else accounts.get_user(number)


def _why_not(hook: Webhook) -> list[str]:
    """The kinds a webhook wants and its owner may not read now."""
    return [name for name in hook.kinds if not policies.may_hear(hook.owner, known_kind(name))]
