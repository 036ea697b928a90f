"""Pages of disputes: the list, one with its line, and the decision (L13, c39)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import clock
from app.core.i18n import day
from app.ledger import queries as ledger
from app.ledger.models import Entry
from app.periods import operations, queries, queries_disputes, queries_owners
from app.periods.forms import DecisionForm
from app.periods.models import WAITING, DisputeState
from app.programs.queries_spans import span_asked

bp = Blueprint("disputes", __name__, url_prefix="/disputes")


@bp.get("/")
@requires("periods:read")
def index() -> ResponseReturnValue:
    """All disputes, those that wait first; by state; or exactly those behind a figure of a report."""
    asked, span = request.args.get("state", ""), span_asked(request.args)
    state = DisputeState(asked) if asked in set(DisputeState) else None
    is_resolved = asked == "resolved"
    if span.is_all and not is_resolved:
        found = queries_disputes.list_disputes(state=state)
    else:
        found = queries_disputes.list_disputes_in(span, is_resolved=is_resolved)
    return render_template(
        "periods/disputes.html", disputes=found, state=state, states=list(DisputeState), today=clock.today(),
        holders=queries_owners.holders_of_disputes(found, clock.now()), span=span, is_resolved=is_resolved,
    )  # fmt: skip


@bp.get("/<int:id>")
@requires("periods:read")
def show(id: int) -> ResponseReturnValue:
    """One dispute with its line, and what became of it."""
    return _page(id, DecisionForm(formdata=None))


@bp.post("/<int:id>/decide")
@requires("periods:resolve")
def decide(id: int) -> ResponseReturnValue:
    """The line changes, or it stays; whoever disputed it is told."""
    dispute = queries_disputes.get_dispute(id)
    entry = ledger.get_entry(dispute.entry_seq)
    form = DecisionForm().offer(entry, _others(entry))
    if form.validate_on_submit() and form.is_whole():
        with form.attempt():
            if form.is_changed:
                operations.change_lines(dispute, form.details(entry.seq), by=acting_user())
            else:
                operations.keep_line(dispute, answer=form.answer.data, by=acting_user())
            flash(_("Decided; %(person)s has been told.", person=dispute.person.name), "ok")
            return redirect(url_for("periods.disputes.show", id=id), 303)
    return _page(id, form)


def _page(id: int, form: DecisionForm) -> ResponseReturnValue:
    dispute = queries_disputes.get_dispute(id)
    entry = ledger.get_entry(dispute.entry_seq)
    form.offer(entry, _others(entry))
    if not form.is_submitted() and dispute.proposed is not None:
        form.amount.data = str(dispute.proposed.amount)
    page = render_template(
        "periods/dispute.html", dispute=dispute, entry=entry, words=ledger.sealed_words(entry) or {}, form=form,
        changes=queries_disputes.changes_of(dispute), is_waiting=dispute.state in WAITING,
        period=queries.period_of(dispute.listed_on),
        holder=queries_owners.holders_of_disputes([dispute], clock.now())[dispute.id],
        today=clock.today(), is_own=entry.by_id == acting_user().id, has_others=bool(form.also.choices),
        entered_by=ledger.name_of_user(entry.by_id), line_period=queries.period_of(entry.value_on) if entry.value_on else None,
    )  # fmt: skip
    return page, form.status


def _others(entry: Entry) -> list[tuple[int, str]]:
    """Lines that may have been shared, in words."""
    found = []
    for other in queries_disputes.lines_shared_with(entry):
        person = queries_disputes.person_of(other)
        if person is not None and other.value_on is not None:
            found.append(
                (
                    other.seq,
                    _(
                        "⁨%(person)s⁩, %(value_on)s, %(original)s (entry %(other)s)",
                        person=person.name,
                        value_on=day(other.value_on),
                        original=other.original,
                        other=other.seq,
                    ),
                )
            )
    return found
