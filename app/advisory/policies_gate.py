"""The objectivity gate: what was given before advice is paid, how many days ago, and who may clear it (A4)."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from msgspec import Struct

from app.accounts.models import User
from app.core.errors import DomainError
from app.core.i18n import day
from app.core.money import Money, by_currency
from app.core.spoken import within

#: Days between hospitality and paid service unless the setting says otherwise.
COOLING_OFF_DAYS = 90


class InsideCoolingOff(DomainError):
    """A4: the service lies within the cooling-off time, and nobody gave a reason."""


class NotIndependent(DomainError):
    """A4: who gave or approved the hospitality does not clear the fee after it."""


class SecondApproverNeeded(DomainError):
    """A4: somebody who decides here also hosted or chose the person."""


class GateMoved(DomainError):
    """A4: something was given since the engagement was cleared."""


class GateItem(Struct, frozen=True):
    """One non-cash item; `ended_on` is its day, or the last day of its event where that is later."""

    seq: int
    category: str
    ended_on: date
    value_on: date
    received: Money
    units: str  # "30 executive minutes", or empty for what has a price

    def days_before(self, on: date) -> int:
        return (on - self.ended_on).days


class Gate(Struct, frozen=True):
    """The non-cash items within the cooling-off time before a service or its clearing, latest first."""

    n_window: int
    service_on: date
    as_of_on: date
    items: tuple[GateItem, ...]

    @property
    def totals(self) -> tuple[Money, ...]:
        """The sum, one per currency."""
        return tuple(by_currency(item.received for item in self.items).values())

    @property
    def last_on(self) -> date | None:
        """When the latest hospitality ended."""
        return max((item.ended_on for item in self.items), default=None)

    @property
    def n_days(self) -> int | None:
        """Days from the end of the latest hospitality to the service."""
        return None if self.last_on is None else (self.service_on - self.last_on).days

    @property
    def earliest_on(self) -> date | None:
        """The first day outside the cooling-off time."""
        return None if self.last_on is None else self.last_on + timedelta(days=self.n_window)

    @property
    def is_inside(self) -> bool:
        """Whether the service lies within the cooling-off time."""
        return self.n_days is not None and self.n_days < self.n_window

    @property
    def sentence(self) -> str:
        """For example "Hospitality ended 16 Oct 2026; 12 Jan 2027 is day 88. Earliest: 14 Jan 2027 (day 90)."."""
        if self.last_on is None or self.earliest_on is None:
            return str(
                _("Nothing was given in the %(n)s days before; the gate lists no item.", n=self.n_window)
            )
        known = {
            "ended": _day(self.last_on), "service": _day(self.service_on), "n": self.n_days, "window": self.n_window,
        }  # fmt: skip
        if self.is_inside:
            return str(
                _(
                    "Hospitality ended %(ended)s; %(service)s is day %(n)s. Earliest: %(earliest)s (day %(window)s).",
                    **known,
                    earliest=_day(self.earliest_on),
                )
            )
        return str(
            _(
                "Hospitality ended %(ended)s; %(service)s is day %(n)s. The cooling-off time of %(window)s days is kept.",
                **known,
            )
        )

    def stored(self) -> dict[str, Any]:
        """As JSON: what the approver saw."""
        return {
            "n_window": self.n_window, "service_on": self.service_on.isoformat(), "as_of_on": self.as_of_on.isoformat(),
            "items": [
                {
                    "seq": item.seq, "category": item.category, "ended_on": item.ended_on.isoformat(),
                    "value_on": item.value_on.isoformat(), "minor": item.received.minor, "currency": item.received.currency,
                    "units": item.units,
                }
                for item in self.items
            ],
        }  # fmt: skip


def was_all_seen(stored: dict[str, Any], gate: Gate) -> bool:
    """Whether whoever looked at the stored gate saw everything that is listed now (A4)."""
    seen = restore_gate(stored)
    return seen is not None and {item.seq for item in gate.items} <= {item.seq for item in seen.items}


def restore_gate(stored: dict[str, Any]) -> Gate | None:
    """The gate as it was when the engagement was cleared; None before."""
    if not stored:
        return None
    items = [
        GateItem(
            one["seq"], one["category"], date.fromisoformat(one["ended_on"]), date.fromisoformat(one["value_on"]),
            Money(one["minor"], one["currency"]), one["units"],
        )
        for one in stored["items"]
    ]  # fmt: skip
    days = [date.fromisoformat(stored[name]) for name in ("service_on", "as_of_on")]
    return Gate(stored["n_window"], days[0], days[1], tuple(items))


class Tie(Struct, frozen=True):
    """Somebody who decides about an engagement and also hosted or chose its person."""

    user: User
    what: str  # "hosted the dinner in London"


class Giver(Struct, frozen=True):
    """Somebody who booked, recorded or approved what was given: not the one to clear the fee after it."""

    user_id: int
    what: str


def check_clearing(
    gate: Gate, reason: str, by: User, givers: Sequence[Giver], n_least: int, *, what: str = _l("the service")
) -> None:
    """Refuse a clearing without a written reason where items are listed, or by somebody who gave them (A4).

    `what` is paid for: it may move to the earliest day instead.
    """
    if gate.items and len(reason.strip()) < n_least:
        listed = ngettext(
            "%(num)s item of value is listed here", "%(num)s items of value are listed here", len(gate.items)
        )
        raise InsideCoolingOff(
            _(
                "%(sentence)s %(listed)s: a compliance reviewer clears this with a written reason of "
                "at least %(n_least)s characters",
                sentence=gate.sentence,
                listed=listed,
                n_least=n_least,
            )
            + (_(", or %(what)s moves to the earliest day.", what=what) if gate.is_inside else "."),
            field="reason",
        )
    if not gate.is_inside:
        return
    own = next((giver for giver in givers if giver.user_id == by.id), None)
    if own is not None:
        raise NotIndependent(
            _(
                "%(sentence)s You %(what)s, so somebody else has to decide about paying so soon after it.",
                sentence=gate.sentence,
                what=own.what,
            )
        )


def check_second(first_id: int, by: User) -> None:
    """The second approver is another person (A4)."""
    if by.id == first_id:
        raise SecondApproverNeeded(
            _(
                "You cleared this already. Somebody who decides here also hosted or chose the person, so a second approver has "
                "to agree."
            )
        )


def require_second(second_by_id: int | None, ties: Sequence[Tie]) -> None:
    """Refuse a contract while the second approval is missing (A4)."""
    if ties and second_by_id is None:
        raise SecondApproverNeeded(
            _(
                "%(ties)s, so a second approver has to clear this before the contract.",
                ties=words_of_ties(ties),
            )
        )


def require_same_gate(cleared: Gate | None, now: Gate) -> None:
    """Refuse a contract when something was given that the clearing did not list (A4)."""
    known: Collection[int] = {item.seq for item in cleared.items} if cleared else set()
    fresh = [item for item in now.items if item.seq not in known]
    if fresh:
        listed = "; ".join(
            _(
                "%(what)s %(received)s on %(day)s",
                what=within(item.category),
                received=item.received,
                day=_day(item.value_on),
            )
            for item in fresh[:3]
        )
        raise GateMoved(
            _(
                "Since this was cleared, more was given: %(listed)s. It has to be cleared again.",
                listed=listed,
            )
        )


def words_of_ties(ties: Sequence[Tie]) -> str:
    """For example "Vera Dornbusch hosted the dinner; Mei Tanaka-Lindt sent the invitation"."""
    return "; ".join(f"{tie.user.name} {tie.what}" for tie in ties)


def _day(on: date) -> str:
    return day(on)
