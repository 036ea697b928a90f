"""Jurisdictions as people name them."""

from flask_babel import gettext as _

from app.core.i18n import country_name
from app.disclosures.models import EVERYWHERE
from app.disclosures.policies import EU


def jurisdiction_name(code: str) -> str:
    """ "GB" -> "United Kingdom" in the reader's language; the Union and the rest of the world have names too."""
    if code == EVERYWHERE:
        return str(_("Everywhere else"))
    return str(_("European Union")) if code == EU else country_name(code)
