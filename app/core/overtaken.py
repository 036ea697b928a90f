"""Somebody else saved first: what is saved now beside what was typed, in the words of the form; nothing typed is lost."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from itertools import takewhile
from operator import attrgetter
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from msgspec import Struct
from wtforms import BooleanField, Field, HiddenField, PasswordField, SelectMultipleField
from wtforms.fields.choices import SelectFieldBase

from app.core.errors import Overtaken
from app.core.fields import AmountField
from app.core.i18n import amount, day, number
from app.core.money import Money

#: As much of a long text as the table shows, and how much of it before the first difference.
_LONGEST, _BEFORE = 240, 60


class Saver(Struct, frozen=True):
    """Who saved a record last and when, as the reader may know it; `when` is in words."""

    name: str
    when: str
    is_reader: bool = False


class Clash(Struct, frozen=True):
    """What a form says once it was overtaken."""

    saver: Saver | None
    #: The fields that differ, as `components/compare.html` shows them.
    rows: tuple[Mapping[str, Any], ...]
    #: Opens the record afresh; empty where the page cannot be asked for.
    url: str


#: Set by the room that keeps the audit trail, which lies above.
_ask_saver: list[Callable[[Any], Saver | None]] = []


def know_savers(ask: Callable[[Any], Saver | None]) -> None:
    """Let `ask` say who saved a row last."""
    _ask_saver[:] = [ask]


class OvertakenForm(FlaskForm):  # type: ignore[misc]
    """The part of every form that knows the version it was rendered from, and what is saved now."""

    version = HiddenField()

    clash: Clash | None = None
    #: The fields whose saved value the view handed in.
    _held: frozenset[str] = frozenset()

    def process(self, formdata: Any = None, obj: Any = None, data: Any = None, **kwargs: Any) -> None:
        """Take in what is saved and what was sent."""
        given = {*(data or {}), *kwargs}
        self._held = frozenset(name for name in self._fields if name in given or hasattr(obj, name))
        super().process(formdata, obj, data=data, **kwargs)

    @property
    def seen_version(self) -> int | None:
        """The version the person was looking at; None when the form carries none."""
        text = str(self.version.data or "") if self.version is not None else ""
        return int(text) if text.isdecimal() and len(text) < 10 else None

    @property
    def knows_version(self) -> bool:
        """Whether the page shows a record in a version; a button alone does not."""
        return self.version is not None and bool(self.version.object_data)

    def named(self, field: Field) -> str:
        """What a field is called where it stands apart from its group."""
        return str(field.label.text)

    def further_pairs(self) -> Iterable[tuple[str, str, str]]:
        """What stands on the page beside the fields: its label, what is saved now, what was typed, both in words."""
        return ()

    def take_over(self, error: Overtaken) -> None:
        """Show both versions; sent once more, what was typed knowingly replaces what is saved now."""
        held = [field for field in self if field.short_name in self._held]
        pairs = [_pair(self, field) for field in held if _is_typed(field)] + list(self.further_pairs())
        saver = _ask_saver[0](error.row) if _ask_saver else None
        self.clash = Clash(saver, tuple(_row(*pair) for pair in pairs if pair[1] != pair[2]), _address())
        for field in held:
            if isinstance(field, HiddenField):  # the version, and what else the page was rendered from
                field.data = field.object_data


def _address() -> str:
    rule = request.url_rule
    return request.full_path.rstrip("?") if rule is not None and "GET" in (rule.methods or ()) else ""


def _is_typed(field: Field) -> bool:
    """Whether it is filled in on the page: what has no control there is the server's, or not for this reader."""
    is_sent = bool(field.raw_data) or isinstance(
        field, BooleanField | SelectMultipleField
    )  # no tick sends nothing
    return is_sent and field.widget is not None and not isinstance(field, HiddenField | PasswordField)


def _pair(form: OvertakenForm, field: Field) -> tuple[str, str, str]:
    saved, yours = (_words(form, field, attrgetter(name)) for name in ("object_data", "data"))
    return form.named(field), saved, yours


def _row(label: str, saved: str, yours: str) -> Mapping[str, Any]:
    return {"label": label, "values": _apart(saved, yours)}


def _words(form: FlaskForm, field: Field, of: Callable[[Field], Any]) -> str:
    """One of the two values of a field as the reader reads it."""
    value = of(field)
    if isinstance(field, SelectFieldBase):
        return _chosen(field, value)
    if isinstance(field, BooleanField):
        return str(_("yes") if value else _("no"))
    if isinstance(field, AmountField) and value:
        return _money(str(value), str(of(form[field.currency_field]) or ""))
    return _plain(value)


def _chosen(field: SelectFieldBase, value: Any) -> str:
    labels = {str(choice.value): str(choice.label) for choice in field.iter_choices()}
    if isinstance(field, SelectMultipleField):
        chosen = {str(one) for one in value or ()}
        return ", ".join(label for one, label in labels.items() if one in chosen)
    text = "" if value is None else str(value)
    return labels.get(text) or (str(_("no longer offered")) if text else "")


def _money(text: str, code: str) -> str:
    try:
        money = Money.parse(text, code)
    except ValueError:
        return text
    return f"{money.currency} {amount(money)}"


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{day(value)}, {value:%H:%M}"
    if isinstance(value, date):
        return day(value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, int | Decimal):
        return number(value)
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value)
    return "\n".join(str(value or "").split("\r\n")).strip()


def _apart(saved: str, yours: str) -> list[str]:
    """Both, long ones cut so that the first difference is seen."""
    n_same = sum(1 for _pair in takewhile(lambda pair: pair[0] == pair[1], zip(saved, yours, strict=False)))
    begins = n_same - _BEFORE if max(len(saved), len(yours)) > _LONGEST and n_same > _BEFORE * 2 else 0
    return [_cut(text, begins) for text in (saved, yours)]


def _cut(text: str, begins: int) -> str:
    part = text[begins : begins + _LONGEST]
    ends = "…" if len(text) > begins + _LONGEST else ""
    return f"{'…' if begins and part else ''}{part}{ends}"
