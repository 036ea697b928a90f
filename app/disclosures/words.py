"""Jurisdictions as people name them, and where a label has to stand."""

from flask_babel import gettext as _

from app.core.i18n import all_marked, country_name
from app.disclosures.models import EVERYWHERE, Placement
from app.disclosures.policies import EU

PLACES = all_marked(
    {
        Placement.FIRST_WORDS: "in the first words",
        Placement.BEFORE_FOLD: "before the fold",
        Placement.FIRST_TAGS: "among the first three tags or before the fold",
        Placement.ANYWHERE: "anywhere in it",
    }
)


def jurisdiction_name(code: str) -> str:
    """ "GB" -> "United Kingdom" in the reader's language; the Union and the rest of the world have names too."""
    if code == EVERYWHERE:
        return str(_("Everywhere else"))
    return str(_("European Union")) if code == EU else country_name(code)
