"""Pages of a reviewer's quarter: the figures, the rows behind those that no other list holds, the files (J9.3)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from msgspec import Struct
from msgspec.structs import replace

from app.accounts.access import acting_user, requires
from app.accounts.models import User
from app.core.db import transaction
from app.core.downloads import download
from app.core.forms import args_without, page_asked
from app.programs import queries as programs
from app.programs.models import Program
from app.programs.queries_spans import Span
from app.reports import (
    exports,
    exports_quarter,
    gallery,
    operations,
    policies,
    queries_again,
    queries_quarter,
)
from app.reports.asking import days_offered, read_asked
from app.reports.gallery import Ask
from app.reports.gallery_own import QUARTER, program_or_first
from app.reports.links import rows_url
from app.reports.methodology_quarter import quarter_notes
from app.reports.pages import N_PER_PAGE
from app.reports.papers import is_long
from app.reports.quarter import QuarterReport
from app.reports.views import bp
from app.reports.views_saved import kept_of
from app.reports.words_quarter import figure_rows, reason_words


class Asked(Struct, frozen=True):
    """What the address asks for, and what is wrong with it if it cannot be used."""

    program: Program | None
    days: policies.Days
    as_of: datetime | None
    refusal: str
    #: The same for another address.
    args: Mapping[str, Any]
    #: As reports of the gallery are asked.
    whole: gallery.Asked


@bp.get("/reports/quarter")
@requires("reports:read")
def quarter() -> ResponseReturnValue:
    """Some days of a program with every figure its reviewer signs; each opens its rows."""
    asked, shown = asked_for(), programs.list_programs()
    if asked.program is None:
        return render_template("reports/quarter_none.html")
    report = queries_quarter.quarter_report(asked.program, asked.days, as_of=asked.as_of)
    page = min(page_asked(), max(1, -(-len(report.people) // N_PER_PAGE)))
    return render_template(
        "reports/quarter.html", report=report, asked=asked, programs=[row.program for row in shown], figures=figure_rows(report),
        urls=_urls(report, asked), choices=choices_for(asked),
        issues=queries_quarter.issues_of(asked.days), people=report.people[(page - 1) * N_PER_PAGE : page * N_PER_PAGE],
        page=page, is_long=is_long, rows_url=rows_url, **kept_of(QUARTER, asked.whole), args=args_without("page"),
        has_next=page * N_PER_PAGE < len(report.people),
    ), 422 if asked.refusal else 200  # fmt: skip


@bp.get("/reports/quarter/export/<any(pdf, xlsx, csv, json):format>")
@requires("reports:export")
def export_quarter(format: exports.Format) -> ResponseReturnValue:
    """The same report as a file; that somebody took it is written down once it is there (R4)."""
    asked = asked_for()
    if asked.refusal or asked.program is None:
        raise policies.DaysRefused(asked.refusal or _("There is no program to report on."))
    report = queries_quarter.quarter_report(asked.program, asked.days, as_of=asked.as_of)
    content = exports_quarter.quarter_file(report, format)
    with transaction():
        operations.record_export(
            "quarter",
            ref=f"{report.program_id} {asked.days}",
            format=format,
            as_of=asked.as_of,
            by=acting_user(),
        )
    return download(content, exports_quarter.file_name(report, format))


@bp.get("/reports/quarter/invited")
@requires("reports:read")
def quarter_invited() -> ResponseReturnValue:
    """Who was invited to an event of these days, what they said no to, and whether they were invited again (O2)."""
    asked = asked_for()
    if asked.program is None:
        return render_template("reports/quarter_none.html")
    invited = queries_again.invited_in(_span(asked, asked.program))
    group, (decliners, others) = request.args.get("group", ""), queries_again.count_again(invited)
    return render_template(
        "reports/quarter_invited.html", program=asked.program, name=queries_quarter.name_of_days(asked.days), asked=asked,
        found=[one for one in invited if not group or one.is_decliner is (group == "decliners")], group=group,
        decliners=decliners, others=others, is_telling=policies.is_telling(decliners.n_people, others.n_people),
        notes=quarter_notes(), reason_words=reason_words,
    )  # fmt: skip


@bp.get("/reports/quarter/goals")
@requires("reports:read")
def quarter_goals() -> ResponseReturnValue:
    """The goals of a program that were written after their first name (G1)."""
    asked = asked_for()
    if asked.program is None:
        return render_template("reports/quarter_none.html")
    span = _span(asked, asked.program)
    return render_template(
        "reports/quarter_goals.html", program=asked.program, name=queries_quarter.name_of_days(asked.days), asked=asked,
        found=queries_quarter.goals_after(asked.program, span), n_goals=len(queries_quarter.goals_of(asked.program, span)),
    )  # fmt: skip


def _span(asked: Asked, program: Program) -> Span:
    """The days as every count of the quarter narrows to them."""
    return Span(program.id, asked.days.from_on, asked.days.to_on, asked.as_of)


def asked_for() -> Asked:
    """What the address asks for."""
    return asked_by(request.args, acting_user())


def asked_by(args: Mapping[str, str], by: User) -> Asked:
    """What some arguments ask for; the usual days where they cannot be read, with the refusal."""
    found = read_asked(QUARTER, args, by)
    asked = replace(found.asked, program=program_or_first(found.asked))
    assert asked.days is not None  # noqa: S101 -- the usual ones stand in
    return Asked(asked.program, asked.days, asked.as_of, found.refusal, asked.settings, asked)


def choices_for(asked: Asked) -> Sequence[tuple[str, str]]:
    """The days offered, those of the address among them, with their names."""
    return days_offered(asked.days, asked.args.get(Ask.DAYS.value, ""))


def _urls(report: QuarterReport, asked: Asked) -> Mapping[str, str]:
    """Where each figure leads: the list of its room, narrowed to exactly its rows."""
    span, args = report.span.address(), asked.args
    book = {
        "program_id": report.program_id, "from_on": report.from_on, "to_on": report.to_on, "as_of": report.asked_as_of,
    }  # fmt: skip
    return {
        "received": rows_url(**book, leg="non_cash", is_declined=False), "cash": rows_url(**book, leg="cash"),
        "top": "#people", "declined": rows_url(**book, is_declined=True),
        "disputes": url_for("periods.disputes.index", **span),
        "labels": url_for("disclosures.publications", **span), "reminders": url_for("disclosures.remedies", **span),
        "drafts": url_for("disclosures.drafts", **span), "stopped": url_for("outreach.stops", **span),
        "overridden": url_for("outreach.stops", state="released", **span),
        "goals_after": url_for("reports.quarter_goals", **args),
        "again_decliners": url_for("reports.quarter_invited", group="decliners", **args),
        "again_others": url_for("reports.quarter_invited", group="others", **args),
    }  # fmt: skip
