"""A page on paper: our print style, and a plain refusal where this server makes no PDF."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from flask import current_app
from flask_babel import gettext as _

from app.core.errors import Unavailable
from app.core.pdf import Asset, PdfAttachment, PdfError, render_pdf

#: Styles of reports, for `styles`.
REPORT_STYLES: Final = {
    "value_report.css": Path(__file__).parents[2] / "templates" / "print" / "value_report.css"
}
_STYLE: Final = Path(__file__).parents[2] / "static" / "print.css"


def on_paper(
    html: str,
    title: str,
    *,
    styles: Mapping[str, Path] | None = None,
    attachments: Sequence[PdfAttachment] = (),
    told: Callable[[int], None] | None = None,
) -> bytes:
    """A printable document as a PDF; Unavailable, with the reason, when it cannot be made. `styles` come besides ours.

    `told(n)` hears of every page that is laid out.
    """
    sheets = {"print.css": _STYLE, **(styles or {})}
    try:
        return render_pdf(
            html, title=title, attachments=attachments,
            assets={name: Asset(path.read_bytes(), "text/css") for name, path in sheets.items()}, told=told,
        )  # fmt: skip
    except PdfError as error:
        raise Unavailable(error.message) from None


def require_paper(instead: str = "") -> None:
    """Before anything is laid out: Unavailable where PDF is switched off; `instead` says what to use."""
    if not current_app.config["IS_PDF_ON"]:
        off = _("PDF files are switched off on this server (RAPPORT_PDF=off).")
        raise Unavailable(f"{off} {instead}".strip())
