"""The certificate of a covenant as a PDF the person may publish: what is promised, and names only as each side allows."""

from http import HTTPStatus
from pathlib import Path
from typing import Final

from flask import current_app

from app.core.errors import DomainError, NotFound
from app.core.pdf import Asset, PdfError, render_pdf
from app.disclosures.models_covenants import Covenant
from app.disclosures.policies_covenants import PROMISES
from app.outreach.letters import verify_link

_STYLE: Final = Path(__file__).parents[2] / "static" / "print.css"


class CertificateUnavailable(DomainError):
    """No PDF can be made on this server now."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


def certificate(covenant: Covenant) -> bytes:
    """The certificate of a covenant that both sides signed; NotFound before that."""
    if covenant.code is None:
        raise NotFound("There is no certificate before both sides have signed.")
    if not current_app.config["IS_PDF_ON"]:
        raise CertificateUnavailable("PDF files are switched off on this server (RAPPORT_PDF=off).")
    try:
        assets = {"print.css": Asset(_STYLE.read_bytes(), "text/css")}
        return render_pdf(certificate_html(covenant), title="Certificate of a covenant", assets=assets)
    except PdfError as error:
        raise CertificateUnavailable(error.message) from None


def certificate_html(covenant: Covenant) -> str:
    """The certificate as a printable document."""
    # Not render_template: the frame of the screen asks who is signed in, and the person at their door has no login.
    template = current_app.jinja_env.get_template("print/certificate.html")
    return template.render(
        covenant=covenant, promises=PROMISES, company=current_app.config["COMPANY"],
        link=verify_link(covenant.code or ""), lang="en", dir="ltr",
    )  # fmt: skip
