"""Forms about users and their sign-in."""

from collections.abc import Collection

from flask_babel import gettext as _
from wtforms import (
    BooleanField,
    EmailField,
    Field,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectMultipleField,
)
from wtforms.validators import InputRequired, Length, ValidationError

from app.accounts import permissions, policies_tokens
from app.accounts.details import (
    AbsenceDetails,
    DelegationDetails,
    ProfileDetails,
    ReportingDetails,
    TaxRule,
    UserDetails,
)
from app.accounts.models import Role, Theme, TokenScope, User
from app.accounts.queries import Agency
from app.core import clock, forms
from app.core.forms import BaseForm
from app.core.i18n import words

LANGUAGES = [("en", "English"), ("fr", "Français"), ("zh", "中文"), ("ar", "العربية")]

_NEEDED = InputRequired("This is needed.")


def _email(label: str, description: str = "") -> Field:
    return EmailField(
        label,
        [_NEEDED, Length(max=320, message="At most 320 characters.")],
        description=description,
        filters=[_strip],
    )


def _password(label: str, description: str = "") -> Field:
    # Not stripped and not shortened: what was typed is what is checked.
    return PasswordField(
        label, [_NEEDED, Length(max=1000, message="At most 128 characters.")], description=description
    )


def _strip(text: str | None) -> str | None:
    return text.strip() if text else text


class SignInForm(BaseForm):
    """The way in. Sent twice it signs in twice, which is harmless, so it carries no one-time key."""

    form_key = None
    version = None
    email = _email("E-mail address")
    password = _password("Password")


class ProfileForm(BaseForm):
    """What everybody may change about themselves."""

    name = forms.line("Name", description="As colleagues and guests read it.")
    locale = forms.choice("Language", LANGUAGES)
    zone = forms.zone(description="Times are shown on this clock, with its name.")
    theme = RadioField(
        "Appearance",
        choices=[
            SelectChoice(theme.value, words)
            for theme, words in zip(Theme, ("As my device", "Light", "Dark"), strict=True)
        ],
    )

    def details(self) -> ProfileDetails:
        return ProfileDetails(
            name=self.name.data, locale=self.locale.data, zone=self.zone.data, theme=self.theme.data
        )


class PasswordForm(BaseForm):
    """A new password, after showing the present one."""

    current = _password("Present password")
    password = _password(
        "New password",
        "At least 12 characters, any you like. Four or five words that do not belong together are good.",
    )
    again = _password("New password again")

    def validate_again(self, field: Field) -> None:
        if field.data != self.password.data:
            raise ValidationError(_("This differs from the new password above."))


class UserForm(BaseForm):
    """A login."""

    email = _email("E-mail address", "They sign in with it, and mail goes there.")
    name = forms.line("Name")
    role = forms.choice("Role", forms.words_of(Role))
    department = forms.line("Department", description="A new name makes a new department.")
    organisation_id = forms.choice(
        "Agency",
        [],
        required=False,
        description="For partners: they see only the people this agency represents.",
    )
    locale = forms.choice("Language", LANGUAGES)
    zone = forms.zone()

    def offer(self, agencies: list[Agency]) -> "UserForm":
        """Fill the list of agencies; returns itself."""
        self.organisation_id.choices = [
            SelectChoice("", "—"),
            *(SelectChoice(str(agency.id), agency.name) for agency in agencies),
        ]
        return self

    @classmethod
    def about(cls, user: User) -> "UserForm":
        """The form as it shows a user."""
        values = {name: getattr(user, name) for name in ("email", "name", "locale", "zone", "version")}
        agency = str(user.organisation_id) if user.organisation_id else ""
        return cls(
            data=values
            | {"role": user.role.value, "department": user.department.name, "organisation_id": agency}
        )

    def details(self) -> UserDetails:
        return UserDetails(
            email=self.email.data, name=self.name.data, role=self.role.data, department=self.department.data,
            organisation_id=int(self.organisation_id.data) if self.organisation_id.data else None, locale=self.locale.data,
            zone=self.zone.data,
        )  # fmt: skip


class DepartmentForm(BaseForm):
    """A silo."""

    name = forms.line("Name", longest=120)


class TokenForm(BaseForm):
    """A token for a script."""

    name = forms.line(
        "What is it for?", longest=120, description="For example: nightly export to the data warehouse."
    )
    ends_on = forms.day(
        "Last day",
        required=False,
        description="Afterwards it opens nothing. A year ahead at most; empty means 90 days. You are told a week before.",
        default=lambda: clock.today() + policies_tokens.USUAL,
    )
    scope = RadioField(
        "What may it do?",
        choices=[
            SelectChoice(TokenScope.ALL.value, "Everything I may"),
            SelectChoice(TokenScope.READING.value, "Reading only"),
            SelectChoice(TokenScope.CHOSEN.value, "Only in the parts chosen below"),
        ],
        default=TokenScope.ALL.value,
    )
    rooms = SelectMultipleField(
        "Parts", choices=[], description="Amounts and private notes are parts of their own."
    )
    is_reading = BooleanField("In these parts, reading only")

    def offer(self, rooms: list[str]) -> "TokenForm":
        """Fill the list of parts; returns itself."""
        self.rooms.choices = [SelectChoice(room, words(room)) for room in rooms]
        return self

    def rights(self, own: Collection[str]) -> list[str]:
        """The rights in the chosen parts, out of one's own."""
        if self.scope.data != TokenScope.CHOSEN:
            return []
        chosen = [right for right in own if right.partition(":")[0] in (self.rooms.data or [])]
        return [right for right in chosen if right in permissions.READING or not self.is_reading.data]


class AbsenceForm(BaseForm):
    """Some days away."""

    from_on = forms.day("First day")
    to_on = forms.day("Last day")

    def details(self) -> AbsenceDetails:
        return AbsenceDetails(from_on=self.from_on.data, to_on=self.to_on.data)


class DelegationForm(BaseForm):
    """A stand-in for some days."""

    delegate_id = forms.choice("Stand-in", [])
    from_on = forms.day("First day")
    to_on = forms.day("Last day")

    def offer(self, users: list[User]) -> "DelegationForm":
        """Fill the list of those who may stand in; returns itself."""
        self.delegate_id.choices = [SelectChoice(str(user.id), user.name) for user in users]
        return self

    def details(self) -> DelegationDetails:
        return DelegationDetails(
            delegate_id=int(self.delegate_id.data), from_on=self.from_on.data, to_on=self.to_on.data
        )


class ReportingForm(BaseForm):
    """How reports are made."""

    currency = forms.currency(
        "Reporting currency", description="New programs start with it. A program with entries keeps its own."
    )
    n_group_minimum = forms.whole(
        "Smallest group shown",
        least=5,
        most=100,
        description="Figures about fewer people are left out, together with one more.",
    )
    n_review_days = forms.whole("Days people have to review", least=1, most=365)
    tax = forms.choice(
        "Value-added tax",
        [
            ("as_invoiced", "Amounts as invoiced, with the tax the invoice charges"),
            ("included", "Amounts always with tax"),
            ("fees_without", "Fees without tax, travel and hospitality with it"),
        ],
        description="Whoever enters amounts keeps to it, and every report says it. It changes no amount.",
    )

    def details(self) -> ReportingDetails:
        return ReportingDetails(
            currency=self.currency.data,
            n_group_minimum=self.n_group_minimum.data,
            n_review_days=self.n_review_days.data,
            tax=TaxRule(self.tax.data),
        )
