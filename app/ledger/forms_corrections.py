"""The form of a correction: everything an entry says, as it stands, and why it is wrong."""

from typing import Any

from app.core.forms import choice, day, prose
from app.ledger.details import EntryDetails
from app.ledger.forms import EntryForm, code_or_words

REASONS = [
    ("wrong_amount", "Wrong amount"),
    ("wrong_person", "Wrong person"),
    ("wrong_category", "Wrong category"),
    ("wrong_date", "Wrong date"),
    ("wrong_detail", "Another detail was wrong"),
    ("other", "Another reason, in words"),
]

_PRICED_HELP = "Left empty, the frozen rate stays as long as the day and the currency do."


class CorrectionForm(EntryForm):
    """An entry as it should have been written."""

    priced_on = day("Priced on", required=False, description=_PRICED_HELP)
    why = choice("Why", REASONS)
    why_words = prose(
        "In words",
        required=False,
        longest=2000,
        description="Sealed with the entry that takes the old one back; needed for another reason.",
    )

    def cause(self) -> str:
        """The code, or the words when there is no code for it."""
        return code_or_words(self.why.data, self.why_words.data)


def as_typed(details: EntryDetails) -> dict[str, Any]:
    """Details as the fields of the form hold them."""
    money = details.money
    values = details.model_dump(exclude={"money", "event_id", "line", "department_id", "idem"}, mode="python")
    typed = {
        name: getattr(value, "value", value) for name, value in values.items() if value not in (None, "")
    }
    typed |= {"person_id": str(details.person_id), "program_id": str(details.program_id)}
    return typed | ({"amount": f"{money.amount:,}", "currency": money.currency} if money is not None else {})
