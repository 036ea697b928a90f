"""What the note on the method says of a reviewer's quarter besides value: how people, links and contacts are counted (c43)."""

from flask_babel import gettext as _

from app.periods import methodology
from app.reports.policies import MIN_TO_COMPARE
from app.reports.value import Note


def quarter_notes() -> tuple[Note, ...]:
    """The paragraphs that come after those of the value report."""
    return (
        Note(_("Tax"), methodology.tax_words()),
        Note(_("Whose figures"), _whose()),
        Note(_("Disputes"), _disputes()),
        Note(_("Labels and drafts"), _labels()),
        Note(_("Stopped contacts"), _stops()),
        Note(_("Goals after names"), _goals()),
        Note(_("Invited again"), _again()),
    )


def _whose() -> str:
    return str(
        _(
            "Value is what the lines of these days say, by their value date. Labels, drafts and contacts are those of the "
            "people in the program. A person counts once, under whichever of their merged records."
        )
    )


def _disputes() -> str:
    return str(
        _(
            "A dispute stands with the days of its line, or with the days it came in when those were locked. Days run from "
            "the day it was opened to the day it was decided; of several the middle one is shown. What a person took back "
            "is neither decided nor waiting."
        )
    )


def _labels() -> str:
    return str(
        _(
            "Links that came out in these days; right are those whose label was right when it was first looked at. Each label "
            "that was wrong or missing opens one reminder. A draft asked for is counted when a person reports it, or when "
            "somebody tried to file work that was not public."
        )
    )


def _stops() -> str:
    return str(
        _(
            "Stopped are contacts the guard held back before they were made, over all departments; overridden are those the "
            "owner of the relationship released all the same, with a reason."
        )
    )


def _goals() -> str:
    return str(
        _(
            "Goals written up to the end of these days; after names are those written when the first of their people was "
            "on a shortlist already."
        )
    )


def _again() -> str:
    return str(
        _(
            "Counted are people invited to an event of these days. Among those who said no is who declined an invitation or "
            "an offer, disputed a line, or reported that a draft was asked for. Invited again is who has an invitation to a "
            "later event of the program. With fewer than %(n)s people in either group the two rates are too few to conclude.",
            n=MIN_TO_COMPARE,
        )
    )
