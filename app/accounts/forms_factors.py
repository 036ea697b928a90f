"""Forms about second factors and the second step of a sign-in."""

from flask_babel import gettext as _
from wtforms import (
    BooleanField,
    EmailField,
    Field,
    HiddenField,
    PasswordField,
    SelectChoice,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import InputRequired, Length, ValidationError

from app.accounts.details_sign_in import SignInRules
from app.accounts.models import Role
from app.core import forms
from app.core.forms import BaseForm
from app.core.i18n import words
from app.core.mail import BadAddress, clean_address

_CODE = [InputRequired("This is needed."), Length(max=80, message="At most 80 characters.")]


class CodeForm(BaseForm):
    """The second step. Digits work once, so it carries no one-time key."""

    form_key = None
    version = None
    code = StringField("Code", _CODE, description="Six digits from your app, or one of your recovery codes.")


class ForgottenForm(BaseForm):
    """Whose password is forgotten. A second wish is answered like the first, so it carries no one-time key."""

    form_key = None
    version = None
    email = EmailField(
        "E-mail address",
        [InputRequired("This is needed."), Length(max=320, message="At most 320 characters.")],
        filters=[lambda text: text.strip() if text else text],
    )

    def validate_email(self, field: Field) -> None:
        """What is no address at all is said at once: that tells nothing about who is known."""
        try:
            clean_address(field.data)
        except BadAddress as wrong:
            raise ValidationError(wrong.message) from None


class NewPasswordForm(BaseForm):
    """A new password, by a link."""

    form_key = None
    version = None
    password = PasswordField(
        "New password",
        [InputRequired("This is needed."), Length(max=1000, message="At most 128 characters.")],
        description="At least 12 characters, any you like. Four or five words that do not belong together are good.",
    )
    again = PasswordField(
        "New password again",
        [InputRequired("This is needed."), Length(max=1000, message="At most 128 characters.")],
    )

    def validate_again(self, field: Field) -> None:
        if field.data != self.password.data:
            raise ValidationError(_("This differs from the new password above."))


class ProveForm(BaseForm):
    """Who sits there? The second factor, where there is one; else the password."""

    form_key = None
    version = None
    #: Whether the page shows the code; it is asked for in place of the password.
    has_factor = False
    password = PasswordField("Password", [Length(max=1000, message="At most 128 characters.")])
    code = StringField(
        "A code",
        [Length(max=80, message="At most 80 characters.")],
        description="Six digits from your app, or one of your recovery codes.",
    )

    def validate(self, extra_validators: object = None) -> bool:
        """One of the two is there."""
        is_fine = super().validate(extra_validators)
        if is_fine and not (self.password.data or (self.code.data or "").strip()):
            self.refuse(_("Give your password or a code."), field="code" if self.has_factor else "password")
            return False
        return is_fine


class AppForm(BaseForm):
    """The first digits of a new app."""

    version = None
    secret = HiddenField()
    code = StringField("Six digits from the app", _CODE, description="They change every half minute.")


class EmptyForm(BaseForm):
    """A button."""

    form_key = None
    version = None


class RulesForm(BaseForm):
    """How people sign in."""

    factor_roles = SelectMultipleField(
        "Who needs a second factor",
        choices=[SelectChoice(role.value, words(role)) for role in Role],
        description="Whoever has none yet is led to set one up when they sign in. Nobody ticked: it is up to everybody.",
    )
    factor_from_on = forms.day("From", required=False, description="Before this day nobody is stopped.")

    passwords = BooleanField(
        "Passwords let people in",
        description="Off: only through your company's sign-in or a passkey. Administrators can always use their password.",
    )
    own_passwords = BooleanField("People your company's sign-in brought may have a password here too")
    matches_email = BooleanField(
        "Recognise people by their verified address the first time",
        description="Only if no address ever passes to somebody else. Afterwards the provider's own number counts.",
    )

    @classmethod
    def about(cls, rules: SignInRules, version: int) -> "RulesForm":
        """The form as it shows what holds now, in this version."""
        return cls(
            data={
                "factor_roles": sorted(role.value for role in rules.factor_roles),
                "factor_from_on": rules.factor_from_on,
                "passwords": rules.passwords,
                "own_passwords": rules.own_passwords,
                "matches_email": rules.matches_email,
                "version": str(version),
            }
        )

    def details(self) -> SignInRules:
        return SignInRules(
            factor_roles=frozenset(Role(one) for one in self.factor_roles.data or ()),
            factor_from_on=self.factor_from_on.data,
            passwords=self.passwords.data,
            own_passwords=self.own_passwords.data,
            matches_email=self.matches_email.data,
        )
