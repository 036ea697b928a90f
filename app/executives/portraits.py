"""Portraits for paper: made small anew, so that nothing a camera or somebody else wrote into the file goes along."""

import base64
import io
import logging
from typing import Final

from PIL import Image, ImageOps

from app.core import files
from app.core.errors import Unavailable
from app.core.models import StoredFile

#: What may be a portrait, and as how many points it is printed at most (width, height).
PICTURES: Final = ("image/jpeg", "image/png")
MOST_SHOWN: Final = (420, 560)
#: A picture with more points than this is not unpacked; a JPEG says so after it was asked for a smaller one of itself.
_MOST_POINTS: Final = 25_000_000

log = logging.getLogger(__name__)


def printable(stored: StoredFile) -> str:
    """A small JPEG of a picture as a `data:` address; empty where it cannot be read: the page is whole without."""
    try:
        with files.open_file(stored) as stream:
            small = _small(stream.read())
    except (Unavailable, OSError, ValueError, SyntaxError, ArithmeticError, LookupError) as error:
        log.warning("portrait in file %d left out: %s", stored.id, type(error).__name__)
        return ""
    return f"data:image/jpeg;base64,{base64.b64encode(small).decode()}"


def _small(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as found:
        found.draft("RGB", MOST_SHOWN)
        if found.width * found.height > _MOST_POINTS:
            raise ValueError("too many points")
        upright = ImageOps.exif_transpose(found).convert("RGBA")
    upright.thumbnail(MOST_SHOWN)
    paper = Image.new("RGB", upright.size, "white")
    paper.paste(upright, mask=upright.getchannel("A"))
    out = io.BytesIO()
    paper.save(out, "JPEG", quality=85)
    return out.getvalue()
