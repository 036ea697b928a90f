"""How the house looks to people: its name, its colour for light and dark, its logo; one setting, read when something is shown."""

import base64
from collections.abc import Mapping
from typing import Any, Final

from flask import current_app, g, has_request_context
from msgspec import Struct

from app.core.db import db
from app.core.models import Setting

#: Where the choice and the picture are kept; apart, so that no page reads the picture.
CHOICE: Final = "branding"
LOGO: Final = "branding_logo"


class Logo(Struct, frozen=True):
    """A PNG of our own making, by the beginning of its SHA-256."""

    sha: str
    width: int
    height: int


class Brand(Struct, frozen=True):
    """What pages, mails and papers show. Colours are "#rrggbb", or empty for those of Rapport."""

    name: str
    light: str = ""
    dark: str = ""
    logo: Logo | None = None
    is_own: bool = False

    @property
    def accent(self) -> str:
        """The colour on white: of mails and papers."""
        return self.light or "#0b6764"


def brand() -> Brand:
    """The brand as it is now; asked once in a request."""
    if not has_request_context():
        return _brand_of(_choice())
    if "brand" not in g:
        remember(_choice())
    found: Brand = g.brand
    return found


def remember(choice: Mapping[str, Any] | None) -> None:
    """The choice was read; None if there is none."""
    g.brand = _brand_of(choice)


def name() -> str:
    """What the company is called towards people."""
    return brand().name


def forget() -> None:
    """It was changed in this request."""
    g.pop("brand", None)


def logo_png() -> bytes | None:
    """The picture; None if there is none."""
    row = db.session.get(Setting, LOGO)
    return None if row is None else base64.b64decode(row.value["png"])


def logo_data() -> str:
    """The picture as an address that holds it, for papers, which fetch nothing; empty if there is none."""
    row = db.session.get(Setting, LOGO)
    return "" if row is None else f"data:image/png;base64,{row.value['png']}"


def _choice() -> Mapping[str, Any] | None:
    row = db.session.get(Setting, CHOICE)
    return None if row is None else row.value


def _brand_of(choice: Mapping[str, Any] | None) -> Brand:
    said = choice or {}
    logo = said.get("logo")
    return Brand(
        name=said.get("name") or str(current_app.config["COMPANY"]), light=said.get("light", ""), dark=said.get("dark", ""),
        logo=Logo(**logo) if logo else None, is_own=choice is not None,
    )  # fmt: skip
