"""The form of somebody who has no link at hand."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import ValidationError as FieldError

from app.core.forms import BaseForm, line


class AskForm(BaseForm):
    """The address at which we write to them."""

    email = line(_l("Your mail address"), description=_l("The one our letters come to."))

    def validate_email(self, field: object) -> None:
        """It looks like an address; whether it is one that we know is nobody's business."""
        name, _at, host = str(self.email.data or "").rpartition("@")
        if not name or "." not in host or " " in str(self.email.data):
            raise FieldError(_("This is not a mail address. Write it like name@company.example."))
