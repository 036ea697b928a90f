"""Walking through pages as a person does: open, fill in what differs, press the button, follow where it leads."""

from xml.etree.ElementTree import Element

import html5lib
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.accounts.models import AuditEvent, User
from app.core.db import db

_X = "{http://www.w3.org/1999/xhtml}"


class Walker:
    """One browser; `at` is the last page it saw."""

    def __init__(self, browser: FlaskClient) -> None:
        self.browser = browser
        self.at: TestResponse | None = None

    def open(self, path: str) -> str:
        """Open a page that must be there; its text."""
        self.at = self.browser.get(path)
        assert self.at.status_code == 200, f"{path}: {self.at.status_code}"
        return self.at.get_data(as_text=True)

    def fill(self, path: str, *, status: int = 303, action: str = "", **values: object) -> TestResponse:
        """Open the page of a form, overwrite some of its fields, send it; the answer must have this status."""
        page = self.open(path)
        form = _form(page, set(values), action)
        data = _values(form) | {name: value for name, value in values.items() if value is not None}
        target = form.get("action") or path
        answer = self.browser.post(target, data=data)
        text = answer.get_data(as_text=True)
        assert answer.status_code == status, f"{target}: {answer.status_code} {_complaints(text)}"
        self.at = answer
        return answer

    def press(self, path: str, action: str) -> TestResponse:
        """Press the button of the form on a page whose address ends so."""
        form = _form(self.open(path), set(), action)
        answer = self.browser.post(form.get("action") or path, data=_values(form))
        assert answer.status_code == 303, (
            f"{action}: {answer.status_code} {_complaints(answer.get_data(as_text=True))}"
        )
        self.at = answer
        return answer

    def again(self, action: str) -> TestResponse:
        """Press a button of the page that the last answer was itself: a refusal, or a comparison."""
        assert self.at is not None
        form = _form(self.at.get_data(as_text=True), set(), action)
        self.at = self.browser.post(form.get("action"), data=_values(form))
        return self.at

    def typed(self, path: str, action: str = "") -> dict[str, object]:
        """What a form would send as it stands, its one-time key with it."""
        return _values(_form(self.open(path), set(), action))

    def follow(self) -> str:
        """The page the last answer leads to."""
        assert self.at is not None
        return self.open(self.at.location)

    def number(self) -> int:
        """The record number at the end of where the last answer leads."""
        assert self.at is not None
        digits = [part for part in self.at.location.split("?")[0].split("/") if part.isdigit()]
        return int(digits[-1])


def form_on(page: str, names: set[str], action: str) -> Element:
    """The form of a page that has these fields and whose address ends so."""
    return _form(page, names, action)


def values_in(form: Element) -> dict[str, object]:
    """What a browser would send for a form as it stands."""
    return _values(form)


def last_line() -> int:
    """The number of the latest line of the audit trail."""
    return db.session.scalar(sa.select(sa.func.max(AuditEvent.id))) or 0


def trail_since(number: int, *rooms: str) -> list[tuple[str, str]]:
    """What was done since a line of the trail, and by whom: (action, name of the sign-in), of some rooms or of all."""
    db.session.rollback()
    rows = db.session.execute(
        sa.select(AuditEvent.action, User.email)
        .outerjoin(User, User.id == AuditEvent.by_id)
        .where(AuditEvent.id > number)
        .order_by(AuditEvent.id)
    )
    return [
        (action, (email or "").partition("@")[0])
        for action, email in rows
        if not rooms or action.partition(".")[0] in rooms
    ]


def _form(page: str, names: set[str], action: str) -> Element:
    main = next(html5lib.parse(page).iter(f"{_X}main"))
    forms = [form for form in main.iter(f"{_X}form") if (form.get("method") or "get").lower() == "post"]
    for form in forms:
        beside = (field for field in main.iter() if field.get("form") and field.get("form") == form.get("id"))
        fields = {field.get("name") for field in (*form.iter(), *beside) if field.get("name")}
        if names <= fields and (form.get("action") or "").split("?")[0].endswith(action):
            return form
    raise AssertionError(
        f"no form with {sorted(names)} for {action!r} among {[form.get('action') for form in forms]}"
    )


def _values(form: Element) -> dict[str, object]:
    values: dict[str, object] = {}
    for field in form.iter():
        name = field.get("name")
        if not name or field.get("type") in {"submit", "button", "file"}:
            continue
        if field.tag == f"{_X}select":
            options = field.iter(f"{_X}option")
            chosen = [option.get("value") or "" for option in options if option.get("selected") is not None]
            values[name] = chosen if field.get("multiple") is not None else (chosen or [_first(field)])[0]
        elif field.tag == f"{_X}textarea":
            values[name] = (field.text or "").lstrip("\n")
        elif field.tag == f"{_X}input" and (
            field.get("type") not in {"checkbox", "radio"} or field.get("checked") is not None
        ):
            values[name] = field.get("value") or ""
    return values


def _first(select: Element) -> str:
    return next((option.get("value") or "" for option in select.iter(f"{_X}option")), "")


def _complaints(page: str) -> list[str]:
    tree = html5lib.parse(page)
    return [
        "".join(item.itertext())
        for box in tree.iter()
        if "errsum" in (box.get("class") or "")
        for item in box.iter(f"{_X}li")
    ] or ["".join(tree.itertext())[:300]]
