"""Pages of this room: the index, a person's tab, one engagement; needs, steps and rates apart."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.accounts.access import acting_user, requires
from app.advisory import (
    policies,
    policies_files,
    policies_gate,
    policies_rates,
    policies_shares,
    queries,
    queries_files,
    queries_gate,
    queries_owners,
    queries_shares,
    queries_tax,
)
from app.advisory.charts import gate_timeline
from app.advisory.models import Engagement, EngagementState, NeedState
from app.advisory.models_files import FilePart
from app.core import clock
from app.core.forms import args_without
from app.ledger import queries as ledger
from app.ledger.models import Entry
from app.people import queries as people

bp = Blueprint("advisory", __name__, url_prefix="/advisory")


@bp.get("/")
@requires("advisory:read")
def index() -> ResponseReturnValue:
    """What waits at which step: needs without approval first, then the engagements."""
    by = acting_user()
    asked = request.args.get("state", "")
    state = EngagementState(asked) if asked in set(EngagementState) else None
    drafts, needs = queries.list_needs(NeedState.DRAFT), queries.list_needs(NeedState.APPROVED)
    return render_template(
        "advisory/index.html", found=queries.list_engagements(by, state, page=request.args.get("page", 1, type=int)),
        state=state, counts=queries.count_states(by), drafts=drafts, args=args_without("page"),
        needs=needs, order=policies.ORDER, n_days=queries.cooling_off_days(),
        holders=queries_owners.holders_of_needs([*drafts, *needs], clock.now()),
    )  # fmt: skip


@bp.get("/people/<int:person_id>")
@requires("advisory:read")
def for_person(person_id: int) -> ResponseReturnValue:
    """The tab of a person: their engagements and what they advised."""
    person = people.get_person(person_id, acting_user())
    return render_template(
        "advisory/for_person.html", person=person, engagements=queries.engagements_of(person), advice=queries.advice_of(person),
        said=people.may_accept(person), shares=queries_shares.shares_of(person), words_of_rate=policies_shares.words_of_rate,
    )  # fmt: skip


@bp.get("/<int:id>")
@requires("advisory:read")
def show(id: int) -> ResponseReturnValue:
    """One engagement: where it stands, the gate, the calculation, the contract, the payment, the advice."""
    engagement = queries.get_engagement(id, acting_user())
    gate, is_stored = _gate_of(engagement)
    ties = queries_gate.ties_of(engagement, gate)
    calculation = policies_rates.restore_calculation(engagement.calculation)
    return render_template(
        "advisory/show.html", engagement=engagement, gate=gate, is_stored=is_stored, ties=ties, calculation=calculation,
        steps=policies.steps_of(engagement), drawing=gate_timeline(gate, is_stored=is_stored), entries=_entries(engagement),
        advice=queries.list_advice(engagement), words_of=policies_rates.units_in_words,
        holder=queries_owners.holder_of_engagement(engagement, clock.now()), files=queries_files.files_of(engagement),
        takes_files=policies_files.takes(engagement, FilePart.CONTRACT), settled=queries_tax.settled_of(engagement),
    )  # fmt: skip


def _gate_of(engagement: Engagement) -> tuple[policies_gate.Gate, bool]:
    """What the gate lists: as it was cleared once that is done, as it is now before."""
    stored = policies_gate.restore_gate(engagement.gate)
    if stored is not None and engagement.state is not EngagementState.PROPOSED:
        return stored, True
    return queries_gate.gate_of(engagement), False


def _entries(engagement: Engagement) -> list[Entry]:
    """The lines of the book that the payment became."""
    return [
        ledger.get_entry(seq)
        for seq in (engagement.entry_seq, engagement.expenses_entry_seq)
        if seq is not None
    ]


from app.advisory import (  # noqa: E402, F401 -- they add their pages to `bp`
    views_files,
    views_needs,
    views_rates,
    views_shares,
    views_steps,
)
