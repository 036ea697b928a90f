"""How the house looks: the page that sets it, and what every page fetches of it."""

from flask import Response, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import operations_branding, queries_choices
from app.accounts.access import acting_user, public, requires
from app.accounts.forms_branding import BrandForm
from app.accounts.views import bp
from app.core import branding, colours
from app.core.errors import NotFound

#: Of what has a print of its content in its address.
_FOR_A_YEAR = "public, max-age=31536000, immutable"


@bp.route("/settings/branding", methods=["GET", "POST"])
@requires("settings:write")
def brand() -> ResponseReturnValue:
    """Name, colour and logo, on screens, in mails and on papers."""
    version, own_name = queries_choices.version_of(branding.CHOICE), str(current_app.config["COMPANY"])
    form = BrandForm.of(branding.brand(), own_name, version)
    if form.validate_on_submit():
        with form.attempt():
            by, seen = acting_user(), form.seen_version
            operations_branding.set_brand(form.details(), form.picture(), by=by, seen_version=seen)
            flash(_("The house looks like this from now on."), "ok")
            return redirect(url_for("accounts.brand"), 303)
    return render_template(
        "accounts/branding.html", form=form, now=branding.brand(), ratios=_ratios()
    ), form.status


def _ratios() -> dict[str, str]:
    found = branding.brand()
    if not found.light:
        return {}
    return {
        "light": f"{colours.contrast(found.light, colours.LIGHT_PAPER):.1f}",
        "dark": f"{colours.contrast(found.dark, colours.DARK_PAPER):.1f}",
    }


@bp.get("/brand/<sha>.png")
@public
def logo(sha: str) -> ResponseReturnValue:
    """The logo; only the one that is in force."""
    found, png = branding.brand().logo, branding.logo_png()
    if found is None or png is None or found.sha != sha:
        raise NotFound(_("There is no such picture."))
    return Response(png, mimetype="image/png", headers={"Cache-Control": _FOR_A_YEAR})


@bp.get("/brand/<light>-<dark>.css")
@public
def colours_sheet(light: str, dark: str) -> ResponseReturnValue:
    """The colours in force as a sheet; what is in its address is only compared, never written."""
    found = branding.brand()
    if not found.light or (f"#{light}", f"#{dark}") != (found.light, found.dark):
        raise NotFound(_("There is no such sheet."))
    page = render_template("accounts/brand.css", brand=found, colours=colours)
    return Response(page, mimetype="text/css", headers={"Cache-Control": _FOR_A_YEAR})
