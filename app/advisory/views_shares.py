"""Pages of affiliate shares: the list, one share, its steps, its statements, its payouts (A2, A4, A5)."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.accounts.models import User
from app.advisory import (
    operations_payouts,
    operations_shares,
    policies_gate,
    policies_shares,
    queries_gate,
    queries_shares,
    queries_tax,
)
from app.advisory.forms import ClearForm, ReasonForm
from app.advisory.forms_shares import (
    EndShareForm,
    PayoutForm,
    ShareContractForm,
    ShareForm,
    StatementForm,
)
from app.advisory.models_shares import AffiliateShare, ShareState, ShareStatement
from app.advisory.views import bp
from app.core import clock
from app.core.forms import number_asked, page_asked
from app.disclosures import queries as disclosures
from app.ledger import queries as ledger
from app.people import queries as people
from app.people import queries_listing as people_lists
from app.people.models import Person
from app.people.queries_listing import PersonFilter
from app.programs import queries as programs

#: Notices and duties lead to `advisory.share.show`, entries of the book to `advisory.payout.show`.
shares = Blueprint("share", __name__, url_prefix="/shares")
payouts = Blueprint("payout", __name__, url_prefix="/payouts")

#: How many people a select can hold before it is of no use.
_MOST_OFFERED = 300


@shares.get("/")
@requires("advisory:read")
def index() -> ResponseReturnValue:
    """Affiliate shares, newest first, by how far they have come."""
    by, asked = acting_user(), request.args.get("state", "")
    state = ShareState(asked) if asked in set(ShareState) else None
    return render_template(
        "advisory/shares/index.html", found=queries_shares.list_shares(by, state, page=page_asked()), state=state,
        counts=queries_shares.count_states(by), words_of_rate=policies_shares.words_of_rate, states=list(ShareState),
    )  # fmt: skip


@shares.get("/<int:id>")
@requires("advisory:read")
def show(id: int) -> ResponseReturnValue:
    """One affiliate share: its terms, the gate, statements with their calculation, payouts, duties."""
    share = _share(id)
    gate, is_stored = _gate_of(share)
    statements = queries_shares.statements_of(share)
    return render_template(
        "advisory/shares/show.html", share=share, gate=gate, is_stored=is_stored,
        ties=queries_gate.ties_among(share.person, gate, [share.filed_by]), statements=statements,
        earned={one.id: policies_shares.restore_earned(one.calculation) for one in statements},
        gone={one.reverses_id for one in statements}, payouts=queries_shares.payouts_of(share),
        due=queries_shares.due_of(share), duties=disclosures.obligations_from(operations_shares.SOURCE, share.id),
        rate=policies_shares.words_of_rate(share), holder=queries_shares.holder_of_share(share, clock.now()),
        today=clock.today(),
    )  # fmt: skip


@payouts.get("/<int:id>", endpoint="show")
@requires("advisory:read")
def show_payout(id: int) -> ResponseReturnValue:
    """One payout: the statements it was for, taxes apart, its line of the book."""
    payout = queries_shares.get_payout(id, acting_user())
    statements = queries_shares.statements_in(payout)
    return render_template(
        "advisory/shares/payout.html", payout=payout, share=_share(payout.share_id), statements=statements,
        earned={one.id: policies_shares.restore_earned(one.calculation) for one in statements},
        settled=queries_tax.settled_payout(payout),
        entry=ledger.get_entry(payout.entry_seq) if payout.entry_seq is not None else None,
    )  # fmt: skip


def _share(id: int) -> AffiliateShare:
    return queries_shares.get_share(id, acting_user())


def _gate_of(share: AffiliateShare) -> tuple[policies_gate.Gate, bool]:
    """What the gate lists: as it was approved once that is done, as it is now before."""
    stored = policies_gate.restore_gate(share.gate)
    if stored is not None and share.state is not ShareState.DRAFTED:
        return stored, True
    return queries_gate.gate_before(share.person, share.from_on), False


def _back(id: int, said: str) -> ResponseReturnValue:
    flash(said, "ok")
    return redirect(url_for("advisory.share.show", id=id), 303)


# -- steps -----------------------------------------------------------------------------------------


@shares.route("/new", methods=["GET", "POST"])
@requires("advisory:write")
def new() -> ResponseReturnValue:
    by = acting_user()
    form = ShareForm(person_id=request.args.get("person", ""))
    form.offer(
        _offered_people(by),
        [row.program for row in programs.list_programs() if not row.program.is_books_only],
    )
    if form.validate_on_submit():
        with form.attempt():
            share = operations_shares.file_share(form.details(), by=by)
            return _back(
                share.id, _("Drafted. Compliance has been asked to approve it; then comes the contract.")
            )
    return render_template("advisory/shares/new.html", form=form), form.status


def _offered_people(by: User) -> Sequence[Person]:
    """People to choose from: all when they are few, else the one the page was opened for."""
    rows = people_lists.list_all(by, PersonFilter(), _MOST_OFFERED + 1)
    found = [row.person for row in rows] if len(rows) <= _MOST_OFFERED else []
    asked = number_asked("person")
    if asked is not None and asked not in {person.id for person in found}:
        found.append(people.get_person(asked, by))
    return found


@shares.route("/<int:id>/approve", methods=["GET", "POST"])
@requires("advisory:approve")
def approve(id: int) -> ResponseReturnValue:
    share, form = _share(id), ClearForm()
    if form.validate_on_submit():
        with form.attempt():
            operations_shares.approve_share(share, reason=form.reason.data or "", by=acting_user())
            is_through = share.state is ShareState.APPROVED
            return _back(
                id, _("Approved.") if is_through else _("Noted. A second approver has to approve it too.")
            )
    share = _share(id)
    gate = queries_gate.gate_before(share.person, share.from_on)
    return render_template(
        "advisory/shares/approve.html", form=form, share=share, gate=gate, rate=policies_shares.words_of_rate(share),
        ties=queries_gate.ties_among(share.person, gate, [share.filed_by]),
    ), form.status  # fmt: skip


@shares.route("/<int:id>/refuse", methods=["GET", "POST"])
@requires("advisory:approve")
def refuse(id: int) -> ResponseReturnValue:
    """Compliance does not let it through; the record stays, with the reason."""
    share, form = _share(id), ReasonForm()
    if form.validate_on_submit():
        with form.attempt():
            operations_shares.refuse_share(share, reason=form.reason.data, by=acting_user())
            return _back(id, _("Refused. Nothing is counted or paid, and the record stays."))
    return _step("refuse", form, id), form.status


@shares.route("/<int:id>/contract", methods=["GET", "POST"])
@requires("advisory:write")
def contract(id: int) -> ResponseReturnValue:
    share, form = _share(id), ShareContractForm()
    if form.validate_on_submit():
        with form.attempt():
            operations_shares.contract_share(share, form.details(), by=acting_user())
            return _back(id, _("The contract is noted. From its first day on the share has to be disclosed."))
    return _step("contract", form, id), form.status


@shares.route("/<int:id>/end", methods=["GET", "POST"])
@requires("advisory:write")
def end(id: int) -> ResponseReturnValue:
    share, form = _share(id), EndShareForm()
    if form.validate_on_submit():
        with form.attempt():
            last, why = form.last_on.data, form.reason.data
            operations_shares.end_share(share, last_on=last, reason=why, by=acting_user())
            return _back(id, _("Ended. What was counted until then is still paid."))
    return _step("end", form, id), form.status


def _step(page: str, form: ReasonForm | ShareContractForm | EndShareForm, id: int) -> str:
    share = _share(id)
    rate = policies_shares.words_of_rate(share)
    return render_template(f"advisory/shares/{page}.html", form=form, share=share, rate=rate)


# -- statements and payouts --------------------------------------------------------------------------


@shares.route("/<int:id>/statements/new", methods=["GET", "POST"])
@requires("advisory:write")
def new_statement(id: int) -> ResponseReturnValue:
    share = _share(id)
    begins, ends = policies_shares.next_days(share, queries_shares.statements_of(share))
    form = StatementForm(currency=share.currency, from_on=begins, to_on=ends)
    if form.validate_on_submit():
        with form.attempt():
            made = operations_payouts.record_statement(share, form.details(), by=acting_user())
            return _back(
                id, _("Noted: %(how)s.", how=policies_shares.restore_earned(made.calculation).sentence)
            )
    share = _share(id)
    return render_template(
        "advisory/shares/new_statement.html",
        form=form,
        share=share,
        rate=policies_shares.words_of_rate(share),
    ), form.status


@shares.route("/statements/<int:id>/reverse", methods=["GET", "POST"])
@requires("advisory:write")
def reverse_statement(id: int) -> ResponseReturnValue:
    """A wrong statement is taken back by a line of its own."""
    by = acting_user()
    statement, form = queries_shares.get_statement(id, by), ReasonForm()
    if form.validate_on_submit():
        with form.attempt():
            operations_payouts.reverse_statement(statement, reason=form.reason.data, by=by)
            return _back(
                statement.share_id, _("Taken back. Both lines stay to be seen; make the right one now.")
            )
    statement = queries_shares.get_statement(id, by)
    return render_template(
        "advisory/shares/reverse_statement.html",
        form=form,
        statement=statement,
        share=_share(statement.share_id),
    ), form.status


@shares.route("/<int:id>/pay", methods=["GET", "POST"])
@requires("advisory:write")
def pay(id: int) -> ResponseReturnValue:
    share = _share(id)
    form = PayoutForm(currency=share.currency, payee=share.contract_party).offer(_payable(share))
    if form.validate_on_submit():
        with form.attempt():
            made = operations_payouts.pay_share(share, form.details(), by=acting_user())
            paid = {"amount": made.amount, "entry_seq": made.entry_seq}
            return _back(
                id, _("Paid: %(amount)s. It is entry %(entry_seq)s of the ledger, on the cash leg.", **paid)
            )
    share = _share(id)
    return render_template(
        "advisory/shares/pay.html",
        form=form,
        share=share,
        due=queries_shares.due_of(share),
        payable=_payable(share),
    ), form.status


def _payable(share: AffiliateShare) -> list[ShareStatement]:
    """Statements without a payout that count; the corrections come along by themselves."""
    known = policies_shares.standing(queries_shares.statements_of(share))
    return [one for one in known if one.payout_id is None]


bp.register_blueprint(shares)
bp.register_blueprint(payouts)
