"""HTML to PDF in a child process: nothing is fetched from outside, memory comes back, a hung layout is killed."""

import contextlib
import importlib.util
import io
import json
import logging
import math
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from threading import Timer
from typing import IO, Literal, TypedDict

import pypdf
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from msgspec import Struct

from app.core.pdf_worker import PAGE

Variant = Literal["pdf/ua-1", "pdf/ua-2", "pdf/a-3a", "pdf/a-3u", "pdf/a-3b"]
Relationship = Literal["Source", "Data", "Alternative", "Supplement", "Unspecified"]

#: Relative addresses in the HTML are looked up below this host, which by RFC 6761 never resolves.
BASE_URL = "http://app.invalid/"
#: Layout costs 6 to 12 ms and 140 kB a table row: beyond this many rows offer XLSX or CSV instead.
MAX_TABLE_ROWS = 3_000

_WORKER = Path(__file__).with_name("pdf_worker.py")
_INSTALL = _l(
    "PDF files cannot be made on this server: WeasyPrint or the Pango library is missing. "
    "Install them (Debian: libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0; "
    "Python: weasyprint) or use the page and the spreadsheet instead."
)
_OFF = _l(
    "PDF files are switched off on this server (RAPPORT_PDF=off). Use the page and the spreadsheet instead."
)
# The child sees no other setting: database address, secret key and mail password stay here.
_PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "PYTHONPATH",
    "LD_LIBRARY_PATH",
    "XDG_CACHE_HOME",
    "XDG_DATA_DIRS",
)

log = logging.getLogger(__name__)


class PdfError(Exception):
    """No PDF was made; `message` is a sentence for the person at the screen."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = str(message)


class PdfUnavailable(PdfError):
    """This server cannot make PDFs at all (switched off, or a library is missing)."""


class PdfFailed(PdfError):
    """This document could not be turned into a PDF."""


class PdfTooLarge(PdfFailed):
    """The layout took longer, or needed more memory, than it was given."""


class Asset(Struct, frozen=True):
    """A file of our own that the HTML may name by a relative address, such as a logo, a style sheet or a font."""

    data: bytes
    media_type: str


class PdfAttachment(Struct, frozen=True):
    """A file carried inside the PDF, such as the CSV behind a report (ISO 32000-2, 7.11.3 names the relationships)."""

    name: str
    data: bytes
    description: str = ""
    relationship: Relationship = "Data"
    #: Instant (aware) written into the PDF; without it the time of rendering.
    created: datetime | None = None


class _Reply(TypedDict):
    status: str
    message: str
    blocked: list[str]


def render_pdf(
    html: str,
    *,
    title: str = "",
    attachments: Sequence[PdfAttachment] = (),
    assets: Mapping[str, Asset] | None = None,
    variant: Variant | None = "pdf/ua-1",
    timeout: float = 60.0,
    memory_mb: int = 2048,
    told: Callable[[int], None] | None = None,
) -> bytes:
    """The PDF of a complete HTML document; equal input gives equal pages.

    `html` needs `<html lang>` for every variant, and a `<title>` unless `title` is given (seconds: `timeout`).
    `assets` maps paths without a leading slash ("logo.svg", "print.css") to content; every other address except
    `data:image/` is refused, logged and left out. `told(n)` hears of every page that is laid out; whatever it raises ends
    the work and goes on to the caller. Raises PdfUnavailable, PdfFailed or PdfTooLarge.
    """
    if is_switched_off():
        raise PdfUnavailable(_OFF)
    if importlib.util.find_spec("weasyprint") is None:
        raise PdfUnavailable(_INSTALL)
    own = assets or {}
    blobs = [html.encode(), *(file.data for file in attachments), *(file.data for file in own.values())]
    order = {
        "title": title,
        "variant": variant,
        "seconds": math.ceil(timeout),
        "memory_mb": memory_mb,
        "sizes": [len(blob) for blob in blobs],
        "attachments": [_describe(file) for file in attachments],
        "assets": [{"url": BASE_URL + path, "media_type": asset.media_type} for path, asset in own.items()],
    }
    reply, document = _run(order, blobs, timeout, told)
    if reply["blocked"]:
        log.warning("pdf: refused %d address(es), first %.200r", len(reply["blocked"]), reply["blocked"][0])
    match reply["status"]:
        case "ok":
            return document
        case "unavailable":
            log.error("pdf: library missing: %s", reply["message"])
            raise PdfUnavailable(_INSTALL)
        case "memory":
            raise _too_large(_("it needed more than %(memory_mb)s MB of memory", memory_mb=memory_mb))
        case _:
            raise PdfFailed(_("The PDF could not be made: %(reply)s", reply=reply["message"]))


def is_switched_off() -> bool:
    """Whether the operator turned PDFs off with RAPPORT_PDF=off."""
    return os.environ.get("RAPPORT_PDF", "").strip().lower() in {"off", "0", "no", "false"}


def require_pdf() -> None:
    """Raise PdfUnavailable if this server cannot make PDFs; the first call starts a child (1 to 3 s), later ones are free."""
    if is_switched_off():
        raise PdfUnavailable(_OFF)
    if not _has_libraries():
        raise PdfUnavailable(_INSTALL)


def count_pages(document: bytes) -> int:
    """Number of pages of a PDF; PdfFailed if the bytes are not a readable PDF."""
    try:
        return len(pypdf.PdfReader(io.BytesIO(document)).pages)
    except pypdf.errors.PyPdfError:
        raise PdfFailed(_("This file is not a readable PDF.")) from None


@lru_cache(maxsize=1)
def _has_libraries() -> bool:
    probe = {
        "title": "",
        "variant": None,
        "seconds": 30,
        "memory_mb": 2048,
        "sizes": [30],
        "attachments": [],
        "assets": [],
    }
    reply, _ = _run(probe, [b"<html lang=en><p>a</p></html> "], 30)
    return reply["status"] != "unavailable"


def _describe(file: PdfAttachment) -> dict[str, str | None]:
    if file.created is not None and file.created.tzinfo is None:
        raise ValueError("PdfAttachment.created needs a time zone")
    return {
        "name": file.name,
        "description": file.description,
        "relationship": file.relationship,
        "created": file.created.isoformat() if file.created else None,
    }


def _run(
    order: Mapping[str, object],
    blobs: Sequence[bytes],
    timeout: float,
    told: Callable[[int], None] | None = None,
) -> tuple[_Reply, bytes]:
    """Start the worker, send it the order and its blobs, and take apart what comes back."""
    head = json.dumps(order).encode()
    message = b"".join([struct.pack(">Q", len(head)), head, *blobs])
    # -P: the worker's own folder holds modules named like the standard library's and must not shadow them.
    command = [sys.executable, "-P", "-X", "utf8", str(_WORKER)]
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    pipe = subprocess.PIPE
    with (
        subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment) as child,
        ThreadPoolExecutor(2) as pool,
    ):
        overdue = Timer(timeout, child.kill)
        overdue.start()
        try:
            order_in, answer_out, said_out = _pipes(child)
            pool.submit(_send, order_in, message)
            answer = pool.submit(answer_out.read)
            said = _listen(said_out, told)
            returncode, written = child.wait(), answer.result()
        finally:
            is_overdue = not overdue.is_alive()
            overdue.cancel()
            child.kill()  # for what `told` raised; of one that has ended nothing is left to end
    if returncode == -signal.SIGKILL and is_overdue:
        raise _too_large(_("laying it out took longer than %(timeout)s seconds", timeout=f"{timeout:g}"))
    if returncode != 0 or len(written) < 8:
        log.error("pdf: worker ended with %d: %.2000s", returncode, said)
        # Native code that cannot allocate aborts or dies by a signal instead of raising MemoryError.
        if returncode < 0:
            raise _too_large(_("it needed more memory or time than allowed"))
        raise PdfFailed(
            _("The PDF could not be made: the layout program stopped unexpectedly. Please tell the operator.")
        )
    (length,) = struct.unpack(">Q", written[:8])
    reply: _Reply = json.loads(written[8 : 8 + length])
    return reply, written[8 + length :]


def _pipes(child: "subprocess.Popen[bytes]") -> tuple[IO[bytes], IO[bytes], IO[bytes]]:
    if child.stdin is None or child.stdout is None or child.stderr is None:
        raise RuntimeError("a child without its three pipes")
    return child.stdin, child.stdout, child.stderr


def _send(order_in: IO[bytes], message: bytes) -> None:
    """Give the order; a child that has ended takes none, and its end says why."""
    with contextlib.suppress(BrokenPipeError):
        order_in.write(message)
        order_in.close()


def _listen(said_out: IO[bytes], told: Callable[[int], None] | None) -> str:
    """Pass on the numbers of pages until the child is silent for good; the rest of what it said, for the log."""
    rest: list[str] = []
    for line in said_out:
        words = line.decode(errors="replace")
        if not words.startswith(PAGE):
            rest.append(words)
        elif told is not None:
            told(int(words.removeprefix(PAGE)))
    return "".join(rest)


def _too_large(reason: str) -> PdfTooLarge:
    return PdfTooLarge(
        _(
            "The PDF was not made because %(reason)s. Choose a shorter period or fewer rows, or take the spreadsheet.",
            reason=reason,
        )
    )
