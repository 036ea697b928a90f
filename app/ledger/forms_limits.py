"""Forms about limits that are read from the address: the simulator."""

from typing import Any

from flask_babel import gettext as _
from wtforms import Field
from wtforms.validators import ValidationError as FieldError

from app.core import clock
from app.core.forms import choice, day, line
from app.ledger.details import CapDetails
from app.ledger.forms import CapForm
from app.ledger.models import Cap


class SimulatorForm(CapForm):
    """A cap that is only thought of, and the past it is run over; nothing is written, so it is sent in the address."""

    class Meta:
        csrf = False

    name = line("Name", required=False, longest=100)
    effective_from_on = day("In force from", required=False)
    from_on = day("Value from", required=False, description="Left empty: from the first entry.")
    to_on = day("Value until", required=False, description="Left empty: to the last entry.")
    against = choice("Compared with", [], required=False)

    def offer_caps(self, caps: list[tuple[str, str]]) -> None:
        """Fill the caps it may be compared with."""
        self.against.choices = [("", _("no cap")), *caps]

    def validate_to_on(self, field: Field) -> None:
        """The past ends after it begins."""
        if field.data and self.from_on.data and field.data < self.from_on.data:
            raise FieldError(_("The last day lies before the first."))

    def details(self) -> CapDetails:
        """The cap as if it had always been in force: its first day says nothing here."""
        if self.effective_from_on.data is None:
            self.effective_from_on.data = clock.today()
        return super().details()

    def adopted(self) -> dict[str, Any]:
        """What "Adopt this cap" hands over to the form that sets one."""
        names = (
            "name",
            "leg",
            "program_id",
            "category",
            "kind_code",
            "employer_kind",
            "window",
            "n_days",
            "currency",
        )
        words = {name: self[name].data for name in (*names, "soft", "hard") if self[name].data}
        flags = {name: "y" for name in ("is_for_officials", "is_for_employed") if self[name].data}
        replaced = {"replaces": self.against.data} if self.against.data else {}
        return words | flags | replaced | {"effective_from_on": clock.today().isoformat()}


def asked_of(cap: Cap) -> dict[str, Any]:
    """A cap that stands, as the simulator's address holds it."""
    limits = {
        name: f"{money.amount:f}"
        for name, money in (("soft", cap.soft), ("hard", cap.hard))
        if money is not None
    }
    flags = {name: "y" for name in ("is_for_officials", "is_for_employed") if getattr(cap, name)}
    words = {
        "name": cap.name, "leg": cap.leg.value, "program_id": cap.program_id, "category": cap.category, "n_days": cap.n_days,
        "kind_code": cap.kind_code, "employer_kind": cap.employer_kind, "window": cap.window.value, "currency": cap.currency,
        "against": cap.id,
    }  # fmt: skip
    return {name: str(value) for name, value in words.items() if value} | limits | flags
