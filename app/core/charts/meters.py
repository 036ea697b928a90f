"""A value against its limits, and a funnel of steps."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.charts.base import Chart
from app.core.charts.model import Kind, Number, Table, finite
from app.core.charts.pen import Pen
from app.core.charts.text import clean, cut, width_of, wrap
from app.core.i18n import colon

_TRACK = 14.0


@dataclass(frozen=True, kw_only=True)
class CapMeter(Chart):
    """A value on a track with a soft and a hard limit; what lies beyond the hard limit is drawn in the block colour.

    The texts are whole phrases ("warn at GBP 800", "cap GBP 1,000"); `state` is the word for how it stands
    ("GBP 240 left", "over the cap"), because colour alone must not say it. Limits may be missing.
    """

    value: Number
    text: str
    kind: Kind = Kind.NON_CASH
    soft: Number | None = None
    soft_text: str = ""
    hard: Number | None = None
    hard_text: str = ""
    state: str = ""
    headers: tuple[str, str] = ("", "")

    @property
    def table(self) -> Table:
        """The value, the limits there are, and the state."""
        rows = [(self.title, self.text)]
        rows += [
            ("", text)
            for limit, text in ((self.soft, self.soft_text), (self.hard, self.hard_text))
            if limit is not None
        ]
        return Table(self.headers, (*rows, *((("", self.state),) if self.state else ())))

    @property
    def is_empty(self) -> bool:
        """Never: zero against a limit says something."""
        return False

    @property
    def level(self) -> Kind:
        """OK, WARN from the soft limit on, BLOCK beyond the hard one."""
        value = finite(self.value)
        if self.hard is not None and value > finite(self.hard):
            return Kind.BLOCK
        return Kind.WARN if self.soft is not None and value >= finite(self.soft) else Kind.OK

    def draw(self, pen: Pen) -> None:
        """Draw value and state, the track, and the limits below it."""
        value = max(finite(self.value), 0.0)
        limits = [finite(limit) for limit in (self.soft, self.hard) if limit is not None]
        # Room to the right of the cap, so that "over" has a place to show.
        high = max(value * 1.06, max(limits, default=0.0) * 1.18, 1e-9)
        pen.text(0, pen.y + 16, clean(self.text), size=17, weight=600)
        if self.state:
            self._state(pen)
        pen.y += 26
        cap = finite(self.hard) if self.hard is not None else high
        per = pen.width / high
        pen.open(f"{clean(self.title)}{colon()}{clean(self.text)}")
        pen.rect(0, pen.y, pen.width, _TRACK, "track", radius=3)
        if value:
            pen.rect(0, pen.y, max(min(value, cap) * per, 2), _TRACK, self.kind, radius=3)
        if value > cap:
            pen.rect(cap * per, pen.y, (value - cap) * per, _TRACK, Kind.BLOCK)
        pen.close()
        self._limits(pen, per)

    def _state(self, pen: Pen) -> None:
        colour = self.level
        room = pen.width - width_of(clean(self.text), 17, bold=True) - 36
        word = cut(clean(self.state), room, 12, bold=True)
        pen.text(pen.width - 16, pen.y + 14, word, weight=600, anchor="end", colour=colour)
        x = pen.width - 5
        # The shape says it as well: a disc is fine, a triangle warns, a square stops.
        if colour is Kind.OK:
            pen.dot(x, pen.y + 10, 4, colour)
        elif colour is Kind.WARN:
            pen.area([(x - 5, pen.y + 14), (x + 5, pen.y + 14), (x, pen.y + 5)], colour)
        else:
            pen.rect(x - 4, pen.y + 6, 8, 8, colour)

    def _limits(self, pen: Pen, per: float) -> None:
        """Each limit a flag below the track: the soft one's phrase to the left of its pole, the hard one's to the right.

        So they do not meet; where a phrase has no room on its side, it goes to a second line below the other.
        """
        top = pen.y - 4
        pen.y += _TRACK
        rows, taken = 0, 0.0
        if self.soft is not None:
            x, phrase = max(finite(self.soft), 0.0) * per, cut(clean(self.soft_text), pen.width, 11)
            length = width_of(phrase, 11)
            pen.line(x, top, x, pen.y + 17, "ink", dash="3 2")
            if x >= length + 5:
                pen.text(x - 5, pen.y + 16, phrase, size=11, tone="muted", anchor="end")
                taken = x
            else:
                pen.text(x + 5, pen.y + 16, phrase, size=11, tone="muted")
                taken = x + 5 + length
            rows = 1
        if self.hard is not None:
            x, phrase = max(finite(self.hard), 0.0) * per, cut(clean(self.hard_text), pen.width, 11)
            fits = x + 5 + width_of(phrase, 11) <= pen.width
            row = 1 if not fits or taken > x else 0
            rows = max(rows, row + 1)
            pen.line(x, top, x, pen.y + 17 + row * 15, "ink", width=2)
            side, anchor = (5, "start") if fits else (-5, "end")
            pen.text(x + side, pen.y + 16 + row * 15, phrase, size=11, tone="muted", anchor=anchor)
        pen.y += rows * 15 + 6


@dataclass(frozen=True)
class Step:
    """One step of a funnel; `lost` says in words who did not go on to the next ("18 declined, 6 silent")."""

    label: str
    value: Number
    text: str
    kind: Kind = Kind.NON_CASH
    note: str = ""
    lost: str = ""


@dataclass(frozen=True, kw_only=True)
class Funnel(Chart):
    """Steps from top to bottom on one scale, each joined to the next; a later step may also be larger."""

    steps: Sequence[Step]
    headers: tuple[str, str, str, str] = ("", "", "", "")

    @property
    def table(self) -> Table:
        """Step, count, note, and who was lost after it."""
        return Table(
            self.headers, tuple((step.label, step.text, step.note, step.lost) for step in self.steps)
        )

    @property
    def is_empty(self) -> bool:
        """Without steps; zeros are data."""
        return not self.steps

    def draw(self, pen: Pen) -> None:
        """Draw a bar per step and a faint slope to the next one."""
        values = [max(finite(step.value), 0.0) for step in self.steps]
        labels = [clean(step.label) for step in self.steps]
        room = min(max(width_of(label, 12) for label in labels), pen.width * 0.3) + 14
        beside = (
            max(
                width_of(clean(step.text), 13, bold=True) + width_of(clean(step.note), 11)
                for step in self.steps
            )
            + 24
        )
        per = max(pen.width - room - min(beside, pen.width * 0.4), 20) / max(*values, 1e-9)
        for at, (step, value, label) in enumerate(zip(self.steps, values, labels, strict=True)):
            lines = wrap(label, room - 14, 12)
            for row, line in enumerate(lines):
                pen.text(room - 14, pen.y + 18 + (row - (len(lines) - 1) / 2) * 14, line, anchor="end")
            end = room + max(value * per, 1.5)
            text = clean(step.text)
            pen.open(f"{label}{colon()}{text}")
            pen.rect(room, pen.y, end - room, 28, step.kind)
            pen.close()
            pen.text(end + 8, pen.y + 18.5, text, size=13, weight=600)
            if step.note:
                after = end + 18 + width_of(text, 13, bold=True)
                pen.text(
                    after, pen.y + 18, cut(clean(step.note), pen.width - after, 11), size=11, tone="muted"
                )
            pen.y += 28
            if at + 1 < len(values) or step.lost:
                following = room + max(values[at + 1] * per, 1.5) if at + 1 < len(values) else room
                if at + 1 < len(values):
                    slope = [(room, pen.y), (end, pen.y), (following, pen.y + 26), (room, pen.y + 26)]
                    pen.area(slope, step.kind, opacity=0.13)
                if step.lost:
                    pen.text(
                        room + 8,
                        pen.y + 17,
                        cut(clean(step.lost), pen.width - room - 8, 11),
                        size=11,
                        tone="muted",
                    )
                pen.y += 26
        pen.y += 4
