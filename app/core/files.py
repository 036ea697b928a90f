"""Files people give us: kept under the hash of their content, typed by their content, handed back as downloads only."""

import hashlib
import io
import os
import re
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import IO, Final

import sqlalchemy as sa
from flask import Response, current_app, send_file
from flask_babel import gettext as _

from app.core import clock, places
from app.core.db import db, is_sqlite
from app.core.errors import DomainError, Unavailable
from app.core.i18n import marked, said
from app.core.models import StoredFile

MAX_BYTES: Final = 25 * 1024 * 1024
#: What an archive says it holds; such words are believed only to refuse (readers have limits of their own).
MAX_UNPACKED_BYTES: Final = 200 * 1024 * 1024
MAX_ENTRIES: Final = 2_000

_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
#: What people hand over to be read, and nothing that runs or unpacks: for rooms that take no other.
DOCUMENTS: Final = frozenset(
    {"application/pdf", "image/png", "image/jpeg", "text/csv", "text/plain", _DOCX, _XLSX}
)
#: Type -> what people call it.
_NAMES: Final = {
    "application/pdf": "PDF", "image/png": "PNG", "image/jpeg": "JPEG", "text/plain": marked("plain text"), "text/csv": "CSV",
    _DOCX: "Word (DOCX)", _XLSX: "Excel (XLSX)", "text/calendar": marked("calendar (ICS)"), "application/zip": "ZIP",
    "application/gzip": "GZIP",
}  # fmt: skip
_SIGNATURES = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x1f\x8b\x08", "application/gzip"),
)
#: The endings a name may have for each type; the first is added to a name that has another.
_ENDINGS = {
    "application/pdf": (".pdf",),
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "application/gzip": (".gz",),
    "application/zip": (".zip",),
    _DOCX: (".docx",),
    _XLSX: (".xlsx",),
    "text/calendar": (".ics",),
    "text/csv": (".csv", ".tsv"),
    "text/plain": (".txt", ".md", ".log"),
}
#: What is taken unless a room says otherwise.
TAKEN: Final = frozenset(_ENDINGS) - {_DOCX}
_BLOCK = 1024 * 1024
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
# Among them the signs that turn the direction of writing: "exe.fdp" must not look like "pdf.exe".
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


class FileTooLarge(DomainError):
    """More than is taken."""


class FileKindRefused(DomainError):
    """Not one of the kinds that are kept, or not what it pretends to be."""


def store(
    data: bytes | IO[bytes], name: str, by_id: int | None, *, most: int = MAX_BYTES, field: str | None = None,
    kinds: Collection[str] = TAKEN,
) -> StoredFile:  # fmt: skip
    """Keep a file: its content first and safely in its place, then its row in the open transaction.

    `name` is what a download is called again, `most` the limit in bytes, `field` the form field a refusal belongs to,
    `kinds` the media types that are taken.
    Raises FileTooLarge, FileKindRefused, PlaceTrouble, and OSError when the disk is full; then nothing is left behind.
    """
    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    with places.drafting(Path(current_app.config["FILES_PATH"])) as draft:
        digest, n_bytes = _write(stream, draft, most, field)
        media_type = _type_of(draft, name, field, kinds)
        if media_type not in kinds:
            raise FileKindRefused(
                _(
                    "%(names)s files are not taken here. %(kinds)s",
                    names=_NAMES[media_type],
                    kinds=_wanted(kinds),
                ),
                field=field,
            )
        _hold(digest, is_shared=True)
        _places()[0].keep(draft, digest)
    row = StoredFile(
        sha256=digest, name=_name_for(name, media_type), media_type=media_type, n_bytes=n_bytes, by_id=by_id,
        made_at=clock.now(),
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row


class Lost(Unavailable):
    """Content that a row names is in no place, or is not what it was."""


def open_file(stored: StoredFile) -> IO[bytes]:
    """The content, to read from any position; the caller closes it. Lost, PlaceTrouble."""
    return open_content(stored.sha256)


def open_content(digest: str) -> IO[bytes]:
    """The same by its hash."""
    first, *others = _places()
    # The first once more: what is being moved is kept there before it is taken away from the other.
    for place in [first, *others, first] if others else [first]:
        try:
            return place.open(digest)
        except FileNotFoundError:
            continue
    raise Lost(
        _("This file is missing where files are kept, or was altered. Tell whoever runs this installation.")
    )


def open_whole(digest: str) -> IO[bytes]:
    """The content, after all of it was read and found to be what its name says; Lost, PlaceTrouble."""
    content = open_content(digest)
    if places.hash_of(content) != digest:
        content.close()
        raise Lost(_("This file was altered where files are kept. Tell whoever runs this installation."))
    content.seek(0)
    return content


def is_whole(digest: str) -> bool:
    """Whether the content is there and is what its name says, read to its end; PlaceTrouble."""
    try:
        open_whole(digest).close()
    except Lost:
        return False
    return True


def exists(digest: str) -> bool:
    """Whether there is something under this hash; PlaceTrouble."""
    return any(place.exists(digest) for place in _places())


def remove(digest: str) -> None:
    """Take content from every place; OSError, PlaceTrouble. Whoever calls knows that no row names it."""
    for place in _places():
        place.remove(digest)


def remove_unnamed(digest: str) -> bool:
    """Take content away unless a row names it; False while somebody is keeping the same. Call it in a transaction."""
    if not _hold(digest, is_shared=False):
        return False
    if db.session.scalar(sa.select(StoredFile.id).where(StoredFile.sha256 == digest).limit(1)) is None:
        remove(digest)
    return True


def download(stored: StoredFile) -> Response:
    """The file as an attachment under its own name (RFC 6266); a browser may neither show nor guess it."""
    content = open_file(stored)
    response = send_file(
        content,
        mimetype=stored.media_type,
        as_attachment=True,
        download_name=stored.name,
        etag=stored.sha256,
        max_age=0,
    )
    response.content_length = stored.n_bytes
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


# -- keeping ---------------------------------------------------------------------------------------


def _places() -> list[places.Place]:
    return places.places(current_app.config)


def _hold(digest: str, *, is_shared: bool) -> bool:
    """Until the end of the transaction nobody removes what is being kept, nor keeps what is being removed.

    On SQLite there is one writer anyway. Whoever keeps waits for a removal; a removal gives way, and says False.
    """
    if is_sqlite():
        return True
    key = int(digest[:15], 16)
    if is_shared:
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(key)))
        return True
    return bool(db.session.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(key))))


def _write(stream: IO[bytes], draft: Path, most: int, field: str | None) -> tuple[str, int]:
    """Copy to disk for good; the hash and the size of what was copied."""
    digest, n_bytes = hashlib.sha256(), 0
    with draft.open("xb") as file:
        while block := stream.read(_BLOCK):
            n_bytes += len(block)
            if n_bytes > most:
                raise FileTooLarge(
                    _("This file is larger than %(most)s. Nothing was saved.", most=_size(most)), field=field
                )
            digest.update(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    if not n_bytes:
        raise FileKindRefused(_("This file is empty."), field=field)
    return digest.hexdigest(), n_bytes


def _name_for(name: str, media_type: str) -> str:
    """The last part of a name, printable, ending as its type does."""
    clean = _UNPRINTABLE.sub("", re.split(r"[/\\]", name)[-1]).strip(" .")[-200:] or "file"
    endings = _ENDINGS[media_type]
    return clean if clean.lower().endswith(endings) else clean + endings[0]


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1024 / 1024:.0f} MB" if n_bytes >= 1024 * 1024 else f"{n_bytes / 1024:.0f} kB"


# -- looking inside --------------------------------------------------------------------------------


def _wanted(kinds: Collection[str]) -> str:
    names = [said(name) for kind, name in _NAMES.items() if kind in kinds]
    if names[1:]:
        return str(_("Give a %(names)s or %(last)s file.", names=", ".join(names[:-1]), last=names[-1]))
    return str(_("Give a %(name)s file.", name=names[0]))


def _type_of(path: Path, name: str, field: str | None, kinds: Collection[str]) -> str:
    """The media type by content; the name only tells CSV from other text."""
    with path.open("rb") as file:
        head = file.read(512)
        for signature, media_type in _SIGNATURES:
            if head.startswith(signature):
                return media_type
        if head.startswith(b"PK\x03\x04"):
            return _archive_type(path, field, kinds)
        file.seek(0)
        if not _is_text(file, head):
            raise FileKindRefused(
                _("This kind of file is not accepted here. %(kinds)s", kinds=_wanted(kinds)), field=field
            )
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<"):
        raise FileKindRefused(
            _("Web pages, drawings and other markup are not accepted here. %(kinds)s", kinds=_wanted(kinds)),
            field=field,
        )
    if start.upper().startswith(b"BEGIN:VCALENDAR"):
        return "text/calendar"
    return "text/csv" if name.lower().endswith((".csv", ".tsv")) else "text/plain"


def _is_text(file: IO[bytes], head: bytes) -> bool:
    """Readable signs only, in UTF-8, an 8-bit code or (with its mark) UTF-16."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    while block := file.read(_BLOCK):
        if _CONTROL.search(block):
            return False
    return True


def _archive_type(path: Path, field: str | None, kinds: Collection[str]) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError):
        raise FileKindRefused(
            _("This archive is damaged. Save it again and send it once more."), field=field
        ) from None
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise FileTooLarge(
            _("This archive holds more than is accepted. Split it into smaller ones."), field=field
        )
    names = {entry.filename for entry in entries}
    if "[Content_Types].xml" not in names:
        return "application/zip"
    if "xl/workbook.xml" in names and "xl/vbaProject.bin" not in names:
        return _XLSX
    if _DOCX in kinds and "word/document.xml" in names and "word/vbaProject.bin" not in names:
        return _DOCX
    wanted = _wanted(kinds)
    raise FileKindRefused(
        _(
            "Only Word and Excel files without macros are accepted of the Office files. %(kinds)s",
            kinds=wanted,
        )
        if _DOCX in kinds
        else _(
            "Only Excel workbooks without macros are accepted of the Office files. %(kinds)s", kinds=wanted
        ),
        field=field,
    )
