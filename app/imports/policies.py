"""Decisions about files that come in: what is refused, and how what happens to their lines is said."""

from collections.abc import Iterable, Sequence

from flask_babel import gettext as _
from msgspec import Struct, field

from app.core.errors import DomainError
from app.core.i18n import number

#: Faults told at once; the number of the others is given.
MAX_FAULTS = 20
#: Faults in one sentence for a form; lists show more of them.
_SAID_AT_A_FIELD = 5
#: Lines kept for the page of a dry run and for the receipt.
MAX_LINES = 200


class ImportRefused(DomainError):
    """The file, or something in it, cannot be read in; nothing was written. `faults` are the first of `n_faults`."""

    def __init__(
        self, faults: Sequence[str], *, n_faults: int | None = None, field: str | None = "file"
    ) -> None:
        self.faults = tuple(faults)
        self.n_faults = n_faults or len(self.faults)
        shown = self.faults[:_SAID_AT_A_FIELD]
        n_more = self.n_faults - len(shown)
        more = " " + _("And %(n)s more.", n=number(n_more)) if n_more > 0 else ""
        super().__init__(" ".join(shown) + more, field=field)


class NotABooksProgram(DomainError):
    """Books kept elsewhere go into a program of their own, not among the people we invite."""


class CannotUndo(DomainError):
    """An import that was undone already, or that wrote into the book of value, which is never rewritten (L1)."""


class NotChecked(DomainError):
    """A run without a dry run before it, or with faults left."""


class Faults(Struct):
    """Collects what is wrong with a file, with line and column; keeps the first few words and counts the rest."""

    said: list[str] = field(default_factory=list)
    n: int = 0

    def add(self, line: int, column: str, message: str) -> None:
        self.n += 1
        if len(self.said) < MAX_FAULTS:
            self.said.append(_("Line %(line)s, %(column)s: %(what)s", line=line, column=column, what=message))

    def refuse(self) -> None:
        """Raise ImportRefused when there is anything."""
        if self.n:
            raise ImportRefused(self.said, n_faults=self.n)


def lines_words(lines: Iterable[int]) -> str:
    """[14] -> "line 14"; [22, 37] -> "lines 22 and 37"; many are cut short."""
    numbers = sorted(lines)
    if len(numbers) == 1:
        return str(_("line %(n)s", n=numbers[0]))
    if len(numbers) > 12:
        n_more = number(len(numbers) - 10)
        return str(_("lines %(numbers)s and %(n)s more", numbers=", ".join(map(str, numbers[:10])), n=n_more))
    return str(
        _("lines %(numbers)s and %(last)s", numbers=", ".join(map(str, numbers[:-1])), last=numbers[-1])
    )
