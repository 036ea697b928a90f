"""Two who open the same form: whoever saves second is told, sees both versions, and writes over nothing unknowingly."""

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.accounts.models import Role, User
from app.advisory import operations as advisory
from app.advisory.details import AdviceDetails
from app.core.db import db, transaction
from app.core.models import OutboxMail
from app.events import operations as events
from app.events import operations_badges
from app.events.details import SeatsDetails
from app.events.details_day import BadgeDetails
from app.events.models import Audience
from app.people import operations_files
from app.people.details import FileDetails
from app.people.models_kept import FileCategory
from tests.core.hunting import Filled, FormSeen, PageReader, send
from tests.factories import advisory as make_advisory
from tests.factories import disclosures, executives, outreach, people, programs
from tests.factories import events as make

#: Before the show of the scenario, so that all of it lies ahead.
BEFORE = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
COVENANT = "We will not ask to see your work before you publish; you say who paid for the trip."


@dataclass(frozen=True)
class Page:
    """A form: who opens it, where, and to which address it is sent where that is another."""

    who: Role | User
    path: str
    action: str = ""


@dataclass(frozen=True)
class Case:
    """What the first says and what the second; `told` are the two values the second is shown."""

    page: Callable[[], Page]
    first: Mapping[str, str]
    second: Mapping[str, str]
    told: tuple[str, str]


def _case(page: Callable[[], Page], field: str, first: str, second: str, **both: str) -> Case:
    return Case(page, {field: first} | both, {field: second} | both, (first, second))


# -- what is edited --------------------------------------------------------------------------------


def _setting(who: Role, path: str, action: str = "") -> Callable[[], Page]:
    return lambda: Page(who, path, action)


def _rate_card() -> Page:
    return Page(make_advisory.helga(), f"/advisory/rates/new?of={make_advisory.rate_card().id}")


def _advice() -> Page:
    engagement = make_advisory.engagement()
    with transaction():
        details = AdviceDetails(question="Which network?", advice="The older one")
        advice = advisory.record_advice(db.session.merge(engagement), details, by=make_advisory.omar())
    return Page(make_advisory.omar(), f"/advisory/advice/{advice.id}")


def _touch() -> Page:
    mei = outreach.cast()["Mei"]
    return Page(mei, f"/outreach/{outreach.touch(people.person('Jack', owner=mei), mei).id}/correct")


def _cadence() -> Page:
    mei, program = outreach.cast()["Mei"], programs.program()
    return Page(mei, f"/outreach/cadence/{program.id}/person/{people.person('Jack', owner=mei).id}")


def _letter() -> Page:
    outreach.letter_template()
    return Page(Role.RELATIONS, "/outreach/letters/new?key=invitation&language=en")


def _first_letter() -> Page:
    return Page(Role.RELATIONS, "/outreach/letters/new?key=invitation&language=en")


def _mail() -> Page:
    outreach.letter_template()
    event = make.event()
    make.prepare(event, [make.draft(event, "Amal")])
    mail = db.session.scalars(sa.select(OutboxMail)).one()
    return Page(make.ruth(), f"/outreach/outbox/{mail.id}/edit")


def _badge() -> Page:
    return Page(make.ruth(), f"/events/invitations/{make.accepted(make.event(), 'Amal').id}/badge")


def _known_badge() -> Page:
    comer = make.accepted(make.event(), "Amal")
    with transaction():
        details = BadgeDetails(name="Amal", second_line="Daily", kind="Press")
        operations_badges.edit_badge(db.session.merge(comer), details, by=make.ruth())
    return Page(make.ruth(), f"/events/invitations/{comer.id}/badge")


def _seat() -> Page:
    event = make.event()
    with transaction():
        seats = events.add_seats(
            db.session.merge(event), SeatsDetails(rows=("A",), n_per_row=1), by=make.ruth()
        )
    return Page(make.ruth(), f"/events/seats/{seats[0].id}/kind")


def _checklist() -> Page:
    return Page(make.ruth(), f"/events/{make.event().id}/respect/items")


def _hours() -> Page:
    return Page(make.ruth(), f"/events/{make.event().id}/waitlist/hours")


def _place() -> Page:
    event = make.event(capacity=1)
    make.accepted(event, "Jack")
    first, _second = (make.accepted(event, name) for name in ("Nneka", "Omar"))
    return Page(make.ruth(), f"/events/invitations/{first.id}/move")


def _gap() -> Page:
    session = make.session(make.event(), "Roadmap", audience=Audience.ANALYST)
    return Page(make.ruth(), f"/events/sessions/{session.id}/parity")


def _told() -> Page:
    meeting = executives.meeting(make.event())
    return Page(executives.daniel(), f"/executives/meetings/{meeting.id}/notes")


def _draft() -> Page:
    version = disclosures.version(is_published=False)
    return Page(disclosures.compliance(), f"/disclosure/versions/{version.id}/edit")


def _file() -> Page:
    mei = outreach.cast()["Mei"]
    person = people.person("Jack", owner=mei)
    with transaction():
        details = FileDetails(category=FileCategory.CONSENT)
        row = operations_files.keep_file(db.session.merge(person), PDF, "consent.pdf", details, by=mei)
    return Page(mei, f"/people/files/{row.id}/edit")


CASES = {
    "cooling-off time": _case(
        _setting(Role.COMPLIANCE, "/advisory/rates", "/advisory/rates/cooling-off"), "n_days", "30", "60"
    ),
    "rate card": Case(
        _rate_card,
        {"effective_from_on": "2026-10-01", "band_1_maximum": "6400.00"},
        {"effective_from_on": "2026-11-01", "band_1_maximum": "6300.00"},
        ("Band 1: At most GBP 6,400.00", "GBP 6,300.00"),
    ),
    "advice": _case(_advice, "decision", "We keep the older one", "We buy another"),
    "contact": _case(_touch, "subject", "Interview in May", "Interview in June", reason="It was wrong"),
    "cadence of a person": _case(_cadence, "tier", "Inner circle", "Outer circle"),
    "contact rule": _case(_setting(Role.ADMIN, "/outreach/rule/new"), "n_touches", "3", "4"),
    "letter": _case(_letter, "subject", "Come to {event}", "Will you come to {event}"),
    "letter not written yet": _case(_first_letter, "subject", "Come to {event}", "Will you come to {event}"),
    "mail in the outbox": _case(_mail, "subject", "Come to the show", "Will you come"),
    "badge": _case(_badge, "name", "Amal K.", "A. Khoury"),
    "kind of a badge": _case(_known_badge, "kind", "Analyst", "Speaker"),
    "seat": _case(_seat, "room_zone", "Stalls left", "Stalls right"),
    "checklist": _case(_checklist, "items", "A quiet room", "A warm meal"),
    "hours of an offer": _case(_hours, "n_hours", "24", "36"),
    "place on the waitlist": _case(_place, "place", "2", "1", reason="She asked"),
    "gap of an agenda": _case(_gap, "reason", "Under a confidentiality agreement", "No room was left"),
    "what was told": _case(_told, "told", "The port opens in May", "The port opens in June"),
    "draft of a policy": _case(_draft, "text", "Say who paid for the flight.", "Say who paid for the hotel."),
    "covenant": _case(
        _setting(Role.COMPLIANCE, "/disclosure/covenant/new"),
        "text",
        f"{COVENANT} Always.",
        f"{COVENANT} Ever.",
    ),
    "file of a person": _case(_file, "note", "Signed in May", "Signed in June"),
    "retention rule": _case(
        _setting(Role.COMPLIANCE, "/privacy/retention/rules/notices"),
        "n_days",
        "300",
        "400",
        reason="New law",
    ),
    "connections and buffers": _case(_setting(Role.COORDINATOR, "/travel/timings"), "domestic", "41", "51"),
    "size of a large event": _case(_setting(Role.COMPLIANCE, "/ledger/general/size"), "size", "150", "250"),
    "reporting": _case(_setting(Role.ADMIN, "/settings/reporting"), "n_review_days", "20", "30"),
    "rules of sign-in": Case(
        _setting(Role.ADMIN, "/settings/sign-in"),
        {"factor_from_on": "2027-01-01"},
        {"factor_from_on": "2027-02-01"},
        ("1 Jan 2027", "1 Feb 2027"),
    ),
    "branding": _case(_setting(Role.ADMIN, "/settings/branding"), "name", "Lumen House", "Lumen Group"),
}


# -- two who save ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_whoever_saves_second_sees_both(
    signed_in: Callable[..., FlaskClient], at: Callable[[datetime], object], name: str
) -> None:
    case = CASES[name]
    with at(BEFORE):
        page = case.page()
    with at(BEFORE if name != "what was told" else datetime(2026, 10, 14, 12, 0, tzinfo=UTC)):
        browser, action = signed_in(page.who), page.action or page.path
        first, second = (_opened(browser.get(page.path).text, action) for _one in range(2))
        assert _sent(browser, first, case.first).status_code == 303
        refused = _sent(browser, second, case.second)
        assert (refused.status_code, 'class="clash"' in refused.text) == (409, True)
        told = _compared(refused.text)
        assert [one in told for one in case.told] == [True, True], told
        # Sent once more, knowing both, it replaces what was saved first.
        assert _sent(browser, _opened(refused.text, action), case.second).status_code == 303
        assert _sent(browser, second, case.first).status_code == 409


def _opened(page: str, action: str) -> FormSeen:
    found = PageReader(page).form_to(action)
    assert found is not None, action
    return found


def _sent(browser: FlaskClient, form: FormSeen, changes: Mapping[str, str]):  # type: ignore[no-untyped-def]
    return send(browser, form.action, [*_held(form, changes), *changes.items()])


def _held(form: FormSeen, changes: Mapping[str, str]) -> Filled:
    """What the form holds besides what is changed, as a browser sends it; a new key for each time it is sent."""
    held: Filled = []
    for name in form.names():
        controls = form.named(name)
        first = controls[0]
        if name in changes or name == "form_key" or first.kind in {"submit", "button", "file"}:
            continue
        if first.kind in {"checkbox", "radio"}:
            held += [(name, one.value) for one in controls if one.is_ticked]
        elif first.kind == "select":
            held += [(name, one) for one in first.chosen or first.options[:1]]
        else:
            held.append((name, first.value))
    return held


def _compared(page: str) -> str:
    """The words of the table that compares."""
    table = page.partition('class="clash"')[2].partition("</table>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", table)).split())
