"""Files of contracts and deliveries: what is taken, when, evidence before payment, opened by whom (A5, P8)."""

import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.models import AuditEvent, Role
from app.advisory import operations, policies, policies_files, queries_files
from app.advisory.details import DeliveryDetails
from app.advisory.models import Engagement, EngagementState
from app.advisory.models_files import EngagementFile, FilePart
from app.core import files
from app.core.db import db, transaction
from app.core.errors import DomainError, NotFound
from tests.conftest import fresh
from tests.factories import accounts, people
from tests.factories import advisory as make

SignIn = Callable[..., FlaskClient]
At = Callable[[datetime], AbstractContextManager[None]]
NOVEMBER = datetime(2026, 11, 20, 9, tzinfo=UTC)
JANUARY = datetime(2027, 1, 14, 17, tzinfo=UTC)
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


@pytest.fixture(autouse=True)
def november(app: Flask, at: At) -> Iterator[None]:
    with at(NOVEMBER):
        yield


def _add(
    engagement: Engagement,
    content: bytes = PDF,
    name: str = "contract.pdf",
    part: FilePart = FilePart.CONTRACT,
) -> EngagementFile:
    with transaction():
        return operations.add_file(db.session.merge(engagement), part, content, name, by=make.omar())


def _begun(engagement: Engagement) -> Engagement:
    with transaction():
        return operations.start_delivery(db.session.merge(engagement), by=make.omar())


def test_a_contract_is_kept_with_who_and_when() -> None:
    engagement = make.contracted(make.engagement())
    row = _add(engagement)
    assert (row.part, row.by.name if row.by else "", row.added_at) == (
        FilePart.CONTRACT,
        "Omar Benhallam",
        NOVEMBER,
    )
    assert row.file is not None
    assert (row.file.name, row.file.media_type) == ("contract.pdf", "application/pdf")


def test_a_later_file_is_added_and_none_is_replaced() -> None:
    engagement = make.contracted(make.engagement())
    _add(engagement)
    _add(engagement, PDF + b"second\n", "contract.pdf")
    assert len(queries_files.files_of(engagement)) == 2
    with pytest.raises(policies_files.FileIsHere, match="kept here already as contract"):
        _add(engagement, PDF, "another name.pdf")


def _bomb() -> bytes:
    """An archive that says it holds more than anybody takes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "")
        for n in range(files.MAX_ENTRIES + 1):
            archive.writestr(f"{n}", "")
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"MZ\x90\x00\x03\x00\x00\x00", "contract.pdf", "This kind of file is not accepted here"),
        (b"\x7fELF\x02\x01\x01\x00", "contract.pdf", "This kind of file is not accepted here"),
        (b"", "contract.pdf", "This file is empty."),
        (
            b"%PDF-" + b"0" * policies_files.MOST_BYTES,
            "contract.pdf",
            "larger than 10 MB. Nothing was saved.",
        ),
        (b"<html><script>", "contract.pdf", "Web pages, drawings and other markup"),
        (b"PK\x03\x04broken", "contract.docx", "This archive is damaged"),
        (_bomb(), "contract.docx", "holds more than is accepted"),
        (b"\x1f\x8b\x08\x00\x00", "contract.pdf", "GZIP files are not taken here"),
    ],
    ids=["windows program", "linux program", "empty", "too large", "markup", "damaged", "bomb", "gzip"],
)
def test_what_is_no_document_is_refused_in_words(content: bytes, name: str, says: str) -> None:
    """The content decides, not the name."""
    engagement = make.contracted(make.engagement())
    with pytest.raises(DomainError, match=says) as refusal:
        _add(engagement, content, name)
    assert (refusal.value.field, queries_files.files_of(engagement)) == ("file", [])


def test_files_have_their_time(at: At) -> None:
    """A5: no file before the contract, no deliverable before the work, nothing once it is over."""
    engagement = make.engagement()
    with pytest.raises(policies_files.FileRefused, match="Record the contract first"):
        _add(engagement)
    agreed = make.contracted(engagement)
    with pytest.raises(policies_files.FileRefused, match="The work is not begun yet"):
        _add(agreed, part=FilePart.DELIVERABLE)
    with at(JANUARY):
        done = make.paid(make.delivered(agreed))
        assert _add(done, part=FilePart.DELIVERABLE, name="summary.pdf").id
        with transaction():
            operations.close_engagement(db.session.merge(done), by=make.omar())
        with pytest.raises(
            policies_files.FileRefused, match="This engagement is closed: what is kept with it stays"
        ):
            _add(fresh(done), PDF + b"late")


@pytest.mark.parametrize("part", [None, FilePart.CONTRACT])
def test_nothing_is_delivered_without_evidence(at: At, part: FilePart | None) -> None:
    """A5: the refusal says what counts, and a contract does not."""
    agreed = make.contracted(make.engagement())
    with at(JANUARY):
        begun = _begun(agreed)
        if part is not None:
            _add(begun, part=part)
        bare = DeliveryDetails(delivered_on=JANUARY.date(), units=Decimal(1))
        with (
            transaction(),
            pytest.raises(policies.PaymentRefused, match="add a file of what was delivered") as refusal,
        ):
            operations.record_delivery(db.session.merge(begun), bare, by=make.omar())
    assert (refusal.value.field, fresh(begun).state) == ("evidence", EngagementState.IN_DELIVERY)
    assert "a contract does not" in refusal.value.message


def test_a_file_of_what_was_delivered_is_evidence(at: At) -> None:
    """A5: without a word, through approval to payment."""
    agreed = make.contracted(make.engagement())
    with at(JANUARY):
        begun = _begun(agreed)
        _add(begun, part=FilePart.DELIVERABLE, name="summary.pdf")
        with transaction():
            bare = DeliveryDetails(delivered_on=JANUARY.date(), units=Decimal(1))
            done = operations.record_delivery(db.session.merge(begun), bare, by=make.omar())
        assert make.paid(done).state is EngagementState.PAID


# -- on the screen -----------------------------------------------------------------------------------


def test_files_come_with_the_steps_and_are_opened_by_whoever_sees_the_engagement(
    signed_in: SignIn, at: At
) -> None:
    engagement = make.cleared(make.engagement())
    omar = signed_in(make.omar())
    sent = {"reference": "LN-4", "party": "Moreau Conseil", "signed_on": "2026-11-20"}
    omar.post(f"/advisory/{engagement.id}/contract", data=sent | {"file": (io.BytesIO(PDF), "contract.pdf")})
    with at(JANUARY):
        omar = signed_in(make.omar())
        omar.post(f"/advisory/{engagement.id}/start")
        work = {"delivered_on": "2027-01-14", "units": "1", "evidence": ""}
        refused = omar.post(f"/advisory/{engagement.id}/deliver", data=work)
        assert refused.status_code == 422
        assert "add a file of what was delivered" in refused.get_data(as_text=True)
        omar.post(
            f"/advisory/{engagement.id}/deliver",
            data=work | {"file": (io.BytesIO(b"Summary"), "summary.txt")},
        )
        assert fresh(engagement).state is EngagementState.DELIVERED
        page = omar.get(f"/advisory/{engagement.id}").get_data(as_text=True)
        rows = queries_files.files_of(engagement)
        assert [(row.part.value, row.file.name if row.file else "") for row in rows] == [
            ("contract", "contract.pdf"), ("deliverable", "summary.txt"),
        ]  # fmt: skip
        for row in rows:
            assert f"/advisory/files/{row.id}" in page
        opened = signed_in(make.helga()).get(f"/advisory/files/{rows[0].id}")
    assert (opened.status_code, opened.data) == (200, PDF)
    assert opened.headers["Content-Disposition"].startswith("attachment")
    opened.close()
    lines = db.session.scalars(
        sa.select(AuditEvent.action)
        .where(AuditEvent.subject_kind == "engagement_file")
        .order_by(AuditEvent.id)
    ).all()
    assert lines == ["advisory.file_added", "advisory.file_added", "advisory.file_opened"]


def test_a_refused_step_keeps_no_file(signed_in: SignIn) -> None:
    engagement = make.cleared(make.engagement())
    sent = {"reference": "LN-4", "party": "Moreau Conseil", "signed_on": "2026-11-20"}
    answer = signed_in(make.omar()).post(
        f"/advisory/{engagement.id}/contract",
        data=sent | {"file": (io.BytesIO(b"MZ\x90\x00\x03"), "contract.pdf")},
    )
    assert (answer.status_code, fresh(engagement).state) == (422, EngagementState.CLEARED)
    assert "This kind of file is not accepted here" in answer.get_data(as_text=True)


def test_one_more_file_is_added_on_its_page(signed_in: SignIn) -> None:
    engagement = make.contracted(make.engagement())
    omar, path = signed_in(make.omar()), f"/advisory/{engagement.id}/files/new"
    assert omar.get(path).status_code == 200
    assert omar.post(path, data={"part": "contract"}).status_code == 422
    assert omar.post(path, data={"part": "invoice", "file": (io.BytesIO(PDF), "c.pdf")}).status_code == 422
    sent = {"part": "contract", "file": (io.BytesIO(PDF), "c.pdf"), "note": "Signed by both"}
    assert omar.post(path, data=sent).status_code == 303
    assert "Signed by both" in omar.get(f"/advisory/{engagement.id}").get_data(as_text=True)
    assert signed_in(make.helga()).get(path).status_code == 403


@pytest.mark.parametrize(
    ("role", "status"), [(Role.ASSISTANT, 403), (Role.PARTNER, 403), (Role.AUDITOR, 200)]
)
def test_files_are_for_those_who_see_the_engagement(signed_in: SignIn, role: Role, status: int) -> None:
    row = _add(make.contracted(make.engagement()))
    with signed_in(role).get(f"/advisory/files/{row.id}") as answer:
        assert answer.status_code == status
    assert signed_in(make.helga()).get("/advisory/files/77").status_code == 404


def test_a_person_opens_their_own_files_only() -> None:
    engagement = make.contracted(make.engagement())
    row = _add(engagement)
    own, other = engagement.person, people.person("Sara", owner=accounts.user())
    assert queries_files.get_own_file(own, row.id)[1].name == "contract.pdf"
    with pytest.raises(NotFound):
        queries_files.get_own_file(other, row.id)
