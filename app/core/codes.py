"""QR codes on paper."""

import segno


def qr_of(text: str) -> str:
    """A text as a drawing to put into a page (a data address); capital letters and digits make a small code."""
    return str(segno.make(text, error="m", micro=False).svg_data_uri(scale=4, border=2, dark="#000"))
