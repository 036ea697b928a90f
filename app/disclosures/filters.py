"""For which channel, country and language a ready text is wanted, as an address asks for it (D3)."""

from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import Struct

from app.core import clock
from app.disclosures import queries
from app.disclosures.policies_media import medium_of
from app.disclosures.queries import ReadyText
from app.people import queries as people
from app.people.models import Channel, Person


class TextWanted(Struct, frozen=True):
    """What the words are for, and what else could be asked; anything that is not the person's narrows nothing."""

    person: Person
    channels: Sequence[Channel]
    countries: Sequence[str]
    languages: Sequence[str]
    channel: Channel | None = None
    country: str = ""
    language: str = ""

    def texts(self, category: str, on: date, own_language: str) -> list[ReadyText]:
        """The ready texts for one kind of value: one query per policy in force and tie, whatever is asked."""
        countries: Sequence[str] = [self.country] if self.country else []
        language = self.language or own_language
        if self.channel is not None:
            countries = countries or self.channel.audience_countries
            language = self.language or self.channel.language
        medium = medium_of(self.channel.platform, self.channel.platform_name) if self.channel else None
        return queries.ready_text(self.person, category, on, language, countries=countries, medium=medium)

    @property
    def channel_choices(self) -> list[tuple[str, str]]:
        return [(str(row.id), f"{row.platform_name} {row.handle}".strip()) for row in self.channels]


def text_wanted(person: Person, args: Mapping[str, str]) -> TextWanted:
    """Read the address: `channel` is a number of theirs, `country` one of their audience, `language` one they speak."""
    today = clock.today(person.zone)
    channels = [row for row in sorted(person.channels, key=lambda one: one.id) if not row.is_over(today)]
    countries = sorted(people.audience_countries(person))
    spoken = [*person.languages, *(row.language for row in channels)]
    languages = list(dict.fromkeys(spoken))
    channel = next((row for row in channels if str(row.id) == args.get("channel")), None)
    country, language = args.get("country", ""), args.get("language", "")
    return TextWanted(
        person, channels, countries, languages, channel, country if country in countries else "",
        language if language in languages else "",
    )  # fmt: skip
