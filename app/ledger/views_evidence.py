"""Pages beside the book: adding and opening files of an entry; loans that are out and how they end."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import clock, files
from app.core.forms import BaseForm, money_of
from app.core.money import Money
from app.ledger import operations, queries
from app.ledger.forms_evidence import (
    ConvertForm,
    EvidenceForm,
    ReturnForm,
    WriteOffDecisionForm,
    WriteOffForm,
)
from app.ledger.models import Loan
from app.ledger.views import bp, tell


@bp.route("/<int:id>/evidence", methods=["GET", "POST"])
@requires("ledger:record")
def add_evidence(id: int) -> ResponseReturnValue:
    entry, form = queries.get_entry(id), EvidenceForm()
    if form.validate_on_submit():
        with form.attempt():
            given, note = form.file.data, form.note.data or ""
            row = operations.add_evidence(
                entry, given.stream, given.filename or "", note=note, by=acting_user()
            )
            flash(
                _(
                    "%(file)s is kept with entry %(id)s.",
                    file=row.file.name if row.file else _("The file"),
                    id=id,
                ),
                "ok",
            )
            return redirect(url_for("ledger.show", id=id), 303)
    return render_template("ledger/add_evidence.html", form=form, entry=queries.get_entry(id)), form.status


@bp.get("/evidence/<int:id>")
@requires("ledger:read")
def open_evidence(id: int) -> ResponseReturnValue:
    """The file as a download; who opened it is written down."""
    row, stored = queries.get_evidence(id)
    operations.note_opening(row, by=acting_user())
    return files.download(stored)


@bp.get("/without-receipt")
@requires("ledger:read")
def without_receipt() -> ResponseReturnValue:
    return render_template("ledger/without_receipt.html", entries=queries.entries_without_receipt())


# -- loans -------------------------------------------------------------------------------------------


@bp.get("/loans")
@requires("ledger:read")
def loans() -> ResponseReturnValue:
    return render_template(
        "ledger/loans/index.html",
        rows=queries.list_loans(),
        ended=queries.list_loans(is_open=False),
        today=clock.today(),
    )


@bp.route("/<int:id>/returned", methods=["GET", "POST"])
@requires("ledger:record")
def return_loan(id: int) -> ResponseReturnValue:
    loan, form = queries.get_loan(id), ReturnForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.return_loan(loan, on=form.on.data, by=acting_user())
            flash(_("It came back; the loan has ended."), "ok")
            return redirect(url_for("ledger.show", id=id), 303)
    return _page(_("Record the return"), form, id), form.status


@bp.route("/<int:id>/write-off", methods=["GET", "POST"])
@requires("ledger:record")
def ask_write_off(id: int) -> ResponseReturnValue:
    loan, form = queries.get_loan(id), WriteOffForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.ask_write_off(loan, reason=form.reason.data, by=acting_user())
            flash(_("Compliance has been asked. Until they decide the loan stays open."), "ok")
            return redirect(url_for("ledger.show", id=id), 303)
    return _page(_("Ask to write it off"), form, id), form.status


@bp.route("/<int:id>/write-off/decide", methods=["GET", "POST"])
@requires("ledger:approve")
def decide_write_off(id: int) -> ResponseReturnValue:
    loan, form = queries.get_loan(id), WriteOffDecisionForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.decide_write_off(loan, is_granted=form.decision.data == "grant", by=acting_user())
            flash(_("Decided."), "ok")
            return redirect(url_for("ledger.show", id=id), 303)
    return _page(_("Decide on the write-off"), form, id), form.status


@bp.route("/<int:id>/keep", methods=["GET", "POST"])
@requires("ledger:record")
def convert_loan(id: int) -> ResponseReturnValue:
    """They keep it: a gift at its residual value."""
    loan = queries.get_loan(id)
    form = ConvertForm(data={"currency": loan.entry.currency})
    if form.validate_on_submit():
        with form.attempt():
            posting = operations.convert_loan(loan, residual=_typed(form), by=acting_user())
            tell(posting)
            return redirect(url_for("ledger.show", id=posting.entry.seq), 303)
    return _page(_("Turn it into a gift"), form, id), form.status


def _typed(form: BaseForm) -> Money:
    return money_of(form) or Money(0, form.currency.data)


def _page(title: str, form: BaseForm, id: int) -> str:
    loan: Loan = queries.get_loan(id)
    more: dict[str, Any] = {"loan": loan, "entry": queries.get_entry(id)}
    return render_template("ledger/loans/end.html", title=title, form=form, **more)
