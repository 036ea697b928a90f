"""Forms of what was open to everybody at a large event, and of the size from which an event is large (c8)."""

from app.core import clock
from app.core.forms import BaseForm, amount, choice, currency, day, line, money_of, prose, whole
from app.core.i18n import words
from app.core.money import Money
from app.ledger.details import GeneralDetails
from app.ledger.policies_general import CATEGORIES


class GeneralForm(BaseForm):
    """Coffee for all: recorded once, in nobody's total."""

    title = line("What it was", description="For example: coffee and water in the foyer.")
    category = choice("Kind", [(value.value, words(value.value)) for value in CATEGORIES])
    value_on = day("On", default=clock.today)
    amount = amount("What it cost in all")
    currency = currency(default="GBP")
    n_attendees = whole("How many attended", least=1, description="Everybody at the event, staff included.")
    provider = line("Paid to", required=False)
    external_ref = line(
        "Reference", required=False, description="Receipt or invoice. The same one twice adds nothing."
    )
    late_reason = prose(
        "Why it comes late", required=False, longest=2000, description="Only for a day of a locked period."
    )

    def details(self, event_id: int, program_id: int) -> GeneralDetails:
        return GeneralDetails(
            program_id=program_id, event_id=event_id, title=self.title.data, category=self.category.data,
            value_on=self.value_on.data, money=money_of(self) or Money(0, self.currency.data),
            n_attendees=self.n_attendees.data, provider=self.provider.data or "",
            external_ref=self.external_ref.data or "", late_reason=self.late_reason.data or "",
        )  # fmt: skip


class GeneralSizeForm(BaseForm):
    """From which size an event is large."""

    size = whole("Large with more attendees than", least=10, most=100_000)
    from_on = day("From day", default=clock.today, description="Earlier days keep the size they had.")
