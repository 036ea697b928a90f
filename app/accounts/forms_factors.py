"""Forms about second factors and the second step of a sign-in."""

from wtforms import HiddenField, PasswordField, SelectChoice, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length

from app.accounts.details_sign_in import SignInRules
from app.accounts.models import Role
from app.core import forms
from app.core.forms import BaseForm

_CODE = [InputRequired("This is needed."), Length(max=80, message="At most 80 characters.")]


class CodeForm(BaseForm):
    """The second step. Digits work once, so it carries no one-time key."""

    form_key = None
    version = None
    code = StringField("Code", _CODE, description="Six digits from your app, or one of your recovery codes.")


class ProveForm(BaseForm):
    """Who sits there? Either is enough."""

    form_key = None
    version = None
    password = PasswordField("Password", [Length(max=1000, message="At most 128 characters.")])
    code = StringField(
        "Or a code",
        [Length(max=80, message="At most 80 characters.")],
        description="Six digits from your app, or one of your recovery codes.",
    )

    def validate(self, extra_validators: object = None) -> bool:
        """One of the two is there."""
        is_fine = super().validate(extra_validators)
        if is_fine and not (self.password.data or (self.code.data or "").strip()):
            self.refuse("Give your password or a code.", field="password")
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
        choices=[SelectChoice(role.value, role.value.capitalize()) for role in Role],
        description="Whoever has none yet is led to set one up when they sign in. Nobody ticked: it is up to everybody.",
    )
    factor_from_on = forms.day("From", required=False, description="Before this day nobody is stopped.")

    @classmethod
    def about(cls, rules: SignInRules) -> "RulesForm":
        """The form as it shows what holds now."""
        return cls(
            data={
                "factor_roles": sorted(role.value for role in rules.factor_roles),
                "factor_from_on": rules.factor_from_on,
            }
        )

    def details(self) -> SignInRules:
        return SignInRules(
            factor_roles=frozenset(Role(one) for one in self.factor_roles.data or ()),
            factor_from_on=self.factor_from_on.data,
        )
