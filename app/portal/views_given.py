"""What a person says about their own lines: right, wrong, taken back; and their statement on paper (L13, c38)."""

from datetime import date

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core import clock
from app.core.db import transaction
from app.core.downloads import download
from app.core.errors import NotFound
from app.core.forms import row_number
from app.core.i18n import day
from app.people.models import Person
from app.periods import exports, operations, policies, queries_disputes, statements
from app.periods.statements import Statement
from app.portal import exports as own_exports
from app.portal import queries_given, words
from app.portal.entering import of_person
from app.portal.forms import DisputeForm, EmptyForm
from app.portal.views import bp, page_of


@bp.route("/given/<int:seq>", methods=["GET", "POST"])
@of_person
def given_line(person: Person, seq: int) -> ResponseReturnValue:
    """One line of theirs, and the form to say that it is wrong."""
    line = queries_given.get_line(person, seq)
    form = DisputeForm(data={"currency": line.original.currency if line.original else "GBP"})
    if form.validate_on_submit():
        with form.attempt():
            dispute = operations.dispute_line(person, form.details(seq))
            flash(_thanks(dispute.is_late, dispute.due_on), "ok")
            return redirect(url_for("portal.given_line", seq=seq), 303)
    return _line_page(person, seq, form, EmptyForm(formdata=None))


def _thanks(is_late: bool, due_on: date) -> str:
    until = day(due_on)
    if is_late:
        late = _(
            "Thank you. The report of these days is closed already, so what comes of it is put right in the days that "
            "are open now. You get an answer by %(day)s.",
            day=until,
        )
        return str(late)
    return str(_("Thank you. We look into it; you get an answer by %(day)s.", day=until))


@bp.post("/given/<int:seq>/confirm")
@of_person
def confirm_line(person: Person, seq: int) -> ResponseReturnValue:
    """This line is right."""
    form = EmptyForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.confirm_line(person, seq)
            flash(_("Thank you. It is noted that this line is right."), "ok")
            return redirect(url_for("portal.given"), 303)
    return _line_page(person, seq, DisputeForm(formdata=None), form)


@bp.post("/given/<int:seq>/withdraw")
@of_person
def withdraw_dispute(person: Person, seq: int) -> ResponseReturnValue:
    """What they said against this line does not hold any more."""
    form = EmptyForm()
    line = queries_given.get_line(person, seq)
    if line.dispute is None:
        raise policies.no_such_line()
    if form.validate_on_submit():
        with form.attempt():
            operations.withdraw_dispute(person, queries_disputes.get_dispute(line.dispute.id))
            flash(_("Taken back. The line stays as it is."), "ok")
            return redirect(url_for("portal.given_line", seq=seq), 303)
    return _line_page(person, seq, DisputeForm(formdata=None), form)


def _line_page(person: Person, seq: int, form: DisputeForm, button: EmptyForm) -> ResponseReturnValue:
    line = queries_given.get_line(person, seq)
    if not form.currency.data and line.original is not None:
        form.currency.data = line.original.currency
    earlier = [
        one
        for one in queries_given.list_said(person, seq)
        if line.dispute is None or one.id != line.dispute.id
    ]
    page = page_of(
        "given_line", person, line=line, form=form, button=button, said=words.of_lines(), earlier=earlier
    )
    return page, max(form.status, button.status)


@bp.get("/given/statement.pdf")
@of_person
def statement(person: Person) -> ResponseReturnValue:
    """Everything of one year on paper; that it was opened is written down (c38)."""
    asked = _year(person)
    title = _("Statement %(year)s: %(name)s", year=asked, name=person.name)
    content = exports.statement_pdf(_statement(person, asked), title, words.of_lines())
    return _handed_out(person, content, asked, "pdf")


@bp.get("/given/statement.csv")
@of_person
def statement_table(person: Person) -> ResponseReturnValue:
    """The same as a table (c38)."""
    asked = _year(person)
    content = own_exports.statement_csv(_statement(person, asked), words.of_lines())
    return _handed_out(person, content, asked, "csv")


def _year(person: Person) -> int:
    asked = row_number(request.args.get("year")) or clock.today(person.zone).year
    if not 1990 <= asked <= 2100:
        raise NotFound(_("There is no such year."))
    return asked


def _statement(person: Person, year: int) -> Statement:
    return statements.statement_of(person, date(year, 1, 1), date(year, 12, 31))


def _handed_out(person: Person, content: bytes, year: int, format: str) -> ResponseReturnValue:
    with transaction():
        operations.record_export("statement", str(person.id), format, by=None)
    return download(content, f"statement-{year}.{format}")
