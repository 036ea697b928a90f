"""Forms of this room: typed words in, details of the operations out."""

from collections.abc import Sequence
from datetime import date

from flask_babel import gettext as _
from wtforms import RadioField, SelectChoice, SelectMultipleField
from wtforms.validators import InputRequired

from app.core.forms import BaseForm, amount, choice, currency, day, money_of, prose, words_of
from app.ledger.models import Entry
from app.periods.details import ChangeDetails, LineChange, PeriodDetails
from app.periods.models import PeriodKind

_CLOSES_HELP = "From this day on it may be locked; people review their lines in the days before. Empty: as long after its end."
_ANSWER_HELP = "The person reads these words."


class PeriodForm(BaseForm):
    """A new quarter or year."""

    kind = choice("Length", words_of(PeriodKind))
    from_on = day("First day", description="The first of a month.")
    closes_on = day("Closes on", required=False, description=_CLOSES_HELP)

    def details(self) -> PeriodDetails:
        return PeriodDetails(kind=self.kind.data, from_on=self.from_on.data, closes_on=self.closes_on.data)


class StepForm(BaseForm):
    """A button that takes a step: only the token and the one-time key."""


class ReissueForm(BaseForm):
    """Issuing a report again."""

    reason = prose("Why it is issued again", longest=2000, description="Stands on the report.")


class DecisionForm(BaseForm):
    """What becomes of a dispute."""

    outcome = RadioField(
        "Decision",
        [InputRequired("Choose one of the two.")],
        choices=[
            SelectChoice("changed", "The line changes: it is taken back, and a new one stands instead"),
            SelectChoice("kept", "The line stays as it is"),
        ],
    )
    also_amount = amount(
        "Their new amount", required=False, description="Only if it differs from the one above."
    )
    amount = amount("New amount", required=False, description="As it was billed, before any exchange rate.")
    currency = currency()
    also = SelectMultipleField(
        "Lines that change with it",
        choices=[],
        coerce=str,
        description="A car, a room or a bill they shared.",
    )
    answer = prose("Answer", longest=2000, description=_ANSWER_HELP)

    def offer(self, entry: Entry, others: Sequence[tuple[int, str]]) -> "DecisionForm":
        """Fill what depends on the line."""
        self.also.choices = [SelectChoice(str(seq), words) for seq, words in others]
        if not self.currency.data:
            self.currency.data = entry.currency
        return self

    @property
    def is_changed(self) -> bool:
        return bool(self.outcome.data == "changed")

    def is_whole(self) -> bool:
        """A change needs its amount; says so at the field."""
        if self.is_changed and not self.amount.data:
            self.refuse(_("A changed line needs its new amount."), field="amount")
            return False
        return True

    def details(self, entry_seq: int) -> ChangeDetails:
        own = money_of(self)
        other = money_of(self, "also_amount") or own
        assert own is not None and other is not None  # noqa: S101, PT018 -- `is_whole` asked
        changes = [LineChange(entry_seq=entry_seq, money=own)]
        changes += [LineChange(entry_seq=int(seq), money=other) for seq in self.also.data or ()]
        return ChangeDetails(answer=self.answer.data, changes=tuple(changes))


def next_first_day(last: date | None, today: date) -> date:
    """The day the next quarter would begin: behind the last one, or with the quarter of today."""
    if last is None:
        return date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    return date(last.year + last.month // 12, last.month % 12 + 1, 1)
