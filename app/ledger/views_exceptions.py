"""Pages of approvals: the queue with the rule quoted, the register and its files, asking, deciding, withdrawing (L8)."""

from collections.abc import Mapping
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import clock
from app.core.db import transaction
from app.core.downloads import download
from app.core.forms import BaseForm, args_without, number_asked
from app.core.sheets import SheetFormat
from app.ledger import exports, operations, policies, policies_approvals, queries, queries_approvals
from app.ledger.forms import DecisionForm, ExceptionForm
from app.ledger.models import RuleException
from app.ledger.queries import RegisterFilter
from app.ledger.queries_approvals import REGISTER_STATES
from app.people import queries as people

bp = Blueprint("exceptions", __name__, url_prefix="/exceptions")


@bp.get("/")
@requires("ledger:read")
def index() -> ResponseReturnValue:
    """What waits, each with its rule; below it the register."""
    today, asked = clock.today(), _filter(request.args)
    return render_template(
        "ledger/exceptions/index.html", waiting=queries.list_waiting(), ending=queries.list_ending(today),
        rows=queries.list_register(asked, today), rules=queries.rule_words(), today=today, asked=asked, states=REGISTER_STATES,
        is_expired=policies_approvals.is_expired, is_ending=policies_approvals.is_ending, args=args_without(),
        approvers=policies_approvals.APPROVER_WORDS,
    )  # fmt: skip


@bp.get("/register.<any(csv, xlsx):format>")
@requires("reports:export")
def export(format: SheetFormat) -> ResponseReturnValue:
    """The register as it is narrowed on the screen; the export is written into the audit trail (R4)."""
    today = clock.today()
    rows = queries.list_register(_filter(request.args), today)
    content = exports.register_file(rows, queries.rule_words(), today, format)
    # Reading stays reading: this one line is written in a transaction of its own, after the file was made.
    with transaction():
        operations.record_register_export(format, len(rows), by=acting_user())
    return download(content, f"exceptions-{today}.{format}")


@bp.route("/new", methods=["GET", "POST"])
@requires("ledger:record")
def new() -> ResponseReturnValue:
    by = acting_user()
    asked = {"person_id": request.args.get("person", ""), "rule": request.args.get("rule", "")}
    form = ExceptionForm(data=asked).offer(queries.list_recipients(by), _caps().items())
    if form.validate_on_submit():
        with form.attempt():
            made = operations.ask_exception(form.details(), by=by)
            flash(_("Compliance has been asked. Nothing may be booked before the answer."), "ok")
            return redirect(url_for("ledger.exceptions.show", id=made.id), 303)
    return render_template("ledger/exceptions/new.html", form=form), form.status


@bp.route("/<int:id>", methods=["GET", "POST"])
@requires("ledger:read")
def show(id: int) -> ResponseReturnValue:
    """One request with its answer; the form decides, and the operation knows who may (L8, R2)."""
    asked, form = queries.get_exception(id), DecisionForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.decide_exception(
                asked, is_granted=form.is_granted, reason=form.reason.data, is_law_confirmed=form.is_law_confirmed.data,
                by=acting_user(),
            )  # fmt: skip
            flash(_("Decided; the one who asked has been told."), "ok")
            return redirect(url_for("ledger.exceptions.index"), 303)
    return _page(queries.get_exception(id), form)


@bp.post("/<int:id>/withdraw")
@requires("ledger:record")
def withdraw(id: int) -> ResponseReturnValue:
    """Take a question back before it is answered."""
    form = BaseForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.withdraw_exception(queries.get_exception(id), by=acting_user())
            flash(_("Withdrawn. The question stays in the register."), "ok")
            return redirect(url_for("ledger.exceptions.index"), 303)
    return _page(queries.get_exception(id), form)


def _page(asked: RuleException, form: BaseForm) -> ResponseReturnValue:
    today = clock.today()
    by, owner = acting_user(), people.owner_of(asked.person)
    refused = policies.why_not(asked, by, owner, today)
    page = render_template(
        "ledger/exceptions/show.html", asked=asked, form=form, rules=queries.rule_words(), today=today, refused=refused,
        earlier=queries.earlier_versions(asked), later=queries.later_version(asked), is_expired=policies_approvals.is_expired,
        is_official=asked.rule == "public_official", may_decide=queries_approvals.may_decide(asked, by, owner),
        approver=policies_approvals.APPROVER_WORDS[asked.approver],
    )  # fmt: skip
    return page, form.status


def _filter(args: Mapping[str, str]) -> RegisterFilter:
    """What the address narrows the register to; what cannot be read narrows nothing."""
    state, rule = args.get("state", ""), args.get("rule", "")
    return RegisterFilter(
        state if state in REGISTER_STATES else "", rule if rule in queries.rule_words() else "", number_asked("person_id"),
        _day(args.get("from_on", "")), _day(args.get("to_on", "")),
    )  # fmt: skip


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _caps() -> dict[int, str]:
    return {cap.id: policies.cap_rule(cap) for cap in queries.list_caps()}
