"""What an answer about clashes holds."""

from datetime import date

from pydantic import AwareDatetime

from app.api.layer import Shape
from app.events.clashes import Clash


class ConcernedShape(Shape):
    """Somebody a clash concerns."""

    id: int
    name: str


class ClashShape(Shape):
    """Something at the same time: which kind, when on its own clocks, why it matters and whom it concerns."""

    layer: str
    id: int
    title: str
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    zone: str
    from_on: date
    to_on: date
    country: str
    why: str
    who: list[ConcernedShape]

    @classmethod
    def of(cls, clash: Clash) -> "ClashShape":
        entry = clash.entry
        return cls(
            layer=entry.layer.value, id=entry.id, title=entry.title, starts_at=entry.starts_at, ends_at=entry.ends_at,
            zone=entry.zone, from_on=entry.from_on, to_on=entry.to_on, country=entry.country, why=clash.why,
            who=[ConcernedShape(id=who.id, name=who.name) for who in clash.who],
        )  # fmt: skip


class ClashesShape(Shape):
    """Everything an event meets."""

    items: list[ClashShape]
    total: int
