"""Pages of badges: who has one, what it says, and the sheets to print."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import clock
from app.core.downloads import download
from app.core.forms import BaseForm
from app.events import exports_badges, operations_badges, queries, queries_badges, queries_comers
from app.events.forms_day import BadgeForm, typed_badge
from app.events.models import Event
from app.events.views import bp, event_tabs


@bp.get("/<int:id>/badges")
@requires("events:write")
def badges(id: int) -> ResponseReturnValue:
    return _badges_page(queries.get_event(id, acting_user()), BaseForm())


@bp.post("/<int:id>/badges/print")
@requires("events:write")
def print_badges(id: int) -> ResponseReturnValue:
    """The sheets; making them makes new codes, so it is never a GET."""
    by, form = acting_user(), BaseForm()
    event = queries.get_event(id, by)
    asked = frozenset(request.form.getlist("ids")[:2000])
    if form.validate_on_submit():
        with form.attempt():
            exports_badges.require_badges()
            printed = operations_badges.print_badges(event, asked, by=by)
            return download(
                exports_badges.badges_pdf(event, printed), f"badges-{clock.today(event.zone)}.pdf"
            )
    return _badges_page(event, form)


@bp.route("/invitations/<int:id>/badge", methods=["GET", "POST"])
@bp.route("/guests/<int:guest_id>/badge", methods=["GET", "POST"])
@requires("events:write")
def badge(id: int | None = None, guest_id: int | None = None) -> ResponseReturnValue:
    found = queries_comers.get_comer(id, guest_id, acting_user())
    known = queries_badges.badge_of(found)
    form = BadgeForm(data=typed_badge(found, known))
    if form.validate_on_submit():
        with form.attempt():
            by, seen = acting_user(), form.seen_version
            operations_badges.edit_badge(found, form.details(), by=by, seen_version=seen)
            flash(_("Saved. Print this badge again if it was printed before."), "ok")
            return redirect(url_for("events.badges", id=found.event_id), 303)
    return render_template("events/badge.html", form=form, comer=found, badge=known), form.status


def _badges_page(event: Event, form: BaseForm) -> ResponseReturnValue:
    rows = queries_badges.list_badge_rows(event, acting_user())
    page = render_template("events/badges.html", event=event, tabs=event_tabs(event), rows=rows, form=form)
    return page, form.status
