"""Disclosure in some days: links and their labels, reminders, drafts asked for, duties by jurisdiction and state (D1-D6)."""

from collections import Counter
from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import pgettext

from app.core.charts import Kind, Series, StackedBarChart
from app.core.i18n import number, words
from app.core.sheets import Column
from app.disclosures.models import ObligationState
from app.disclosures.queries_compliance import DutyCount, VerdictCount, count_duties, count_verdicts
from app.disclosures.queries_remedies import count_labels
from app.disclosures.words import jurisdiction_name
from app.programs.queries_spans import Span
from app.reports.gallery import Ask, Asked, Counted, Figure, Grid, Line, Ref, Report, as_counted, share_of
from app.reports.home import Link
from app.reports.queries_quarter import name_of_days


def count(asked: Asked) -> Counted:
    """Labels of what came out in these days, duties of value given in them; a fixed number of queries."""
    days, program = asked.days, asked.program
    assert days is not None  # noqa: S101 -- the report asks for them
    span = Span(program.id if program else None, days.from_on, days.to_on, asked.as_of)
    labels, people = count_labels(asked.by, span), _by_person(count_verdicts(asked.by, span))
    figures = [
        Figure("links", _("Links"), labels.n_links, link=Link("disclosures.publications", span.address())),
        Figure("rate", _("Label rate"), share_of(labels.n_right, labels.n_links), _("right when first looked at"),
               Link("disclosures.publications", span.address()), is_share=True),
        Figure("reminders", _("Reminders"), labels.n_reminders, link=Link("disclosures.remedies", span.address())),
        Figure("drafts", _("Drafts asked for"), labels.n_drafts, _("refused and counted"),
               Link("disclosures.drafts", span.address())),
    ]  # fmt: skip
    about = f"{program.name if program else _('all programs')}, {name_of_days(days)}"
    if asked.as_of is not None:  # the state of a duty is written over
        return as_counted(asked, about, figures, [people], _method(), left_out=_without_duties())
    duties = count_duties(asked.by, span)
    n_due = sum(one.n for one in duties if one.state in _OPEN)
    figures.append(
        Figure("open", _("Duties open"), n_due, _("acknowledgement or label still due"), Link("disclosures.obligations"))
    )  # fmt: skip
    return as_counted(
        asked, about, figures, [_by_jurisdiction(duties), people], _method(), [_drawing(duties)]
    )


_OPEN = (ObligationState.PENDING_ACK, ObligationState.DUE)
#: The states in the order a duty goes through them.
_STATES = tuple(state for state in ObligationState if state is not ObligationState.VOID)


def _by_jurisdiction(duties: Sequence[DutyCount]) -> Grid:
    columns = (
        Column("jurisdiction", _("Jurisdiction")), *(Column(state.value, words(state), "integer") for state in _STATES),
        Column("all", _("All"), "integer"),
    )  # fmt: skip
    lines = []
    for place, n in _counted(duties).items():
        links = {
            state.value: Link("disclosures.obligations", {"jurisdiction": place, "state": state.value}) for state in _STATES
        }  # fmt: skip
        lines.append(
            Line((jurisdiction_name(place), *(n[state] for state in _STATES), sum(n.values())), links, place)
        )
    return Grid(
        "duties", _("Duties by jurisdiction"), columns, lines, widths={"jurisdiction": 20},
        note=_("by the day of the value that opened them"), empty=_("No value of these days opened a duty."),
    )  # fmt: skip


def _by_person(rows: Sequence[VerdictCount]) -> Grid:
    columns = (
        Column("person", _("Person")), Column("links", _("Links"), "integer"),
        Column("right", pgettext("labels", "Right"), "integer"),
        Column("deficient", _("Deficient"), "integer"), Column("missing", _("Missing"), "integer"),
        Column("rate", _("Label rate"), "ratio"),
    )  # fmt: skip
    lines = [
        Line(
            (one.name, one.n, one.n_right, one.n_deficient, one.n_missing, share_of(one.n_right, one.n)),
            {"person": Link("disclosures.for_person", {"person_id": one.person_id})},
            person_id=one.person_id,
            named={"person": [Ref("person", one.person_id)]},
        )
        for one in rows
    ]
    return Grid(
        "people", _("Labels by person"), columns, lines, widths={"person": 35}, note=_("whose were wrong most often first"),
        empty=_("Nothing published in these days was filed."),
    )  # fmt: skip


def _counted(duties: Sequence[DutyCount]) -> dict[str, Counter[ObligationState]]:
    found: dict[str, Counter[ObligationState]] = {}
    for one in duties:
        found.setdefault(one.jurisdiction, Counter())[one.state] += one.n
    return found


_KINDS = {
    ObligationState.PENDING_ACK: Kind.NEUTRAL, ObligationState.DUE: Kind.WARN, ObligationState.EVIDENCED: Kind.OK,
    ObligationState.DEFICIENT: Kind.BLOCK, ObligationState.REMEDIED: Kind.UNITS, ObligationState.WAIVED: Kind.CASH,
}  # fmt: skip


def _drawing(duties: Sequence[DutyCount]) -> StackedBarChart:
    counted = _counted(duties)
    used = [state for state in _STATES if any(n[state] for n in counted.values())]
    series = [
        Series(words(state), _KINDS[state], [n[state] for n in counted.values()], [number(n[state]) for n in counted.values()])
        for state in used
    ]  # fmt: skip
    return StackedBarChart(
        title=_("Where duties stand"), subtitle=_("Duties by jurisdiction and state"),
        labels=[jurisdiction_name(one) for one in counted], series=series,
        label_header=_("Jurisdiction"),
    )  # fmt: skip


def _without_duties() -> str:
    return str(
        _(
            "Duties by state are left out: the state of a duty is written over, so only the one of now is known."
        )
    )


def _method() -> str:
    return str(
        _(
            "Labels are those of links that came out in these days, by what was found when they were first looked at; a label "
            "put right later stays counted as it was. Nobody's words are read: there is no field for tone or drafts. Duties are "
            "those of value given in these days; a duty whose value was taken back is void and not counted."
        )
    )


DISCLOSURE = Report(
    "disclosure", lambda: _("Disclosure compliance"), lambda: _("Labels, reminders and duties by jurisdiction and person"),
    (Ask.PROGRAM, Ask.DAYS, Ask.AS_OF), count, may_be_all=frozenset({Ask.PROGRAM}),
)  # fmt: skip
