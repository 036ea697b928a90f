"""Looks for bad input's way through: reads the forms of a page, fills them plausibly, walks the links of a role."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from app.core import clock
from app.core import db as database
from app.core.db import db
from tests.lint import LintingClient

Filled = list[tuple[str, str]]


class QuickClient(LintingClient):
    """A context of its own for each request, without looking at the page: thousands of them are fetched."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return copy_context().run(self._open_apart, *args, **kwargs)


@contextmanager
def nothing_stands(patch: pytest.MonkeyPatch) -> Iterator[list[bool]]:
    """Everything is done up to the commit and then thrown away, so that no request changes what the next one finds.

    The list says, per transaction, whether it would have been committed. Constraints that wait for the commit are
    asked before.
    """
    ends: list[bool] = []
    real = database._end

    def end(session: Session, current: database.Transaction, *, is_good: bool) -> None:
        ends.append(is_good)
        if is_good:
            session.flush()
            if session.get_bind().dialect.name == "postgresql":
                session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
        real(session, current, is_good=False)

    with patch.context() as inner:
        inner.setattr(database, "_end", end)
        yield ends


def rows_of_every_table() -> dict[str, int]:
    """How many rows each table has; the trail is left out, because reading what is guarded leaves a line there (R4)."""
    tables = sorted(database.Base.metadata.tables.keys() - {"audit_event"})
    counts = [sa.select(sa.func.count()).select_from(sa.table(name)).scalar_subquery() for name in tables]
    found = db.session.execute(sa.select(*counts)).one()
    db.session.rollback()
    return dict(zip(tables, found, strict=True))


# -- reading pages ---------------------------------------------------------------------------------


@dataclass
class FieldSeen:
    """A control of a form: its kind, what it holds and what it offers."""

    name: str
    kind: str
    value: str = ""
    options: list[str] = field(default_factory=list)
    chosen: list[str] = field(default_factory=list)
    is_ticked: bool = False
    id: str = ""
    is_needed: bool = False


@dataclass
class FormSeen:
    """A form of a page that is sent with POST."""

    action: str
    id: str = ""
    is_multipart: bool = False
    #: It has a button without a name; others change the form before it is sent.
    is_sent_plainly: bool = False
    fields: list[FieldSeen] = field(default_factory=list)

    def names(self) -> list[str]:
        """The names of its fields, each once."""
        return list(dict.fromkeys(one.name for one in self.fields))

    def named(self, name: str) -> list[FieldSeen]:
        """The controls of this name."""
        return [one for one in self.fields if one.name == name]


class PageReader(HTMLParser):
    """Forms, links and messages at fields."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[FormSeen] = []
        self.links: list[str] = []
        self.messages: dict[str, str] = {}
        self.has_message = False
        self._strays: list[tuple[str, FieldSeen]] = []
        self._form: FormSeen | None = None
        self._select: FieldSeen | None = None
        self._area: FieldSeen | None = None
        self._message = ""
        self.feed(page)
        self.close()
        for owner, stray in self._strays:
            for form in self.forms:
                if form.id == owner:
                    form.fields.append(stray)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = FormSeen(at.get("action", ""), at.get("id", ""), "enctype" in at)
            if at.get("method", "get").lower() == "post":
                self.forms.append(self._form)
        elif tag == "a" and at.get("href", "").startswith("/"):
            self.links.append(at["href"].split("#")[0])
        elif (
            tag == "button"
            and at.get("type", "submit") == "submit"
            and not at.get("name")
            and self._form is not None
        ):
            self._form.is_sent_plainly = True
        elif tag in {"input", "select", "textarea", "button"} and at.get("name"):
            self._control(tag, at)
        elif tag == "option" and self._select is not None:
            self._select.options.append(at.get("value", ""))
            if "selected" in at:
                self._select.chosen.append(at.get("value", ""))
        if tag == "p" and "err" in at.get("class", "").split() and at.get("id", "").endswith("-err"):
            self._message = at["id"].removesuffix("-err")
            self.messages[self._message] = ""
        if {"errsum", "callout"} & set(at.get("class", "").split()):
            self.has_message = True

    def _control(self, tag: str, at: dict[str, str]) -> None:
        kind = at.get("type", "text") if tag == "input" else tag
        if kind == "text" and at.get("inputmode") == "decimal":
            kind = "decimal"
        seen = FieldSeen(
            at["name"], kind, at.get("value", ""), is_ticked="checked" in at, id=at.get("id", ""),
            is_needed="required" in at,
        )  # fmt: skip
        if at.get("form"):
            self._strays.append((at["form"], seen))
        elif self._form is not None:
            self._form.fields.append(seen)
        self._select = seen if tag == "select" else self._select
        self._area = seen if tag == "textarea" else None

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None
        elif tag == "p":
            self._message = ""

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.value += data
        if self._message:
            self.messages[self._message] += data.strip()

    def form_to(self, action: str) -> FormSeen | None:
        """The form that leads to this address; the empty query of a link is no difference."""
        wanted = action.split("?")[0]
        return next((form for form in self.forms if form.action.split("?")[0] == wanted), None)


# -- filling in ------------------------------------------------------------------------------------

SOON, LATER = (clock.today() + timedelta(days=days) for days in (30, 33))

#: What an empty field gets, by its kind and then by a part of its name, so that a form reaches the rule behind it.
PLAUSIBLE_BY_KIND = {
    "date": clock.today().isoformat(), "datetime-local": f"{SOON}T18:30", "number": "1", "decimal": "10", "email": "someone@example.org",
    "url": "https://example.org/", "time": "18:30", "month": "2026-10", "password": "correct horse battery staple",
}  # fmt: skip
PLAUSIBLE_BY_NAME = {
    "ends_at": f"{SOON}T19:30", "arrives_at": f"{SOON}T21:30", "to_on": f"{LATER}", "expires_on": f"{LATER}", "check_out_on": f"{LATER}",
    "from_currency": "USD", "phone": "+44 20 7946 0958", "jurisdiction": "GB", "hard": "20", "tier": "A", "maximum": "20",
    "rows": "A, B", "values_": "GB", "destination": "LHR", "origin": "JFK", "departs_zone": "America/New_York", "people": "",
    "is_confirmed": "y",
    "currency": "GBP", "zone": "Europe/London", "email": "someone@example.org", "address": "someone@example.org",
    "amount": "10", "cost": "10", "price": "10", "url": "https://example.org/", "minutes": "30", "nights": "2",
    "country": "GB", "countries": "GB", "language": "en", "password": "correct horse battery staple",
}  # fmt: skip


def plausible(form: FormSeen) -> Filled:
    """The form as somebody would send it: what it holds, and something in each empty field."""
    filled: Filled = []
    for name in form.names():
        if form.is_sent_plainly and form.named(name)[0].kind == "button":
            continue  # it changes the form instead of sending it
        filled += [(name, value) for value in _of(form.named(name))]
    return filled


def _of(controls: list[FieldSeen]) -> list[str]:
    first = controls[0]
    if first.kind in {"submit", "file"}:
        return []
    if first.kind == "button":
        return [first.value]
    if first.name == "is_confirmed":
        return ["y"]
    if first.kind in {"checkbox", "radio"}:
        ticked = [one.value for one in controls if one.is_ticked]
        return ticked or ([first.value] if first.kind == "radio" or len(controls) > 1 else [])
    if first.kind == "select":
        return first.chosen[:1] if any(first.chosen) else [one for one in first.options if one][:1] or [""]
    if first.value.strip() or first.kind == "hidden":
        return [first.value]
    by_name = next((value for part, value in PLAUSIBLE_BY_NAME.items() if part in first.name), "")
    return [by_name or PLAUSIBLE_BY_KIND.get(first.kind) or "Something worth saying"]


def send(browser: LintingClient, action: str, filled: Filled) -> TestResponse:
    """POST what a browser never would: any bytes, lone surrogates and repeated names included."""
    pairs = [
        (name.encode("utf-8", "surrogatepass"), value.encode("utf-8", "surrogatepass"))
        for name, value in filled
    ]
    return browser.post(action, data=urlencode(pairs), content_type="application/x-www-form-urlencoded")


# -- walking ---------------------------------------------------------------------------------------


def pages_of(
    app: Flask, browser: LintingClient, starts: list[str], *, per_view: int = 2, known: dict[str, int]
) -> Iterator[tuple[str, str, str]]:
    """(view, address, page) of what can be reached by links; at most so many addresses per view, `known` counts them."""
    waiting, seen = list(starts), set(starts)
    adapter = app.url_map.bind("localhost")
    while waiting:
        address = waiting.pop(0)
        try:
            view, _ = adapter.match(urlsplit(address).path, "GET")
        except HTTPException:
            continue
        if known.get(view, 0) >= per_view or view.startswith("api."):
            continue
        answer = browser.get(address, buffered=True)
        assert answer.status_code < 500, f"{address}: {answer.status_code}"
        if answer.status_code != 200 or answer.mimetype != "text/html":
            continue
        known[view] = known.get(view, 0) + 1
        page = answer.get_data(as_text=True)
        yield view, address, page
        for link in PageReader(page).links:
            if link not in seen:
                seen.add(link)
                waiting.append(link)


def view_of(app: Flask, address: str, method: str) -> str:
    """The name of the view behind an address; empty if there is none."""
    try:
        return str(app.url_map.bind("localhost").match(urlsplit(address).path, method)[0])
    except HTTPException:
        return ""


NUMBER_IN_PATH = re.compile(r"(?<=/)\d+(?=/|$|\.)")
