"""The shape of the proximity report: fees soon after value of the same provider, the same for page, files and tests (O4)."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from msgspec import Struct

from app.core.errors import DomainError
from app.core.money import Money
from app.ledger.looks import MOST_DAYS
from app.ledger.queries import SignedHead
from app.reports.value import Note

#: The times that are always compared.
USUAL_DAYS = (30, 90, 180)
DEFAULT_DAYS = 90


class DaysRefused(DomainError):
    """A number of days that is none."""


def parse_days(text: str) -> int:
    """The number of days somebody asks for; ninety when they ask for none, DaysRefused when it cannot be used."""
    text = text.strip()
    if not text:
        return DEFAULT_DAYS
    if not (text.isascii() and text.isdecimal() and len(text) <= 4 and int(text) <= MOST_DAYS):
        raise DaysRefused(
            _("Write a number of days from 0 to %(most_days)s.", most_days=MOST_DAYS), field="days"
        )
    return int(text)


class Within(Struct, frozen=True):
    """The fees that came within so many days; a pair is a person and a provider."""

    n_days: int
    n_fees: int
    n_pairs: int
    #: One for each currency.
    amounts: Sequence[Money]


class PairFigure(Struct, frozen=True):
    """A person and a provider in one currency: the fees, and the value that came before any of them.

    `person_id` is None for somebody who was erased; `subject_id` then says whose line it is.
    """

    person_id: int | None
    subject_id: int | None
    name: str
    provider: str
    provider_name: str
    n_fees: int
    fees: Money
    n_value: int
    value: Money
    #: The fewest days between a piece of value and a fee.
    least_days: int


class Distance(Struct, frozen=True):
    """How many fees came so many days after the latest value before them; `to_days` is None for the rest."""

    from_days: int
    to_days: int | None
    n_fees: int


class ProximityReport(Struct, frozen=True):
    """Fees within `n_days` after in-kind value of the same provider to the same person, as the book stood at `as_of`."""

    program_id: int | None
    program: str
    n_days: int
    is_any: bool
    as_of: datetime
    asked_as_of: datetime | None
    #: All fees there are, near or not.
    n_all_fees: int
    chosen: Within
    compared: Sequence[Within]
    n_people: int
    pairs: Sequence[PairFigure]
    distances: Sequence[Distance]
    n_value: int
    value: Sequence[Money]
    methodology: Sequence[Note]
    checkpoint: SignedHead

    @property
    def has_fees(self) -> bool:
        return self.n_all_fees > 0
