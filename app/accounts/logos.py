"""A logo somebody gives: known by its content, decoded, made small and written anew; nothing of the file itself is kept."""

import hashlib
import io
import warnings

from flask_babel import gettext as _
from PIL import Image, ImageOps

from app.core.branding import Logo
from app.core.errors import DomainError

#: What is taken: bytes of the file, and points of the picture.
MOST_BYTES = 1_000_000
MOST_POINTS = 16_000_000
#: What is kept fits in here; it is shown a quarter as high.
BOX = (640, 128)
#: What is kept, so that a paper with it stays small.
MOST_KEPT = 120_000


#: What the library says of a file it cannot read, or of one made to be too much.
_UNREADABLE = (
    OSError, ValueError, SyntaxError, EOFError, ArithmeticError, LookupError, Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)  # fmt: skip


class LogoRefused(DomainError):
    """A file that is no picture we show."""


def redrawn(data: bytes) -> tuple[Logo, bytes]:
    """The picture as a PNG of our own, and what is known of it. LogoRefused."""
    if len(data) > MOST_BYTES:
        raise _refused(_("This file is larger than 1 MB. Give a smaller picture."))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            found = _decoded(data)
    except _UNREADABLE:
        raise _refused(
            _("This is not a PNG or JPEG picture that can be read. Drawings (SVG) are not taken.")
        ) from None
    out = io.BytesIO()
    found.save(out, "PNG", optimize=True)
    if len(out.getvalue()) > MOST_KEPT:
        found = found.quantize(256)
        out = io.BytesIO()
        found.save(out, "PNG", optimize=True)
    png = out.getvalue()
    return Logo(hashlib.sha256(png).hexdigest()[:12], *found.size), png


def _decoded(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
        width, height = picture.size
        if width * height > MOST_POINTS or min(width, height) < 16:
            raise _refused(
                _("Give a picture of at least 16 points each way, and of at most 16 million in all.")
            )
        picture.load()
        found = ImageOps.exif_transpose(picture).convert("RGBA")
    found.thumbnail(BOX, Image.Resampling.LANCZOS)
    # A new picture: no text, profile or other part of the file comes along.
    clean = Image.new("RGBA", found.size)
    clean.paste(found)
    return clean


def _refused(message: str) -> LogoRefused:
    return LogoRefused(message, field="logo")
