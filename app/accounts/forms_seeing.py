"""The form with which an administrator sees as a role."""

from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice

from app.accounts.queries import Agency
from app.accounts.seeing import ROLES
from app.core import forms
from app.core.forms import BaseForm
from app.core.i18n import words


class SeeAsForm(BaseForm):
    """As whom to look."""

    role = forms.choice(_l("Role"), [(one.value, words(one.value)) for one in ROLES])
    agency_id = forms.choice(
        _l("Agency"), [], required=False, description=_l("For partners: whose people they see.")
    )
    next = forms.line(_l("Page"), required=False)

    def offer(self, agencies: list[Agency]) -> "SeeAsForm":
        """Fill the list of agencies; returns itself."""
        self.agency_id.choices = [
            SelectChoice("", "—"),
            *(SelectChoice(str(agency.id), agency.name) for agency in agencies),
        ]
        return self
