"""Forms under "my data": correcting who one is, saying something of oneself or not, asking to be erased."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectChoice
from wtforms.validators import InputRequired

from app.core.forms import BaseForm, choice, line, prose
from app.core.i18n import country_choices
from app.core.vtimezone import zone_names
from app.people.languages import known_languages, language_words
from app.people.models import Person

#: What a person answers who would rather say nothing.
NOT_SAID = "not-said"


class RecordForm(BaseForm):
    """Who somebody is, in their own words."""

    name = line(_l("Your name, as you write it"))
    phone = line(_l("Telephone"), required=False, longest=40)
    home_country = choice(_l("Where you live"), [], required=False)
    zone = choice(_l("Your time zone"), [])
    language = choice(_l("Your first language"), [])
    known_for = prose(_l("What you are known for"), required=False, longest=2000)
    known_among = prose(_l("Among whom"), required=False, longest=2000)

    def offer(self, person: Person) -> "RecordForm":
        """With countries, zones and languages; what is written down already is always among them."""
        self.home_country.choices = [
            SelectChoice("", "—"),
            *(SelectChoice(*one) for one in country_choices()),
        ]
        self.zone.choices = [
            SelectChoice(one, one.replace("_", " ")) for one in sorted({*zone_names(), person.zone})
        ]
        tags = {*known_languages(), *person.languages[:1]}
        named = sorted((language_words(tag), tag) for tag in tags)
        self.language.choices = [SelectChoice(tag, said) for said, tag in named]
        return self


class FacetForm(BaseForm):
    """One thing to say of oneself, or not."""

    choice = RadioField(
        _l("Your answer"), [InputRequired(_l("Choose one of them."))], choices=[], validate_choice=False
    )


class ErasureForm(BaseForm):
    """The wish to be forgotten, said twice."""

    words = prose(_l("A word to us"), required=False, longest=2000)
    is_sure = BooleanField(
        _l("Yes, erase what you keep about me"), [InputRequired(_l("Tick the box if you are sure."))]
    )
