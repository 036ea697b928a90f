"""How units are counted in words."""

from flask_babel import gettext as _

from app.core.i18n import marked, said
from app.core.spoken import within
from app.ledger.models import Unit

_SEVERAL = {
    Unit.ITEM: marked("items"),
    Unit.NIGHT: marked("nights"),
    Unit.EXECUTIVE_MINUTE: marked("executive minutes"),
    Unit.FRONT_SEAT: marked("front seats"),
    Unit.EARLY_MINUTE: marked("early minutes"),
    Unit.ANALYST_SESSION: marked("analyst sessions"),
}


def unit_words(unit: Unit, n: int) -> str:
    """The unit after its number, one or several: "executive minutes"."""
    return within(Unit(unit)) if abs(n) == 1 else said(_SEVERAL[Unit(unit)])


def unit_label(unit: Unit) -> str:
    """A unit of access, many of it."""
    return {
        Unit.EXECUTIVE_MINUTE: str(_("Executive minutes")),
        Unit.FRONT_SEAT: str(_("Front seats")),
        Unit.EARLY_MINUTE: str(_("Early minutes")),
        Unit.ANALYST_SESSION: str(_("Analyst sessions")),
    }.get(unit, unit.value)
