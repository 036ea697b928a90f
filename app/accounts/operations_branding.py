"""Choosing how the house looks: name, colours, logo."""

import base64

from flask_babel import gettext as _

from app.accounts import logos, operations_choices
from app.accounts.models import User
from app.core import branding, colours
from app.core.checked import Checked
from app.core.db import db
from app.core.errors import DomainError
from app.core.models import Setting


class Unreadable(DomainError):
    """A colour in which nobody could read."""


class BrandDetails(Checked):
    """What is chosen; an empty name or colour is that of the installation. `dark` empty: a lighter shade of `light`."""

    name: str = ""
    light: str = ""
    dark: str = ""
    is_logo_dropped: bool = False


def set_brand(
    details: BrandDetails, logo: bytes | None = None, *, by: User, seen_version: int | None = None
) -> None:
    """Let the house look like this from now on. Unreadable, LogoRefused, Overtaken."""
    light, dark = _colours(details)
    kept = branding.brand().logo
    if logo:
        kept = _keep_logo(logo)
    elif details.is_logo_dropped:
        kept = None
        row = db.session.get(Setting, branding.LOGO)
        if row is not None:
            db.session.delete(row)
    picture = {"sha": kept.sha, "width": kept.width, "height": kept.height} if kept else None
    said = {"name": details.name.strip(), "light": light, "dark": dark, "logo": picture}
    operations_choices.choose(
        branding.CHOICE, said, "accounts.branding_set", by=by, seen_version=seen_version
    )
    branding.forget()


def _colours(details: BrandDetails) -> tuple[str, str]:
    if not details.light:
        if details.dark:
            raise Unreadable(_("Give the colour for light pages first."), field="light")
        return "", ""
    light = colours.parse(details.light)
    if light is None:
        raise Unreadable(_("Write a colour as # and six digits, for example #0b6764."), field="light")
    if not colours.is_readable_light(light):
        raise Unreadable(_too_faint(light, colours.LIGHT_PAPER), field="light")
    dark = colours.parse(details.dark) if details.dark else colours.lightened(light)
    if dark is None:
        raise Unreadable(_("Write a colour as # and six digits, for example #55bdb4."), field="dark")
    if not colours.is_readable_dark(dark):
        raise Unreadable(_too_faint(dark, colours.DARK_PAPER), field="dark")
    return light, dark


def _too_faint(colour: str, paper: str) -> str:
    found = f"{colours.contrast(colour, paper):.1f}"
    words: str = _(
        "Nobody could read words in this colour: its contrast is %(found)s. "
        "4.5 is the least, also on the lines that are marked with it.",
        found=found,
    )
    return words


def _keep_logo(data: bytes) -> branding.Logo:
    found, png = logos.redrawn(data)
    row = db.session.get(Setting, branding.LOGO) or Setting(name=branding.LOGO)
    row.value = {"png": base64.b64encode(png).decode(), "sha": found.sha}
    db.session.add(row)
    return found
