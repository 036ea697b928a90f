"""Forms: bad input is named at its field, a rule's refusal too, and what was typed stays."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from pydantic import field_validator
from werkzeug.datastructures import MultiDict

from app.accounts.models import Department, Role
from app.core import forms
from app.core.checked import Checked
from app.core.db import db, transaction
from app.core.errors import Conflict, DomainError, Unavailable
from app.core.forms import BaseForm, codes, instant_of, money_of, wall_time
from app.core.money import Money


class StayForm(BaseForm):
    """One field of every kind."""

    hotel = forms.line("Hotel", longest=40)
    remark = forms.prose("Remark", required=False, longest=100)
    arrives_on = forms.day("Arrival")
    nights = forms.whole("Nights", least=1, most=30)
    role = forms.choice("Role", forms.words_of(Role))
    country = forms.country(required=False)
    currency = forms.currency()
    amount = forms.amount("Price")
    zone = forms.zone()
    call_at = forms.moment("Call")


GOOD = {
    "hotel": " The Fig Tree ", "remark": "", "arrives_on": "2026-10-12", "nights": "4", "role": "relations", "country": "",
    "currency": "gbp", "amount": "2,080.00", "zone": "Europe/London", "call_at": "2026-10-12T18:30",
}  # fmt: skip


@pytest.fixture
def sending(app: Flask) -> Iterator[object]:
    """`sending(**changes)`: the form as a POST with these values would fill it."""
    contexts = []

    def send(**changes: str | None) -> StayForm:
        data = MultiDict({key: value for key, value in (GOOD | changes).items() if value is not None})
        context = app.test_request_context("/", method="POST", data=data)
        context.push()
        contexts.append(context)
        return StayForm()

    yield send
    for context in reversed(contexts):
        context.pop()


BAD = [
    ("hotel", "", "This is needed."),
    ("hotel", None, "This is needed."),
    ("hotel", "   ", "This is needed."),
    ("hotel", "x" * 41, "At most 40 characters."),
    ("hotel", "a\x00b", "characters that cannot be printed"),
    ("hotel", "a\x7fb", "characters that cannot be printed"),
    ("remark", "x" * 101, "At most 100 characters."),
    ("remark", "\x1b[2J", "characters that cannot be printed"),
    ("arrives_on", "", "This is needed."),
    ("arrives_on", "12.10.2026", "Write it as year-month-day"),
    ("arrives_on", "2026-02-30", "Write it as year-month-day"),
    ("arrives_on", "2026-10-12T00:00", "Write it as year-month-day"),
    ("arrives_on", "0001-01-01", "between 1990 and 2100"),
    ("arrives_on", "9999-12-31", "between 1990 and 2100"),
    ("nights", "four", "Write a whole number"),
    ("nights", "4.5", "Write a whole number"),
    ("nights", "1e3", "Write a whole number"),
    ("nights", "9" * 5000, "Write a whole number"),
    ("nights", "0", "from 1 to 30"),
    ("nights", "-4", "from 1 to 30"),
    ("nights", "99999999999999999999", "from 1 to 30"),
    ("role", "king", "Choose one from the list."),
    ("role", "", "This is needed."),
    ("country", "XX", "Choose one from the list."),
    ("country", "GB'; DROP TABLE person; --", "Choose one from the list."),
    ("currency", "", "This is needed."),
    ("currency", "£", "This is not a currency code."),
    ("currency", "ZZZ", "This is not a currency code."),
    ("currency", "POUNDS", "At most 3 characters."),
    ("amount", "", "This is needed."),
    ("amount", "12,34", "Write the amount with digits and a point"),
    ("amount", "2080.005", "GBP has 2 decimal places"),
    ("amount", "1e9", "Write the amount with digits and a point"),
    ("amount", "-5", "An amount is not negative."),
    ("amount", "NaN", "Write the amount with digits and a point"),
    ("amount", "99999999999999999", "too large to be true"),
    ("amount", "9" * 41, "At most 40 characters."),
    ("zone", "", "This is needed."),
    ("zone", "GMT+25", "This is not a time zone."),
    ("zone", "Europe/Lundon", "This is not a time zone."),
    ("zone", "../../etc/passwd", "This is not a time zone."),
    ("zone", "Factory", "This is not a time zone."),
    ("call_at", "half past six", "Write date and time"),
    ("call_at", "2026-13-45T99:99", "Write date and time"),
    ("call_at", "2026-10-12", "Write date and time"),
    ("call_at", "0001-01-01T00:00", "between 1990 and 2100"),
    ("call_at", "2026-03-29T01:30", "clocks"),  # the hour that London skips
]  # fmt: skip


@pytest.mark.parametrize(("field", "value", "message"), BAD)
def test_bad_input_is_named_at_its_field_and_stays_typed(
    sending, field: str, value: str | None, message: str
) -> None:
    form = sending(**{field: value})
    assert not form.validate_on_submit()
    assert list(form.errors) == [field]
    assert message in " ".join(form.errors[field])
    assert form.status == 422
    typed = form[field].raw_data or [""]
    assert typed[0] == (value or "")


def test_good_input_is_read_exactly(sending) -> None:
    form = sending()
    assert form.validate_on_submit(), form.errors
    assert form.status == 200
    assert (form.hotel.data, form.arrives_on.data, form.nights.data) == (
        "The Fig Tree",
        date(2026, 10, 12),
        4,
    )
    assert money_of(form) == Money(208_000, "GBP")
    assert instant_of(form, "call_at", form.zone.data) == datetime(2026, 10, 12, 17, 30, tzinfo=UTC)


def test_a_wall_time_needs_its_zone(sending) -> None:
    """The same 01:30 exists in Lisbon's neighbour and not in London; a wrong zone is said at the zone alone."""
    assert sending(call_at="2026-03-29T01:30", zone="Atlantic/Reykjavik").validate_on_submit()
    form = sending(call_at="2026-03-29T01:30", zone="nowhere")
    assert not form.validate_on_submit()
    assert list(form.errors) == ["zone"]


def test_a_wrong_currency_is_said_at_the_currency_alone(sending) -> None:
    form = sending(currency="ZZZ", amount="1.2345")
    assert not form.validate_on_submit()
    assert list(form.errors) == ["currency"]


def test_decimals_follow_the_currency(sending) -> None:
    assert money_of(_valid(sending(currency="KWD", amount="1.234"))) == Money(1234, "KWD")
    assert not sending(currency="JPY", amount="1.2").validate_on_submit()


def _valid(form: StayForm) -> StayForm:
    assert form.validate_on_submit(), form.errors
    return form


def test_a_wall_time_goes_there_and_back() -> None:
    instant = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
    assert wall_time(instant, "Asia/Tokyo") == datetime(2026, 7, 1, 21, 0)


@pytest.mark.parametrize(
    ("typed", "version"),
    [("", None), ("3", 3), ("x", None), ("-1", None), ("9" * 20, None), ("٣", 3), ("3.0", None)],
)
def test_the_version_somebody_saw_is_a_small_number_or_none(
    app: Flask, typed: str, version: int | None
) -> None:
    with app.test_request_context("/", method="POST", data={"version": typed}):
        assert StayForm().seen_version == version


def test_every_form_has_a_key_of_its_own(app: Flask) -> None:
    with app.test_request_context("/"):
        keys = {StayForm().form_key.data for _ in range(5)}
    assert len(keys) == 5
    assert all(len(key) >= 32 for key in keys)


def test_short_lists_are_typed_with_commas() -> None:
    assert [codes(text) for text in (None, "", " , ", "GB", "GB, FR ,,DE")] == [
        [],
        [],
        [],
        ["GB"],
        ["GB", "FR", "DE"],
    ]


# -- attempt ---------------------------------------------------------------------------------------


class Details(Checked):
    nights: int

    @field_validator("nights")
    @classmethod
    def _few(cls, nights: int) -> int:
        if nights > 7:
            raise ValueError("A stay is a week at most.")
        return nights


def _attempt(form: StayForm, error: Exception | None) -> None:
    with transaction(), form.attempt():
        db.session.add(Department(name="half"))
        db.session.flush()
        if error is not None:
            raise error
        Details(nights=int(form.nights.data) + 20)


@pytest.mark.parametrize(
    ("error", "field", "message", "status"),
    [
        (DomainError("The hotel is full.", field="hotel"), "hotel", "The hotel is full.", 422),
        (DomainError("The trip is closed."), None, "The trip is closed.", 422),
        (DomainError("Not here.", field="no_such_field"), None, "Not here.", 422),
        (Unavailable("The mail server does not answer."), None, "The mail server does not answer.", 503),
        (None, "nights", "A stay is a week at most.", 422),
    ],
)
def test_a_refusal_lands_at_its_field_and_leaves_nothing(
    sending, error: Exception | None, field: str | None, message: str, status: int
) -> None:
    form = _valid(sending())
    _attempt(form, error)
    assert form.errors == ({field: [message]} if field else {"": [message]})
    assert form.status == status
    db.session.rollback()
    assert db.session.query(Department).count() == 0


def test_a_conflict_is_not_the_forms_business(sending) -> None:
    with pytest.raises(Conflict):
        _attempt(_valid(sending()), Conflict("Somebody else saved this."))
    db.session.rollback()
    assert db.session.query(Department).count() == 0


@pytest.mark.parametrize("sent", [{}, {"currency": "KWD"}, {"currency": ["", "KWD"]}])
def test_what_the_server_knows_is_not_read_from_the_browser(sending, sent: dict[str, object]) -> None:
    """The amount is read in the currency of the contract, whatever a browser says that is."""

    class FeeForm(BaseForm):
        currency = forms.Given()
        fee = forms.amount("Fee")

    sending()
    form = FeeForm(MultiDict({"fee": "6500.001", **sent}), data={"currency": "GBP"}, meta={"csrf": False})
    assert not form.validate()
    assert form.errors == {"fee": ["GBP has 2 decimal places; this amount has more."]}
