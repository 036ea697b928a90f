"""The reports of the gallery, in the order they are shown."""

from collections.abc import Mapping

from app.core.errors import NotFound
from app.reports.gallery import Report
from app.reports.gallery_disclosure import DISCLOSURE
from app.reports.gallery_exceptions import EXCEPTIONS
from app.reports.gallery_funnel import FUNNEL
from app.reports.gallery_goals import GOALS
from app.reports.gallery_missing import MISSING
from app.reports.gallery_outcomes import OUTCOMES
from app.reports.gallery_partners import PARTNERS
from app.reports.gallery_person import PERSON_CARD
from app.reports.gallery_program import PROGRAM_CARD
from app.reports.gallery_settlement import SETTLEMENT
from app.reports.gallery_workload import WORKLOAD

_SHOWN = (
    PROGRAM_CARD, PERSON_CARD, SETTLEMENT, EXCEPTIONS, DISCLOSURE, MISSING, GOALS, OUTCOMES, PARTNERS, WORKLOAD, FUNNEL,
)  # fmt: skip
REPORTS: Mapping[str, Report] = {one.key: one for one in _SHOWN}


def get_report(key: str) -> Report:
    """The report of this name, or NotFound."""
    found = REPORTS.get(key)
    if found is None:
        raise NotFound("There is no such report.")
    return found
