"""The reports of the gallery, in the order they are shown."""

from collections.abc import Mapping

from flask_babel import gettext as _

from app.core.errors import NotFound
from app.reports.gallery import Report
from app.reports.gallery_disclosure import DISCLOSURE
from app.reports.gallery_exceptions import EXCEPTIONS
from app.reports.gallery_funnel import FUNNEL
from app.reports.gallery_goals import GOALS
from app.reports.gallery_missing import MISSING
from app.reports.gallery_outcomes import OUTCOMES
from app.reports.gallery_own import PROXIMITY, QUARTER, VALUE
from app.reports.gallery_partners import PARTNERS
from app.reports.gallery_person import PERSON_CARD
from app.reports.gallery_program import PROGRAM_CARD
from app.reports.gallery_settlement import SETTLEMENT
from app.reports.gallery_statement import STATEMENT
from app.reports.gallery_workload import WORKLOAD

_SHOWN = (
    PROGRAM_CARD, PERSON_CARD, STATEMENT, SETTLEMENT, EXCEPTIONS, DISCLOSURE, MISSING, GOALS, OUTCOMES, PARTNERS, WORKLOAD,
    FUNNEL,
)  # fmt: skip
REPORTS: Mapping[str, Report] = {one.key: one for one in _SHOWN}
#: Reports with pages of their own; they can be saved, kept, compared and sent as those of the gallery.
OWN: Mapping[str, Report] = {one.key: one for one in (VALUE, QUARTER, PROXIMITY)}


def get_gallery_report(key: str) -> Report:
    """The report of this name that has no page of its own, or NotFound."""
    return _found(REPORTS.get(key))


def get_report(key: str) -> Report:
    """The report of this name, or NotFound."""
    return _found(REPORTS.get(key) or OWN.get(key))


def _found(found: Report | None) -> Report:
    if found is None:
        raise NotFound(_("There is no such report."))
    return found
