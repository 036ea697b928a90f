"""The form of the labels tester: a post, where it stands, and who reads it."""

from collections.abc import Iterable, Sequence

from flask_babel import gettext as _
from wtforms import Field, SelectChoice, ValidationError

from app.core.forms import BaseForm, choice, codes, line, prose, words_of
from app.core.i18n import country_name
from app.disclosures.models import Medium, PolicyVersion
from app.disclosures.policies import EU
from app.disclosures.policies_media import medium_of

#: More countries than any channel has an audience in.
_MOST_COUNTRIES = 60


class TesterForm(BaseForm):
    """Pasting a post to see what its label is worth."""

    text = prose("The post", longest=10_000, description="From its first word on; nothing is kept.")
    countries = line(
        "Read in",
        required=False,
        longest=400,
        description="Country codes with commas between, for example GB, FR. Left empty: every policy in force.",
    )
    platform = choice("Channel", [], required=False)
    medium = choice("Medium", words_of(Medium), required=False)
    language = line("Language", longest=16, default="en")
    version_id = choice("Policy", [])

    def offer(self, versions: Sequence[PolicyVersion], platforms: Iterable[tuple[str, str]]) -> "TesterForm":
        """Fill the choices; all at once comes first."""
        names = [(str(row.id), f"{row.policy.name}, version {row.number}") for row in versions]
        self.version_id.choices = [
            SelectChoice("all", _("All that apply")),
            *(SelectChoice(*row) for row in names),
        ]
        self.platform.choices = [SelectChoice("", "—"), *(SelectChoice(*row) for row in platforms)]
        self.medium.choices[0] = SelectChoice("", _("As the channel is"))
        return self

    def validate_countries(self, field: Field) -> None:
        """Each is a country there is, or the Union."""
        found = self.audience
        if len(found) > _MOST_COUNTRIES:
            raise ValidationError(_("At most %(most_countries)s countries.", most_countries=_MOST_COUNTRIES))
        wrong = [code for code in found if code != EU and country_name(code) == code]
        if wrong:
            raise ValidationError(
                _(
                    "“%(wrong)s” is no country code. Write GB for the United Kingdom, for example.",
                    wrong=wrong[0],
                )
            )

    @property
    def audience(self) -> list[str]:
        """The countries in which it is read, each once."""
        return list(dict.fromkeys(code.upper() for code in codes(self.countries.data)))

    @property
    def read_as(self) -> Medium:
        """The chosen medium, else that of the channel."""
        if self.medium.data:
            return Medium(self.medium.data)
        names = {row.value: row.label for row in self.platform.choices}
        chosen = self.platform.data or ""
        return medium_of(chosen, str(names.get(chosen, ""))) if chosen else Medium.TEXT
