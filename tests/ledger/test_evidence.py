"""What lies beside the book: files that prove an entry, entries that lack one, what only the form asks for."""

import io
import zipfile
from collections.abc import Callable
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import AuditEvent, Role
from app.core.db import db, transaction
from app.core.files import FileKindRefused, FileTooLarge
from app.ledger import operations, policies, policies_evidence, queries
from app.ledger.details import EntryDetails
from app.ledger.models import Basis, Category, Entry, EntryFile, Form, Unit
from tests.factories import accounts, ledger, people, programs

SignIn = Callable[..., FlaskClient]
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def _zip(name: str, size: int) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr(name, b"0" * size)
    return made.getvalue()


def _add(entry: Entry, data: bytes = PDF, name: str = "receipt.pdf") -> EntryFile:
    by = accounts.user(role=Role.COORDINATOR, name="Ruth")
    with transaction():
        return operations.add_evidence(
            queries.get_entry(entry.seq), data, name, note="The hotel's bill", by=by
        )


def test_files_are_added_later_and_the_entry_does_not_change(app: Flask) -> None:
    """L1: several files, each beside the entry; body and hash stay, and the book verifies."""
    entry = ledger.post(ledger.stay()).entry
    body, hashed = entry.body, entry.hash
    _add(entry)
    _add(entry, b"a,b\n1,2\n", "nights.csv")
    entry = queries.get_entry(entry.seq)
    assert [row.file.name for row in queries.evidence_of(entry)] == ["receipt.pdf", "nights.csv"]
    assert (entry.body, entry.hash) == (body, hashed)
    assert queries.verify().is_ok
    actions = db.session.scalars(sa.select(AuditEvent.action)).all()
    assert actions.count("ledger.evidence_added") == 2


def test_the_same_content_is_kept_once(app: Flask) -> None:
    entry = ledger.post(ledger.stay()).entry
    _add(entry)
    with pytest.raises(policies_evidence.EvidenceIsHere, match=r"receipt\.pdf"):
        _add(entry, PDF, "again.pdf")
    assert len(queries.evidence_of(entry)) == 1


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "empty.pdf"),
        (b"MZ\x90\x00\x03" * 50, "receipt.pdf"),
        (b"\x7fELF\x02\x01\x01\x00" * 20, "receipt.png"),
        (b"<html><script>alert(1)</script>", "receipt.pdf"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "receipt.png"),
        (_zip("payload.bin", 1000), "receipts.zip"),
        (_zip("word/document.xml", 201 * 1024 * 1024), "bomb.docx"),
        (_zip("word/vbaProject.bin", 10), "macro.docx"),
        (b"\x1f\x8b\x08" + b"\x00" * 50, "receipt.gz"),
    ],
    ids=["empty", "exe", "elf", "html", "svg", "zip", "bomb", "macro", "gzip"],
)
def test_what_runs_or_unpacks_is_no_evidence(app: Flask, data: bytes, name: str) -> None:
    """Type by content: a lying extension, a bomb, an executable are refused and nothing is kept."""
    entry = ledger.post(ledger.stay()).entry
    with pytest.raises((FileKindRefused, FileTooLarge)):
        _add(entry, data, name)
    assert list(queries.evidence_of(entry)) == []


def test_a_file_above_the_limit_is_refused(app: Flask) -> None:
    entry = ledger.post(ledger.stay()).entry
    with pytest.raises(FileTooLarge):
        _add(entry, PDF + b"\n" * policies_evidence.MOST_BYTES)


def test_a_file_is_uploaded_downloaded_and_read_by_those_who_see_the_ledger(signed_in: SignIn) -> None:
    entry = ledger.post(ledger.stay()).entry
    ruth = signed_in(Role.COORDINATOR)
    answer = ruth.post(f"/ledger/{entry.seq}/evidence", data={"file": (io.BytesIO(PDF), "bill.exe")})
    assert answer.status_code == 303
    row = db.session.scalars(sa.select(EntryFile)).one()
    opened = ruth.get(f"/ledger/evidence/{row.id}")
    assert opened.data == PDF
    assert opened.headers["Content-Disposition"].startswith("attachment")
    assert "bill.exe.pdf" in opened.headers["Content-Disposition"]
    opened.close()
    assert "bill.exe.pdf" in ruth.get(f"/ledger/{entry.seq}").text
    assert (
        db.session.scalar(sa.select(sa.func.count()).where(AuditEvent.action == "ledger.evidence_opened"))
        == 1
    )


def test_an_assistant_opens_no_evidence_and_an_auditor_adds_none(signed_in: SignIn) -> None:
    """R3: amounts and what proves them are hidden together."""
    row = _add(ledger.post(ledger.stay()).entry)
    assert signed_in(Role.ASSISTANT).get(f"/ledger/evidence/{row.id}").status_code == 403


def test_an_auditor_reads_evidence_and_adds_none(signed_in: SignIn) -> None:
    row = _add(ledger.post(ledger.stay()).entry)
    iris = signed_in(Role.AUDITOR)
    opened = iris.get(f"/ledger/evidence/{row.id}")
    assert opened.status_code == 200
    opened.close()
    assert iris.post(f"/ledger/{row.entry_seq}/evidence").status_code == 403


def test_missing_receipts_are_listed_until_a_file_is_there(app: Flask) -> None:
    """c40, L12: what needs a receipt and has none; not what is declined, reversed, estimated or from another page."""
    person, program = people.person("Amal"), programs.program()
    lacking = ledger.post(ledger.stay(person, program)).entry
    ledger.post(ledger.stay(person, program, basis=Basis.ESTIMATE))
    ledger.post(ledger.stay(person, program, declined=True))
    ledger.post(ledger.stay(person, program, source_kind="travel", source_part="stay", source_id=1))
    gone = ledger.post(ledger.stay(person, program)).entry
    with transaction():
        operations.reverse_entry(queries.get_entry(gone.seq), reason="entered_twice", by=ledger.compliance())
    assert [entry.seq for entry in queries.entries_without_receipt()] == [lacking.seq]
    assert [e.seq for e in queries.entries_without_receipt(queries.Scope(to_on=date(2026, 10, 15)))] == []
    _add(lacking)
    assert list(queries.entries_without_receipt()) == []


def test_the_list_of_missing_receipts_asks_a_constant_number_of_questions(
    signed_in: SignIn, count_queries: Callable[[], int]
) -> None:
    program, ruth = programs.program(), signed_in(Role.COORDINATOR)
    ledger.post(ledger.stay(people.person("Amal"), program))
    ruth.get("/ledger/without-receipt")
    count_queries()
    ruth.get("/ledger/without-receipt")
    one = count_queries()
    for n in range(12):
        ledger.post(ledger.stay(people.person(f"Guest {n}"), program))
    count_queries()
    assert ruth.get("/ledger/without-receipt").status_code == 200
    assert count_queries() == one


# -- what only the form can ask for ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"place": "London", "unit": Unit.NIGHT}, "place", "the country of the destination"),
        ({"place": "", "unit": Unit.NIGHT}, "place", "city and country"),
        ({}, "unit", "the number of nights"),
        ({"category": Category.TRAVEL_AIR}, "travel_class", "the class flown"),
        (
            {"category": Category.PRODUCT_LOAN, "form": Form.LOAN, "basis": Basis.RENTAL_EQUIVALENT},
            "due_on",
            "due back",
        ),
    ],
)
def test_travel_names_its_place_class_and_nights(app: Flask, changes: dict, field: str, said: str) -> None:
    """c2, c14: refused, the missing part named."""
    with pytest.raises(policies.EntryIncomplete) as refused:
        ledger.post(ledger.stay(is_by_hand=True, **changes))
    assert refused.value.field == field
    assert said in str(refused.value)


def test_every_missing_part_is_named_at_once(app: Flask) -> None:
    """c1."""
    details: EntryDetails = ledger.stay(
        is_by_hand=True, category=Category.TRAVEL_AIR, place="London", money=None
    )
    with pytest.raises(policies.EntryIncomplete) as refused:
        ledger.post(details)
    for said in ("country", "class", "amount"):
        assert said in str(refused.value)


def test_who_paid_and_for_whom_is_kept_sealed_and_shown(signed_in: SignIn) -> None:
    """c15: attributed to the person once, the intermediary named."""
    person = people.person("Amal")
    entry = ledger.post(
        ledger.stay(
            person,
            intermediary="Agency Nord",
            on_behalf="The sister of Amal",
            tax="included",
            travel_class="business",
        )
    ).entry
    page = signed_in(Role.RELATIONS).get(f"/ledger/{entry.seq}").text
    for said in ("Agency Nord", "The sister of Amal", "included", "business"):
        assert said in page
    assert [(t.n, t.reporting_minor) for t in queries.totals([], queries.Scope(person_id=person.id))] == [
        (1, 208_000)
    ]
    assert b"Agency Nord" not in entry.body
