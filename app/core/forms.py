"""Forms: typed values in, a rule's refusal back at its field, nothing typed lost."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from wtforms import Field, HiddenField, IntegerField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.fields import DateField, DateTimeLocalField
from wtforms.fields.choices import SelectFieldBase
from wtforms.validators import InputRequired, Length, Optional, StopValidation
from wtforms.validators import ValidationError as FieldError

from app.core import clock
from app.core.db import restart_transaction
from app.core.errors import Conflict, DomainError, Overtaken
from app.core.fields import AmountField
from app.core.i18n import country_choices, later, number, said, words
from app.core.money import Money, digits_of
from app.core.overtaken import OvertakenForm
from app.core.vtimezone import NonexistentTime, local_instant, zone_names
from app.core.wall_times import gap_words

_NEEDED = _l("This is needed.")
#: Offered first in currency lists; every ISO 4217 code is accepted.
COMMON_CURRENCIES = ("GBP", "EUR", "USD")
#: The years a date may lie in; the calendar ends on both sides where a zone would have to be applied.
FIRST_YEAR, LAST_YEAR = 1990, 2100


class BaseForm(OvertakenForm):
    """Every form: CSRF token, a one-time key against double clicks, the version it was rendered from."""

    form_key = HiddenField(default=lambda: secrets.token_urlsafe(24))

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """Labels, hints and choices written as literals are said in the reader's language."""

        def bind_field(self, form: Any, unbound_field: Any, options: Any) -> Any:
            return _speaking(super().bind_field(form, unbound_field, options))

    _refused_as = 422
    #: Seconds to wait, when the refusal is about time.
    retry_after: int | None = None

    @property
    def status(self) -> int:
        """422 when it was refused (429 or 503 if to be tried later), 409 when somebody else saved first, else 200.

        A view ends with `render_template(...), form.status`.
        """
        if self.clash is not None:
            return Overtaken.status
        return self._refused_as if self.is_submitted() and (self.errors or self.form_errors) else 200

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """The one place where a rule meets a screen: a refusal rolls back and lands on its field."""
        try:
            yield
        except Overtaken as error:
            if not self.knows_version:
                raise
            restart_transaction()
            self.take_over(error)
        except Conflict:
            raise
        except DomainError as error:
            restart_transaction()
            if error.status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
                self._refused_as, self.retry_after = error.status, error.retry_after
            self.refuse(error.message, field=error.field)
        except ValidationError as error:
            restart_transaction()
            for problem in error.errors():
                place = str(problem["loc"][0]) if problem["loc"] else None
                self.refuse(_in_words(problem), field=place)

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether all is well; what is wrong is said in the reader's language from here on, as plain text."""
        is_fine = bool(super().validate(extra_validators))
        for field in self:
            if not isinstance(field.errors, dict):
                field.errors = [
                    one if isinstance(one, str | list | dict) else str(one) for one in field.errors
                ]
        return is_fine

    def refuse(self, message: str, *, field: str | None = None) -> None:
        """Show a message at a field, or at the head of the form."""
        target = self._fields.get(field or "")
        if target is None:
            self.form_errors.append(message)
        else:
            target.errors = [*target.errors, message]


def _speaking(field: Field) -> Field:
    """A field as the reader reads it: `core/extracting.py` finds the literals."""
    field.label.text, field.description = _in_language(field.label.text), _in_language(field.description)
    if isinstance(field, SelectFieldBase) and isinstance(getattr(field, "choices", None), list):
        field.choices = [_choice_in_language(one) for one in field.choices]
    return field


def _choice_in_language(one: Any) -> Any:
    if isinstance(one, SelectChoice):
        return replace(one, label=_in_language(one.label))
    return (one[0], _in_language(one[1]), *one[2:]) if isinstance(one, tuple) else one


def _in_language(text: Any) -> Any:
    return said(text) if type(text) is str else text  # what is lazy speaks for itself


def _in_words(problem: ErrorDetails) -> str:
    """What pydantic found, without its vocabulary."""
    least = problem.get("ctx", {}).get("min_length", 0)
    if problem["type"] == "too_short" and least > 1:
        return str(_("Give at least %(n)s.", n=least))
    return str(_PLAIN.get(problem["type"]) or str(problem["msg"]).removeprefix("Value error, "))


_PLAIN = {
    "string_pattern_mismatch": _l("This is not written as it should be; look at the hint."),
    "string_too_long": _l("This is too long."),
    "string_too_short": _NEEDED,
    "too_short": _NEEDED,
    "too_long": _l("These are too many."),
    "missing": _NEEDED,
}


# -- fields ----------------------------------------------------------------------------------------


def line(
    label: str, *, required: bool = True, longest: int = 320, description: str = "", **kwargs: Any
) -> Field:
    """One line of text."""
    return StringField(label, _rules(required, longest), description=description, filters=[_strip], **kwargs)


def prose(
    label: str, *, required: bool = True, longest: int = 10_000, description: str = "", **kwargs: Any
) -> Field:
    """Several lines of text."""
    return TextAreaField(
        label, _rules(required, longest), description=description, filters=[_strip], **kwargs
    )


def day(
    label: str, *, required: bool = True, description: str = "", first_year: int = FIRST_YEAR, **kwargs: Any
) -> Field:
    """A calendar date, between 1990 and 2100, or from an earlier year on: of births."""

    def sane(form: object, field: Field) -> None:
        _sane_day(form, field, first_year)

    wrong = _l("Not a valid date value. Write it as year-month-day, for example 2026-12-31.")
    rules = [*_rules(required), sane]
    return DateField(label, rules, description=description, invalid_value_message=wrong, **kwargs)


def whole(
    label: str, *, least: int = 0, most: int = 1_000_000, required: bool = True, **kwargs: Any
) -> Field:
    """A whole number within bounds."""

    def bounded(_form: object, field: Field) -> None:
        if field.data is not None and not least <= field.data <= most:
            raise FieldError(
                _("Give a whole number from %(least)s to %(most)s.", least=number(least), most=number(most))
            )

    wrong = "Not a valid integer value. Write a whole number in digits, for example 12."
    return IntegerField(label, [*_rules(required), bounded], invalid_value_message=wrong, **kwargs)


Options = Sequence[tuple[str, str]]


def choice(
    label: str, options: Options | Callable[[], Options], *, required: bool = True, **kwargs: Any
) -> Field:
    """One of a list of (value, words), fixed or made with the form; without `required` an empty first line is offered."""

    def rows() -> list[SelectChoice]:
        first = [("", "—")] if not required else []
        return [SelectChoice(*one) for one in [*first, *(options() if callable(options) else options)]]

    wrong = _l("Not a valid choice. Choose one from the list.")
    # Blanks count as nothing for `Optional`, which then forgets that they are no choice.
    return SelectField(
        label,
        _rules(required),
        choices=rows if callable(options) else rows(),
        invalid_choice_message=wrong,
        filters=[_strip],
        **kwargs,
    )


def words_of(kind: type[Any]) -> list[tuple[str, str]]:
    """The values of a StrEnum with plain words, for `choice`."""
    return [(member.value, words(member.value)) for member in kind]


def currency(label: str = "Currency", **kwargs: Any) -> Field:
    """An ISO 4217 code."""
    return StringField(label, [*_rules(True, 3), _known_currency], filters=[_strip, _upper], **kwargs)


class Given(Field):  # type: ignore[misc]
    """What the server knows already, such as the currency of a contract: nothing a browser sends changes it."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Whatever was sent stays unread."""


def country(label: str = "Country", *, required: bool = True, **kwargs: Any) -> Field:
    """An ISO 3166-1 alpha-2 code, offered by name; nobody lives in the first of the list by mistake."""

    def offered() -> Options:
        return ([("", str(_("Choose a country")))] if required else []) + country_choices()

    return choice(label, offered, required=required, **kwargs)


def zone(label: str = "Time zone", **kwargs: Any) -> Field:
    """An IANA zone name, such as Europe/London."""
    return StringField(label, [*_rules(True, 64), _known_zone], filters=[_strip], **kwargs)


def amount(label: str, *, currency_field: str = "currency", required: bool = True, **kwargs: Any) -> Field:
    """An amount in the currency of another field; read it back with `money_of`."""

    def exact(form: BaseForm, field: Field) -> None:
        if not field.data:
            return
        code = form[currency_field].data or ""
        try:
            digits_of(code)
        except ValueError:
            return  # the currency field says it
        try:
            money = Money.parse(field.data, code)
        except ValueError as error:
            raise FieldError(str(error)) from None
        if money.minor < 0:
            raise FieldError(_("An amount is not negative. To take something back, reverse the entry."))

    return AmountField(label, [*_rules(required, 40), exact], currency_field, filters=[_strip], **kwargs)


def money_of(form: BaseForm, field: str = "amount", currency_field: str = "currency") -> Money | None:
    """The money in an amount field after validation; None when it was left empty."""
    text = form[field].data
    return Money.parse(text, form[currency_field].data) if text else None


def moment(label: str, *, zone_field: str | None = "zone", required: bool = True, **kwargs: Any) -> Field:
    """A wall-clock time in the zone of another field; read it back with `instant_of`."""

    def exists(form: BaseForm, field: Field) -> None:
        if field.data is None:
            return
        if zone_field is None:
            _sane_day(form, field)
            return
        name = form[zone_field].data or ""
        if name not in zone_names():
            return  # the zone field says it
        _sane_day(form, field)
        try:
            local_instant(field.data.replace(tzinfo=None), name)
        except NonexistentTime as error:
            raise FieldError(gap_words(error)) from None

    wrong = "Not a valid datetime value. Write date and time, for example 2026-12-31T18:30."
    return DateTimeLocalField(
        label, [*_rules(required), exists], format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        invalid_value_message=wrong, **kwargs,
    )  # fmt: skip


def instant_of(form: BaseForm, field: str, zone_name: str) -> datetime:
    """The instant a wall-clock field means in a zone, in UTC."""
    wall: datetime = form[field].data
    return local_instant(wall.replace(tzinfo=None), zone_name)


def wall_time(instant: datetime, zone_name: str) -> datetime:
    """The wall-clock time to put into a `moment` field."""
    return instant.astimezone(ZoneInfo(zone_name)).replace(tzinfo=None)


def now_wall(zone_name: str) -> datetime:
    """Now, on the clock of a zone."""
    return wall_time(clock.now(), zone_name)


def codes(text: str | None) -> list[str]:
    """ "GB, FR" -> ["GB", "FR"]: a short list typed with commas."""
    return [part.strip() for part in (text or "").split(",") if part.strip()]


# -- rules of fields -------------------------------------------------------------------------------


def _rules(required: bool, longest: int | None = None) -> list[Callable[..., None]]:
    rules: list[Callable[..., None]] = [InputRequired(_NEEDED), _not_blank] if required else [Optional()]
    if longest is not None:
        rules.append(Length(max=longest, message=_l("At most %(n)s characters.", n=later(number, longest))))
        rules.append(_no_control_characters)
    return rules


def _not_blank(_form: object, field: Field) -> None:
    # InputRequired looks at what was sent; blanks are gone by now.
    if field.data == "":
        raise StopValidation(_NEEDED)


def _no_control_characters(_form: object, field: Field) -> None:
    """Refuse what no page can show; the rest of what was typed stays in the field."""
    printable = "".join(
        char for char in field.data or "" if char in "\n\r\t" or (ord(char) >= 32 and ord(char) != 127)
    )
    if field.data and printable != field.data:
        field.data = printable
        raise FieldError(
            _("This held characters that cannot be printed; they are taken out. Look it over and save again.")
        )


def _sane_day(_form: object, field: Field, first_year: int = FIRST_YEAR) -> None:
    if field.data is not None and not first_year <= field.data.year <= LAST_YEAR:
        raise FieldError(_("Give a date between %(first)s and %(last)s.", first=first_year, last=LAST_YEAR))


def _known_currency(_form: object, field: Field) -> None:
    try:
        digits_of(field.data or "")
    except ValueError:
        raise FieldError(_("This is not a currency code. Use three letters, for example GBP.")) from None


def _known_zone(_form: object, field: Field) -> None:
    if field.data not in zone_names():
        raise FieldError(_("This is not a time zone. Use a name such as Europe/London."))


def _strip(text: str | None) -> str:
    """Without the blanks around it; a field that was not sent at all is an empty one."""
    return (text or "").strip()


def _upper(text: str) -> str:
    return text.upper()


def row_number(text: str | None) -> int | None:
    """The number of a row, as an address or a tick box gives it; None for what no row can have."""
    plain = text or ""
    return int(plain) if plain.isascii() and plain.isdecimal() and len(plain) < 10 else None


def number_asked(name: str) -> int | None:
    """A row's number in the query string; None for what cannot be one."""
    return row_number(request.args.get(name))


def page_asked() -> int:
    """The page of a list in the query string; the first for what cannot be one."""
    return min(max(1, number_asked("page") or 1), 1_000_000)


def args_without(*names: str) -> dict[str, Any]:
    """The query string as a dict, less some names: for filter chips, pagers and sorted columns.

    `url_for` gets it as keywords, so words that mean something to it ("endpoint", "_scheme") are left out, and
    the numbers of the path too.
    """
    left_out = {*names, "endpoint", *(request.view_args or {})}
    return {key: value for key, value in request.args.items() if key not in left_out and key[:1] != "_"}
