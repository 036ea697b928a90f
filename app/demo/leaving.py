"""What is ready for the day somebody leaves: the letter of a hand-over, a deputy, notes."""

from app.demo.story import Story
from app.outreach import operations as outreach
from app.outreach.details import LetterTemplateDetails
from app.people import operations as people
from app.people.details import NoteDetails
from app.people.models import OwnerRole

_LETTERS = {
    "en": (
        "{owner} looks after you from {from_day}",
        "Dear {person},\n\nfrom {from_day} I am the one to ask at {company}. {predecessor} has told me what was agreed, and all of it "
        "stays as it is.\n\nWrite to me whenever you like.\n\n{owner}\n{department}, {company}\n\n"
        "Is this letter really from us? {verify_link} (reference {reference})",
    ),
    "fr": (
        "{owner} sera votre interlocuteur à partir du {from_day}",
        "Bonjour {person},\n\nà partir du {from_day}, c'est à moi que vous pouvez vous adresser chez {company}. {predecessor} m'a dit ce "
        "qui était convenu, et rien n'y change.\n\nÉcrivez-moi quand vous voulez.\n\n{owner}\n{department}, {company}\n\n"
        "Cette lettre vient-elle bien de nous ? {verify_link} (référence {reference})",
    ),
    "ar": (
        "{owner} يتولى التواصل معك ابتداءً من {from_day}",
        "{person}، تحية طيبة،\n\nابتداءً من {from_day} يمكنك مخاطبتي في {company}. أخبرني {predecessor} بكل ما اتُّفق عليه، "
        "ولا يتغير منه شيء.\n\nاكتب إليّ متى شئت.\n\n{owner}\n{department}، {company}\n\n"
        "هل هذه الرسالة منا حقًا؟ {verify_link} (المرجع {reference})",
    ),
}


def prepare(story: Story) -> None:
    """The letter in three languages; two of Mei's people have a deputy, and she has notes on them."""
    mei, omar = story.users["mei"], story.users["omar"]
    for language, (subject, body) in _LETTERS.items():
        outreach.write_letter_template(
            LetterTemplateDetails(key="hand_over", language=language, subject=subject, body=body), by=mei
        )
    for key in ("jack", "amal"):
        people.hand_over(story.people[key], omar, by=mei, role=OwnerRole.DEPUTY, reason="Stands in for Mei.")
    notes = (
        ("jack", "Records on Mondays; never call before noon in Sydney.", False),
        ("amal", "Her sister runs the channel's books. Ask her about invoices, not Amal.", True),
        ("jack", "Thinks about a book. He told me in confidence.", True),
    )
    for key, text, is_private in notes:
        people.add_note(story.people[key], NoteDetails(text=text, is_private=is_private), by=mei)
