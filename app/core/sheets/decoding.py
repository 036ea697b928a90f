"""Turns the bytes of an uploaded text file into lines: unpacks gzip within bounds and finds the encoding."""

import codecs
import io
import zlib
from collections.abc import Iterator
from typing import IO

import charset_normalizer
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.sheets.model import ReadLimits, SheetError

_CHUNK = 64 * 1024
_RATIO_FLOOR = 1024 * 1024
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    # Before UTF-16: its little-endian mark begins with the same two bytes.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FOREIGN = (
    (
        b"PK\x03\x04",
        _l(
            "This is an Excel or ZIP file, not a CSV file. Upload it as a workbook (.xlsx), or save it as CSV first."
        ),
    ),
    (
        b"\xd0\xcf\x11\xe0",
        _l("This is an old Excel file (.xls). Open it and save it as .xlsx or as CSV first."),
    ),
    (b"%PDF", _l("This is a PDF, not a table. Ask for the same data as CSV or Excel.")),
    (b"SQLite format 3", _l("This is a database file, not a CSV file.")),
)
_LEGACY = ["cp1252", "cp1250", "iso8859_2", "mac_roman", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256"]
_LEGACY += ["cp932", "gb18030", "big5", "euc_kr"]
# Four encodings of Latin letters that charset-normalizer confuses on short samples, with the characters each exists for.
_LATIN = {
    "cp1252": "äöüßÄÖÜéèêëàâçîïôûùœæøåñáíóúãõÉÈÀÇÑØÅÁÍÓÚìò€–—‘’“”„…«»ºª°§",
    "cp1250": "ąćęłńóśźżĄĆĘŁŃŚŹŻčďěňřšťůžČĎĚŇŘŠŤŮŽáéíýúőűŐŰäöüßÄÖÜăîâşţôľĺŕđ€–—‘’“”„…«»",
    "iso8859_2": "ąćęłńóśźżĄĆĘŁŃŚŹŻčďěňřšťůžČĎĚŇŘŠŤŮŽáéíýúőűŐŰäöüßÄÖÜăîâşţôľĺŕđ",
    "mac_roman": "äöüßÄÖÜéèêëàâçîïôûùœæøåñáíóúãõÉÈÀÇÑØÅ–—‘’“”…«»",
}


def unpacked(stream: IO[bytes], limits: ReadLimits) -> Iterator[bytes]:
    """The bytes of the file in chunks, gzip or not (told by content, not by name); SheetError beyond the limits."""
    head = stream.read(_CHUNK)
    chunks = _gunzip(head, stream, limits) if head[:2] == b"\x1f\x8b" else _chunks(head, stream)
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > limits.max_bytes:
            raise SheetError(
                _(
                    "The file holds more than %(max_bytes)s MB of text. Split it into smaller files.",
                    max_bytes=limits.max_bytes // 1048576,
                )
            )
        yield chunk


def _chunks(head: bytes, stream: IO[bytes]) -> Iterator[bytes]:
    while head:
        yield head
        head = stream.read(_CHUNK)


def _gunzip(data: bytes, stream: IO[bytes], limits: ReadLimits) -> Iterator[bytes]:
    """Unpack one or several gzip members; never holds more than one chunk of output."""
    packed, given = len(data), 0
    inflater = zlib.decompressobj(wbits=31)
    while True:
        try:
            chunk = inflater.decompress(data, _CHUNK)
        except zlib.error:
            raise SheetError(
                _("The compressed file is damaged. Compress it again, or upload it uncompressed.")
            ) from None
        given += len(chunk)
        if given > _RATIO_FLOOR and given > packed * limits.max_ratio:
            raise SheetError(_("The file unpacks to far more data than a table would. It was not read."))
        if chunk:
            yield chunk
        data = inflater.unconsumed_tail
        if inflater.eof:
            # Another member may follow, and some programs pad the end with zero bytes; nothing else is allowed there.
            data = inflater.unused_data.lstrip(b"\0")
            while not data:
                more = stream.read(_CHUNK)
                if not more:
                    return
                packed += len(more)
                data = more.lstrip(b"\0")
            inflater = zlib.decompressobj(wbits=31)
        elif not data and len(chunk) < _CHUNK:
            # A full chunk means that output may be held back although all input is taken.
            data = stream.read(_CHUNK)
            packed += len(data)
            if not data:
                raise SheetError(_("The compressed file ends too early. Upload it again."))


class TextLines:
    """The lines of a text file with their ends, in bounded memory; `charset` is known once the first line that needs it was read.

    Order of decision: byte order mark, zero bytes at regular places (UTF-16 without mark), UTF-8 judged on a slice
    that may end inside a character, then charset-normalizer on the first chunk that is not plain ASCII.
    """

    def __init__(self, chunks: Iterator[bytes], charset: str | None, longest: int) -> None:
        self._chunks = chunks
        self._longest = longest
        self._decoder: codecs.IncrementalDecoder | None = None
        self.charset = "ascii"
        self.is_guessed = False
        self.line = 0
        if charset is not None:
            self._use(charset)

    def __iter__(self) -> Iterator[str]:
        rest = ""
        for text in self._texts():
            pieces = list(io.StringIO(rest + text, newline=""))
            # The last piece may go on, and a carriage return at its end may be half of a line end.
            rest = pieces.pop() if pieces and not pieces[-1].endswith("\n") else ""
            if len(rest) > self._longest:
                line = self.line + len(pieces) + 1
                raise SheetError(
                    _("This line is far longer than a row of a table. Is this a CSV file?"), line=line
                )
            for piece in pieces:
                self.line += 1
                yield self._checked(piece)
        if rest:
            self.line += 1
            yield self._checked(rest)

    def _checked(self, piece: str) -> str:
        if "\0" in piece:
            message = _(
                "The file holds zero bytes, so it is not a text file, or its encoding is another one."
            )
            raise SheetError(message, line=self.line)
        return piece

    def _texts(self) -> Iterator[str]:
        first = True
        for chunk in self._chunks:
            if first:
                self._look(chunk)
                first = False
            if self._decoder is None and not chunk.isascii():
                self._decide(chunk)
            yield self._decode(chunk, final=False)
        yield self._decode(b"", final=True)

    def _look(self, head: bytes) -> None:
        """Refuse what is no text at all, and settle the encodings that show in the first bytes."""
        for magic, message in _FOREIGN:
            if head.startswith(magic):
                raise SheetError(message)
        for bom, name in _BOMS:
            if head.startswith(bom):
                # A mark is a fact, so it overrules what a person chose.
                self._use(name)
                return
        sample = head[:512]
        if self._decoder is None and len(sample) >= 4:
            odd, even = sample[1::2].count(0), sample[0::2].count(0)
            if odd > len(sample) * 0.4 or even > len(sample) * 0.4:
                self._use("utf-16-le" if odd > even else "utf-16-be")
                self.is_guessed = True
        controls = sum(0 < byte < 32 and byte not in b"\t\n\r\x1a\x1b" for byte in sample)
        if self._decoder is None and len(sample) > 64 and controls > len(sample) // 20:
            raise SheetError(
                _("This is not a table: it holds bytes that no text has. Give CSV, plain or gzip.")
            )

    def _decide(self, chunk: bytes) -> None:
        """Choose the decoder at the first chunk with a byte above 127; all before it was the same in every candidate."""
        try:
            codecs.getincrementaldecoder("utf-8")().decode(chunk, False)
        except UnicodeDecodeError:
            self._use(guess_charset(chunk))
            self.is_guessed = True
        else:
            self._use("utf-8")

    def _use(self, charset: str) -> None:
        try:
            self._decoder = codecs.getincrementaldecoder(charset)()
        except LookupError:
            raise SheetError(_("The encoding %(charset)s is not known.", charset=f"{charset!r}")) from None
        self.charset = charset.removesuffix("-sig")

    def _decode(self, chunk: bytes, *, final: bool) -> str:
        if self._decoder is None:
            return chunk.decode("ascii")
        try:
            return self._decoder.decode(chunk, final)
        except UnicodeDecodeError as error:
            line = self.line + bytes(error.object[: error.start]).count(b"\n") + 1
            message = _(
                "A character here is not %(charset)s. Choose the encoding the file was saved in.",
                charset=self.charset,
            )
            raise SheetError(message, line=line) from None


def guess_charset(data: bytes) -> str:
    """The most likely legacy encoding of bytes that are not UTF-8; a guess, to be shown with a preview."""
    best = charset_normalizer.from_bytes(data[:_CHUNK], cp_isolation=_LEGACY).best()
    if best is None:
        return "cp1252"
    if best.encoding not in _LATIN:
        return best.encoding
    letters = {name: _count_expected(data, name, expected) for name, expected in _LATIN.items()}
    # Ties read the same in both, and the first of the dict is by far the most common.
    return max(letters, key=lambda name: letters[name])


def _count_expected(data: bytes, charset: str, expected: str) -> int:
    return sum(
        character in expected for character in data[:_CHUNK].decode(charset, "ignore") if character > "\x7f"
    )
