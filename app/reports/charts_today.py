"""The drawings of the home pages: each title says the finding."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from app.core import charts
from app.core.charts import (
    Bar,
    BarChart,
    Chart,
    DistributionStrip,
    Dot,
    Kind,
    Lane,
    Mark,
    Span,
    Step,
    Tick,
    Timeline,
    TimeTick,
    nice_ticks,
)
from app.core.i18n import amount, country_name, day, number, when, words
from app.core.money import Money
from app.core.spoken import short_day, short_month
from app.disclosures.models import ObligationState
from app.events.models import Invitation, InvitationState
from app.events.policies import Funnel
from app.executives.models import AccessRequest
from app.executives.queries_minutes import MarketMinutes
from app.people.models import Person
from app.programs.models import Stage
from app.travel.models import Trip
from app.travel.policies_gaps import GAP_WORDS, Gap


class Quiet(Protocol):
    """How long nobody was in touch with a person, against a cadence."""

    @property
    def person(self) -> Person: ...

    @property
    def n_days(self) -> int: ...

    @property
    def n_cadence(self) -> int: ...

    @property
    def is_too_long(self) -> bool: ...


def silence(rows: Sequence[Quiet]) -> Chart:
    """Days since the last contact, a dot a person; the cadence is the mark."""
    n_quiet = sum(one.is_too_long for one in rows)
    title = ngettext(
        "%(num)s person has been silent too long", "%(num)s people have been silent too long", n_quiet
    )
    dots = [
        Dot(one.person.name, one.n_days, str(ngettext("%(num)s day", "%(num)s days", one.n_days)),
            Kind.WARN if one.is_too_long else Kind.OK, one.is_too_long and at < 3)
        for at, one in enumerate(rows)
    ]  # fmt: skip
    cadences = sorted({one.n_cadence for one in rows})
    return DistributionStrip(
        title=str(title if n_quiet else _("Nobody of yours has been silent too long")),
            subtitle=str(_("Days since the last contact")),
        dots=dots, marks=[Mark(n, str(_("cadence %(n)s days", n=n))) for n in cadences[:2]],
        headers=(str(_("Person")), str(_("Silent for"))),
    )  # fmt: skip


def stages(counts: Mapping[Stage, int]) -> Chart:
    """How many people are at each stage, over all programs."""
    bars = [
        Bar(words(stage.value), counts[stage], number(counts[stage]), Kind.NON_CASH)
        for stage in Stage
        if counts.get(stage)
    ]
    n_active = counts.get(Stage.ACTIVE, 0)
    title = ngettext("%(num)s person is active", "%(num)s people are active", n_active)
    return BarChart(
        title=str(title),
        subtitle=str(_("People by stage, all programs")),
        bars=bars,
        headers=(str(_("Stage")), str(_("People"))),
    )


def funnel(name: str, counts: Funnel) -> Chart:
    """Invited, accepted, attended of one event; what was lost on the way stands between."""
    lost = _(
        "%(declined)s declined, %(waiting)s waiting, %(silent)s silent",
        declined=counts.declined,
        waiting=counts.waiting,
        silent=counts.silent,
    )
    steps = [
        Step(str(_("Invited")), counts.invited, number(counts.invited), lost=str(lost)),
        Step(str(_("Accepted")), counts.accepted, number(counts.accepted)),
    ]
    if counts.attended:
        steps.append(Step(str(_("Attended")), counts.attended, number(counts.attended)))
    title = _(
        "%(event)s: %(accepted)s of %(invited)s have accepted",
        event=name,
        accepted=counts.accepted,
        invited=counts.invited,
    )
    heads = (str(_("Step")), str(_("People")), "", str(_("Lost")))
    return charts.Funnel(
        title=str(title),
        subtitle=str(_("Invited = accepted + declined + waiting + no answer")),
        steps=steps if counts.invited else [],
        headers=heads,
    )


def gaps(counts: Mapping[Gap, int]) -> Chart:
    """What is missing in the travel of those who come."""
    bars = [
        Bar(str(_(GAP_WORDS[gap])).capitalize(), n, number(n), Kind.WARN) for gap, n in counts.items() if n
    ]
    most = max(counts, key=lambda gap: counts[gap], default=None)
    title = (
        _("Most often missing: %(gap)s", gap=_(GAP_WORDS[most]))
        if most is not None and counts[most]
        else _("Nothing is missing")
    )
    return BarChart(
        title=str(title),
        subtitle=str(_("People with a gap, events ahead")),
        bars=bars,
        headers=(str(_("Gap")), str(_("People"))),
    )


def requests(rows: Sequence[AccessRequest]) -> Chart:
    """How many ask for each slot: one is accepted, the others are declined with it."""
    wanted = Counter(
        (one.slot_id, f"{one.slot.executive.name}, {when(one.slot.starts_at, one.slot.zone)}") for one in rows
    )
    bars = [
        Bar(label, n, number(n), Kind.UNITS)
        for (_id, label), n in sorted(wanted.items(), key=lambda pair: -pair[1])[:10]
    ]
    title = ngettext(
        "%(num)s request for %(slots)s slots",
        "%(num)s requests for %(slots)s slots",
        len(rows),
        slots=len(wanted),
    )
    return BarChart(
        title=str(title),
        subtitle=str(_("Requests by slot")),
        bars=bars,
        headers=(str(_("Slot")), str(_("Requests"))),
    )


def markets(rows: Sequence[MarketMinutes], event: str) -> Chart:
    """Minutes by market for those who come, least first: markets only, nothing else about anybody."""
    bars = [
        Bar(country_name(one.country) or str(_("Not noted")), one.n_minutes, number(one.n_minutes), Kind.UNITS,
            str(ngettext("%(num)s person", "%(num)s people", one.n_people)))
        for one in rows[:12]
    ]  # fmt: skip
    without = [country_name(one.country) for one in rows if not one.n_minutes]
    title = (
        _("No minutes yet: %(markets)s", markets=", ".join(without[:4]))
        if without
        else _("Every market has minutes")
    )
    return BarChart(
        title=str(title),
        subtitle=str(_("Executive minutes by market, %(event)s", event=event)),
        bars=bars,
        headers=(str(_("Market")), str(_("Minutes"))),
    )


def answers(rows: Sequence[Invitation]) -> Chart:
    """Where the invitations of an agency's people stand."""
    counted = Counter(row.state for row in rows)
    tones = {InvitationState.ACCEPTED: Kind.OK, InvitationState.INVITED: Kind.WARN}
    bars = [
        Bar(words(state.value), counted[state], number(counted[state]), tones.get(state, Kind.NEUTRAL))
        for state in InvitationState
        if counted[state]
    ]
    n = counted[InvitationState.INVITED]
    title = (
        ngettext("%(num)s invitation waits for an answer", "%(num)s invitations wait for an answer", n)
        if n
        else _("Every invitation is answered")
    )
    return BarChart(
        title=str(title),
        subtitle=str(_("Invitations to events ahead")),
        bars=bars,
        headers=(str(_("Answer")), str(_("Invitations"))),
    )


def trips(rows: Sequence[Trip]) -> Chart:
    """Who travels when."""
    lanes = [
        Lane(
            trip.person.name,
            [
                Span(
                    trip.event.name,
                    trip.from_on,
                    trip.to_on,
                    f"{day(trip.from_on)} – {day(trip.to_on)}",
                    Kind.NON_CASH,
                )
            ],
        )
        for trip in rows[:12]
    ]
    days = sorted({trip.from_on for trip in rows} | {trip.to_on for trip in rows})
    ticks = [TimeTick(on, short_day(on)) for on in days[:: max(1, len(days) // 5)]]
    title = ngettext("%(num)s trip ahead", "%(num)s trips ahead", len(rows))
    return Timeline(
        title=str(title),
        lanes=lanes,
        ticks=ticks,
        headers=(str(_("Person")), str(_("To")), str(_("From, until"))),
    )


# -- compliance, auditor, admin ----------------------------------------------------------------------


def against_caps(
    values: Sequence[tuple[str, Money]],
    limits: Sequence[tuple[str, Money]],
    year: int,
    *,
    n_people: int,
    n_over: int,
) -> Chart:
    """People's non-cash value of the year, the most first, with the limits as marks; `values` may be the highest of more."""
    soft = min((limit.minor for _name, limit in limits), default=None)
    dots = [
        Dot(
            name, money.minor, amount(money),
            Kind.WARN if soft is not None and money.minor > soft else Kind.NON_CASH, at < 2,
        )
        for at, (name, money) in enumerate(values)
    ]  # fmt: skip
    shown = [money for _name, money in (*values, *limits)]
    ticks = (
        [
            Tick(tick, amount(Money(int(tick), shown[0].currency)))
            for tick in nice_ticks(0, max(money.minor for money in shown), 4)
        ]
        if shown
        else []
    )
    title = (
        ngettext("%(num)s person above a limit", "%(num)s people above a limit", n_over)
        if n_over
        else _("Nobody is above a limit")
    )
    currency = shown[0].currency if shown else ""
    subtitle = _("Non-cash value by person in %(year)s, %(currency)s", year=year, currency=currency)
    if len(values) < n_people:
        subtitle = _(
            "%(what)s: the %(n)s highest of %(all)s",
            what=subtitle,
            n=number(len(values)),
            all=number(n_people),
        )
    return DistributionStrip(
        title=str(title), dots=dots, subtitle=str(subtitle),
        marks=[Mark(limit.minor, name) for name, limit in limits], ticks=ticks, headers=(str(_("Person")), str(_("Non-cash"))),
    )  # fmt: skip


def obligations(counts: Mapping[ObligationState, int]) -> Chart:
    """Duties to disclose by state."""
    tones = {
        ObligationState.EVIDENCED: Kind.OK,
        ObligationState.REMEDIED: Kind.OK,
        ObligationState.DEFICIENT: Kind.BLOCK,
        ObligationState.DUE: Kind.WARN,
    }
    bars = [
        Bar(words(state.value), counts[state], number(counts[state]), tones.get(state, Kind.NEUTRAL))
        for state in ObligationState
        if counts.get(state)
    ]
    n = counts.get(ObligationState.DUE, 0)
    title = ngettext("%(num)s duty to disclose is due", "%(num)s duties to disclose are due", n)
    return BarChart(
        title=str(title),
        subtitle=str(_("Duties by state")),
        bars=bars,
        headers=(str(_("State")), str(_("Duties"))),
    )


def per_month(title: str, subtitle: str, counts: Mapping[date, int]) -> Chart:
    """A count a month, standing bars."""
    bars = [
        Bar(short_month(month, with_year=True), n, number(n), Kind.NEUTRAL)
        for month, n in sorted(counts.items())
    ]
    return BarChart(
        title=title,
        subtitle=subtitle,
        bars=bars,
        orientation="vertical",
        headers=(str(_("Month")), str(pgettext("count", "Number"))),
    )


def by_name(title: str, subtitle: str, counts: Mapping[str, int], kind: Kind = Kind.NEUTRAL) -> Chart:
    """A count by name, the largest first."""
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:10]
    return BarChart(
        title=title,
        subtitle=subtitle,
        bars=[Bar(name, n, number(n), kind) for name, n in ordered],
        headers=("", str(pgettext("count", "Number"))),
    )
