"""Files kept with a person: what is taken, who may open them, and taking them away."""

import io
import zipfile

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts.models import AuditEvent, Role, User
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import NotFound
from app.core.files import FileKindRefused, FileTooLarge
from app.people import operations, operations_consents, operations_files, policies_kept, queries_kept
from app.people.details import ConsentDetails, FileDetails
from app.people.models import Person
from app.people.models_consents import ConsentSource, Purpose
from app.people.models_kept import FileAudience, FileCategory, PersonFile
from app.people.policies_consents import ASKED
from tests.conftest import fresh
from tests.factories import accounts, people

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
NOTE = FileDetails(category=FileCategory.CONSENT)
HIDDEN = FileDetails(category=FileCategory.AGREEMENT, audience=FileAudience.HOLDERS)


def _docx(*more: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in ("[Content_Types].xml", "word/document.xml", *more):
            archive.writestr(name, "<x/>")
    return made.getvalue()


def _keep(
    person: Person, data: bytes = PDF, name: str = "consent.pdf", details: FileDetails = NOTE, by=None
) -> PersonFile:
    with transaction():
        return operations_files.keep_file(db.session.merge(person), data, name, details, by=by)


def test_a_picture_leaves_the_hands_of_the_owner_only_with_consent(app: Flask) -> None:
    """P4: no consent to photographs, so nobody but the owner and the deputy opens it; given, everybody does; taken back, no more."""
    mei, ruth = accounts.user(name="Mei"), accounts.user(name="Ruth", role=Role.COORDINATOR)
    amal = people.person("Amal", owner=mei)
    row = _keep(amal, name="amal.pdf", details=FileDetails(category=FileCategory.PORTRAIT), by=mei)
    asked = ASKED[Purpose.PHOTO]

    def say(is_given: bool) -> None:
        details = ConsentDetails(
            purpose=Purpose.PHOTO, is_given=is_given, said_on=clock.today(), source=ConsentSource.MAIL,
            wording=asked.wording if is_given else "",
        )  # fmt: skip
        with transaction():
            operations_consents.record_consent(db.session.get_one(Person, amal.id), details, by=mei)

    def is_seen_by(user: User) -> bool:
        return bool(queries_kept.list_files(fresh(amal), db.session.merge(user)))

    assert (is_seen_by(mei), is_seen_by(ruth)) == (True, False)
    with pytest.raises(NotFound):
        queries_kept.get_file(row.id, ruth)
    say(True)
    assert is_seen_by(ruth)
    assert queries_kept.get_file(row.id, ruth).id == row.id
    say(False)
    assert (is_seen_by(mei), is_seen_by(ruth)) == (True, False)


@pytest.mark.parametrize(
    ("data", "name", "kept_as", "media_type"),
    [
        (PDF, "../../consent.pdf", "consent.pdf", "application/pdf"),
        (PDF, "consent.exe", "consent.exe.pdf", "application/pdf"),
        (
            _docx(),
            "bio.docx",
            "bio.docx",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (b"a,b\n1,2\n", "dates.csv", "dates.csv", "text/csv"),
        (b"Born in Lagos.\n", "\u202etxt.exe", "txt.exe.txt", "text/plain"),
    ],
)
def test_type_is_read_from_the_content_and_the_name_is_for_reading_only(
    app: Flask, data: bytes, name: str, kept_as: str, media_type: str
) -> None:
    row = _keep(people.person("Amal"), data, name)
    assert (row.file.name, row.file.media_type) == (kept_as, media_type)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "This file is empty."),
        (b"<html><script>alert(1)</script>", "markup are not accepted"),
        (b"MZ\x90\x00\x03" * 50, "This kind of file is not accepted here."),
        (_docx("word/vbaProject.bin"), "without macros"),
        (b"BEGIN:VCALENDAR\nEND:VCALENDAR\n", "calendar (ICS) files are not taken here."),
        (b"\x1f\x8b\x08\x00rest", "GZIP files are not taken here."),
        (b"PK\x03\x04broken", "This archive is damaged."),
    ],
)
def test_other_files_are_refused_and_nothing_is_kept(app: Flask, data: bytes, words: str) -> None:
    amal = people.person("Amal")
    with pytest.raises(FileKindRefused) as refused:
        _keep(amal, data, "consent.pdf")
    assert words in refused.value.message
    assert db.session.scalar(sa.select(sa.func.count(PersonFile.id))) == 0


def test_more_than_ten_megabytes_are_refused(app: Flask) -> None:
    with pytest.raises(FileTooLarge, match="larger than 10 MB"):
        _keep(people.person("Amal"), PDF + b"0" * (10 * 1024 * 1024))


def test_same_content_twice_is_said_and_another_person_may_have_it(app: Flask) -> None:
    amal, jack = people.person("Amal"), people.person("Jack")
    row = _keep(amal)
    with pytest.raises(policies_kept.FileIsHere, match=r"kept here already as consent\.pdf"):
        _keep(amal, PDF, "other.pdf")
    assert _keep(jack).file.sha256 == row.file.sha256
    with transaction():
        operations_files.remove_file(db.session.merge(row), by=None)
    assert _keep(amal, PDF, "again.pdf").file.name == "again.pdf"


def test_files_for_the_holders_are_theirs_alone_and_move_with_the_hand_over(app: Flask) -> None:
    """R3: absent for everybody else, in the list, by number and in the refusal's words."""
    mei, tom = accounts.user(name="Mei"), accounts.user(name="Tom")
    amal = people.person("Amal", owner=mei)
    row = _keep(amal, details=HIDDEN, by=mei)
    assert [one.id for one in queries_kept.list_files(fresh(amal), mei)] == [row.id]
    assert queries_kept.list_files(fresh(amal), tom) == []
    with pytest.raises(NotFound):
        queries_kept.get_file(row.id, tom)
    with pytest.raises(policies_kept.FileIsHere, match="for the owner and the deputy"):
        _keep(amal, by=tom)
    with pytest.raises(policies_kept.NotForYou):
        _keep(amal, b"other words", "a.txt", HIDDEN, by=tom)
    with transaction():
        operations.hand_over(db.session.merge(amal), db.session.merge(tom), by=mei)
    assert [one.id for one in queries_kept.list_files(fresh(amal), tom)] == [row.id]
    assert queries_kept.list_files(fresh(amal), mei) == []


def test_file_is_served_as_a_download_and_its_opening_is_written_down(signed_in) -> None:
    amal = people.person("Amal")
    row = _keep(amal)
    with signed_in(Role.ASSISTANT).get(f"/people/files/{row.id}") as answer:
        assert (answer.status_code, answer.data) == (200, PDF)
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=consent.pdf")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    opened = db.session.scalars(sa.select(AuditEvent).filter_by(action="people.file_opened")).all()
    assert [event.subject_id for event in opened] == [str(row.id)]


def test_file_is_uploaded_changed_and_taken_away_on_its_pages(signed_in) -> None:
    mei = accounts.user(name="Mei")
    amal, browser = people.person("Amal", owner=mei), signed_in(mei)
    assert "No files yet" in browser.get(f"/people/{amal.id}/files").text
    typed = {
        "file": (io.BytesIO(PDF), "consent.pdf"),
        "category": "consent",
        "audience": "holders",
        "note": "Signed",
    }
    answer = browser.post(f"/people/{amal.id}/files/new", data=typed, content_type="multipart/form-data")
    assert (answer.status_code, answer.location) == (303, f"/people/{amal.id}/files")
    row = db.session.scalars(sa.select(PersonFile)).one()
    assert browser.get(f"/people/files/{row.id}/edit").status_code == 200
    typed = {"category": "agreement", "audience": "everybody"}
    assert browser.post(f"/people/files/{row.id}/edit", data=typed).status_code == 303
    assert (fresh(row).category, fresh(row).audience) == (FileCategory.AGREEMENT, FileAudience.EVERYBODY)
    assert browser.post(f"/people/files/{row.id}/remove", data={"reason": "Superseded"}).status_code == 303
    page = browser.get(f"/people/{amal.id}/files").text
    assert "Superseded" in page
    assert f'href="/people/files/{row.id}"' not in page
    assert browser.get(f"/people/files/{row.id}").status_code == 404
    actions = set(db.session.scalars(sa.select(AuditEvent.action).filter_by(subject_kind="person_file")))
    assert actions == {"people.file_kept", "people.file_edited", "people.file_removed"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"file": (io.BytesIO(b""), "")}, "Choose a file."),
        ({"file": (io.BytesIO(b"<svg/>"), "a.svg")}, "markup are not accepted"),
        ({"category": "draft"}, "Not a valid choice"),
        ({"category": "article"}, "Not a valid choice"),
        ({"audience": "world"}, "Not a valid choice"),
        ({"note": "x" * 10_001}, "At most 10,000 characters."),
    ],
)
def test_bad_uploads_are_refused_at_their_field(signed_in, changes: dict, message: str) -> None:
    amal = people.person("Amal")
    typed = {"file": (io.BytesIO(PDF), "a.pdf"), "category": "consent", "audience": "everybody"} | changes
    answer = signed_in(Role.RELATIONS).post(
        f"/people/{amal.id}/files/new", data=typed, content_type="multipart/form-data"
    )
    assert answer.status_code == 422
    assert message in answer.text
    assert db.session.scalar(sa.select(sa.func.count(PersonFile.id))) == 0


def test_nothing_a_person_publishes_has_a_category(app: Flask) -> None:
    """D4: drafts have no field anywhere."""
    assert {one.value for one in FileCategory} == {
        "agreement", "consent", "biography", "portrait", "correspondence", "other",
    }  # fmt: skip


def test_files_need_the_same_queries_for_1_and_30(signed_in, count_queries) -> None:
    amal, browser = people.person("Amal"), signed_in(Role.RELATIONS)
    _keep(amal, b"file 0", "0.txt", by=accounts.user())
    browser.get(f"/people/{amal.id}/files")
    count_queries()
    browser.get(f"/people/{amal.id}/files")
    few = count_queries()
    for n in range(1, 30):
        _keep(amal, f"file {n}".encode(), f"{n}.txt", by=accounts.user(name=f"User {n}"))
    count_queries()
    browser.get(f"/people/{amal.id}/files")
    assert count_queries() == few
