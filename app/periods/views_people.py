"""The statement of one person: a tab of their record, and on paper."""

from datetime import date

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import clock
from app.core.db import transaction
from app.core.downloads import download
from app.people import queries as people
from app.periods import exports, operations, queries, statements
from app.periods.models import Period
from app.periods.views import bp


@bp.get("/people/<int:id>")
@requires("periods:read")
def for_person(id: int) -> ResponseReturnValue:
    """What a person was given in a period or a year, and what they said about each line."""
    person = people.get_person(id, acting_user())
    period, from_on, to_on = _days_asked()
    return render_template(
        "periods/for_person.html", person=person, statement=statements.statement_of(person, from_on, to_on), period=period,
        periods=queries.list_periods(), year=from_on.year,
        pdf_url=url_for("periods.statement", id=person.id, period=period.id if period else None),
    )  # fmt: skip


@bp.get("/people/<int:id>/statement.pdf")
@requires("reports:export")
def statement(id: int) -> ResponseReturnValue:
    """The same on paper."""
    by = acting_user()
    person = people.get_person(id, by)
    period, from_on, to_on = _days_asked()
    name = period.name if period else str(from_on.year)
    found = statements.statement_of(person, from_on, to_on)
    content = exports.statement_pdf(found, _("Statement %(name)s: %(person)s", name=name, person=person.name))
    with transaction():
        operations.record_export("statement", str(person.id), "pdf", by=by)
    return download(content, f"statement-{'-'.join(name.lower().split())}-{person.id}.pdf")


def _days_asked() -> tuple[Period | None, date, date]:
    """The period in the address; without one the latest that has begun, or this year."""
    today, found = clock.today(), queries.list_periods()
    asked = request.args.get("period", "")
    period = next((one for one in found if str(one.id) == asked), None)
    if period is None:
        period = next((one for one in found if one.from_on <= today), None)
    if period is None:
        return None, date(today.year, 1, 1), date(today.year, 12, 31)
    return period, period.from_on, period.to_on
