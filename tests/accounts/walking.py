"""The whole map, walked as every role of the London demo: what was answered, and which guarded words were in it."""

import email
import email.policy
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import AnyConverter, Rule
from werkzeug.test import TestResponse

from app.accounts import permissions
from app.accounts.access import PUBLIC, permission_of
from app.accounts.guarded import Outlet
from app.accounts.models import Role, User
from app.calendars import operations as calendars
from app.calendars import policies as calendar_policies
from app.calendars.models import FeedKind
from app.core import clock, door, waking
from app.core.db import db, transaction
from app.core.errors import DomainError
from app.core.models import OutboxMail
from app.lists.models import Share
from app.outreach.models_inbox import InboundMessage
from app.people import operations as people
from app.people.details import OfficialDetails
from app.people.models import OfficialStatus, Person
from app.people.models_kept import Hospitality
from app.people.models_notes import PersonNote
from app.programs.models import Program
from app.travel.models_sensitive import IdentityPurpose, TravelIdentity
from tests import further, route_map
from tests.core.hunting import QuickClient, nothing_stands
from tests.factories import accounts, api, ledger, reports
from tests.route_map import LED_TO, addresses_of

#: Who walks for a role.
WALKERS = {
    Role.ADMIN: "ada", Role.RELATIONS: "mei", Role.COORDINATOR: "ruth", Role.COMPLIANCE: "helga", Role.ASSISTANT: "daniel",
    Role.PARTNER: "paula", Role.AUDITOR: "iris", Role.DOOR: "noor",
}  # fmt: skip
#: Whom or what they see is narrowed again by the queries: their own people, the doors of today.
NARROW = {Role.PARTNER, Role.DOOR}
#: A word that is nowhere else; each mark begins with it, so a search for it finds a mark without naming one.
BEGIN = "zqx"
#: Key of the field -> where the mark is put: table and columns of words, in every row.
IN_COLUMNS = {
    "people.contact": ("person", "phone"),
    "people.notes": ("person", "notes"),
    "people.may_accept": ("may_accept", "source"),
    "travel.wish": ("trip", "wish"),
    "travel.driver": ("transfer", "driver_email"),
    "events.answer_reason": ("invitation", "answer_reason"),
    "events.promise_note": ("promise_answer", "note"),
    "events.guest_words": ("event_guest", "words"),
    "outreach.summary": ("touch", "summary"),
    "outreach.inbox": ("inbound_message", "subject"),
    "executives.told": ("meeting", "told"),
    "executives.question": ("access_request", "question"),
    "executives.apart": ("kept_apart", "reason"),
    "events.late_words": ("pending_answer", "reason"),
    "programs.declaration": ("declaration", "choice"),
}
#: Amounts nothing else costs, as they are written.
AMOUNTS = {
    "ledger.amount": re.compile(rb"4,?321\.09"),
    "travel.cost": re.compile(rb"76,?543\.09"),
    "advisory.fee": re.compile(rb"87,?654\.09"),
}
MARKS = {key: re.compile(f"{BEGIN}{key.replace('.', '').replace('_', '')}".encode()) for key in [
    *IN_COLUMNS, "people.shared_note", "people.official_reason", "people.hospitality", "travel.papers",
]} | AMOUNTS  # fmt: skip
#: A number no record has.
NOBODY = 2_000_000_000
#: What the interface wants to be asked.
ASKED = {
    "api.list_goals": "?program_id=1", "api.list_cohorts": "?program_id=1", "api.list_enrolments": "?program_id=1",
    "api.get_gallery_report": "?report=exceptions",
    "api.list_runs": "?report=goals", "reports.runs.export_difference": "?before=2&after=3",
}  # fmt: skip
#: Reports that are sent every month, and what they are asked.
MAILED = {
    "value": {"program": "1"}, "quarter": {"program": "1", "days": "last-month"}, "proximity": {},
    "exceptions": {"days": "last-month"}, "workload": {}, "missing": {"program": "1"}, "goals": {"program": "1"},
    "person": {"person": "1"},
}  # fmt: skip
#: What a worker does that needs somebody elsewhere, or takes away what is looked for.
UNSENT = {"mail", "inbox", "backup", "webhooks", "calendars", "pulse", "retention"}
#: Pages that find, and what they are asked for.
SEARCHES = {"accounts.find", "people.found"}


@dataclass
class Walk:
    """What came back."""

    #: Rule and method -> role -> status.
    statuses: dict[tuple[str, str], dict[Role, int]] = field(default_factory=dict)
    #: Key of a guarded field -> role -> outlet -> the addresses where its mark was.
    seen: dict[str, dict[Role, dict[Outlet, set[str]]]] = field(default_factory=dict)
    #: Role -> the kinds of mails that were written to its user.
    mails: dict[Role, set[str]] = field(default_factory=dict)

    def note(self, role: Role, address: str, outlet: Outlet, data: bytes) -> None:
        """Keep which marks an answer held."""
        if data.startswith(b"PK"):
            data = b"".join(_members(data))
        for key, mark in MARKS.items():
            if mark.search(data):
                self.seen.setdefault(key, {}).setdefault(role, {}).setdefault(outlet, set()).add(address)


def _members(data: bytes) -> Iterator[bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            yield archive.read(name)


def mark_of(key: str) -> str:
    """The word that stands in a guarded field."""
    return MARKS[key].pattern.decode()


# -- marking ---------------------------------------------------------------------------------------


def mark_everything() -> None:
    """Put its mark into each guarded field, in every row."""
    helper, ruth, helga = (
        db.session.scalars(sa.select(User).filter_by(email=f"{key}@lumen.example")).one()
        for key in ("mei", "ruth", "helga")
    )
    person = db.session.scalars(sa.select(Person).order_by(Person.id)).first()
    program = db.session.scalars(sa.select(Program).order_by(Program.id)).first()
    ledger.post(ledger.stay(person, program, provider="Marked", money=ledger.gbp("4321.09")))
    with transaction():
        mail = db.session.scalars(sa.select(InboundMessage)).first()
        assert mail is not None
        facts = {
            one.key: getattr(mail, one.key)
            for one in sa.inspect(InboundMessage).column_attrs
            if one.key != "id"
        }
        db.session.add(
            InboundMessage(**facts | {"message_id": "<other@elsewhere.example>", "user_id": ruth.id})
        )
        status = OfficialDetails(status=OfficialStatus.STATE_BODY, reason=mark_of("people.official_reason"))
        people.set_official_status(db.session.merge(person), status, by=helga)
        for key, (table, column) in IN_COLUMNS.items():
            put = sa.table(table, sa.column(column))
            assert _rewrite(sa.update(put).values({column: mark_of(key)})), key
        for table, column, minor in (
            ("leg", "cost_minor", 7_654_309), ("stay", "cost_minor", 7_654_309), ("transfer", "cost_minor", 7_654_309),
            ("engagement", "fee_minor", 8_765_409),
        ):  # fmt: skip
            found = sa.table(table, sa.column(column))
            _rewrite(sa.update(found).where(found.c[column].is_not(None)).values({column: minor}))
        _rewrite(sa.update(sa.table("kept_apart", sa.column("executive_id"))).values(executive_id=1))
        _rewrite(sa.update(PersonNote).values(text=mark_of("people.shared_note"), is_private=False))
        for one in db.session.scalars(sa.select(Person)).all():
            _mark_sealed(one, helper)


def _rewrite(put: sa.Update) -> int:
    """How many rows were written past the operations."""
    return db.session.execute(put, execution_options={"audited": True}).rowcount  # type: ignore[attr-defined, no-any-return]


def _mark_sealed(person: Person, by: User) -> None:
    """What is sealed is written by its model."""
    until = clock.today() + timedelta(days=300)
    served = db.session.scalar(sa.select(Hospitality).filter_by(person_id=person.id)) or Hospitality(
        person_id=person.id,
        consented_on=clock.today(),
        consent_source="a letter",
        changed_at=clock.now(),
        by_id=by.id,
    )
    word = mark_of("people.hospitality")
    served.diet, served.access_needs, served.quiet_days, served.purge_on = word, word, word, until
    papers = db.session.scalar(sa.select(TravelIdentity).filter_by(person_id=person.id)) or TravelIdentity(
        person_id=person.id,
        purpose=IdentityPurpose.TICKET,
        source="a letter",
        changed_at=clock.now(),
        by_id=by.id,
    )
    word = mark_of("travel.papers")
    papers.name_in_passport, papers.passport_number, papers.address = word, word, word
    papers.delete_after_on = until
    db.session.add_all([served, papers])


# -- walking ---------------------------------------------------------------------------------------


class Walkers:
    """A browser and a token for each role."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.users = {
            role: db.session.scalars(sa.select(User).filter_by(email=f"{key}@lumen.example")).one()
            for role, key in WALKERS.items()
        }
        self.browsers = {role: app.test_client() for role in WALKERS}
        self.headers = {role: api.headers(user) for role, user in self.users.items()}
        for role, browser in self.browsers.items():
            accounts.session_in(browser, self.users[role])

    def ask(self, role: Role, address: str, method: str = "GET") -> TestResponse:
        """The answer to a role."""
        headers = self.headers[role] if address.startswith("/api/") else {}
        return self.browsers[role].open(address, method=method, headers=headers, buffered=True)


def walk(app: Flask) -> Walk:
    """The demo with one of each thing, marked and walked."""
    app.test_client_class = QuickClient
    further.add()
    mark_everything()
    walkers, done = Walkers(app), Walk()
    with pytest.MonkeyPatch.context() as patch:
        # What a refusal looks like is tested elsewhere; thousands of them are looked at for their status alone.
        patch.setattr(door, "render_template", lambda *_names, **_values: "refused")
        for rule in guarded_rules(app):
            patch.setitem(
                route_map.OTHER_KINDS,
                rule.endpoint,
                route_map.OTHER_KINDS.get(rule.endpoint, {}) | _kinds(rule),
            )
        _walk(app, walkers, done)
    return done


def _walk(app: Flask, walkers: Walkers, done: Walk) -> None:
    for rule in guarded_rules(app):
        if "GET" in (rule.methods or ()):
            _read(walkers, rule, done)
    _reveal(walkers, done)
    _feeds(walkers, done)
    _lists(walkers, done)
    _mails(walkers, done)
    with pytest.MonkeyPatch.context() as patch, nothing_stands(patch):
        for rule in guarded_rules(app):
            for method in sorted((rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}):
                address = _address_of_nobody(rule)
                for role in WALKERS:
                    status = walkers.ask(role, address, method).status_code
                    done.statuses.setdefault((rule.rule, method), {})[role] = status


def guarded_rules(app: Flask) -> list[Rule]:
    """Every rule that wants a permission."""
    rules = [
        one for one in app.url_map.iter_rules() if permission_of(app.view_functions[one.endpoint]) != PUBLIC
    ]
    return sorted(rules, key=lambda one: one.rule)


def _read(walkers: Walkers, rule: Rule, done: Walk) -> None:
    """Ask for a page as everybody: those who may for one that is there, the others for the same."""
    permission = permission_of(walkers.app.view_functions[rule.endpoint])
    may = [role for role in WALKERS if permission in permissions.PERMISSIONS[role]]
    statuses = done.statuses.setdefault((rule.rule, "GET"), {})
    usual, is_paper = "", rule.rule.endswith(".pdf")
    for role in may:
        for address in _tries(walkers, rule, usual if role not in NARROW else ""):
            answer = walkers.ask(role, address)
            if answer.status_code in (200, 302, 303):
                usual = usual or address
                done.note(role, address, _outlet(rule, answer), answer.data)
                break
        statuses[role] = answer.status_code
        if is_paper and usual:  # printing takes seconds: one of those who may
            break
    for role in set(WALKERS) - set(may):
        statuses[role] = walkers.ask(role, usual or address).status_code


def _tries(walkers: Walkers, rule: Rule, usual: str) -> Iterator[str]:
    if usual:
        yield usual
        return
    if rule.endpoint in LED_TO:
        key, source, look = LED_TO[rule.endpoint]
        role = next(one for one, name in WALKERS.items() if name == key)
        found = re.search(look, walkers.ask(role, source).text)
        assert found is not None, rule.endpoint
        yield found[1]
        return
    query = f"?q={BEGIN}" if rule.endpoint in SEARCHES else ASKED.get(rule.endpoint, "")
    yield from (address + query for address in addresses_of(rule))


def _kinds(rule: Rule) -> dict[str, str]:
    """A word for each place of a rule that has several: files that are quickly made, and what the route map names."""
    choices = {
        name: set(one.items) for name, one in rule._converters.items() if isinstance(one, AnyConverter)
    }
    usual = route_map.KINDS | route_map.OTHER_KINDS.get(rule.endpoint, {})
    return {
        name: next((one for one in ("csv", "ics", usual.get(name)) if one in items), min(items))
        for name, items in choices.items()
    }


def _address_of_nobody(rule: Rule) -> str:
    values = {}
    for name, kind in rule._converters.items():
        values[name] = (
            min(kind.items)
            if isinstance(kind, AnyConverter)
            else NOBODY
            if "Number" in type(kind).__name__
            else "nobody"
        )
    built = rule.build(values, append_unknown=False)
    assert built is not None
    return built[1]


def _outlet(rule: Rule, answer: TestResponse) -> Outlet:
    if rule.rule.startswith("/api/"):
        return Outlet.API
    if answer.mimetype == "text/calendar":
        return Outlet.FEED
    if "attachment" in answer.headers.get("Content-Disposition", ""):
        return Outlet.EXPORT
    if rule.endpoint in SEARCHES:
        return Outlet.SEARCH
    return Outlet.LIST if rule.rule.endswith("/") else Outlet.SCREEN


def _reveal(walkers: Walkers, done: Walk) -> None:
    """Papers are shown by the answer to a reason, and nowhere else."""
    for role, browser in walkers.browsers.items():
        answer = browser.post("/travel/people/1/identity/reveal", data={"reason": "To book the flight."})
        done.note(role, "/travel/people/1/identity/reveal", Outlet.SCREEN, answer.data)


def _feeds(walkers: Walkers, done: Walk) -> None:
    """Every kind of calendar that a role may have, made and fetched."""
    for role, user in walkers.users.items():
        for kind in FeedKind:
            if not calendar_policies.may_have(user, kind):
                continue
            for number in (None,) if kind is FeedKind.MY_WORK else (1, 2, 3):
                try:
                    with transaction():
                        made = calendars.share_feed(kind, number, by=db.session.merge(user))
                except DomainError:
                    continue
                address = f"/calendar/{made.secret}.ics"
                answer = walkers.app.test_client().get(address)
                done.note(role, f"feed {kind}", Outlet.FEED, answer.data)


def _lists(walkers: Walkers, done: Walk) -> None:
    """The list of people with every column, as page and as files; people are found by nothing that is marked."""
    for role, browser in walkers.browsers.items():
        page = browser.get(f"/people/?q={BEGIN}")
        done.note(role, "/people/?q=", Outlet.SEARCH, page.data)
        for kind in ("csv", "xlsx"):
            file = browser.post(f"/people/export/{kind}", buffered=True)
            done.note(role, f"/people/export/{kind}", Outlet.EXPORT, file.data)


def _mails(walkers: Walkers, done: Walk) -> None:
    """Every report that is sent to everybody who may read it, and whatever else is written to them in the month ahead."""
    readers = [
        user for role, user in walkers.users.items() if "reports:read" in permissions.PERMISSIONS[role]
    ]
    helga, now = walkers.users[Role.COMPLIANCE], clock.now()
    roles = {user.email: role for role, user in walkers.users.items()}
    for key, asked in MAILED.items():
        view = reports.saved_report(helga, key, name=f"Every month: {key}", share=Share.ALL, **asked)
        reports.schedule(view, *(reader for reader in readers if reader.id != helga.id), helga)
    for n_days in (1, 8, 33):
        with clock.fixed_at(now + timedelta(days=n_days)):
            for name in [*sorted(set(waking.steps()) - UNSENT - {"jobs"}), "jobs"]:  # the others ask for jobs
                waking.do_all(name)
    for mail in db.session.scalars(sa.select(OutboxMail)):
        role = roles.get(mail.recipient)
        if role is not None:
            done.mails.setdefault(role, set()).add(mail.kind)
            for part in email.message_from_bytes(mail.raw, policy=email.policy.default).walk():
                if not part.is_multipart():
                    done.note(role, f"mail: {mail.kind}", Outlet.MAIL, part.get_payload(decode=True) or b"")


@dataclass
class Look:
    """What an administrator found when they saw as a role."""

    keys: set[str] = field(default_factory=set)
    opened: int = 0
    refused: int = 0


def see_as(app: Flask, role: Role, done: Walk) -> Look:
    """Open every page on which the role found a mark, its home page and its notices, as an administrator who sees as it."""
    ada = db.session.scalars(sa.select(User).filter_by(email="ada@lumen.example")).one()
    paula = db.session.scalars(sa.select(User).filter_by(email="paula@lumen.example")).one()
    browser, found = app.test_client(), Look()
    accounts.session_in(browser, ada)
    agency = str(paula.organisation_id) if role is Role.PARTNER else ""
    assert browser.post("/settings/see-as", data={"role": role.value, "agency_id": agency}).status_code == 303
    marked = {
        address
        for roles in done.seen.values()
        for where in roles.get(role, {}).values()
        for address in where
        if address.startswith("/") and not address.startswith("/api/") and "export" not in address
    }
    for address in sorted(marked | {"/", "/notices/"}):
        answer = browser.get(address, buffered=True)
        found.opened += answer.status_code == 200
        found.refused += answer.status_code == 403
        found.keys |= {key for key, mark in MARKS.items() if mark.search(answer.data)}
    return found
