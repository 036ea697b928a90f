"""What sending a document takes: frozen and checked."""

from typing import Literal

from app.core.checked import Checked
from app.people.details import LineText, NeededLine
from app.travel.models_documents import SentHow

FileFormat = Literal["pdf", "xlsx", "csv"]


class SendDetails(Checked):
    """To whom a document goes, how, and as what kind of file."""

    how: SentHow
    recipient: NeededLine
    #: Of whoever gets the mail; a traveller's own address is known.
    address: LineText = ""
    format: FileFormat = "pdf"
