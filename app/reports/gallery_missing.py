"""Who is missing: what a program wants of its cohorts, line by line, and who would close a gap (O3)."""

from flask_babel import gettext as _

from app.core.i18n import words
from app.core.sheets import Column
from app.programs import queries_cohorts
from app.programs.queries_missing import missing_from
from app.reports.gallery import Ask, Asked, Counted, Figure, Grid, Line, Ref, Report, as_counted
from app.reports.home import Link

#: So many candidates are named; the page of the cohort has them all.
N_NAMED = 3


def count(asked: Asked) -> Counted:
    """Markets, languages, roles and channels against the goals, for each cohort; nobody is chosen by reach."""
    program = asked.program
    assert program is not None  # noqa: S101 -- the report asks for it
    lines, n_wishes, n_short = [], 0, 0
    for row in queries_cohorts.list_cohorts(program):
        cohort = row.cohort
        missing = missing_from(cohort, asked.by)
        n_wishes, n_short = n_wishes + len(missing.gaps), n_short + len(missing.short)
        page = Link("programs.missing", {"id": cohort.id})
        for gap in missing.gaps:
            wish, named = gap.wish, ", ".join(one.name for one in gap.candidates[:N_NAMED])
            n_missing = max(0, wish.n_wanted - gap.n)
            cells = (cohort.name, words(wish.about), wish.name, wish.n_wanted, gap.n, n_missing, named)
            refs = [Ref("person", one.id) for one in gap.candidates[:N_NAMED]]
            key = f"cohort:{cohort.id}/{wish.about}/{wish.name}"
            lines.append(Line(cells, {"have": page, "short": page}, key, named={"candidates": refs}))
    columns = (
        Column("cohort", _("Cohort")), Column("about", _("About")), Column("wanted", _("What is wanted")),
        Column("n_wanted", _("Wanted"), "integer"), Column("have", _("There"), "integer"),
        Column("short", _("Missing"), "integer"), Column("candidates", _("Who would close it")),
    )  # fmt: skip
    figures = [
        Figure("wishes", _("Lines of the audience"), n_wishes),
        Figure("short", _("Not met"), n_short, tone="warn" if n_short else "ok"),
    ]
    widths = {"cohort": 15, "about": 10, "wanted": 20, "candidates": 25}
    grids = [Grid("gaps", _("Wanted and there"), columns, lines, widths=widths)]
    return as_counted(asked, program.name, figures, grids, _method(), is_now_only=True)


def _method() -> str:
    return str(
        _(
            "Wanted is the audience of the program and the markets of its goals; a goal's market wants two voices where no "
            "number is given. Candidates fit the rule of the cohort and are named by how many gaps they close, then by name, "
            "never by reach. Declared facets of people are not in this report."
        )
    )


MISSING = Report(
    "missing", lambda: _("Who is missing"),
    lambda: _("Markets, languages, roles and channels against the goals, and who would close a gap"), (Ask.PROGRAM,), count,
    paper="landscape",
)  # fmt: skip
