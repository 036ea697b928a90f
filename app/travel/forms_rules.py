"""Forms of travel rules."""

from collections.abc import Sequence
from datetime import date

from wtforms import BooleanField, SelectChoice

from app.core.forms import (
    BaseForm,
    amount,
    choice,
    country,
    currency,
    day,
    line,
    money_of,
    prose,
    whole,
    words_of,
)
from app.core.i18n import later
from app.core.spoken import month_name
from app.ledger.models import Approver
from app.people.models import Organisation, OrganisationKind
from app.programs.models import Program
from app.travel.details import TravelRuleDetails
from app.travel.forms import number_of
from app.travel.models import Beyond, LegMode, TravelClass

#: Who can be named to approve more than a rule allows.
APPROVERS = [
    (Approver.COMPLIANCE.value, "Compliance"),
    (Approver.OWNER.value, "The owner of the relationship"),
    (Approver.ADMIN.value, "An administrator"),
]


class RuleForm(BaseForm):
    """A class or lodging rule."""

    place = whole(
        "Place in the order", least=1, most=10_000, description="The first rule that matches decides."
    )
    text = prose("The rule in words", description="Quoted wherever it decides.")
    effective_from_on = day("In force from")
    effective_to_on = day("Until", required=False)
    program_id = choice("Program", [], required=False, description="Any when left empty.")
    organisation_id = choice("Employer", [], required=False, description="Any when left empty.")
    employer_kind = choice(
        "Kind of employer", words_of(OrganisationKind), required=False, description="Any when left empty."
    )
    is_for_officials = BooleanField("For public officials", description="Asked before all other rules.")
    mode = choice("By", words_of(LegMode), required=False)
    country = country("Where", required=False, description="The country of the event, or of the hotel.")
    city = line("City", required=False)
    month = choice(
        "Month", [(str(n), later(month_name, date(2026, n, 1))) for n in range(1, 13)], required=False
    )
    min_minutes = whole(
        "From minutes of direct flight", least=0, most=6000, default=0,
        description="The direct routing counts, not the one that is chosen; for trains and cars the time under way.",
    )  # fmt: skip
    max_class = choice("Highest class", words_of(TravelClass), required=False)
    amount = amount("A night costs at most", required=False)
    currency = currency(default="GBP")
    is_strict = BooleanField("Refuses more without exception", description="Otherwise more can be approved.")
    approver = choice(
        "Who approves more",
        APPROVERS,
        default=Approver.COMPLIANCE.value,
        description="Never whoever asks, hosts or travels.",
    )

    def offer(self, programs: Sequence[Program], organisations: Sequence[Organisation]) -> "RuleForm":
        for field, rows in ((self.program_id, programs), (self.organisation_id, organisations)):
            field.choices = [SelectChoice("", "—")] + [SelectChoice(str(row.id), row.name) for row in rows]
        return self

    def details(self) -> TravelRuleDetails:
        return TravelRuleDetails(
            place=self.place.data, text=self.text.data, effective_from_on=self.effective_from_on.data,
            effective_to_on=self.effective_to_on.data, program_id=number_of(self.program_id.data),
            organisation_id=number_of(self.organisation_id.data), is_for_officials=self.is_for_officials.data,
            mode=LegMode(self.mode.data) if self.mode.data else None, min_minutes=self.min_minutes.data,
            max_class=TravelClass(self.max_class.data) if self.max_class.data else None, max_night=money_of(self),
            employer_kind=OrganisationKind(self.employer_kind.data) if self.employer_kind.data else None,
            country=self.country.data or None, city=self.city.data or "", month=number_of(self.month.data),
            beyond=Beyond.REFUSED if self.is_strict.data else Beyond.APPROVAL,
            approver=Approver(self.approver.data or Approver.COMPLIANCE),
        )  # fmt: skip


class EndRuleForm(BaseForm):
    """The last day of a rule."""

    last_on = day("Last day")
