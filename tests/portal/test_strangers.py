"""Nobody reads or does anything at somebody else's door, whatever address they try; a new column stays hidden until it is listed."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from app.accounts.models import AuditEvent
from app.advisory import operations_files
from app.advisory.models_files import FilePart
from app.core.db import Base, db, transaction
from app.disclosures import operations_covenants, queries_covenants
from app.events.models import Invitation
from app.ledger.models import Entry
from app.people import operations_representation
from app.people.models import Organisation, OrganisationKind, Person
from app.periods import operations as periods
from app.periods.details import DisputeDetails
from app.portal import operations, operations_wishes
from app.portal.models import PersonLink, PersonPasskey, PersonSession
from app.privacy.models import PrivacyRequest
from app.programs import operations_declared
from app.programs.details_cohorts import FacetDetails
from tests.factories import (
    accounts,
    advisory,
    calendars,
    disclosures,
    handovers,
    ledger,
    people,
    portal,
    shares,
)

At = Callable[[datetime], AbstractContextManager[None]]
NOW = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
#: Public pages whose address holds a secret of one letter, and those without a person: they have tests of their own.
BY_SECRET = {
    "arrive", "redeem", "renew", "ask", "no_more", "stop_letters", "answer", "send_answer", "place", "take_place", "refuse_place",
    "verify", "enter_options", "enter_by_passkey",
}  # fmt: skip
STAFF = {"invite", "shut", "shut_agent", "end_passkey_of"}
#: Pages of those who speak for people: they have a browser of their own.
AGENTS = {"represented", "represented_person", "answer_for", "end_agent_visit", "agent_sign_out"}
#: Their number is that of something offered to everybody, not of something of one person's.
OF_ALL = {"facet", "policy"}
#: Consents go by purpose, not by number: everybody takes back their own.
BY_WORD = {"withdraw_consent", "give_consent"}
NUMBERS = range(1, 25)


@pytest.fixture
def show(app: Flask, at: At) -> calendars.Show:
    """Jack with one of everything that has an address of its own; Amal with nothing of it."""
    made = calendars.show()
    with at(NOW):
        disclosures.version("*")
        agency = people.organisation("Bright Voices", kind=OrganisationKind.AGENCY)
        with transaction():
            jack = db.session.merge(made.jack)
            invitation = db.session.query(Invitation).filter_by(person_id=jack.id).one()
            invitation.checked_in_at, invitation.promise = NOW, "Front row\nHalf an hour with Grace"
            operations_representation.begin_representation(jack, agency.id, by=accounts.user())
            text = operations_covenants.offer_text(
                "Nobody asks to see any work before it is public, and nothing depends on coverage.",
                by=disclosures.compliance(),
            )
            operations_declared.offer_facet(
                FacetDetails(name="Gender", choices=("woman", "man"), purpose="To count."), by=None
            )
            operations_wishes.say_needs(jack, diet="no fish", access_needs="", quiet_days="")
        with transaction():
            signed = operations_covenants.sign_as_person(
                db.session.merge(made.jack),
                queries_covenants.get_text(db.session.merge(text).id),
                is_named=True,
                by=None,
            )
            operations_covenants.countersign(signed, is_company_named=True, by=disclosures.compliance())
            operations.begin_visit(db.session.merge(made.jack), "Firefox, Android")
            kept = {"credential": "x", "public_key": b"x", "device": "Firefox, Android"}
            db.session.add(PersonPasskey(person_id=made.jack.id, made_at=NOW, **kept))
        _paid(made)
        disclosures.publication(made.jack, published_on=NOW.date())
        posted = ledger.post(ledger.stay(made.jack, made.event.program)).entry
        with transaction():
            said = DisputeDetails(entry_seq=posted.seq, reason="I shared the room.", proposed=None)
            periods.dispute_line(db.session.merge(made.jack), said)
    return made


def _paid(made: calendars.Show) -> None:
    """Work under a contract with its file, and a share of what is sold by his link."""
    agreed = advisory.contracted(
        advisory.engagement(who=made.jack, for_need=advisory.approved_need(made.event.program))
    )
    with transaction():
        operations_files.add_file(
            db.session.merge(agreed),
            FilePart.CONTRACT,
            b"%PDF-1.7\n%%EOF\n",
            "contract.pdf",
            by=advisory.omar(),
        )
    shares.running(shares.approved(shares.drafted(made.jack, made.event.program)))


def rules(app: Flask) -> list[Rule]:
    found = [one for one in app.url_map.iter_rules() if one.endpoint.startswith("portal.")]
    return [one for one in found if one.endpoint.partition(".")[2] not in BY_SECRET | STAFF | AGENTS]


def rules_of_agents(app: Flask) -> list[Rule]:
    """The sign-out last."""
    found = [one for one in app.url_map.iter_rules() if one.endpoint in {f"portal.{name}" for name in AGENTS}]
    return sorted(found, key=lambda one: (one.endpoint == "portal.agent_sign_out", one.rule))


def addresses(rule: Rule, uids: list[str]) -> Iterator[str]:
    """Every address the rule may have here."""
    parts = re.findall(r"<([^>]+)>", rule.rule)
    values = [uids if one == "uid" else ["photo"] if one == "purpose" else NUMBERS for one in parts]
    for given in product(*values):
        address = rule.rule
        for part, value in zip(parts, given, strict=True):
            address = address.replace(f"<{part}>", str(value), 1)
        yield address


def verbs(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) & {"GET", "POST"})


@dataclass(frozen=True)
class Agents:
    """Browsers of those who speak for Jack, for Amal, and for nobody any more."""

    of_jack: FlaskClient
    of_amal: FlaskClient
    of_nobody: FlaskClient
    #: Jack's invitation and Amal's.
    invitations: dict[str, int]

    def all(self) -> list[FlaskClient]:
        return [self.of_jack, self.of_amal, self.of_nobody]


@pytest.fixture
def agents(app: Flask, at: At, show: calendars.Show) -> Agents:
    with at(NOW):
        bright = db.session.scalars(sa.select(Organisation).filter_by(name="Bright Voices")).one()
        other, former = handovers.agency("Other Voices"), handovers.agency("Former Voices")
        handovers.representation(show.amal, other)
        gone = handovers.representation(show.nneka, former)
        users = [
            handovers.partner(of, name) for of, name in ((bright, "Paula"), (other, "Otto"), (former, "Fay"))
        ]
        spoken_for = (show.jack, show.amal, show.nneka)
        browsers = [portal.agent_browser_of(app, *pair) for pair in zip(users, spoken_for, strict=True)]
        handovers.hand_back(gone)
        numbers = {
            one.person.name: one.id
            for one in db.session.scalars(sa.select(Invitation).order_by(Invitation.id))
        }
    return Agents(*browsers, numbers)


def uids_of(browser: FlaskClient) -> list[str]:
    return sorted(set(re.findall(r"/p/calendar/([^\"/]+)\.ics", browser.get("/p/").text)))


def written() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.max(AuditEvent.id))) or 0


def test_what_is_one_persons_opens_to_nobody_else(app: Flask, at: At, show: calendars.Show) -> None:
    """Every address of the map, with every number: what is there for Jack is not there for Amal, and for nobody at all."""
    with at(NOW):
        jack, amal, nobody = (
            portal.browser_of(app, show.jack),
            portal.browser_of(app, show.amal),
            app.test_client(),
        )
        uids, numbered = uids_of(jack), [one for one in rules(app) if "<" in one.rule]
        assert uids
        # Last, because it signs out.
        numbered.sort(key=lambda rule: "visits" in rule.rule)
        own = set(uids_of(amal))
        checked = set()
        for rule in numbered:
            name = rule.endpoint.partition(".")[2]
            if name in OF_ALL | BY_WORD:
                continue
            for address, verb in product(addresses(rule, uids), verbs(rule)):
                if any(uid in address for uid in own):
                    continue
                before = written()
                seen = amal.open(address, method=verb, buffered=True)
                if seen.status_code != 404:
                    # Hers: then it is not his.
                    assert jack.open(address, method=verb, buffered=True).status_code in {403, 404}, (
                        verb,
                        address,
                    )
                    continue
                assert written() == before, (verb, address)
                assert "Jack" not in seen.text
                assert nobody.open(address, method=verb, buffered=True).status_code == 403
                if verb == "GET" and jack.get(address, buffered=True).status_code == 200:
                    checked.add(name)
                elif verb == "POST" and verbs(rule) == ["POST"]:
                    is_there = jack.open(address, method="POST", buffered=True).status_code != 404
                    checked |= {name} if is_there else set()
        wanted = {rule.endpoint.partition(".")[2] for rule in numbered} - OF_ALL - BY_WORD
        assert wanted - checked == set()


def test_no_page_opens_without_a_visit(app: Flask, at: At, show: calendars.Show) -> None:
    with at(NOW):
        nobody = app.test_client()
        for rule in rules(app):
            for verb in verbs(rule):
                answer = nobody.open(next(addresses(rule, ["x"])), method=verb, buffered=True)
                assert (answer.status_code, "Jack" in answer.text) == (403, False), rule


def test_pages_without_a_number_show_only_their_own_person(app: Flask, at: At, show: calendars.Show) -> None:
    """R3: Amal's pages name neither Jack, nor his needs, agency, lines or browser."""
    with at(NOW):
        amal = portal.browser_of(app, show.amal)
        for rule in rules(app):
            if "<" in rule.rule or "GET" not in verbs(rule):
                continue
            page = amal.get(rule.rule)
            assert page.status_code == 200, rule
            told = page.get_data(as_text=rule.endpoint != "portal.statement")
            for secret in ("Jack", "no fish", "Bright Voices", "5,038.08", "Firefox, Android"):
                assert str(secret) not in str(told), (rule, secret)


# -- those who speak for people (R3) ---------------------------------------------------------------


def test_no_page_of_a_person_opens_to_a_representative(
    app: Flask, at: At, show: calendars.Show, agents: Agents
) -> None:
    """Neither to who speaks for Jack, nor for Amal, nor for nobody: the whole map with every number, and nothing is written."""
    with at(NOW):
        uids = uids_of(portal.browser_of(app, show.jack))
        before = written()
        for rule in rules(app):
            for address, verb in product(addresses(rule, uids), verbs(rule)):
                for browser in agents.all():
                    seen = browser.open(address, method=verb, buffered=True)
                    assert (seen.status_code, "Jack" in seen.text) == (403, False), (verb, address)
        assert written() == before


def test_a_representative_opens_what_is_of_those_they_speak_for(
    app: Flask, at: At, show: calendars.Show, agents: Agents
) -> None:
    """Every address of theirs with every number: found are their own people and invitations, and no other name is shown."""
    with at(NOW):
        found: dict[str, list[set[str]]] = {}
        for rule in rules_of_agents(app):
            for address, verb in product(addresses(rule, []), verbs(rule)):
                if rule.endpoint == "portal.agent_sign_out" or "visits" in address:
                    continue
                before = written()
                for n, browser in enumerate(agents.all()):
                    seen = browser.open(address, method=verb, buffered=True)
                    others = {0: ("Amal", "Nneka"), 1: ("Jack", "Nneka"), 2: ("Jack", "Amal", "Nneka")}[n]
                    assert [name for name in others if name in seen.text] == [], (n, address)
                    if seen.status_code != 404:
                        assert seen.status_code == {"GET": 200, "POST": 422}[verb]
                        found.setdefault(address, [set(), set(), set()])[n].add(verb)
                assert written() == before
                for stranger in (app.test_client(), portal.browser_of(app, show.jack)):
                    assert stranger.open(address, method=verb, buffered=True).status_code == 403
        reads, answers, never = {"GET"}, {"GET", "POST"}, set[str]()
        assert found == {
            "/p/represented": [reads, reads, reads],
            f"/p/represented/{show.jack.id}": [reads, never, never],
            f"/p/represented/{show.amal.id}": [never, reads, never],
            f"/p/represented/invitations/{agents.invitations['Jack']}": [answers, never, never],
            f"/p/represented/invitations/{agents.invitations['Amal']}": [never, answers, never],
        }


def test_a_representative_signs_out_no_browser_but_their_own(
    app: Flask, at: At, show: calendars.Show, agents: Agents
) -> None:
    with at(NOW):
        portal.browser_of(app, show.jack)
        rows = db.session.scalars(sa.select(PersonSession).order_by(PersonSession.id)).all()
        asked = {one.id: one.user.name if one.user else "" for one in rows}
        assert sorted(asked.values()) == ["", "", "Fay", "Otto", "Paula"]
        for browser, name in ((agents.of_jack, "Paula"), (agents.of_amal, "Otto"), (agents.of_nobody, "Fay")):
            theirs = [id for id, who in asked.items() if who == name]
            # The one they sit at is the last, so that it still answers for all the others.
            for id in sorted(asked, key=theirs.count):
                status = browser.post(f"/p/represented/visits/{id}/end").status_code
                assert status == (303 if id in theirs else 404), (name, id)


# -- the allow-list --------------------------------------------------------------------------------

#: Every column of words that a page of the door shows, and nothing else: who adds a column here has thought about it.
SHOWN = {
    "affiliate_share.contract_party", "affiliate_share.contract_reference", "affiliate_share.covers", "affiliate_share.link",
    "engagement.contract_party", "engagement.contract_reference", "need.deliverable",
    "need.question", "need.title", "stored_file.name",
    "department.name", "event.name", "facet.name", "organisation.name", "policy.name", "user.email", "access_request.question", "consent.wording", "covenant_text.text", "dispute.reason", "event.address", "event.city", "event.place",
    "executive.bio", "executive.name", "executive.title", "executive.topics", "facet.purpose", "invitation.answer_reason", "invitation.answered_by_name",
    "invitation.promise", "leg.carrier", "leg.destination", "leg.origin", "meeting.place", "person.email", "person.known_among",
    "person.known_for", "person.name", "policy_version.text", "publication.url", "session.description", "session.place",
    "session.title", "stay.city", "stay.hotel", "transfer.destination", "transfer.origin", "trip.wish", "user.name",
}  # fmt: skip
#: Words that are codes to the program: other words there would stop it.
_BY_TYPE = (sa.String, sa.Text)


def mark_every_word() -> None:
    """Put its own name into every column of free words of every row that may be changed."""
    for table in Base.metadata.sorted_tables:
        keys = list(table.primary_key)
        for column in table.columns:
            is_words = type(column.type) in _BY_TYPE and (
                isinstance(column.type, sa.Text) or (column.type.length or 0) >= 200
            )
            if not is_words or column in keys or column.foreign_keys:
                continue
            # The number of the row with it, because some names must differ.
            mark = sa.literal(f"«{table.name}.{column.name}»") + sa.cast(keys[0], sa.String)
            try:
                with transaction():
                    db.session.execute(
                        sa.update(table).values({column.name: mark}), execution_options={"audited": True}
                    )
            except (
                sa.exc.DBAPIError,
                RuntimeError,
            ):  # books that refuse any change, and names that must differ
                continue


def test_a_column_shows_only_when_it_is_listed(app: Flask, at: At, show: calendars.Show) -> None:
    """Every word of every table carries the name of its column; a page may show those of the list only."""
    with at(NOW):
        jack = portal.browser_of(app, show.jack)
        uids = uids_of(jack)
        mark_every_word()
        seen: dict[str, str] = {}
        n_pages = 0
        for rule in rules(app):
            if "GET" not in verbs(rule) or rule.rule.endswith(".pdf"):
                continue
            for address in addresses(rule, uids):
                page = jack.get(address, buffered=True)
                n_pages += page.status_code == 200
                for mark in re.findall(r"«([a-z_]+\.[a-z_]+)»", page.text):
                    seen.setdefault(mark, address)
        assert n_pages > 15
        assert {mark: where for mark, where in seen.items() if mark not in SHOWN} == {}
        assert SHOWN - set(seen) == set()


#: What a representative may read of a record, and nothing else.
SHOWN_TO_AGENTS = {
    "department.name", "event.name", "event.city", "event.place", "invitation.promise", "leg.destination", "leg.origin", "person.name", "session.place", "session.title", "stay.city", "stay.hotel",
    "transfer.destination", "transfer.origin", "user.email", "user.name",
}  # fmt: skip


def test_a_representative_reads_what_is_listed(
    app: Flask, at: At, show: calendars.Show, agents: Agents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R3: no amount, limit, need, consent, facet, dispute, engagement, meeting, wish or reason; a new column neither."""
    for model in (Person, Invitation, PersonLink):
        monkeypatch.setattr(model, "rumour", "a rumour nobody listed", raising=False)
    with at(NOW):
        mark_every_word()
        seen: set[str] = set()
        for rule in rules_of_agents(app):
            if "GET" not in verbs(rule):
                continue
            for address in addresses(rule, []):
                told = agents.of_jack.get(address, buffered=True).text
                seen |= set(re.findall(r"«([a-z_]+\.[a-z_]+)»", told))
                for never in ("rumour", "5,038.08", "GBP", "£"):
                    assert never not in told, address
        assert seen == SHOWN_TO_AGENTS


def test_a_new_column_is_hidden(
    app: Flask, at: At, show: calendars.Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A test adds one to a person, an invitation, a line and a link, and looks."""
    for model in (Person, Invitation, Entry, PersonLink, PrivacyRequest):
        monkeypatch.setattr(model, "rumour", "a rumour nobody listed", raising=False)
    with at(NOW):
        jack = portal.browser_of(app, show.jack)
        uids = uids_of(jack)
        for rule in rules(app):
            if "GET" in verbs(rule) and not rule.rule.endswith(".pdf"):
                for address in addresses(rule, uids):
                    assert "rumour" not in jack.get(address, buffered=True).text, address
