"""The figures of a reviewer's quarter as rows with their words, made once for page, PDF, CSV and XLSX (O6)."""

from collections.abc import Sequence
from fractions import Fraction
from statistics import median_low

from flask_babel import gettext as _
from flask_babel import ngettext
from msgspec import Struct

from app.core.i18n import amount, number, per_cent
from app.core.money import Money
from app.periods.queries_disputes import DisputeCount
from app.reports.quarter import QuarterReport


class FigureRow(Struct, frozen=True):
    """One figure: `key` never changes, all else is for people; what does not apply is None."""

    key: str
    label: str
    #: The figure itself in words, as page and paper show it.
    text: str
    note: str = ""
    money: Money | None = None
    n: int | None = None
    of: int | None = None
    days: int | None = None
    share: Fraction | None = None


def figure_rows(report: QuarterReport) -> Sequence[FigureRow]:
    """Every figure, in the order of the page."""
    return (*_value(report), *_said(report), *_contact(report), *_again(report))


def n_days(disputes: DisputeCount) -> int | None:
    """The middle of the days from opening to decision."""
    return median_low(disputes.n_days) if disputes.n_days else None


def _value(report: QuarterReport) -> tuple[FigureRow, ...]:
    names = ", ".join(one.name for one in report.top)
    people = ngettext("%(n)s person", "%(n)s people", report.n_people, n=number(report.n_people))
    offers = ngettext("%(n)s offer", "%(n)s offers", report.n_declined, n=number(report.n_declined))
    return (
        FigureRow("received", _("Received, non-cash"), _money(report.non_cash), _("for %(people)s", people=people),
                  report.non_cash, report.n_people),
        FigureRow("cash", _("Received, cash"), _money(report.cash), _("fees and expenses; never added"), report.cash),
        FigureRow("top", _("Share of the top three"), per_cent(report.top_share, 0), names, n=len(report.top), of=report.n_people,
                  share=report.top_share),
        FigureRow("declined", _("Declined offers"), offers, _("worth %(money)s", money=_money(report.declined)),
                  report.declined, report.n_declined),
    )  # fmt: skip


def _said(report: QuarterReport) -> tuple[FigureRow, ...]:
    disputes, labels, days = report.disputes, report.labels, n_days(report.disputes)
    notes = [] if days is None else [ngettext("decided in %(num)s day", "decided in %(num)s days", days)]
    if disputes.n_waiting:
        notes.append(ngettext("%(num)s waits", "%(num)s wait", disputes.n_waiting))
    if disputes.n_withdrawn:
        notes.append(
            ngettext(
                "%(num)s taken back by the person", "%(num)s taken back by the people", disputes.n_withdrawn
            )
        )
    return (
        FigureRow("disputes", _("Disputes decided"), _of(disputes.n_resolved, disputes.n_opened), "; ".join(notes),
                  n=disputes.n_resolved, of=disputes.n_opened, days=days),
        FigureRow("labels", _("Links with a right label"), _of(labels.n_right, labels.n_links), n=labels.n_right,
                  of=labels.n_links),
        FigureRow("reminders", _("Reminders sent"), number(labels.n_reminders), _("of a label that was wrong or missing"),
                  n=labels.n_reminders),
        FigureRow("drafts", _("Drafts asked for"), number(labels.n_drafts), _("the covenant forbids it"), n=labels.n_drafts),
    )  # fmt: skip


def _contact(report: QuarterReport) -> tuple[FigureRow, ...]:
    stops = report.stops
    return (
        FigureRow("stopped", _("Contacts stopped"), number(stops.n_stopped), _("two departments, one person"), n=stops.n_stopped),
        FigureRow("overridden", _("Stops overridden"), number(stops.n_overridden), _("by the owner, with a reason"),
                  n=stops.n_overridden, of=stops.n_stopped),
        FigureRow("goals_after", _("Goals after names"), _of(report.n_goals_after, report.n_goals), n=report.n_goals_after,
                  of=report.n_goals),
    )  # fmt: skip


def _again(report: QuarterReport) -> tuple[FigureRow, ...]:
    verdict = "" if report.is_telling else _("too few to conclude")
    return tuple(
        FigureRow(key, label, _of(group.n_again, group.n_people), verdict, n=group.n_again, of=group.n_people)
        for key, label, group in (
            ("again_decliners", _("Invited again, of those who said no"), report.decliners),
            ("again_others", _("Invited again, of all others"), report.others),
        )
    )


def _money(money: Money) -> str:
    return f"{amount(money)} {money.currency}"


def _of(n: int, total: int) -> str:
    return str(_("%(n)s of %(total)s", n=number(n), total=number(total)))


def reason_words(reason: str) -> str:
    """Why somebody counts among those who said no."""
    return {
        "invitation": str(_("declined an invitation")),
        "offer": str(_("declined an offer")),
        "dispute": str(_("disputed a line")),
        "draft": str(_("reported that a draft was asked for")),
    }[reason]
