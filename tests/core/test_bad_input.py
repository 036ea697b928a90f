"""Every page and form of the London demo against a table of bad input: said at the field, nothing written, nothing lost.

The values are in `bad_values.py`, the walking in `hunting.py`. Each field gets a few of them, another few in another form;
RAPPORT_BAD_INPUT=all gives each field all of them (some ten minutes).
"""

import os
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests import further
from tests.core.bad_values import NUMBERS, ODD, QUERY, VERSIONS, WRONG
from tests.core.hunting import (
    NUMBER_IN_PATH,
    FieldSeen,
    Filled,
    FormSeen,
    PageReader,
    QuickClient,
    nothing_stands,
    pages_of,
    plausible,
    rows_of_every_table,
    send,
)
from tests.core.reaching import OUTSIDE, ROLES, browser_of, every_form

IS_THOROUGH = os.environ.get("RAPPORT_BAD_INPUT") == "all"
#: Views whose refusal is itself a fact that is kept.
KEPT = dict.fromkeys(
    ("accounts.change_password", "accounts.prove", "accounts.sign_in"), "wrong guesses are counted"
)
#: Buttons: a value nobody can type is refused on a page of its own.
BUTTONS = {"accounts.choose_theme", "accounts.sign_out", "events.write_letters"}
#: What a further line of a rule would be about: it says something only together with the button beside it.
ASIDE = re.compile(r"g\d+_new")
#: The parts of one line of a rule share the message at its values.
LINE = re.compile(r"(g\d+_\d+)_")
#: Fields of the machine, not of a person.
MACHINE = {"csrf_token", "form_key", "version"}
#: Forms the demo has no row for (or none in the state they ask for); their rooms test them.
OUT_OF_REACH = {
    "accounts.choose_password": "after a link was opened", "accounts.second_factor": "between password and factor",
    "executives.place_unmet": "every wish of the plan is met", "handovers.plan": "sent from the step before", "imports.preview": "nothing was imported",
    "ledger.close_breach": "all breaches are closed", "outreach.share_less": "nothing came by mail",
    "portal.answer_for": "theirs are answered", "portal.covenant": "theirs is signed", "portal.invitation": "theirs are answered", "portal.policy": "theirs are acknowledged", "privacy.erase": "a hold is on it",
    "privacy.retention.withdraw": "nothing is approved",
}  # fmt: skip
TYPED = {"text", "textarea", "date", "number", "decimal", "datetime-local", "email", "url", "tel"}


@pytest.fixture
def hunted(london: Flask) -> Flask:
    """The demo with one of each thing it holds none of, and browsers that do not stop to look at each page."""
    further.add()
    london.test_client_class = QuickClient
    return london


def _some(values: list[str], n: int, *place: str) -> list[str]:
    """A few of the values, others at another place, always the same at the same one."""
    if IS_THOROUGH or len(values) <= n:
        return values
    start = zlib.crc32("/".join(place).encode())
    return [values[(start + step * 7) % len(values)] for step in range(n)]


# -- forms -----------------------------------------------------------------------------------------


def _kind(control: FieldSeen) -> str:
    """What is typed into it; the browser knows currencies and zones as text."""
    for kind in ("currency", "zone"):
        if control.kind == "text" and (control.name == kind or control.name.endswith(f"_{kind}")):
            return kind
    return control.kind


def _cases(view: str, control: FieldSeen) -> Iterator[tuple[list[str], bool]]:
    """What to send in a field, and whether it is certainly wrong."""
    if control.name == "version":
        yield from (([value], False) for value in _some(VERSIONS, 2, view))
        return
    yield from (([value], True) for value in _some(WRONG.get(_kind(control), []), 1, view, control.name))
    is_chosen = IS_THOROUGH or zlib.crc32(f"{view}{control.name}".encode()) % 3 == 0
    yield from (([value], False) for value in (_some(ODD, 1, view, control.name) if is_chosen else []))
    if is_chosen:
        yield [], False
        yield ["1", "2", "\x00"], False


def _problems(view: str, action: str, name: str, sent: Filled, is_wrong: bool, answer: TestResponse, was_kept: bool) -> Iterator[str]:  # fmt: skip
    """What is not as it should be about an answer."""
    status = answer.status_code
    if status >= 500:
        yield f"status {status}"
    if status >= 400 and was_kept and view not in KEPT:
        yield f"status {status}, and yet it was written"
    if is_wrong and status < 400:
        yield f"accepted with {status}"
    if status != 422 or view in BUTTONS:
        return
    page = PageReader(answer.get_data(as_text=True))
    form = page.form_to(action)
    if not page.messages and not page.has_message:
        yield "no message"
    elif is_wrong and not _is_at(page, form, name):
        yield f"the message is not at the field but at {sorted(page.messages)}"
    if form is None:
        yield "the form is gone"
    else:
        yield from _lost(form, sent, name)


def _is_at(page: PageReader, form: FormSeen | None, name: str) -> bool:
    """Whether a message stands at the field; a currency shares the one of its amount, a part that of its group."""
    ids = {control.id for control in form.named(name)} if form is not None else set()
    is_shared = "currency" in name or "-" in name or not page.messages
    if line := LINE.match(name):
        ids |= {f"{line[1]}_values"}
    return bool(page.messages.keys() & {name, *ids}) or (page.has_message and is_shared)


def _lost(form: FormSeen, sent: Filled, name: str) -> Iterator[str]:
    n_values = Counter(field_name for field_name, _ in sent)
    for field_name, value in sent:
        controls = form.named(field_name)
        if field_name in MACHINE or ASIDE.match(field_name) or not controls or n_values[field_name] > 1:
            continue
        shown = controls[0]
        is_there = shown.kind in TYPED and value.strip() != "" and (field_name != name or value.isprintable())
        if is_there and not _is_same(value, shown.value):
            yield f"lost {field_name}: {value[:40]!r} became {shown.value[:40]!r}"
        if shown.kind == "select" and field_name != name and value and value not in shown.chosen:
            yield f"lost the choice of {field_name}: {value!r}"


def _is_same(sent: str, shown: str) -> bool:
    """Blanks around it, the case of codes and the kind of line ends are no loss."""
    return " ".join(sent.split()).casefold() == " ".join(shown.split()).casefold()


def _pages_with_forms(app: Flask) -> set[str]:
    return {rule.endpoint for rule in app.url_map.iter_rules() if {"GET", "POST"} <= (rule.methods or set())}


def _bad_sendings(view: str, form: FormSeen) -> Iterator[tuple[str, Filled, bool]]:
    """The form as it should be sent, with one field gone wrong at a time."""
    good = plausible(form)
    for name in form.names():
        is_repeated = re.search(r"_([2-9]|\d\d)(_|$)", name) and not IS_THOROUGH
        if name in {"csrf_token", "form_key"} or ASIDE.match(name) or is_repeated:
            continue
        for values, is_wrong in _cases(view, form.named(name)[0]):
            rest = [pair for pair in good if pair[0] != name]
            yield name, rest + [(name, value) for value in values], is_wrong and len(values) == 1


@pytest.mark.slow
def test_forms_take_no_bad_input(hunted: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[str] = []
    done: set[str] = {"accounts.sign_out"}
    n_sent = 0
    browsers = [(key, browser_of(hunted, key)) for key in (*ROLES, *OUTSIDE)]
    before = rows_of_every_table()
    with nothing_stands(monkeypatch) as ends:
        for key, browser, view, action, form in every_form(hunted, browsers, done, 2 if IS_THOROUGH else 1):
            for name, sent, is_wrong in _bad_sendings(view, form):
                ends.clear()
                answer = send(browser, action, sent)
                n_sent += 1
                typed = [value[:40] for field, value in sent if field == name]
                found += [
                    f"{key} {action} ({view}) {name}={typed}: {problem}"
                    for problem in _problems(view, action, name, sent, is_wrong, answer, any(ends))
                ]
    assert found == [], "\n".join(found)
    assert rows_of_every_table() == before
    assert n_sent > 600, n_sent  # the walk really went round
    assert " ".join(sorted(_pages_with_forms(hunted) - done)) == " ".join(sorted(OUT_OF_REACH))


# -- addresses -------------------------------------------------------------------------------------

_NAME_ASKED = re.compile(r'(?:args\.get\(|args\[|_asked\(|_day\()"([a-z_]+)"')
#: No browser makes these of a form.
ODD_QUERIES = [
    "page=1&page=2&q=a&q=b", "q=%FF%FE&page=%FF&order=%C0%80", "q[]=1&page[]=2&q[a]=3", "&&&===", "%", "a" * 8000, "order=-&kind=",
    "_anchor=x&_external=1&_method=POST&_scheme=javascript&endpoint=x&id=1&self=1",
]  # fmt: skip


def _names_asked() -> list[str]:
    """All names the views read from the query string."""
    root = Path(__file__).parents[2] / "app"
    found = {name for path in root.rglob("*.py") for name in _NAME_ASKED.findall(path.read_text("utf-8"))}
    return sorted(found | {"page", "order", "q"})


def _bad_addresses(view: str, path: str, names: list[str]) -> Iterator[tuple[str, str]]:
    for value in _some(QUERY, 2, view):
        pairs = [(name, value.encode("utf-8", "surrogatepass")) for name in names]
        yield path, urlencode(pairs)
    yield from ((path, query) for query in _some(ODD_QUERIES, 1, view))
    for number in list(NUMBER_IN_PATH.finditer(path)):
        for value in _some(NUMBERS, 2, view):
            yield path[: number.start()] + value + path[number.end() :], ""


@pytest.mark.slow
def test_addresses_take_no_bad_input(hunted: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Filters, pages and numbers nobody could have clicked on; whatever is in them, reading writes nothing."""
    names, found, done = _names_asked(), [], set()
    browsers = [browser_of(hunted, key) for key in (*ROLES, "person")]
    n_sent = 0
    with nothing_stands(monkeypatch):
        for browser in browsers:
            for view, address, _ in pages_of(hunted, browser, ["/", "/p/"], known={}, per_view=1):
                if view in done:
                    continue
                done.add(view)
                for path, query in _bad_addresses(view, address.split("?")[0], names):
                    status = browser.get(path, query_string=query).status_code
                    n_sent += 1
                    if status >= 500:
                        found.append(f"{path}?{query[:60]} ({view}): status {status}")
    assert found == [], "\n".join(found)
    assert (len(done) > 100, n_sent > 400, len(names) > 20) == (True, True, True), (len(done), n_sent)


#: What browsers and programs put into headers.
HEADERS = [
    {"Referer": "http://[::1"}, {"Referer": "http://localhost/\x7f"}, {"Referer": "//evil.example//x"}, {"Cookie": "sid=%00; session=x"},
    {"Accept-Language": "x" * 5000}, {"Accept-Language": "\xff;q=nan"}, {"If-None-Match": '"' * 100}, {"Range": "bytes=9-1"},
    {"If-Modified-Since": "Thu, 99 Foo 99999"}, {"User-Agent": "\x80" * 3000}, {"Authorization": "Bearer \xe9"}, {"X-Forwarded-For": "'"},
]  # fmt: skip


def test_headers_take_no_bad_input(london: Flask) -> None:
    london.test_client_class = QuickClient
    browser, paths = (
        browser_of(london, "mei"),
        ("/", "/people/", "/sign-in", "/calendar/nothing.ics", "/api/v1/people"),
    )
    failed = [
        (path, headers)
        for headers in HEADERS
        for path in paths
        if browser.get(path, headers=headers).status_code >= 500
    ]
    assert failed == []
    sent = [
        browser.post("/account/theme", data={"theme": "dark"}, headers=one).status_code for one in HEADERS
    ]
    assert sent == [303] * len(HEADERS)
