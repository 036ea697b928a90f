"""The history of a record: what lasted, who changed what, and bringing a value back."""

from collections.abc import Mapping, Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import restores
from app.accounts.access import acting_user, requires
from app.accounts.models import AuditEvent, User
from app.core import clock
from app.people import (
    operations_restore,
    policies_history,
    queries,
    queries_history,
    queries_restores,
    queries_spans,
)
from app.people.forms_parts import RestoreForm
from app.people.queries_history import Restorable
from app.people.views import bp, person_or_404

bp.add_app_template_filter(policies_history.done_words, "done_words")


@bp.get("/<int:id>/history")
@requires("notes:read")
def history(id: int) -> ResponseReturnValue:
    person, by = person_or_404(id), acting_user()
    page = queries_history.page_of_person(person, by, request.args.get("page", 1, type=int))
    return render_template(
        "people/history.html", person=person, found=page, spans=queries_spans.list_spans(person, by),
        groups=queries_spans.GROUPS, today=clock.today(by.zone),
    )  # fmt: skip


@bp.get("/organisations/<int:id>/history")
@requires("notes:read")
def organisation_history(id: int) -> ResponseReturnValue:
    found = queries.get_organisation(id)
    page = queries_history.page_of_organisation(found, acting_user(), request.args.get("page", 1, type=int))
    return render_template("people/organisation_history.html", organisation=found, found=page)


@bp.route("/changes/<int:id>/<column>/restore", methods=["GET", "POST"])
@requires("people:write")
def restore(id: int, column: str) -> ResponseReturnValue:
    """What it is now and what it will be; the form carries the version that is being looked at."""
    by = acting_user()
    found = queries_history.get_restorable(id, column, by)
    form = RestoreForm(data={"version": str(found.row.version)})
    if form.validate_on_submit():
        with form.attempt():
            operations_restore.restore_value(
                found, by=by, seen_version=form.seen_version, reason=form.reason.data or ""
            )
            flash(_("The value is back. The history says who brought it back."), "ok")
            return redirect(_history_of(found), 303)
    return render_template(
        "people/restore.html", form=form, found=found, back=_history_of(found)
    ), form.status


def _history_of(found: Restorable) -> str:
    if found.person is not None:
        return url_for("people.history", id=found.person.id)
    return url_for("people.organisation_history", id=found.row.id)


def _restored_at(lines: Sequence[AuditEvent], by: User) -> Mapping[int, str]:
    """For the audit trail: the history a line stands in, where its values can be brought back."""
    pages = {"person": "people.history", "organisation": "people.organisation_history"}
    holders = queries_restores.holders_of(lines, by)
    return {number: url_for(pages[kind], id=id) for number, (kind, id) in holders.items()}


restores.offer("people", _restored_at)
