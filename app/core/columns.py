"""The columns of a table on a page: what is the same in each of its rows, written once."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from flask_babel import gettext as _
from flask_babel.speaklater import LazyString
from markupsafe import Markup, escape


class Written(NamedTuple):
    """A column as it stands on the page; `key` and `sort` as the template named them.

    `head` is the heading's tag without its end, for what only the page knows; `words` what the heading says, with the swatch
    of its colour; `opens` and `closes` stand around every cell. `foot` is the tag of a total without its end, `mark` the name it
    carries on a phone, when there is one.
    """

    key: str
    sort: str | None
    label: str
    head: Markup
    words: Markup
    opens: Markup
    closes: Markup
    foot: Markup
    mark: Markup


def written(columns: Iterable[Mapping[str, Any]]) -> list[Written]:
    """The columns of `components/table.html`, which says what each of them may name."""
    return [
        Written(column["key"], column.get("sort"), *_of(
            *_words_of(column), column.get("kind") or "",
            *(bool(column.get(name)) for name in ("num", "fit", "wrap", "head")), column.get("hide") == "phone",
        ))
        for column in columns
    ]  # fmt: skip


def _words_of(column: Mapping[str, Any]) -> tuple[str, str]:
    """Its label, and what is read aloud where it has none."""
    label = _plain(column.get("label")) or ""
    return label, "" if label else _plain(column.get("abbr")) or _("Actions")


def _plain(words: Any) -> Any:
    """A sentence of the reader's language now, not whenever it is read."""
    return str(words) if isinstance(words, LazyString) else words


# Markup and text of the same letters are equal, and are not written alike.
@lru_cache(maxsize=4096, typed=True)
def _of(
    label: str,
    unseen: str,
    kind: str,
    is_number: bool,
    is_fit: bool,
    is_wrapped: bool,
    is_head: bool,
    is_wide_only: bool,
) -> tuple[str, Markup, Markup, Markup, Markup, Markup, Markup]:
    number, hidden = "c-num" if is_number else "", "hide-phone" if is_wide_only else ""
    fit, colour = "c-fit" if is_fit else "", f"kind-{kind.replace('_', '-')}" if kind else ""
    name, role = ("th", "rowheader") if is_head else ("td", "cell")
    cell = Markup('<{} role="{}"').format(name, role) + (Markup(' scope="row"') if is_head else "")
    mark = Markup(' data-label="{}"').format(label) if label and not is_head else Markup("")
    swatch = Markup('<span class="kind-mark" aria-hidden="true"></span>') if kind else Markup("")
    said = escape(label) if label else Markup('<span class="visually-hidden">{}</span>').format(unseen)
    return (
        label,
        Markup('<th role="columnheader" scope="col"') + _classes(number, fit, hidden, colour),
        swatch + said,
        cell
        + _classes(number, fit, "c-wrap" if is_wrapped else "", hidden, "c-head" if is_head else "", colour)
        + mark
        + Markup(">"),
        Markup("</{}>").format(name),
        cell + _classes(number, hidden, colour),
        mark,
    )


def _classes(*names: str) -> Markup:
    given = " ".join(filter(None, names))
    return Markup(' class="{}"').format(given) if given else Markup("")
