"""What a year leaves on a record: sizes read twice, a channel given up, expired evidence, files, what those who serve know."""

from datetime import timedelta

from app.accounts.models import User
from app.core.money import Money
from app.demo.story import Story
from app.ledger.models import Category
from app.people import operations as people
from app.people import operations_files, operations_hospitality, queries
from app.people.details import (
    AffiliationDetails,
    ChannelDetails,
    EvidenceDetails,
    FileDetails,
    HospitalityDetails,
    MayAcceptDetails,
)
from app.people.models import AcceptAnswer, Channel, EvidenceKind, Person
from app.people.models_kept import FileAudience, FileCategory

#: Largest stated audience of some, as read two times; of the others nobody knows it.
_AUDIENCES = {
    "amal": (152_000, 184_000), "jack": (38_500, 41_200), "bilal": (61_000, 73_500), "hana": (9_400, 12_800),
    "nneka": (2_100, 2_650), "ines": (890, 1_150),
}  # fmt: skip

_BIOGRAPHY = """{name}

Speaks about {known_for}. Sent for the programme of the analyst day, to be used as it stands.
"""
_AGREEMENT = """Covenant between {name} and the company.

The company reads nothing before it is published and asks for no favourable word.
Signed by both sides on {day}.
"""


def complete(story: Story) -> None:
    """Bring the records of the guests up to date, as their owners do."""
    for key, sizes in _AUDIENCES.items():
        _read_audience(story, story.people[key], sizes)
    _look_after_amal(story)
    with story.at(-100):
        _add_more_evidence(story)
    with story.at(-60):
        _keep_files(story)
    with story.lately(9):
        _note_what_serves(story)


def _read_audience(story: Story, person: Person, sizes: tuple[int, int]) -> None:
    row: Channel = person.channels[0]
    for days, size in zip((-200, -40), sizes, strict=True):
        with story.at(days):
            details = ChannelDetails(
                platform=row.platform, handle=row.handle, url=row.url, language=row.language,
                audience_countries=tuple(row.audience_countries), audience_size=size,
            )  # fmt: skip
            people.edit_channel(row, details, by=story.users["mei"])


def _look_after_amal(story: Story) -> None:
    mei, amal = story.users["mei"], story.people["amal"]
    with story.at(-240):
        blog = people.add_channel(
            amal,
            ChannelDetails(platform="Blog", handle="Indoor notes", language="ar", audience_countries=("AE",)),
            by=mei,
        )
    with story.at(-90):
        people.end_channel(blog, story.on(-95), by=mei)
        people.set_may_accept(
            amal,
            MayAcceptDetails(
                category=Category.GIFT, answer=AcceptAnswer.UP_TO, limit=Money(3_500, "GBP"), said_on=story.on(-91),
                source="Her mail after the spring list",
            ),
            by=mei,
        )  # fmt: skip
    priya = story.people["priya"]
    with story.at(-120):
        work = priya.affiliations[0]
        details = AffiliationDetails(
            organisation_id=work.organisation_id, from_on=work.from_on, role="Research director",
            is_consent_given=True, consented_on=story.on(-121),
        )  # fmt: skip
        people.edit_affiliation(work, details, by=mei)


def _add_more_evidence(story: Story) -> None:
    mei = story.users["mei"]
    for key, kind, summary, note, days, lasts in (
        ("amal", EvidenceKind.AWARD, "Teacher of the year of a regional engineers' union", "Voted by its members.", -700, 365),
        ("amal", EvidenceKind.ADVISORY_CALL, "Asked by a ministry how schools should plan coverage", "", -150, 730),
        ("jack", EvidenceKind.CITATION, "Cited in a mine inspectorate's guidance", "Names the episode on blasting.", -130, 730),
        ("ines", EvidenceKind.STANDARDS_WORK, "Editor of a hospital networking guideline", "", -210, None),
    ):  # fmt: skip
        details = EvidenceDetails(
            kind=kind, summary=summary, note=note, on=story.on(days),
            expires_on=story.on(days + lasts) if lasts else None,
        )  # fmt: skip
        people.add_evidence(story.people[key], details, by=mei)


def _keep_files(story: Story) -> None:
    for key in ("amal", "jack"):
        person = story.people[key]
        owner = queries.owner_of(person) or story.users["mei"]
        words = {"name": person.name, "known_for": person.known_for, "day": f"{story.on(-61):%-d %b %Y}"}
        _keep(person, _BIOGRAPHY.format(**words), "biography.txt", FileCategory.BIOGRAPHY, owner)
        agreement = _AGREEMENT.format(**words)
        _keep(person, agreement, "covenant, signed.txt", FileCategory.AGREEMENT, owner, FileAudience.HOLDERS)


def _keep(
    person: Person, text: str, name: str, category: FileCategory, by: User,
    audience: FileAudience = FileAudience.EVERYBODY,
) -> None:  # fmt: skip
    details = FileDetails(category=category, audience=audience)
    operations_files.keep_file(person, text.encode(), name, details, by=by)


def _note_what_serves(story: Story) -> None:
    details = HospitalityDetails(
        diet="No pork, no alcohol in sauces.", quiet_days="Fridays until the afternoon.",
        access_needs="A room away from the lifts.",
        consented_on=story.today - timedelta(days=10), consent_source="Her mail to Ruth",
        purge_on=story.today + timedelta(days=45),
    )  # fmt: skip
    operations_hospitality.set_hospitality(story.people["amal"], details, by=story.users["ruth"])
