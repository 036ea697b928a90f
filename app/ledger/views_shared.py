"""Pages of shared costs: the bill, the heads, who did not come (L3)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.accounts.models import User
from app.core.forms import number_asked
from app.core.money import total
from app.ledger import operations, policies, queries, queries_events
from app.ledger.forms import AbsentForm, SharedCostForm
from app.people import queries_listing as people

bp = Blueprint("shared", __name__, url_prefix="/shared")


@bp.get("/")
@requires("ledger:read")
def index() -> ResponseReturnValue:
    return render_template("ledger/shared/index.html", rows=queries.list_shared_costs())


@bp.route("/new", methods=["GET", "POST"])
@requires("ledger:record")
def new() -> ResponseReturnValue:
    by = acting_user()
    # Opened from an event, the bill is of that event and its program, on its day.
    event = queries_events.find_event(number_asked("event"))
    begun = (
        {"event_id": str(event.id), "program_id": str(event.program_id), "value_on": event.on}
        if event
        else {}
    )
    form = SharedCostForm(data=begun).offer(queries.list_programs(), queries_events.list_events())
    if form.validate_on_submit():
        with form.attempt():
            shared = operations.record_shared_cost(form.details(_named(form.names(), by)), by=by)
            said = {"shared": shared.title, "cost": shared.cost, "n": len(shared.heads)}
            flash(_("%(shared)s: %(cost)s shared by %(n)s.", **said), "ok")
            return redirect(url_for("ledger.shared.show", id=shared.id), 303)
    return render_template("ledger/shared/new.html", form=form), form.status


@bp.get("/<int:id>")
@requires("ledger:read")
def show(id: int) -> ResponseReturnValue:
    shared = queries.get_shared_cost(id)
    currency = shared.cost.currency
    people_part = total((shared.share_of(head) for head in shared.heads if head.person_id), currency)
    host_part = total((shared.share_of(head) for head in shared.heads if not head.person_id), currency)
    return render_template(
        "ledger/shared/show.html",
        shared=shared,
        people_part=people_part,
        host_part=host_part,
        event=queries_events.find_event(shared.event_id),
    )


@bp.route("/<int:id>/absent", methods=["GET", "POST"])
@requires("ledger:record")
def absent(id: int) -> ResponseReturnValue:
    """Who of those at the table did not come, all at once: shares change once, whatever their number."""
    shared = queries.get_shared_cost(id)
    there = [head for head in shared.heads if head.took_part]
    form = AbsentForm(data={"heads": request.args.getlist("head")}).offer(there)
    if form.validate_on_submit():
        with form.attempt():
            ticked = set(form.heads.data)
            operations.mark_absent(
                shared, [head for head in there if str(head.id) in ticked], by=acting_user()
            )
            flash(_("Shared anew among those who came; the old shares stay as reversed entries."), "ok")
            return redirect(url_for("ledger.shared.show", id=id), 303)
    return render_template(
        "ledger/shared/absent.html", form=form, shared=shared, n_there=len(there)
    ), form.status


def _named(names: list[str], by: User) -> list[int]:
    """The people behind typed names; the message names every one that is unknown or not alone with it."""
    found, wrong = [], []
    for name in names:
        alike = people.find_by_name(by, name)
        same = [person for person in alike if person.name.casefold() == name.casefold()] or list(alike)
        if len(same) == 1:
            found.append(same[0].id)
        else:
            wrong.append(f"“{name}” {'fits more than one person' if same else 'is nobody here'}")
    if wrong:
        raise policies.SharedCostRefused(
            _("Write the names as on their pages: %(wrong)s.", wrong="; ".join(wrong)), field="people"
        )
    return found
