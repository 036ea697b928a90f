"""Influence and popularity of people on two axes: each is shown for itself, neither is part of a score."""

from collections.abc import Sequence
from datetime import date

from flask_babel import gettext as _

from app.core.charts import Placed, Tick, TwoAxes
from app.core.i18n import day, number, plural, semicolon
from app.people.models import Channel, Person

#: The ends of the scale hold what lies beyond them; the text of each case says the number.
_SIZES = (100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000)
_SHORT = ("≤100", "1k", "10k", "100k", "1M", "10M+")


def largest_audience(person: Person, today: date) -> Channel | None:
    """The channel in use with the largest size that somebody has stated; None while nobody has."""
    stated = [row for row in person.channels if row.audience_size is not None and not row.is_over(today)]
    return max(stated, key=lambda row: (row.audience_size or 0, -row.id), default=None)


def two_axes(person: Person, today: date) -> TwoAxes:
    """Evidence that counts today, upwards; the largest stated audience, across, or unknown."""
    placed = _placed(person, today)
    return _drawn([placed], f"{placed.up_text}{semicolon()}{placed.across_text}")


def axes_of_many(people: Sequence[Person], today: date) -> TwoAxes:
    """The same for several, in the order given; evidence and channels must be loaded."""
    points = [_placed(person, today) for person in people]
    n, n_known = len(points), sum(one.across is not None for one in points)
    title = _(
        "Evidence counts today for %(n)s of %(all)s; an audience is stated for %(known)s",
        n=sum(one.up > 0 for one in points), all=n, known=n_known,
    )  # fmt: skip
    return _drawn(points, str(title), height=260)


def _placed(person: Person, today: date) -> Placed:
    n = sum(row.counts_on(today) for row in person.evidence)
    widest = largest_audience(person, today)
    size = widest.audience_size if widest else None
    evidence = plural("%(num)s piece of evidence counts today", "%(num)s pieces of evidence count today", n)
    if widest is None or size is None:
        audience = str(_("audience unknown"))
    else:
        audience = str(
            _("largest stated audience %(n)s on %(platform)s", n=number(size), platform=widest.platform_name)
        )
        if widest.audience_read_on:
            audience += str(_(", read %(day)s", day=day(widest.audience_read_on)))
    return Placed(person.name, size, n, audience, evidence, is_named=True)


def _drawn(points: Sequence[Placed], title: str, height: float = 132) -> TwoAxes:
    n = max((int(one.up) for one in points), default=0)
    most = max(6, n + (n % 2))
    return TwoAxes(
        title=title, height=height,
        subtitle=str(_("Two measures, read apart: nothing is added up, and nobody is ranked by either")),
        description=str(_("Influence upwards, popularity across.")),
        points=points,
        up_label=str(_("Influence: evidence in force")), across_label=str(_("Popularity: largest stated audience")),
        across_ticks=[Tick(value, text) for value, text in zip(_SIZES, _SHORT, strict=True)],
        up_ticks=[Tick(value, str(value)) for value in range(0, most + 1, max(2, most // 3))],
        unknown=str(_("unknown")), headers=(str(_("Person")), str(_("Influence")), str(_("Popularity"))),
    )  # fmt: skip
