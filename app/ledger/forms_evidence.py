"""Forms beside the book: a file for an entry, and how a loan ends."""

from flask_wtf.file import FileField, FileRequired

from app.core import clock
from app.core.forms import BaseForm, amount, choice, currency, day, line, prose


class EvidenceForm(BaseForm):
    """A file that proves an entry."""

    file = FileField(
        "File",
        [FileRequired("Choose a file.")],
        description="A receipt, an invoice or a contract: PDF, Word, Excel, PNG, JPEG, CSV or plain text, up to 10 MB.",
    )
    note = line("Note", required=False, description="What it shows, in a line.")


class ReturnForm(BaseForm):
    """It came back."""

    on = day("Came back on", default=clock.today)


class WriteOffForm(BaseForm):
    """It will not come back."""

    reason = prose("Why it will not come back", longest=2000, description="At least 10 characters.")


class WriteOffDecisionForm(BaseForm):
    """Somebody else decides."""

    decision = choice("Decision", [("refuse", "Keep waiting for it"), ("grant", "Write it off")])


class ConvertForm(BaseForm):
    """They keep it."""

    amount = amount("What it is still worth")
    currency = currency(default="GBP")
