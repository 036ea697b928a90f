"""Two who save the same record: whoever is second sees both versions, on every form, and loses nothing of what was typed."""

import html
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, PasswordField, SelectMultipleField, TimeField

from app.accounts import operations as accounts
from app.accounts.details import UserDetails
from app.accounts.models import Role, User
from app.core import forms
from app.core.db import db, transaction, writing_connections
from app.core.errors import Overtaken
from app.core.forms import BaseForm, Given
from app.core.overtaken import Clash
from tests import further
from tests.core.hunting import Filled, FormSeen, PageReader, QuickClient, nothing_stands, plausible, send
from tests.core.reaching import OUTSIDE, ROLES, browser_of, every_form
from tests.databases import wants_postgresql
from tests.factories import accounts as make_accounts

# -- every form of the demo ------------------------------------------------------------------------

#: Buttons: nothing was typed that could be lost, so a plain page says what happened.
BUTTONS = {"executives.apply_matching"}
#: Refused by another rule once the version is right; the tests of their rooms save them.
REFUSED_AFTER = {
    "advisory.edit_need": "it is approved",
    "disclosures.edit_version": "it is published",
    "outreach.correct": "it is a letter that left",
    "people.merge": "the two differ in what cannot be merged",
}
#: Not words of a person, though typed into a line: a word more is refused before the version is looked at.
_NO_WORDS = re.compile(r"currency|zone|mail|phone|language|countr|url|hosts|address|origin|destination|kind|amount|number|code|limit|worth|department|link|promise")  # fmt: skip
#: What a person types into.
_TYPED = {"text", "textarea", "date", "number", "decimal", "datetime-local", "email", "url", "tel", "time"}
#: A further line of a rule says something only together with the button beside it.
_ASIDE = re.compile(r"g\d+_new")


@pytest.fixture
def hunted(london: Flask) -> Flask:
    """The demo with one of each thing it holds none of, and browsers that do not stop to look at each page."""
    further.add()
    london.test_client_class = QuickClient
    return london


def _words_of(form: FormSeen) -> str:
    """The name of a field that takes words, one that holds some if there is; empty for a form that has none."""
    texts = [
        one for one in form.fields if one.kind in {"textarea", "text"} and not _NO_WORDS.search(one.name)
    ]
    return min(texts, key=lambda one: (not one.value.strip(), one.kind == "text")).name if texts else ""


def _held(form: FormSeen) -> Filled:
    """The form as it stands, with something in what is needed and empty."""
    lines = _TYPED | {"select"}
    empty = {
        one.name for one in form.fields
        if one.kind in lines and not one.is_needed and not one.value.strip() and not any(one.chosen)
    }  # fmt: skip
    return [(name, "" if name in empty else text) for name, text in plausible(form) if not _ASIDE.match(name)]


def _sent(form: FormSeen, name: str, version: int) -> Filled:
    """The same from another version, with a word added in one field."""
    said = {"version": lambda _text: str(version), name: lambda text: f"{text} Mine!".strip()}
    return [(one, said[one](text) if one in said else text) for one, text in _held(form)]


def _compared(page: str) -> str:
    """The words of the table that compares."""
    table = page.partition('class="clash"')[2].partition("</table>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", table)).split())


def _problems(view: str, browser: QuickClient, action: str, form: FormSeen) -> Iterator[str]:
    """What is not as it should be when the form is sent from an older version, and then once more."""
    version, name = int(form.named("version")[0].value), _words_of(form)
    answer = send(browser, action, _sent(form, name, version - 1))
    page = answer.get_data(as_text=True)
    again = PageReader(page).form_to(action)
    if answer.status_code != 409 or again is None or 'class="clash"' not in page:
        yield f"status {answer.status_code} {sorted(PageReader(page).messages)}"
        return
    if again.named("version")[0].value != str(version):
        yield "not the version of now"
    if name:
        saved = " ".join(form.named(name)[0].value.split())
        typed = dict(_sent(form, name, 0))[name]
        if again.named(name)[0].value.split() != typed.split():
            yield f"{name} was lost"
        told = _compared(page)
        if saved and ("Mine!" not in told or (len(saved) < 200 and saved not in told)):
            yield f"{name} is not compared"
    status = send(browser, action, _held(again)).status_code
    if status != (422 if view in REFUSED_AFTER else 303):
        yield f"sent once more: {status}"


@pytest.mark.slow
@pytest.mark.looks
def test_every_form_with_a_version_shows_both(hunted: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A form that carries the version of a record and answers an older one otherwise fails here."""
    found: list[str] = []
    seen: set[str] = set()
    browsers = [(key, browser_of(hunted, key)) for key in (*ROLES, *OUTSIDE)]
    with nothing_stands(monkeypatch):
        for key, browser, view, action, form in every_form(hunted, browsers, {"accounts.sign_out", *BUTTONS}):
            versions = form.named("version")
            if not versions or versions[0].value in {"", "0"}:  # no record, so nobody was faster
                continue
            seen.add(view)
            found += [
                f"{key} {action} ({view}): {problem}" for problem in _problems(view, browser, action, form)
            ]
    assert found == [], "\n".join(found)
    assert len(seen) > 30, sorted(seen)


# -- the words of the table ------------------------------------------------------------------------


class ThingForm(BaseForm):
    """One field of every kind."""

    name = forms.line("Name", required=False)
    remark = forms.prose("Remark", required=False)
    on = forms.day("Day", required=False)
    at = TimeField("Hour")
    nights = forms.whole("Nights", required=False)
    role = forms.choice("Role", forms.words_of(Role), required=False)
    country = forms.country(required=False)
    days = SelectMultipleField(
        "Days", choices=[forms.SelectChoice("mon", "Monday"), forms.SelectChoice("tue", "Tuesday")]
    )
    price = forms.amount("Price", required=False)
    currency = forms.currency()
    begins = forms.moment("Begins", required=False, zone_field=None)
    is_late = BooleanField("Late arrival")
    password = PasswordField("Password")
    unit = Given()


LONG = "The same words again and again. " * 12

_SHARED = f"{LONG}so it "[-60:]

SAID = [
    ("name", "Amal", " Amal K. ", ["Amal", "Amal K."]),
    ("name", None, "Amal", ["", "Amal"]),
    ("name", "Amal", "", ["Amal", ""]),
    ("name", "<b>", "<i>", ["<b>", "<i>"]),
    ("remark", "One\nTwo", "One\r\nThree", ["One\nTwo", "One\nThree"]),
    ("remark", f"{LONG}so it ended", f"{LONG}so it began", [f"…{_SHARED}ended", f"…{_SHARED}began"]),
    ("remark", "a" * 500, "b", [f"{'a' * 240}…", "b"]),
    ("on", date(2026, 3, 2), "2026-03-04", ["2 Mar 2026", "4 Mar 2026"]),
    ("on", date(2026, 3, 2), "", ["2 Mar 2026", ""]),
    ("at", time(9, 30), "10:00", ["09:30", "10:00"]),
    ("nights", 1200, "1300", ["1,200", "1,300"]),
    ("nights", 0, "1", ["0", "1"]),
    ("role", "relations", "partner", ["Relations", "Partner"]),
    ("role", Role.RELATIONS, "", ["Relations", "—"]),
    ("role", "astronaut", "partner", ["no longer offered", "Partner"]),
    ("country", "NO", "SE", ["Norway", "Sweden"]),
    ("days", ["tue", "mon"], "tue", ["Monday, Tuesday", "Tuesday"]),
    ("price", "2080.00", "1,000", ["GBP 2,080.00", "GBP 1,000.00"]),
    ("price", "2080.00", "", ["GBP 2,080.00", ""]),
    ("begins", datetime(2026, 3, 2, 18, 30), "2026-03-02T19:00", ["2 Mar 2026, 18:30", "2 Mar 2026, 19:00"]),
    ("is_late", False, "y", ["no", "yes"]),
]  # fmt: skip
SAME = [
    ("name", "Amal", " Amal"), ("remark", "One\nTwo", "One\r\nTwo"), ("price", "2080.00", "2,080"), ("days", ["tue", "mon"], "mon tue"),
    ("on", date(2026, 3, 2), "2026-03-02"), ("password", "old", "new"), ("unit", "kg", "t"), ("is_late", True, "y"),
]  # fmt: skip

Overtake = Callable[..., ThingForm]


@pytest.fixture
def overtaken(app: Flask) -> Iterator[Overtake]:
    """`overtaken(saved, sent)`: a form that was sent from version 1 when version 2 was saved."""
    contexts = []

    def build(saved: dict[str, object], sent: dict[str, str], address: str = "/sign-in?next=x") -> ThingForm:
        known = {"version": "2", "currency": "GBP"} | saved
        data = MultiDict({"version": "1", "currency": "GBP"} | sent)
        if "days" in sent:
            data.setlist("days", sent["days"].split())
        context = app.test_request_context(address, method="POST", data=data)
        context.push()
        contexts.append(context)
        form = ThingForm(data=known)
        with transaction(), form.attempt():
            raise Overtaken("Somebody else saved this.", make_accounts.user())
        return form

    yield build
    for context in reversed(contexts):
        context.pop()


def _clash(form: BaseForm) -> Clash:
    assert form.clash is not None
    return form.clash


@pytest.mark.parametrize(("name", "saved", "typed", "said"), SAID)
def test_both_values_are_said_as_the_reader_reads_them(
    overtaken: Overtake, name: str, saved: object, typed: str, said: list[str]
) -> None:
    form = overtaken({name: saved}, {name: typed})
    assert [(row["label"], row["values"]) for row in _clash(form).rows] == [(form[name].label.text, said)]


@pytest.mark.parametrize(("name", "saved", "typed"), SAME)
def test_what_does_not_differ_is_left_out(overtaken: Overtake, name: str, saved: object, typed: str) -> None:
    """Neither is a password, nor what nobody types."""
    assert _clash(overtaken({name: saved}, {name: typed})).rows == ()


def test_the_form_goes_on_from_the_version_of_now(overtaken: Overtake) -> None:
    form = overtaken({"name": "Theirs"}, {"name": "Mine", "remark": "Not saved anywhere"})
    assert (form.status, form.seen_version, form.name.data) == (409, 2, "Mine")
    assert [row["label"] for row in _clash(form).rows] == [
        "Name"
    ]  # a field the view says nothing of is no difference
    assert _clash(form).url == "/sign-in?next=x"
    assert _clash(overtaken({}, {}, "/sign-out")).url == ""


def test_a_button_is_refused_on_a_page_of_its_own(app: Flask) -> None:
    """What does not say which version it shows has nothing to compare."""
    with app.test_request_context("/", method="POST", data={"version": "1"}):
        form = ThingForm()
        with pytest.raises(Overtaken), transaction(), form.attempt():
            raise Overtaken("Somebody else saved this.", make_accounts.user())


# -- who it was ------------------------------------------------------------------------------------


def _edited(user: User, by: User | None, **changes: str) -> None:
    known = {"email": user.email, "name": user.name, "role": user.role, "department": user.department.name, "locale": "en", "zone": user.zone}  # fmt: skip
    with transaction():
        accounts.edit_user(db.session.merge(user), UserDetails.model_validate(known | changes), by=by)


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("other", "Grace Hopper-Lin saved this while you were editing"),
        ("self", "You saved this yourself in the meantime"),
        ("machine", "Somebody else saved this while you were editing"),
    ],
)
def test_the_page_says_who_saved_first(signed_in: Callable[..., FlaskClient], who: str, said: str) -> None:
    admin, other = (
        make_accounts.user(role=Role.ADMIN),
        make_accounts.user(role=Role.ADMIN, name="Grace Hopper-Lin"),
    )
    login = make_accounts.user(role=Role.RELATIONS, name="Before")
    browser, path = signed_in(admin), f"/settings/users/{login.id}/edit"
    opened = dict(plausible(_form(browser, path)))
    _edited(login, {"other": other, "self": admin}.get(who), name="Theirs")
    answer = browser.post(path, data=opened | {"name": "Mine"})
    page = html.unescape(answer.get_data(as_text=True))
    assert (answer.status_code, said in page) == (409, True)
    assert _compared(page).endswith("Theirs Mine")
    assert ("Begin again from what is saved now" in page, f'href="{path}"' in page) == (True, True)
    assert browser.post(path, data=dict(plausible(_form(page, path)))).status_code == 303
    db.session.expire_all()
    assert db.session.get_one(User, login.id).name == "Mine"


def _form(source: FlaskClient | str, path: str) -> FormSeen:
    page = source if isinstance(source, str) else source.get(path).get_data(as_text=True)
    found = PageReader(page).form_to(path)
    assert found is not None
    return found


@pytest.mark.skipif(not wants_postgresql(), reason="SQLite lets one write at a time, and reads no older row")
def test_who_writes_in_the_same_moment_sees_both_too(
    signed_in: Callable[..., FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row moves between reading and writing it: it is read again, and then the versions differ."""
    login = make_accounts.user(role=Role.RELATIONS, name="Before")
    browser, path = signed_in(Role.ADMIN), f"/settings/users/{login.id}/edit"
    opened, real, calls = dict(plausible(_form(browser, path))), accounts.edit_user, []

    def edit(user: User, *args: object, **kwargs: object) -> User:
        if not calls:
            row = sa.update(User.__table__).where(User.__table__.c.id == user.id)
            with writing_connections(), db.engine.begin() as other:
                other.execute(row.values(name="Theirs", version=user.version + 1))
        calls.append(user.version)
        return real(user, *args, **kwargs)

    monkeypatch.setattr(accounts, "edit_user", edit)
    answer = browser.post(path, data=opened | {"name": "Mine"})
    assert (answer.status_code, len(calls)) == (409, 2)
    assert _compared(answer.get_data(as_text=True)).endswith("Theirs Mine")
