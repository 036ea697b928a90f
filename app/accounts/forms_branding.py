"""The form of how the house looks."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField

from app.accounts.operations_branding import BrandDetails
from app.core import forms
from app.core.branding import Brand
from app.core.forms import BaseForm


class BrandForm(BaseForm):
    """Name, colours, logo."""

    name = forms.line(
        _l("Name"), required=False, longest=80, description=_l("Empty: the name of the installation.")
    )
    light = forms.line(
        _l("Colour on light pages"),
        required=False,
        longest=7,
        description=_l("# and six digits; empty: that of Rapport."),
    )
    dark = forms.line(
        _l("Colour on dark pages"),
        required=False,
        longest=7,
        description=_l("Empty: a lighter shade is found."),
    )
    logo = FileField(
        _l("Logo"),
        description=_l("PNG or JPEG, at most 1 MB; it is drawn anew, so nothing else of the file is kept."),
    )
    is_logo_dropped = BooleanField(_l("Take the logo away"))

    @classmethod
    def of(cls, brand: Brand, own_name: str, version: int) -> "BrandForm":
        """The form as it shows what is in force, in this version."""
        return cls(
            data={
                "name": brand.name if brand.name != own_name else "",
                "light": brand.light,
                "dark": brand.dark,
                "version": str(version),
            }
        )

    def details(self) -> BrandDetails:
        return BrandDetails(
            name=self.name.data or "",
            light=self.light.data or "",
            dark=self.dark.data or "",
            is_logo_dropped=bool(self.is_logo_dropped.data),
        )

    def picture(self) -> bytes | None:
        """What was given as the logo; None for nothing."""
        given: Any = self.logo.data
        return given.read() if given else None
