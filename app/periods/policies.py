"""Decisions of periods: which days fit, when they may be reviewed, attested and locked, who decides a dispute."""

from collections.abc import Sequence
from datetime import date, timedelta

from flask_babel import gettext as _

from app.accounts.models import Role, User
from app.core.errors import DomainError, NotFound
from app.core.i18n import day, words
from app.core.money import Money
from app.ledger.models import Entry, EntryKind
from app.periods.models import WAITING, Attestation, Dispute, Period, PeriodKind, PeriodState

#: Days in which a dispute is to be decided.
ANSWER_DAYS = 14
#: A reason must say something.
MIN_REASON = 10
#: Two people of two of these roles attest.
ATTESTING = frozenset({Role.RELATIONS, Role.COORDINATOR, Role.COMPLIANCE})
#: Lines that may be disputed and confirmed: the others are notes about them.
LINES = (EntryKind.VALUE, EntryKind.DECLINED, EntryKind.LATE)
CLOSED = (PeriodState.LOCKED, PeriodState.PUBLISHED, PeriodState.REISSUED)


class PeriodRefused(DomainError):
    """Days that are no period, or leave a hole, or lie across another."""


class NotYet(DomainError):
    """A step of a period before its time."""


class CannotClose(DomainError):
    """L12: something is in the way; the list names it."""


class AttestationRefused(DomainError):
    """L12: who attests twice, in the same role as another, or what nobody may attest."""


class DisputeRefused(DomainError):
    """A dispute that cannot be opened or decided this way."""


class IssueRefused(DomainError):
    """A report that would say what the last one said."""


def no_such_line() -> NotFound:
    """The same words for a line of another person and for one that is not there (c38)."""
    return NotFound(_("There is no such line among yours."))


# -- days -----------------------------------------------------------------------------------------------


def last_day(kind: PeriodKind, from_on: date) -> date:
    """The last day of a period; PeriodRefused when it does not begin with a month, or ends beyond the calendar."""
    if from_on.day != 1:
        raise PeriodRefused(_("A period begins on the first of a month."), field="from_on")
    months = from_on.month - 1 + (3 if kind is PeriodKind.QUARTER else 12)
    if from_on.year + months // 12 > 2100:
        raise PeriodRefused(_("Give a date between 1990 and 2100."), field="from_on")
    return date(from_on.year + months // 12, months % 12 + 1, 1) - timedelta(days=1)


def name_of(kind: PeriodKind, from_on: date, to_on: date) -> str:
    """ "Q4 2026" and "2026" where they are those of the calendar, else with their months."""
    if kind is PeriodKind.QUARTER and from_on.month % 3 == 1:
        return f"Q{from_on.month // 3 + 1} {from_on.year}"
    if kind is PeriodKind.YEAR and from_on.month == 1:
        return str(from_on.year)
    return str(_("%(from_on)s to %(to_on)s", from_on=f"{from_on:%b %Y}", to_on=f"{to_on:%b %Y}"))


def check_fits(kind: PeriodKind, from_on: date, to_on: date, others: Sequence[Period]) -> None:
    """No hole and no overlap among periods of a kind; a quarter lies in one year or in none."""
    for other in others:
        overlaps = from_on <= other.to_on and other.from_on <= to_on
        if other.kind is kind and overlaps:
            raise PeriodRefused(_("These days lie in %(other)s already.", other=other.name), field="from_on")
        if other.kind is not kind and overlaps and not _nests(kind, from_on, to_on, other):
            raise PeriodRefused(
                _(
                    "This would lie across %(other)s: a quarter lies within one year, a year holds whole "
                    "quarters.",
                    other=other.name,
                ),
                field="from_on",
            )
    same = [other for other in others if other.kind is kind]
    if not same or from_on == max(other.to_on for other in same) + timedelta(days=1):
        return
    if to_on + timedelta(days=1) == min(other.from_on for other in same):
        return
    last = max(same, key=lambda other: other.to_on)
    raise PeriodRefused(
        _(
            "This would leave days without a period. The next one begins on %(to_on)s, after %(last)s.",
            to_on=day(last.to_on + timedelta(days=1)),
            last=last.name,
        ),
        field="from_on",
    )


def _nests(kind: PeriodKind, from_on: date, to_on: date, other: Period) -> bool:
    if kind is PeriodKind.QUARTER:
        return other.from_on <= from_on and to_on <= other.to_on
    return from_on <= other.from_on and other.to_on <= to_on


def check_closing_day(to_on: date, closes_on: date) -> None:
    """It closes after it has ended."""
    if closes_on <= to_on:
        raise PeriodRefused(
            _("It can close after its last day, %(to_on)s.", to_on=day(to_on)), field="closes_on"
        )
    if (closes_on - to_on).days > 366:
        raise PeriodRefused(_("Close it within a year after its last day."), field="closes_on")


# -- steps ------------------------------------------------------------------------------------------------


def review_from(period: Period) -> date:
    """The first day people may be asked (L13: 45 days before it closes)."""
    return period.closes_on - timedelta(days=period.n_review_days)


def check_review(period: Period, today: date) -> None:
    """A review is opened once, in its time."""
    if period.state is not PeriodState.OPEN:
        raise NotYet(
            _(
                "%(period)s is %(state)s already; everybody had their link.",
                period=period.name,
                state=_word(period),
            )
        )
    if today < review_from(period):
        raise NotYet(
            _(
                "The review opens on %(day)s, %(n_review_days)s days before %(period)s closes.",
                day=day(review_from(period)),
                n_review_days=period.n_review_days,
                period=period.name,
            )
        )


def check_attest(
    period: Period, by: User, standing: Sequence[Attestation], today: date, *, has_news: bool
) -> None:
    """Two people of two roles, once each, when the days are over and people were asked."""
    if by.role not in ATTESTING:
        raise AttestationRefused(_("Relations, coordinators and compliance attest a period."))
    if period.state is PeriodState.OPEN:
        raise NotYet(
            _(
                "Open the review of %(period)s first: people read their lines before anybody attests them.",
                period=period.name,
            )
        )
    if today <= period.to_on:
        raise NotYet(
            _(
                "%(period)s ends on %(to_on)s; nobody can say before that it is complete.",
                period=period.name,
                to_on=day(period.to_on),
            )
        )
    if period.state in CLOSED and not has_news:
        raise AttestationRefused(
            _("%(period)s is locked, and nothing has changed since its last report.", period=period.name)
        )
    for other in standing:
        if other.user_id == by.id:
            raise AttestationRefused(_("You have attested these lines. The second person is somebody else."))
        if other.role is by.role:
            raise AttestationRefused(
                _(
                    "%(user)s has attested these lines as %(role)s. The second person has another role.",
                    user=other.user.name,
                    role=_role(by.role),
                )
            )
    if len(standing) >= 2:
        raise AttestationRefused(_("Two people have attested these lines; that is enough."))


def is_attested(standing: Sequence[Attestation]) -> bool:
    """Two people, two roles."""
    return len({one.user_id for one in standing}) >= 2 and len({one.role for one in standing}) >= 2


def check_lock(
    period: Period, standing: Sequence[Attestation], earlier: Sequence[Period], today: date
) -> None:
    """Attested as it stands, reviewed to the end, and everything before it is locked."""
    if period.state in CLOSED:
        raise NotYet(_("%(period)s is locked already.", period=period.name))
    if today < period.closes_on:
        raise NotYet(
            _(
                "People may review their lines until %(last)s; %(period)s can be locked from %(day)s on.",
                last=day(period.closes_on - timedelta(days=1)),
                period=period.name,
                day=day(period.closes_on),
            )
        )
    unlocked = next((one for one in earlier if one.state not in CLOSED), None)
    if unlocked is not None:
        raise NotYet(_("Lock %(unlocked)s first: periods close in their order.", unlocked=unlocked.name))
    if not is_attested(standing):
        raise CannotClose(
            _(
                "Two people of two roles attest the lines as they stand now. If a line changed after somebody attested, "
                "they attest again."
            )
        )


def check_reissue(period: Period, standing: Sequence[Attestation], reason: str, *, has_news: bool) -> None:
    """A report is issued again when it says something else, two people attested it, and why is written down."""
    if period.state not in CLOSED:
        raise NotYet(_("%(period)s is not locked, so its report is not issued yet.", period=period.name))
    if not has_news:
        raise IssueRefused(
            _("Nothing has changed since the last report, so there is nothing to issue again.")
        )
    check_reason(reason)
    if not is_attested(standing):
        raise CannotClose(_("Two people of two roles attest the changed lines before they are reported."))


def check_reason(reason: str, field: str = "reason") -> None:
    """A reason says something."""
    if len(reason.strip()) < MIN_REASON:
        raise DisputeRefused(
            _("Write at least %(n)s characters, so that others understand it.", n=MIN_REASON), field=field
        )


def _word(period: Period) -> str:
    return period.state.value.replace("_", " ")


def _role(role: Role) -> str:
    return role.value


# -- disputes ---------------------------------------------------------------------------------------------


def check_dispute(
    entry: Entry, known: Sequence[Dispute], proposed: Money | None, reason: str, *, is_taken_back: bool
) -> None:
    """A line that stands, no other dispute about it, an amount that says something else, and words."""
    if entry.kind not in LINES or is_taken_back:
        raise DisputeRefused(
            _("This line was taken back and counts nothing any more; look at the one instead of it.")
        )
    if any(one.state in WAITING for one in known):
        raise DisputeRefused(_("You have said already that this line is wrong; we are looking into it."))
    check_reason(reason)
    if proposed is None:
        return
    check_amount(proposed, entry.currency, "amount")
    if proposed.minor == entry.minor:
        raise DisputeRefused(_("This is the amount that stands there."), field="amount")


def check_amount(money: Money, currency: str, field: str) -> None:
    """An amount that can stand instead of a line."""
    if money.currency != currency:
        raise DisputeRefused(
            _("Give the amount in %(currency)s, as it was billed.", currency=currency), field=field
        )
    if money.minor <= 0:
        raise DisputeRefused(
            _(
                "Give an amount above zero. If nothing was received at all, leave it empty and say so in words."
            ),
            field=field,
        )


def check_decides(dispute: Dispute, entered_by_id: int | None, by: User) -> None:
    """Whoever entered the line does not decide whether it is right (R1); it is decided once."""
    if dispute.state not in WAITING:
        raise DisputeRefused(_("This dispute is closed: %(replace)s.", replace=words(dispute.state).lower()))
    if entered_by_id is not None and entered_by_id == by.id:
        raise DisputeRefused(_("You entered this line yourself, so somebody else decides about it."))
