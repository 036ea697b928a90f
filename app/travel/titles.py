"""What letters to travellers call the parts of a trip, in the language that is spoken; calendars call them the same."""

from flask_babel import gettext as _

from app.travel.airports import place_words
from app.travel.models import Leg, LegMode, Stay
from app.travel.queries import Part


def told_title(part: Part) -> str:
    """ "Flight Sydney (SYD) – London (LHR)", "Car London (LHR) – The Meridian Wharf", "Hotel The Meridian Wharf"."""
    if isinstance(part, Stay):
        return str(_("Hotel %(name)s", name=part.hotel))
    way = f"{place_words(part.origin)} – {place_words(part.destination)}"
    if not isinstance(part, Leg):
        return str(_("Car %(way)s", way=way))
    modes = {
        LegMode.AIR: _("Flight"), LegMode.RAIL: _("Train"), LegMode.ROAD: _("Drive"), LegMode.SEA: _("Ferry"),
    }  # fmt: skip
    return f"{modes[part.mode]} {way}"
