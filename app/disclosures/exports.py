"""The certificate of a covenant as a PDF the person may publish: what is promised, and names only as each side allows."""

from flask import current_app
from flask_babel import gettext as _

from app.core.codes import qr_of
from app.core.errors import NotFound
from app.core.paper import on_paper, require_paper
from app.disclosures import queries_covenants
from app.disclosures.models_covenants import Covenant
from app.disclosures.policies_covenants import PROMISES
from app.outreach.letters import verify_link


def certificate(covenant: Covenant) -> bytes:
    """The certificate of a covenant that both sides signed; NotFound before that, Unavailable without PDF."""
    if covenant.code is None:
        raise NotFound(_("There is no certificate before both sides have signed."))
    require_paper()
    return on_paper(certificate_html(covenant), "Certificate of a covenant")


def certificate_html(covenant: Covenant) -> str:
    """The certificate as a printable document."""
    # Not render_template: the frame of the screen asks who is signed in, and the person at their door has no login.
    template = current_app.jinja_env.get_template("print/certificate.html")
    return template.render(
        covenant=covenant, is_person_named=queries_covenants.may_name(covenant),
        promises=PROMISES, company=current_app.config["COMPANY"],
        link=verify_link(covenant.code or ""), qr=qr_of(verify_link(covenant.code or "")), lang="en", dir="ltr",
    )  # fmt: skip
