"""The audit trail in the reader's language: every name it can hold has words, and its pages say them."""

import ast
import html
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import sqlalchemy as sa
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale

from app.accounts import audit, policies
from app.accounts.models import AuditEvent, Role, User
from app.core import catalogues
from app.core.db import Base, db, transaction
from app.core.extracting_trail import Names, Unnamed, names_of_trail, tables_of
from app.core.i18n import action_in_english, column_in_english, in_english
from app.executives.models import RequestState as Asked
from app.executives.models_access import HoldEnd
from app.ledger.models_offers import OfferState
from app.people import policies_notes
from app.privacy.models import RequestState
from app.reports.exports_layouts import EFPIA_KEY, PROFILES
from app.reports.gallery_all import OWN, REPORTS
from app.travel.models_documents import DocumentKind
from tests.factories import accounts, people

APP = Path(__file__).parents[2] / "app"
SignIn = Callable[..., FlaskClient]


@cache
def names() -> Names:
    return names_of_trail(APP, tables_of(ast.parse((APP / "accounts" / "audit.py").read_text())))


@pytest.mark.parametrize(
    ("about", "spelled", "found"),
    [
        ("trail", action_in_english, "actions"), ("column", column_in_english, "columns"), ("record", in_english, "kinds"),
    ],
)  # fmt: skip
def test_every_name_the_code_can_write_has_words_in_french(
    about: str, spelled: Callable[[str], str], found: str
) -> None:
    with catalogues.catalogue_of("fr").open("rb") as file:
        french = {(one.context, one.id): one.string for one in read_po(file)}
    assert [name for name in getattr(names(), found) if not french.get((about, spelled(name)))] == []


def test_every_room_is_named_in_french(app: Flask) -> None:
    rooms = {action.partition(".")[0] for action in names().actions}
    assert {name for name in app.blueprints if "." not in name} == rooms
    with app.test_request_context(), force_locale("fr"):
        assert {room for room in rooms if policies.words_of_room(room) == in_english(room)} == {"webhooks"}


def test_the_columns_and_tables_found_in_the_code_are_those_of_the_database(app: Flask) -> None:
    mappers = list(Base.registry.mappers)
    columns = {column.key for mapper in mappers for column in mapper.column_attrs}
    assert columns - audit._UNTOLD == names().columns
    assert set(Base.metadata.tables) <= names().kinds


def test_whatever_a_year_of_work_wrote_is_among_the_names(london: Flask) -> None:
    """What is put together where it is recorded is declared whole."""
    rows = db.session.execute(sa.select(AuditEvent.action, AuditEvent.subject_kind, AuditEvent.fields)).all()
    assert len({action for action, _kind, _fields in rows}) > 100
    assert {action for action, _kind, _fields in rows} - names().actions == set()
    assert {kind for _action, kind, _fields in rows} - names().kinds == set()
    assert {field for _action, _kind, fields in rows for field in fields} - names().columns == set()


@pytest.mark.parametrize(
    ("pattern", "members"),
    [
        ("executives.hold_*", set(HoldEnd)),
        ("executives.request_*", {Asked.WAITING, Asked.ACCEPTED, Asked.DECLINED}),
        ("ledger.offer_*", set(OfferState) - {OfferState.WAITING}),
        ("people.note_*", set(policies_notes.DONE.values())),
        ("privacy.request_*", {RequestState.REFUSED, RequestState.WITHDRAWN}),
        ("travel.*_exported", set(DocumentKind)),
        ("report_*", {*REPORTS, *OWN, *PROFILES, EFPIA_KEY, "layouts"}),
    ],
)
def test_names_that_are_put_together_are_declared_for_every_choice(pattern: str, members: set[str]) -> None:
    assert set(audit.COMPOSED[pattern]) == members


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('audit.record("people.merged", row, by=by)', {"people.merged"}),
        ('audit.record("a.on" if is_on else "a.off", row, by=by)', {"a.on", "a.off"}),
        ('audit.record(f"a.{kind}_made", row, by=by)', {"a.one_made", "a.two_made"}),
        ('audit.record_event(KNOWN, kind="user", ref="1", by=by)', {"a.known"}),
        (
            'def _end(row, action, by):\n    audit.record(action, row, by=by)\n\n_end(1, "a.ended", by)\n_end(1, action="a.left", by=by)',
            {"a.ended", "a.left"},
        ),
    ],
)  # fmt: skip
def test_actions_are_found_where_they_are_written(tmp_path: Path, source: str, found: set[str]) -> None:
    room = tmp_path / "room"
    room.mkdir()
    (room / "operations.py").write_text(f"from app.accounts import audit\n\n{source}\n")
    declared = {"COMPOSED": {"a.*_made": ("one", "two"), "room.KNOWN": ("a.known",)}, "_UNTOLD": set()}
    assert names_of_trail(tmp_path, declared).actions == found


def test_a_name_nobody_declared_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "operations.py").write_text(
        "from app.accounts import audit\n\naudit.record(f'a.{x}', r, by=by)\n"
    )
    with pytest.raises(Unnamed, match=r"a\.\*"):
        names_of_trail(tmp_path, {"COMPOSED": {}, "_UNTOLD": set()})


# -- pages -----------------------------------------------------------------------------------------


def read_by(role: Role, locale: str) -> User:
    reader = accounts.user(role=role)
    with transaction():
        db.session.merge(reader).locale = locale
    return reader


@pytest.fixture
def edited(app: Flask) -> int:
    found = people.person("Jack")
    with transaction():
        person = db.session.merge(found)
        before = audit.snapshot(person)
        person.phone, person.home_country = "+44 20 7946 0958", "GB"
        audit.record("people.person_edited", person, by=accounts.user(), before=before)
    return found.id


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("en", ["Person edited", "people", "Person {id}", "home country, phone"]),
        ("fr", ["Personne modifiée", "personnes", "Personne {id}", "pays de résidence, téléphone"]),
    ],
)
def test_a_line_is_said_in_the_language_of_whoever_reads_it(
    signed_in: SignIn, edited: int, locale: str, said: list[str]
) -> None:
    page = signed_in(read_by(Role.AUDITOR, locale)).get("/settings/audit?q=person_edited").text
    assert {"en": ">Record<", "fr": ">Fiche<"}[locale] in page
    row = re.search(r"<tbody.*?</tbody>", page, re.S)
    assert row is not None
    text = " ".join(html.unescape(re.sub("<[^>]+>", " ", row[0])).split())
    assert [one for one in said if one.format(id=edited) not in text] == []


def test_rooms_are_offered_by_their_names(signed_in: SignIn) -> None:
    for locale, said in (("en", "Handovers"), ("fr", "Passations")):
        page = signed_in(read_by(Role.AUDITOR, locale)).get("/settings/audit").text
        choices = re.search(r'<select[^>]*id="filter-room".*?</select>', page, re.S)
        assert choices is not None
        assert f">{said}<" in re.sub(r"\s*([<>])\s*", r"\1", choices[0])
        assert "privacy.retention" not in choices[0]


def test_what_was_done_to_a_login_is_said_in_the_language_of_whoever_reads_it(signed_in: SignIn) -> None:
    reader = read_by(Role.ADMIN, "fr")
    with transaction():
        user = db.session.merge(accounts.user(role=Role.AUDITOR))
        before = audit.snapshot(user)
        user.zone = "Asia/Tokyo"
        audit.record("accounts.user_edited", user, by=None, before=before)
    page = signed_in(reader).get(f"/settings/users/{user.id}").text
    assert ("utilisateur modifié" in page, "fuseau horaire" in page) == (True, True)
