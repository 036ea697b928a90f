"""The child process of `pdf`: one order on standard input, one document on standard output, then it ends.

Run as a file, not as a module, so that the application is never imported here. The order is an 8-byte length, JSON,
and the blobs it announces (HTML, attachments, assets); the reply is an 8-byte length, JSON, and the PDF.
"""

import gc
import importlib
import json
import logging
import os
import re
import resource
import struct
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO, TypedDict

if TYPE_CHECKING:
    import pydyf
    import weasyprint


class AttachmentOrder(TypedDict):
    """One file to carry inside the PDF; its bytes follow as a blob."""

    name: str
    description: str
    relationship: str
    created: str | None


class AssetOrder(TypedDict):
    """One address the HTML may use; its bytes follow as a blob."""

    url: str
    media_type: str


class Order(TypedDict):
    """What to render; `sizes` are the byte lengths of the HTML, the attachments and the assets, in this order."""

    title: str
    variant: str | None
    seconds: int
    memory_mb: int
    sizes: list[int]
    attachments: list[AttachmentOrder]
    assets: list[AssetOrder]


class Refused(Exception):
    """The document itself is not fit to be rendered; the text is for a person."""


class MissingLibrary(Exception):
    """WeasyPrint, or a native library it needs, cannot be loaded."""


#: What a line of standard error begins with that tells of a page; the rest of it is the number.
PAGE = "page "

#: What a layout program trips over in odd HTML; anything else ends the process with a trace in the log.
FORESEEABLE = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    RecursionError,
    OSError,
)


def main() -> int:
    """Serve one order; every foreseeable failure is a reply, so a non-zero end means a crash."""
    # Libraries may print: only the reply may reach the real standard output.
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    order, blobs = read_order(sys.stdin.buffer)
    limit(order["seconds"], order["memory_mb"])
    blocked: list[str] = []
    status, message, document = "ok", "", b""
    try:
        load_libraries()
        document = render(order, blobs, blocked)
    except MissingLibrary as error:
        status, message = "unavailable", str(error)
    except MemoryError:
        status = "memory"
    except Refused as error:
        status, message = "failed", str(error)
    except FORESEEABLE as error:
        status, message = "failed", f"the layout program reports {type(error).__name__}: {str(error)[:300]}."
    reply = json.dumps({"status": status, "message": message, "blocked": blocked[:50]}).encode()
    answer.write(struct.pack(">Q", len(reply)) + reply + document)
    answer.flush()
    # Skips the teardown of some 100,000 objects; the kernel takes the memory back anyway.
    os._exit(0)


def load_libraries() -> None:
    """Import what the rendering needs; MissingLibrary names what is not there."""
    try:
        importlib.import_module("weasyprint")
    except (ImportError, OSError) as error:
        # WeasyPrint raises OSError when Pango cannot be loaded.
        raise MissingLibrary(str(error)[:300]) from error


def read_order(stream: BinaryIO) -> tuple[Order, list[bytes]]:
    """The order and its blobs, read to the end of the stream."""
    (length,) = struct.unpack(">Q", stream.read(8))
    order: Order = json.loads(stream.read(length))
    return order, [stream.read(size) for size in order["sizes"]]


def limit(seconds: int, memory_mb: int) -> None:
    """Bound address space and processor time; the parent's clock is the first line, this holds when the parent died."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20, memory_mb << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds + 5, seconds + 10))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Layout makes no cycles worth collecting and the process is short: 20 to 50 % faster without.
    gc.disable()


def render(order: Order, blobs: list[bytes], blocked: list[str]) -> bytes:
    """The PDF; addresses that were refused are appended to `blocked`."""
    import weasyprint
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    join_letters()
    broken = BrokenDrawings()
    # Nothing else is logged: refused addresses are in the reply, and the HTML may hold names that do not belong in a log.
    logging.getLogger("weasyprint").handlers = [broken]
    steps = logging.getLogger("weasyprint.progress")
    steps.handlers, steps.propagate = [PagesTold()], False
    steps.setLevel(logging.INFO)
    n_files = len(order["attachments"])
    files, contents = blobs[1 : 1 + n_files], blobs[1 + n_files :]
    own = {
        asset["url"]: (asset["media_type"], data)
        for asset, data in zip(order["assets"], contents, strict=True)
    }

    class Fetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint ships no types
        """Serves small images written into the HTML and our own assets from memory, and nothing else whatever."""

        def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
            if url in own:
                media_type, data = own[url]
                return URLFetcherResponse(url, data, headers={"Content-Type": media_type})
            if url[:11].lower() == "data:image/":
                return super().fetch(url, headers)
            blocked.append(url[:300])
            raise ValueError("address refused")

    fetcher = Fetcher(allowed_protocols={"data"}, allow_redirects=False)
    page = weasyprint.HTML(string=blobs[0].decode(), base_url="http://app.invalid/", url_fetcher=fetcher)
    if order["variant"] and not page.etree_element.get("lang"):
        raise Refused("the document does not say which language it is in (html lang).")
    carried = [
        weasyprint.Attachment(
            string=data,
            name=file["name"],
            description=file["description"],
            relationship=file["relationship"],
            created=utc(file["created"]),
            modified=utc(file["created"]),
        )
        for file, data in zip(order["attachments"], files, strict=True)
    ]
    # The same options steer the layout and the writing.
    options = {"pdf_variant": order["variant"], "pdf_tags": True, "attachments": carried}
    document = page.render(**options)
    if order["title"]:
        document.metadata.title = order["title"]
    if order["variant"] and not document.metadata.title:
        raise Refused("the document has no title.")
    pdf: bytes = document.write_pdf(finisher=lambda _, tree: associate(tree, carried), **options)
    if broken.n_seen:
        raise Refused(f"{broken.n_seen} drawing(s) could not be drawn.")
    return pdf


class BrokenDrawings(logging.Handler):
    """Counts drawings that WeasyPrint leaves out with no more than a line in its log."""

    n_seen = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count the one message that means a hole in the page."""
        if record.msg.startswith("Failed to render SVG"):
            self.n_seen += 1


class PagesTold(logging.Handler):
    """Tells the parent of every page that is begun, laid out or drawn, on a line of standard error: "page 12"."""

    _PAGE = re.compile(r"Step 5 .* Page (\d+)")

    def emit(self, record: logging.LogRecord) -> None:
        """Say the number of the page; other steps are short."""
        page = self._PAGE.match(record.getMessage())
        if page is not None:
            sys.stderr.write(f"{PAGE}{page[1]}\n")
            sys.stderr.flush()


class Whole(str):
    """A text that gives itself as one piece when its letters are asked for."""

    __slots__ = ()

    def __iter__(self) -> Iterator[str]:
        yield str(self)


def join_letters() -> None:
    """Make WeasyPrint lay out SVG text as words.

    Version 70 places every letter of an SVG text by itself (they might have positions of their own), which takes Arabic
    letters apart, turns their order round, and costs a layout a letter. Texts with one position need none of that.
    """
    from weasyprint import svg

    letter_by_letter = svg.TAGS["text"]
    own_places = ("rotate", "textLength", "letter-spacing")

    def text(image: "svg.SVG", node: "svg.Node", font_size: float) -> None:
        lists = (node.get(name, "").replace(",", " ").split() for name in ("x", "y", "dx", "dy"))
        if (
            node.text
            and all(len(places) <= 1 for places in lists)
            and not any(node.get(name) for name in own_places)
        ):
            node._etree_node.text = Whole(node.text)
        letter_by_letter(image, node, font_size)

    # The drawing code also asks whether a tag's painter is this very function, by its name in the module.
    svg.TAGS.update({tag: text for tag, painter in svg.TAGS.items() if painter is letter_by_letter})
    svg.text = text


def associate(tree: "pydyf.PDF", carried: "list[weasyprint.Attachment]") -> None:
    """List every attached file once under /AF with its relationship (ISO 32000-2, 14.13).

    WeasyPrint does it for PDF/A-3 alone, and there it names each file twice.
    """
    import pydyf

    relationships = {f"<{file.md5}>": file.relationship for file in carried}
    found = pydyf.Array()
    for entry in tree.objects:
        if not isinstance(entry, pydyf.Dictionary) or entry.get("Type") != "/Filespec":
            continue
        stream = tree.objects[int(entry["EF"]["F"].split()[0])]
        entry["AFRelationship"] = f"/{relationships.get(stream.extra['Params']['CheckSum'], 'Unspecified')}"
        found.append(entry.reference)
    if found:
        tree.catalog["AF"] = found


def utc(instant: str | None) -> datetime | None:
    """ISO 8601 with zone to the naive UTC that WeasyPrint prints with a Z behind it."""
    return datetime.fromisoformat(instant).astimezone(UTC).replace(tzinfo=None) if instant else None


if __name__ == "__main__":
    sys.exit(main())
