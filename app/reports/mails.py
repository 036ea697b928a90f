"""Mails of schedules: to colleagues who may read the report, with its key figures in words and a link.

No file goes with them: an attachment would name people in a mailbox that no erasure, no change of role and no retention
reaches. Of a report about one person not even figures are written. See docs/decisions/0031.
"""

from flask import current_app
from flask_babel import gettext as _

from app.accounts.models import User
from app.core.i18n import amount, day, number, per_cent, said, when
from app.core.lines import one_line
from app.core.models import OutboxMail
from app.core.money import Money
from app.core.sheets import Cell
from app.core.spoken import speaking_to
from app.outreach.operations_mail import PersonMail, mail_helper
from app.reports.gallery_all import get_report
from app.reports.models import ReportRun
from app.reports.runs import unpacked

#: The room within the room whose page a mail is about.
SOURCE = "reports.runs"
#: Figures written in a mail.
_MOST_FIGURES = 12


def send_run(run: ReportRun, before: ReportRun | None, reader: User) -> OutboxMail:
    """Put the mail about a run to one reader into the outbox; the same run and reader again gives the first one back."""
    with speaking_to(reader.locale):
        subject, text = _subject(run), _text(run, before, reader)
    letter = PersonMail(
        kind="report", recipient=reader.email, subject=subject, text=text, sender_name="", reply_to="",
        dedup_key=f"report-schedule:{run.schedule_id}:{run.month}:{reader.id}",
    )  # fmt: skip
    return mail_helper(letter, source=(SOURCE, run.id))


def _subject(run: ReportRun) -> str:
    name = run.view.name if run.view else get_report(run.report).title()
    return one_line(f"{name}, {run.month}")[:200]


def _text(run: ReportRun, before: ReportRun | None, reader: User) -> str:
    report, base = get_report(run.report), current_app.config["BASE_URL"]
    lines = [
        _("%(report)s, counted on %(as_of)s.", report=report.title(), as_of=when(run.as_of, reader.zone))
    ]
    if run.person_id is None:
        lines += ["", _("It is of %(about)s.", about=run.about), "", *_figures(run)]
    if run.period:
        lines += ["", run.period]
    lines += ["", _("The report, its lines and files: %(base)s/reports/runs/%(run)s", base=base, run=run.id)]
    if before is not None:
        lines += [
            _(
                "What changed since %(made_at)s: "
                "%(base)s/reports/runs/compare?before=%(before)s&after=%(run)s",
                made_at=day(before.made_at.date()),
                base=base,
                before=before.id,
                run=run.id,
            )
        ]
    owner = run.made_by.name
    lines += [
        "",
        _(
            "%(owner)s has this sent every month. Whoever may not read reports any more gets none.",
            owner=owner,
        ),
    ]
    return "\n".join(lines) + "\n"


def _figures(run: ReportRun) -> list[str]:
    """The key figures, one a line; the notes beside them on the page may name people and are not written."""
    return [
        f"{said(one['label'])}: {_said(unpacked(one['value'], lambda _ref: '', ''), is_share=one['is_share'])}"
        for one in run.content["figures"][:_MOST_FIGURES]
    ]


def _said(value: Cell, *, is_share: bool) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, Money):
        return f"{value.currency} {amount(value)}"
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return number(value)
    return per_cent(value) if is_share else str(value)  # type: ignore[arg-type]
