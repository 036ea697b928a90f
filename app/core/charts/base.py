"""The frame every chart shares: title, description, size, names for screen readers, and what is drawn without data."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from hashlib import blake2b

from markupsafe import Markup, escape

from app.core.charts.model import PAGE, Kind, Palette, Table
from app.core.charts.pen import Pen, num
from app.core.charts.text import clean, width_of, wrap
from app.core.i18n import marked, said


@dataclass(frozen=True, kw_only=True)
class Chart(ABC):
    """A drawing of fixed width; `title` says the finding, `subtitle` the measure and its unit, `description` what is seen."""

    title: str
    description: str = ""
    subtitle: str = ""
    #: What stands in the drawing when there is nothing to draw.
    empty: str = marked("Nothing to show yet")

    @property
    @abstractmethod
    def table(self) -> Table:
        """The data behind the drawing, in its order."""

    @property
    @abstractmethod
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""

    @abstractmethod
    def draw(self, pen: Pen) -> None:
        """Draw the marks from `pen.y` on and leave `pen.y` below them."""

    def svg(self, *, width: int = 640, palette: Palette = PAGE, show_title: bool = True) -> Markup:
        """The drawing as an `<svg>` element `width` CSS pixels wide (at least 200); equal charts give equal text.

        The ids come from content and width. With `show_title=False` the title is for screen readers alone (the page has a
        heading). ValueError for values that are not finite.
        """
        pen = Pen(palette, max(width, 200))
        if show_title:
            self._head(pen)
        if self.is_empty:
            self._nothing(pen)
        else:
            self.draw(pen)
        content = f"{width} {self!r}".encode("utf-8", "replace")
        name = "chart-" + blake2b(content, digest_size=6).hexdigest()
        described = (
            f'<desc id="{name}-d">{escape(clean(self.description))}</desc>' if self.description else ""
        )
        ids = f"{name}-t {name}-d" if described else f"{name}-t"
        font = f' font-family="{escape(palette.font)}"' if palette.font else ""
        # direction: in a right-to-left page "start" would otherwise mean the right end of every text.
        # Every text in it went through escape().
        return Markup(  # noqa: S704
            f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {num(pen.width)} {num(pen.y)}" '
            f'width="{num(pen.width)}" height="{num(pen.y)}" role="img" direction="ltr" aria-labelledby="{ids}"{font}>'
            f'<title id="{name}-t">{escape(clean(self.title))}</title>{described}{pen.markup()}</svg>'
        )

    def _head(self, pen: Pen) -> None:
        for line in wrap(clean(self.title), pen.width, 15, lines=3, bold=True):
            pen.text(0, pen.y + 16, line, size=15, weight=600)
            pen.y += 20
        if self.subtitle:
            for line in wrap(clean(self.subtitle), pen.width, 12):
                pen.text(0, pen.y + 13, line, tone="muted")
                pen.y += 17
        pen.y += 10

    def _nothing(self, pen: Pen) -> None:
        pen.rect(0, pen.y, pen.width, 72, "track", radius=4)
        pen.text(pen.width / 2, pen.y + 40, clean(said(self.empty)), tone="muted", anchor="middle")
        pen.y += 72


def legend(pen: Pen, entries: list[tuple[str, Kind]]) -> None:
    """A row of swatches with names, on as many lines as it takes."""
    x = 0.0
    for name, kind in entries:
        needed = 16 + width_of(name, 12)
        if x and x + needed > pen.width:
            x = 0.0
            pen.y += 18
        pen.rect(x, pen.y + 2, 10, 10, kind, radius=2)
        pen.text(x + 16, pen.y + 11, name)
        x += needed + 18
    pen.y += 24
