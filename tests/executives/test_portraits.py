"""The portrait in a briefing book: whose may be shown, and what is left of the file on paper (X4, P4)."""

import base64
import io
from collections.abc import Callable, Iterator

import pikepdf
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from app.accounts.models import AuditEvent, User
from app.core import clock, files
from app.core.db import db, transaction
from app.core.pdf import is_switched_off
from app.core.wall_times import day_in
from app.executives import operations, queries_briefing
from app.executives.models_briefing import BriefingBook
from app.executives.portraits import MOST_SHOWN, printable
from app.people import operations_consents, operations_files
from app.people import queries as people
from app.people.details import ConsentDetails, FileDetails
from app.people.models import Person
from app.people.models_consents import ConsentSource, Purpose
from app.people.models_kept import FileAudience, FileCategory, PersonFile
from app.people.policies_consents import ASKED
from tests.conftest import fresh
from tests.factories import accounts, events
from tests.factories import executives as make

_GPS, _ORIENTATION = 0x8825, 0x0112


def picture(kind: str = "JPEG", size: tuple[int, int] = (1200, 900), mode: str = "RGB") -> bytes:
    """A picture as a phone writes it: lying on its side, with the place where it was taken."""
    found = Image.new(mode, size, 0 if mode == "P" else "teal")
    exif = Image.Exif()
    exif[_ORIENTATION] = 6
    exif[_GPS] = {1: "N", 2: (51.0, 30.0, 26.0)}
    out = io.BytesIO()
    found.save(out, kind, exif=exif)
    return out.getvalue()


@pytest.fixture
def book(app: Flask) -> Iterator[BriefingBook]:
    """A book of one page, about Jack."""
    with clock.fixed_at(make.BEFORE):
        met = make.meeting(events.event(), "Jack")
        with transaction():
            row = db.session.merge(met)
            on = day_in(row.starts_at, row.zone)
            made = operations.make_book(row.executive, row.event, on, by=make.daniel())
        yield made


def jack(book: BriefingBook) -> Person:
    return fresh(book).pages[0].person


def keep(
    book: BriefingBook, data: bytes, name: str = "jack.jpg", audience: FileAudience = FileAudience.EVERYBODY,
    category: FileCategory = FileCategory.PORTRAIT,
) -> PersonFile:  # fmt: skip
    who = jack(book)
    with transaction():
        details = FileDetails(category=category, audience=audience)
        return operations_files.keep_file(db.session.merge(who), data, name, details, by=None)


def consent(book: BriefingBook, *, is_given: bool = True) -> None:
    details = ConsentDetails(
        purpose=Purpose.PHOTO, is_given=is_given, said_on=clock.today(), source=ConsentSource.MAIL,
        wording=ASKED[Purpose.PHOTO].wording if is_given else "",
    )  # fmt: skip
    who = jack(book)
    with transaction():
        operations_consents.record_consent(db.session.merge(who), details, by=accounts.user())


def shown(book: BriefingBook) -> list[int]:
    return [row.id for row in queries_briefing.portraits_of(fresh(book)).values()]


def test_a_portrait_is_shown_with_consent_as_long_as_it_holds(book: BriefingBook) -> None:
    """P4: in books made before the consent was taken back, too."""
    kept = keep(book, picture())
    assert shown(book) == []
    consent(book)
    assert shown(book) == [kept.id]
    newer = keep(book, picture(size=(300, 400)))
    assert shown(book) == [newer.id]
    with transaction():
        operations_files.remove_file(db.session.merge(newer), by=None)
    assert shown(book) == [kept.id]
    consent(book, is_given=False)
    assert shown(book) == []


def test_no_other_file_is_taken_for_a_portrait(book: BriefingBook) -> None:
    """What is for the owner and the deputy alone stays theirs; a page of text is no picture."""
    consent(book)
    keep(book, picture(), audience=FileAudience.HOLDERS)
    keep(book, picture(size=(300, 400)), category=FileCategory.OTHER)
    keep(book, b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n", "jack.pdf")
    assert shown(book) == []


PICTURES = [("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"), ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "I;16")]


@pytest.mark.parametrize(("kind", "mode"), PICTURES)
def test_a_picture_is_made_small_upright_and_without_where_it_was_taken(
    book: BriefingBook, kind: str, mode: str
) -> None:
    given = picture(kind, mode=mode) if mode != "I;16" else _grey()
    address = printable(keep(book, given, f"jack.{kind.lower()}").file)
    head, _comma, text = address.partition(",")
    assert head == "data:image/jpeg;base64"
    with Image.open(io.BytesIO(base64.b64decode(text))) as small:
        assert (small.format, small.mode, dict(small.getexif())) == ("JPEG", "RGB", {})
        assert small.width <= MOST_SHOWN[0]
        assert small.height <= MOST_SHOWN[1]
        assert mode == "I;16" or small.height > small.width  # it lay on its side


def _grey() -> bytes:
    out = io.BytesIO()
    Image.new("I;16", (600, 400), 40_000).save(out, "PNG")
    return out.getvalue()


def test_a_picture_that_cannot_be_read_is_left_out(
    book: BriefingBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A book is needed on its day: damaged, cut off, far too large, or gone from the disk, the page is whole without."""
    whole = picture()
    gone = keep(book, picture(size=(640, 480))).file
    files.remove(gone.sha256)
    rows = [
        keep(book, data, name).file
        for data, name in (
            (b"\xff\xd8\xffnothing", "a.jpg"), (whole[: len(whole) // 2], "b.jpg"), (b"\x89PNG\r\n\x1a\n" + whole, "c.png"),
        )
    ]  # fmt: skip
    assert [printable(row) for row in (gone, *rows)] == [""] * 4
    monkeypatch.setattr("app.executives.portraits._MOST_POINTS", 1_000)
    assert printable(keep(book, picture("PNG", size=(100, 100)), "d.png").file) == ""


@pytest.mark.skipif(is_switched_off(), reason="PDF is switched off here (RAPPORT_PDF=off)")
def test_the_book_on_paper_shows_it_and_the_opening_is_written_down(
    book: BriefingBook, signed_in: Callable[..., FlaskClient]
) -> None:
    """X4: the page is one page still; the file's history names who printed it."""
    kept = keep(book, picture())
    owner = signed_in(owner_of(book))
    path = f"/executives/books/{book.id}.pdf"
    assert n_pages_and_pictures(owner.get(path).data) == (1, 0)
    consent(book)
    assert n_pages_and_pictures(owner.get(path).data) == (1, 1)
    wanted = sa.select(AuditEvent).filter_by(action="people.file_opened", subject_id=str(kept.id))
    assert [row.by_id for row in db.session.scalars(wanted)] == [owner_of(book).id]


def owner_of(book: BriefingBook) -> User:
    """Who may print a book before it is let out."""
    who = jack(book)
    return people.owners_of([who.id])[who.id]


def n_pages_and_pictures(paper: bytes) -> tuple[int, int]:
    with pikepdf.open(io.BytesIO(paper)) as read:
        return len(read.pages), sum(len(page.get_images()) for page in read.pages)
