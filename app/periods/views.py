"""Pages of periods: the list, one with its steps, closing, reports; disputes and statements apart."""

from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import clock
from app.core.db import transaction
from app.core.downloads import download
from app.core.forms import BaseForm, args_without, number_asked, page_asked
from app.periods import (
    blockers,
    exports,
    operations,
    policies,
    queries,
    queries_disputes,
    queries_owners,
)
from app.periods.forms import PeriodForm, ReissueForm, StepForm, next_first_day
from app.periods.models import Period
from app.periods.policies_as_of import AsOfRefused, parse_as_of
from app.periods.rows import Mark, sums_of

bp = Blueprint("periods", __name__, url_prefix="/periods")

N_PER_PAGE = 50


@bp.get("/")
@requires("periods:read")
def index() -> ResponseReturnValue:
    found = queries.list_periods()
    return render_template(
        "periods/index.html", periods=found, waiting=queries_disputes.count_waiting(found), today=clock.today(),
        review_from=policies.review_from,
    )  # fmt: skip


@bp.route("/new", methods=["GET", "POST"])
@requires("periods:write")
def new() -> ResponseReturnValue:
    last = next((one.to_on for one in queries.list_periods() if one.kind.value == "quarter"), None)
    form = PeriodForm(data={"kind": "quarter", "from_on": next_first_day(last, clock.today())})
    if form.validate_on_submit():
        with form.attempt():
            period = operations.open_period(form.details(), by=acting_user())
            flash(_("%(period)s is open.", period=period.name), "ok")
            return redirect(url_for("periods.show", id=period.id), 303)
    return render_template("periods/new.html", form=form), form.status


@bp.get("/<int:id>")
@requires("periods:read")
def show(id: int) -> ResponseReturnValue:
    """One period: where it stands, its sums, disputes, adjustments, reports."""
    period, (as_of, refusal) = queries.get_period(id), _as_of_asked()
    report, disputes = queries.report_of(period, None, as_of=as_of), queries_disputes.list_disputes(period)
    return render_template(
        "periods/show.html", period=period, report=report, sums=report.sums, issues=queries.list_issues(period),
        attestations=queries.attestations(period), disputes=disputes,
        holders=queries_owners.holders_of_disputes(disputes, clock.now()),
        adjustments=queries.adjustments_in(period), today=clock.today(), review_from=policies.review_from(period),
        is_closed=period.state in policies.CLOSED, has_news=any(row.mark is not Mark.UNCHANGED for row in report.rows),
        as_of=as_of, refusal=refusal,
    ), 422 if refusal else 200  # fmt: skip


@bp.route("/<int:id>/review", methods=["GET", "POST"])
@requires("periods:write")
def review(id: int) -> ResponseReturnValue:
    """Send everybody the link to their own lines."""
    period, form = queries.get_period(id), StepForm()
    if form.validate_on_submit():
        with form.attempt():
            _tell(operations.open_review(period, by=acting_user()), period)
            return redirect(url_for("periods.show", id=id), 303)
    sums = queries.report_of(queries.get_period(id), None).sums
    page = render_template(
        "periods/review.html",
        period=queries.get_period(id),
        form=form,
        sums=sums,
        from_on=policies.review_from(period),
    )
    return page, form.status


def _tell(done: operations.ReviewOpened, period: Period) -> None:
    flash(
        _(
            "The review of %(period)s is open: %(n_told)s people have their link.",
            period=period.name,
            n_told=done.n_told,
        ),
        "ok",
    )
    if done.untold:
        flash(
            _("%(n)s could not be written to; compliance has a notice with their names.", n=len(done.untold)),
            "warn",
        )


# -- closing ------------------------------------------------------------------------------------------------


@bp.get("/<int:id>/close")
@requires("periods:read")
def close(id: int) -> ResponseReturnValue:
    """The list of what must not be left, the attestations, the lock."""
    return _closing_page(id, StepForm(), ReissueForm(formdata=None))


@bp.post("/<int:id>/attest")
@requires("periods:attest")
def attest(id: int) -> ResponseReturnValue:
    form = StepForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.attest(queries.get_period(id), by=acting_user())
            flash(_("You attested these lines: timely, accurate, complete."), "ok")
            return redirect(url_for("periods.close", id=id), 303)
    return _closing_page(id, form, ReissueForm(formdata=None))


@bp.post("/<int:id>/lock")
@requires("periods:write")
def lock(id: int) -> ResponseReturnValue:
    form = StepForm()
    if form.validate_on_submit():
        with form.attempt():
            issue = operations.lock_period(queries.get_period(id), by=acting_user())
            flash(
                _(
                    "%(period)s is locked, and its report is issued. Later corrections are adjustments.",
                    period=issue.period.name,
                ),
                "ok",
            )
            return redirect(url_for("periods.report", id=id, issue=issue.number), 303)
    return _closing_page(id, form, ReissueForm(formdata=None))


@bp.post("/<int:id>/reissue")
@requires("periods:write")
def reissue(id: int) -> ResponseReturnValue:
    form = ReissueForm()
    if form.validate_on_submit():
        with form.attempt():
            issue = operations.reissue(queries.get_period(id), reason=form.reason.data, by=acting_user())
            flash(
                _(
                    "Report %(issue)s of %(period)s is issued; its lines are marked.",
                    issue=issue.number,
                    period=issue.period.name,
                ),
                "ok",
            )
            return redirect(url_for("periods.report", id=id, issue=issue.number), 303)
    return _closing_page(id, StepForm(formdata=None), form)


def _closing_page(id: int, form: BaseForm, again: ReissueForm) -> ResponseReturnValue:
    """The page of the closing with whatever was refused on it."""
    period, by = queries.get_period(id), acting_user()
    now = queries.stands(period)
    _names, people = queries.people_behind(row.line.subject_id for row in now.rows.values())
    page = render_template(
        "periods/close.html", period=period, form=form, again=again, now=now, sums=sums_of(now.rows.values(), people),
        checks=blockers.checks(period.from_on, period.to_on), standing=queries.attestations(period, now.content_hash),
        earlier=queries.attestations(period), has_news=queries.has_news(period, now), is_closed=period.state in policies.CLOSED,
        is_attested=policies.is_attested(queries.attestations(period, now.content_hash)), today=clock.today(), by=by,
        may_attest=by.role in policies.ATTESTING,
    )  # fmt: skip
    return page, max(form.status, again.status)


# -- reports ------------------------------------------------------------------------------------------------


@bp.get("/<int:id>/report")
@requires("periods:read")
def report(id: int) -> ResponseReturnValue:
    """A report that was issued (`issue`), or the lines as they stand against it; one mark or all."""
    period, (as_of, refusal) = queries.get_period(id), _as_of_asked()
    found = _report_asked(period, as_of)
    asked = request.args.get("mark", "")
    shown = [row for row in found.rows if not asked or row.mark.value == asked]
    page = min(page_asked(), max(1, -(-len(shown) // N_PER_PAGE)))
    return render_template(
        "periods/report.html", period=period, report=found, sums=found.sums, marks=list(Mark), mark=asked,
        shown=shown[(page - 1) * N_PER_PAGE : page * N_PER_PAGE], total=len(shown), page=page, args=args_without("page"),
        has_next=page * N_PER_PAGE < len(shown), issues=queries.list_issues(period),
        notes=exports.notes_of(found), form=StepForm(), as_of=None if found.issue else as_of, refusal=refusal,
    ), 422 if refusal else 200  # fmt: skip


def _report_asked(period: Period, as_of: datetime | None) -> queries.Report:
    """The report the address names; without a number the lines as they stand, or stood at an instant (L14)."""
    number = number_asked("issue")
    return queries.report_of(period, queries.get_issue(period, number) if number else None, as_of=as_of)


def _as_of_asked() -> tuple[datetime | None, str]:
    """The instant in the address, and what is wrong with it if it cannot be used."""
    text = request.args.get("as_of", "").replace(" ", "+")
    try:
        return parse_as_of(text, acting_user().zone, clock.now()), ""
    except AsOfRefused as refusal:
        return None, refusal.message


@bp.get("/<int:id>/report/export/<any(csv, xlsx, pdf):format>")
@requires("reports:export")
def export_report(id: int, format: exports.Format) -> ResponseReturnValue:
    """The same as a file; that somebody took it is written down once it is there (R4)."""
    as_of, refusal = _as_of_asked()
    if refusal:
        raise AsOfRefused(refusal)
    found = _report_asked(queries.get_period(id), as_of)
    content = exports.report_file(found, format)
    with transaction():
        operations.record_export("period", str(id), format, by=acting_user())
    return download(content, exports.file_name(found, format))


@bp.post("/<int:id>/issues/<int:number>/publish")
@requires("periods:write")
def publish(id: int, number: int) -> ResponseReturnValue:
    """Note that a report went out."""
    issue, form = queries.get_issue(queries.get_period(id), number), StepForm()
    if form.validate_on_submit():
        with form.attempt():
            operations.publish_issue(issue, by=acting_user())
            flash(_("Report %(number)s is noted as published.", number=number), "ok")
            return redirect(url_for("periods.report", id=id, issue=number), 303)
    for message in form.form_errors:
        flash(str(message), "warn")
    return redirect(url_for("periods.report", id=id, issue=number), 303)


from app.periods import views_disputes, views_people  # noqa: E402, F401 -- they add their pages to `bp`

bp.register_blueprint(views_disputes.bp)
